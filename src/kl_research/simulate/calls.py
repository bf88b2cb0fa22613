"""From expected rates to single calls: counts with noise, then when, how long, with whom, how it ended."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kl_research.simulate.place import LAST, Place
from kl_research.simulate.places import places
from kl_research.simulate.rates import (
    LOGIN_CHANGE_DAY,
    MONTHS,
    REDIRECT_DAY,
    Array,
    app_rates,
    generator,
    latent,
    link_rates,
)
from kl_research.terms import months

COMPLETED = 0.79  # of the calls: answered, and at least a minute long
LIGHTHOUSES = ("330", "820")
LIGHTHOUSE_TOTAL = 96  # MedCom, 23 August 2022
LIGHTHOUSE_MONTHS = slice(MONTHS.index("2022-03"), MONTHS.index("2022-06") + 1)
CHANNELS = ("App", "SMS-link")
STATUS = ("Gennemført", "Afbrudt", "Ikke besvaret")
BOOKED = 0.7  # video needs a booking; in acute cases staff phone first
_HOLIDAYS = {"01-01", "06-05", "12-24", "12-25", "12-26", "12-31"}
_WEEKDAY = [1.05, 1.0, 0.95, 1.0, 0.8, 0.03, 0.02]
_BOOKED_HOURS: dict[int, float] = {8: 3, 9: 8, 10: 9, 11: 6, 12: 2, 13: 6, 14: 3}
_ACUTE_HOURS: dict[int, float] = {
    7: 1,
    8: 6,
    9: 6,
    10: 5,
    11: 5,
    12: 3,
    13: 4,
    14: 4,
    15: 3,
    16: 1,
    17: 0.5,
    18: 0.4,
    20: 0.3,
}
COLUMNS = [
    "code",
    "start",
    "seconds",
    "administration",
    "unit",
    "unit_type",
    "provider",
    "channel",
    "status",
    "booked",
]


def all_calls(seed: int) -> pd.DataFrame:
    """Every call from `ORIGIN` to `HORIZON`, one row each, in order of time; columns `COLUMNS`."""
    fixed = _lighthouse_completed(seed)
    frames = [_calls(i, place, seed, fixed.get(place.code)) for i, place in enumerate(places()) if place.units]
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values(["start", "code", "unit", "provider"], ignore_index=True, kind="stable")


def _lighthouse_completed(seed: int) -> dict[str, NDArray[np.int64]]:
    """The 96 completed consultations of the two lighthouses over their four months: Poisson, given the total."""
    pair = [place for place in places() if place.code in LIGHTHOUSES]
    weights = np.array([(app_rates(p).sum(axis=0) * latent(p, seed))[LIGHTHOUSE_MONTHS] for p in pair])
    rng = generator(seed, pair[0], "lighthouses")
    drawn = rng.multinomial(LIGHTHOUSE_TOTAL, (weights / weights.sum()).ravel()).reshape(weights.shape)
    return {place.code: row for place, row in zip(pair, drawn, strict=True)}


def _calls(index: int, place: Place, seed: int, fixed: NDArray[np.int64] | None) -> pd.DataFrame:
    rng = generator(seed, place, "calls")
    rates = np.stack([app_rates(place), link_rates(place)]) * latent(place, seed)  # channels, units, months
    completed = rng.poisson(rates * COMPLETED)
    other = rng.poisson(rates * (1 - COMPLETED))
    if fixed is not None:
        shares = rates[0, :, LIGHTHOUSE_MONTHS] / rates[0, :, LIGHTHOUSE_MONTHS].sum(axis=0)
        completed[0, :, LIGHTHOUSE_MONTHS] = rng.multinomial(fixed, shares.T).T
    counts = np.stack([completed, other]).ravel()
    ended, channel, unit, month = np.unravel_index(np.repeat(np.arange(counts.size), counts), (2, *completed.shape))
    n = len(unit)
    booked = rng.random(n) < BOOKED
    calls = pd.DataFrame(
        {
            "code": place.code,
            "start": _starts(rng, month, booked, place.locked_out),
            "seconds": 0,
            "administration": [place.units[u].administration for u in unit],
            "unit": [place.units[u].name for u in unit],
            "unit_type": [place.units[u].unit_type for u in unit],
            "provider": 0,
            "channel": np.array(CHANNELS)[channel],
            "status": "",
            "booked": booked,
        }
    )
    calls["status"], calls["seconds"] = _endings(rng, ended == 0)
    calls["unit_index"] = unit
    twice = calls.groupby(["unit", "start"]).cumcount().to_numpy()
    calls["start"] += twice.astype("timedelta64[s]")  # a unit begins one call at a time
    calls = calls.sort_values(["start", "unit_index"], ignore_index=True, kind="stable")
    calls["provider"] = 400_000 + index * 1000 + 5 * _providers(rng, calls, place)
    counted = (calls["channel"] == CHANNELS[0]) | (calls["start"] >= np.datetime64(REDIRECT_DAY))
    return calls.loc[counted, COLUMNS]


def _starts(
    rng: np.random.Generator,
    month: NDArray[np.int64],
    booked: NDArray[np.bool_],
    locked_out: bool,
) -> NDArray[np.datetime64]:
    """Working days and office hours; booked calls begin near a quarter, acute ones at any minute."""
    chances = _day_chances(locked_out)[month]
    day = (rng.random(len(month))[:, None] >= chances).sum(axis=1)
    hour = np.where(booked, _hours(rng, _BOOKED_HOURS, len(month)), _hours(rng, _ACUTE_HOURS, len(month)))
    late = np.minimum(rng.exponential(240, len(month)), 800).astype(np.int64)
    second = np.where(booked, 900 * rng.integers(0, 4, len(month)) + late, rng.integers(0, 3600, len(month)))
    first = np.array([f"{m}-01" for m in MONTHS], dtype="datetime64[s]")[month]
    moved: NDArray[np.datetime64] = first + (day * 86400 + hour * 3600 + second).astype("timedelta64[s]")
    return moved


@cache
def _day_chances(locked_out: bool) -> Array:
    """Cumulated chance of each day of each month, months by 31."""
    chances = np.zeros((len(MONTHS), 31))
    for t, month in enumerate(MONTHS):
        length = pd.Period(month).days_in_month
        for day in range(1, length + 1):
            open_ = f"{month[5:]}-{day:02d}" not in _HOLIDAYS
            open_ &= not (locked_out and month == "2025-03" and day >= LOGIN_CHANGE_DAY)
            chances[t, day - 1] = open_ * _WEEKDAY[pd.Timestamp(f"{month}-{day:02d}").weekday()]
    cumulated: Array = np.cumsum(chances, axis=1) / chances.sum(axis=1, keepdims=True)
    return cumulated


def _hours(rng: np.random.Generator, weights: dict[int, float], n: int) -> NDArray[np.int64]:
    chances = np.array(list(weights.values())) / sum(weights.values())
    return rng.choice(list(weights), size=n, p=chances)


def _endings(rng: np.random.Generator, completed: NDArray[np.bool_]) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Status and duration: completed 1 to 45 minutes; of the others 12 % said so but were over within a minute."""
    n = len(completed)
    long = np.clip(rng.lognormal(np.log(430), 0.55, n), 60, 2700)
    kind = rng.choice(3, size=n, p=[0.12, 0.38, 0.5])  # too short, cut off, not answered
    short = np.select([kind == 0, kind == 1], [rng.integers(8, 60, n), rng.integers(5, 400, n)], 0)
    status = np.where(completed, STATUS[0], np.array(STATUS)[kind])
    return status, np.where(completed, long, short).astype(np.int64)


def _providers(rng: np.random.Generator, calls: pd.DataFrame, place: Place) -> NDArray[np.int64]:
    """The provider of each call, 0, 1, ...; number k is first met at a set share of the calls to `LAST`.

    So every one of the municipality's `reach` has been on by then. A unit has a usual provider, nearly always
    the same where residents have a fixed general practitioner.
    """
    n, unit = len(calls), calls["unit_index"].to_numpy()
    seen = int((calls["start"] < np.datetime64(f"{months.shift(LAST, 1)}-01")).sum())
    debut = _debuts(calls, place, seen)
    known = np.searchsorted(debut, np.arange(n), side="right")
    usual = unit * 7 % known
    any_known = (known * rng.random(n) ** 2).astype(np.int64)
    chosen = np.where(rng.random(n) < (0.95 if place.fixed_gp else 0.7), usual, any_known)
    chosen[debut] = np.arange(len(debut))
    return chosen


def _debuts(calls: pd.DataFrame, place: Place, seen: int) -> NDArray[np.int64]:
    reach = min(place.reach, seen)
    debut = (seen * (np.arange(reach) / reach) ** 1.5).astype(np.int64)
    if place.code == "661":  # Holstebro: after the meeting with all general practitioners more of them take part
        before = int((calls["start"] < np.datetime64("2024-04-01")).sum())
        half = reach // 2
        early = (before * 0.6 * np.arange(half) / half).astype(np.int64)
        debut = np.concatenate([early, before + 3 * np.arange(reach - half)])
    for k in range(1, reach):  # no two in one call
        debut[k] = max(debut[k], debut[k - 1] + 1)
    return debut
