"""Early warning: a fall in use that chance explains only at a stated rate of false alarms (`cusum`).

A suppressed month had 1 to 4 calls. An alarm stands when it sounds with 4 in each, silence when it does not with 1;
where the two differ nothing can be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Activity
from kl_research.adoption.watch.fallen import PartChange, parts_fallen
from kl_research.statistics.cusum import RATE, Watch, watch_months
from kl_research.statistics.latent_noise import common_course, pooled_noise
from kl_research.terms.panel import wide, wide_states

WATCHED = 12
BASELINE = 24
SUPPRESSED = (4.0, 2.5, 1.0)  # calls of a suppressed month: at most, in the middle, at least
FEWEST_MONTHS = 12
FEWEST_CALLS = 1.0


@dataclass(frozen=True)
class Alert:
    """What the watch says of a municipality.

    `state`: `alert` (signalled, and still below), `passed` (signalled, and recovered since), `quiet`, or
    `not_assessable` with a `reason`: too_few_months, too_few_calls, not_observed, or the state of its months
    (`suppressed` also where it depends on what the suppressed months were).
    `kind`: `fell_to_zero` (the last two observed months or more, and all since the fall began, without a call, or
    the last three), else `decline`. `signalled` is the month of the first alarm, `since` the month the fall seems to
    begin; `normal` and `now` are calls a month over the `months` observed since then; `zeros` counts the silent
    months at the end. `rate` false alarms a year are to be expected; a halving is seen after `delay` months in half
    of all cases (None: not within the months watched). `series` has month, observed, expected, cusum, threshold.
    """

    municipality: str
    state: str
    reason: str = ""
    kind: str = ""
    signalled: str = ""
    since: str = ""
    months: int = 0
    normal: float | None = None
    now: float | None = None
    zeros: int = 0
    rate: float = RATE
    delay: int | None = None
    parts: tuple[PartChange, ...] = ()
    series: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


def alerts(
    panel: pd.DataFrame,
    activity: Activity | None = None,
    *,
    month_end: str | None = None,
    rate: float = RATE,
    watched: int = WATCHED,
    baseline: int = BASELINE,
    factor: float = 0.5,
    phases: Mapping[str, str] | None = None,
    only: Iterable[str] | None = None,
    seed: int = 1,
) -> list[Alert]:
    """One `Alert` a municipality, in the order of their codes.

    Formula: C_t = max(0, C_(t-1) + y_t log(factor) + expected_t (1 - factor)), alarm where C_t reaches a threshold
    simulated for `rate` false alarms a year; expected = mean of the last baseline year x season x common course
    Source: Lucas 1985, Technometrics 27(2), the Poisson CUSUM; threshold by simulation with pooled overdispersion

    Parameters
    ----------
    activity : Activity | None, optional
        Tells which administration and unit type fell.
    month_end : str | None, optional
        The last month known; the `watched` months end there, the `baseline` months lie before them.
    rate : float, default 0.2
        False alarms a year to be expected of a municipality in which nothing changes.
    watched : int, default 12
        Months that are watched.
    baseline : int, default 24
        Months from which the normal is taken.
    factor : float, default 0.5
        The change to look for, as a ratio of the normal.
    phases : Mapping[str, str] | None, optional
        By code, the month from which a municipality's counts are comparable (after a new counting rule).
    only : Iterable[str] | None, optional
        These municipalities; season and variation are still those of all.

    Returns
    -------
    list[Alert]
        A list; empty for a municipality that `only` names and the panel lacks.

    Raises
    ------
    InputError
        For a panel without calls.

    Examples
    --------
    >>> months = pd.date_range("2023-01-01", periods=36, freq="MS")
    >>> calls = [9, 11] * 17 + [0, 0]
    >>> panel = pd.DataFrame({"municipality": "461", "month": months, "state": "observed", "calls": calls})
    >>> found = alerts(panel)[0]
    >>> found.state, found.kind, found.since
    ('alert', 'fell_to_zero', '2025-11')
    """
    counts, states = wide(panel), wide_states(panel)
    if month_end is not None:
        counts, states = counts.loc[:month_end], states.loc[:month_end]
    codes = [str(code) for code in counts.columns]
    asked = set(codes if only is None else only)
    text = [str(month) for month in counts.index]
    most, middle, least = (
        counts.mask(states == "suppressed", calls).to_numpy(dtype="float64").T for calls in SUPPRESSED
    )
    calendar = np.array([int(month[5:]) - 1 for month in text])
    begin = max(len(text) - watched, 0)
    from_ = max(begin - baseline, 0)
    if begin - from_ < FEWEST_MONTHS:
        return [Alert(code, "not_assessable", "too_few_months", rate=rate) for code in codes if code in asked]
    since = phases or {}
    starts = {code: max(from_, text.index(since[code]) if since.get(code) in text else from_) for code in codes}
    comparable = middle[:, from_:begin].copy()
    for i, code in enumerate(codes):
        comparable[i, : starts[code] - from_] = np.nan
    course = np.ones(len(text))
    throughout = middle[~np.isnan(comparable).any(axis=1), from_:]
    course[from_:] = common_course(throughout, calendar[from_:], begin - from_)
    noise = pooled_noise(comparable, calendar[from_:begin], course[from_:begin])
    index = np.array(noise.season)[calendar] * course
    found = []
    for i, code in enumerate(codes):
        if code not in asked:
            continue
        start = starts[code]
        known = middle[i, start:begin]
        why = _why_not(known, counts.to_numpy()[begin:, i], states.iloc[begin:, i], index[start:begin])
        if why:
            found.append(Alert(code, "not_assessable", why, rate=rate))
            continue
        high, low = (np.concatenate([known, later[i, begin:]]) for later in (most, least))
        each = [high] if np.array_equal(high, low, equal_nan=True) else [high, low]
        watches = [watch_months(values, index[start:], begin - start, noise, rate, factor, seed) for values in each]
        if len({bool((watch.cusum >= watch.threshold).any()) for watch in watches}) > 1:
            found.append(Alert(code, "not_assessable", "suppressed", rate=rate))
            continue
        alert = _alert(code, watches[0], text[begin:], rate)
        alert = replace(alert, series=alert.series.assign(observed=counts.to_numpy()[begin:, i]))
        if alert.state == "alert" and activity is not None:
            base = text[start:begin]
            parts = parts_fallen(panel, activity, code, base, text[text.index(alert.since) :], noise)
            alert = replace(alert, parts=parts)
        found.append(alert)
    return found


def alerts_table(found: list[Alert]) -> pd.DataFrame:
    """One row an alert: the scalar fields of `Alert`, and `fell` and `stable`, the parts by name, "; " between."""
    columns = [
        "municipality",
        "state",
        "reason",
        "kind",
        "signalled",
        "since",
        "months",
        "normal",
        "now",
        "zeros",
        "rate",
        "delay",
    ]
    table = pd.DataFrame([[getattr(alert, column) for column in columns] for alert in found], columns=columns)
    for state in ("fell", "stable"):
        table[state] = ["; ".join(part.part for part in alert.parts if part.state == state) for alert in found]
    return table


def _why_not(known: np.ndarray, later: np.ndarray, states: pd.Series, index: np.ndarray) -> str:
    seen = ~np.isnan(known)
    if np.isnan(later).all():
        last = str(states.iloc[-1])
        return last if last != "observed" else "not_observed"
    if seen.sum() < FEWEST_MONTHS:
        return "too_few_months"
    return "too_few_calls" if known[seen].sum() / index[seen].sum() < FEWEST_CALLS else ""


def _alert(code: str, watch: Watch, text: list[str], rate: float) -> Alert:
    series = pd.DataFrame(
        {
            "month": text,
            "observed": watch.observed,
            "expected": watch.expected,
            "cusum": watch.cusum,
            "threshold": watch.threshold,
        }
    )
    signalled = np.flatnonzero(watch.cusum >= watch.threshold)
    seen = ~np.isnan(watch.observed)
    quiet = Alert(code, "quiet", rate=rate, delay=watch.delay, series=series)
    if not len(signalled):
        return quiet
    at = int(signalled[0])
    before = np.flatnonzero(watch.cusum[:at] <= 0)
    since = int(before[-1]) + 1 if len(before) else 0
    here = np.arange(len(text)) >= since
    now, normal = watch.observed[here & seen], watch.expected[here & seen]
    positive = np.flatnonzero(watch.observed[seen] > 0)
    zeros = int(seen.sum() - (positive[-1] + 1 if len(positive) else 0))
    silent = zeros >= 3 or (zeros >= 2 and zeros >= len(now))
    return Alert(
        code,
        "alert" if watch.cusum[-1] >= watch.threshold else "passed",
        kind="fell_to_zero" if silent else "decline",
        signalled=text[at],
        since=text[since],
        months=len(now),
        normal=float(normal.mean()),
        now=float(now.mean()),
        zeros=zeros,
        rate=rate,
        delay=watch.delay,
        series=series,
    )


def expected_false_alarms(found: list[Alert]) -> float:
    """How many of a list's alarms chance alone would raise in the months watched.

    >>> expected_false_alarms([Alert("461", "not_assessable", "too_few_calls")])
    0.0
    """
    watched = [alert for alert in found if alert.state != "not_assessable"]
    return float(sum(alert.rate * alert.series["observed"].notna().sum() / 12 for alert in watched))
