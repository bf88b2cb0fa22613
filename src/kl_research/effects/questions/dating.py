"""What a date would make answerable: an undated event, tried at every month of the data."""

from __future__ import annotations

import pandas as pd

from kl_research.effects.counts import counts_of
from kl_research.effects.window import window_of
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question


def answerable_months(
    panel: pd.DataFrame, event: Event, *, municipality: str | None = None, question: Question = ORDINARY
) -> list[str]:
    """The months that, as the event's date, could be judged with the data at hand, its neighbours in the register
    included.

    Returns months as text. Raises `InputError` for a municipality the panel does not have. Source: the window rule.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> found = answerable_months(panel, events["meeting"], municipality="001")
    >>> found[0], found[-1]
    ('2022-04', '2024-09')
    """
    asked = question.about(event)
    counts = counts_of(panel, asked)
    if counts is None:
        return []
    return [
        month
        for month in counts.months
        if window_of(counts, panel, dated(event, month), municipality, asked).assessable
    ]


def dated(event: Event, date: str) -> Event:
    """The event at a date, among the others of its register."""
    other = event.model_copy(update={"date": date})
    other._register = event._register
    return other
