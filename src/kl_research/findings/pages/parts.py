"""Which part of a municipality uses the app more or less, and what is new use rather than more use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kl_research.adoption import LEVELS, PartChange, among_peers, part_changes
from kl_research.adoption import table as cut_table
from kl_research.adoption.cut import Activity
from kl_research.adoption.cutting import part_levels
from kl_research.findings.html.markup import NOTHING, Fragment, paragraph, section
from kl_research.findings.html.tables import html_table
from kl_research.findings.pages.alerts import counting_note
from kl_research.findings.pages.measures import last_year
from kl_research.findings.pages.similar import compared_measures
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words, is_few, part_words, value_words, within_noise
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms import months
from kl_research.terms.panel import area_name, check_area

PARTS = LEVELS[3:]  # administration, unit type, channel
Row = tuple[str, int, int]


def show_parts(
    panel: pd.DataFrame,
    activity: Activity,
    municipality: str,
    *,
    events: Iterable[Any] = (),
    study: ForWhom = None,
) -> Fragment:
    """Calls by administration, unit type and channel, the last 12 months beside the 12 before.

    Where a month of the two years is not observed, the sums cannot be compared, and
    only the last 12 months are told.

    Returns
    -------
    Fragment
        A `Fragment`.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

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
    own = panel[panel["municipality"] == municipality]
    last = f"{panel['month'].max():%Y-%m}"
    spans = [(months.shift(last, -11), last), (months.shift(last, -23), months.shift(last, -12))]
    changes = part_changes(panel, activity, municipality)
    observed = set(own.loc[own["state"] == "observed", "month"].dt.strftime("%Y-%m"))
    whole = observed.issuperset(months.span(spans[1][0], last))
    said: list[str] = []
    tables = ""
    for level in PARTS:
        shown = parts_of(own, activity, level, "/".join(spans[0]))
        if len(shown) < 2:
            continue
        if whole:
            said += _sentences([change for change in changes if change.level == level], dict_of(shown), who)
        names = [say(f"parts.level.{level}", lang), *(formats.period(*span, lang) for span in spans)]
        frame = pd.DataFrame(
            [
                (part or say("parts.unnamed", lang), count_words(now, who), count_words(then, who))
                for part, now, then in shown
            ]
        )
        if not whole:
            names, frame = names[:2], frame.iloc[:, :2]
        caption = say("parts.table", lang, level=say(f"parts.by.{level}", lang), name=area_name(panel, municipality))
        tables += html_table(frame.set_axis(names, axis=1), caption=caption, lang=lang)
    if not tables:
        return NOTHING
    html = "".join(paragraph(text) for text in dict.fromkeys(said))
    html += counting_note(events, panel, municipality, 24, lang) + tables
    return section(say("parts.title", lang), html, said)


def parts_of(own: pd.DataFrame, activity: Activity, level: str, period: str) -> list[Row]:
    """Part, calls in the period, calls in the same months of the year before; the largest first."""
    if level not in part_levels(own, activity):
        return []
    found = cut_table(own, activity, measure="calls", by=level, period=period)
    both = found[["numerator", "year_before_numerator"]].fillna(0).astype("int64")
    rows = zip(found["part"].astype(str), both["numerator"], both["year_before_numerator"], strict=True)
    return sorted(((part, int(now), int(then)) for part, now, then in rows), key=lambda row: (-sum(row[1:]), row[0]))


def dict_of(rows: list[Row]) -> dict[str, Row]:
    """The rows by part."""
    return {row[0]: row for row in rows}


def _sentences(changes: list[PartChange], told: dict[str, Row], who: Reader) -> list[str]:
    lang, said = who.language, []
    for change in changes:
        if change.state in ("fell", "rose", "new") and change.part in told:
            _, now, then = told[change.part]
            if within_noise(now, then, who):
                continue
            values = {"now": count_words(now, who), "before": count_words(then, who)}
            said.append(say_to(who, f"parts.{change.state}", part=change.part, **values))
    stable = [change.part for change in changes if change.state == "stable" and change.part in told]
    if stable:
        said.append(say("parts.stable", lang, n=len(stable), parts=formats.listed(stable, lang)))
    return said


def show_units(
    measures: pd.DataFrame,
    panel: pd.DataFrame,
    municipality: str,
    *,
    activity: Activity | None = None,
    study: ForWhom = None,
) -> Fragment:
    """Active units: how many of them are new, what the new ones stand for, and what comparable places reach.

    `measures` is a `kl.measure_table` with the municipality; `activity` that of all, for the comparison.

    Parameters
    ----------
    activity : Activity | None, optional
        That of all municipalities, for the comparison.

    Returns
    -------
    Fragment
        A `Fragment`.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

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
    known = last_year(measures, panel, municipality)
    said = []
    if "units_new" in known:
        new = known["units_new"]
        part, whole = (part_words(new, column, who) for column in ("numerator", "denominator"))
        key = "units.new.none" if is_few(new["numerator"], who) or not new["numerator"] else "units.new"
        if not is_few(new["denominator"], who):
            said.append(say_to(who, key, n=new["denominator"], part=part, whole=whole))
    if "calls_of_new_units" in known and "units_new" in known and known["units_new"]["numerator"]:
        calls = known["calls_of_new_units"]
        part, whole = (count_words(calls[column], who) for column in ("numerator", "denominator"))
        share = formats.percent(calls["value"], lang)
        said.append(say("units.calls_of_new", lang, part=part, whole=whole, share=share))
    peers = None
    if activity is not None:
        compared = compared_measures(panel, activity, who, ["units_active"])
        peers = among_peers(compared, panel, municipality, "units_active", str(compared["period"].iloc[0]))
    if peers is not None and not peers.reason and "units_active" in known:
        row = known["units_active"]
        shares = {"own": row["value"], "median": peers.median, "upper": peers.upper}
        texts = {name: value_words(pd.Series({**row, "value": share}), who) for name, share in shares.items()}
        texts["own"] = formats.capital(say("few", lang) if is_few(row["numerator"], who) else texts["own"])
        said.append(say(f"units.peers.{peers.rule}", lang, n=peers.n, **texts))
        ceiling = "units.ceiling" if row["value"] < (peers.upper or 0.0) else "units.ceiling.above"
        said.append(say(ceiling, lang, upper=texts["upper"]))
    if not said:
        return NOTHING
    html = "".join(paragraph(text) for text in said)
    return section(say("units.title", lang), html, said)
