"""What only all runs together tell of an event: how probable its change is, and how many claims are chance."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from kl_research.effects.effect import Effect
from kl_research.effects.questions.chance import claims, with_chances
from kl_research.effects.records import from_record
from kl_research.findings.pages.area import Site
from kl_research.findings.words.content import claims_words

name_of = attrgetter("level", "area", "event", "type", "outcome", "design", "estimand")
_LIGHT: dict[str, Any] = {"checks": [], "series": {}}  # what is not asked here, and slow to read
_TOLD = ("probability_rise", "probability_rise_10", "chance_among_claims")


def judged_together(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries, their effects told by all of the study's together; one that several pages record counts once."""
    own: dict[tuple[Any, ...], Effect] = {}
    for entry in entries:
        for effect in (entry.get("record") or {}).get("effects", []):
            read = from_record({**effect, **_LIGHT})
            own.setdefault(name_of(read), read)
    told = dict(zip(own, with_chances(list(own.values())), strict=True))
    return [_told(entry, told) for entry in entries]


def _told(entry: dict[str, Any], told: dict[tuple[Any, ...], Effect]) -> dict[str, Any]:
    record = entry.get("record")
    if not record or not record.get("effects"):
        return entry
    effects = []
    for effect in record["effects"]:
        found = told[name_of(from_record({**effect, **_LIGHT}))]
        known = {name: getattr(found, name) for name in _TOLD} | {"details": found.details}
        effects.append({**effect, **known} if effect["primary"] else effect)
    return {**entry, "record": {**record, "effects": effects}}


def chance_sentences(site: Site, region: str = "") -> list[str]:
    """How many of the events judged would seem a change by chance, and how many do; of a region's municipalities."""
    here = [area for area in site.areas if not region or area.region == region]
    return claims_words(claims([effect for area in here for effect in area.effects]), site.who.language)
