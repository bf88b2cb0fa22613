"""Several files as one: the later wins, and every number that changed by it is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from kl_research.ingest.file_data import MEASURES, FileData


def merge(files: Sequence[FileData]) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """All rows that count, and the overrides: file, by, municipality, month, measure, before, after.

    A table replaces earlier rows of the same municipality and month; a log those of the months between its first and
    last day. (Calls of an earlier log on the days a later log covers were left out when the earlier was read.)
    """
    rows = pd.DataFrame()
    overrides: list[dict[str, Any]] = []
    for position, file in enumerate(files):
        new = file.rows.assign(file=position)
        if len(rows):
            old_log = rows["file"].map(lambda i: files[i].log)
            if file.log:
                hit = ~old_log & (rows["month"] >= file.first) & (rows["month"] <= file.last)
            else:
                keys = set(zip(new["municipality"], new["month"], strict=True))
                pairs = zip(rows["municipality"], rows["month"], strict=True)
                hit = pd.Series([pair in keys for pair in pairs], index=rows.index)
            overrides += _changes(rows[hit], new, files, position)
            for earlier, dropped in rows[hit].groupby("file").size().items():
                files[int(earlier)].report.decide(  # type: ignore[call-overload]
                    "replaced_by", file.report.file, f"{dropped}_entries_later_file_wins"
                )
            rows = rows[~hit]
        rows = pd.concat([rows, new], ignore_index=True) if len(rows) else new
    return rows.reset_index(drop=True), overrides


def _changes(old: pd.DataFrame, new: pd.DataFrame, files: Sequence[FileData], position: int) -> list[dict[str, Any]]:
    found = []
    for measure in MEASURES:
        if measure not in old or measure not in new:
            continue
        before, after = (part.groupby(["municipality", "month"])[measure].sum(min_count=1) for part in (old, new))
        source = old.groupby(["municipality", "month"])["file"].max()
        for key in before.index:
            found += change(files[source[key]].report.file, files[position].report.file, key, measure, before, after)
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
