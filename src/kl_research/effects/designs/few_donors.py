"""Few others to compare with: the change of one area against all event-free stretches of the panel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kl_research.effects.answer import Measured, build_effect, run_design
from kl_research.effects.checks.growth import growth_details, reach
from kl_research.effects.checks.probability import probability_details
from kl_research.effects.counts import Counts
from kl_research.effects.effect import Effect
from kl_research.effects.free_stretches import free_stretches, known_values, starts_and_offsets
from kl_research.effects.power import RankTest, detectable_by_rank
from kl_research.effects.usable import LEAST_EXPECTED
from kl_research.effects.verdict import not_assessable
from kl_research.effects.window import Window
from kl_research.statistics.growth import LONG, growth_rule
from kl_research.statistics.noise import noise_around_sides
from kl_research.statistics.stretches import Stretches, compare_stretches, stretch_interval
from kl_research.terms.events import Event
from kl_research.terms.question import ORDINARY, Question

NAME = "few_comparisons"


def few_comparisons(
    panel: pd.DataFrame,
    event: Event,
    *,
    municipality: str | None = None,
    outcome: str | None = None,
    question: Question = ORDINARY,
) -> Effect:
    """The ratio after to before of one municipality over that of the three or more that had no event at the time.

    Estimate as in `controlled_interrupted_time_series`. How far such a ratio goes by chance, and the p-value, come
    from every stretch of as many months in the panel in which a municipality had no event (`stretches`).

    Returns an `Effect` (rate ratio, 95 %); `not_assessable` with fewer than three to compare with or 19 stretches
    that do not overlap. Raises `InputError` for an unknown municipality or a bad offset.

    Source: Abadie, Diamond & Hainmueller (2010), J Am Stat Assoc 105, for placebos as reference; over time as well,
    Conley & Taber (2011), Rev Econ Stat 93, 113-125.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> few = panel[panel["municipality"] <= "012"]
    >>> few_comparisons(few, events["meeting"], municipality="001").n_donors
    11
    """
    return run_design(few_effect, NAME, panel, event, municipality, question.about(event, outcome))


def few_effect(counts: Counts, window: Window, event: Event, question: Question) -> Effect:
    """The design on a window already assessed."""
    if window.busy is None:
        return not_assessable(event, window, NAME, "too_few_donors")
    stretches = stretches_of(counts, window, window.busy)
    found = compare_stretches(stretches)
    log_low, log_high, attained = stretch_interval(stretches, found)
    at = stretches.start, stretches.unit
    y0, y1, log_exposure = (float(x[at]) for x in (stretches.before, stretches.after, stretches.log_exposure))
    ratio = float(np.exp(np.log((y1 + 0.5) / (y0 + 0.5)) - log_exposure - found.centre))
    expected = (y0 + 0.5) * float(np.exp(found.centre + log_exposure))
    y, exposure, rows = counts.block(window.used, (window.municipality, *window.donors))
    noise = noise_around_sides(y[None], rows, window.segment, exposure[None])
    far = found.reference >= abs(found.t) - 1e-9
    allowed = int(np.floor(0.05 * (len(far) + 1) + 1e-9)) - 1
    spread = found.spread + found.centre_variance
    growth = growth_details(counts, window, noise)
    detectable = None
    if question.detectable:
        critical = float(np.sort(found.reference)[::-1][max(allowed, 0)])
        drift_error = growth.get("growth_error", 0.0) * reach(window)
        rule = growth_rule(growth.get("growth_months", LONG))
        test = RankTest(
            found.spread, found.dispersion, found.centre_variance, found.uncertainty, critical, drift_error, rule
        )
        detectable = detectable_by_rank(y0 + 0.5, expected, test, seed=question.seed)
    chances = probability_details(y0, y1, found.centre + log_exposure, found.dispersion, spread)
    profile = y[1:].sum(axis=0) + 1e-9
    before, after = profile[: window.n_pre], profile[window.n_pre :]
    return build_effect(
        counts,
        window,
        event,
        NAME,
        Measured(
            ratio=ratio,
            low=float(np.exp(log_low)),
            high=float(np.exp(log_high)) if np.isfinite(log_high) else None,
            p_value=float(found.p_value(found.t)[0]),
            observed=y1 + 0.5,
            expected=expected,
            before=y0 * before / before.sum(),
            counterfactual=expected * after / after.sum(),
        ),
        band=question.band,
        p_min=1.0 / (len(far) + 1),
        n_donors=len(window.donors),
        detectable=detectable,
        probability_rise=chances["probability"]["own"]["rise"],
        probability_rise_10=chances["probability"]["own"]["rise_10"],
        details={
            **chances,
            "dispersion": found.dispersion,
            "tau2": found.spread,
            "donor_ratio": float(np.exp(found.centre)),
            "statistic": found.t,
            "donors": list(window.donors),
            "donor_changes": found.changes.tolist(),
            "stretches": len(far),
            "placebo_as_large": int(far.sum()),
            "placebo_share": float(far.mean()),
            "attained_level": attained,
            "comparison": "donors",
            **growth,
        },
    )


def stretches_of(counts: Counts, window: Window, busy: np.ndarray) -> Stretches:
    """Totals over the event's months, moved to every start the panel has, for every area."""
    starts, offsets = starts_and_offsets(counts, window.used, window.post[0])
    free = free_stretches(counts, busy, starts, offsets)
    rows = [starts[:, None] + offsets[window.segment == side] for side in (0, 1)]
    exposure = np.nan_to_num(counts.exposure, nan=1.0)
    before, after = (_totals(counts, at) for at in rows)
    exposed = [exposure[at].sum(axis=1) for at in rows]
    free &= (before + after) / len(offsets) * min(window.n_pre, window.n_post) >= LEAST_EXPECTED
    # At the event's own time those are compared with that the window names, with their missing months filled.
    start, unit = counts.rows(window.post[:1])[0] - starts[0], counts.column(window.municipality)
    codes = (window.municipality, *window.donors)
    columns = [counts.column(code) for code in codes]
    before[start, columns], after[start, columns] = (counts.totals(side, codes) for side in (window.pre, window.post))
    free[start] = np.isin(counts.codes, window.donors)
    free[:, unit] = False
    return Stretches(before, after, np.log(exposed[1] / exposed[0]), free, start, unit, len(offsets))


def _totals(counts: Counts, at: np.ndarray) -> np.ndarray:
    """Totals of every area (starts, N) over the months at some positions (starts, T)."""
    if counts.made_before is None:
        return np.asarray(np.nan_to_num(known_values(counts))[at].sum(axis=1))
    return np.array([counts.totals([counts.months[i] for i in row], counts.codes) for row in at])
