"""A drawn panel with a known effect, small enough for an example."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel


def drawn_example() -> tuple[pd.DataFrame, EventRegister]:
    """Thirty municipalities "001" to "030" with 20 calls a month in 2022-2024; "001" doubles from 2024-01 on.

    The register holds that "meeting" of "001", and a "release" for all in the same month.

    Examples
    --------
    >>> panel, events = drawn_example()
    >>> len(panel), list(events)
    (1080, ['meeting', 'release'])
    """
    calls = np.random.default_rng(1).poisson(20, (30, 36))
    calls[0, 24:] = np.random.default_rng(2).poisson(40, 12)
    codes = [f"{i + 1:03d}" for i in range(30)]
    month = pd.date_range("2022-01-01", periods=36, freq="MS")
    frame = pd.DataFrame({"municipality": np.repeat(codes, 36), "month": np.tile(month, 30), "calls": calls.ravel()})
    frame["state"] = "observed"
    frame["region"] = ""
    meeting = Event(
        id="meeting",
        kind="intervention",
        type="leader_meeting",
        municipalities=["001"],
        date="2024-01-01",
        source="drawn",
    )
    release = Event(
        id="release", kind="intervention", type="release", national=True, date="2024-01-01", source="drawn"
    )
    return check_panel(frame), EventRegister([meeting, release])


def drawn_activity(panel: pd.DataFrame) -> pd.DataFrame:
    """Every call of a panel as one unit's in its municipality: columns as `kl_research.read_activity` has them.

    Examples
    --------
    >>> drawn_activity(drawn_example()[0])["unit"].unique().tolist()
    ['A']
    """
    rows = panel[["municipality", "month", "calls"]].assign(completed=0, seconds=0.0)
    return rows.assign(administration="", unit="A", unit_type="home", provider="", channel="")
