"""All municipalities beside each other, and the country as one series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from kl_research.adoption import Period, Summary, summaries
from kl_research.adoption.cut import Activity
from kl_research.adoption.sums import monthly_sums, sum_of
from kl_research.effects.effect import Effect
from kl_research.effects.records import recorded
from kl_research.findings.drawing.figures import Figure
from kl_research.findings.html.markup import Fragment, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.pages.area import Area
from kl_research.findings.pages.description import trend
from kl_research.findings.words import formats, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import calls_words, count_words
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms import municipalities
from kl_research.terms.panel import area_name, area_region, check_panel, states_inferred

NATION = "national"


def national_trend(
    panel: pd.DataFrame,
    activity: Activity | None = None,
    *,
    measure: str = "calls",
    region: str = "",
    events: Iterable[Any] = (),
    title: str = "",
    study: ForWhom = None,
) -> Figure | Fragment:
    """The sum over the observed municipalities, month by month, with the events that reached everybody.

    `region` is the code of a region; default the whole country. `activity` as `kl.read_activity` returns it.

    Parameters
    ----------
    title : str, optional
        The finding; without one the title says what is drawn.

    Returns
    -------
    Figure | Fragment
        A `Figure` (counts a month), or a `Fragment` in words.

    Raises
    ------
    InputError
        For a measure the panel lacks.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> national_trend(panel, study=reader(lang="en")).title
    'The number of calls in the whole country per month, January 2022 to December 2024'
    """
    who = reader(study)
    nation = panel_of_nation(panel, activity, region=region, measure=measure)
    nation["name"] = municipalities.REGION_NAMES.get(region, region) or say("overview.nation", who.language)
    shared = [event for event in events if event.national]
    return trend(nation, NATION, measure=measure, events=shared, title=title, study=who)


def panel_of_nation(
    panel: pd.DataFrame, activity: Activity | None, *, region: str = "", measure: str = "calls"
) -> pd.DataFrame:
    """The panel of one area that is the sum of all, or of a region's; its code is "national"."""
    sums = monthly_sums(panel, activity, region=region, measure=measure)
    nation = pd.DataFrame({"municipality": NATION, "month": pd.to_datetime(sums.index), measure: sums.to_numpy()})
    nation["state"] = ["missing" if pd.isna(value) else "observed" for value in sums]
    nation["calls"] = nation[measure]
    return check_panel(nation)


def show_municipalities(
    panel: pd.DataFrame,
    activity: Activity | None,
    records: Sequence[dict[str, Any]] = (),
    *,
    study: ForWhom = None,
) -> Fragment:
    """Every municipality in alphabetical order with its last 12 months, the 12 before, and its latest judgement.

    `records` is what `kl.read_records` returned; an area without one has no judgement. No league table: the order
    is the alphabet's.

    Returns
    -------
    Fragment
        A `Fragment`.

    Raises
    ------
    InputError
        For a panel without calls.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> few = panel[panel["municipality"] < "004"]
    >>> print(show_municipalities(few, None, study=reader(lang="en")).sentences[0])
    3 of 3 municipalities are connected, and 3 of them had calls in the period January 2024 to December 2024.
    """
    who = reader(study)
    lang = who.language
    codes = sorted(set(panel["municipality"]), key=lambda code: formats.sort_key(area_name(panel, code)))
    short = summaries(panel, activity)
    judged = {c: wording.headline(e, lang) for c, e in judgements(records, panel, who).items()}
    last = f"{panel['month'].max():%Y-%m}"
    rows = [
        {
            say("overview.column.municipality", lang): area_name(panel, code),
            say("overview.column.region", lang): municipalities.REGION_NAMES.get(area_region(panel, code, last), ""),
            "now": _calls(short[code].last, who),
            "before": _calls(short[code].before, who),
            say("overview.column.units", lang): _members(short[code].last.active_units, who),
            say("overview.column.state", lang): say_to(who, f"overview.state.{short[code].state}"),
            say("overview.column.finding", lang): judged.get(code, ""),
        }
        for code in codes
    ]
    first = short[codes[0]]
    now = formats.period(first.last.first, first.last.last, lang)
    before = formats.period(first.before.first, first.before.last, lang)
    table = pd.DataFrame(rows).rename(columns={"now": now, "before": before})
    table = table.loc[:, [column for column in table if (table[column] != "").any()]]
    periods = [(p.first, p.last) for p in (first.last, first.before)]
    sums = [sum_of(panel, activity, start, end) for start, end in periods]
    said = _sentences(list(short.values()), sums, now, who, states_inferred(panel))
    title = escape(say("overview.title", lang))
    html = "".join(paragraph(text) for text in said)
    html += html_table(table, caption=say("overview.table", lang, now=now, before=before), lang=lang)
    return Fragment(f"<section><h2>{title}</h2>{html}</section>", tuple(said))


def _sentences(short: list[Summary], sums: list[float | None], period: str, who: Reader, inferred: bool) -> list[str]:
    lang = who.language
    told = [s for s in short if s.state not in ("not_connected", "left", "missing", "not_begun")]
    active = [s for s in told if s.last.most > 0]
    counts = {"connected": len(told), "all": len(short), "active": len(active)}
    known = "overview.in_data" if inferred else "overview.connected"
    return [
        say(known, lang, period=period, **{k: formats.number(v, lang) for k, v in counts.items()}),
        say(
            "overview.calls",
            lang,
            period=period,
            calls=count_words(sums[0], who),
            before=count_words(sums[1], who),
        ),
        say("overview.composition", lang),
    ]


def lead(panel: pd.DataFrame, activity: Activity | None, found: Sequence[Area], who: Reader) -> list[str]:
    """The country in two sentences."""
    lang = who.language
    last = panel["month"].max().strftime("%Y-%m")
    said = [say("index.lead", lang, month=formats.month(last, lang), n=len(found))]
    known = [area for area in found if area.summary is not None and area.calls is not None]
    if known and known[0].summary is not None:
        period = known[0].summary.last
        active = sum(1 for area in known if area.calls)
        span = formats.period(period.first, period.last, lang)
        number = count_words(sum_of(panel, activity, period.first, period.last), who)
        said.append(say("index.lead.national", lang, calls=number, period=span, n=active))
    return said


def waiting(found: Sequence[Area], who: Reader) -> list[str]:
    """How many municipalities are not in use, each state by itself."""
    counts = Counter(area.summary.state for area in found if area.summary is not None)
    if not counts["not_connected"] and not counts["not_started"]:
        return []
    return [say("nation.waiting", who.language, n=counts["not_connected"], m=str(counts["not_started"]))]


def judgements(records: Sequence[dict[str, Any]], panel: pd.DataFrame, who: Reader) -> dict[str, Effect]:
    """Each area's latest own event; events that reached everybody are judged in the overview."""
    found: dict[str, tuple[str, Effect]] = {}
    for record in records:
        for effect in recorded([record]):
            if effect.primary and effect.level == "municipality" and not effect.details.get("national"):
                when = str(effect.details.get("event_date") or "")
                if effect.municipality not in found or when >= found[effect.municipality][0]:
                    found[effect.municipality] = (when, effect)
    return {code: effect for code, (_, effect) in found.items()}


def _members(value: int | None, who: Reader) -> str:
    return say("table.none", who.language) if value is None else count_words(value, who)


def _calls(period: Period, who: Reader) -> str:
    known = period.months_observed + period.months_suppressed
    return calls_words(period, who) if known else say("table.none", who.language)
