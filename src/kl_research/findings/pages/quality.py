"""The data and what was done to them, for somebody who does not program."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from kl_research.findings.html.markup import Fragment, bullets, folded, paragraph, shortened
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say, say_or
from kl_research.findings.words.named import state_words
from kl_research.findings.words.reader import ForWhom, reader
from kl_research.terms import months
from kl_research.terms.panel import STATES, area_name, check_area, states_inferred

# What a note carries after its code: months, areas, or a row of the denominators with measure and area.
_OF_MONTHS = ("month_in_part", "month_without_any_call")
_OF_AREAS = (
    "start_taken_from_first_call",
    "municipalities_not_in_connections",
    "identical_rows",
    "calls_after_disconnection",
    "only_in_connections",
)
_OF_ROWS = ("denominator_zero", "denominator_begins_late", "denominator_revised", "only_in_denominators")
_MOST_THINGS = 20


def quality_report(
    quality: dict[str, Any], panel: pd.DataFrame, municipality: str = "", *, study: ForWhom = None
) -> Fragment:
    """How many rows came, what was left out and mended, and which months of the municipality have numbers.

    Parameters
    ----------
    quality : dict[str, Any]
        What `kl.read_quality` returned.

    Returns
    -------
    Fragment
        A `Fragment`: rows, and municipality-months by state.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> rows = {"in": 9, "kept": 9, "dropped": {}}
    >>> read = {"rows": rows, "months": {"first": "2025-01", "last": "2025-03"}, "files": []}
    >>> print(quality_report(read, panel, study=reader(lang="en")).sentences[0])
    We received 9 rows in 0 files. 9 were used and 0 were not.
    """
    who = reader(study)
    lang = who.language
    if municipality:
        check_area(panel, municipality)
    files = quality["files"]
    said = []
    if "rows" in quality:
        rows = quality["rows"]
        said.append(
            say(
                "quality.rows",
                lang,
                rows=formats.number(rows["in"], lang),
                kept=formats.number(rows["kept"], lang),
                files=say("quality.files", lang, n=len(files)),
                dropped=formats.number(_sum(rows["dropped"]), lang),
            )
        )
    covered = formats.period(quality["months"]["first"], quality["months"]["last"], lang)
    said.append(say("quality.months", lang, period=covered))
    if municipality:
        said.append(_own(panel, municipality, lang))
    if quality.get("states_inferred"):
        said.append(say("quality.inferred", lang))
    said += _notes(quality, panel, municipality, lang)
    html = "".join(paragraph(text) for text in said)
    if municipality:
        html += _states(panel, municipality, lang)
    if "rules" in quality:
        named = [_rule(code, lang) for part in ("dropped", "repaired") for code in quality["rules"][part]]
        return _section(html + _public_rules(named, lang) + _how_read(files, lang), said)
    dropped, repaired = rules_of(files, "dropped"), rules_of(files, "repaired")
    for title, found in (("quality.dropped", dropped), ("quality.repaired", repaired)):
        if found:
            columns = [say("quality.column.rule", lang), say("quality.column.n", lang)]
            frame = pd.DataFrame([(_rule(code, lang), n) for code, n in found.items()], columns=columns)
            html += html_table(frame, caption=say(title, lang), lang=lang)
    if not dropped and not repaired:
        html += paragraph(say("quality.none_dropped", lang))
    if quality.get("overrides"):
        replaced = "".join(paragraph(text) for text in told_overrides(quality["overrides"], lang))
        html += folded(say("quality.overrides", lang), replaced)
    html += folded(say("quality.files.title", lang), _files(files, lang))
    return _section(html + _how_read(files, lang), said)


def _section(html: str, said: list[str]) -> Fragment:
    return Fragment(f'<section class="kl-quality">{html}</section>', tuple(said))


def _how_read(files: list[dict[str, Any]], lang: str) -> str:
    """How dates, numbers and durations were read, folded."""
    decisions = _decisions(files, lang)
    if decisions is None:
        return ""
    caption = say("quality.decisions", lang)
    return folded(caption, html_table(decisions, caption=caption, lang=lang))


def _public_rules(named: list[str], lang: str) -> str:
    """The rules by which rows were left out or mended, without how many: counts of rows tell counts of calls."""
    if not named:
        return paragraph(say("quality.none_dropped", lang))
    return paragraph(say("quality.rules", lang)) + bullets(named)


def published(quality: dict[str, Any], panel: pd.DataFrame, study: ForWhom) -> dict[str, Any]:
    """The report as it goes out, in words too."""
    who = reader(study)
    lang = who.language
    words = list(quality_report(quality, panel, study=study).sentences)
    for part in ("dropped", "repaired"):
        if "rules" in quality:
            words += [_rule(code, lang) for code in quality["rules"][part]]
            continue
        counted = rules_of(quality["files"], part).items()
        words += [f"{_rule(code, lang)}: {formats.number(n, lang)}" for code, n in counted]
    decisions = _decisions(quality["files"], lang)
    if decisions is not None:
        words += [f"{what}: {decided} ({why})" for what, decided, why in decisions.itertuples(index=False)]
    words += told_overrides(quality.get("overrides", []), lang)
    return quality | {"in_words": words}


def _notes(quality: dict[str, Any], panel: pd.DataFrame, municipality: str, lang: str) -> list[str]:
    """What is to be known about the whole, and about this municipality; on its page not about others."""
    about: dict[str, list[str]] = {}
    for note in quality.get("notes", []):
        code, _, what = note.partition(":")
        about.setdefault(code, []).append(what)
    said = []
    for code, things in about.items():
        if code in _OF_MONTHS:
            things = _spans(things)
        named = [words for thing in things if (words := _thing(code, thing, panel, municipality, lang)) is not None]
        if len(named) > _MOST_THINGS:
            named = [*named[:_MOST_THINGS], say("note.more", lang, n=len(named) - _MOST_THINGS)]
        if named:
            said.append(say(f"note.{code}", lang, what=formats.listed(named, lang)))
    return said


def _spans(found: list[str]) -> list[str]:
    """Months that follow each other as one span, "2023-01/2023-12"."""
    spans: list[list[str]] = []
    for month in sorted(found):
        if spans and month == months.shift(spans[-1][-1], 1):
            spans[-1].append(month)
        else:
            spans.append([month])
    return [f"{span[0]}/{span[-1]}" for span in spans]


def _thing(code: str, thing: str, panel: pd.DataFrame, municipality: str, lang: str) -> str | None:
    """What a note is about, in words; None on the page of a municipality that it is not about."""
    if code in _OF_MONTHS:
        first, _, last = thing.partition("/")
        return formats.period(first, last, lang)
    if code in _OF_ROWS:
        measure, row, area = thing.split(":", 2)
        if municipality not in ("", area):
            return None
        named = say_or(f"denominator.{measure}", lang, shortened(measure))
        return say("note.row", lang, area=shortened(area_name(panel, area)), measure=named, row=row)
    if code in _OF_AREAS:
        return shortened(area_name(panel, thing)) if municipality in ("", thing) else None
    return say_or(f"denominator.{thing}", lang, shortened(thing))


def told_overrides(overrides: list[dict[str, Any]], lang: str) -> list[str]:
    """How many numbers of one file another has replaced, a sentence a pair of files."""
    counted = Counter((entry["file"], entry["by"]) for entry in overrides)
    return [
        say("quality.overrides.one", lang, n=n, file=shortened(file), by=shortened(by))
        for (file, by), n in counted.items()
    ]


def _sum(value: Any) -> int:
    return sum(value.values()) if isinstance(value, dict) else int(value)


def _counts(panel: pd.DataFrame, municipality: str) -> dict[str, int]:
    states = panel.loc[panel["municipality"] == municipality, "state"].value_counts()
    return {state: int(states[state]) for state in STATES if state in states}


def _own(panel: pd.DataFrame, municipality: str, lang: str) -> str:
    words = [
        say("quality.state", lang, n=n, state=state_words(state, lang, inferred=states_inferred(panel)))
        for state, n in _counts(panel, municipality).items()
    ]
    return say("quality.own", lang, name=area_name(panel, municipality), states=formats.listed(words, lang))


def _states(panel: pd.DataFrame, municipality: str, lang: str) -> str:
    """Runs of months in the same state: where the numbers begin, and where they have gaps."""
    rows = panel[panel["municipality"] == municipality]
    month, state = rows["month"].dt.strftime("%Y-%m").tolist(), rows["state"].tolist()
    starts = [i for i in range(len(state)) if i == 0 or state[i] != state[i - 1]]
    spans = [
        (
            formats.period(month[i], month[j - 1], lang),
            state_words(state[i], lang, inferred=states_inferred(panel)),
            j - i,
        )
        for i, j in zip(starts, [*starts[1:], len(state)], strict=True)
    ]
    columns = [say(f"column.{key}", lang) for key in ("period", "state", "months")]
    caption = say("quality.states.title", lang, name=area_name(panel, municipality))
    return html_table(pd.DataFrame(spans, columns=columns), caption=caption, lang=lang)


def rules_of(files: list[dict[str, Any]], part: str) -> dict[str, int]:
    """How often each rule dropped a row (or mended a cell), over all files."""
    found: dict[str, int] = {}
    for file in files:
        for code, n in file.get(part, {}).items():
            found[code] = found.get(code, 0) + int(n)
    return dict(sorted(found.items()))


def _rule(code: str, lang: str) -> str:
    return say_or(f"rule.{code}", lang, code.replace("_", " "))


def _files(files: list[dict[str, Any]], lang: str) -> str:
    keys = ("file", "layout", "encoding", "rows", "kept")
    rows = [(shortened(f["file"]), f["layout"], f.get("encoding", ""), f["rows_in"], f["rows_kept"]) for f in files]
    frame = pd.DataFrame(rows, columns=[say(f"quality.column.{key}", lang) for key in keys])
    return html_table(frame, caption=say("quality.files.title", lang), lang=lang)


def _decisions(files: list[dict[str, Any]], lang: str) -> pd.DataFrame | None:
    rows = list(
        dict.fromkeys(
            (_about(d, lang), _decided(d, lang), _what(d["why"], lang)) for f in files for d in f.get("decisions", [])
        )
    )
    if not rows:
        return None
    keys = ("column.what", "quality.column.decided", "quality.column.why")
    return pd.DataFrame(rows, columns=[say(key, lang) for key in keys])


def _about(decision: dict[str, str], lang: str) -> str:
    what, column = _what(decision["what"], lang), decision.get("column", "")
    return f"{what} ({shortened(column)})" if column else what


def _decided(decision: dict[str, str], lang: str) -> str:
    """Our own words in the reader's language; names, signs and patterns as they are."""
    decided = decision["decided"]
    if decision["what"] == "mark":
        mark, _, state = decided.rpartition(" = ")
        return say(f"mark.{state}", lang, mark=shortened(mark))
    return say_or(f"decided.{decided}", lang, shortened(decided))


def _what(code: str, lang: str) -> str:
    return say_or(f"decision.{code}", lang, shortened(code).replace("_", " "))
