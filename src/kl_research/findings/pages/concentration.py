"""How much hangs on a few units, what would be left without the largest, and who tried and quit."""

from __future__ import annotations

import pandas as pd

from kl_research.adoption import cut, user_states
from kl_research.adoption.cut import Activity
from kl_research.findings.html.markup import NOTHING, Fragment, folded, paragraph, section
from kl_research.findings.html.tables import html_table
from kl_research.findings.pages.measures import last_year
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import is_few, part_words
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms.panel import area_name, check_area


def show_concentration(
    measures: pd.DataFrame,
    panel: pd.DataFrame,
    municipality: str,
    *,
    activity: Activity | None = None,
    study: ForWhom = None,
) -> Fragment:
    """The last 12 months in sentences; with the rows of `activity`, the units by name. Published
    numbers say how many units have many calls, never how many the largest has.

    Parameters
    ----------
    activity : Activity | None, optional
        With its rows, units are named.

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
    >>> own = panel[panel["municipality"] == "001"]
    >>> rows = measure_table(own, drawn_activity(own), levels=["municipality"])
    >>> print(show_concentration(rows, own, "001", study=reader(lang="en")).sentences[0])
    The largest unit made 473 of the municipality's 473 calls in the last 12 months (100%).
    """
    who = reader(study)
    check_area(panel, municipality)
    lang = who.language
    known = last_year(measures, panel, municipality)
    said = []
    if {"top_unit_share", "calls_left_without_top_unit"} <= set(known):
        top, left = known["top_unit_share"], known["calls_left_without_top_unit"]
        said.append(
            say(
                "concentration.top",
                lang,
                calls=formats.number(top["numerator"], lang),
                whole=formats.number(top["denominator"], lang),
                share=formats.percent(top["value"], lang),
            )
        )
        if "top_two_units_share" in known and top["value"] < 1:
            two = known["top_two_units_share"]
            calls, share = formats.number(two["numerator"], lang), formats.percent(two["value"], lang)
            said.append(say("concentration.top_two", lang, calls=calls, share=share))
        said.append(say("concentration.left", lang, left=formats.about(left["value"], lang)))
    said += carried(known, who) if who.public else []
    gone = known.get("units_stopped")
    if gone is not None and gone["denominator"] > 0 and not is_few(gone["denominator"], who):
        part, whole = (part_words(gone, column, who) for column in ("numerator", "denominator"))
        key = "concentration.stopped" if gone["numerator"] else "concentration.stopped.none"
        said.append(formats.capital(say_to(who, key, part=part, whole=whole)))
    if "units_tried_and_stopped" in known and known["units_tried_and_stopped"]["numerator"] > 0 and said:
        tried = known["units_tried_and_stopped"]
        said.append(formats.capital(say("concentration.tried", lang, n=part_words(tried, "numerator", who))))
    html = "".join(paragraph(text) for text in said)
    rows = getattr(activity, "activity", activity)  # an own edition holds the municipality's own rows
    if isinstance(rows, pd.DataFrame):
        html += _units(panel, rows, municipality, lang)
    if not html:
        return NOTHING
    return section(say("concentration.title", lang), html, said)


def carried(known: dict[str, pd.Series], who: Reader) -> list[str]:
    """How many units carry the use: those with at least 60, 24 or 12 calls, the highest of which there are any."""
    for least in (60, 24, 12):
        row = known.get(f"units_with_{least}_calls")
        if row is not None and row["numerator"] >= 1:
            part, whole = (part_words(row, column, who) for column in ("numerator", "denominator"))
            if is_few(row["denominator"], who):
                return [say("concentration.carried.all_few", who.language, least=least)]
            return [formats.capital(say("concentration.carried", who.language, n=part, least=least, whole=whole))]
    return []


def _units(panel: pd.DataFrame, activity: pd.DataFrame, municipality: str, lang: str) -> str:
    """Every unit that ever used the app, by name; for the house only."""
    own = panel[panel["municipality"] == municipality]
    states = user_states(cut(own, activity[activity["municipality"] == municipality]))
    if states.empty:
        return ""
    names = ("unit", "calls", "first", "last", "state")
    table = pd.DataFrame(
        {
            "unit": states["name"],
            "calls": states["calls"],
            "first": [formats.month(month, lang) for month in states["first"]],
            "last": [formats.month(month, lang) for month in states["last"]],
            "state": [say(f"user.{state}", lang) for state in states["state"]],
        }
    ).rename(columns={name: say(f"concentration.column.{name}", lang) for name in names})
    caption = say("concentration.table", lang, name=area_name(own, municipality))
    return folded(say("concentration.units", lang), html_table(table, caption=caption, lang=lang))
