"""One page for a manager: how much, which way, how sure, and what could be done. Printed it is one sheet."""

from __future__ import annotations

from pathlib import Path

from kl_research.findings.html.markup import bullets, escape, paragraph
from kl_research.findings.pages.area import ORDER, Area, Site
from kl_research.findings.pages.description import describe_sentences
from kl_research.findings.site.front import framed
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import within_noise
from kl_research.findings.words.reader import Reader
from kl_research.findings.words.wording import is_shared, sentence

NAME = "one_page.html"
# A year this much above or below the one before is called more or less; nearer than that, about the same. It
# describes two numbers and says nothing of a cause, nor of chance.
SAME = (0.85, 1.18)


def pages(site: Site) -> dict[Path, str]:
    """One page for every municipality that was run."""
    return {Path(area.code) / NAME: page(site, area) for area in site.areas if area.entries}


def page(site: Site, area: Area) -> str:
    """The page as HTML; an area without numbers has one too, which says so."""
    who, lang = site.who, site.who.language
    parts = [
        _part("level", describe_sentences(area.summary, area.name, who) if area.summary else [], lang),
        _part("direction", [_direction(area, who)], lang),
        _part("sure", _sure(area, lang), lang),
    ]
    if area.summary is not None and not area.summary.idle:
        parts.append(site.trend(area.code))
    parts.append(f"<h2>{escape(say('one.could', lang))}</h2>{bullets(_could(area, lang))}")
    parts.append(paragraph(f"{say('not_counted.title', lang)}: {say('one.not_counted', lang)}", "kl-note"))
    body, here = f'<div class="kl-one">{"".join(parts)}</div>', (say("one.crumb", lang), "")
    return framed(site, say("one.title", lang, name=area.name), body, (area.name, "index.html"), here)


def _part(key: str, said: list[str], lang: str) -> str:
    text = " ".join(part for part in said if part)
    return f"<h2>{escape(say(f'one.{key}', lang))}</h2>{paragraph(text)}" if text else ""


def _direction(area: Area, who: Reader) -> str:
    lang = who.language
    if area.summary is None:
        return ""
    now, then = area.summary.last.calls_per_month, area.summary.before.calls_per_month
    if now is None or then is None or not then:
        return say("one.direction.unknown", lang)
    low, high = SAME
    if within_noise(area.summary.last.calls, area.summary.before.calls, who) and not low <= now / then <= high:
        return say("one.direction.within", lang)
    key = "fewer" if now / then < low else "more" if now / then > high else "same"
    return say(f"one.direction.{key}", lang, now=formats.about(now, lang), before=formats.about(then, lang))


def _sure(area: Area, lang: str) -> list[str]:
    own = sorted((e for e in area.effects if e.primary and not is_shared(e)), key=lambda e: ORDER.index(e.verdict))
    if not own:
        return [say("one.sure.none", lang) if area.whole else say("front.events.not_shown", lang, name=area.name)]
    return [sentence(effect, lang) for effect in own[:2]]


def _could(area: Area, lang: str) -> list[str]:
    """What may be worth doing, from what is known; suggestions to think about, never orders."""
    state = area.summary.state if area.summary is not None else "missing"
    if state == "missing" or (area.summary is not None and area.summary.idle):
        return [say(f"one.could.{state}", lang)]
    own = [e for e in area.effects if e.primary and not is_shared(e)]
    keys = [f"one.could.{state}"] if state in ("no_calls", "suppressed") else []
    keys += [f"one.could.{e.verdict}" for e in sorted(own, key=lambda e: ORDER.index(e.verdict))[:1]]
    if any(e.reason == "undated" for e in own):
        keys.append("one.could.undated")
    keys += ["one.could.units", "one.could.channels"]
    return [say(key, lang) for key in dict.fromkeys(keys)]
