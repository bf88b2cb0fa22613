"""The simulated municipalities: who is connected since when, with which units, at which rates.

Codes, names and populations are real; everything else about a municipality is invented, and set to agree with
what the user group said of nine of them (see `named`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from kl_research.simulate.named import NAMED
from kl_research.simulate.place import LAST, ORIGIN, Place, Unit, population
from kl_research.terms import months, municipalities

# The world is drawn once, from a seed of its own.
_WORLD_SEED = 20201201
_NOT_CONNECTED = 20
_NEVER_STARTED = 4
_LATE = 17
_INHABITANTS_PER_PROVIDER = 3400
_SYDDANMARK, _MIDTJYLLAND = "1083", "1082"


@cache
def places() -> tuple[Place, ...]:
    """The 98 municipalities in the order of their codes.

    >>> len(places()), sum(place.started_from != "" for place in places())
    (98, 73)
    """
    drawn = {place.code: place for place in _draw([c for c in municipalities.codes() if c not in NAMED])}
    return _with_reach([NAMED.get(code) or drawn[code] for code in municipalities.codes()])


def _draw(codes: list[str]) -> list[Place]:
    """The municipalities nobody spoke of: connection, units and rates drawn at random."""
    rng = np.random.default_rng(_WORLD_SEED)
    order = [codes[i] for i in rng.permutation(len(codes))]
    kinds = dict.fromkeys(order[:_NOT_CONNECTED], "not_connected")
    kinds |= dict.fromkeys(order[_NOT_CONNECTED : _NOT_CONNECTED + _NEVER_STARTED], "never_started")
    kinds |= dict.fromkeys(order[_NOT_CONNECTED + _NEVER_STARTED :][:_LATE], "late")
    drawn = [_draw_one(code, kinds.get(code, "early"), rng) for code in codes]
    # Three ordinary municipalities lose their login in March 2025; one ends its agreement in 2023.
    large = sorted((p for p in drawn if kinds.get(p.code, "early") == "early"), key=lambda p: -_rate(p))
    locked, ended = {p.code for p in large[4:16:5]}, large[-9].code
    return [replace(p, locked_out=p.code in locked, connected_to="2023-06" if p.code == ended else "") for p in drawn]


def _draw_one(code: str, kind: str, rng: np.random.Generator) -> Place:
    size = (population("population_80plus")[code] / 2400) ** 0.4
    rate = float(np.clip(5.0 * size * np.exp(rng.normal(0, 0.45)), 2.2, 18))
    late = months.shift("2021-02", int(rng.integers(0, 40)))
    connected = {"not_connected": "", "never_started": "2022-09", "late": late}.get(kind, "2020-06")
    started = {"not_connected": "", "never_started": "", "late": months.shift(late, 2)}.get(kind, "2020-10")
    region = municipalities.region(code, LAST)
    sms = float(rng.uniform(0.28, 0.42) if region == _MIDTJYLLAND else rng.uniform(0.05, 0.3))
    return Place(
        code=code,
        connected_from=connected,
        started_from=started,
        agreement_signed=f"{months.shift(connected, -4)}-{rng.integers(1, 28):02d}" if connected else "",
        units=_draw_units(rate, max(started, ORIGIN), rng) if started else (),
        sms_share=round(sms, 2),
        trend=float(rng.normal(0, 0.05)),
    )


def _draw_units(rate: float, start: str, rng: np.random.Generator) -> tuple[Unit, ...]:
    """Two to seven units with unequal shares; the smallest may come late or give up."""
    n = int(np.clip(round(rate * 0.45) + rng.poisson(1), 2, 7))
    shares = np.sort(rng.dirichlet(np.full(n, 1.3)))[::-1]
    kinds = rng.choice(4, size=n, p=[0.6, 0.25, 0.1, 0.05])
    units: list[Unit] = []
    for share, kind in zip(shares, kinds, strict=True):
        unit_type, administration, name = _KINDS[kind]
        number = 1 + sum(unit.unit_type == unit_type for unit in units)
        name = f"{name} {_QUARTERS[number - 1] if unit_type == 'Sygepleje' else number}"
        units.append(Unit(name, unit_type, administration, ((start, round(rate * float(share), 3)),), start))
    if n > 3:
        turn = months.shift(start, int(rng.integers(8, 40)))
        gave_up = rng.random() < 0.5
        units[-1] = replace(units[-1], last=turn) if gave_up else replace(units[-1], first=turn)
    return tuple(units)


_KINDS = (
    ("Plejecenter", "Sundhed og Omsorg", "Plejecenter"),
    ("Sygepleje", "Sundhed og Omsorg", "Sygeplejen"),
    ("Bosted", "Social og Handicap", "Bosted"),
    ("Socialpsykiatri", "Social og Handicap", "Socialpsykiatrien"),
)
_QUARTERS = ("Nord", "Syd", "Øst", "Vest", "Midt", "Nordvest", "Sydøst")


def _rate(place: Place) -> float:
    return sum(unit.path[-1][1] for unit in place.units)


def _with_reach(all_places: list[Place]) -> tuple[Place, ...]:
    """Providers and units registered, and how many providers were ever on: one third in Syddanmark."""
    rng = np.random.default_rng(_WORLD_SEED + 1)
    counted = []
    for place in all_places:
        providers = max(3, round(population("population_total")[place.code] / _INHABITANTS_PER_PROVIDER))
        share = 0.0 if not place.started_from else float(rng.uniform(0.2, 0.5))
        least = 0 if not place.started_from else 2
        units = max(len(place.units) + 2, round(population("population_80plus")[place.code] / 200) + 1)
        reach = max(least, min(round(providers * share), round(7 * _rate(place))))
        counted.append(replace(place, providers=providers, reach=reach, registered_units=units))
    return tuple(_one_third(counted))


def _one_third(all_places: list[Place]) -> list[Place]:
    """Add or take providers in Syddanmark, one municipality after another, until a third have been on."""
    south = [i for i, p in enumerate(all_places) if municipalities.region(p.code, LAST) == _SYDDANMARK]
    target = round(sum(all_places[i].providers for i in south) / 3)
    active = [i for i in south if all_places[i].started_from]
    turn = 0
    while (short := target - sum(all_places[i].reach for i in south)) != 0:
        place, step = all_places[active[turn % len(active)]], 1 if short > 0 else -1
        if 2 <= place.reach + step <= 0.8 * place.providers:
            all_places[active[turn % len(active)]] = replace(place, reach=place.reach + step)
        turn += 1
    return all_places
