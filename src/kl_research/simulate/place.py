"""The records of the simulation: a municipality and its units.

Nothing in them depends on the seed: another seed gives other noise around the same truth.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

ORIGIN = "2020-12"  # MedCom's statistics begin here
LAST = "2025-02"  # what was last presented, the end of the demo
HORIZON = "2026-12"  # everything is always drawn to here and then cut, so a later end extends the same series


@dataclass(frozen=True)
class Unit:
    """A unit and its expected calls a month at the level of 2024, before season, releases and events.

    `path` holds (month, rate): log-linear between, constant outside. `event` names the register entry that
    brought the unit in.
    """

    name: str
    unit_type: str
    administration: str
    path: tuple[tuple[str, float], ...]
    first: str = ORIGIN
    last: str = HORIZON
    event: str = ""


@dataclass(frozen=True)
class Place:
    """A municipality of the simulation; months are "2021-03", empty where there is none.

    `providers` is how many provider numbers it has, `reach` how many of them have ever been on the app by
    2025-02. `sms_share` is the share of its video contacts that went by the GP's SMS link and were not counted
    before Redirect, `without_citizen` that of consultations of doctor and staff alone, `vdx` its contacts a month by
    VDX, which the app does not see. `trend` is its own drift on the log scale, per year.
    """

    code: str
    connected_from: str = ""
    started_from: str = ""
    connected_to: str = ""
    planned_from: str = ""
    agreement_signed: str = ""
    units: tuple[Unit, ...] = ()
    registered_units: int = 0
    providers: int = 0
    reach: int = 0
    sms_share: float = 0.0
    without_citizen: float = 0.08
    vdx: float = 0.0
    trend: float = 0.0
    locked_out: bool = False
    fixed_gp: bool = False


@cache
def population(measure: str) -> dict[str, int]:
    """Inhabitants by municipality, 1 January 2020 (Statistics Denmark, FOLK1A).

    >>> population("population_80plus")["461"]
    8828
    """
    text = resources.files("kl_research.terms").joinpath("register/denominators.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["municipality"]: int(row["value"]) for row in rows if row["measure"] == measure}
