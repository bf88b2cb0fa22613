"""Logs whose rows are parts of calls: one a participant, or one for each thing that happened during a call."""

from __future__ import annotations

from itertools import pairwise

from kl_research.intake.columns.moments import read_moment
from kl_research.intake.files.cells import Row, text
from kl_research.intake.tables.header import Header
from kl_research.terms.errors import InputError

_SECONDS = 59  # between rows of one call: calls of one place are seldom as near, and drawn ones stand at full minutes
_SHARE = 0.8
_LEAST = 10  # rows to judge by
_PLACE = ("code", "municipality", "administration", "unit", "unit_type", "provider", "channel")


def refuse_parts_of_calls(head: list[Row], header: Header, file: str) -> None:
    """Raise `InputError` when most of the first rows stand beside another of the same place and moment.

    Rows that are the same in every column are repeats, which are counted and told elsewhere.
    """
    start = header.columns["start"]
    place = [header.columns[word] for word in _PLACE if word in header.columns]
    found = []
    for row in head[header.last + 1 :]:
        cells = [text(cell) for cell in row]
        moment = read_moment(cells[start], "dmy") if start < len(cells) else None
        if moment:
            found.append((tuple(cells[i] for i in place if i < len(cells)), moment, cells))
    if len(found) < _LEAST:
        return
    found.sort(key=lambda entry: entry[:2])
    near = set()
    telling: dict[int, int] = {}
    for i, ((there, then, one), (here, now, other)) in enumerate(pairwise(found)):
        differ = [k for k, (a, b) in enumerate(zip(one, other, strict=False)) if k != start and a and b and a != b]
        if there == here and (now - then).total_seconds() <= _SECONDS and differ:
            near |= {i, i + 1}
            for k in differ:
                telling[k] = telling.get(k, 0) + 1
    if len(near) < _SHARE * len(found):
        return
    most = max(telling, key=lambda k: (telling[k], -k))
    label = header.labels[most] if most < len(header.labels) else str(most + 1)
    raise InputError(
        f"{file}, row {header.last + 2}",
        f"several rows for one place within a minute, which differ in {label!r}: perhaps one for each "
        "participant, or for each thing that happened",
        "a row a call",
        "name the column that numbers the calls in a layout file, `columns: {call_id: ...}`, or ask for a row a "
        "call; where each row is a call, write `repeats: add` there",
    )
