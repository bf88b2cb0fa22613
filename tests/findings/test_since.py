"""Since last time: an answer that changed, one that is new, and why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kl_research.findings.site.since import Release, since_last_time
from kl_research.findings.words.reader import Reader
from tests.findings.drawn import effect


def site(*effects: Any, data: str = "b") -> Any:
    entries = [{"area": "461", "notebook": "adoption", "hashes": {"data": data, "code": "c"}}]
    areas = [SimpleNamespace(name="Odense", effects=effects)]
    return SimpleNamespace(who=Reader(), areas=areas, entries=entries)


def release(verdict: str) -> Release:
    one = effect()
    row = {"level": one.level, "area": one.area, "event": one.event, "primary": "true", "verdict": verdict}
    runs = [{"area": "461", "notebook": "adoption", "hashes": {"data": "a", "code": "c"}}]
    return Release([row, {**row, "primary": "false", "verdict": "decrease"}], runs)


def test_an_answer_that_changed_is_told_with_both_answers_and_the_cause() -> None:
    now = effect(verdict="increase")
    changed, why = since_last_time(site(now), release("not_assessable"))
    assert changed.startswith("Odense, ")
    assert changed.endswith("sidst var svaret »kan ikke vurderes«, nu er det »stigning«.")
    assert why == "Siden sidst er dette ændret: tallene."


def test_an_event_that_was_not_there_is_new() -> None:
    said = since_last_time(site(effect(verdict="increase")), Release([], []))
    assert len(said) == 1
    assert "er ny siden sidst" in said[0]


def test_nothing_new_is_said_plainly_and_without_an_earlier_release_nothing() -> None:
    now = effect(verdict="increase")
    assert since_last_time(site(now), release("increase")) == ["Ingen af vurderingerne er ændret siden sidst."]
    assert since_last_time(site(now), None) == []
