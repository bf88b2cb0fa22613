"""The half-yearly pack of one region: a half-year beside the same half-year before, and "no change" said plainly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.adoption.cut import Activity
from kl_research.findings.drawing.multiples import small_multiples
from kl_research.findings.drawing.plots import title_of
from kl_research.findings.html import layout
from kl_research.findings.html.markup import Fragment, address, bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.office.extra import is_installed
from kl_research.findings.pages.area import Site
from kl_research.findings.pages.description import not_counted
from kl_research.findings.pages.overview import national_trend
from kl_research.findings.site.chances import chance_sentences
from kl_research.findings.site.half_year import (
    NOT_IN_USE,
    Half,
    Pack,
    half_words,
    members,
    pack_of,
    quiet,
    region_half_years,
    region_pack,
    when,
)
from kl_research.findings.statements.phrases import way
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import has, say
from kl_research.findings.words.numbers import count_words
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.findings.words.wording import headline
from kl_research.terms.municipalities import REGION_NAMES

FOLDER = "regions"
_MOVED = ("more", "fewer", "same")


def show_region(
    panel: pd.DataFrame,
    activity: Activity | None,
    region: str,
    records: Sequence[dict[str, Any]] = (),
    *,
    study: ForWhom = None,
) -> Fragment:
    """A region's half-year: what is new, or that nothing is; its municipalities; the curves where something is new.

    `records` is what `kl.read_records` returned. "More" and "fewer" are said from 18 % more or 15 % fewer on.

    Returns
    -------
    Fragment
        A `Fragment`, also where there is no half-year to compare.

    Raises
    ------
    InputError
        For a panel without calls.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> print(*show_region(panel, None, "1083", study=reader(lang="en")).sentences)
    The figures for Region Syddanmark do not yet hold a whole half-year with the same half-year before.
    """
    who = reader(study)
    pack = region_pack(panel, activity, region, records, study=who)
    return _shown(pack, panel, activity, region, who)


def _shown(
    pack: Pack | None, panel: pd.DataFrame, activity: Activity | None, region: str, who: Reader, over: str = ""
) -> Fragment:
    """The half-year as a part of a page; `over` is the title of the curve."""
    lang, name = who.language, REGION_NAMES.get(region, region)
    if pack is None:
        text = say("region.none", lang, name=name)
        return Fragment(f'<section class="kl-description">{paragraph(text)}</section>', (text,))
    said = [level_sentence(pack, name, who), *news(pack, name, who)]
    fresh = said[1:] + _judged(pack, lang, since=pack.now[0])
    html = paragraph(said[0], "kl-lead")
    html += national_trend(panel, activity, region=region, title=over, study=who).html
    html += f"<h2>{escape(say('region.news', lang))}</h2>{bullets(fresh)}"
    html += paragraph(say("region.rule", lang), "kl-note") + _table(pack, name, who)
    if earlier := _judged(pack, lang, before=pack.now[0]):
        html += f"<h2>{escape(say('region.earlier', lang))}</h2>{bullets(earlier)}"
    if not quiet(pack):
        html += small_multiples(members(panel, region), activity, study=who).html
    return Fragment(f'<section class="kl-description">{html}</section>', tuple(said))


def level_sentence(pack: Pack, name: str, who: Reader) -> str:
    """The region's half-year beside the same half-year before, in a sentence."""
    lang = who.language
    now, then = pack.halves[""]
    calls, before = (_about(half, who) for half in (now, then))
    values = {"name": name, "period": half_words(pack.now, lang), "earlier": half_words(pack.before, lang)}
    text = say_to(who, f"region.level.{pack.way()}", calls=calls, before=before, **values)
    if now.months == then.months or pack.both is None:
        return text
    n, calls, before = pack.both[0], *(count_words(value, who) for value in pack.both[1:])
    counts = say("region.level.counts", lang, calls=_about(now, who), before=_about(then, who), **values)
    return f"{counts} " + say(f"region.both.{pack.way()}", lang, n=n, calls=calls, before=before)


def _about(half: Half, who: Reader) -> str:
    return count_words(half.calls, who)


def news(pack: Pack, name: str, who: Reader) -> list[str]:
    """What is new, a sentence each; a single sentence where nothing is."""
    lang = who.language
    active, of = (formats.number(n, lang) for n in pack.active)
    said = [say("region.active", lang, active=active, of=of)]
    if quiet(pack):
        return [say("region.no_change", lang, name=name), *said]
    for kind in ("began", "ended", "more", "fewer"):
        there = sorted((pack.names[c] for c in pack.names if pack.moved(c) == kind), key=formats.sort_key)
        if there:
            said.append(say_to(who, f"region.{kind}", names=formats.listed(there, lang)))
    return said


def _table(pack: Pack, name: str, who: Reader) -> str:
    lang = who.language
    now, before = (half_words(span, lang) for span in (pack.now, pack.before))
    rows = []
    for code in sorted(pack.names, key=lambda c: formats.sort_key(pack.names[c])):
        half, then = pack.halves[code]
        cells = [_count(half.calls, half.state, who), _count(then.calls, then.state, who)]
        change = say(f"region.change.{pack.way(code) if half.calls is not None else 'unknown'}", lang)
        rows.append([pack.names[code], *cells, change, _count(half.units, half.state, who)])
    columns = [
        say("overview.column.municipality", lang),
        say("region.column.calls", lang, period=now),
        say("region.column.calls", lang, period=before),
        say("region.column.change", lang),
        say("region.column.units", lang, period=now),
    ]
    table = pd.DataFrame(rows, columns=columns)
    caption = say("region.table", lang, name=name, now=now, before=before)
    return html_table(table, caption=caption, lang=lang, kind="kl-two")


def _judged(pack: Pack, lang: str, since: str = "", before: str = "") -> list[str]:
    """Each municipality's latest own event in one sentence: those since a month, or those before it and undated."""
    codes = sorted(pack.judged, key=lambda c: formats.sort_key(pack.names[c]))
    chosen = [c for c in codes if (when(pack.judged[c]) >= since if since else when(pack.judged[c]) < before)]
    return [f"{pack.names[code]}: {headline(pack.judged[code], lang)}" for code in chosen]


def _count(value: int | None, state: str, who: Reader) -> str:
    if value is None and state in (*NOT_IN_USE, "left"):
        return say_to(who, f"overview.state.{state}")
    return say("table.none", who.language) if value is None else count_words(value, who)


def pages(site: Site) -> dict[Path, str]:
    """A page for every region that there are numbers of."""
    if region_half_years(site.panel, site.study.half) is None:
        return {}
    return {Path(FOLDER) / f"{code}.html": _page(site, code) for code in site.regions}


def _page(site: Site, code: str) -> str:
    who, lang = site.who, site.who.language
    name = REGION_NAMES.get(code, code)
    now, _ = region_half_years(site.panel, site.study.half) or (("", ""), None)
    title = _title(pack_of(site, code), name, half_words(now, lang), lang)
    over = _year_title(site, code, name) or title
    shown = _shown(pack_of(site, code), site.panel, site.activity, code, who, over)
    by_chance = paragraph(" ".join(said)) if (said := chance_sentences(site, code)) else ""
    return layout.page(
        who,
        title=title,
        body=shown.html
        + by_chance
        + _year(site, code)
        + _place(site, code, name)
        + not_counted(who).html
        + _links(site, code),
        crumbs=[(say("front.index", lang), "../index.html"), (name, "")],
        foot=layout.Foot(layout.foot(site.study, lang), [site.study.title_in(lang), *layout.facts(who)]),
    )


def _title(pack: Pack | None, name: str, period: str, lang: str) -> str:
    """Which way the half-year went, as the heading; only what it is about where that cannot be said."""
    key = f"region.heading.{pack.way() if pack is not None else 'unknown'}"
    if not has(key):
        return say("region.title", lang, name=name, period=period)
    return say("region.heading", lang, name=name, text=say(key, lang), period=period)


def _year_title(site: Site, code: str, name: str) -> str:
    """Which way the last 12 months went, for the curve that shows them; empty where that cannot be said."""
    one = next((s for s in site.statements.of(code, "year", level="region") if s.measure == "calls"), None)
    key = f"heading.level.{way(one, site.who)}" if one is not None else ""
    return f"{name}: {say(key, site.who.language)}" if one is not None and one.direction in _MOVED else ""


def _year(site: Site, code: str) -> str:
    """The last 12 months as rates, so that regions of different size can be read beside each other."""
    who, lang = site.who, site.who.language
    of = {one.measure: one for one in site.statements.of(code, "year", level="region")}
    said = []
    if (calls := of.get("calls")) and calls.compared and calls.compared.value is not None:
        counts = {"calls": count_words(calls.value, who), "before": count_words(calls.compared.value, who)}
        said.append(say("region.year.calls", lang, **counts))
    rate = of.get("calls_per_1000_aged_80")
    if rate and rate.value is not None and rate.compared and rate.compared.value is not None:
        values = {"rate": rate.value, "before": rate.compared.value}
        said.append(say("region.rate", lang, **{key: formats.number(v, lang, 1) for key, v in values.items()}))
    units = of.get("units_active")
    if units and units.value is not None and units.values.get("of") and units.values["share"] is not None:
        shown = {"part": count_words(units.value, who), "whole": formats.number(units.values["of"], lang)}
        said.append(say("region.units", lang, share=formats.percent(units.values["share"], lang), **shown))
    return f"<h2>{escape(say('region.year', lang))}</h2>{bullets(said)}" if said else ""


def _place(site: Site, code: str, name: str) -> str:
    """What the register says of the region, other channels among it."""
    lang = site.who.language
    own = [e for e in site.study.read_events().values() if e.kind == "context" and code in e.regions]
    lines = [f"{title_of(event, lang)}." for event in own]
    return f"<h2>{escape(say('region.place', lang, name=name))}</h2>{bullets(lines)}" if lines else ""


def _links(site: Site, code: str) -> str:
    lang = site.who.language
    deck = f'<li><a href="{address(code + ".pptx")}">{escape(say("region.deck", lang))}</a></li>'
    items = deck if is_installed() and pack_of(site, code) is not None else ""
    items += "".join(
        f'<li><a href="{address("..", area.code, "index.html")}">{escape(area.name)}</a></li>'
        for area in site.areas
        if area.entries and area.region == code
    )
    return f'<h2>{escape(say("front.more", lang))}</h2><ul class="kl-links">{items}</ul>' if items else ""
