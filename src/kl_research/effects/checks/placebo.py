"""Questions put to a design: would it also have spoken where nothing happened?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kl_research.effects.effect import Check, Effect
from kl_research.effects.usable import LEAST_MONTHS
from kl_research.effects.verdict import disagrees
from kl_research.effects.window import Window, assess
from kl_research.statistics.ranks import rank_p
from kl_research.terms import months
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

TRIGGER_MONTHS = 3
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


def without_largest_unit(
    design: Design,
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
    activity: pd.DataFrame | None = None,
) -> Check:
    """The design after taking out the unit with most calls in the window: does one unit make the effect?

    Failed when the direction turns. `activity` has the columns municipality, unit, month and the outcome.

    Parameters
    ----------
    activity : DataFrame | None, optional
        Columns municipality, unit, month and the outcome.

    Returns
    -------
    Check
        A `Check`; `table` has a row a variant: estimate and limits (rate ratios), p-value.

    Raises
    ------
    InputError
        What the design raises; without units it is "not_possible".

    References
    ----------
    Leave-one-out influence, Cook (1977), Technometrics 19, 15-18.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.effects import controlled_interrupted_time_series as design
    >>> panel, events = drawn_example()
    >>> use = panel[["municipality", "month"]].assign(unit="A", calls=panel["calls"] // 2)
    >>> use = pd.concat([use, use.assign(unit="B", calls=1)])
    >>> without_largest_unit(design, panel, events["meeting"], municipality="001", activity=use).outcome
    'passed'
    """
    name = "without_largest_unit"
    outcome = str(question.about(event).outcome)
    if activity is None or activity.empty or outcome not in activity or municipality is None:
        return Check(name, "not_possible", "no_units")
    window = assess(panel, event, municipality=municipality, question=question)
    full = design(panel, event, municipality=municipality, question=question.without_detectable())
    if full.estimate is None:
        return Check(name, "not_possible", full.reason)
    used = pd.to_datetime([f"{month}-01" for month in (*window.pre, *window.post)])
    own = activity[(activity["municipality"] == municipality) & (activity["unit"] != "")]
    by_unit = own[own["month"].isin(used)].groupby("unit")[outcome].sum().sort_values(ascending=False, kind="stable")
    if len(by_unit) < 2:
        return Check(name, "not_possible", "one_unit")
    largest = own[own["unit"] == by_unit.index[0]].groupby("month")[outcome].sum()
    rest = panel.copy()
    rows = rest["municipality"].eq(municipality) & rest[outcome].notna()
    less = rest.loc[rows, "month"].map(largest).fillna(0).astype("Int64")
    rest.loc[rows, outcome] = (rest.loc[rows, outcome] - less).clip(lower=0)
    effect = design(rest, event, municipality=municipality, question=question.without_detectable())
    if effect.estimate is None:
        return Check(name, "informational", effect.reason)
    share = float(by_unit.iloc[0] / by_unit.sum())
    table = pd.DataFrame([row("all", full), row("without", effect)]).assign(largest_share=share)
    turned = (effect.estimate - 1) * (full.estimate - 1) < 0
    return Check(name, "failed" if turned else "passed", table=table)


def without_trigger_months(
    design: Design,
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    question: Question = ORDINARY,
) -> Check:
    """Regression to the mean: the design without the last three months before the event.

    A campaign launched after a low quarter shows a rise from nothing. Failed when the interval excluded 1 and no
    longer does.

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
    Barnett, van der Pols & Dobson (2005), Int J Epidemiol 34.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> from kl_research.effects import interrupted_time_series
    >>> panel, events = drawn_example()
    >>> without_trigger_months(interrupted_time_series, panel, events["meeting"], municipality="001").outcome
    'passed'
    """
    full = design(panel, event, municipality=municipality, question=question.without_detectable())
    if full.estimate is None:
        return Check("without_trigger_months", "not_possible", full.reason)
    earlier = event.model_copy(update={"anticipation_months": event.anticipation_months + TRIGGER_MONTHS})
    effect = design(panel, earlier, municipality=municipality, question=question.without_detectable())
    if effect.estimate is None:
        return Check("without_trigger_months", "not_possible", effect.reason)
    table = pd.DataFrame([row("all", full), row("without", effect)])
    lost = full.excludes_one and not effect.excludes_one
    return Check("without_trigger_months", "failed" if lost else "passed", table=table)


def other_error_model(primary: Effect, others: list[Effect]) -> Check:
    """The same question under other assumptions on the noise; failed when two or more contradict (`disagrees`)."""
    given = [e for e in others if e.estimate is not None and e.scale == primary.scale]
    if primary.estimate is None or not given:
        return Check("other_error_model", "not_possible", primary.reason or "no_sensitivity")
    rows = [row(e.details.get("variant", e.design), e) for e in (primary, *given)]
    failed = disagrees(primary, given)
    return Check("other_error_model", "failed" if failed else "passed", table=pd.DataFrame(rows))


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
