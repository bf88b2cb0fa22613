"""One kind of event in several municipalities: their pooled effect, and kinds of events beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from kl_research.effects.checks.content import with_content
from kl_research.effects.checks.growth import drift, explained_by_growth
from kl_research.effects.checks.suppressed import within_bounds
from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.controlled import controlled_interrupted_time_series, controlled_or_alone
from kl_research.effects.effect import Effect
from kl_research.effects.questions.pooling import LEAST, Z, has_width, log_effects, pool, reml_tau2
from kl_research.effects.questions.starts import staggered_p
from kl_research.effects.verdict import decide, not_assessable
from kl_research.effects.window import window_of
from kl_research.statistics.distributions import t_quantile
from kl_research.statistics.growth import growth_rule
from kl_research.terms.events import Event
from kl_research.terms.panel import area_region
from kl_research.terms.question import ORDINARY, Question

NAME = "random_effects"


def local_effects(panel: pd.DataFrame, events: Mapping[str, Event], question: Question = ORDINARY) -> list[Effect]:
    """The controlled effect of every local intervention in every municipality it took place in, as primaries.

    Events that cannot be judged are left out.

    Returns
    -------
    list[Effect]
        The estimates and limits of `evaluate`'s primaries where there are 19 donors, over all that suppressed months
        can be, without their checks: what pooling and comparing need.

    Raises
    ------
    InputError
        For a public panel, an unknown municipality or a bad offset.

    References
    ----------
    That of `controlled_interrupted_time_series`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> [(e.event, e.municipality) for e in local_effects(panel, events)]
    [('meeting', '001')]
    """
    codes = panel["municipality"].unique().tolist()
    found = []
    for event in events.values():
        if event.kind != "intervention" or event.national or not event.dated:
            continue
        for code in codes:
            if event.touches(code, area_region(panel, code, event.first_month)):
                effect = _local_effect(panel, event, code, question.about(event).without_detectable())
                if effect.estimate is not None:
                    found.append(effect.replace(primary=True))
    return found


def _local_effect(panel: pd.DataFrame, event: Event, code: str, question: Question) -> Effect:
    effect = controlled_interrupted_time_series(panel, event, municipality=code, question=question)
    counts = counts_of(panel, question)
    if counts is None or effect.estimate is None:
        return effect

    def again(whole: Counts) -> Effect:
        window = window_of(whole, panel, event, code, question)
        if not window.assessable:
            return not_assessable(event, window, effect.design)
        return controlled_or_alone(whole, window, event, question)

    return within_bounds(effect, counts, (code,), event.post_start, again)[0]


def poolable(effects: Sequence[Effect], type_: str = "") -> list[Effect]:
    """The primary effects of single municipalities that can be pooled: a ratio with a limit, not national.

    One limit will do: a municipality whose calls fell to none has no lower one, and must not be left out for it.
    """
    return [
        e
        for e in effects
        if e.primary
        and e.level == "municipality"
        and has_width(e)
        and not e.details.get("national")
        and e.verdict != "break_in_series"
        and (not type_ or e.type == type_)
    ]


def pooled_types(
    effects: Sequence[Effect],
    panel: pd.DataFrame | None = None,
    events: Mapping[str, Event] | None = None,
    *,
    question: Question = ORDINARY,
) -> list[Effect]:
    """Every kind of event with effects in two or more municipalities: their mean, its interval, and the next one's.

    Random effects by REML with the wider of Hartung and Knapp's and the classical limits (`pooling.pool`), on log
    ratios with the variances their intervals have. Two of a kind are not pooled: `not_assessable`, reason
    `two_of_a_kind`. As one effect alone, the mean is no claim where the members' own growth explains it (reason
    `moved_before`). `details` holds the prediction interval, tau2, each member's own and shrunken ratio, and with
    panel and events `staggered_p`: the p-value of randomisation over who started when.

    Parameters
    ----------
    effects : Sequence[Effect]
        Primary effects of single municipalities, as `kl.local_effects` gives them.
    events : Mapping[str, Event] | None, optional
        The register, for the randomisation over who started when.

    Returns
    -------
    list[Effect]
        One `Effect` at level type for each kind and outcome, in ratios (95 %).

    Raises
    ------
    InputError
        For a public panel, where one is given.

    References
    ----------
    That of `pooling.pool`, and of `starts.staggered_p`.

    Examples
    --------
    >>> one = Effect("municipality", "1", "1", "a", "gp_meeting", "calls", "x", primary=True, estimate=1.5,
    ...              conf_low=1.2, conf_high=1.875)
    >>> some = [one.replace(municipality=str(i), area=str(i), event=f"m{i}") for i in range(4)]
    >>> pooled, = pooled_types(some)
    >>> pooled.level, pooled.n_municipalities, round(pooled.estimate, 2), pooled.verdict
    ('type', 4, 1.5, 'increase')
    >>> pooled_types(some[:2])[0].reason
    'two_of_a_kind'
    """
    found = []
    for type_, outcome in dict.fromkeys((e.type, e.outcome) for e in poolable(effects)):
        own = [e for e in poolable(effects, type_) if e.outcome == outcome]
        if len(own) < 2:
            continue
        pooled = _pooled(own, question.band)
        if panel is not None and events is not None and pooled.estimate is not None:
            chance = staggered_p(panel, events, type_=type_, question=question.of(outcome))
            pooled = pooled.replace(details={**pooled.details, "staggered_p": chance})
        found.append(pooled)
    return found


def _pooled(own: list[Effect], band: tuple[float, float]) -> Effect:
    first = own[0]
    row = Effect(
        "type",
        "",
        "",
        "",
        first.type,
        first.outcome,
        NAME,
        estimand="pooled_mean",
        primary=True,
        n_municipalities=len(own),
        verdict="not_assessable",
        reason="two_of_a_kind",
        details={"members": [e.area for e in own], "member_events": [e.event for e in own]},
    )
    if len(own) < LEAST:
        return row
    y, v = log_effects(own)
    found = pool(y, v)
    low, high = float(np.exp(found.conf_low)), float(np.exp(found.conf_high))
    whole = row.replace(estimate=float(np.exp(found.estimate)), conf_low=low, conf_high=high, p_value=found.p_value)
    moved = drift(own, 1.0 / (v + found.tau2))
    rule = growth_rule(min(e.details.get("growth_months", 0) for e in own), together=True)
    grown = moved is not None and explained_by_growth(whole, moved, rule=rule)
    verdict, reason = decide("intervention", conf_low=low, conf_high=high, band=band, placebo_agrees=not grown)
    judged = whole.replace(verdict=verdict, reason="moved_before" if reason == "placebo_disagrees" else reason)
    return with_content(judged).replace(
        details={
            **row.details,
            "tau2": found.tau2,
            "prediction_low": float(np.exp(found.prediction_low)),
            "prediction_high": float(np.exp(found.prediction_high)),
            "shrunken": np.exp(found.shrunken).tolist(),
            "ratios": np.exp(y).tolist(),
            "leave_one_out": np.exp(found.leave_one_out).tolist(),
        },
    )


def compare_types(effects: Sequence[Effect]) -> pd.DataFrame:
    """Kinds of events beside each other, each mean drawn towards the mean of all: rank by `shrunken`, if at all.

    Columns type, municipalities, estimate, conf_low, conf_high, shrunken. Within a kind the spread tau2 is taken from
    all kinds together (one alone cannot show it); between kinds it is REML's over the means. Ratios; limits 95 %, t
    with n - k degrees of freedom, n effects of k kinds (normal where all are alone). No rows without effects; raises
    nothing.

    Source: Efron & Morris (1975), J Am Stat Assoc 70, 311-319, for the shrinking; Viechtbauer (2005) for REML.

    Examples
    --------
    >>> one = Effect("municipality", "1", "1", "a", "gp_meeting", "calls", "x", primary=True, estimate=2.0,
    ...              conf_low=1.0, conf_high=4.0)
    >>> table = compare_types([one, one.replace(type="leader_meeting", estimate=1.0, conf_low=0.5, conf_high=2.0)])
    >>> table["estimate"].round(2).tolist(), table["shrunken"].round(2).tolist()
    ([2.0, 1.0], [1.67, 1.2])
    """
    own = poolable(effects)
    kinds = list(dict.fromkeys(e.type for e in own))
    parts = [log_effects([e for e in own if e.type == kind]) for kind in kinds]
    y_all, v_all = (np.concatenate(x) for x in zip(*parts, strict=True)) if parts else (np.array([]),) * 2
    spread = reml_tau2(y_all, v_all, np.repeat(np.arange(len(kinds)), [len(y) for y, _ in parts])) if parts else 0.0
    mean = np.array([np.average(y, weights=1 / (v + spread)) for y, v in parts])
    variance = np.array([1 / (1 / (v + spread)).sum() for _, v in parts])
    between = reml_tau2(mean, variance) if len(kinds) > 1 else 0.0
    centre = np.average(mean, weights=1 / (variance + between)) if kinds else 0.0
    shrunken = centre + between / (between + variance) * (mean - centre) if kinds else mean
    df = len(y_all) - len(kinds)
    reach = (float(t_quantile(0.975, df)) if df > 0 else Z) * np.sqrt(variance)
    return pd.DataFrame(
        {
            "type": kinds,
            "municipalities": [len(y) for y, _ in parts],
            "estimate": np.exp(mean),
            "conf_low": np.exp(mean - reach),
            "conf_high": np.exp(mean + reach),
            "shrunken": np.exp(shrunken),
        }
    )


def type_differences(effects: Sequence[Effect]) -> pd.DataFrame:
    """How many times larger the effect of one kind is than another's: first, second, ratio, limits, `enough`.

    `enough`: both kinds have at least 3 municipalities. With two of each the difference has 2 degrees of freedom, its
    limits are those of 4.3 standard errors, and which kind works better is not to be concluded. No row for a kind of
    one; raises nothing. Source: Hartung & Knapp (2001), Stat Med 20, 3875-3889, as a regression on kinds, error never
    below the classical.

    Examples
    --------
    >>> one = Effect("municipality", "1", "1", "a", "gp_meeting", "calls", "x", primary=True, estimate=1.5,
    ...              conf_low=1.2, conf_high=1.875)
    >>> two_each = [one, one, *[one.replace(type="leader_meeting", estimate=1.0, conf_low=0.8, conf_high=1.25)] * 2]
    >>> print(type_differences(two_each).round(2).to_string(index=False, header=False))
    gp_meeting leader_meeting 1.5 0.92 2.45 False
    """
    own = poolable(effects)
    by_type = {kind: log_effects([e for e in own if e.type == kind]) for kind in dict.fromkeys(e.type for e in own)}
    rows = []
    for one, other in combinations(by_type, 2):
        (y1, v1), (y2, v2) = by_type[one], by_type[other]
        if min(len(y1), len(y2)) < 2:
            continue
        y, v = np.concatenate([y1, y2]), np.concatenate([v1, v2])
        first = np.arange(len(y)) < len(y1)
        tau2 = reml_tau2(y, v, first)
        w = 1 / (v + tau2)
        means = [np.average(y[side], weights=w[side]) for side in (first, ~first)]
        df = len(y) - 2
        residual = np.where(first, y - means[0], y - means[1])
        scale = max(float((w * residual**2).sum() / df), 1.0)
        error = np.sqrt(scale * (1 / w[first].sum() + 1 / w[~first].sum()))
        reach = float(t_quantile(0.975, df)) * error
        difference = means[0] - means[1]
        ratios = np.exp(difference + np.array([0.0, -reach, reach])).tolist()
        rows.append((one, other, *ratios, min(len(y1), len(y2)) >= LEAST))
    return pd.DataFrame(rows, columns=["first", "second", "ratio", "conf_low", "conf_high", "enough"])
