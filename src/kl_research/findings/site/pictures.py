"""Dot plots of a municipality's front page and of the regions: the numbers that stand in sentences elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from kl_research.findings.drawing.dots import Among, Pair, among, pairs
from kl_research.findings.html.markup import escape, paragraph
from kl_research.findings.html.said import said_list
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.site.half_year import half_words, pack_of
from kl_research.findings.site.region import level_sentence
from kl_research.findings.statements.phrases import UNITS, heading, part_name, phrase
from kl_research.findings.statements.statement import Statement
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words, is_few, value_words
from kl_research.findings.words.reader import Reader
from kl_research.terms.municipalities import REGION_NAMES


def parts_picture(own: Sequence[Statement], area: Area, among_all: Sequence[Statement], who: Reader) -> str:
    """Parts of one kind beside the year before; those of few calls, and a single other one, in words alone."""
    lang = who.language
    drawn = [one for one in own if _both_told(one, who)]
    if len(drawn) < 2:
        return said_list(own, area.name, who)
    rows = [
        Pair(
            formats.capital(part_name(one.subject, lang)),
            one.value or 0.0,
            _before(one) or 0.0,
            (
                say("front.parts.now", lang, calls=count_words(one.value, who)),
                say("front.parts.before", lang, calls=count_words(_before(one), who)),
            ),
        )
        for one in drawn
    ]
    moved = next((one for one in drawn if one.certainty == "claimed"), None)
    title = heading(moved, area.name, who, among_all) if moved else say("front.parts.none", lang)
    alt = say("front.parts.alt", lang, rows=" ".join(phrase(one, area.name, who) for one in drawn))
    spans = [drawn[0].period, drawn[0].compared.period if drawn[0].compared else ""]
    now, before = (formats.period(span[:7], span[-7:], lang) for span in spans)
    picture = pairs(rows, title, alt, (say("front.parts.column", lang), now, before), who).html
    rest = said_list([one for one in own if one not in drawn], area.name, who)
    return f'<div class="kl-dots">{picture}</div>{rest}' + in_words(said_list(drawn, area.name, who), who)


def similar_picture(own: Sequence[Statement], area: Area, who: Reader) -> str:
    """The municipality among similar ones, a measure a row."""
    lang = who.language
    rows = []
    for one in own:
        against = one.compared
        if against is None or one.value is None or against.low is None or against.high is None:
            continue
        value, low, high = (_of_measure(one, number, who) for number in (one.value, against.low, against.high))
        half = say("similar.figure.half", lang, of=against.n, low=low, high=high)
        name = say(f"measure.{one.measure}", lang)
        rows.append(Among(name, one.value, against.low, against.high, (f"{area.name}: {value}", half)))
    if not rows:
        return said_list(own, area.name, who)
    lies = Counter(one.direction for one in own)
    ways = [way for way in ("more", "fewer") if lies[way]]
    key = "both" if len(ways) > 1 else (*ways, "same")[0]
    counts = {"n": lies["fewer" if key == "fewer" else "more"], "m": lies["fewer"], "of": len(own)}
    title = say(f"similar.figure.{key}", lang, **{name: formats.number(n, lang) for name, n in counts.items()})
    alt = say("similar.figure.alt", lang, name=area.name, rows=" ".join(phrase(o, area.name, who) for o in own))
    columns = (say("measures.column", lang), area.name, say("similar.column.middle", lang))
    picture = among(rows, title, alt, columns, who).html
    return f'<div class="kl-dots">{picture}</div>' + in_words(said_list(own, area.name, who), who)


def regions_picture(site: Site) -> str:
    """Each region's half-year beside the same half-year before, of the same municipalities alone."""
    who, lang = site.who, site.who.language
    rows, said, moved = [], [], {}
    packs = {REGION_NAMES.get(code, code): pack for code in site.regions if (pack := pack_of(site, code)) is not None}
    for name, pack in packs.items():
        now, then = pack.halves[""]
        alike = now.months == then.months or pack.both is None
        counts = (now.calls, then.calls) if alike or pack.both is None else pack.both[1:]
        if counts[0] is None or counts[1] is None:
            continue
        words = (count_words(counts[0], who), count_words(counts[1], who))
        shown = (say("front.parts.now", lang, calls=words[0]), say("front.parts.before", lang, calls=words[1]))
        label = name if alike or pack.both is None else say("nation.regions.same", lang, name=name, n=pack.both[0])
        rows.append(Pair(label, float(counts[0]), float(counts[1]), shown))
        said.append(level_sentence(pack, name, who))
        moved[name] = pack.moved()
    if len(rows) < 2:
        return ""
    first = next(iter(packs.values()))
    columns = (say("overview.column.region", lang), half_words(first.now, lang), half_words(first.before, lang))
    alt = say("front.parts.alt.half", lang, rows=" ".join(said))
    picture = pairs(rows, regions_moved(moved, lang), alt, columns, who).html
    some = any(row.name not in moved for row in rows)
    note = paragraph(say("nation.regions.note", lang), "kl-note") if some else ""
    return f'<div class="kl-dots">{picture}</div>{note}'


def regions_moved(moved: Mapping[str, str], lang: str) -> str:
    """Which regions rose and which fell, without the last full stop."""
    said = [
        say(f"office.regions.{kind}", lang, names=formats.listed(names, lang))
        for kind in ("more", "fewer")
        if (names := sorted((name for name, how in moved.items() if how == kind), key=formats.sort_key))
    ]
    none = "same" if set(moved.values()) <= {"same"} else "unknown"
    return " ".join(said or [say(f"office.regions.{none}", lang)]).removesuffix(".")


def _of_measure(one: Statement, value: float, who: Reader) -> str:
    unit = UNITS.get(one.measure, "")
    return value_words(pd.Series({"measure": one.measure, "unit": unit, "value": value}), who)


def in_words(html: str, who: Reader) -> str:
    """The sentences that a picture shows, folded below it."""
    return f"<details><summary>{escape(say('front.in_words', who.language))}</summary>{html}</details>"


def _both_told(one: Statement, who: Reader) -> bool:
    before = _before(one)
    return before is not None and one.value is not None and not is_few(one.value, who) and not is_few(before, who)


def _before(one: Statement) -> float | None:
    return one.compared.value if one.compared else None
