"""One kind of event that started in several municipalities at different times: by chance or not, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs.controlled import totals_of
from kl_research.effects.designs.several import LEAST_DONORS, group_p, precision, random_sets
from kl_research.effects.window import Window, window_of
from kl_research.statistics.ranks import log_ratios, studentised
from kl_research.terms.events import Event
from kl_research.terms.panel import area_region
from kl_research.terms.question import ORDINARY, Question

_DRAWS = 1999


@dataclass(frozen=True)
class Started:
    """One municipality and the window of its own event."""

    municipality: str
    event: str
    window: Window


def started(
    counts: Counts, panel: pd.DataFrame, events: Mapping[str, Event], type_: str, question: Question
) -> tuple[list[Started], tuple[str, ...]]:
    """Every municipality with an assessable event of this type, and the donors that all of their windows have.

    Both empty where nothing of the type can be assessed.
    """
    found = []
    for event in events.values():
        if event.type != type_ or event.kind != "intervention" or event.national or not event.dated:
            continue
        for code in counts.codes:
            if event.touches(code, area_region(panel, code, event.first_month)):
                window = window_of(counts, panel, event, code, question)
                if window.assessable:
                    found.append(Started(code, event.id, window))
    donors = [d for d in (found[0].window.donors if found else ()) if all(d in s.window.donors for s in found)]
    return found, tuple(donors)


def staggered_p(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    type_: str,
    question: Question = ORDINARY,
) -> float | None:
    """Randomisation over who started when: the share of random donors in the places of those who started, as far out.

    Statistic: sum of a_i t_i / sqrt(sum a_i^2), t_i the studentised change of `ranks` in municipality i's own window
    and a_i the root of its precision, over k municipalities; 1,999 random sets of k donors. Returns the p-value, None
    with fewer than two that started or 10 common donors. Raises `InputError` for a public panel or a bad offset.

    Source: MacKinnon & Webb (2020), J Econometrics 218, 435-450 (randomisation inference with few treated).

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> staggered_p(panel, events, type_="leader_meeting") is None              # one municipality had one
    True
    """
    counts = counts_of(panel, question)
    if counts is None:
        return None
    own, donors = started(counts, panel, events, type_, question)
    if len(own) < 2 or len(donors) < max(LEAST_DONORS, len(own)):
        return None
    totals = [totals_of(counts, (s.municipality, *donors), s.window.used, s.window.segment)[0] for s in own]
    sets = 1 + random_sets(len(donors), len(own), _DRAWS, question.seed)
    return group_p(totals, np.zeros(len(own), dtype=int), sets)


def event_study(
    panel: pd.DataFrame,
    events: Mapping[str, Event],
    *,
    type_: str,
    question: Question = ORDINARY,
    step: int = 3,
) -> pd.DataFrame:
    """The ratio to the comparison municipalities by quarters before and after each municipality's own start.

    A quarter after is set against all months before, a quarter before against the other months before: log of calls a
    month there over calls a month then, less the donors' mean of the same, and the precision-weighted mean over the
    municipalities that started. Each has its own window and donors that never started, so nobody is compared with one
    whose effect still grows, which is what two-way fixed effects do. Mean and truth agree to .01 on the log scale
    where an effect grows 5 % a month and two-way fixed effects are .16 too low: `benchmarks/register.py staggered`.

    `low` to `high` is where 95 % of 1,999 random sets of donors in the places of those who started lie: outside it, a
    quarter stands out.

    Parameters
    ----------
    type_ : str
        Type of the events; all local interventions of this type are taken together.
    step : int, default 3
        Length of a period in months; one is left out where not all its months were observed.

    Returns
    -------
    DataFrame
        Columns `from_month`, `to_month` (0 is the first month after), `ratio`, `low`, `high`, `municipalities`; no
        rows with nobody assessable or fewer than 10 common donors.

    Raises
    ------
    InputError
        As `assess` does.

    References
    ----------
    Goodman-Bacon (2021), J Econometrics 225, 254-277, for what two-way fixed effects compare; Callaway & Sant'Anna
    (2021), J Econometrics 225, 200-230, for never-treated comparison by time since start.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> table = event_study(panel, events, type_="leader_meeting")
    >>> table.loc[table["from_month"] >= 0, "ratio"].round(1).tolist()
    [2.0, 1.8, 1.9, 2.0]
    """
    columns = ["from_month", "to_month", "ratio", "low", "high", "municipalities"]
    counts = counts_of(panel, question)
    own, donors = started(counts, panel, events, type_, question) if counts is not None else ([], ())
    if counts is None or not own or len(donors) < max(LEAST_DONORS, len(own)):
        return pd.DataFrame(columns=columns)
    longest = max(s.window.n_pre for s in own)
    quarters = range(-(longest // step), -(-question.post_months // step))
    sets = 1 + random_sets(len(donors), len(own), _DRAWS, question.seed)
    rows = []
    for q in quarters:
        deviations = [d for s in own if (d := _deviation(counts, s, donors, q * step, step)) is not None]
        if not deviations:
            continue
        change, weight = (np.vstack(x) for x in zip(*deviations, strict=True))
        k = np.arange(len(deviations))
        ratio = np.average(change[:, 0], weights=weight[:, 0])
        chosen = sets[:, : len(deviations)]
        random = (change[k, chosen] * weight[k, chosen]).sum(axis=1) / weight[k, chosen].sum(axis=1)
        low, high = np.quantile(random, [0.025, 0.975])
        rows.append((q * step, q * step + step - 1, *np.exp([ratio, low, high]).tolist(), len(deviations)))
    return pd.DataFrame(rows, columns=columns)


def _deviation(
    counts: Counts, one: Started, donors: tuple[str, ...], first: int, step: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Log ratio of some months to the rest of before, less the others' mean, and its precision."""
    rows = counts.rows(one.window.used)
    relative = rows - counts.rows((one.window.post[0],))[0]
    inside = (relative >= first) & (relative < first + step)
    before = (relative < 0) & ~inside
    if inside.sum() < step or not before.any():
        return None
    kept = inside | before
    used = [month for month, keep in zip(one.window.used, kept, strict=True) if keep]
    totals, _ = totals_of(counts, (one.municipality, *donors), used, inside[kept].astype(int))
    found = studentised(totals)
    return log_ratios(totals)[0] - found.centre[0], precision(totals, left_out=True)[0]


@dataclass(frozen=True)
class GroupTime:
    """Average effect on the treated over all cohorts and periods since their start, and its standard error."""

    estimate: float
    std_error: float
    cohorts: tuple[int, ...]
    effects: dict[tuple[int, int], float]


def group_time_effects(outcomes: np.ndarray, first_treated: np.ndarray, periods: np.ndarray) -> GroupTime:
    """Callaway & Sant'Anna's simple average with never-treated comparison and no covariates.

    ATT(g, t) = mean over cohort g of (y_t - y_{g-1}) less the same mean over the never treated; the average weighs
    every (g, t >= g) by the cohort's size. Standard error from the influence function, weights included. For cohorts
    of one municipality use the estimate alone, with randomisation over who started when (`several.group_p`).

    Parameters
    ----------
    outcomes : np.ndarray
        (N, T), on the scale of the effect (logs for ratios).
    first_treated : np.ndarray
        (N,), the period of the start; 0 for never.
    periods : np.ndarray
        (T,), increasing.

    Returns
    -------
    GroupTime
        A `GroupTime`, on the scale of `outcomes`.

    References
    ----------
    Callaway & Sant'Anna (2021), J Econometrics 225, 200-230.

    Examples
    --------
    >>> y = np.array([[1.0, 1, 3], [1, 1, 3], [1, 1, 1], [1, 1, 1]])
    >>> group_time_effects(y, np.array([2003, 2003, 0, 0]), np.array([2001, 2002, 2003])).estimate
    2.0
    """
    y, n = np.asarray(outcomes, dtype=float), len(outcomes)
    never = first_treated == 0
    cohorts = sorted(int(g) for g in np.unique(first_treated[~never]) if g > periods[0])
    effects: dict[tuple[int, int], float] = {}
    influences, shares, sizes = [], [], []
    for g in cohorts:
        cohort = first_treated == g
        base = int(np.flatnonzero(periods < g)[-1])
        for t in np.flatnonzero(periods >= g):
            change = y[:, t] - y[:, base]
            treated, untreated = change[cohort].mean(), change[never].mean()
            effects[(g, int(periods[t]))] = float(treated - untreated)
            influence = np.where(cohort, (change - treated) / cohort.mean(), 0.0)
            influences.append(influence - np.where(never, (change - untreated) / never.mean(), 0.0))
            shares.append(cohort.astype(float))
            sizes.append(cohort.mean())
    att, weight = np.array(list(effects.values())), np.array(sizes) / np.sum(sizes)
    estimate = float(weight @ att)
    # The cohorts' shares are estimated as well: d weight = (1_g - p_g) / P - p_g sum(1 - p) / P^2.
    deviation = np.array(shares) - np.array(sizes)[:, None]
    total = np.sum(sizes)
    d_weight = deviation / total - np.array(sizes)[:, None] * deviation.sum(axis=0) / total**2
    influence = weight @ np.array(influences) + att @ d_weight
    return GroupTime(estimate, float(np.sqrt((influence**2).mean() / n)), tuple(cohorts), effects)
