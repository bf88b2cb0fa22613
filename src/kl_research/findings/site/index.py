"""The page to open first: every municipality, its status, its headline, its calls in the last 12 months."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kl_research.findings.html import layout
from kl_research.findings.html.markup import address, shortened
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.pages.overview import lead, waiting
from kl_research.findings.site import clinics as clinics_page
from kl_research.findings.site import front
from kl_research.findings.site import nation as nation_page
from kl_research.findings.site import statement as statement_page
from kl_research.findings.site.chances import chance_sentences
from kl_research.findings.site.clinics import has_providers
from kl_research.findings.site.half_year import region_half_years
from kl_research.findings.site.region import FOLDER
from kl_research.findings.statements.phrases import heading
from kl_research.findings.statements.strongest import strongest
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import calls_words
from kl_research.terms.municipalities import REGION_NAMES

FEW = 0.5  # a study of fewer than half of the municipalities folds the others away


def pages(site: Site) -> dict[Path, str]:
    """The page to open."""
    return {Path("index.html"): page(site)}


def page(site: Site) -> str:
    """The index as HTML; search, sorting and filters are added by the page's one script.

    Municipalities that were run stand first; in a study of a few the rest is folded away.
    """
    study, found, who, lang = site.study, site.areas, site.who, site.who.language
    rows = [_row(site, area, place) for place, area in enumerate(found)]
    by_calls = sorted(range(len(found)), key=lambda i: _sortable(found[i]))
    for rank, i in enumerate(by_calls):
        rows[i]["calls_key"] = rank
    run = [row for row in rows if row["href"]]
    few = 0 < len(run) < FEW * len(rows)
    overview = [
        {
            "title": front.notebook_title(e["notebook"], lang),
            "href": address(*Path(e["html"]).relative_to(study.out_folder).parts),
        }
        for e in site.entries
        if e["area"] == "overview" and e["status"] == "ok" and e.get("html")
    ]
    regions = {area.region: REGION_NAMES.get(area.region, area.region) for area in found if area.region}
    statuses = sorted({area.status for area in found})
    body = layout.render(
        "index.html.j2",
        who,
        rows=run if few else rows,
        others=[r for r in rows if not r["href"]] if few else [],
        overview=[*overview, *_packs(site)],
        regional=_regional(site),
        statement=statement_page.NAME,
        since=site.since,
        lead=[*lead(site.panel, site.activity, found, who), *waiting(found, who), *_whole(chance_sentences(site))],
        regions=sorted(regions.items()),
        statuses=[(s, say(f"status.{s}", lang)) for s in statuses],
        tables=[(f"{name}.csv", say(f"table.{name}", lang)) for name in front.TABLES],
    )
    title = study.title_in(lang)
    return layout.page(
        who,
        title=title,
        body=body,
        script=layout.asset("index.js"),
        foot=layout.Foot(layout.foot(study, lang), layout.facts(who)),
    )


def _whole(said: list[str]) -> list[str]:
    """Sentences as one paragraph, or none."""
    return [" ".join(said)] if said else []


def _packs(site: Site) -> list[dict[str, str]]:
    """Pages across the municipalities that the site itself makes."""
    lang = site.who.language
    if site.study.alone:
        return []
    packs = [{"title": say("nation.crumb", lang), "href": nation_page.NAME}]
    if has_providers(site.panel):
        packs.append({"title": say("clinics.crumb", lang), "href": clinics_page.NAME})
    return packs


def _regional(site: Site) -> list[dict[str, str]]:
    if site.study.alone or region_half_years(site.panel, site.study.half) is None:
        return []
    return [{"title": REGION_NAMES.get(code, code), "href": address(FOLDER, f"{code}.html")} for code in site.regions]


def headline(site: Site, area: Area) -> str:
    """A municipality's finding as its own page is headed."""
    own = site.statements.of(area.code)
    found = strongest(own, site.known.last)
    return heading(found.first, area.name, site.who, own) if found is not None else ""


def _row(site: Site, area: Area, place: int) -> dict[str, Any]:
    who, lang = site.who, site.who.language
    calls = "–" if area.calls is None or area.summary is None else calls_words(area.summary.last, who)
    return {
        "name": shortened(area.name),
        "href": address(area.code, "index.html") if area.entries else "",
        "region": area.region,
        "region_name": REGION_NAMES.get(area.region, area.region),
        "status": area.status,
        "status_words": say(f"status.{area.status}", lang),
        "status_key": place,
        "calls": calls,
        "calls_key": 0,
        "headline": headline(site, area),
        "words": f"{area.name} {area.code}".casefold(),
        "place": place,
    }


def _sortable(area: Area) -> tuple[float, str]:
    return (-1.0 if area.calls is None else float(area.calls)), area.name
