"""Numbers of a table that cannot all be what they are called: sums that never fall, a part above its whole."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pandas as pd

from kl_research.intake.columns.channels import is_app, is_other_channel
from kl_research.intake.columns.phrases import no_count
from kl_research.intake.columns.subjects import other_subject
from kl_research.intake.file_data import DIMENSIONS, FileData
from kl_research.intake.files.cells import Row, text
from kl_research.intake.tables.header_columns import Header
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError

# Counts rise and fall by chance. A dozen rises and not one fall are sums that run on, in practice.
_RISES = 12
_AS_ONE_STEP = 2  # times the mean rise: the largest mean of what begins anew
_TIMES = 3  # cells that hold the same filler, such as 999
_FEW = 4  # different texts in a column that says what is counted


def check_counts(data: FileData, *, declared: bool) -> None:
    """Raise `InputError` for counts that contradict each other; `declared`: a layout says that they are counts."""
    _refuse_parts_above(data)
    if not declared:
        _refuse_nines(data)
        _refuse_running_sums(data)


def _refuse_running_sums(data: FileData) -> None:
    """Refuse series that rise and never fall, but where they begin anew: each month holds those before it too."""
    rows = data.rows[data.rows["calls_state"] == "observed"]
    sums = rows.groupby(["municipality", "month"], observed=True)["calls"].sum().reset_index()
    rises: list[float] = []
    anew: dict[int, list[float]] = {}
    for _, own in sums.groupby("municipality", observed=True):
        series = sorted(zip(own["month"].astype(str), own["calls"], strict=True))
        steps = [(int(month[-2:]), after - before, after) for (_, before), (month, after) in pairwise(series)]
        for month, step, after in steps:
            if step < 0:
                anew.setdefault(month, []).append(after)
        up = [step for _, step, _ in steps if step > 0]
        rises += up if len(set(up)) > 1 else []  # steps of one size are a drawn line: sums of calls vary
    # What begins anew is as small as one step; a month with few calls is not.
    firsts = [after for falls in anew.values() for after in falls]
    small = not firsts or sum(firsts) / len(firsts) <= _AS_ONE_STEP * sum(rises) / max(len(rises), 1)
    if len(rises) >= _RISES and (set(anew) <= {1} or (small and _by_the_calendar(set(anew)))):
        raise InputError(
            data.report.file,
            f"numbers that rise {len(rises)} times and never fall but where they begin anew, so perhaps accumulated",
            "calls of each month",
            "ask for the calls of each month; if they are that, write `calls_of_each_month: true` in a layout file",
        )


def _by_the_calendar(months: set[int]) -> bool:
    """Whether months are those in which years, half-years, thirds of a year or quarters begin, of any calendar."""
    return any(len({month % length for month in months}) == 1 for length in (12, 6, 4, 3))


def _refuse_nines(data: FileData) -> None:
    """Refuse 999, 9999 and so on that stand in several cells and tower above all other numbers."""
    found = Counter(data.rows.loc[data.rows["calls_state"] == "observed", "calls"].astype(int))
    top, second = (*sorted(found, reverse=True)[:2], 0, 0)[:2]
    if re.fullmatch("9{3,}", str(top)) and found[top] >= _TIMES and top > 10 * second:
        raise InputError(
            data.report.file,
            f"the number {top} in {found[top]} cells, and no other above {second}",
            "counts, or to be told what it stands for",
            f'write `marks: {{missing: ["{top}"]}}` in a layout file; if it is a count, `calls_of_each_month: true`',
        )


def refuse_other_measures(rows: list[Row], header: Header, file: str) -> None:
    """Refuse a table in which a column says that every number is something else than calls: minutes, per cent."""
    counted = {*header.columns.values(), *header.periods, *header.totals, *header.extra}
    counted -= {header.columns[word] for word in ("unit", "unit_type", "channel") if word in header.columns}
    for column, label in enumerate(header.labels):
        if column in counted or not label:
            continue
        values = {text(row[column]) for row in rows[header.last + 1 :] if column < len(row)} - {""}
        said = {no_count(value) or other_subject(value) for value in values}
        if values and len(values) <= _FEW and "" not in said:
            raise InputError(
                file,
                f"{without_digits(sorted(values)[0])!r} under {label!r}, so {sorted(said)[0]}",
                "calls of each month",
                "ask for the calls of each month; if they are that, `calls_of_each_month: true` in a layout file",
            )


def _refuse_parts_above(data: FileData) -> None:
    """Refuse more completed calls, or more active units or providers, than calls."""
    rows = data.rows
    for measure in ("completed", "active_units", "active_providers"):
        if measure not in rows:
            continue
        both = (rows["calls_state"] == "observed") & (rows[f"{measure}_state"] == "observed")
        above = rows[both & (rows[measure].astype(float) > rows["calls"].astype(float))]
        if len(above):
            first = above.iloc[0]
            label = data.report.used_as.get(measure, measure)
            raise InputError(
                data.report.file,
                f"a higher number in {label!r} than of calls, for {first['municipality']} in {first['month']} "
                f"({len(above)} such row{'s' if len(above) > 1 else ''})",
                "at least as many calls",
                f'map the right columns in a layout file, or leave one out: `leave_out: {{"{label}": "why"}}`',
            )


def channels_elsewhere(data: FileData) -> str:
    """The word of a column of units or departments that holds ways to call, so channels; empty for none.

    Raises `InputError` where another column holds channels already.
    """
    for word in DIMENSIONS:
        if word in ("channel", "provider") or word not in data.present:
            continue
        found = [value for value in _values(data.rows, word) if value]
        apart = [value for value in found if is_other_channel(value)]
        if apart and len(found) > 1 and all(is_other_channel(value) or is_app(value) for value in found):
            if "channel" not in data.present:
                return word
            label = data.report.used_as.get(word, word)
            raise InputError(
                data.report.file,
                f"{', '.join(found[:5])} under {label!r}, so channels",
                f"{word.replace('_', ' ')}s",
                f'say so in a layout file: `columns: {{channel: "{label}"}}`',
            )
    return ""


def _values(rows: pd.DataFrame, word: str) -> list[str]:
    return sorted(str(value) for value in rows[word].unique())
