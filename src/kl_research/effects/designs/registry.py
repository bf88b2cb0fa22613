"""The designs there are. To add one: a file beside this one, a line in `DESIGNS`, a test.

`evaluate` asks every design that can answer and labels it a sensitivity, or the primary where a study declares it;
the study file, `events`, the explorer and the documentation read the same list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kl_research.effects.answer import Answer
from kl_research.effects.designs import controlled, exact, few_donors, its, newey_west, structural, synthetic
from kl_research.effects.donors import LEAST_COMPARED, LEAST_DONORS
from kl_research.effects.effect import Effect
from kl_research.effects.window import Window
from kl_research.terms.errors import InputError


@dataclass(frozen=True)
class Design:
    """One design.

    name : as in the column `design` of results; its words are `design.<name>` of the catalogue, or else the name.
    ask : the public function, (panel, event, *, municipality, outcome, question) -> Effect.
    answer : the same on a window already assessed.
    variant : its label among the sensitivities.
    needs_donors : municipalities to compare with, below which it cannot answer.
    few : it rests on few of them, and on the panel's event-free stretches.
    national_only : beside another primary it is asked of the nation only.
    declarable : whether a study may make it the primary.
    explored : whether the explorer offers it.
    """

    name: str
    ask: Callable[..., Effect] = field(repr=False, compare=False)
    answer: Answer = field(repr=False, compare=False)
    variant: str
    needs_donors: int = 0
    few: bool = False
    national_only: bool = False
    declarable: bool = True
    explored: bool = False

    @property
    def compares(self) -> bool:
        """Whether it rests on comparison municipalities, and has no answer without them."""
        return self.needs_donors >= LEAST_DONORS or self.few

    def can_answer(self, window: Window) -> bool:
        """Whether it is asked beside another primary."""
        if self.few and window.busy is None:
            return False
        return len(window.donors) >= self.needs_donors and not (self.national_only and window.municipality)


DESIGNS = (
    Design(
        controlled.NAME,
        controlled.controlled_interrupted_time_series,
        controlled.controlled_effect,
        "controlled",
        needs_donors=LEAST_DONORS,
        explored=True,
    ),
    Design(
        few_donors.NAME,
        few_donors.few_comparisons,
        few_donors.few_effect,
        "few",
        needs_donors=LEAST_COMPARED,
        few=True,
    ),
    Design(its.NAME, its.interrupted_time_series, its.its_effect, "its", explored=True),
    Design(
        exact.NAME,
        exact.exact_rate_ratio,
        exact.exact_effect,
        "exact",
        needs_donors=exact.LEAST_DONORS,
        explored=True,
    ),
    Design(
        synthetic.NAME, synthetic.synthetic_did, synthetic.synthetic_effect, "synthetic", needs_donors=LEAST_DONORS
    ),
    Design(
        structural.NAME,
        structural.structural_time_series,
        structural.structural_effect,
        "structural",
        national_only=True,
    ),
    Design(newey_west.NAME, newey_west.newey_west_its, newey_west.newey_west_effect, "newey_west", declarable=False),
)
BY_NAME = {design.name: design for design in DESIGNS}


def check_declared(name: str, where: str = "primary") -> None:
    """Raise `InputError` for a design that a study cannot make the primary.

    >>> check_declared("auto")
    >>> check_declared("exact_rate_ratio")
    """
    names = ["auto", *(design.name for design in DESIGNS if design.declarable)]
    if name not in names:
        raise InputError(where, repr(name), f"one of: {', '.join(names)}", "choose one of these")
