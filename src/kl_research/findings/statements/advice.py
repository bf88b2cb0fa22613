"""What could be done: only what a statement of the same area supports, and never against its trend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kl_research.findings.statements.statement import Statement

# Advice by its key, with the kind of trend it speaks of; "" speaks of none.
TREND = {
    "ask_part_fewer": "fewer",
    "find_cause_fewer": "fewer",
    "keep_part_more": "more",
    "ask_channels": "",
    "spread_units": "",
    "find_date": "",
    "wait": "",
    "agree_start": "",
    "write_date": "",
}


def advice(of_area: Sequence[Statement]) -> Iterator[Statement]:
    """At most four things, each with the statement it rests on."""
    for n, (key, why) in enumerate(dict(_supported(of_area)).items()):
        if n < 4:
            yield Statement(why.level, why.area, "advice", key, period=why.period, values=_of(why), effect=why.effect)


def _supported(of_area: Sequence[Statement]) -> Iterator[tuple[str, Statement]]:
    by_kind: dict[str, list[Statement]] = {}
    for one in of_area:
        by_kind.setdefault(one.kind, []).append(one)
    state = next(iter(by_kind.get("state", ())), None)
    if state is not None and state.subject in ("not_connected", "not_started"):
        yield "agree_start", state
        return
    for one in by_kind.get("warning", ()):
        if one.subject == "alert":
            yield "find_cause_fewer", one
    for key, moved in (("ask_part_fewer", ("fewer", "ended")), ("keep_part_more", ("more",))):
        for one in by_kind.get("part", ()):
            if one.values["level"] == "unit_type" and one.certainty == "claimed" and one.direction in moved:
                yield key, one
    for one in by_kind.get("judgement", ()):
        if one.values["reason"] == "undated":
            yield "find_date", one
        elif one.certainty == "not_yet" and one.values["earliest"]:
            yield "wait", one
    for one in (*by_kind.get("largest", ()), *by_kind.get("carried", ())):
        if hangs(one):
            yield "spread_units", one
    for one in by_kind.get("circumstance", ()):
        if "not_counted" in one.values.get("tags", ()):
            yield "ask_channels", one
    if not by_kind.get("judgement") and state is not None:
        yield "write_date", state


def hangs(one: Statement) -> bool:
    """Whether the use hangs on one or two units: known exactly, or few units with at least 60 calls and few more."""
    if one.kind == "largest":
        return one.certainty == "claimed"
    few = one.value is not None and one.value < 5 and one.values["whole"] < 5
    return bool(one.kind == "carried" and few and one.values["least"] >= 60)


def _of(why: Statement) -> dict[str, object]:
    part = why.subject if why.kind == "part" else ""
    return {"why": why.id, "part": part, "earliest": why.values.get("earliest", "")}
