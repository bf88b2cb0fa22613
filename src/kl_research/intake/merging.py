"""Several files as one: the later wins, and every number that changed by it is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from kl_research.intake.file_data import DIMENSIONS, MEASURES, FileData

KEYS = ("municipality", *DIMENSIONS, "month")


def merge(files: Sequence[FileData]) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """All rows that count, and the overrides: file, by, municipality, month, measure, before, after.

    A table replaces earlier rows of the same municipality and month; a log those of the months between its first and
    last day. (Calls of an earlier log on the days a later log covers were left out when the earlier was read.)
    """
    kept: list[pd.DataFrame] = []
    overrides: list[dict[str, Any]] = []
    for file in files:
        for earlier, rows in enumerate(kept):
            if len(rows) and not (file.log and files[earlier].log):
                hit = _replaced(rows, file)
                if hit.any():
                    overrides += _changes(rows[hit], file.rows, files[earlier], file)
                    report = files[earlier].report
                    report.decide("replaced_by", file.report.file, "later_file_wins", str(int(hit.sum())))
                    kept[earlier] = rows[~hit]
        kept.append(file.rows)
    return stack(kept), overrides


def _replaced(rows: pd.DataFrame, by: FileData) -> pd.Series:
    """Which rows a later file replaces."""
    if by.log:
        return rows["month"].isin([month for month in rows["month"].unique() if by.first <= month <= by.last])
    keys = pd.MultiIndex.from_frame(by.rows[["municipality", "month"]].drop_duplicates().astype("str"))
    return pd.Series(pd.MultiIndex.from_frame(rows[["municipality", "month"]].astype("str")).isin(keys), rows.index)


def stack(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several files as one table; what is a category in one is a category of all."""
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    table = pd.concat(frames, ignore_index=True)
    for column in (*KEYS, *(f"{measure}_state" for measure in MEASURES)):
        parts = [
            frame[column] if column in frame else pd.Series([None] * len(frame)).astype("category")
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
