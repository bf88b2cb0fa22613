"""The records: one `Statement` is one thing that is true of one area in one period.

A page, a slide or a sheet takes a `Statement` and phrases it (`phrases`); it computes nothing of its own. So the same
thing cannot be said with two numbers, two directions or two caveats, and `gate` can hold every page against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kl_research.disclosure.perturbation import D
from kl_research.effects.effect import Effect

# A year this much above or below the one before is called more or less; nearer than that, about the same. It
# describes two numbers and says nothing of a cause, nor of chance.
SAME = (0.85, 1.18)
ABOUT = (0.95, 1.05)  # within about the same: nearer than that, no difference is told
NATION = "national"


@dataclass(frozen=True)
class Comparison:
    """What a value is held against.

    `with_` is year_before, half_year_before, similar or expected; `direction` is more, fewer, same, within (so near
    that perturbation alone may tell them apart), began, ended or unknown. `low` and `high` are quartiles or an
    interval, `n` how many areas stand behind it.
    """

    with_: str
    value: float | None = None
    period: str = ""
    direction: str = "unknown"
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True)
class Statement:
    """One thing that is true of one area.

    `kind` says what it is about: state, level, part, rest, units, carried, largest, warning, similar, start,
    judgement, circumstance, advice; of regions and the nation half_year, year. `subject` tells those of one kind
    apart: the part's name, the event's id, the peers' measure. `certainty` is counted, open, claimed, unstable,
    not_yet, never, or said (by the register). `caveats` are codes that every phrase of it carries. `source` is the
    file of the release that holds the number. `values` are further numbers and texts its phrase needs.
    """

    level: str
    area: str
    kind: str
    subject: str = ""
    measure: str = "calls"
    period: str = ""
    value: float | None = None
    compared: Comparison | None = None
    certainty: str = "counted"
    caveats: tuple[str, ...] = ()
    source: str = "measures"
    values: Mapping[str, Any] = field(default_factory=dict)
    effect: Effect | None = field(default=None, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Its name in a run: level, area, kind and subject.

        >>> Statement("municipality", "710", "part", "Sygepleje").id
        'municipality/710/part/Sygepleje'
        """
        return "/".join(part for part in (self.level, self.area, self.kind, self.subject) if part)

    @property
    def direction(self) -> str:
        """How the value lies to what it is compared with."""
        return self.compared.direction if self.compared else "unknown"


@dataclass(frozen=True)
class Statements:
    """All statements of a run, in the order they were made."""

    all: tuple[Statement, ...]

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.all)

    def of(self, area: str, kind: str = "", *, level: str = "municipality") -> list[Statement]:
        """Those of an area, or of one kind of it."""
        return [s for s in self.of_area.get((level, area), ()) if kind in ("", s.kind)]

    def one(self, area: str, kind: str, subject: str = "", *, level: str = "municipality") -> Statement | None:
        """The first of a kind (and subject), if any."""
        return next((s for s in self.of(area, kind, level=level) if subject in ("", s.subject)), None)

    @cached_property
    def of_area(self) -> dict[tuple[str, str], list[Statement]]:
        """The statements by level and area."""
        found: dict[tuple[str, str], list[Statement]] = {}
        for one in self.all:
            found.setdefault((one.level, one.area), []).append(one)
        return found


def direction(now: float | None, before: float | None, *, public: bool) -> str:
    """How a count lies to an earlier one: more, fewer, same, within, began, ended, unknown.

    >>> direction(121, 151, public=True), direction(8, 5, public=True), direction(12, None, public=True)
    ('fewer', 'within', 'unknown')
    """
    if now is None or before is None:
        return "unknown"
    low, high = SAME
    near = public and abs(now - before) <= 2 * D
    if before <= 0 or now <= 0:
        return "same" if now == before else "within" if near else "began" if now else "ended"
    if low <= now / before <= high:
        return "same"
    if near:
        return "within"
    return "fewer" if now < before else "more"


def slight(now: float, before: float, *, public: bool) -> str:
    """How two numbers that are about the same differ: same, slightly_more or slightly_fewer.

    >>> slight(192, 164, public=True), slight(93, 84, public=True), slight(93, 84, public=False)
    ('slightly_more', 'same', 'slightly_more')
    """
    low, high = ABOUT
    if before <= 0 or (public and abs(now - before) <= 2 * D) or low <= now / before <= high:
        return "same"
    return "slightly_more" if now > before else "slightly_fewer"
