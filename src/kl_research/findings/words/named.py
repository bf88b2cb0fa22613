"""What things are called in a sentence: an event, its date, what is counted, a method, other events near one."""

from __future__ import annotations

from typing import Any

from kl_research.effects.effect import Effect
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import has, say, say_or

_NAMED_BY_TITLE = ("release", "agreement", "report", "boost", "other")
MOST_NAMED = 3  # other events in one sentence


def event_title(effect: Effect, lang: str) -> str:
    """The event as a heading: its own title, else the word for its type."""
    title = effect.details.get(f"event_title_{lang}") or effect.details.get("event_title_da")
    if title:
        return str(title)
    key = f"event.type.{effect.type}"
    return say(key if has(key) else "event.type.unknown", lang)


def event_phrase(effect: Effect, lang: str, *, dated: bool = False) -> str:
    """The event within a sentence: "ledermødet", "ledermødet i januar 2025"."""
    key = f"event.the.{effect.type}"
    the = say(key if has(key) else "event.the.unknown", lang)
    title = effect.details.get(f"event_title_{lang}")
    if title and effect.type in _NAMED_BY_TITLE:
        the = say("event.the.titled", lang, the=the, title=title)
    date = effect.details.get("event_date")
    if not dated or not date:
        return the
    exact = len(str(date)) == 10
    return say("event.on" if exact else "event.in", lang, the=the, date=formats.date(str(date), lang))


def outcome_words(effect: Effect, lang: str, n: float = 2) -> str:
    """What is counted, in the plural: "opkald"."""
    return say(f"outcome.{outcome_key(effect)}", lang, n=n)


def number_words(effect: Effect, lang: str) -> str:
    """What is counted, as a subject: "antallet af opkald"."""
    return say(f"number_of.{outcome_key(effect)}", lang)


def outcome_key(effect: Effect) -> str:
    """The catalogue key of what is counted: the outcome, or the estimand where it is a part of it."""
    return effect.estimand if effect.estimand in ("units", "calls_per_unit") else effect.outcome


def design_words(effect: Effect, lang: str) -> str:
    """The design as a reader knows it."""
    return say_or(f"design.{effect.design}", lang, effect.design.replace("_", " "))


def event_date(effect: Effect, lang: str) -> str:
    """The date of the event in words, or that nobody knows it."""
    date = effect.details.get("event_date")
    return formats.date(str(date), lang) if date else say("event.undated", lang)


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


def state_words(state: str, lang: str, *, inferred: bool) -> str:
    """A month's state in words; where nobody gave the connections (`inferred`), no month is told to be connected.

    >>> state_words("not_started", "en", inferred=False), state_words("not_started", "en", inferred=True)
    ('connected, not started', 'before the first call')
    """
    return say("state.not_begun" if inferred and state == "not_started" else f"state.{state}", lang)


def threats(effect: Effect, lang: str) -> list[str]:
    """One sentence for each thing that may make the finding uncertain, each said once."""
    found: list[str] = []
    for threat in effect.threats:
        key = f"threat.{threat.code}" if has(f"threat.{threat.code}") else "threat.other"
        text = say(key, lang, event=_title(effect, threat.event, lang), date=_when(threat.month, lang))
        if text not in found:
            found.append(text)
    return found


def near(effect: Effect, lang: str) -> list[tuple[str, str]]:
    """Title and date of the other events that an effect names; an empty date is not known."""
    return [(_title(effect, threat.event, lang), threat.month) for threat in effect.threats if threat.event]


def _title(effect: Effect, event: str, lang: str) -> str:
    """The title of another event of the register, as the effect carries it."""
    titles: dict[str, Any] = effect.details.get("event_titles") or {}
    title = titles.get(event, "")
    if isinstance(title, dict):
        title = title.get(lang) or title.get("da") or ""
    return str(title) or say("threat.unnamed", lang)


def _when(month: str, lang: str) -> str:
    return formats.date(month, lang) if month else say("threat.undated", lang)


def is_shared(effect: Effect) -> bool:
    """Whether the event reached every municipality: nobody is left to compare with."""
    return bool(effect.details.get("national")) and effect.level == "municipality"
