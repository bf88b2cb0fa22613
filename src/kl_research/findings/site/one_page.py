"""One page for a manager: the finding, the year, how sure, and what could be done. Printed it fills one sheet."""

from __future__ import annotations

from pathlib import Path

from kl_research.findings.html.markup import escape, paragraph
from kl_research.findings.html.said import said, said_list
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.site import front
from kl_research.findings.statements.strongest import strongest
from kl_research.findings.words.catalogue import say

NAME = "one_page.html"
MOST = 2  # judgements on the sheet


def pages(site: Site) -> dict[Path, str]:
    """One page for every municipality that was run."""
    return {Path(area.code) / NAME: page(site, area) for area in site.areas if area.entries}


def page(site: Site, area: Area) -> str:
    """The page as HTML; an area without numbers has one too, which says so."""
    who, lang, own = site.who, site.who.language, site.statements.of(area.code)
    found = strongest(own, site.known.last)
    parts = [front.answer(site, area, found, own, judged="brief")]
    inside = [one for one in own if one.kind == "part" and one.values["level"] == "unit_type"]
    if told := said_list(inside, area.name, who):
        parts.append(f"<h2>{escape(say('front.where', lang))}</h2>{told}")
    shown = {one.id for one in found.beside} | {found.first.id} if found else set()
    judged = [one for one in own if one.kind == "judgement" and one.id not in shown][:MOST]
    if told := "".join(said(one, area.name, who) for one in judged):
        parts.append(f"<h2>{escape(say('front.judgement', lang))}</h2>{told}")
    parts.append(front.could(area, own, who))
    parts.append(paragraph(say("one.not_counted.also", lang, channels=say("one.not_counted", lang)), "kl-note"))
    body, here = f'<div class="kl-one">{"".join(parts)}</div>', (say("one.crumb", lang), "")
    title = front.title_of(site, area, found, own)
    return front.framed(site, title, body, (area.name, "index.html"), here)
