"""Does an answer stand: without the largest unit, without the months just before, under another model of noise?"""

from __future__ import annotations

import pandas as pd

from kl_research.effects.checks.placebo import Design, row
from kl_research.effects.effect import Check, Effect
from kl_research.effects.verdict import disagrees
from kl_research.effects.window import assess
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

TRIGGER_MONTHS = 3


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
