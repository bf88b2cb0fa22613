"""Which part fell: each administration and unit type of a municipality against its own normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.adoption.cut import Activity, Level
from kl_research.adoption.cutting import cut, part_levels
from kl_research.adoption.rows import SEPARATOR
from kl_research.statistics.latent_noise import Noise, pooled_noise
from kl_research.terms import months
from kl_research.terms.panel import check_area, wide

LEVELS: tuple[Level, ...] = ("unit_type", "administration")
Z = 1.645
"""One-sided 5 %."""
_LEAST_BEFORE = 6
"""Months, for a variation to be told from chance."""


@dataclass(frozen=True)
class PartChange:
    """One administration or unit type: calls a month before and since.

    `state`: `fell` (below its normal by more than chance and its usual variation explain, one-sided 5 %), `rose`,
    `stable` (neither), `new` (no call in the baseline). Small parts are `stable` for want of numbers, not of change.
    """

    level: str
    part: str
    normal: float
    now: float
    state: str


def parts_fallen(
    panel: pd.DataFrame, activity: Activity, municipality: str, base: list[str], since: list[str], noise: Noise
) -> tuple[PartChange, ...]:
    """The parts of a municipality, unit types before administrations, the largest fall first within each.

    `base` are the months that make the normal, `since` those since the fall began; only observed ones count. A
    level with a single part is left out, for it says nothing.

    Formula: z = (now - normal) / sqrt(v(n) + v(n0)), v(n) the variance of a mean over n months at the normal m calls
    a month, (m (1 + kappa (c - 1)) + s2 m^2 c) / n with c = 1 + 2 sum (1 - k/n) r^k; n and n0 months since and before
    """
    own = panel[panel["municipality"] == municipality]
    if isinstance(activity, pd.DataFrame):
        activity = activity[activity["municipality"] == municipality]
    found: list[PartChange] = []
    for level in LEVELS:
        if level not in part_levels(own, activity):
            continue
        whole = cut(own, activity, level=level)
        if len(whole.areas) < 2:
            continue
        then, now = (whole.between(months.number(span[0]), months.number(span[-1])) for span in (base, since))
        # A part that had not started counts as none: its calls now are new.
        before = np.nan_to_num(then.total("calls")) / _observed(own, base)
        after = np.nan_to_num(now.total("calls")) / _observed(own, since)
        changes = []
        for area, m, y in zip(whole.areas, before, after, strict=True):
            state = change_state(m, y, _observed(own, base), _observed(own, since), noise)
            changes.append(PartChange(level, str(area).partition(SEPARATOR)[2], float(m), float(y), state))
        found += sorted(changes, key=lambda change: (change.now - change.normal, change.part))
    return tuple(found)


def change_state(normal: float, now: float, n0: int, n: int, noise: Noise) -> str:
    """fell, rose, stable or new: means of n0 months before and of n since, by the formula of `parts_fallen`."""
    if normal == 0 and now > 0:
        return "new"
    spread = float(np.sqrt(noise.of_mean(np.array(normal), n) + noise.of_mean(np.array(normal), n0)))
    z = (now - normal) / spread if spread > 0 else 0.0
    return "fell" if z < -Z else "rose" if z > Z else "stable"


def part_changes(
    panel: pd.DataFrame, activity: Activity, municipality: str, *, month_end: str | None = None, length: int = 12
) -> tuple[PartChange, ...]:
    """Which part rose or fell: the last `length` months of each unit type and administration beside those before.

    Asked whether or not there is an alert; the variation is pooled over all municipalities of the panel. Empty
    where fewer than six months came before, or were observed in either period.

    Parameters
    ----------
    length : int, default 12
        Months of the last period, and of the one before it.

    Returns
    -------
    tuple[PartChange, ...]
        Calls a month before and after, largest fall first.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    References
    ----------
    Poisson counts with pooled latent variance (`adoption.noise`), one-sided 5 %.

    Examples
    --------
    >>> months = pd.date_range("2024-01-01", periods=24, freq="MS")
    >>> panel = pd.DataFrame({"municipality": "710", "month": months, "state": "observed", "calls": [9, 5] * 12})
    >>> use = pd.DataFrame({"municipality": "710", "administration": "", "unit": "A", "provider": "", "channel": "",
    ...     "unit_type": ["care"] * 24 + ["home"] * 24, "month": [*months, *months], "completed": 0, "seconds": 0.0,
    ...     "calls": [4] * 24 + [5] * 12 + [1] * 12})
    >>> [(part.part, part.state) for part in part_changes(panel, use, "710")]
    [('home', 'fell'), ('care', 'stable')]
    """
    check_area(panel, municipality)
    counts = wide(panel)
    if month_end is not None:
        counts = counts.loc[:month_end]
    text = [str(month) for month in counts.index][-2 * length :]
    if len(text) < length + _LEAST_BEFORE:
        return ()
    own = panel[panel["municipality"] == municipality]
    if min(_observed(own, text[:-length]), _observed(own, text[-length:])) < _LEAST_BEFORE:
        return ()
    values = counts.to_numpy(dtype="float64")[-2 * length :].T
    noise = pooled_noise(values[:, :-length], np.array([int(month[5:]) - 1 for month in text[:-length]]))
    return parts_fallen(panel, activity, municipality, text[:-length], text[-length:], noise)


def _observed(own: pd.DataFrame, span: list[str]) -> int:
    month = own["month"].dt.strftime("%Y-%m")
    return max(int((month.isin(span) & (own["state"] == "observed")).sum()), 1)
