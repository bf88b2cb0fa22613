"""What was built in, as a table: every event's true ratio, and facts about municipalities that data must show.

`truth.csv`, comma separated: `kind` (effect, fact), `event` (id of the register), `municipality` (empty: all
connected ones together), `outcome`, `month` (first whole month with the effect; a fact's first month), `until`,
`rate_ratio`, `measurement_share` (the part of log(rate_ratio) that is counting and not use), `use_rate_ratio`
(what is left for use: rate_ratio ** (1 - measurement_share)), `value` (of a fact), `note`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.simulate.calls import COMPLETED, LIGHTHOUSE_TOTAL
from kl_research.simulate.place import HORIZON, Place
from kl_research.simulate.places import places
from kl_research.simulate.rates import (
    LOCKED_FROM,
    MONTHS,
    RATIOS,
    REDIRECT_COUNTING,
    REDIRECT_DAY,
    Array,
    total_rates,
)
from kl_research.terms import months

COLUMNS = [
    "kind",
    "event",
    "municipality",
    "outcome",
    "month",
    "until",
    "rate_ratio",
    "measurement_share",
    "use_rate_ratio",
    "value",
    "note",
]
_STEADY = months.span("2024-01", "2024-12")


@dataclass(frozen=True)
class _Built:
    event: str
    month: str
    codes: tuple[str, ...]  # none: all that have started
    until: str = HORIZON
    outcome: str = "calls"
    measurement_share: float = 0.0
    national: bool = False
    note: str = ""


def _built() -> list[_Built]:
    locked = tuple(place.code for place in places() if place.locked_out)
    plain = [
        _Built(r.event, r.month, r.codes, r.until, national=not r.codes, note=_NOTES.get(r.event, "")) for r in RATIOS
    ]
    return [
        *plain,
        _Built("aalborg-reimplementation", "2024-12", ("851",), outcome="active_units"),
        _Built("aalborg-reimplementation", "2024-12", ("851",), note="many new units, few calls in each"),
        _Built(
            "kobenhavn-social-administration",
            "2024-12",
            ("101",),
            measurement_share=1.0,
            note="new units in another administration, no more use in the old ones",
        ),
        _Built(
            "redirect",
            months.shift(REDIRECT_DAY[:7], 1),
            (),
            measurement_share=REDIRECT_COUNTING,
            national=True,
            note="by SMS share",
        ),
        _Built("context-handler-2", LOCKED_FROM, locked, national=True, note="locked out; no effect elsewhere"),
        _Built("context-handler-1-off", LOCKED_FROM, (), national=True, note="no effect of its own"),
        _Built("picture-in-picture", "2025-05", (), national=True, note="undated in the register; no effect"),
    ]


_NOTES = {
    "kobenhavn-boost": "undated in the register",
    "holstebro-gp-meeting": "undated in the register",
}


def truth() -> pd.DataFrame:
    """Every built-in effect and fact, the same for every seed; columns as in the module's description."""
    rows = [row for built in _built() for row in _effect_rows(built)]
    return pd.DataFrame(rows + _facts(), columns=COLUMNS)


def _effect_rows(built: _Built) -> list[dict[str, object]]:
    started = [
        place for place in places() if _expected(built, place, built.event) > 0
    ]  # some ended, some began later
    chosen = [place for place in started if place.code in built.codes or not built.codes]
    rows = [_effect_row(built, [place], place.code) for place in chosen]
    # Where nothing differs between municipalities the national row says it all.
    if built.national:
        same = len({row["rate_ratio"] for row in rows}) == 1 and not built.codes
        return [_effect_row(built, started, ""), *([] if same else rows)]
    return rows


def _effect_row(built: _Built, where: list[Place], code: str) -> dict[str, object]:
    with_, without = (sum(_expected(built, place, event) for place in where) for event in ("", built.event))
    ratio = float(with_ / without)
    return {
        "kind": "effect",
        "event": built.event,
        "municipality": code,
        "outcome": built.outcome,
        "month": built.month,
        "until": "" if built.until == HORIZON else built.until,
        "rate_ratio": round(ratio, 4),
        "measurement_share": built.measurement_share,
        "use_rate_ratio": round(ratio ** (1 - built.measurement_share), 4),
        "note": built.note,
    }


def _expected(built: _Built, place: Place, without: str) -> float:
    """Expected sum of the outcome over at most 12 months from `month` on."""
    last = min(built.until, months.shift(built.month, 11))
    if not place.units:
        return 0.0
    rates = total_rates(place, without)[:, _columns(months.span(built.month, last))]
    if built.outcome == "active_units":  # a unit is active in a month with at least one call
        return float((1 - np.exp(-rates)).sum())
    return float(rates.sum())


def _columns(span: list[str]) -> list[int]:
    return [MONTHS.index(month) for month in span]


def _monthly(code: str, span: list[str], rows: slice | None = None) -> float:
    rates = _rates(code)[:, _columns(span)]
    return float(rates[rows or slice(None)].sum()) / len(span)


def _rates(code: str) -> Array:
    return total_rates(next(place for place in places() if place.code == code))


def _facts() -> list[dict[str, object]]:
    lighthouse = [_monthly(code, months.span("2022-03", "2022-06")) * 4 * COMPLETED for code in ("330", "820")]
    syddanmark = [p for p in places() if p.providers and _is_syddanmark(p)]
    care_before, care_after = (_monthly("710", months.span(f"{y}-01", f"{y}-06"), slice(0, 3)) for y in (2023, 2024))
    nurse_before, nurse_after = (
        _monthly("710", months.span(f"{y}-07", f"{y}-12"), slice(3, None)) for y in (2023, 2024)
    )
    return [
        _fact("561", "calls_per_month", _monthly("561", _STEADY), "about 3 a month; other channels preferred"),
        _fact("330", "calls_per_month", _monthly("330", _STEADY), "about 40 from two care centres"),
        _fact("330", "share_of_largest_two_units", _share_of_two("330"), "one of the two dominates"),
        _fact("", "completed_in_two_lighthouses", LIGHTHOUSE_TOTAL, "330 and 820 together, exactly", "2022-03"),
        _fact("", "completed_in_two_lighthouses_expected", sum(lighthouse), "what the rates alone give", "2022-03"),
        _fact("265", "calls", 0, "not connected; planned autumn 2024"),
        _fact(
            "1083", "providers_ever_share", sum(p.reach for p in syddanmark) / sum(p.providers for p in syddanmark)
        ),
        _fact("710", "care_centres_ratio_2024_2023", care_after / care_before, "stable"),
        _fact("710", "home_nursing_ratio_2024_2023", nurse_after / nurse_before, "falling"),
        _fact("101", "social_administration_first_month", "2024-12"),
        *[_fact(p.code, "locked_out_from", LOCKED_FROM, "zero from here on") for p in places() if p.locked_out],
    ]


def _is_syddanmark(place: Place) -> bool:
    from kl_research.terms import municipalities

    return municipalities.region(place.code, "2025-02") == "1083"


def _share_of_two(code: str) -> float:
    by_unit = np.sort(_rates(code)[:, _columns(_STEADY)].sum(axis=1))
    return float(by_unit[-2:].sum() / by_unit.sum())


def _fact(code: str, outcome: str, value: float | str, note: str = "", month: str = "") -> dict[str, object]:
    number = value if isinstance(value, str) else round(float(value), 3)
    return {"kind": "fact", "municipality": code, "outcome": outcome, "month": month, "value": number, "note": note}
