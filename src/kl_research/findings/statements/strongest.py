"""The finding a page begins with: the first of a stated order that an area has.

1. not in use: what it may expect when it begins, else why there are no numbers;
2. a warning that still stands;
3. a part that only now is counted: the others without it;
4. a claim about an event of the last 12 months;
5. a part that changed by more than chance, the largest fall before the largest rise;
6. use that hangs on one or two units;
7. the year beside the year before.

Beside it stand the year (where it is not the finding), the answer about the latest event of the last 12 months or
one without a date, that use hangs on a few units, and a channel that is not counted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kl_research.findings.statements.advice import hangs
from kl_research.findings.statements.events import is_recent
from kl_research.findings.statements.statement import Statement

RECENT = 12  # months
IDLE = ("not_connected", "not_started", "left", "not_begun", "missing")


@dataclass(frozen=True)
class Finding:
    """The statement a page begins with, its place in the order, and those said beside it."""

    first: Statement
    rule: str
    beside: tuple[Statement, ...] = ()


def strongest(of_area: Sequence[Statement], last: str) -> Finding | None:
    """The finding of an area by the order above; None where nothing is known. `last` is the data's last month."""
    found = next(iter(_ordered(of_area, last)), None)
    if found is None:
        return None
    rule, first = found
    beside = [one for one in _beside(of_area, last) if one.id != first.id]
    return Finding(first, rule, tuple({one.id: one for one in beside}.values()) if rule != "not_in_use" else ())


def _ordered(of_area: Sequence[Statement], last: str) -> list[tuple[str, Statement]]:
    state = next((one for one in of_area if one.kind == "state"), None)
    if state is not None and state.subject in IDLE:
        starts = [one for one in of_area if one.kind == "start"]
        return [("not_in_use", (starts or [state])[0])]
    found = [("warning", one) for one in of_area if one.kind == "warning" and one.subject == "alert"]
    found += [("composition", one) for one in of_area if one.kind == "rest"]
    found += [("claim", one) for one in of_area if _claim(one, last)]
    found += [("part", one) for one in sorted(filter(_moved, of_area), key=_fall)]
    found += [("hangs", one) for one in of_area if one.kind in ("largest", "carried") and hangs(one)]
    found += [("year", one) for one in of_area if one.kind == "level" and one.measure == "calls"]
    return found + ([("state", state)] if state is not None else [])


def _claim(one: Statement, last: str) -> bool:
    told = one.certainty in ("claimed", "unstable") and one.direction in ("more", "fewer")
    return one.kind == "judgement" and told and is_recent(one, last, RECENT)


def _moved(one: Statement) -> bool:
    told = one.certainty == "claimed" and one.direction in ("more", "fewer", "ended")
    return one.kind == "part" and told and one.values["level"] != "channel"


def _fall(one: Statement) -> tuple[bool, bool, float]:
    """Falls before rises, unit types before administrations, the larger change first."""
    change = (one.value or 0) - ((one.compared.value if one.compared else None) or 0)
    return change > 0, one.values["level"] != "unit_type", -abs(change)


def _beside(of_area: Sequence[Statement], last: str) -> list[Statement]:
    found = [one for one in of_area if one.kind == "level" and one.measure == "calls"]
    answers = [one for one in of_area if one.kind == "judgement"]
    found += [one for one in answers if is_recent(one, last, RECENT) or one.values.get("reason") == "undated"][:1]
    found += [one for one in of_area if one.kind in ("largest", "carried") and hangs(one)][:1]
    said = [one for one in of_area if one.kind == "circumstance" and not one.values.get("region")]
    uncounted = [one for one in said if "not_counted" in one.values.get("tags", ())]
    return found + uncounted[:1]
