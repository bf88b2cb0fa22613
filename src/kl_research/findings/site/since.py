"""Since last time: which answers changed since the release before, and what changed underneath them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kl_research.effects.effect import Effect
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.words import formats, named
from kl_research.findings.words.catalogue import say

MOST = 20  # sentences on the index; all rows are in results.csv
CAUSES = ("data", "events", "study", "parameters", "code", "notebook", "versions")


@dataclass(frozen=True)
class Release:
    """An earlier release: the rows of its results.csv and the runs of its manifest."""

    results: Sequence[dict[str, str]] = field(repr=False)
    runs: Sequence[dict[str, Any]] = field(repr=False)


def since_last_time(site: Site, before: Release | None) -> list[str]:
    """A sentence for every answer that is another than in the release before, and why; [] without such a release."""
    if before is None:
        return []
    lang = site.who.language
    primary = [row for row in before.results if row["primary"] == "true"]
    known = {(row["level"], row["area"], row["event"]): row["verdict"] for row in primary}
    said = []
    for area in site.areas:
        for effect in area.effects:
            old = known.get((effect.level, effect.area, effect.event))
            if effect.primary and old != effect.verdict:
                said.append(_changed(area, effect, old, lang))
    if not said:
        return [say("since.nothing", lang)]
    more = [say("since.more", lang, n=len(said) - MOST)] if len(said) > MOST else []
    return [*said[:MOST], *more, *_why(site, before, lang)]


def _changed(area: Area, effect: Effect, old: str | None, lang: str) -> str:
    values = {
        "area": area.name,
        "event": named.event_title(effect, lang),
        "now": say(f"verdict.{effect.verdict}", lang),
    }
    if old is None:
        return say("since.new", lang, **values)
    return say("since.changed", lang, before=say(f"verdict.{old}", lang), **values)


def _why(site: Site, before: Release, lang: str) -> list[str]:
    """What differs between the runs of both releases, as their manifests tell it."""
    old = {(run["area"], run["notebook"]): run["hashes"] for run in before.runs}
    found = {
        part
        for entry in site.entries
        for part, key in entry.get("hashes", {}).items()
        if (entry["area"], entry["notebook"]) in old and old[entry["area"], entry["notebook"]].get(part) != key
    }
    causes = [say(f"since.cause.{part}", lang) for part in CAUSES if part in found]
    return [say("since.why", lang, causes=formats.listed(causes, lang))] if causes else []
