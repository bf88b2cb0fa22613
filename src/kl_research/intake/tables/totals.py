"""Totals in an export are the supplier's own check of it: each must be the sum of its parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from kl_research.intake.columns.places import Place, is_total
from kl_research.intake.file_data import DIMENSIONS
from kl_research.intake.quality import FileReport
from kl_research.intake.tables.rows import Body, LongRows
from kl_research.terms import municipalities
from kl_research.terms.errors import InputError

# How much must agree before a row without a name is taken for a sum: so many months, or so many and this many calls.
_SURE, _ENOUGH, _CALLS = 6, 3, 20
_DOZEN = 12  # months in which a row with a name is the sum of the others

# Rows a supplier may or may not have counted in.
_DOUBTFUL = ("unknown", "test", "christiansoe", "ignored")


def check_totals(
    places: Sequence[Place], body: Body, long: LongRows, report: FileReport, *, refuse: bool = True
) -> None:
    """Raise `InputError` (if asked to `refuse`) when a total row differs from the sum of its parts in a month.

    Where a part is hidden the total may be more; where all parts are shown it must be equal, with or without the
    rows of nobody. Totals without parts say nothing and are left out.
    """
    if "calls" not in long.measures:
        return
    calls = long.measures["calls"]
    dims = [word for word in DIMENSIONS if word in body.keys]
    by_month: dict[str, list[int]] = defaultdict(list)
    totals: list[int] = []
    for k, i in enumerate(long.source):
        if _is_total(places[i], body, i, dims):
            totals.append(k)
        else:
            by_month[long.months[k]].append(k)
    checked = 0
    for k in totals:
        value = calls.values[k]
        i = long.source[k]
        parts = [
            j for j in by_month[long.months[k]] if _within(long.source[j], i, places, body, dims, long.months[k])
        ]
        if value is None or not parts:
            continue
        sure = sum(calls.values[j] or 0 for j in parts if places[long.source[j]].kind not in _DOUBTFUL)
        rest = sum(calls.values[j] or 0 for j in parts if places[long.source[j]].kind in _DOUBTFUL)
        hidden = any(calls.states[j] != "observed" for j in parts)
        report.compare(
            f"row {body.numbers[i]}, {long.months[k]}",
            value,
            sure + rest,
            agree=value in (sure, sure + rest) or (hidden and value >= sure),
            refuse=refuse,
            cure="a row may be missing; if the total counts otherwise, name a layout file with `check_totals: false`",
        )
        checked += 1
    if checked and refuse:
        report.decide("row_totals", "checked", "sum_of_parts")


def unnamed_sums(places: Sequence[Place], body: Body, long: LongRows, rules: Sequence[str], file: str) -> set[int]:
    """Rows of a municipality with a blank unit (or administration ...) that are the sum of its rows with one.

    Raises `InputError` where that is so in most months, but not in all, or in too few to be sure.
    """
    dims = [word for word in DIMENSIONS if word in body.keys]
    if "calls" not in long.measures or not dims:
        return set()
    calls = long.measures["calls"]
    blanks = [tuple(word for word in dims if body.keys[word][i] == "") for i in range(len(body.rows))]
    sums: set[int] = set()
    for pattern in sorted({blank for i, blank in enumerate(blanks) if blank and not rules[i]}):
        rest = [word for word in dims if word not in pattern]
        parts: dict[tuple[str, ...], float] = defaultdict(float)
        hidden: set[tuple[str, ...]] = set()
        whole: list[tuple[int, tuple[str, ...], float]] = []
        for k, i in enumerate(long.source):
            if rules[i] or blanks[i] not in ((), pattern):
                continue
            key = (places[i].code, long.months[k], *(body.keys[word][i] for word in rest))
            value = calls.values[k]
            if blanks[i] == ():
                parts[key] += value or 0
                hidden |= {key} if value is None else set()
            elif value is not None:
                whole.append((i, key, value))
        tried = [(i, value, parts[key]) for i, key, value in whole if key in parts and key not in hidden]
        agree = [value for _, value, sum_ in tried if value == sum_ > 0]
        differ = [i for i, value, sum_ in tried if value != sum_]
        if len(agree) < _ENOUGH or len(agree) <= len(differ):
            continue
        if differ or (len(agree) < _SURE and sum(agree) < _CALLS):
            raise InputError(
                f"{file}, row {body.numbers[differ[0] if differ else tried[0][0]]}",
                f"rows without {' and '.join(pattern)} that are the sum of the others, {len(agree)} of {len(tried)}",
                "rows that are sums, or rows that are not",
                "write I alt in sums; if they are calls of their own, write `check_totals: false` in a layout file",
            )
        keys = {key for _, key, _ in whole if key in parts}
        sums |= {i for i, key, _ in whole if key in keys}
    return sums


def named_sums(places: Sequence[Place], body: Body, long: LongRows, rules: Sequence[str]) -> set[int]:
    """Rows of a unit (channel, type ...) that is the sum of the others of its municipality, whatever it is called.

    So it is in a dozen months or more with two others or more, and differs in none.
    """
    dims = [word for word in DIMENSIONS if word in body.keys]
    sums: set[int] = set()
    if "calls" not in long.measures:
        return sums
    calls = long.measures["calls"]
    for word in dims:
        rest = [other for other in dims if other != word]
        cells: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for k, i in enumerate(long.source):
            name, value = body.keys[word][i], calls.values[k]
            if not rules[i] and i not in sums and name and value is not None:
                cells[places[i].code, long.months[k], *(body.keys[w][i] for w in rest)][name] += value
        agree, differ = Counter[str](), set[str]()
        for parts in cells.values():
            whole = sum(parts.values())
            for name, value in parts.items() if whole and len(parts) > 1 else ():
                if 2 * value != whole:
                    differ.add(name)
                elif sum(part > 0 for part in parts.values()) > 2:
                    agree[name] += 1
        found = {name for name, n in agree.items() if n >= _DOZEN and name not in differ}
        sums |= {i for i, name in enumerate(body.keys[word]) if name in found and not rules[i]}
    return sums


def _is_total(place: Place, body: Body, i: int, dims: list[str]) -> bool:
    return place.kind in ("region", "total") or any(is_total(body.keys[word][i]) for word in dims)


def _within(part: int, total: int, places: Sequence[Place], body: Body, dims: list[str], month: str) -> bool:
    """Whether a row is a part of a total row."""
    of, place = places[total], places[part]
    if of.kind == "region":
        if place.kind != "municipality" or municipalities.region(place.code, month) != of.code:
            return False
    elif of.code and place.code != of.code:
        return False
    return all(
        is_total(own) or own == "" or own == body.keys[word][part]
        for word in dims
        for own in [body.keys[word][total]]
    )
