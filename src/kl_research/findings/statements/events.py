"""What an event changed, how sure that is, and what the register says of the place."""

from __future__ import annotations

from collections.abc import Iterator

from kl_research.effects.effect import Effect
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.statement import Comparison, Statement
from kl_research.terms import months
from kl_research.terms.events import Event

_NOT_YET = ("too_few_months_after", "after_data", "too_few_calls")
# What every phrase of a judgement says with it.
NOT_LASTING = ("rise_did_not_last", "fall_did_not_last")
_HELD_AGAINST = ("trigger_low", "trigger_high", *NOT_LASTING, "moving_before", "part_of_area")


def judgements(known: Known, code: str) -> Iterator[Statement]:
    """The primary answer about every event of the municipality's own, the latest first."""
    own = [e for e in known.effects.get(code, ()) if e.primary and not e.details.get("national")]
    for effect in sorted(own, key=lambda e: str(e.details.get("event_date") or ""), reverse=True):
        yield judgement(effect, "municipality", code)


def judgement(effect: Effect, level: str, area: str) -> Statement:
    """One answer as a statement."""
    means = [effect.details.get(name) for name in ("mean_after", "expected_after")]
    far = {"increase": "more", "decrease": "fewer", "no_change": "same"}.get(effect.verdict, "unknown")
    against = Comparison("expected", means[1], "", far, effect.conf_low, effect.conf_high, effect.n_donors)
    return Statement(
        level,
        area,
        "judgement",
        effect.event or effect.type,
        effect.outcome,
        str(effect.details.get("event_date") or ""),
        means[0],
        against,
        certainty(effect),
        caveats(effect),
        "results",
        {
            "verdict": effect.verdict,
            "reason": effect.reason,
            "impact": effect.impact,
            "earliest": effect.earliest_month,
        },
        effect,
    )


def certainty(effect: Effect) -> str:
    """claimed, unstable, open, not_yet or never."""
    if effect.verdict in ("increase", "decrease", "no_change"):
        return "unstable" if effect.unstable else "claimed"
    if effect.verdict == "not_assessable":
        return "not_yet" if effect.reason in _NOT_YET or effect.earliest_month else "never"
    return "open"


def caveats(effect: Effect) -> tuple[str, ...]:
    """Codes of what must be said in the same breath."""
    found = [t.code for t in effect.threats if t.code.startswith("trigger") or t.code in _HELD_AGAINST]
    if effect.unstable:
        found.insert(0, "unstable")
    if effect.verdict == "break_in_series":
        found.append("counting")
    return tuple(dict.fromkeys(found))


def circumstances(known: Known, code: str) -> Iterator[Statement]:
    """What the register says of the municipality, then of its region; the latter names the region."""
    for event in sorted(known.touching(code), key=lambda event: not event.municipalities):
        if event.kind == "context":
            yield _said(known, code, event)


def _said(known: Known, code: str, event: Event) -> Statement:
    values = {
        "title": dict(event.title),
        "source": event.source,
        "date": event.date or "",
        "quote": event.quote or "",
    }
    values |= {"type": event.type, "tags": tuple(event.tags)}
    values["region"] = "" if event.municipalities else known.region(code)
    return Statement(
        "municipality",
        code,
        "circumstance",
        event.id,
        "",
        event.date or "",
        certainty="said",
        source="register",
        values=values,
    )


def is_recent(one: Statement, last: str, within: int) -> bool:
    """Whether a judgement is about an event of the last so many months.

    >>> is_recent(Statement("municipality", "461", "judgement", period="2025-01"), "2025-02", 12)
    True
    """
    day = one.period.partition("/")[2] or one.period
    return bool(day) and months.shift(last, 1 - within) <= day[:7]
