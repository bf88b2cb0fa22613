"""Controlled interrupted time series: a municipality's change against the changes of the others, by rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kl_research.effects.answer import Measured, build_effect, run_design
from kl_research.effects.checks.growth import growth_details
from kl_research.effects.checks.probability import probability_details
from kl_research.effects.checks.silence import without_silent_donors
from kl_research.effects.counts import Counts
from kl_research.effects.designs.few_donors import few_effect
from kl_research.effects.designs.its import its_effect
from kl_research.effects.designs.quiet_donors import NORMAL, as_sure_as_counts, vary_too_little
from kl_research.effects.donors import LEAST_DONORS
from kl_research.effects.effect import Effect
from kl_research.effects.power import RankTest, detectable_by_rank
from kl_research.effects.verdict import not_assessable
from kl_research.effects.window import Window
from kl_research.statistics.growth import LONG, growth_rule
from kl_research.statistics.noise import Noise, noise_around_sides
from kl_research.statistics.ranks import (
    SOFT,
    Studentised,
    Totals,
    geometry,
    interval,
    log_ratios,
    rank_p,
    studentised,
)
from kl_research.statistics.restless import p_if_restless, variation
from kl_research.statistics.size import change_by_size
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

NAME = "controlled_interrupted_time_series"
HORIZONS = (3, 6, 12, 24)  # months after, for "when could it be seen?"


@dataclass(frozen=True)
class Comparison:
    """The municipality in column 0 and its donors, with what the rank test needs."""

    counts: np.ndarray  # (N, T) in the months used
    exposure: np.ndarray
    segment: np.ndarray
    times: np.ndarray
    totals: Totals
    noise: Noise
    result: Studentised


def controlled_interrupted_time_series(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> Effect:
    """The ratio after to before of one municipality, over that of comparable ones without the event.

    The estimate is exp(log((y1 + 1/2) / (y0 + 1/2)) - c), c the precision-weighted mean of the donors' log ratios.
    The p-value is the rank of the studentised change among the donors' (see `ranks`), the interval all ratios that
    test does not reject. No own trend: season and trend come from the donors, unequal trends are in their spread.
    With 3 to 18 donors the answer is `few_comparisons` where the panel has enough event-free stretches; without, or
    for a national event, `interrupted_time_series`, labelled so.

    Everything else that stands in the way is a verdict `not_assessable` with its reason.

    Returns
    -------
    Effect
        An `Effect` (rate ratio, 95 %).

    Raises
    ------
    InputError
        For a public panel, an unknown municipality or a bad offset.

    References
    ----------
    Abadie, Diamond & Hainmueller (2010), J Am Stat Assoc 105; Bernal et al. (2018), Int J Epidemiol 47.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> controlled_interrupted_time_series(panel, events["meeting"], municipality="001").verdict
    'increase'
    """
    return run_design(controlled_or_alone, NAME, panel, event, municipality, question.about(event, outcome))


def controlled_or_alone(counts: Counts, window: Window, event: Event, question: Question) -> Effect:
    """The design, or without enough donors the one that has nobody to compare with."""
    if len(window.donors) >= LEAST_DONORS:
        return controlled_effect(counts, window, event, question)
    if window.busy is not None:
        return few_effect(counts, window, event, question)
    return uncompared(its_effect(counts, window, event, question), window, event)


def uncompared(effect: Effect, window: Window, event: Event) -> Effect:
    """An answer from the area's own past, labelled with why there is no comparison."""
    why = "national_event" if event.national or not window.municipality else "too_few_donors"
    return effect.replace(n_donors=len(window.donors), details={**effect.details, "no_comparison": why})


def controlled_effect(counts: Counts, window: Window, event: Event, question: Question) -> Effect:
    """The design on a window already assessed, with at least 19 donors."""
    if len(window.donors) < LEAST_DONORS:
        return not_assessable(event, window, NAME, "too_few_donors")
    window = without_silent_donors(counts, window)
    comparison = compare(counts, (window.municipality, *window.donors), window)
    totals, result = comparison.totals, comparison.result
    p_value = float(rank_p(result.t, 0)[0])
    log_low, log_high, attained = interval(totals, 0)
    centre = float(result.centre[0, 0])
    if vary_too_little(result.t[0, 1:]):
        log_low, log_high, by_counts = as_sure_as_counts(totals, centre, log_low, log_high)
        p_value = max(p_value, by_counts)
    ratio = float(np.exp(log_ratios(totals)[0, 0] - centre))
    low = float(np.exp(log_low))
    high = float(np.exp(log_high)) if np.isfinite(log_high) else None
    y0, y1 = float(totals.before[0, 0]), float(totals.after[0, 0])
    expected = (y0 + 0.5) * float(np.exp(centre + totals.log_exposure[0, 0]))
    details = {**_details(comparison, window, attained), **growth_details(counts, window, comparison.noise)}
    details["size_shift"], details["size_error"] = (float(x[0]) for x in change_by_size(totals, result))
    varied = variation(comparison.counts[None], comparison.segment, comparison.noise, comparison.exposure[None])
    details["p_if_restless"] = float(p_if_restless(result.t, varied)[0])
    detectable = None
    if question.detectable:
        by_months = detectable_by_months(
            comparison,
            y0 + 0.5,
            expected / window.n_post,
            (window.n_post, *HORIZONS),
            question.seed,
            growth_error=details.get("growth_error", 0.0),
            growth_months=details.get("growth_months", LONG),
        )
        detectable = by_months[0]
        details["critical_value"] = critical_value(result.t[0, 1:])
        details["detectable_by_months"] = [list(pair) for pair in zip(HORIZONS, by_months[1:], strict=True)]
    offset = centre + float(totals.log_exposure[0, 0])
    spread = float(result.spread[0, 0] + result.centre_variance[0, 0])
    chances = probability_details(y0, y1, offset, float(result.dispersion[0, 0]), spread)
    details |= chances
    before, after = _profile(comparison)
    return build_effect(
        counts,
        window,
        event,
        NAME,
        Measured(
            ratio=ratio,
            low=low,
            high=high,
            p_value=p_value,
            observed=y1 + 0.5,
            expected=expected,
            before=y0 * before,
            counterfactual=expected * after,
        ),
        band=question.band,
        p_min=1.0 / (len(window.donors) + 1),
        n_donors=len(window.donors),
        detectable=detectable,
        probability_rise=chances["probability"]["own"]["rise"],
        probability_rise_10=chances["probability"]["own"]["rise_10"],
        details=details,
    )


def compare(counts: Counts, codes: tuple[str, ...], window: Window) -> Comparison:
    """The statistic of the first code and all the others over a window's months."""
    y, exposure, rows = counts.block(window.used, codes)
    totals, noise = totals_of(counts, codes, window.used, window.segment)
    return Comparison(y, exposure, window.segment, rows, totals, noise, studentised(totals))


def totals_of(
    counts: Counts, codes: Sequence[str], months_: Sequence[str], segment: np.ndarray
) -> tuple[Totals, Noise]:
    """Totals of areas before (`segment` 0) and after in some months, and their pooled noise."""
    y, exposure, rows = counts.block(tuple(months_), codes)
    sides = [[month for month, side in zip(months_, segment, strict=True) if side == k] for k in (0, 1)]
    before, after = (counts.totals(side, codes)[None] for side in sides)
    return panel_totals(y[None], rows, segment, exposure[None], sides=(before, after))


def panel_totals(
    y: np.ndarray,
    times: np.ndarray,
    segment: np.ndarray,
    exposure: np.ndarray | None = None,
    *,
    sides: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[Totals, Noise]:
    """Totals and pooled noise of R panels (R, N, T): everything the rank test is computed from.

    `sides` are the totals before and after (R, N), where they are not the sums of `y`.
    """
    noise = noise_around_sides(y, times, segment, exposure)
    inflation, floor = geometry(times, segment, noise)
    before, after = sides or (y[:, :, segment == 0].sum(axis=2), y[:, :, segment == 1].sum(axis=2))
    if exposure is None:
        log_exposure = np.full(before.shape, np.log((segment == 1).sum() / (segment == 0).sum()))
    else:
        log_exposure = np.log(exposure[:, :, segment == 1].sum(axis=2) / exposure[:, :, segment == 0].sum(axis=2))
    return Totals(before, after, log_exposure, inflation, floor), noise


def detectable_by_months(
    comparison: Comparison,
    before: float,
    monthly: float,
    horizons: tuple[int, ...],
    seed: int,
    *,
    growth_error: float = 0.0,
    growth_months: int = LONG,
) -> list[float | None]:
    """The detectable ratio for several numbers of months after, `monthly` calls expected in each.

    `growth_error`: of the growth before, log a month, from `growth_months`; what growth may explain is no claim.

    Every number of months has its own noise: the latent rate averages out over more of them, true differences
    between municipalities (what T has above its floor) stay.
    """
    totals, result, noise = comparison.totals, comparison.result, comparison.noise
    critical = critical_value(result.t[0, 1:])
    pre = comparison.times[comparison.segment == 0]
    start = comparison.times[comparison.segment == 1][0]
    # What the spread between municipalities has beyond the noise of months stays, whatever the number of months.
    more = float(result.dispersion[0, 0] - totals.inflation[0])
    between = float(result.spread[0, 0] - totals.floor[0])
    rule = growth_rule(growth_months)
    found = []
    for n in horizons:
        times = np.concatenate([pre, start + np.arange(n)])
        inflation, floor = (float(x[0]) for x in geometry(times, (times >= start).astype(int), noise))
        phi, spread = inflation + more, between + floor
        # What the donors would tell in as many months: their totals before, continued at their own level.
        own = totals.before[0, 1:] + 0.5
        information = own * n / (len(pre) + n)
        precision = information / (phi + spread * information)
        error = 2.0 / (precision**2).sum()
        beyond = more / (before * n / (len(pre) + n)) + between
        uncertainty = error * beyond**2 / (beyond**2 + SOFT * error)
        away = float(times[times >= start].mean() - pre.mean())
        test = RankTest(spread, phi, 1.0 / float(precision.sum()), uncertainty, critical, growth_error * away, rule)
        found.append(detectable_by_rank(before, monthly * n, test, seed=seed))
    return found


def critical_value(donor_t: np.ndarray) -> float:
    """The |t| the municipality has to pass for p <= .05 among its donors; of fewer than 19, the normal's."""
    allowed = int(np.floor(0.05 * (len(donor_t) + 1) + 1e-9)) - 1
    if allowed < 0:
        return NORMAL
    found = float(np.sort(np.abs(donor_t))[::-1][allowed])
    return max(found, NORMAL) if vary_too_little(donor_t) else found


def _profile(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """How the donors' calls spread over the months of either side; each sums to 1."""
    donors = comparison.counts[1:]
    damped = (donors / (1.0 + 0.1 * donors.mean(axis=1, keepdims=True))).sum(axis=0) + 1e-9
    damped = damped / comparison.exposure[1:].mean(axis=0) * comparison.exposure[0]
    before, after = damped[comparison.segment == 0], damped[comparison.segment == 1]
    return before / before.sum(), after / after.sum()


def _details(comparison: Comparison, window: Window, attained: float) -> dict[str, Any]:
    totals, result, noise = comparison.totals, comparison.result, comparison.noise
    own_mean = comparison.counts[:1].mean(axis=1)[None]
    changes = np.exp(log_ratios(totals)[0, 1:] - result.centre[0, 1:])
    size = np.abs(result.t[0])
    return {
        "dispersion": float(noise.dispersion(own_mean)[0, 0]),
        "rho": float(noise.correlation(own_mean)[0, 0]),
        "latent_variance": float(noise.s2[0]),
        "latent_autocorrelation": float(noise.r[0]),
        "carry_over": float(noise.kappa[0]),
        "tau2": float(result.spread[0, 0]),
        "donor_ratio": float(np.exp(result.centre[0, 0])),
        "statistic": float(result.t[0, 0]),
        "donors": list(window.donors),
        "donor_changes": [float(x) for x in changes],
        "placebo_as_large": int((size[1:] >= size[0] - 1e-9).sum()),
        "placebo_share": float((size[1:] >= size[0] - 1e-9).mean()),
        "attained_level": attained,
        "comparison": "donors",
    }
