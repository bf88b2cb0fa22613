"""The half-yearly pack of one region: a half-year beside the same half-year before, and "no change" said plainly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.adoption import half_years, measure_table
from kl_research.adoption.cut import Activity
from kl_research.adoption.summary import summaries
from kl_research.effects.effect import Effect
from kl_research.findings.drawing.multiples import small_multiples
from kl_research.findings.drawing.plots import title_of
from kl_research.findings.html import layout
from kl_research.findings.html.markup import Fragment, address, bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.office.extra import is_installed
from kl_research.findings.pages.area import Site
from kl_research.findings.pages.description import not_counted
from kl_research.findings.pages.overview import judgements, national_trend
from kl_research.findings.site.chances import chance_sentences
from kl_research.findings.statements.statement import SAME
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words, within_noise
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.findings.words.wording import headline
from kl_research.terms import months
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name, area_region, states_inferred, wide

FOLDER = "regions"
_MEASURES = ("calls", "units_active", "municipalities_active")
Span = tuple[str, str]


_NOT_IN_USE = ("not_connected", "not_started", "not_begun", "left")


@dataclass(frozen=True)
class Half:
    """One half-year of one area: calls and active units."""

    calls: int | None
    units: int | None
    months: int
    state: str  # the reason code where there are no numbers


@dataclass(frozen=True)
class Pack:
    """A region's numbers: `halves` has this half-year and the one before by municipality, "" for the region."""

    region: str
    now: Span
    before: Span
    halves: dict[str, tuple[Half, Half]] = field(repr=False)
    active: tuple[int, int]  # municipalities with calls, of how many that are connected
    both: tuple[int, int, int] | None  # municipalities with numbers for all of both half-years, and their calls
    names: dict[str, str] = field(repr=False)
    judged: dict[str, Effect] = field(repr=False)
    who: Reader

    def moved(self, code: str = "") -> str:
        """more, fewer, same; began, ended; unknown where one half-year is not whole."""
        now, then = self.halves[code]
        if not code and now.months != then.months and self.both is not None and min(self.both[1:]) > 0:
            return self._direction(*self.both[1:])
        if now.months == then.months and within_noise(now.calls, then.calls, self.who):
            return "same"
        if now.calls and then.calls == 0:
            return "began"
        if now.calls and then.calls is None and then.state in _NOT_IN_USE:
            return "began"
        if now.calls == 0 and then.calls:
            return "ended"
        if not now.calls or not then.calls or now.months != then.months:
            return "same" if now.calls == 0 == then.calls else "unknown"
        return self._direction(now.calls, then.calls)

    def _direction(self, now: int, then: int) -> str:
        low, high = SAME
        if within_noise(now, then, self.who) or low <= now / then <= high:
            return "same"
        return "fewer" if now < then else "more"


def region_half_years(panel: pd.DataFrame) -> tuple[Span, Span] | None:
    """The last whole half-year of the data and the same half-year before; None where the data have no such pair."""
    first, last = (f"{panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    found = half_years(first, last)
    if not found:
        return None
    now = found[-1]
    before = (months.shift(now[0], -12), months.shift(now[1], -12))
    return (now, before) if before[0] >= first else None


def region_pack(
    panel: pd.DataFrame,
    activity: Activity | None,
    region: str,
    records: Sequence[dict[str, Any]] = (),
    *,
    measured: pd.DataFrame | None = None,
    study: ForWhom = None,
) -> Pack | None:
    """The numbers of a region's pack; None where the data hold no half-year with the same half-year before.

    `measured` is what `half_year_measures` returned, where several regions share it.
    """
    who = reader(study)
    spans = region_half_years(panel)
    own = members(panel, region)
    if spans is None or own.empty or region not in told_regions(panel, activity):
        return None
    codes = set(own["municipality"])
    rows = half_year_measures(panel, activity, spans) if measured is None else measured
    inside = (rows["level"] == "municipality") & rows["area"].isin(codes)
    rows = rows[inside | (rows["level"] == "region") & (rows["area"] == region)]
    # "" is the region, which may be called as one of its areas: Oslo.
    areas = rows["area"].where(rows["level"] == "municipality", "")
    keys = zip(rows["measure"], areas, rows["period"], strict=True)
    seen = dict(zip(keys, (row for _, row in rows.iterrows()), strict=True))
    halves = {
        area: tuple(_half(seen, area, "/".join(span), inferred=states_inferred(panel)) for span in spans)
        for area in (*sorted(codes), "")
    }
    left = [code for code, short in summaries(own, None).items() if short.state == "left"]
    halves |= {code: tuple(map(_left, halves[code])) for code in left}
    shares = seen["municipalities_active", "", "/".join(spans[0])]
    active = tuple(0 if pd.isna(shares[name]) else int(shares[name]) for name in ("numerator", "denominator"))
    names = {code: area_name(panel, code) for code in codes}
    mine = [record for record in records if record.get("area") in codes]
    judged = judgements(mine, own, who)
    whole = [code for code in sorted(codes) if all(half.months == 6 for half in halves[code])]
    both = (len(whole), *(_calls_of(own, whole, span) for span in spans)) if 1 < len(whole) < len(codes) else None
    return Pack(region, *spans, halves, active, both, names, judged, who)  # type: ignore[arg-type]


def half_year_measures(panel: pd.DataFrame, activity: Activity | None, spans: Sequence[Span]) -> pd.DataFrame:
    """The measures of a pack, of all municipalities and regions."""
    return measure_table(panel, activity, levels=["municipality", "region"], periods=spans, only=_MEASURES)


def told_regions(panel: pd.DataFrame, activity: Activity | None) -> list[str]:
    """The regions of which there are numbers: published ones only of three connected municipalities or more."""
    last = f"{panel['month'].max():%Y-%m}"
    known = {area_region(panel, code, last) for code in set(panel["municipality"])} - {""}
    if activity is None or isinstance(activity, pd.DataFrame):
        return sorted(known)
    return sorted(code for code in known if activity.has("region", code))


def _calls_of(panel: pd.DataFrame, codes: list[str], span: Span) -> int:
    """Calls of some municipalities in some months, added up."""
    return int(wide(panel).loc[span[0] : span[1], codes].sum().sum())


def members(panel: pd.DataFrame, region: str) -> pd.DataFrame:
    """The rows of a region's municipalities, those it has in the panel's last month."""
    last = f"{panel['month'].max():%Y-%m}"
    inside = [code for code in sorted(set(panel["municipality"])) if area_region(panel, code, last) == region]
    return panel[panel["municipality"].isin(inside)]


def _half(seen: dict[tuple[str, str, str], pd.Series], area: str, period: str, *, inferred: bool) -> Half:
    calls, units = (seen[measure, area, period] for measure in ("calls", "units_active"))
    reason = str(calls["reason"])
    reason = "not_begun" if inferred and reason == "not_started" else reason
    return Half(_told(calls), _told(units), int(calls["months_observed"]), reason)


def _left(half: Half) -> Half:
    """Of a municipality that is connected no longer; a half-year before it was is a rare thing to say more of."""
    return replace(half, state="left") if half.state == "not_connected" else half


def _told(row: pd.Series) -> int | None:
    return None if pd.isna(row["numerator"]) else int(row["numerator"])


def show_region(
    panel: pd.DataFrame,
    activity: Activity | None,
    region: str,
    records: Sequence[dict[str, Any]] = (),
    *,
    study: ForWhom = None,
) -> Fragment:
    """A region's half-year: what is new, or that nothing is; its municipalities; the curves where something is new.

    `records` is what `kl.read_records` returned. "More" and "fewer" are said from 18 % more or 15 % fewer on.

    Returns
    -------
    Fragment
        A `Fragment`, also where there is no half-year to compare.

    Raises
    ------
    InputError
        For a panel without calls.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> print(*show_region(panel, None, "1083", study=reader(lang="en")).sentences)
    The figures for Region Syddanmark do not yet hold a whole half-year with the same half-year before.
    """
    who = reader(study)
    return _shown(region_pack(panel, activity, region, records, study=who), panel, activity, region, who)


def pack_of(site: Site, code: str) -> Pack | None:
    """A region's numbers, which its own page and the nation's share."""

    def make() -> Pack | None:
        spans = region_half_years(site.panel)
        if spans is None:
            return None
        rows = site.once("half-years", lambda: half_year_measures(site.panel, site.activity, spans))
        return region_pack(site.panel, site.activity, code, site.entries, measured=rows, study=site.who)

    pack: Pack | None = site.once(f"pack {code}", make)
    return pack


def _shown(pack: Pack | None, panel: pd.DataFrame, activity: Activity | None, region: str, who: Reader) -> Fragment:
    lang, name = who.language, REGION_NAMES.get(region, region)
    if pack is None:
        text = say("region.none", lang, name=name)
        return Fragment(f'<section class="kl-description">{paragraph(text)}</section>', (text,))
    said = [level_sentence(pack, name, who), *news(pack, name, who)]
    fresh = said[1:] + _judged(pack, lang, since=pack.now[0])
    html = paragraph(said[0], "kl-lead") + national_trend(panel, activity, region=region, study=who).html
    html += f"<h2>{escape(say('region.news', lang))}</h2>{bullets(fresh)}"
    html += paragraph(say("region.rule", lang), "kl-note") + _table(pack, name, who)
    if earlier := _judged(pack, lang, before=pack.now[0]):
        html += f"<h2>{escape(say('region.earlier', lang))}</h2>{bullets(earlier)}"
    if not quiet(pack):
        html += small_multiples(members(panel, region), study=who).html
    return Fragment(f'<section class="kl-description">{html}</section>', tuple(said))


def quiet(pack: Pack) -> bool:
    """Whether there is nothing new: the region as before, nobody began or ended, no event judged up or down."""
    moved = {pack.moved(code) for code in pack.names}
    return pack.moved() == "same" and not moved & {"began", "ended"} and not _clear(pack)


def _clear(pack: Pack) -> list[str]:
    """The municipalities with an event of this half-year that was followed by a clear rise or fall."""
    fresh = [(code, e) for code, e in pack.judged.items() if when(e) >= pack.now[0]]
    return [code for code, effect in fresh if effect.verdict in ("increase", "decrease")]


def when(effect: Effect) -> str:
    """The month an event ended, or its date; empty where nobody knows it."""
    return str(effect.details.get("event_date") or "").rpartition("/")[2][:7]


def level_sentence(pack: Pack, name: str, who: Reader) -> str:
    """The region's half-year beside the same half-year before, in a sentence."""
    lang = who.language
    now, then = pack.halves[""]
    calls, before = (_about(half, who) for half in (now, then))
    values = {"name": name, "period": half_words(pack.now, lang), "earlier": half_words(pack.before, lang)}
    text = say_to(who, f"region.level.{pack.moved()}", calls=calls, before=before, **values)
    if now.months == then.months or pack.both is None:
        return text
    n, calls, before = pack.both[0], *(count_words(value, who) for value in pack.both[1:])
    counts = say("region.level.counts", lang, calls=_about(now, who), before=_about(then, who), **values)
    return f"{counts} " + say(f"region.both.{pack.moved()}", lang, n=n, calls=calls, before=before)


def _about(half: Half, who: Reader) -> str:
    return count_words(half.calls, who)


def news(pack: Pack, name: str, who: Reader) -> list[str]:
    """What is new, a sentence each; a single sentence where nothing is."""
    lang = who.language
    active, of = (formats.number(n, lang) for n in pack.active)
    said = [say("region.active", lang, active=active, of=of)]
    if quiet(pack):
        return [say("region.no_change", lang, name=name), *said]
    for kind in ("began", "ended", "more", "fewer"):
        there = sorted((pack.names[c] for c in pack.names if pack.moved(c) == kind), key=formats.sort_key)
        if there:
            said.append(say_to(who, f"region.{kind}", names=formats.listed(there, lang)))
    return said


def _table(pack: Pack, name: str, who: Reader) -> str:
    lang = who.language
    now, before = (half_words(span, lang) for span in (pack.now, pack.before))
    rows = []
    for code in sorted(pack.names, key=lambda c: formats.sort_key(pack.names[c])):
        half, then = pack.halves[code]
        cells = [_count(half.calls, half.state, who), _count(then.calls, then.state, who)]
        moved = pack.moved(code) if half.calls is not None else "unknown"
        change = say(f"region.change.{moved}", lang)
        rows.append([pack.names[code], *cells, change, _count(half.units, half.state, who)])
    columns = [
        say("overview.column.municipality", lang),
        say("region.column.calls", lang, period=now),
        say("region.column.calls", lang, period=before),
        say("region.column.change", lang),
        say("region.column.units", lang, period=now),
    ]
    table = pd.DataFrame(rows, columns=columns)
    caption = say("region.table", lang, name=name, now=now, before=before)
    return html_table(table, caption=caption, lang=lang, kind="kl-two")


def _judged(pack: Pack, lang: str, since: str = "", before: str = "") -> list[str]:
    """Each municipality's latest own event in one sentence: those since a month, or those before it and undated."""
    codes = sorted(pack.judged, key=lambda c: formats.sort_key(pack.names[c]))
    chosen = [c for c in codes if (when(pack.judged[c]) >= since if since else when(pack.judged[c]) < before)]
    return [f"{pack.names[code]}: {headline(pack.judged[code], lang)}" for code in chosen]


def _count(value: int | None, state: str, who: Reader) -> str:
    if value is None and state in (*_NOT_IN_USE, "left"):
        return say_to(who, f"overview.state.{state}")
    return say("table.none", who.language) if value is None else count_words(value, who)


def half_words(span: Span, lang: str) -> str:
    """A half-year in words: "2. halvår 2024".

    >>> half_words(("2024-07", "2024-12"), "en")
    'second half of 2024'
    """
    return say(f"period.H{1 if span[0].endswith('-01') else 2}", lang, year=span[0][:4])


def pages(site: Site) -> dict[Path, str]:
    """A page for every region that the panel has municipalities of."""
    if region_half_years(site.panel) is None:
        return {}
    return {
        Path(FOLDER) / f"{code}.html": _page(site, code)
        for code in site.regions
        if code in told_regions(site.panel, site.activity)
    }


def _page(site: Site, code: str) -> str:
    who, lang = site.who, site.who.language
    name = REGION_NAMES.get(code, code)
    shown = _shown(pack_of(site, code), site.panel, site.activity, code, who)
    now, _ = region_half_years(site.panel) or (("", ""), None)
    by_chance = paragraph(" ".join(said)) if (said := chance_sentences(site, code)) else ""
    return layout.page(
        who,
        title=say("region.title", lang, name=name, period=half_words(now, lang)),
        body=shown.html
        + by_chance
        + _year(site, code)
        + _place(site, code, name)
        + not_counted(who).html
        + _links(site, code),
        crumbs=[(say("front.index", lang), "../index.html"), (name, "")],
        foot=layout.Foot(layout.foot(site.study, lang), [site.study.title_in(lang), *layout.facts(who)]),
    )


def _year(site: Site, code: str) -> str:
    """The last 12 months as rates, so that regions of different size can be read beside each other."""
    who, lang = site.who, site.who.language
    of = {one.measure: one for one in site.statements.of(code, "year", level="region")}
    said = []
    if (calls := of.get("calls")) and calls.compared and calls.compared.value is not None:
        counts = {"calls": count_words(calls.value, who), "before": count_words(calls.compared.value, who)}
        said.append(say("region.year.calls", lang, **counts))
    rate = of.get("calls_per_1000_aged_80")
    if rate and rate.value is not None and rate.compared and rate.compared.value is not None:
        values = {"rate": rate.value, "before": rate.compared.value}
        said.append(say("region.rate", lang, **{key: formats.number(v, lang, 1) for key, v in values.items()}))
    units = of.get("units_active")
    if units and units.value is not None and units.values.get("of") and units.values["share"] is not None:
        shown = {"part": count_words(units.value, who), "whole": formats.number(units.values["of"], lang)}
        said.append(say("region.units", lang, share=formats.percent(units.values["share"], lang), **shown))
    return f"<h2>{escape(say('region.year', lang))}</h2>{bullets(said)}" if said else ""


def _place(site: Site, code: str, name: str) -> str:
    """What the register says of the region, other channels among it."""
    lang = site.who.language
    own = [e for e in site.study.read_events().values() if e.kind == "context" and code in e.regions]
    lines = [f"{title_of(event, lang)}." for event in own]
    return f"<h2>{escape(say('region.place', lang, name=name))}</h2>{bullets(lines)}" if lines else ""


def _links(site: Site, code: str) -> str:
    lang = site.who.language
    deck = f'<li><a href="{address(code + ".pptx")}">{escape(say("region.deck", lang))}</a></li>'
    items = deck if is_installed() and pack_of(site, code) is not None else ""
    items += "".join(
        f'<li><a href="{address("..", area.code, "index.html")}">{escape(area.name)}</a></li>'
        for area in site.areas
        if area.entries and area.region == code
    )
    return f'<h2>{escape(say("front.more", lang))}</h2><ul class="kl-links">{items}</ul>' if items else ""
