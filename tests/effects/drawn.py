"""Drawn panels: municipalities "001", "002", ... with steady Poisson counts, and events on the first of them."""

import numpy as np
import pandas as pd

from kl_research.terms import months
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel


def draw_panel(counts, *, start="2022-01", states=None, codes=None, **columns):
    """A panel from a table of counts, months down and municipalities across; -1 stands for a month not observed."""
    counts = np.asarray(counts)
    codes = codes or [f"{i + 1:03d}" for i in range(counts.shape[1])]
    texts = months.span(start, months.shift(start, len(counts) - 1))
    frames = []
    for i, code in enumerate(codes):
        values = pd.array([None if c < 0 else int(c) for c in counts[:, i]], dtype="Int64")
        state = ["missing" if c < 0 else "observed" for c in counts[:, i]]
        frame = pd.DataFrame({"municipality": code, "month": pd.to_datetime([f"{m}-01" for m in texts])})
        frames.append(frame.assign(state=state, calls=values, **columns))
    panel = pd.concat(frames, ignore_index=True)
    if states:
        for (code, month), state in states.items():
            rows = panel["municipality"].eq(code) & panel["month"].eq(pd.Timestamp(f"{month}-01"))
            panel.loc[rows, "state"] = state
            panel.loc[rows, "calls"] = pd.NA
    panel["region"] = "1"
    return check_panel(panel)


def draw_event(name="meeting", *, kind="intervention", date="2024-01-01", municipalities=("001",), **more):
    where = {} if more.get("national") or more.get("regions") else {"municipalities": list(municipalities)}
    return Event(id=name, kind=kind, type=more.pop("type", "other"), date=date, source="drawn", **where, **more)


def register(*events):
    return EventRegister(list(events))
