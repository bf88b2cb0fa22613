"""What is asked of an event: of which outcome, over how many months, against which band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from kl_research.terms.errors import InputError
from kl_research.terms.events import Event

if TYPE_CHECKING:
    import numpy as np


class Totals(Protocol):
    """Totals of a count that were made before, in place of sums of a panel's months."""

    def of(self, outcome: str, codes: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
        """The total of each municipality over some months."""

    def national(self, outcome: str) -> dict[str, float]:
        """The nation's number of every month."""


@dataclass(frozen=True)
class Question:
    """What every design, check and forecast is asked.

    Parameters
    ----------
    outcome : str | None
        A count of the panel: calls, completed, active_units, active_providers. None: the event's own, else calls.
    pre_months, post_months : int
        At most so many months before and after.
    band : tuple[float, float]
        Rate ratios that make no difference in practice; an interval inside them is "no change".
    offset : str | None
        A denominator of the panel that the counts are taken per. None: none.
    seed : int
        Of everything that is simulated.
    detectable : bool
        Whether the smallest ratio that could have been seen is simulated too, which takes longest.
    totals : Totals | None
        Totals of windows, where they were made before. None: the months of the panel are added up.

    Examples
    --------
    >>> Question(pre_months=12).without_detectable()
    Question(outcome=None, pre_months=12, post_months=12, band=(0.8, 1.25), offset=None, seed=1, detectable=False)
    """

    outcome: str | None = None
    pre_months: int = 24
    post_months: int = 12
    band: tuple[float, float] = (0.8, 1.25)
    offset: str | None = None
    seed: int = 1
    detectable: bool = True
    totals: Totals | None = field(default=None, repr=False, compare=False)

    def about(self, event: Event, outcome: str | None = None) -> Question:
        """The question with its outcome decided: `outcome` where one is given, else the event's, else its own.

        An event's id in the place of the event is refused with the way to the event: a design has no register.

        >>> from kl_research.terms.events import Event
        >>> fair = Event(id="fair", kind="intervention", type="other", national=True, date="2024-01", source="x")
        >>> Question().about(fair).outcome, Question("completed").about(fair, "active_units").outcome
        ('calls', 'active_units')
        >>> Question().about("fair")
        Traceback (most recent call last):
            ...
        kl_research.terms.errors.InputError: event: found the text 'fair'; expected an event. Take ...
        """
        if isinstance(event, str):
            cure = f"take it from the register: events[{event!r}]"
            raise InputError("event", f"the text {event!r}", "an event", cure)
        return replace(self, outcome=outcome or event.outcome or self.outcome or "calls")

    def of(self, outcome: str) -> Question:
        """The same question of another outcome."""
        return replace(self, outcome=outcome)

    def without_detectable(self) -> Question:
        """The same question without the simulation of what could have been seen."""
        return replace(self, detectable=False)


ORDINARY = Question()
