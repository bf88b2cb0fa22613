"""Which part of a municipality uses the app more or less, and what is new use rather than more use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kl_research.adoption import LEVELS, PartChange, among_peers, part_changes
from kl_research.adoption import table as cut_table
from kl_research.findings.html.markup import NOTHING, Fragment, paragraph, section
from kl_research.findings.html.tables import html_table
from kl_research.findings.pages.alerts import counting_note
from kl_research.findings.pages.similar import compared_measures
from kl_research.findings.suppression.measure_words import told_part, told_value
from kl_research.findings.suppression.measures import told_now
from kl_research.findings.suppression.series import is_small, may_show
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import reader
from kl_research.terms import months
from kl_research.terms.panel import area_name, check_area

PARTS = LEVELS[3:]  # administration, unit type, channel
Row = tuple[str, int, int]


def show_parts(
    panel: pd.DataFrame,
    activity: pd.DataFrame,
    municipality: str,
    *,
    events: Iterable[Any] = (),
    study: Any = None,
) -> Fragment:
    """Calls by administration, unit type and channel, the last 12 months beside the 12 before.

    In the public profile small parts are put together as "other" until none is small; where nothing is left to
    tell, the level is left out. Where a month of the two years is not observed, the sums cannot be compared, and
    only the last 12 months are told.

    Returns a `Fragment`. Raises `InputError` for a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_activity, drawn_example
    >>> panel, _ = drawn_example()
    >>> use = drawn_activity(panel)
    >>> halves = pd.concat([use, use.assign(unit_type="care")]).assign(calls=lambda rows: rows["calls"] * 5)
    >>> print(*show_parts(panel, halves, "001", study=reader(lang="en")).sentences)
    care: more calls, 2,365 in the last 12 months against 1,260 the year before. home: more calls, 2,365 in the
    last 12 months against 1,260 the year before.
    """
    who = reader(study)
    check_area(panel, municipality)
    lang = who.language
    own, use = (frame[frame["municipality"] == municipality] for frame in (panel, activity))
    last = f"{panel['month'].max():%Y-%m}"
    spans = [(months.shift(last, -11), last), (months.shift(last, -23), months.shift(last, -12))]
    measure = "calls"
    if use.empty or (
        who.public and not all(may_show(panel, municipality, *s, who.threshold, measure) for s in spans)
    ):
        return NOTHING
    changes = part_changes(panel, activity, municipality)
    observed = set(own.loc[own["state"] == "observed", "month"].dt.strftime("%Y-%m"))
    whole = observed.issuperset(months.span(spans[1][0], last))
    said: list[str] = []
    tables = ""
    for level in PARTS:
        if use[level].nunique() < 2:
            continue
        rows = parts_of(own, use, level, "/".join(spans[0]))
        shown = told_parts(rows, who.threshold, say("parts.other", lang)) if who.public else rows
        if len(shown) < 2:
            continue
        if whole:
            said += _sentences([change for change in changes if change.level == level], dict_of(shown), lang)
        names = [say(f"parts.level.{level}", lang), *(formats.period(*span, lang) for span in spans)]
        frame = pd.DataFrame([(part or say("parts.unnamed", lang), now, then) for part, now, then in shown])
        if not whole:
            names, frame = names[:2], frame.iloc[:, :2]
        caption = say("parts.table", lang, level=say(f"parts.by.{level}", lang), name=area_name(panel, municipality))
        tables += html_table(frame.set_axis(names, axis=1), caption=caption, lang=lang)
    if not tables:
        return NOTHING
    html = "".join(paragraph(text) for text in dict.fromkeys(said))
    html += counting_note(events, panel, municipality, 24, lang) + tables
    return section(say("parts.title", lang), html, said)


def parts_of(own: pd.DataFrame, use: pd.DataFrame, level: str, period: str) -> list[Row]:
    """Part, calls in the period, calls in the same months of the year before; the largest first."""
    found = cut_table(own, use, measure="calls", by=level, period=period)  # type: ignore[arg-type]
    both = found[["numerator", "year_before_numerator"]].fillna(0).astype("int64")
    rows = zip(found["part"].astype(str), both["numerator"], both["year_before_numerator"], strict=True)
    return sorted(((part, int(now), int(then)) for part, now, then in rows), key=lambda row: (-sum(row[1:]), row[0]))


def told_parts(rows: list[Row], threshold: int, other: str) -> list[Row]:
    """The parts everybody may see: small ones put together with the next smallest until none is small.

    >>> told_parts([("a", 40, 30), ("b", 9, 8), ("c", 2, 0)], 5, "other")
    [('a', 40, 30), ('other', 11, 8)]
    >>> told_parts([("a", 40, 30), ("b", 2, 2)], 5, "other")
    [('other', 42, 32)]
    """
    ordered = sorted(rows, key=lambda row: (not _small(row, threshold), sum(row[1:])))
    taken = sum(_small(row, threshold) for row in rows)
    if not taken:
        return rows
    pooled = (other, 0, 0)
    for place, row in enumerate(ordered, start=1):
        pooled = (other, pooled[1] + row[1], pooled[2] + row[2])
        if place >= max(taken, 2) and not _small(pooled, threshold):
            kept = ordered[place:]
            return [*(row for row in rows if row in kept), pooled]
    return [pooled]


def _small(row: Row, threshold: int) -> bool:
    return any(is_small(value, threshold) for value in row[1:])


def dict_of(rows: list[Row]) -> dict[str, Row]:
    """The rows by part."""
    return {row[0]: row for row in rows}


def _sentences(changes: list[PartChange], told: dict[str, Row], lang: str) -> list[str]:
    said = []
    for change in changes:
        if change.state in ("fell", "rose", "new") and change.part in told:
            _, now, then = told[change.part]
            values = {"now": formats.number(now, lang), "before": formats.number(then, lang)}
            said.append(say(f"parts.{change.state}", lang, part=change.part, **values))
    stable = [change.part for change in changes if change.state == "stable" and change.part in told]
    if stable:
        said.append(say("parts.stable", lang, n=len(stable), parts=formats.listed(stable, lang)))
    return said


def show_units(
    measures: pd.DataFrame,
    panel: pd.DataFrame,
    municipality: str,
    *,
    activity: pd.DataFrame | None = None,
    study: Any = None,
) -> Fragment:
    """Active units: how many of them are new, what the new ones stand for, and what comparable places reach.

    `measures` is a `kl.measure_table` with the municipality; `activity` that of all, for the comparison.

    Returns a `Fragment`. Raises `InputError` for a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.adoption import measure_table
    >>> from kl_research.effects.example import drawn_activity, drawn_example
    >>> panel, _ = drawn_example()
    >>> rows = measure_table(panel, drawn_activity(panel), levels=["municipality"], only=["units_new"])
    >>> print(*show_units(rows, panel, "001", study=reader(lang="en")).sentences)
    The one unit that used the app in the last 12 months is not new.
    """
    who = reader(study)
    lang = who.language
    check_area(panel, municipality)
    known = told_now(measures, panel, municipality, who)
    said = []
    if "units_new" in known:
        new = known["units_new"]
        part, whole = (told_part(new, column, who) for column in ("numerator", "denominator"))
        key = "units.new" if new["numerator"] else "units.new.none"
        said.append(say(key, lang, n=new["denominator"], part=part, whole=whole))
    if "calls_of_new_units" in known and "units_new" in known and known["units_new"]["numerator"]:
        calls = known["calls_of_new_units"]
        part, whole = (formats.number(calls[column], lang) for column in ("numerator", "denominator"))
        share = formats.percent(calls["value"], lang)
        said.append(say("units.calls_of_new", lang, part=part, whole=whole, share=share))
    peers = None
    if activity is not None and len(activity):
        compared = compared_measures(panel, activity, who, ["units_active"])
        peers = among_peers(compared, panel, municipality, "units_active", str(compared["period"].iloc[0]))
    if peers is not None and not peers.reason and "units_active" in known:
        row = known["units_active"]
        shares = {"own": row["value"], "median": peers.median, "upper": peers.upper}
        texts = {name: told_value(pd.Series({**row, "value": share}), who) for name, share in shares.items()}
        texts["own"] = texts["own"][:1].upper() + texts["own"][1:]
        said.append(say(f"units.peers.{peers.rule}", lang, n=peers.n, **texts))
        ceiling = "units.ceiling" if row["value"] < (peers.upper or 0.0) else "units.ceiling.above"
        said.append(say(ceiling, lang, upper=texts["upper"]))
        said += [say("similar.told", lang)] * who.public
    if not said:
        return NOTHING
    html = "".join(paragraph(text) for text in said)
    return section(say("units.title", lang), html, said)
