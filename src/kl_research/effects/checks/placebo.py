"""Questions put to a design: would it also have spoken where nothing happened?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kl_research.effects.effect import Check, Effect
from kl_research.effects.usable import LEAST_MONTHS
from kl_research.effects.window import Window, assess
from kl_research.statistics.ranks import rank_p
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

ALPHA = 0.05


# Anything that answers (panel, event, *, municipality, question) -> Effect.
Design = Callable[..., Effect]


def placebo_in_time(
    design: Design,
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
    window: Window | None = None,
) -> Check:
    """The design at dates before the event, on data that end before it: does it find an effect there?

    The first row is the test: the last months before the event, as many as were judged after (at most a third of
    those before), taken as if after. Failed when p <= .05 there. Earlier dates are shown beside it. `window` is the
    event's where it is not that of `assess`.

    Parameters
    ----------
    window : Window | None, optional
        The event's window, where it is not that of `kl.assess`.

    Returns
    -------
    Check
        A `Check`; `table` has a row a variant: estimate and limits (rate ratios), p-value, and how many months lie
        between the middles of before and after.

    Raises
    ------
    InputError
        What the design raises; too few months or municipalities is the outcome "not_possible" with its reason.

    References
    ----------
    Imbens & Lemieux (2008), J Econometrics 142; Bernal et al. (2017), Int J Epidemiol 46.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.effects import interrupted_time_series
    >>> panel, events = drawn_example()
    >>> placebo_in_time(interrupted_time_series, panel, events["meeting"], municipality="001").name
    'placebo_in_time'
    """
    window = window or assess(panel, event, municipality=municipality, question=question)
    length = min(max(window.n_post, LEAST_MONTHS), window.n_pre // 3)
    if not window.assessable or length < LEAST_MONTHS:
        return Check("placebo_in_time", "not_possible", window.reason or "too_few_months_before")
    starts = [months.shift(window.pre[-1], 1 - length * k) for k in (1, 2)]
    found = []
    for start in starts:
        if months.number(start) - months.number(window.pre[0]) < 2 * LEAST_MONTHS:
            continue
        earlier = panel[panel["month"] < pd.Timestamp(f"{months.shift(start, length)}-01")]
        effect = design(
            earlier, _moved(event, start), municipality=municipality, question=question.without_detectable()
        )
        if effect.estimate is not None:
            found.append({**row(start, effect), "months_apart": (effect.n_pre + effect.n_post) / 2})
    if not found:
        return Check("placebo_in_time", "not_possible", "too_few_months_before")
    failed = found[0]["p_value"] <= ALPHA
    return Check("placebo_in_time", "failed" if failed else "passed", table=pd.DataFrame(found))


def pre_trend(
    design: Design,
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
) -> Check:
    """Was the municipality already moving away? The later half of the months before against the earlier.

    Returns
    -------
    Check
        A `Check`; `table` has a row a variant: estimate and limits (rate ratios), p-value.

    Raises
    ------
    InputError
        What the design raises; too few months or municipalities is the outcome "not_possible" with its reason.

    References
    ----------
    Bernal et al. (2018), Int J Epidemiol 47.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.effects import interrupted_time_series
    >>> panel, events = drawn_example()
    >>> pre_trend(interrupted_time_series, panel, events["meeting"], municipality="001").name
    'pre_trend'
    """
    window = assess(panel, event, municipality=municipality, question=question)
    if window.n_pre < 4 * LEAST_MONTHS:
        return Check("pre_trend", "not_possible", "too_few_months_before")
    middle = window.pre[window.n_pre // 2]
    earlier = panel[panel["month"] <= pd.Timestamp(f"{window.pre[-1]}-01")]
    effect = design(earlier, _moved(event, middle), municipality=municipality, question=question.without_detectable())
    if effect.p_value is None:
        return Check("pre_trend", "not_possible", effect.reason)
    table = pd.DataFrame([row(middle, effect)])
    return Check("pre_trend", "failed" if effect.p_value <= ALPHA else "passed", table=table)


def placebo_in_space(
    design: Design,
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
) -> Check:
    """The design for every donor as if it had had the event: how many ratios are as far from 1?

    Failed when the design speaks of an effect (p <= .05) but does not stand out among those without the event. The
    rank test is made of that comparison, so that asked again it could not fail: there it is told, not tested.

    Returns
    -------
    Check
        A `Check`; `table` has a row a variant: estimate and limits (rate ratios), p-value.

    Raises
    ------
    InputError
        What the design raises; too few months or municipalities is the outcome "not_possible" with its reason.

    References
    ----------
    Abadie, Diamond & Hainmueller (2010), J Am Stat Assoc 105.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.effects import controlled_interrupted_time_series
    >>> panel, events = drawn_example()
    >>> placebo_in_space(controlled_interrupted_time_series, panel, events["meeting"], municipality="001").outcome
    'informational'
    """
    effect = design(panel, event, municipality=municipality, question=question.without_detectable())
    window = assess(panel, event, municipality=municipality, question=question)
    if effect.estimate is None or effect.p_value is None or not window.donors:
        return Check("placebo_in_space", "not_possible", effect.reason or "no_donors")
    if "donor_changes" in effect.details:
        ratios = effect.details["donor_changes"]
        table = pd.DataFrame({"municipality": effect.details["donors"], "estimate": ratios})
        share = effect.details["placebo_share"]
        return Check("placebo_in_space", "informational", f"{share:.4f}", table)
    rows = []
    for donor in window.donors:
        there = design(panel, _only(event, donor), municipality=donor, question=question.without_detectable())
        if there.estimate is not None and there.p_value is not None:
            rows.append({"municipality": donor, "estimate": there.estimate, "p_value": there.p_value})
    if not rows:
        return Check("placebo_in_space", "not_possible", "no_donors")
    table = pd.DataFrame(rows)
    # Unequal areas are compared by their p-values, not by their ratios.
    strength = -np.concatenate([[effect.p_value], table["p_value"].to_numpy()])
    rank = float(rank_p(strength[None] + 2.0, 0)[0])
    # With so few donors no rank could pass: whether any is as far out may be told, but takes no answer away.
    outcome: Any = "informational" if 1 / (len(rows) + 1) > ALPHA else _outcome(effect, rank)
    return Check("placebo_in_space", outcome, f"{rank:.4f}", table)


def _outcome(effect: Effect, rank: float) -> Any:
    if effect.p_value is None or effect.p_value > ALPHA:
        return "informational"
    return "passed" if rank <= ALPHA + 1e-9 else "failed"


def row(label: str, effect: Effect) -> dict[str, Any]:
    """One line of a check's table."""
    return {
        "variant": label,
        "estimate": effect.estimate,
        "conf_low": effect.conf_low,
        "conf_high": effect.conf_high,
        "p_value": effect.p_value,
    }


def _moved(event: Event, start: str) -> Event:
    """The event as if its first month after had been `start`."""
    changes = {"date": f"{start}-01", "roll_in_months": 0, "anticipation_months": 0, "until": None}
    moved = event.model_copy(update={**changes, "kind": "intervention"})
    # A pulse moved in time is judged over the same number of months as a step.
    return moved.model_copy(update={"impact": "step"}) if event.impact == "pulse" else moved


def _only(event: Event, municipality: str) -> Event:
    return event.model_copy(update={"municipalities": [municipality], "regions": [], "national": False})
