"""The clinic side: how many provider numbers take part, and never which.

A provider number can stand for one doctor, so no number, no pseudonym and no count from 1 to threshold - 1 is on
the page, and classes of use that hold too few are put together with the next one below.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kl_research.adoption import measure_table
from kl_research.findings.html.markup import escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.pages.area import Site
from kl_research.findings.pages.description import not_counted
from kl_research.findings.pages.reach import COUNTED, RECENT, show_regions
from kl_research.findings.site.front import framed
from kl_research.findings.suppression.measure_words import shown_members
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader
from kl_research.terms import months

NAME = "clinics.html"
CLASSES = (1, 5, 20, 50)  # calls in 12 months from which on a class begins


def pages(site: Site) -> dict[Path, str]:
    """The one page; none where the export names no provider."""
    if site.activity is None or not (site.activity["provider"] != "").any():
        return {}
    lang = site.who.language
    body = f"{paragraph(say('clinics.lead', lang), 'kl-lead')}{paragraph(say('clinics.names', lang))}"
    body += _reach(site) + _use(site.activity, site.who) + _municipalities(site) + not_counted(site.who).html
    here = (say("clinics.crumb", lang), "")
    return {Path(NAME): framed(site, say("clinics.title", lang), body, here, index="index.html")}


def _reach(site: Site) -> str:
    first, last = (f"{site.panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    spans = [(first, last), *((months.shift(last, 1 - n), last) for n in RECENT)]
    only = [COUNTED["providers"]]
    table = measure_table(site.panel, site.activity, periods=spans, only=only)
    return show_regions(table, site.panel, study=site.who).html


def use_classes(activity: pd.DataFrame, who: Reader) -> list[tuple[int, int | None, int]]:
    """Provider numbers by calls in the last 12 months: from, to (None: open), how many.

    A class that holds fewer than the threshold joins the one below; when all together are too few there is none.
    """
    since = activity["month"].max() - pd.DateOffset(months=11)
    recent = activity[(activity["month"] >= since) & (activity["provider"] != "")]
    calls = recent.groupby("provider")["calls"].sum()
    least = who.threshold if who.public else 1
    found: list[tuple[int, int | None, int]] = []
    top, kept = None, 0
    for low in reversed(CLASSES):
        high = min((bound for bound in CLASSES if bound > low), default=None)
        kept += int(((calls >= low) & (calls < high if high else True)).sum())
        if kept >= least or (low == CLASSES[0] and kept == 0):
            found.append((low, top, kept))
            top, kept = low - 1, 0
    if kept and found:  # the lowest class is too small: it joins the one above
        low, top, n = found.pop()
        found.append((CLASSES[0], top, n + kept))
    return [one for one in reversed(found) if one[2]]


def _use(activity: pd.DataFrame, who: Reader) -> str:
    lang = who.language
    rows = []
    for low, high, n in use_classes(activity, who):
        key = "clinics.from" if high is None else "clinics.between"
        words = say(key, lang, low=formats.number(low, lang), high=formats.number(high or 0, lang))
        rows.append((words, shown_members(n, who)))
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
            rows.append([area.name, *(shown_members(p.active_providers, site.who) for p in periods)])
    short = next((a.summary for a in site.areas if a.summary is not None), None)
    if not rows or short is None:
        return ""
    spans = [formats.period(p.first, p.last, lang) for p in (short.last, short.before)]
    table = pd.DataFrame(rows, columns=[say("index.column.name", lang), *spans])
    caption = say("clinics.municipalities", lang)
    title = say("clinics.municipalities.title", lang)
    return f"<h2>{escape(title)}</h2>" + html_table(table, caption=caption, lang=lang)
