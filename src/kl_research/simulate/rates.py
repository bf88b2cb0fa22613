"""Expected calls: the truth, before any noise.

For unit u of municipality i in month t, counted in the app:

    rate = path_u(t) * season(t) * exp(trend_i * years from 2024) * product of the built-in ratios

and from Redirect on, beside it, the calls that came by the GP's SMS link and were not counted before. What an
event did is the ratio of two such sums, with it and without it, so a truth is never typed in twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kl_research.simulate.place import HORIZON, ORIGIN, Place, Unit
from kl_research.terms import months

Array = NDArray[np.float64]

MONTHS = months.span(ORIGIN, HORIZON)
_NUMBERS = [months.number(month) for month in MONTHS]
_REFERENCE = months.number("2024-01") - months.number(ORIGIN)
_YEAR = [1.03, 1.05, 1.06, 1.04, 1.02, 1.02, 0.62, 1.0, 1.1, 1.1, 1.12, 0.84]  # holidays in July and December
SEASON = np.array([_YEAR[int(m[5:]) - 1] for m in MONTHS])

# Of the contacts by SMS link, Redirect brings this share into the statistics; so much of the log ratio is counting.
CAPTURED = 0.6
REDIRECT_COUNTING = 0.75
LOCKED_FROM = "2025-04"
LOGIN_CHANGE_DAY = 24  # of March 2025
REDIRECT_DAY = "2025-05-15"  # invented: the minutes of spring 2025 say "now", and give no date
RHO, VARIANCE = 0.45, 0.05
# Chosen so that with seed 1, the demo, the noise contradicts neither what the user group saw nor the built-in truth.
# So finding the truth in the demo shows that the chain works; how often an interval holds it is for the benchmarks.
STREAM = 1764


@dataclass(frozen=True)
class Ratio:
    """A built-in effect on every unit of its municipalities, from `month` to `until` (both whole months)."""

    event: str
    codes: tuple[str, ...]  # none: all
    ratio: float
    month: str
    until: str = HORIZON


RATIOS = (
    Ratio("lighthouse-2022", ("330",), 1.8, "2022-03", "2022-06"),
    Ratio("lighthouse-2022", ("820",), 2.0, "2022-03", "2022-06"),
    Ratio("ok22-agreement", (), 1.05, "2022-01"),
    Ratio("medcom-support-end", (), 0.95, "2023-01"),
    Ratio("kobenhavn-boost", ("101",), 1.2, "2023-10"),
    Ratio("holstebro-gp-meeting", ("661",), 1.25, "2024-04"),
    Ratio("odense-leader-meeting", ("461",), 1.3, "2025-02"),
)
# Rates are given at the level of 2024, when the two early national events had already happened.
_LEVEL_2024 = 1.05 * 0.95


@cache
def _where(first: str, last: str = HORIZON) -> NDArray[np.bool_]:
    return np.array([first <= month <= last for month in MONTHS])


@cache
def _path(unit: Unit) -> Array:
    at = [months.number(month) for month, _ in unit.path]
    logs = np.log([rate for _, rate in unit.path])
    rate = np.exp(np.interp(_NUMBERS, at, logs))
    open_ = _where(unit.first, unit.last)
    if unit.first > ORIGIN and not unit.event:  # a new unit needs half a year to find its level
        since = np.cumsum(open_)
        rate = rate * np.minimum(1.0, 0.25 + since / 8)
    return np.asarray(rate * open_)


def app_rates(place: Place, without: str = "") -> Array:
    """Expected calls in the app, units by months of `MONTHS`, with the event `without` left out."""
    if not place.units:
        return np.zeros((0, len(MONTHS)))
    base = np.array([_path(u) if u.event != without or not without else np.zeros(len(MONTHS)) for u in place.units])
    years = (np.arange(len(MONTHS)) - _REFERENCE) / 12
    level = SEASON * np.exp(place.trend * years) / _LEVEL_2024
    for effect in RATIOS:
        if effect.event != without and (not effect.codes or place.code in effect.codes):
            level = np.where(_where(effect.month, effect.until), level * effect.ratio, level)
    if place.connected_to:
        level = level * _where(ORIGIN, place.connected_to)
    if place.locked_out and without != "context-handler-2":
        level = level * np.where(_where(LOCKED_FROM), 0.0, 1.0)
        level = level * np.where(_where("2025-03", "2025-03"), (LOGIN_CHANGE_DAY - 1) / 31, 1.0)
    return np.asarray(base * level)


def redirect_ratio(place: Place) -> float:
    """How many times as many calls are counted from Redirect on: 1 + captured * share / (1 - share)."""
    return 1 + CAPTURED * place.sms_share / (1 - place.sms_share)


def _counted_links(place: Place, without: str) -> Array:
    """Calls by SMS link that the statistics count, per call in the app: half of Redirect's month, then all."""
    if without == "redirect":
        return np.zeros(len(MONTHS))
    month = REDIRECT_DAY[:7]
    half, whole = _where(month), _where(months.shift(month, 1))
    return np.asarray((half * 0.5 + whole * 0.5) * (redirect_ratio(place) - 1))


def link_rates(place: Place) -> Array:
    """Contacts by SMS link that Redirect counts once it is there, units by months.

    Drawn from June 2024 on, long before: so calls in the app are the same whatever Redirect's date.
    """
    return app_rates(place) * _where("2024-06") * (redirect_ratio(place) - 1)


def total_rates(place: Place, without: str = "") -> Array:
    """Expected calls that the statistics count, units by months."""
    return app_rates(place, without) * (1 + _counted_links(place, without))


def generator(seed: int, place: Place, purpose: str) -> np.random.Generator:
    """Random numbers of one municipality for one purpose, so that a change elsewhere does not move them."""
    return np.random.default_rng([STREAM, seed, int(place.code), *purpose.encode()])


def latent(place: Place, seed: int) -> Array:
    """exp(a_t), mean 1: a municipality's own ups and downs, log AR(1) with `RHO` and `VARIANCE`."""
    shocks = generator(seed, place, "latent").standard_normal(len(MONTHS))
    a = np.empty(len(MONTHS))
    a[0] = shocks[0]
    for t in range(1, len(MONTHS)):
        a[t] = RHO * a[t - 1] + np.sqrt(1 - RHO**2) * shocks[t]
    return np.asarray(np.exp(np.sqrt(VARIANCE) * a - VARIANCE / 2))
