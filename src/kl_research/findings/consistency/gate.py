"""The gate of a whole run: every check over all statements and all rendered text, before anything is published."""

from __future__ import annotations

from kl_research.findings.consistency import numbers, places, words_said
from kl_research.findings.consistency.copied import copied
from kl_research.findings.consistency.dates import dates
from kl_research.findings.consistency.halves import half_years
from kl_research.findings.consistency.run import Check, Contradiction, Run

CHECKS: tuple[Check, ...] = (
    words_said.said_otherwise,
    copied,
    dates,
    half_years,
    numbers.same_cell,
    numbers.own_numbers,
    numbers.big_number,
    words_said.directions,
    words_said.advice,
    words_said.verdicts,
    words_said.while_it_lasted,
    words_said.local_and_national,
    words_said.counting,
    words_said.expectations,
    places.states,
    places.counted,
    places.old_news,
    places.alarms,
    places.listed_alarms,
    places.definitions,
    places.what_is_counted,
)


def contradictions(run: Run) -> list[Contradiction]:
    """Everything in a run that cannot be true together; an empty list lets it pass."""
    found = [one for check in CHECKS for one in check(run)]
    return list(dict.fromkeys(found))
