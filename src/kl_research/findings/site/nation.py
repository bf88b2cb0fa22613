"""The national pack for a meeting: one finding a sheet, printed on A4 across, so that it serves as slides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kl_research.effects.effect import Effect
from kl_research.effects.records import recorded
from kl_research.findings.drawing.figures import Figure
from kl_research.findings.drawing.forests import forest
from kl_research.findings.drawing.multiples import small_multiples
from kl_research.findings.drawing.tiles import tile_map
from kl_research.findings.html import layout
from kl_research.findings.html.markup import address, bullets, escape, paragraph
from kl_research.findings.interventions.effects import drawable, effect_figure
from kl_research.findings.office.extra import MEETING, is_installed
from kl_research.findings.pages.area import ORDER, Site, place_of
from kl_research.findings.pages.charts import show_funnel
from kl_research.findings.pages.description import not_counted
from kl_research.findings.pages.overview import lead, national_trend, waiting
from kl_research.findings.pages.similar import compared_measures
from kl_research.findings.site.chances import chance_sentences
from kl_research.findings.site.front import framed
from kl_research.findings.site.half_year import pack_of
from kl_research.findings.site.pictures import in_words, regions_picture
from kl_research.findings.site.region import level_sentence
from kl_research.findings.statements.statement import NATION
from kl_research.findings.words import formats, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import event_title, is_shared
from kl_research.findings.words.numbers import count_words
from kl_research.findings.words.wording import sentence
from kl_research.terms.municipalities import REGION_NAMES

NAME = "national.html"
MOST = 12  # findings with a sheet of their own; the forest shows all


def pages(site: Site) -> dict[Path, str]:
    """The one page of the pack."""
    lang = site.who.language
    body = "".join(
        f'<section class="kl-sheet"><h2>{escape(title)}</h2>{html}</section>' for title, html in _sheets(site)
    )
    here = (say("nation.crumb", lang), "")
    if is_installed():
        link = f'<a href="{MEETING}">{escape(say("nation.deck", lang))}</a>'
        body += f'<ul class="kl-links"><li>{link}</li></ul>'
    found = layout.asset("towns.js") if "kl-towns" in body else ""
    return {Path(NAME): framed(site, _growth(site), body, here, index="index.html", script=found)}


def _growth(site: Site) -> str:
    """The country's 12 months beside the 12 before, as the heading."""
    lang, month = site.who.language, formats.month(f"{site.panel['month'].max():%Y-%m}", site.who.language)
    one = site.statements.one(NATION, "year", "calls", level=NATION)
    before = one.compared.value if one is not None and one.compared else None
    if one is None or one.value is None:
        return say("nation.title", lang, month=month)
    # Of thousands of calls a twentieth is a change; what is new municipalities stands in the sentences below.
    ratio = one.value / before if before else None
    key = "other" if ratio is None else "more" if ratio > 1.05 else "fewer" if ratio < 0.95 else "same"
    percent = formats.percent(abs(ratio - 1), lang) if ratio else ""
    calls, earlier = (count_words(number, site.who) for number in (one.value, before))
    return say(f"nation.growth.{key}", lang, calls=calls, before=earlier, percent=percent)


def _sheets(site: Site) -> Iterator[tuple[str, str]]:
    """Title and content of every sheet, in the order of a meeting."""
    who, lang, panel = site.who, site.who.language, site.panel
    composition = say("overview.composition", lang)
    said = [*lead(panel, site.activity, site.areas, who), composition, *waiting(site.areas, who)]
    events = site.study.read_events().values()
    trend = national_trend(panel, site.activity, events=events, title=_growth(site), study=who)
    yield say("nation.country", lang), "".join(map(paragraph, said)) + trend.html
    if regions := [text for code in site.regions if (text := _region(site, code))]:
        rule = paragraph(say("region.rule", lang), "kl-note")
        yield say("nation.regions", lang), _regions(site, regions) + rule
    known = {area.code: area.summary for area in site.areas if area.summary is not None}
    if (tiles := tile_map(panel, study=who, summaries=known)) is not None:
        yield say("nation.map", lang), f'<div class="kl-map">{tiles.html}</div>{_towns(site, tiles)}'
    yield say("nation.multiples", lang), small_multiples(panel, site.activity, study=who).html
    yield say("nation.funnel", lang), _funnel(site)
    own = [e for area in site.areas for e in area.effects if e.primary and not is_shared(e)]
    shared = shared_effects(site)
    if (rows := forest([*shared, *own], panel, study=who)) is not None:
        by_chance = paragraph(" ".join(said)) if (said := chance_sentences(site)) else ""
        yield say("nation.forest", lang), by_chance + rows.html
    told = [e for e in (*shared, *own) if e.verdict not in ("not_assessable", "inconclusive")]
    for effect in sorted(told, key=lambda e: ORDER.index(e.verdict))[:MOST]:
        drawing = effect_figure(effect, panel=panel, study=who).html if drawable(effect) else ""
        yield _title(site, effect), paragraph(sentence(effect, lang), "kl-finding") + drawing
    if open_ := [_open(site, e) for e in (*shared, *own) if e.verdict in ("not_assessable", "inconclusive")]:
        yield say("nation.open", lang), bullets(open_)
    yield say("nation.not_counted", lang), not_counted(who).html.replace("<h2>", "<h3>").replace("</h2>", "</h3>")


def _regions(site: Site, said: list[str]) -> str:
    """The regions as dots, and what is said of them below; in words alone where there are no two to draw."""
    picture = regions_picture(site)
    return picture + in_words(bullets(said), site.who) if picture else bullets(said)


def _towns(site: Site, tiles: Figure) -> str:
    """The map as a list that can be searched: what its colours say of each municipality, and the way to its page."""
    own = {area.name: area for area in site.areas}
    rows = []
    for name, words in tiles.table.itertuples(index=False, name=None):
        area = own.get(name)
        link = address(area.code, "index.html") if area and area.entries else ""
        rows.append((f"{name} {area.code if area else ''}".casefold(), link, name, words))
    title = say("map.list", site.who.language, n=len(rows))
    return layout.render("towns.html.j2", site.who, rows=rows, title=title)


def _funnel(site: Site) -> str:
    compared = site.once("compared", lambda: compared_measures(site.panel, site.activity, site.who))
    return show_funnel(compared, site.panel, study=site.who).html.replace("<h2>", "<h3>").replace("</h2>", "</h3>")


def _region(site: Site, code: str) -> str:
    pack = pack_of(site, code)
    return level_sentence(pack, REGION_NAMES.get(code, code), site.who) if pack is not None else ""


def shared_effects(site: Site) -> list[Effect]:
    """The judgements of events that reached everybody, as the overview recorded them."""
    overview = [e for e in site.entries if e["area"] == "overview"]
    return [e for e in recorded(overview) if e.primary]


def _title(site: Site, effect: Effect) -> str:
    return f"{place_of(site, effect)}: {event_title(effect, site.who.language)}"


def _open(site: Site, effect: Effect) -> str:
    return f"{_title(site, effect)}. {wording.brief(effect, site.who.language)}"
