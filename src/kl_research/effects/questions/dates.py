"""Dates people half remember: the answer over all the dates an event may have had."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.effects.evaluation import evaluate
from kl_research.effects.span import touches
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
            dated = event.model_copy(update={"date": month, "roll_in_months": None})
            effect = evaluate(panel, {event.id: dated}, municipality=municipality, question=question)[0]
            found.append(effect.replace(details={**effect.details, "event_date": event.date, "possible_date": month}))
    return found
