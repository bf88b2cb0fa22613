"""An effect as everybody may see it: its series at the level that is shown, its numbers rounded or left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.findings.suppression.groups import middle
from kl_research.findings.suppression.series import MEASURES, Shown, release_of, series, shown
from kl_research.findings.suppression.totals import nation
from kl_research.findings.words.reader import reader
from kl_research.terms import months

# A fitted curve would tell sums weighted by time; what was expected, in whole calls, does not.
_ROUNDED = ("counterfactual", "low", "high")
_SAME = 0.02


def for_reader(effects: Sequence[Effect], panel: pd.DataFrame, study: Any = None) -> list[Effect]:
    """The effects as the study's reader may see them: unchanged internally, disclosed in the public profile."""
    who = reader(study)
    if not who.public:
        return list(effects)
    known = set(panel["municipality"])
    safe: dict[int, Effect] = {}
    groups: dict[tuple[str, str], list[int]] = {}
    for i, effect in enumerate(effects):
        groups.setdefault((effect.municipality, effect.outcome if effect.outcome in panel else "calls"), []).append(i)
    for (code, measure), members in groups.items():
        if code not in known:
            sums = nation(panel, who, measure)
            own = [public_total(effects[i], sums) for i in members]
            safe.update(zip(members, own if measure in MEASURES else _middles(own, who.threshold), strict=True))
            continue
        seen = shown(panel, code, measure, threshold=who.threshold)
        monthly = series(panel, code, measure)
        own = public_effects([effects[i] for i in members], monthly, seen, who.threshold)
        safe.update(zip(members, own if measure in MEASURES else _middles(own, who.threshold), strict=True))
    return [safe[i] for i in range(len(effects))]


def public_effects(effects: Sequence[Effect], monthly: pd.DataFrame, seen: Shown, threshold: int) -> list[Effect]:
    """The effects of one municipality and outcome, for the public profile.

    An effect whose windows hold a hidden month keeps its verdict and the two means a month: everything else was
    calculated from the single months, and who repeats the calculation with each possible count finds the one that
    fits, however the result is rounded (`benchmarks/disclosure.py`). Where even the means could give a count away
    the verdict alone is left. Other effects are rounded; every series is put into the periods of `seen`.
    `monthly` is `disclosure.series`.
    """
    decided = release_of(monthly, threshold)
    values = [None if pd.isna(value) else int(value) for value in monthly["value"]]
    events = sorted({effect.event for effect in effects})
    windows = [windows_of([e for e in effects if e.event == event]) for event in events]
    fine = dict(zip(events, decided.allowed(windows, values), strict=True))
    whole = {
        event: all(decided.shows(month) for window in group for month in window)
        for event, group in zip(events, windows, strict=True)
    }

    def told(effect: Effect) -> Effect:
        if not fine[effect.event]:
            return without_numbers(effect)
        return _rounded(effect, seen) if whole[effect.event] else _means_only(effect, seen)

    return [told(effect) for effect in effects]


def public_total(effect: Effect, sums: pd.Series) -> Effect:
    """An effect over several municipalities: its series is the published total (`totals`), its means are rounded.

    An effect is of the municipalities observed throughout its window. Where others joined on the way, so that the
    published total differs by more than 2 % in some month, the months are left out: they would contradict the means.
    """
    series = effect.series
    level = "month"
    if not series.empty:
        keep = ["month", "observed", *(name for name in _ROUNDED if name in series), "period"]
        told = series["month"].map(sums).astype("float64")
        own = series["observed"].astype("float64")
        same = (told - own).abs().le(_SAME * own.abs()) | own.isna()
        if not same.all():
            told, level = told * float("nan"), "window"
        series = series[keep].assign(observed=told.astype(object).where(told.notna(), None).to_numpy())
        series = series.round(dict.fromkeys(_ROUNDED, 0))
    details: dict[str, Any] = {
        k: _round(v, 1 if abs(v) < 10 else 0) if isinstance(v, float) else v for k, v in effect.details.items()
    }
    details["level"] = level
    if effect.level == "event":
        # The sum of two or three municipalities less one that is told would be the other.
        details |= dict.fromkeys(("mean_before", "mean_after", "expected_after"))
        effect = effect.replace(extra_calls=None, extra_low=None, extra_high=None, series=pd.DataFrame())
        series = effect.series
    return _rounded_numbers(effect).replace(series=series, details=details)


def _middles(effects: Sequence[Effect], threshold: int) -> list[Effect]:
    """Effects on units or provider numbers: means by the middle of their group, extra ones untold.

    There is no series: steps of five would draw a line without a change beside a sentence that tells one.
    """
    found = []
    for effect in effects:
        means = [key for key in effect.details if key in ("mean_before", "mean_after", "expected_after")]
        details = {**effect.details, **{key: middle(effect.details[key], threshold) for key in means}}
        none = dict.fromkeys(("extra_calls", "extra_low", "extra_high"))
        found.append(effect.replace(details=details, series=pd.DataFrame(), **none))
    return found


def windows_of(effects: Sequence[Effect]) -> list[list[str]]:
    """The months before and after that an event's effects rest on, as its primary states them."""
    for effect in effects:
        choice = effect.details.get("primary_choice")
        if choice:
            return [list(choice["pre"]), list(choice["post"])]
    series = next((e.series for e in effects if not e.series.empty), None)
    if series is None:
        return []
    return [series.loc[series["period"] == side, "month"].tolist() for side in ("before", "after")]


def _means_only(effect: Effect, seen: Shown) -> Effect:
    """Verdict, reason, the observed periods and the means of the window, which its totals tell."""
    series = _in_periods(effect.series, seen) if not effect.series.empty else effect.series
    series = series.drop(columns=[name for name in _ROUNDED if name in series])
    means = {key: _round(effect.details.get(key), 1) for key in ("mean_before", "mean_after")}
    kept = {key: effect.details[key] for key in ("primary_choice", "primary_hash") if key in effect.details}
    bare = without_numbers(effect)
    return bare.replace(series=series, details={**bare.details, **kept, **means, "level": seen.level or "all"})


_DIGITS = {
    "estimate": 2,
    "conf_low": 2,
    "conf_high": 2,
    "detectable": 1,
    "p_value": 3,
    "extra_calls": 0,
    "extra_low": 0,
    "extra_high": 0,
    "probability_rise": 2,
    "probability_rise_10": 2,
    "excludes_above": 2,
    "excludes_below": 2,
    "breakdown_slope": 3,
    "chance_among_claims": 2,
}


def without_numbers(effect: Effect) -> Effect:
    """Verdict and reason only."""
    keep = {key: value for key, value in effect.details.items() if key.startswith(("event_", "national"))}
    return effect.replace(
        **dict.fromkeys(_DIGITS), series=pd.DataFrame(), checks=(), details={**keep, "hidden": True}
    )


def _rounded(effect: Effect, seen: Shown) -> Effect:
    series = _in_periods(effect.series, seen) if not effect.series.empty else effect.series
    return _rounded_numbers(effect).replace(series=series, details=_details(effect, seen))


def _rounded_numbers(effect: Effect) -> Effect:
    numbers = {name: _round(getattr(effect, name), n) for name, n in _DIGITS.items()}
    return effect.replace(checks=tuple(type(c)(c.name, c.outcome, c.reason) for c in effect.checks), **numbers)


def _details(effect: Effect, seen: Shown) -> dict[str, Any]:
    details = {**effect.details, "level": seen.level or "all"}
    return {key: _round(value, 1) if isinstance(value, float) else value for key, value in details.items()}


def _in_periods(series: pd.DataFrame, seen: Shown) -> pd.DataFrame:
    present = [name for name in _ROUNDED if name in series]
    by_month = {row["month"]: row for row in series.to_dict("records")}
    rows = []
    columns = (seen.table[name].tolist() for name in ("first", "last", "per_month"))
    for first, last, value in zip(*columns, strict=True):
        part = [by_month.get(month) for month in months.span(first, last)]
        if not all(part):
            continue
        sides = {row["period"] for row in part if row}
        side = sides.pop() if len(sides) == 1 else "left_out"
        curves = {name: _mean([row[name] for row in part if row]) for name in present}
        observed = None if pd.isna(value) else _round(value, 1)
        rows.append({"month": first, "observed": observed, **curves, "period": side})
    return pd.DataFrame(rows, columns=["month", "observed", *present, "period"])


def _mean(values: list[Any]) -> float | None:
    """The mean to one decimal; None where a month has no value."""
    known = [float(value) for value in values if value is not None and not pd.isna(value)]
    return _round(math.fsum(known) / len(known), 1) if len(known) == len(values) else None


def _round(value: Any, digits: int) -> Any:
    if value is None or value != value:
        return None
    return round(float(value), digits) + 0.0
