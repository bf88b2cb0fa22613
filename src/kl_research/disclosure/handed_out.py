"""The published numbers as they stand in a public folder: `windows.csv`, months too, and back again.

Everything an effect is computed from is in there, so that a stranger with the folder can compute it again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kl_research.disclosure.published import Published
from kl_research.disclosure.tables import DRAWN
from kl_research.terms.errors import InputError
from kl_research.terms.panel import COUNTS, check_panel

WINDOW_COLUMNS = ["level", "area", "measure", "first", "last", "value", "drawn", "months_observed"]


def all_windows(data: Published) -> pd.DataFrame:
    """Every published total of an area: months, and the windows of more than a month after them."""
    towns = data.panel.assign(level="municipality", area=data.panel["municipality"], municipalities_observed=1)
    found = [_months(frame, name) for frame in (towns, data["areas"]) for name in COUNTS if name in frame]
    return pd.concat([*found, data["windows"][WINDOW_COLUMNS]], ignore_index=True)


def _months(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The months of one count as windows of a month."""
    drawn = name if name == "calls" else f"{name}{DRAWN}"
    rows = table[table[drawn].notna()]
    month = rows["month"].dt.strftime("%Y-%m")
    whole = {"value": name, "drawn": drawn, "months_observed": "municipalities_observed"}
    numbers = {column: rows[source].astype("int64") for column, source in whole.items()}
    return rows[["level", "area"]].assign(measure=name, first=month, last=month, **numbers)[WINDOW_COLUMNS]


def read_handed_out(folder: str | Path) -> Published:
    """What a public folder tells of calls: panel, months of regions and nation, and windows.

    Raises `InputError` for a folder without the files of a release.
    """
    where = Path(folder)
    for name in ("panel.csv", "windows.csv"):
        if not (where / name).is_file():
            raise InputError(
                str(folder), f"no {name}", "the folder of a public release", "name the folder with index.html in it"
            )
    panel = pd.read_csv(where / "panel.csv", dtype={"municipality": "str", "state": "str"})
    codes = {"level": "str", "area": "str", "measure": "str", "first": "str", "last": "str"}
    table = pd.read_csv(where / "windows.csv", dtype=codes, keep_default_na=False)[WINDOW_COLUMNS]
    single = table["first"] == table["last"]
    month = table[single].assign(month=pd.to_datetime(table["first"]))
    towns = month["level"] == "municipality"
    drawn = _wide(month[towns], "drawn").drop(columns="level").rename(columns={"area": "municipality"})
    drawn = drawn.rename(columns={name: f"{name}{DRAWN}" for name in COUNTS}).drop(columns=f"calls{DRAWN}")
    panel["month"] = pd.to_datetime(panel["month"])
    panel = panel.drop(columns=["simulated", "edition"], errors="ignore")
    whole = check_panel(panel.merge(drawn, on=["municipality", "month"], how="left"))
    return Published(whole, {"areas": _wide(month[~towns], "value"), "windows": table[~single]})


def _wide(rows: pd.DataFrame, value: str) -> pd.DataFrame:
    """A row an area and month, a column a count."""
    wide = rows.pivot(index=["level", "area", "month"], columns="measure", values=value)
    return wide.astype(np.float64).rename_axis(columns=None).reset_index()
