"""The numbers of a region's half-year beside the same half-year before, for its page, its slides and the nation's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from kl_research.adoption import measure_table
from kl_research.adoption.cut import Activity
from kl_research.adoption.cutting import told_regions
from kl_research.adoption.summary import summaries
from kl_research.effects.effect import Effect
from kl_research.findings.pages.area import Site
from kl_research.findings.pages.overview import judgements
from kl_research.findings.statements.above import last_half_years
from kl_research.findings.statements.statement import SAME, slight
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import within_noise
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms.panel import area_name, area_region, states_inferred, wide

_MEASURES = ("calls", "units_active", "municipalities_active")
Span = tuple[str, str]


NOT_IN_USE = ("not_connected", "not_started", "not_begun", "left")


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
        if now.calls and then.calls is None and then.state in NOT_IN_USE:
            return "began"
        if now.calls == 0 and then.calls:
            return "ended"
        if not now.calls or not then.calls or now.months != then.months:
            return "same" if now.calls == 0 == then.calls else "unknown"
        return self._direction(now.calls, then.calls)

    def way(self, code: str = "") -> str:
        """As `moved`, with about the same told apart as slightly more and slightly fewer."""
        moved, (now, then) = self.moved(code), self.halves[code]
        pair = self.both[1:] if not code and now.months != then.months and self.both else (now.calls, then.calls)
        if moved != "same" or None in pair:
            return moved
        return slight(*map(float, pair), public=self.who.public)  # type: ignore[arg-type]

    def _direction(self, now: int, then: int) -> str:
        low, high = SAME
        if within_noise(now, then, self.who) or low <= now / then <= high:
            return "same"
        return "fewer" if now < then else "more"


def region_half_years(panel: pd.DataFrame, half: str | None = None) -> tuple[Span, Span] | None:
    """The half-year named, or else the last whole one, and the same half-year before; None where there are no two."""
    first, last = (f"{panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    return last_half_years(first, last, half)


def region_pack(
    panel: pd.DataFrame,
    activity: Activity | None,
    region: str,
    records: Sequence[dict[str, Any]] = (),
    *,
    half: str | None = None,
    measured: pd.DataFrame | None = None,
    study: ForWhom = None,
) -> Pack | None:
    """The numbers of a region's pack; None where the data hold no half-year with the same half-year before.

    `half` names the half-year ("2024H1"), default the last whole one. `measured` is what `half_year_measures`
    returned, where several regions share it.
    """
    who = reader(study)
    spans = region_half_years(panel, half)
    own = members(panel, region)
    if spans is None or own.empty or region not in told_regions(panel, activity):
        return None
    codes = sorted(set(own["municipality"]))  # names and bars follow this order, which no hash seed may decide
    rows = half_year_measures(panel, activity, spans) if measured is None else measured
    inside = (rows["level"] == "municipality") & rows["area"].isin(codes)
    rows = rows[inside | (rows["level"] == "region") & (rows["area"] == region)]
    # "" is the region, which may be called as one of its areas: Oslo.
    areas = rows["area"].where(rows["level"] == "municipality", "")
    keys = zip(rows["measure"], areas, rows["period"], strict=True)
    seen = dict(zip(keys, (row for _, row in rows.iterrows()), strict=True))
    halves = {
        area: tuple(_half(seen, area, "/".join(span), inferred=states_inferred(panel)) for span in spans)
        for area in (*codes, "")
    }
    left = [code for code, short in summaries(own, None).items() if short.state == "left"]
    halves |= {code: tuple(map(_left, halves[code])) for code in left}
    shares = seen["municipalities_active", "", "/".join(spans[0])]
    active = tuple(0 if pd.isna(shares[name]) else int(shares[name]) for name in ("numerator", "denominator"))
    names = {code: area_name(panel, code) for code in codes}
    mine = [record for record in records if record.get("area") in codes]
    judged = judgements(mine, own, who)
    whole = [code for code in codes if all(half.months == 6 for half in halves[code])]
    both = (len(whole), *(_calls_of(own, whole, span) for span in spans)) if 1 < len(whole) < len(codes) else None
    return Pack(region, *spans, halves, active, both, names, judged, who)  # type: ignore[arg-type]


def half_year_measures(panel: pd.DataFrame, activity: Activity | None, spans: Sequence[Span]) -> pd.DataFrame:
    """The measures of a pack, of all municipalities and regions."""
    return measure_table(panel, activity, levels=["municipality", "region"], periods=spans, only=_MEASURES)


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


def pack_of(site: Site, code: str) -> Pack | None:
    """A region's numbers, which its own page and the nation's share."""

    def make() -> Pack | None:
        half = site.study.half
        spans = region_half_years(site.panel, half)
        if spans is None:
            return None
        rows = site.once("half-years", lambda: half_year_measures(site.panel, site.activity, spans))
        return region_pack(site.panel, site.activity, code, site.entries, half=half, measured=rows, study=site.who)

    pack: Pack | None = site.once(f"pack {code}", make)
    return pack


def quiet(pack: Pack) -> bool:
    """Whether there is nothing new: the region as before, nobody began or ended, no event judged up or down."""
    moved = {pack.moved(code) for code in pack.names}
    return pack.way() == "same" and not moved & {"began", "ended"} and not _clear(pack)


def _clear(pack: Pack) -> list[str]:
    """The municipalities with an event of this half-year that was followed by a clear rise or fall."""
    fresh = [(code, e) for code, e in pack.judged.items() if when(e) >= pack.now[0]]
    return [code for code, effect in fresh if effect.verdict in ("increase", "decrease")]


def when(effect: Effect) -> str:
    """The month an event ended, or its date; empty where nobody knows it."""
    return str(effect.details.get("event_date") or "").rpartition("/")[2][:7]


def half_words(span: Span, lang: str) -> str:
    """A half-year in words: "2. halvår 2024".

    >>> half_words(("2024-07", "2024-12"), "en")
    'second half of 2024'
    """
    return say(f"period.H{1 if span[0].endswith('-01') else 2}", lang, year=span[0][:4])
