"""What is counted of a municipality: its state, its year beside the year before, who carries it, the warning."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kl_research.adoption import Peers, Period, all_among_peers
from kl_research.adoption.watch.fallen import change_state
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.statement import Comparison, Statement, direction
from kl_research.findings.words.numbers import is_few

WARNED = ("alert",)
PEERS = ("calls_per_1000_aged_80", "units_active", "calls_per_active_unit")
FEWEST_PEERS = 5  # of fewer, "half of them" says nothing
CARRY = 0.8  # so much of the calls on one unit, and the use hangs on it


def state(known: Known, code: str) -> Iterator[Statement]:
    """Whether the municipality is in use, or why not: said alike on the index, the region's page and the map."""
    short = known.summaries.get(code)
    when = short.last_use if short is not None else ""
    values = {"last_use": when, "since": _since(known, code)}
    yield _of(known, code, "state", short.state if short is not None else "missing", values=values)


def _since(known: Known, code: str) -> str:
    """The month from which the months have been in the state of the last one."""
    own = known.panel[known.panel["municipality"] == code].sort_values("month")
    states = own["state"].tolist()
    same = next((n for n, name in enumerate(reversed(states)) if name != states[-1]), len(states))
    return f"{own['month'].iloc[-same]:%Y-%m}" if states else ""


def level(known: Known, code: str) -> Iterator[Statement]:
    """The last 12 months beside the 12 before."""
    short = known.summaries.get(code)
    if short is None or short.idle or short.state == "missing":
        return
    now, then = short.last, short.before
    whole = now.whole and then.whole
    for measure in ("calls", "completed", "active_units", "active_providers"):
        value, before = getattr(now, measure), getattr(then, measure)
        if value is None:
            continue
        far = direction(value, before, public=known.who.public) if whole else "unknown"
        against = Comparison("year_before", before if whole else None, "/".join(known.year_before), far)
        caveats = () if now.whole else ("incomplete",)
        values = {"months": now.months_observed, "of": now.months, "per_month": _per_month(now, measure)}
        sure = _certainty(known, against, float(value)) if measure == "calls" else "counted"
        more = {"certainty": sure, "caveats": caveats, "values": values}
        yield _of(known, code, "level", measure, measure, float(value), against, **more)


def _certainty(known: Known, against: Comparison, value: float) -> str:
    """Whether chance and the usual variation seldom (one-sided 5 %) explain the change of a year."""
    if against.direction not in ("more", "fewer") or against.value is None:
        return "counted"
    moved = change_state(against.value / 12, value / 12, 12, 12, known.noise) in ("rose", "fell")
    return "claimed" if moved else "open"


def _per_month(period: Period, measure: str) -> float | None:
    return period.calls_per_month if measure == "calls" else None


def carried(known: Known, code: str) -> Iterator[Statement]:
    """How many units carry the use; where single units may be told, what is left without the largest."""
    top, left = (known.measure(code, name) for name in ("top_unit_share", "calls_left_without_top_unit"))
    two = known.measure(code, "top_two_units_share")
    if top is not None and left is not None and not pd.isna(top["value"]):
        values = {
            "whole": float(top["denominator"]),
            "share": float(top["value"]),
            "left": float(left["value"]),
            "two": None if two is None else float(two["numerator"]),
            "share_two": None if two is None else float(two["value"]),
        }
        sure = "claimed" if top["value"] >= CARRY or (two is not None and two["value"] >= CARRY) else "counted"
        yield _of(known, code, "largest", "units", value=float(top["numerator"]), certainty=sure, values=values)
    for least in (60, 24, 12):
        row = known.measure(code, f"units_with_{least}_calls")
        if row is not None and row["numerator"] >= 1 and not pd.isna(row["denominator"]):
            values = {"least": least, "whole": float(row["denominator"])}
            yield _of(known, code, "carried", "units", "units", float(row["numerator"]), values=values)
            break


def units(known: Known, code: str) -> Iterator[Statement]:
    """New units beside the old ones: counts of units, and of their calls where these may be told."""
    new = known.measure(code, "units_new")
    if new is None or pd.isna(new["denominator"]) or not new["denominator"]:
        return
    calls = known.measure(code, "calls_of_new_units")
    told = calls is not None and not pd.isna(calls["denominator"])
    values = {
        "whole": float(new["denominator"]),
        "calls": float(calls["numerator"]) if calls is not None and told else None,
        "calls_whole": float(calls["denominator"]) if calls is not None and told else None,
    }
    yield _of(known, code, "units", "new", "units", float(new["numerator"]), values=values)


def warning(known: Known, code: str) -> Iterator[Statement]:
    """What the early warning says, as the run recorded it."""
    row = known.warnings.get(code)
    if row is None or row["state"] == "not_assessable":
        return
    values = {name: row.get(name) for name in ("since", "normal", "now", "zeros", "rate", "fell", "stable", "kind")}
    yield _of(known, code, "warning", str(row["state"]), certainty="claimed", source="alerts", values=values)


def among_similar(known: Known, compared: pd.DataFrame) -> dict[str, list[Peers]]:
    """By municipality: where it stands on each measure that is compared."""
    period = "/".join(known.year)
    found = [all_among_peers(compared, known.panel, measure, period, only=known.summaries) for measure in PEERS]
    return {code: [one[code] for one in found] for code in known.summaries}


def similar(known: Known, code: str, standing: list[Peers]) -> Iterator[Statement]:
    """The municipality among similar ones: its value and the middle half of theirs."""
    for measure, one in zip(PEERS, standing, strict=True):
        if one.reason or one.value is None or one.median is None or one.n < FEWEST_PEERS:
            continue
        if _of_few(known, code, measure):
            continue
        at = "more" if one.value > (one.upper or 0) else "fewer" if one.value < (one.lower or 0) else "same"
        against = Comparison("similar", one.median, one.period, at, one.lower, one.upper, one.n)
        yield _of(known, code, "similar", measure, measure, one.value, against, values={"rule": one.rule})


def _of_few(known: Known, code: str, measure: str) -> bool:
    """Whether a measure of units rests on a published number of 0 to 4, which noise alone may double or halve."""
    row = known.measure(code, "units_active") if measure in ("units_active", "calls_per_active_unit") else None
    return row is not None and is_few(row["numerator"], known.who)


def _of(
    known: Known,
    code: str,
    kind: str,
    subject: str = "",
    measure: str = "calls",
    value: float | None = None,
    compared: Comparison | None = None,
    **more: object,
) -> Statement:
    period = "/".join(known.year)
    return Statement("municipality", code, kind, subject, measure, period, value, compared, **more)  # type: ignore[arg-type]
