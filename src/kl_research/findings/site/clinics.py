"""The clinic side: how many provider numbers take part, and never which.

A provider number can stand for one doctor, so no number and no pseudonym is on the page.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kl_research.adoption import cut, measure_table
from kl_research.adoption.cut import Level
from kl_research.adoption.measures.members import number
from kl_research.findings.html.markup import bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.pages.area import Site
from kl_research.findings.pages.description import not_counted
from kl_research.findings.pages.reach import COUNTED, RECENT, show_regions
from kl_research.findings.site.front import framed
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words, rests_on_few
from kl_research.findings.words.reader import Reader
from kl_research.terms import months

NAME = "clinics.html"
CLASSES = {
    1: "active",
    5: "at_least_5",
    12: "at_least_12",
    24: "at_least_24",
    60: "at_least_60",
}  # calls in 12 months


def pages(site: Site) -> dict[Path, str]:
    """The one page; none where the export names no provider."""
    if not has_providers(site.panel):
        return {}
    lang = site.who.language
    body = f"{paragraph(say('clinics.lead', lang), 'kl-lead')}{paragraph(say('clinics.names', lang))}"
    reach, title = _reach(site)
    body += reach + _use(site) + _could(lang) + _municipalities(site) + not_counted(site.who).html
    here = (say("clinics.crumb", lang), "")
    return {Path(NAME): framed(site, title, body, here, index="index.html")}


def _could(lang: str) -> str:
    """What a clinic can do: what the user group's municipalities asked of their doctors."""
    items = bullets(say(f"clinics.could.{key}", lang) for key in ("one", "agree", "back", "absence"))
    return f'<section class="kl-do"><h2>{escape(say("clinics.could.title", lang))}</h2>{items}</section>'


def _reach(site: Site) -> tuple[str, str]:
    """Who has used the app, and the country's answer as the page's heading."""
    first, last = (f"{site.panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    spans = [(first, last), *((months.shift(last, 1 - n), last) for n in RECENT)]
    only = [COUNTED["providers"]]
    levels: list[Level] = ["region", "national"] if site.regions else ["national"]
    table = measure_table(site.panel, site.activity, levels=levels, periods=spans, only=only)
    first_span = table[(table["level"] == "national") & (table["period"] == f"{first}/{last}")]
    return show_regions(table, site.panel, study=site.who).html, _title(first_span, site.who)


def _title(row: pd.DataFrame, who: Reader) -> str:
    if row.empty or pd.isna(row["value"].iloc[0]) or rests_on_few(row.iloc[0], who):
        return say("clinics.title", who.language)
    part, whole = (count_words(row[name].iloc[0], who) for name in ("numerator", "denominator"))
    share = formats.percent(row["value"].iloc[0], who.language)
    return say("clinics.heading", who.language, part=part, whole=whole, share=share)


def has_providers(panel: pd.DataFrame) -> bool:
    """Whether the export names provider numbers."""
    return "active_providers" in panel and bool((panel["active_providers"].fillna(0) > 0).any())


def use_classes(site: Site) -> dict[int, float]:
    """How many provider numbers had at least so many calls in the last 12 months, in the whole country."""
    nation = cut(site.panel, site.activity, level="national")
    year = nation.between(nation.last - 11, nation.last)
    return {least: float(number(year, "provider", what)[0]) for least, what in CLASSES.items()}


def _use(site: Site) -> str:
    lang = site.who.language
    rows = [
        (say("clinics.from", lang, low=formats.number(least, lang)), count_words(n, site.who))
        for least, n in use_classes(site).items()
        if n
    ]
    if not rows:
        return ""
    columns = [say("clinics.column.calls", lang), say("clinics.column.providers", lang)]
    table = html_table(pd.DataFrame(rows, columns=columns), caption=say("clinics.use", lang), lang=lang)
    return f"<h2>{escape(say('clinics.use.title', lang))}</h2>{table}"


def _municipalities(site: Site) -> str:
    lang = site.who.language
    rows = []
    for area in site.areas:
        if area.summary is not None and not area.summary.idle:
            periods = (area.summary.last, area.summary.before)
            rows.append([area.name, *(count_words(p.active_providers, site.who) for p in periods)])
    short = next((a.summary for a in site.areas if a.summary is not None), None)
    if not rows or short is None:
        return ""
    spans = [formats.period(p.first, p.last, lang) for p in (short.last, short.before)]
    table = pd.DataFrame(rows, columns=[say("index.column.name", lang), *spans])
    caption = say("clinics.municipalities", lang)
    title = say("clinics.municipalities.title", lang)
    return f"<h2>{escape(title)}</h2>" + html_table(table, caption=caption, lang=lang)
