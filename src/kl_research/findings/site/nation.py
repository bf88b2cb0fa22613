"""The national pack for a meeting: one finding a sheet, printed on A4 across, so that it serves as slides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kl_research.effects.effect import Effect
from kl_research.effects.records import recorded
from kl_research.findings.drawing.forests import forest
from kl_research.findings.drawing.multiples import small_multiples
from kl_research.findings.drawing.tiles import tile_map
from kl_research.findings.html.markup import bullets, escape, paragraph
from kl_research.findings.interventions.effects import drawable, effect_figure
from kl_research.findings.office.extra import MEETING, is_installed
from kl_research.findings.pages.area import ORDER, Site
from kl_research.findings.pages.charts import show_funnel
from kl_research.findings.pages.description import not_counted
from kl_research.findings.pages.overview import lead, national_trend, waiting
from kl_research.findings.pages.similar import compared_measures
from kl_research.findings.site.chances import chance_sentences
from kl_research.findings.site.front import framed
from kl_research.findings.site.half_year import pack_of
from kl_research.findings.site.region import level_sentence
from kl_research.findings.statements.statement import NATION
from kl_research.findings.words import formats, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import event_title, is_shared
from kl_research.findings.words.numbers import count_words
from kl_research.findings.words.wording import sentence
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name

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
    return {Path(NAME): framed(site, _growth(site), body, here, index="index.html")}


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
    trend = national_trend(panel, site.activity, events=site.study.read_events().values(), study=who)
    yield say("nation.country", lang), "".join(map(paragraph, said)) + trend.html
    if regions := [text for code in site.regions if (text := _region(site, code))]:
        yield say("nation.regions", lang), bullets(regions) + paragraph(say("region.rule", lang), "kl-note")
    known = {area.code: area.summary for area in site.areas if area.summary is not None}
    if (tiles := tile_map(panel, study=who, summaries=known)) is not None:
        yield say("nation.map", lang), tiles.html
    yield say("nation.multiples", lang), small_multiples(panel, study=who).html
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
    name = area_name(site.panel, effect.area) if effect.area else say("overview.nation", site.who.language)
    return f"{name[:1].upper()}{name[1:]}: {event_title(effect, site.who.language)}"


def _open(site: Site, effect: Effect) -> str:
    lang = site.who.language
    text = f"{_title(site, effect)}. {wording.headline(effect, lang)}"
    if effect.earliest_month:
        text += " " + say("reason.earliest", lang, month=formats.month(effect.earliest_month, lang))
    return text
