"""Several files as one: the later wins, and every number that changed by it is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from kl_research.intake.file_data import DIMENSIONS, MEASURES, FileData
from kl_research.terms.errors import InputError

KEYS = ("municipality", *DIMENSIONS, "month")
# A revised export loses test calls and slips, seldom two of three calls; the least numbers keep chance out.
_MANY_TIMES, _LEAST, _LEAST_OF_AREA = 3, 5, 20


def merge(files: Sequence[FileData]) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """All rows that count, and the overrides: file, by, municipality, month, measure, before, after.

    A table replaces earlier rows of the same municipality and month; a log those of its areas in the months between
    its first and last. (Calls of an earlier log that a later one replaces were left out when the earlier was read.)

    Raises `InputError` where a file would replace many times what it brings.
    """
    kept: list[pd.DataFrame] = []
    overrides: list[dict[str, Any]] = []
    for file in files:
        for earlier, rows in enumerate(kept):
            if len(rows) and not file.added and not (file.log and files[earlier].log):
                hit = _replaced(rows, file)
                if hit.any():
                    if not file.replaces:
                        refuse_supplement(files[earlier], rows, rows[~hit], [file])
                    overrides += _changes(rows[hit], file.rows, files[earlier], file)
                    report = files[earlier].report
                    report.decide("replaced_by", file.report.file, "later_file_wins", str(int(hit.sum())))
                    kept[earlier] = rows[~hit]
        kept.append(file.rows)
    return stack(kept), overrides


def _replaced(rows: pd.DataFrame, by: FileData) -> pd.Series:
    """Which rows a later file replaces."""
    if by.log:
        inside = [month for month in rows["month"].unique() if by.first <= month <= by.last]
        return rows["month"].isin(inside) & rows["municipality"].isin(by.areas)
    keys = pd.MultiIndex.from_frame(by.rows[["municipality", "month"]].drop_duplicates().astype("str"))
    return pd.Series(pd.MultiIndex.from_frame(rows[["municipality", "month"]].astype("str")).isin(keys), rows.index)


def refuse_supplement(file: FileData, rows: pd.DataFrame, rest: pd.DataFrame, later: Sequence[FileData]) -> None:
    """Refuse later files that would take away many times the calls they bring: they add to an export.

    `rows` are those of the earlier `file`, `rest` what would be left of them.
    """
    if not later:
        return
    removed = _calls(rows).sub(_calls(rest), fill_value=0)
    months = sorted(set(rows["month"].astype("str")))
    parts = [part.rows[part.rows["month"].isin(months)] for part in later]
    brought = _calls(pd.concat([part[["municipality", "calls"]].astype({"municipality": "str"}) for part in parts]))
    brought = brought.reindex(removed.index, fill_value=0)
    many = (removed >= _LEAST_OF_AREA) & (removed > _MANY_TIMES * brought)
    if removed.sum() >= _LEAST and removed.sum() > _MANY_TIMES * brought.sum():
        taken, given, of = removed.sum(), brought.sum(), ""
    elif many.any():
        area = str(many.idxmax())
        taken, given, of = removed[area], brought[area], f" of {area}"
    else:
        return
    raise InputError(
        later[-1].report.file,
        f"{given:,.0f} calls that would take the place of {taken:,.0f}{of} in {file.report.file}",
        "a new export of the same days, with about as many",
        "is it a supplement? write `overlap: add` beside its path in the study; is it right that so many go? write "
        "`overlap: replace` there",
    )


def _calls(rows: pd.DataFrame) -> pd.Series:
    found = rows.groupby("municipality", observed=True)["calls"].sum()
    return found.set_axis(found.index.astype("str"))


def stack(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several files as one table; what is a category in one is a category of all."""
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    table = pd.concat(frames, ignore_index=True)
    for column in (*KEYS, *(f"{measure}_state" for measure in MEASURES)):
        parts = [
            frame[column] if column in frame else pd.Series([None] * len(frame), dtype="str").astype("category")
            for frame in frames
        ]
        if column in table:
            table[column] = union_categoricals([part.astype("category") for part in parts], sort_categories=True)
    return table


def _changes(old: pd.DataFrame, new: pd.DataFrame, file: FileData, by: FileData) -> list[dict[str, Any]]:
    found = []
    for measure in MEASURES:
        if measure not in old or measure not in new:
            continue
        before, after = (
            part.groupby(["municipality", "month"], observed=True)[measure].sum(min_count=1) for part in (old, new)
        )
        for key in before.index:
            found += change(file.report.file, by.report.file, key, measure, before, after)
    return found


def change(
    file: str, by: str, key: tuple[str, str], measure: str, before: pd.Series, after: pd.Series
) -> list[dict[str, Any]]:
    """One entry where a municipality's month changed, none where it did not."""
    old, new = before.get(key), after.get(key)
    old, new = (None if value is None or pd.isna(value) else int(value) for value in (old, new))
    if old == new:
        return []
    return [
        {
            "file": file,
            "by": by,
            "municipality": key[0],
            "month": key[1],
            "measure": measure,
            "before": old,
            "after": new,
        }
    ]
