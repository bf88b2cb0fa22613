"""A municipality's front page: the finding, the year, where it happens, the judgements, the place, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.findings.html import layout
from kl_research.findings.html.markup import address, escape, folded, paragraph
from kl_research.findings.html.said import headed, said, said_in_brief, said_list
from kl_research.findings.html.tables import html_table
from kl_research.findings.interventions.effects import drawable, effect_figure
from kl_research.findings.office.extra import MAIL, is_installed, workbook_name
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.pages.beside import how_part, other_channels_part
from kl_research.findings.pages.description import not_counted
from kl_research.findings.site.pictures import parts_picture, similar_picture
from kl_research.findings.statements.phrases import way
from kl_research.findings.statements.statement import Statement
from kl_research.findings.statements.strongest import Finding, strongest
from kl_research.findings.words import formats, wording
from kl_research.findings.words.catalogue import say, say_or
from kl_research.findings.words.content import in_ten, probability_words
from kl_research.findings.words.named import event_title
from kl_research.findings.words.numbers import count_words, is_few
from kl_research.findings.words.reader import Reader

TABLES = ("results", "panel", "measures", "alerts", "sentences", "statements")
MOST = 3  # judgements on the front page; the rest is on the page about interventions
ARROWS = {"more": "↑", "fewer": "↓", "ended": "↓"}


def pages(site: Site) -> dict[Path, str]:
    """The front page of every municipality that was run."""
    return {Path(area.code) / "index.html": page(site, area) for area in site.areas if area.entries}


def page(site: Site, area: Area) -> str:
    """One front page as HTML."""
    own = site.statements.of(area.code)
    found = strongest(own, site.known.last)
    parts = [
        answer(site, area, found, own, judged="below"),
        _where(own, area, site.who),
        _judgement(area, found, own, site.who),
        place(area, own, site.who),
        _similar(area, own, site.who),
        _beside(site, area),
        not_counted(site.who).html,
        could(area, own, site.who),
        _more(area, site.who.language),
    ]
    return framed(site, title_of(site, area, found, own), "".join(parts), (area.name, ""))


def _beside(site: Site, area: Area) -> str:
    """Other ways to video, and how the calls came about."""
    if site.beside is None or area.summary is None or area.summary.idle:
        return ""
    table = site.beside(area.code)
    return other_channels_part(table, area.summary, area.name, site.who) + how_part(
        table, area.summary, area.name, site.who
    )


def title_of(site: Site, area: Area, found: Finding | None, own: Sequence[Statement]) -> str:
    """The finding as a heading; a municipality of which nothing is known has its name."""
    if found is None:
        return say("heading.missing", site.who.language, name=area.name)
    return headed(found.first, area.name, site.who, own)


def framed(
    site: Site, title: str, body: str, *crumbs: tuple[str, str], index: str = "../index.html", script: str = ""
) -> str:
    """A page of the site: its period under the heading, the way back, publisher and facts at its foot."""
    lang, months = site.who.language, site.panel["month"]
    period = formats.period(f"{months.min():%Y-%m}", f"{months.max():%Y-%m}", lang)
    return layout.page(
        site.who,
        title=title,
        body=body,
        sub=say("front.period", lang, period=period),
        crumbs=[(say("front.index", lang), index), *crumbs],
        foot=layout.Foot(layout.foot(site.study, lang), [site.study.title_in(lang), *layout.facts(site.who)]),
        script=script,
    )


def answer(
    site: Site, area: Area, found: Finding | None, own: Sequence[Statement], *, judged: Literal["brief", "below"]
) -> str:
    """What was found in words, the year as one big number with its change, and the curve to the last month.

    A judgement beside the finding is told in brief: where there is no answer yet, or (`below`) where the page tells
    it further down; there it is left out where that would be the whole of it.
    """
    if found is None:
        return paragraph(say("describe.state.missing", site.who.language, name=area.name), "kl-lead")
    first = list(own) if found.rule == "not_in_use" else [found.first, *found.beside]
    told = [one for one in first if one.kind in ("state", "start", found.first.kind) or one in found.beside]
    lead = "".join(
        _brief(one, judged, area, site.who)
        if one.effect is not None and one is not found.first
        else said(one, area.name, site.who, kind="kl-lead" if n == 0 else "")
        for n, one in enumerate(one for one in told if one.subject != "active")
    )
    year = next((one for one in own if one.kind == "level" and one.measure == "calls"), None)
    short = area.summary
    if year is None or short is None or (short.idle and short.state != "left"):
        return lead
    return f'{lead}<div class="kl-answer">{big_number(year, site.who)}{site.trend(area.code)}</div>'


def _brief(one: Statement, judged: str, area: Area, who: Reader) -> str:
    effect = one.effect
    assert effect is not None
    early = effect.verdict in ("not_assessable", "break_in_series")
    if judged == "brief":
        return said_in_brief(one, who) if early else said(one, area.name, who)
    whole = wording.brief(effect, who.language) == wording.sentence(effect, who.language)
    return "" if whole or effect.verdict == "break_in_series" else said_in_brief(one, who)


def big_number(one: Statement, who: Reader) -> str:
    """The year as one number, with its change and direction in words."""
    lang, before = who.language, one.compared.value if one.compared else None
    first, _, last = one.period.partition("/")
    label = say("front.number", lang, period=formats.period(first, last, lang))
    few = is_few(one.value, who)
    text = say("few", lang) if few else count_words(one.value, who)
    change = ""
    if one.direction in ("more", "fewer") and before and not few:
        diff = abs((one.value or 0) - before)
        values = {"diff": formats.number(diff, lang), "percent": formats.percent(diff / before, lang)}
        change = f"{ARROWS[one.direction]} {say(f'front.change.{one.direction}', lang, **values)}"
    elif one.direction in ("same", "within") and not few:
        change = say(f"front.change.{way(one, who)}", lang, before=count_words(before, who))
    kind = one.direction if one.direction in ARROWS else "same"
    return (
        f'<div class="kl-number kl-{kind}"><p class="kl-big">{escape(text)}</p><p>{escape(label)}</p>'
        + (paragraph(change, "kl-change") if change else "")
        + "</div>"
    )


def _where(own: Sequence[Statement], area: Area, who: Reader) -> str:
    """By administration, unit type and channel, new units and old: direct counts, before any judgement."""
    rest = [one for one in own if one.kind == "rest"]
    inside = [one for one in own if one.kind == "part"]
    units = [one for one in own if one.kind in ("units", "largest", "carried", "warning")]
    html = "".join(said(one, area.name, who) for one in rest)
    for level in ("unit_type", "administration", "channel"):
        rows = [one for one in inside if one.values["level"] == level]
        if rows:
            html += f"<h3>{escape(say(f'front.by.{level}', who.language))}</h3>"
            html += parts_picture(rows, area, own, who)
    more = said_list(units, area.name, who)
    if more:
        html += f"<h3>{escape(say('front.units', who.language))}</h3>{more}"
    return f"<h2>{escape(say('front.where', who.language))}</h2>{html}" if html else ""


def _judgement(area: Area, found: Finding | None, own: Sequence[Statement], who: Reader) -> str:
    """Each judgement once: of the one that the page begins with only what is not said there."""
    lang = who.language
    html = f"<h2>{escape(say('front.judgement', lang))}</h2>"
    told = [one for one in own if one.kind == "judgement" and one.effect is not None]
    if not told:
        key = "front.events.none" if area.whole else "front.events.not_shown"
        return html + paragraph(say(key, lang, name=area.name))
    for one in told[:MOST]:
        effect = one.effect
        assert effect is not None
        html += f'<section class="kl-card kl-{effect.verdict}"><h3>{escape(event_title(effect, lang))}</h3>'
        above = found is not None and one is found.first
        html += paragraph(say("front.judged.above", lang)) if above else said(one, area.name, who)
        html += f"{_probability(effect, lang)}</section>"
    drawn = [e for one in told if (e := one.effect) and drawable(e) and e.verdict != "not_assessable"]
    return html + (effect_figure(drawn[0], study=who).html if drawn else "")


def _probability(effect: Effect, lang: str) -> str:
    """How probable a change is, and folded, what that rests on."""
    said = probability_words(effect, lang)
    if not said:
        return ""
    by_prior = effect.details["probability"]
    rows = [
        (
            say(f"chance.prior.{name}", lang),
            in_ten(told["prior_none"], lang),
            *(in_ten(told[key], lang) for key in ("rise", "rise_10", "fall")),
        )
        for name, told in by_prior.items()
    ]
    columns = [say(f"chance.column.{key}", lang) for key in ("prior", "none", "rise", "rise_10", "fall")]
    table = html_table(pd.DataFrame(rows, columns=columns), caption=say("chance.caption", lang), lang=lang)
    note = paragraph(say("chance.note", lang, n=by_prior["own"]["prior_events"]))
    return paragraph(" ".join(said)) + folded(say("chance.title", lang), note + table)


def place(area: Area, own: Sequence[Statement], who: Reader) -> str:
    """What the register says of the municipality, and of its region by name."""
    told = said_list([one for one in own if one.kind == "circumstance"], area.name, who)
    title = say("front.place", who.language, name=area.name)
    return f"<h2>{escape(title)}</h2>{told}" if told else ""


def _similar(area: Area, own: Sequence[Statement], who: Reader) -> str:
    told = [one for one in own if one.kind == "similar"]
    if not told:
        return ""
    title, note = say("similar.title", who.language), say(f"similar.rule.{told[0].values['rule']}", who.language)
    return f"<h2>{escape(title)}</h2>{similar_picture(told, area, who)}{paragraph(note, 'kl-note')}"


def could(area: Area, own: Sequence[Statement], who: Reader) -> str:
    """What could be done, as far as the data support it."""
    told = said_list([one for one in own if one.kind == "advice"], area.name, who)
    return f'<section class="kl-do"><h2>{escape(say("one.could", who.language))}</h2>{told}</section>' if told else ""


def _more(area: Area, lang: str) -> str:
    items = [f'<li><a href="one_page.html">{escape(say("one.link", lang))}</a></li>']
    for entry in area.entries:
        title = notebook_title(entry["notebook"], lang)
        if entry["status"] == "ok" and entry.get("html"):
            items.append(f'<li><a href="{address(entry["notebook"] + ".html")}">{escape(title)}</a></li>')
        else:
            key = "front.withheld" if entry["status"] == "withheld" else "front.failed"
            items.append(f"<li>{escape(say(key, lang, page=title))}</li>")
    files = [(workbook_name(area.code), "front.workbook")] if is_installed() else []
    for name, key in (*files, (MAIL, "front.mail")):
        items.append(f'<li><a href="{address(name)}">{escape(say(key, lang))}</a></li>')
    return f'<h2>{escape(say("front.more", lang))}</h2><ul class="kl-links">{"".join(items)}</ul>'


def notebook_title(name: str, lang: str) -> str:
    """A notebook's name for readers."""
    return say_or(f"notebook.{name}", lang, name.replace("_", " ").capitalize())
