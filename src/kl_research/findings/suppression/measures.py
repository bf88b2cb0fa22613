"""The table of measures as everybody may see it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from kl_research.findings.suppression.groups import crowded, middle, number_by, numbers_of
from kl_research.findings.suppression.members import MEMBERS_ABOVE, untold_totals
from kl_research.findings.suppression.release import spans_of
from kl_research.findings.suppression.series import release_of, series
from kl_research.findings.suppression.totals import told
from kl_research.findings.words.reader import Reader
from kl_research.terms import months
from kl_research.terms.panel import area_region, wide

HIDDEN = "hidden"  # the reason code of a value that is not told
# Reasons that follow from what is known anyway: what was connected, covered, counted.
_HARMLESS = ("not_connected", "period_not_covered", "period_before_not_covered", "no_denominator")
_NAMELESS = ("no_unit_names", "no_provider_names")
_COUNTS = ("numerator", "denominator")
# Measures that tell no count of calls; everything else of a period stands or falls with its calls.
_FREE = ("months_", "municipalities_")
_CALLS_ABOVE = (
    "calls",
    "calls_per_month",
    "calls_per_1000_aged_80",
    "calls_per_active_unit",
    "calls_per_active_provider",
)
_COMPLETED = ("completed", "completed_per_month", "completed_share")
# Measures that count units or provider numbers, above or below the line; they are told in groups.
MEMBERS_BELOW = (
    "units_still_using",
    "units_maintaining",
    "units_stopped",
    "units_tried_and_stopped",
    "units_lost",
    "units_new",
    "providers_still_using",
    "providers_stopped",
    "calls_per_active_unit",
    "calls_per_active_provider",
)
# Made of the exact number of each month: the value alone is told, too coarse for a month to follow from it.
_MONTHLY = {"active_units_per_month": 0, "active_providers_per_month": 0, "calls_per_unit_month": 1, "gini_units": 1}
_WIDE = 0.25  # of its middle: a ratio over a wider group is not told, as it could be off by more than an eighth
_NOT_TOLD = ("units_stickiness", "providers_stickiness")


def public_measures(measures: pd.DataFrame, panel: pd.DataFrame, who: Reader) -> pd.DataFrame:
    """`adoption.measure_table` with what is not told left empty, `reason` "hidden".

    A municipality's row is hidden when its numerator, its denominator or the rest between them is a small number,
    when it says that one or two units made all calls, when a known number of all units would narrow its group
    (`groups.crowded`), or when the calls (or completed consultations) of its period are not told. Calls of regions
    and of the nation are made from what is told of the municipalities (`totals`); of other parts of the country
    nothing is told. Units and provider numbers stand as the middle of their group (`groups.group`), and those of a
    region or of the nation only where the table has its municipalities too and the total leaves their small counts
    hidden (`members`).
    """
    if not who.public or measures.empty:
        return measures
    safe = measures.copy()
    for column in (*_COUNTS, "value"):
        safe[column] = pd.to_numeric(safe[column], errors="coerce").astype("float64")
    numerator, denominator = safe["numerator"], safe["denominator"]
    hide = _small(numerator, who) | _small(denominator, who)
    hide |= (safe["unit"] == "share") & _small(denominator - numerator, who)
    hide |= _crowded(safe, panel, who)
    free = safe["measure"].str.startswith(_FREE)
    hide &= ~free
    municipal = safe["level"] == "municipality"
    hide |= ~municipal & ~safe["level"].isin(["region", "national"])
    for measure, wanted in (("calls", ~free), ("completed", safe["measure"].isin(_COMPLETED))):
        if measure not in panel:
            continue
        rows = municipal & wanted & ~hide  # what is hidden already needs no decision
        pairs = pd.Series(list(zip(safe["area"], safe["period"], strict=True)), index=safe.index)
        closed = _closed(set(pairs[rows]), panel, measure, who)
        hide |= rows & pairs.isin(list(closed))
    why = _why(safe)
    hide |= _totals(safe, panel, who, hide) | safe["measure"].isin(_NOT_TOLD) | (municipal & _counts_units(safe))
    _in_groups(safe, who)
    for column in (*_COUNTS, "value"):
        safe[column] = safe[column].where(~hide)
    if "reason" in safe:
        safe["reason"] = safe["reason"].where(~hide, why)
    return safe


def _why(safe: pd.DataFrame) -> pd.Series:
    """The reason of each row should it be hidden: its own where that tells of no call, else "hidden"."""
    reason, measure = safe["reason"], safe["measure"]
    nameless = reason.where(reason.isin(_NAMELESS) & safe["value"].isna())
    # Where no row of a measure names a user, every row may say so: among several it then tells of none.
    none = safe["value"].isna().groupby(measure).transform("all")
    several = safe["area"].groupby(measure).transform("nunique") > 2
    nobody = measure.map(nameless.groupby(measure).first()).where(none & several)
    return reason.where(reason.isin(_HARMLESS), nobody.fillna(HIDDEN))


def told_now(measures: pd.DataFrame, panel: pd.DataFrame, municipality: str, who: Reader) -> dict[str, pd.Series]:
    """What may be told of one municipality's last 12 months: measure to its row, those without numbers left out."""
    last = f"{panel['month'].max():%Y-%m}"
    period = f"{months.shift(last, -11)}/{last}"
    own = measures[(measures["area"] == municipality) & (measures["level"] == "municipality")]
    rows = public_measures(own[own["period"] == period].drop_duplicates("measure"), panel, who)
    told = rows[rows["value"].notna() | rows["numerator"].notna() & rows["denominator"].notna()]
    return {str(row["measure"]): row for _, row in told.iterrows()}


def _small(values: pd.Series, who: Reader) -> pd.Series:
    return (values > 0) & (values < who.threshold)


def _counts_units(safe: pd.DataFrame) -> pd.Series:
    """Rows that say there were one or two units, whose number is too small to be told: the largest have all calls."""
    shares = safe["measure"].isin(["top_unit_share", "top_two_units_share"])
    alone = (safe["measure"] == "calls_left_without_top_unit") & (safe["numerator"] == 0)
    return shares & (safe["numerator"] == safe["denominator"]) | alone | (safe["reason"] == "too_few_units")


def _crowded(safe: pd.DataFrame, panel: pd.DataFrame, who: Reader) -> pd.Series:
    """Counts of units and provider numbers whose group a known number of all would cut short (`crowded`), and ratios
    over a group so wide that they would say nothing."""
    every = {column: numbers_of(panel, column) for column in ("units", "providers")}
    hide = pd.Series(False, index=safe.index)
    names = ["measure", "level", "area", "period", "unit", *_COUNTS]
    for index, measure, level, area, period, unit, part, whole in safe[names].itertuples(name=None):
        above, below = measure.startswith(MEMBERS_ABOVE), measure in MEMBERS_BELOW
        if not above and not below:
            continue
        alls = [whole] if unit == "share" and not below else []
        if level == "municipality":
            alls.append(number_by(every["units" if "unit" in measure else "providers"], area, str(period)[-7:]))
        counts = ([part] if above else []) + ([whole] if below else [])
        hide[index] = any(crowded(count, number, who.threshold) for count in counts for number in alls)
        if not above and whole > 0:
            hide[index] |= who.threshold - 1 > _WIDE * (middle(whole, who.threshold) or 0)
    return hide


def _closed(pairs: set[tuple[str, str]], panel: pd.DataFrame, measure: str, who: Reader) -> set[tuple[str, str]]:
    """The municipalities and periods whose total is not told; a period the data do not reach has none to hide."""
    earliest, latest = (f"{panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    decided = {area: release_of(series(panel, area, measure), who.threshold) for area in {a for a, _ in pairs}}
    published = spans_of(months.span(earliest, latest))
    closed = set()
    for area, period in pairs:
        first, _, last = period.partition("/")
        # A period of somebody's own choice could be subtracted from those that are told.
        free = (first, last) in published or not decided[area].hidden
        if earliest <= first and last <= latest and not (free and decided[area].shows(first, last)):
            closed.add((area, period))
    return closed


def _in_groups(safe: pd.DataFrame, who: Reader) -> None:
    """Counts of units and provider numbers by the middle of their group, in place, and the values made from them."""
    above, below = safe["measure"].str.startswith(MEMBERS_ABOVE), safe["measure"].isin(MEMBERS_BELOW)
    none_or_all = safe["value"].isin([0.0, 1.0]) & (safe["unit"] == "share")
    for column, rows in (("numerator", above), ("denominator", below)):
        safe.loc[rows, column] = [middle(count, who.threshold) for count in safe.loc[rows, column]]
    rows = (above | below) & safe["value"].notna() & ~none_or_all
    # Of two groups no share is told: 10-14 of 15-19 is anything from 53 % to 93 %.
    safe.loc[rows, "value"] = (safe["numerator"] / safe["denominator"]).where(~(above & below))[rows]
    for measure, digits in _MONTHLY.items():
        rows = safe["measure"] == measure
        safe.loc[rows, list(_COUNTS)] = np.nan
        safe.loc[rows, "value"] = safe.loc[rows, "value"].round(digits)


def _totals(safe: pd.DataFrame, panel: pd.DataFrame, who: Reader, hide: pd.Series) -> pd.Series:
    """Numbers of regions and of the nation, in place: calls and completed as in `totals`, other parts not told.

    Returns which counts of units and provider numbers may not be told; `hide` flags what is hidden already.
    """
    over = safe["level"].isin(["region", "national"])
    if not over.any():
        return over
    last = f"{panel['month'].max():%Y-%m}"
    codes = sorted(set(panel["municipality"]))
    regions: dict[str, list[str]] = {"": codes}
    for code in codes:
        if region := area_region(panel, code, last):  # without one, an area belongs to the nation alone
            regions.setdefault(region, []).append(code)
    counted: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {
        measure: (told(panel, who.threshold, measure), wide(panel, measure))
        for measure, above in (("calls", _CALLS_ABOVE), ("completed", _COMPLETED))
        if measure in panel and safe.loc[over, "measure"].isin(above).any()
    }

    @cache  # many measures of the same months
    def scale(of: str, region: str, first: str, end: str) -> float:
        public, true = (float(table.loc[first:end, regions[region]].sum().sum()) for table in counted[of])
        return public / true if true else 1.0

    rows = safe.loc[over, ["level", "area", "period", "measure", *_COUNTS, "value"]]
    changed: list[tuple[float, float, float]] = []
    made: list[bool | None] = []  # of each: whether it may be told, None where it is not made from what is told
    for level, area, period, measure, numerator, denominator, value in rows.itertuples(index=False, name=None):
        of = "completed" if measure in _COMPLETED else "calls" if measure in _CALLS_ABOVE else ""
        first, _, end = str(period).partition("/")
        region = str(area) if level == "region" else ""
        if of in counted and region in regions:
            times = scale(of, region, first, end)
            # The denominator of this share is calls, told in its own row.
            rest = np.nan if measure == "completed_share" else denominator
            count = np.round(numerator * times)
            # A count stands as it is told; a rate of it is no more exact than the count.
            changed.append((count, rest, count if value == numerator else np.round(value * times, 2)))
            made.append(not 0 < count < who.threshold)  # what stands for a small number is none that is told
        elif str(measure).startswith((*_FREE, *MEMBERS_ABOVE)):
            changed.append((numerator, denominator, value))
            made.append(None)
        else:
            changed.append((np.nan, np.nan, np.round(value, 2)))
            made.append(None)
    safe.loc[over, [*_COUNTS, "value"]] = np.array(changed, dtype="float64")
    near = pd.Series([m is not None for m in made], index=safe.index[over])
    if "caution" in safe:
        safe.loc[over, "caution"] = safe.loc[over, "caution"].where(~near, "approximate")
    small = pd.Series([m is False for m in made], index=safe.index[over]).reindex(safe.index, fill_value=False)
    return small | untold_totals(safe, regions, wide(panel, "calls"), hide, who.threshold)


FEWEST = 3
DOMINANT = 0.85
RATES = ("calls_per_active_provider",)


def dominated(measures: pd.DataFrame, activity: pd.DataFrame | None, who: Reader) -> pd.Series:
    """Why each row of `measures`, as `public_measures` returned them, may not be told (`dominance`); else empty."""
    why = pd.Series("", index=measures.index)
    rows = measures["measure"].isin(RATES) & (measures["level"] == "municipality") & measures["value"].notna()
    if not who.public or activity is None or not rows.any():
        return why
    users = dict(iter(activity.groupby("municipality")))
    pairs = measures.loc[rows, ["area", "period"]].itertuples(index=False, name=None)
    found = [dominance(users.get(area, activity.iloc[:0]), area, period) for area, period in pairs]
    why.loc[rows] = np.array(found, dtype=object)
    return why


def without_dominated(measures: pd.DataFrame, why: pd.Series) -> pd.DataFrame:
    """`measures` with the rows left empty that have a reason in `why` (`dominated`)."""
    hide = why != ""
    safe = measures.copy()
    for column in ("numerator", "denominator", "value"):
        safe[column] = safe[column].where(~hide)
    safe["reason"] = safe["reason"].where(~hide, HIDDEN)
    return safe


def dominance(activity: pd.DataFrame, municipality: str, period: str) -> str:
    """Why a rate per provider number may not be told: few_contributors, dominance, or nothing.

    >>> one = pd.DataFrame({"municipality": "461", "month": pd.Timestamp("2024-01-01"), "provider": list("abcd"),
    ...                     "calls": [97, 1, 1, 1]})
    >>> dominance(one, "461", "2024-01/2024-12"), dominance(one.iloc[:2], "461", "2024-01/2024-12")
    ('dominance', 'few_contributors')
    """
    first, _, last = period.partition("/")
    month = activity["month"].dt.strftime("%Y-%m")
    own = activity[(activity["municipality"] == municipality) & (month >= first) & (month <= last)]
    calls = own[own["provider"] != ""].groupby("provider")["calls"].sum()
    calls = calls[calls > 0]
    if len(calls) < FEWEST:
        return "few_contributors"
    return "dominance" if calls.max() > DOMINANT * calls.sum() else ""
