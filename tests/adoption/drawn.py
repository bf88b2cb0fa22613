"""Small drawn tables: a line of calls a unit, month by month; "." not observed, "-" not connected, "*" hidden."""

from __future__ import annotations

import pandas as pd

STATES = {".": "missing", "-": "not_connected", "*": "suppressed", "o": "not_started"}


def months_from(start: str, length: int) -> pd.DatetimeIndex:
    return pd.date_range(f"{start}-01", periods=length, freq="MS")


def panel(rows: dict[str, str], start: str = "2024-01", **columns: object) -> pd.DataFrame:
    """{"461": "3 0 . - * 4"} -> a panel; extra columns are the same in every row."""
    parts = []
    for code, drawn in rows.items():
        cells = drawn.split()
        frame = pd.DataFrame({"municipality": code, "month": months_from(start, len(cells))})
        frame["state"] = [STATES.get(cell, "observed") for cell in cells]
        frame["calls"] = pd.array([None if cell in STATES else int(cell) for cell in cells], dtype="Int64")
        parts.append(frame)
    return pd.concat(parts, ignore_index=True).assign(**columns)


def activity(rows: list[tuple[str, str, str]], start: str = "2024-01", **columns: object) -> pd.DataFrame:
    """[("461", "Solgården", "3 0 4")] -> an activity table, a row where there were calls; "0" leaves no row."""
    found = []
    for code, unit, drawn in rows:
        cells = drawn.split()
        for month, cell in zip(months_from(start, len(cells)), cells, strict=True):
            if cell not in STATES and int(cell):
                found.append({"municipality": code, "unit": unit, "month": month, "calls": int(cell)})
    frame = pd.DataFrame(found, columns=["municipality", "unit", "month", "calls"])
    blank = {"administration": "", "unit_type": "", "provider": "", "channel": "", "seconds": float("nan")}
    frame = frame.assign(completed=pd.array([None] * len(frame), dtype="Int64"), **blank)
    return frame.assign(**columns)


def panel_of(use: pd.DataFrame, start: str, length: int) -> pd.DataFrame:
    """The panel an activity table adds up to, every month observed."""
    grid = pd.MultiIndex.from_product(
        [sorted(use["municipality"].unique()), months_from(start, length)], names=["municipality", "month"]
    )
    calls = use.groupby(["municipality", "month"])["calls"].sum().reindex(grid, fill_value=0)
    return calls.astype("Int64").reset_index().assign(state="observed")
