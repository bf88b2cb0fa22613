"""What every part of a meeting's pack reads: data as the edition may see them, judgements of today and last time."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.batch.state import read_json
from kl_research.effects.effect import Effect
from kl_research.findings.words.reader import Reader, reader
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.events import EventRegister
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_region
from kl_research.terms.question import Question
from kl_research.terms.study import Study


@dataclass(frozen=True)
class Asked:
    """What every part reads: the study's data as its edition may see them, and the judgements of today."""

    study: Study
    who: Reader
    panel: pd.DataFrame
    activity: Any
    events: EventRegister
    question: Question
    effects: tuple[Effect, ...]
    day: str

    @property
    def last(self) -> str:
        """The last month of data."""
        return f"{self.panel['month'].max():%Y-%m}"

    @property
    def then(self) -> str:
        """The last month of data that is known at the meeting: the one before its own."""
        return max(months.shift(self.day[:7], -1), self.last)

    def region(self, code: str) -> str:
        """The name of a municipality's region, empty where there is none."""
        found = area_region(self.panel, code, self.last)
        return REGION_NAMES.get(found, found)


def read_asked(study: Study, day: str) -> Asked:
    """The study's data, register and primaries; everything must have been ingested."""
    from kl_research.effects.evaluation import evaluate
    from kl_research.intake import read_activity, read_question
    from kl_research.terms.panel import read_panel

    folder = study.data_folder
    panel, events, question = read_panel(folder), study.read_events(), read_question(study)
    effects: list[Effect] = []
    for code in [None, *_named(events, panel)]:
        found = evaluate(panel, events, municipality=code, question=question, primary=study.primary)
        effects += [e for e in found if e.primary and (code is None) == events[e.event].national]
    return Asked(study, reader(study), panel, read_activity(folder), events, question, tuple(effects), day)


def _named(events: EventRegister, panel: pd.DataFrame) -> list[str]:
    known = set(panel["municipality"])
    return sorted(
        {code for event in events.values() for code in event.municipalities if event.kind != "context"} & known
    )


@dataclass(frozen=True)
class Before:
    """An earlier run or pack: the verdict of each primary, and the last month it had, where it says so."""

    verdicts: dict[tuple[str, str, str], str]
    last: str


def read_before(folder: Path) -> Before:
    """The primaries of an earlier run or pack; raises `InputError` for a folder without results."""
    path = folder / "results.csv"
    if not path.is_file():
        raise InputError(
            str(folder), "no results.csv", "a folder that a run or an earlier pack wrote", "name its `out`"
        )
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["primary"] == "true"]
    told = read_json(folder / "meeting.json")
    last = told["data_until"] if isinstance(told, dict) else _last_month(folder / "panel.csv")
    return Before({(row["level"], row["area"], row["event"]): row["verdict"] for row in rows}, last)


def _last_month(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", newline="") as stream:
        return max((row["month"][:7] for row in csv.DictReader(stream)), default="")
