"""A municipality's front page: description first, then what was found, the key figure, and the way to more."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.findings.html import layout
from kl_research.findings.html.markup import address, escape, folded, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.interventions.effects import drawable, effect_figure
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.pages.beside import how_part, other_channels_part
from kl_research.findings.pages.description import description, not_counted
from kl_research.findings.pages.similar import compared_measures, similar_part
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say, say_or
from kl_research.findings.words.content import in_ten, probability_words
from kl_research.findings.words.reader import Reader
from kl_research.findings.words.wording import event_title, is_shared, sentence

TABLES = ("results", "panel", "measures", "alerts", "sentences")
MOST = 3  # findings said at the top; the rest stands on the page about effects


def pages(site: Site) -> dict[Path, str]:
    """The front page of every municipality that was run."""
    compared = compared_measures(site.panel, site.activity, site.who)
    return {Path(area.code) / "index.html": page(site, area, compared) for area in site.areas if area.entries}


def page(site: Site, area: Area, compared: pd.DataFrame) -> str:
    """One front page as HTML."""
    who, lang, panel = site.who, site.who.language, site.panel
    parts = [_description(site, area), _judgement(area, who)]
    if area.summary is not None and not area.summary.idle:
        if site.beside is not None:
            table = site.beside(area.code)
            parts.append(other_channels_part(table, area.summary, area.name, who))
            parts.append(how_part(table, area.summary, area.name, who))
        parts.append(similar_part(compared, panel, area.code, area.name, who))
    parts.append(not_counted(who).html)
    parts.append(_more(area, lang))
    return framed(site, say("front.title", lang, name=area.name), "".join(parts), (area.name, ""))


def framed(site: Site, title: str, body: str, *crumbs: tuple[str, str], index: str = "../index.html") -> str:
    """A page of the site: its period under the heading, the way back, and the facts at its foot."""
    lang, months = site.who.language, site.panel["month"]
    period = formats.period(f"{months.min():%Y-%m}", f"{months.max():%Y-%m}", lang)
    return layout.page(
        site.who,
        title=title,
        body=body,
        sub=say("front.period", lang, period=period),
        crumbs=[(say("front.index", lang), index), *crumbs],
        facts=[site.study.title_in(lang), *layout.facts(site.who)],
    )


def _description(site: Site, area: Area) -> str:
    who = site.who
    if area.summary is None:
        return paragraph(say("describe.state.missing", who.language, name=area.name), "kl-lead")
    heading = f"<h2>{escape(say('describe.title', who.language))}</h2>"
    html = heading + description(site.panel, site.activity, area.code, study=who, with_channels=False).html
    if not area.summary.idle or area.summary.state == "left":
        html += site.trend(area.code)
    return html


def _judgement(area: Area, who: Reader) -> str:
    lang = who.language
    html = f"<h2>{escape(say('front.judgement', lang))}</h2>"
    primaries = [effect for effect in area.effects if effect.primary and not is_shared(effect)]
    if not primaries:
        key = "front.events.none" if area.whole else "front.events.not_shown"
        return html + paragraph(say(key, lang, name=area.name))
    for effect in primaries[:MOST]:
        html += f"<h3>{escape(event_title(effect, lang))}</h3>"
        html += paragraph(sentence(effect, lang), f"kl-finding kl-{effect.verdict}")
        html += _probability(effect, lang)
    drawn = [e for e in primaries if drawable(e) and e.verdict != "not_assessable"]
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


def _more(area: Area, lang: str) -> str:
    items = [f'<li><a href="one_page.html">{escape(say("one.link", lang))}</a></li>']
    for entry in area.entries:
        title = notebook_title(entry["notebook"], lang)
        if entry["status"] == "ok" and entry.get("html"):
            items.append(f'<li><a href="{address(entry["notebook"] + ".html")}">{escape(title)}</a></li>')
        else:
            key = "front.withheld" if entry["status"] == "withheld" else "front.failed"
            items.append(f"<li>{escape(say(key, lang, page=title))}</li>")
    return f'<h2>{escape(say("front.more", lang))}</h2><ul class="kl-links">{"".join(items)}</ul>'


def notebook_title(name: str, lang: str) -> str:
    """A notebook's name for readers."""
    return say_or(f"notebook.{name}", lang, name.replace("_", " ").capitalize())
