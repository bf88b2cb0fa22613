"""Which part of a municipality rose or fell, and what the total is without a part that only now is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kl_research.adoption import cut
from kl_research.adoption.cut import Level
from kl_research.adoption.cutting import part_levels
from kl_research.adoption.rows import SEPARATOR
from kl_research.adoption.watch.fallen import change_state
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.statement import Comparison, Statement, direction
from kl_research.terms import months

PARTS: tuple[Level, ...] = ("unit_type", "administration", "channel")


@dataclass(frozen=True)
class Part:
    """One part of a municipality: calls of the last 12 months and of the 12 before."""

    level: str
    name: str
    now: float
    before: float


def all_parts(known: Known) -> dict[str, list[Part]]:
    """The parts of every municipality whose 24 months were all observed, the largest first, by level."""
    found: dict[str, list[Part]] = {}
    if known.activity is None:
        return found
    whole_years = _observed_throughout(known)
    now, before = ([months.number(month) for month in span] for span in (known.year, known.year_before))
    for level in part_levels(known.panel, known.activity):
        one = cut(known.panel, known.activity, level=level)
        if level not in PARTS or one.start > before[0]:
            continue
        counts = [np.nan_to_num(one.between(*span).total("calls")) for span in (now, before)]
        rows = sorted(zip(one.areas, *counts, strict=True), key=lambda row: (-row[1] - row[2], row[0]))
        for area, calls, earlier in rows:
            code, _, name = str(area).partition(SEPARATOR)
            if code in whole_years:
                found.setdefault(code, []).append(Part(str(level), name, float(calls), float(earlier)))
    return found


def parts(known: Known, code: str, inside: Sequence[Part]) -> Iterator[Statement]:
    """Each part beside the year before, where the municipality has at least two of a kind.

    `certainty` is claimed where chance and the usual variation seldom (one-sided 5 %) explain the change.
    """
    for level in PARTS:
        own = [part for part in inside if part.level == level]
        if len(own) > 1:
            for part in own:
                yield _part(known, code, part)
            yield from _rest(known, code, own)


def _part(known: Known, code: str, part: Part) -> Statement:
    against = _against(known, part.now, part.before)
    moved = against.direction in ("more", "fewer", "began", "ended")
    sure = moved and change_state(part.before / 12, part.now / 12, 12, 12, known.noise) != "stable"
    period, level = "/".join(known.year), {"level": part.level}
    certainty = "claimed" if sure else "counted"
    return Statement(
        "municipality", code, "part", part.name, "calls", period, part.now, against, certainty, values=level
    )


def _rest(known: Known, code: str, own: Sequence[Part]) -> Iterator[Statement]:
    """The other administrations without one that had no call the year before: the same units in both years."""
    fresh = [part for part in own if part.before <= 0 < part.now]
    others = [part for part in own if part not in fresh]
    if own[0].level != "administration" or len(fresh) != 1 or not others:
        return
    now, before = (sum(getattr(part, when) for part in others) for when in ("now", "before"))
    counted = [event for event in known.touching(code) if event.kind == "measurement" and event.dated]
    values = {"calls": fresh[0].now, "since": counted[-1].date if counted else ""}
    period, against = "/".join(known.year), _against(known, now, before)
    yield Statement("municipality", code, "rest", fresh[0].name, "calls", period, now, against, values=values)


def _against(known: Known, now: float, before: float) -> Comparison:
    far = direction(now, before, public=known.who.public)
    return Comparison("year_before", before, "/".join(known.year_before), far)


def _observed_throughout(known: Known) -> set[str]:
    panel, span = known.panel, set(months.span(known.year_before[0], known.last))
    inside = panel[panel["month"].dt.strftime("%Y-%m").isin(span) & (panel["state"] == "observed")]
    counts = inside.groupby("municipality").size()
    return {str(code) for code in counts.index[counts == len(span)]}
