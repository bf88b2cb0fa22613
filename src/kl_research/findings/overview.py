"""All municipalities beside each other, and the country as one series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from kl_research import municipalities
from kl_research.adoption import Summary, summary
from kl_research.effects.effect import from_record
from kl_research.findings import formats, wording
from kl_research.findings.audience import Reader, reader
from kl_research.findings.catalogue import say
from kl_research.findings.describe import trend
from kl_research.findings.disclosure import is_small
from kl_research.findings.figures import Figure
from kl_research.findings.markup import Fragment, escape, paragraph
from kl_research.findings.tables import html_table
from kl_research.panel import area_name, area_region, check_panel

NATION = "national"


def national_trend(
    panel: pd.DataFrame, *, measure: str = "calls", events: Iterable[Any] = (), study: Any = None
) -> Figure:
    """The sum over the observed municipalities, month by month, with the events that reached everybody."""
    who = reader(study)
    nation = panel_of_nation(panel, measure)
    nation.attrs["names"] = {NATION: say("overview.nation", who.language)}
    shared = [event for event in events if event.national]
    return trend(nation, NATION, measure=measure, events=shared, study=who)


def panel_of_nation(panel: pd.DataFrame, measure: str = "calls") -> pd.DataFrame:
    """The panel of one area that is the sum of all, over observed months; its code is "national"."""
    by_month = panel.groupby("month")[measure]
    total = by_month.sum(min_count=1)
    nation = pd.DataFrame({"municipality": NATION, "month": total.index, measure: total.to_numpy()})
    nation["state"] = ["missing" if pd.isna(value) else "observed" for value in total]
    nation["calls"] = nation[measure]
    return check_panel(nation)


def show_municipalities(
    panel: pd.DataFrame,
    activity: pd.DataFrame | None,
    records: Sequence[dict[str, Any]] = (),
    *,
    study: Any = None,
) -> Fragment:
    """Every municipality in alphabetical order with its last 12 months, the 12 before, and its latest judgement.

    `records` is what `kl.read_records` returned; an area without one has no judgement. No league table: the order
    is the alphabet's.
    """
    who = reader(study)
    lang = who.language
    use = activity if activity is not None and len(activity) else None
    codes = sorted(set(panel["municipality"]), key=lambda code: formats.sort_key(area_name(panel, code)))
    units = dict(iter(use.groupby("municipality"))) if use is not None else {}
    none = use.iloc[0:0] if use is not None else None
    short = {code: summary(own, units.get(code, none), str(code)) for code, own in panel.groupby("municipality")}
    judged = _judgements(records, lang)
    last = f"{panel['month'].max():%Y-%m}"
    rows = [
        {
            say("overview.column.municipality", lang): area_name(panel, code),
            say("overview.column.region", lang): municipalities.REGION_NAMES.get(area_region(panel, code, last), ""),
            "now": _count(short[code].last.calls, who),
            "before": _count(short[code].before.calls, who),
            say("overview.column.units", lang): _count(short[code].last.active_units, who),
            say("overview.column.state", lang): say(f"overview.state.{short[code].state}", lang),
            say("overview.column.finding", lang): judged.get(code, ""),
        }
        for code in codes
    ]
    first = short[codes[0]]
    now = formats.period(first.last.first, first.last.last, lang)
    before = formats.period(first.before.first, first.before.last, lang)
    table = pd.DataFrame(rows).rename(columns={"now": now, "before": before})
    table = table.loc[:, [column for column in table if (table[column] != "").any()]]
    said = _sentences(list(short.values()), now, lang)
    title = escape(say("overview.title", lang))
    html = "".join(paragraph(text) for text in said)
    html += html_table(table, caption=say("overview.table", lang, now=now, before=before), lang=lang)
    return Fragment(f"<section><h2>{title}</h2>{html}</section>", tuple(said))


def _sentences(short: list[Summary], period: str, lang: str) -> list[str]:
    connected = [s for s in short if s.state != "not_connected"]
    active = [s for s in connected if s.state == "active"]
    calls, before = (
        sum(p.calls or 0 for p in periods) for periods in zip(*((s.last, s.before) for s in short), strict=True)
    )
    counts = {"connected": len(connected), "all": len(short), "active": len(active)}
    return [
        say("overview.connected", lang, period=period, **{k: formats.number(v, lang) for k, v in counts.items()}),
        say(
            "overview.calls",
            lang,
            period=period,
            calls=formats.number(calls, lang),
            before=formats.number(before, lang),
        ),
        say("overview.composition", lang),
    ]


def _judgements(records: Sequence[dict[str, Any]], lang: str) -> dict[str, str]:
    """The headline of each area's latest own event; events that reached everybody are judged in the overview."""
    found: dict[str, tuple[str, str]] = {}
    for record in records:
        for one in (record.get("record") or record).get("effects", []):
            if one["primary"] and one["level"] == "municipality" and not one["details"].get("national"):
                effect = from_record(one)
                when = str(effect.details.get("event_date") or "")
                if effect.municipality not in found or when >= found[effect.municipality][0]:
                    found[effect.municipality] = (when, wording.headline(effect, lang))
    return {code: headline for code, (_, headline) in found.items()}


def _count(value: int | None, who: Reader) -> str:
    if value is None:
        return say("table.none", who.language)
    if who.public and is_small(value, who.threshold):
        return say("measures.hidden", who.language)
    return formats.number(value, who.language)
