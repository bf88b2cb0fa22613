"""What was told before must not be told again with other noise: two draws on the same number average out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kl_research.terms.errors import InputError
from kl_research.terms.study import PUBLIC_FOLDER

_LEAST, _SHARE = 20, 0.1
"""Refused from so many months on, and this part of those told before; a correction may move a few calls."""
_PANEL = "panel.parquet"


def check_told_before(before: Path, panel: pd.DataFrame, told: pd.DataFrame, *, new_key: bool = False) -> None:
    """Refuse fresh noise on the numbers of the last release, whose complete and public data lie in `before`.

    The noise of a call comes from where it was made: with units, administrations or channels called otherwise in a
    new export, every number would be drawn anew. `panel` is the new complete panel, `told` the public one.
    """
    earlier = before / _PANEL, before / PUBLIC_FOLDER / _PANEL
    if new_key or not all(path.is_file() for path in earlier):
        return
    keys = ["municipality", "month"]
    numbers = [pd.read_parquet(path, columns=[*keys, "calls"]) for path in earlier] + [panel, told]
    columns = [frame.set_index(keys)["calls"].astype("Float64") for frame in numbers]
    both = pd.concat(columns, axis=1, keys=["true", "told", "true_now", "told_now"]).dropna()
    same = both[(both["true"] == both["true_now"]) & (both["true"] > 0)]
    redrawn = int((same["told"] != same["told_now"]).sum())
    if redrawn >= max(_LEAST, _SHARE * len(same)):
        raise InputError(
            "raw",
            f"the numbers of the last release with other noise in {redrawn} of {len(same)} months",
            "units, administrations, types and channels called as before: fresh noise on old numbers averages out",
            "give them their earlier names in a copy of the export, or accept fresh noise with --new-key",
        )
