"""Events without a sure date: the answer over all dates one may have had, and what a date would make answerable."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kl_research.effects.counts import counts_of
from kl_research.effects.effect import Effect
from kl_research.effects.evaluation import evaluate
from kl_research.effects.span import touches
from kl_research.effects.window import window_of
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.panel import check_area
from kl_research.terms.question import ORDINARY, Question


def over_possible_dates(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
) -> list[Effect]:
    """The effect of every event whose date is a window, for each month of that window as if it were the date.

    Each is judged as `evaluate` does, checks included; only the month changes, and the month itself is left out as
    mixed. The spread over the possible dates belongs to the answer: whoever may choose the best of six start months
    triples false alarms.
    `details["possible_date"]` holds the month; months that leave too little data give `not_assessable`.

    Returns
    -------
    list[Effect]
        Rate ratios with 95 % intervals.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    References
    ----------
    That of the design; on choosing dates afterwards, Simmons, Nelson & Simonsohn (2011), Psychol Sci 22.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.terms.events import EventRegister
    >>> panel, events = drawn_example()
    >>> spring = EventRegister([events["meeting"].model_copy(update={"date": "2023-11/2024-01"})])
    >>> found = over_possible_dates(panel, spring, municipality="001")
    >>> [(e.details["possible_date"], e.verdict) for e in found]
    [('2023-11', 'increase'), ('2023-12', 'increase'), ('2024-01', 'increase')]
    """
    if municipality is not None:
        check_area(panel, municipality)
    found = []
    for event in events.values():
        if event.kind == "context" or not event.dated or event.first_month == event.last_month:
            continue
        if (event.national and municipality is not None) or not touches(event, municipality, panel):
            continue
        for month in months.span(event.first_month, event.last_month):
            tried = event.model_copy(update={"date": month, "roll_in_months": None})
            effect = evaluate(panel, {event.id: tried}, municipality=municipality, question=question)[0]
            found.append(effect.replace(details={**effect.details, "event_date": event.date, "possible_date": month}))
    return found


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
