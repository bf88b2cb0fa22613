"""Logs whose rows are parts of calls: one a participant, a try, or one for each thing that happened during a call."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice, pairwise
from typing import NamedTuple

from kl_research.intake.columns.moments import read_moment
from kl_research.intake.files.cells import Row, text
from kl_research.intake.tables.header_columns import Header
from kl_research.terms.errors import InputError

_ROWS = 20_000  # that are looked at
_SECONDS = 59  # between rows of one call: calls of one place are seldom as near, and drawn ones stand at full minutes
_LONGER = 180  # the same, where next to nothing else happens within the hour
_HOUR = 3600
_SHARE = 0.8
_LEAST = 10  # rows to judge by
_BEAT = (60, 900)  # seconds between rows that follow each other like a clock
_KINDS = 6  # different things that a column of happenings tells
_PLACE = ("code", "municipality", "administration", "unit", "unit_type", "provider", "channel")
_BEGINS = re.compile(
    r"\b(?:\w*start\w*|begyndt?|begin|began|joined|join|tilslutte[tr]|ringer|ringet op|opkaldt|indgået)\b"
)
_ENDS = re.compile(
    r"\b(?:\w*slut\w*|afslutte[tr]|end|ended|left|leave|forla[dt]\w*|forlod|lagt på|hung up|afbrudt)\b"
)


class _Entry(NamedTuple):
    place: tuple[str, ...]
    moment: dt.datetime
    cells: list[str]


def refuse_parts_of_calls(rows: Iterable[Row], header: Header, file: str) -> None:
    """Raise `InputError` when most rows, of all or of one area or month, stand beside another of the same call.

    Rows that are the same in every column are repeats, which are counted and told elsewhere.
    """
    found = _entries(rows, header)
    where = f"{file}, row {header.last + 2}"
    _refuse_happenings(found, header, where)
    _refuse_a_clock(found, where)
    near, _ = _near(found, header.columns["start"], _SECONDS)
    for name, group in _groups(found).items():
        if len(group) >= _LEAST and len(near & group) >= _SHARE * len(group):
            own, telling = _near([found[i] for i in sorted(group)], header.columns["start"], _SECONDS)
            if len(own) >= _SHARE * len(group):
                raise _refusal(where, "within a minute", telling, header, name)
    wider = sorted((entry._replace(place=entry.place[:1]) for entry in found), key=lambda entry: entry[:2])
    near, telling = _near(wider, header.columns["start"], _SECONDS)
    if len(found) >= 2 * _LEAST and len(near) >= _SHARE * len(found) and _alone(wider):  # another unit, the same call
        raise _refusal(where, "within a minute", telling, header, "")
    near, telling = _near(found, header.columns["start"], _LONGER)
    if len(found) >= 2 * _LEAST and len(near) >= _SHARE * len(found) and _alone(found):
        raise _refusal(where, f"within {_LONGER // 60} minutes", telling, header, "")


def _entries(rows: Iterable[Row], header: Header) -> list[_Entry]:
    start = header.columns["start"]
    place = [header.columns[word] for word in _PLACE if word in header.columns]
    found = []
    for row in islice(rows, header.last + 1, header.last + 1 + _ROWS):
        cells = [text(cell) for cell in row]
        moment = read_moment(cells[start], "dmy") if start < len(cells) else None
        if moment:
            where = tuple(cells[i] for i in place if i < len(cells))
            found.append(_Entry(where, moment.replace(tzinfo=None), cells))
    return sorted(found, key=lambda entry: entry[:2])


def _gap(one: _Entry, other: _Entry) -> float:
    return (other.moment - one.moment).total_seconds() if one.place == other.place else float("inf")


def _groups(found: list[_Entry]) -> dict[str, set[int]]:
    """The rows of all, of each month and of each area, by their numbers."""
    groups: dict[str, set[int]] = defaultdict(set, {"": set(range(len(found)))})
    for number, entry in enumerate(found):
        groups[f"{entry.moment.year}-{entry.moment.month:02d}"].add(number)
        if entry.place:
            groups[entry.place[0]].add(number)
    return groups


def _near(found: list[_Entry], start: int, seconds: int) -> tuple[set[int], Counter[int]]:
    """Which rows stand that near to another that is not the same in all, and in which columns they differ."""
    near: set[int] = set()
    telling: Counter[int] = Counter()
    for i, (one, other) in enumerate(pairwise(found)):
        if _gap(one, other) > seconds:
            continue
        both = enumerate(zip(one.cells, other.cells, strict=False))
        differ = [k for k, (a, b) in both if k != start and a and b and a != b]
        if differ or one.moment != other.moment:
            near |= {i, i + 1}
            telling.update(differ)
    return near, telling


def _alone(found: list[_Entry]) -> bool:
    """Whether what follows within the hour nearly always follows at once: calls come at any distance."""
    gaps = [gap for one, other in pairwise(found) if 0 < (gap := _gap(one, other)) <= _HOUR]
    return len(gaps) >= _LEAST and sum(gap <= _LONGER for gap in gaps) >= _SHARE * len(gaps)


def _refuse_a_clock(found: list[_Entry], where: str) -> None:
    gaps = Counter(gap for one, other in pairwise(found) if _BEAT[0] <= (gap := _gap(one, other)) <= _BEAT[1])
    if not gaps or len(found) < 2 * _LEAST:
        return
    beat, times = gaps.most_common(1)[0]
    if times >= len(found) / 2:
        raise InputError(
            where,
            f"rows of one place that follow each other every {beat:.0f} seconds, as a clock does",
            "a row a call",
            "ask for a row a call; where each row is a call, write `repeats: add` in a layout file",
        )


def _refuse_happenings(found: list[_Entry], header: Header, where: str) -> None:
    """Refuse a column that tells of beginnings and of ends, about as often."""
    skip = {header.columns[word] for word in ("start", "municipality", "code", "status") if word in header.columns}
    for column, label in enumerate(header.labels):
        values = Counter(entry.cells[column].casefold() for entry in found if column < len(entry.cells))
        if column in skip or not 1 < len(values) <= _KINDS:
            continue
        begun = sum(n for value, n in values.items() if _BEGINS.search(value))
        ended = sum(n for value, n in values.items() if _ENDS.search(value) and not _BEGINS.search(value))
        if min(begun, ended) >= max(_LEAST / 2, max(begun, ended) / 2):
            raise InputError(
                where,
                f"beginnings and ends under {label!r}, so several rows for a call",
                "a row a call",
                "ask for a row a call, or for the beginnings alone; where each row is a call, write `repeats: add` "
                "in a layout file",
            )


def _refusal(where: str, near: str, telling: Counter[int], header: Header, group: str) -> InputError:
    most = max(telling, key=lambda k: (telling[k], -k), default=header.columns["start"])
    label = header.labels[most] if most < len(header.labels) else str(most + 1)
    among = f" (in {group})" if group else ""
    return InputError(
        where,
        f"several rows for one place {near}{among}, which differ in {label!r}: perhaps one for each participant or "
        "try, or for each thing that happened",
        "a row a call",
        "name the column that numbers the calls in a layout file, `columns: {call_id: ...}`, or ask for a row a "
        "call; where each row is a call, write `repeats: add` there",
    )
