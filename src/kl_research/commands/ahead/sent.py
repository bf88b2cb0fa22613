"""The log of what was sent to whom and when; intended to treat and per protocol stay apart."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from kl_research.effects.evaluation import evaluate_shared
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.wording import headline
from kl_research.terms import municipalities
from kl_research.terms.errors import InputError
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.question import Question

COLUMNS = ("municipality", "what", "sent", "used")
_USED = {"ja": True, "yes": True, "nej": False, "no": False, "": None}


@dataclass(frozen=True)
class Sent:
    """One thing sent to one municipality; `used`: hung up, or taken part; None: nobody has said."""

    municipality: str
    what: str
    sent: str
    used: bool | None


def read_sent(path: Path) -> list[Sent]:
    """A file of `municipality;what;sent;used`: code or name, such as poster, a day, ja/nej or empty.

    Raises `InputError` naming the line of an unknown municipality, a day that does not exist, or another word.
    """
    if not path.is_file():
        raise InputError(str(path), "no such file", "the log of what was sent", "check the path under `sent`")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, delimiter=";")
        if tuple(reader.fieldnames or ()) != COLUMNS:
            found = ";".join(reader.fieldnames or ["nothing"])
            raise InputError(f"{path.name}, line 1", found, ";".join(COLUMNS), "write this header")
        return [_row(row, f"{path.name}, line {i}") for i, row in enumerate(reader, 2)]


def _row(row: dict[str, str], where: str) -> Sent:
    code = municipalities.lookup(row["municipality"] or "", where)
    try:
        day = date.fromisoformat((row["sent"] or "").strip()).isoformat()
    except ValueError:
        raise InputError(
            where, "no day under sent", "a day such as 2025-09-01", "write year, month and day"
        ) from None
    used = (row["used"] or "").strip().casefold()
    if used not in _USED:
        raise InputError(where, f"{used!r} under used", "ja, nej or nothing", "write one of these")
    return Sent(code, (row["what"] or "").strip(), day, _USED[used])


def exposure_lines(
    intended: list[str], start: str, type_: str, log: list[Sent], panel: pd.DataFrame, question: Question, lang: str
) -> list[str]:
    """How many were meant to get it, got it and used it; and the effect on each of the two ways of counting."""
    sent = {one.municipality for one in log}
    used = {one.municipality for one in log if one.used}
    unknown = {one.municipality for one in log if one.used is None}
    lines = [
        say("sent.counts", lang, n=len(intended), sent=len(sent & set(intended)), used=len(used & set(intended)))
    ]
    if unknown:
        lines.append(say("sent.unknown", lang, n=len(unknown)))
    if others := sorted(sent - set(intended)):
        names = formats.listed([municipalities.name(code) for code in others], lang)
        lines.append(say("sent.others", lang, names=names))
    for key, codes in (("intended", set(intended)), ("protocol", used)):
        lines.append(say(f"sent.{key}", lang, answer=_effect(sorted(codes), start, type_, panel, question, lang)))
    return lines


def _effect(codes: list[str], start: str, type_: str, panel: pd.DataFrame, question: Question, lang: str) -> str:
    """What the effort did in these municipalities, or why that cannot be said."""
    last = f"{panel['month'].max():%Y-%m}"
    if len(codes) < 2:
        return say("sent.too_few", lang)
    if start > last:
        return say("sent.ahead", lang, month=formats.month(last, lang))
    where = {"municipalities": codes, "date": f"{start}-01"}
    event = Event(id="sent", kind="intervention", type=type_, source="the log of what was sent", **where)  # type: ignore[arg-type]
    found = evaluate_shared(panel, EventRegister([event]), question=question)
    return headline(found[0], lang)
