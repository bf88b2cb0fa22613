"""The page to open first: every municipality, its status, its headline, its calls in the last 12 months."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research import municipalities
from kl_research.findings import formats, front, layout
from kl_research.findings.area import Area
from kl_research.findings.audience import Reader
from kl_research.findings.catalogue import say
from kl_research.findings.describe import about_count, shown_count
from kl_research.findings.markup import shortened
from kl_research.findings.totals import total
from kl_research.study import Study


def page(
    study: Study, panel: pd.DataFrame, found: Sequence[Area], entries: Sequence[dict[str, Any]], who: Reader
) -> str:
    """The index as HTML; search, sorting and filters are added by the page's one script."""
    lang = who.language
    out = study.out_folder
    rows = [_row(area, place, who) for place, area in enumerate(found)]
    by_calls = sorted(range(len(found)), key=lambda i: _sortable(found[i]))
    for rank, i in enumerate(by_calls):
        rows[i]["calls_key"] = rank
    overview = [
        {"title": front.notebook_title(e["notebook"], lang), "href": Path(e["html"]).relative_to(out).as_posix()}
        for e in entries
        if e["area"] == "overview" and e["status"] == "ok" and e.get("html")
    ]
    regions = {
        area.region: municipalities.REGION_NAMES.get(area.region, area.region) for area in found if area.region
    }
    statuses = sorted({area.status for area in found})
    body = layout.render(
        "index.html.j2", who, rows=rows, overview=overview, lead=_lead(panel, found, who),
        regions=sorted(regions.items()), statuses=[(s, say(f"status.{s}", lang)) for s in statuses],
        tables=[(f"{name}.csv", say(f"table.{name}", lang)) for name in front.TABLES],
    )  # fmt: skip
    title = front.study_title(study, lang)
    return layout.page(
        who, title=title, heading=title, body=body, script=layout.asset("index.js"), facts=front.facts(who, {}),
    )  # fmt: skip


def _row(area: Area, place: int, who: Reader) -> dict[str, Any]:
    lang = who.language
    calls = "–" if area.calls is None else shown_count(area.calls, who)
    return {
        "name": shortened(area.name),
        "href": f"{area.code}/index.html" if area.entries else "",
        "region": area.region,
        "region_name": municipalities.REGION_NAMES.get(area.region, area.region),
        "status": area.status,
        "status_words": say(f"status.{area.status}", lang),
        "status_key": place,
        "calls": calls,
        "calls_key": 0,
        "headline": area.headline,
        "words": f"{area.name} {area.code}".casefold(),
        "place": place,
    }


def _sortable(area: Area) -> tuple[float, str]:
    # A hidden number must not be found out by sorting: all hidden ones stand together, in order of name.
    return (-2.0 if area.calls is None else float(area.calls)), area.name


def _lead(panel: pd.DataFrame, found: Sequence[Area], who: Reader) -> list[str]:
    lang = who.language
    last = panel["month"].max().strftime("%Y-%m")
    said = [say("index.lead", lang, month=formats.month(last, lang), n=len(found))]
    known = [area for area in found if area.summary is not None and area.calls is not None]
    if known and known[0].summary is not None:
        period = known[0].summary.last
        active = sum(1 for area in known if area.calls)
        values = {"period": formats.period(period.first, period.last, lang), "active": formats.number(active, lang)}
        number = total(panel, sorted(set(panel["municipality"])), period.first, period.last, who)
        said.append(say("index.lead.national", lang, calls=about_count(number, who), **values))
    return said
