"""What may make a finding uncertain, in words: other changes that came close to the event."""

from __future__ import annotations

from typing import Any

from kl_research.effects.effect import Effect
from kl_research.findings import formats
from kl_research.findings.catalogue import has, say

MOST_NAMED = 3


def threat_summary(effect: Effect, lang: str, key: str = "threat.summary") -> str:
    """The other changes that come in the way, by title and date in one sentence; empty when there is none named."""
    named = [threat for threat in effect.threats if threat.event]
    words = [
        say("threat.summary.event", lang, title=_title(effect, threat.event, lang), date=_when(threat.month, lang))
        for threat in named[:MOST_NAMED]
    ]
    if len(named) > MOST_NAMED:
        more = say("threat.more", lang, n=len(named) - MOST_NAMED)
        return say(key, lang, events=f"{', '.join(words)} {more}")
    return say(key, lang, events=formats.listed(words, lang)) if words else ""


def threats(effect: Effect, lang: str) -> list[str]:
    """One sentence for each thing that may make the finding uncertain, each said once."""
    found: list[str] = []
    for threat in effect.threats:
        key = f"threat.{threat.code}" if has(f"threat.{threat.code}") else "threat.other"
        text = say(key, lang, event=_title(effect, threat.event, lang), date=_when(threat.month, lang))
        if text not in found:
            found.append(text)
    return found


def _title(effect: Effect, event: str, lang: str) -> str:
    """The title of another event of the register, as the effect carries it."""
    titles: dict[str, Any] = effect.details.get("event_titles") or {}
    title = titles.get(event, "")
    if isinstance(title, dict):
        title = title.get(lang) or title.get("da") or ""
    return str(title) or say("threat.unnamed", lang)


def _when(month: str, lang: str) -> str:
    return formats.date(month, lang) if month else say("threat.undated", lang)
