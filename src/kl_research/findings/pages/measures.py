"""Adoption measures as a table: this year beside last, numerator and denominator beside every ratio."""

from __future__ import annotations

import pandas as pd

from kl_research.findings.html.markup import Fragment, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import has, say
from kl_research.findings.words.numbers import count_words, is_few, is_minutes, part_words, rests_on_few, value_words
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms import months
from kl_research.terms.panel import NOT_IN_USE, area_name, check_area, last_state

STAR = "*"  # beside a number that hidden months are not in
# What a page shows of the code book, in this order; the rest is in measures.csv.
SHOWN = (
    "calls",
    "completed",
    "calls_per_1000_aged_80",
    "units_active",
    "units_regular",
    "units_still_using",
    "calls_per_active_unit",
    "completed_share",
    "minutes_per_call",
    "top_unit_share",
    "top_two_units_share",
    "calls_left_without_top_unit",
    "months_since_last_use",
)
NOT_PUBLIC = ("months_since_last_use",)  # a published month of 0 is few or none


def show_measures(
    measures: pd.DataFrame, panel: pd.DataFrame, municipality: str, *, study: ForWhom = None
) -> Fragment:
    """The last 12 months beside the 12 before, as `kl.measure_table` computed them.

    Returns
    -------
    Fragment
        A `Fragment`: counts, and ratios with numerator and denominator.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.adoption import measure_table
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> rows = measure_table(panel, levels=["municipality"], only=["calls"])
    >>> "473" in show_measures(rows, panel, "001", study=reader(lang="en")).html
    True
    """
    who = reader(study)
    check_area(panel, municipality)
    lang, name = who.language, area_name(panel, municipality)
    last = f"{panel['month'].max():%Y-%m}"
    spans = [(months.shift(last, -11), last), (months.shift(last, -23), months.shift(last, -12))]
    rows = []
    idle = last_state(panel, municipality) in NOT_IN_USE  # a table of "not connected" would say it 26 times
    shown = [measure for measure in SHOWN if not (who.public and measure in NOT_PUBLIC)]
    for measure in () if idle else shown:
        cells = [_cell(measures, measure, municipality, f"{first}/{end}", who) for first, end in spans]
        if any(cells):
            rows.append([say(f"measure.{measure}", lang), *(cell or say("table.none", lang) for cell in cells)])
    heading = f"<h2>{escape(say('measures.title', lang))}</h2>"
    if not rows:
        return Fragment(f"<section>{heading}{paragraph(say('measures.none', lang, name=name), 'kl-note')}</section>")
    now, before = (formats.period(first, end, lang) for first, end in spans)
    table = pd.DataFrame(rows, columns=[say("measures.column", lang), now, before])
    caption = say("measures.table", lang, name=name, now=now, before=before)
    note = say("measures.note", lang)
    if any(STAR in cell for row in rows for cell in row):
        note += f" {STAR} {say('measure.caution.suppressed_months', lang)}"
    return Fragment(
        f"<section>{heading}{html_table(table, caption=caption, lang=lang)}{paragraph(note, 'kl-note')}</section>"
    )


def _cell(measures: pd.DataFrame, measure: str, area: str, period: str, who: Reader) -> str:
    """One measure in one period as a reader sees it, with a star where hidden months are not in it."""
    key = (measures["measure"] == measure) & (measures["area"] == area) & (measures["period"] == period)
    if not key.any():
        return ""
    row = measures[key].iloc[0]
    text = _value(row, who)
    return f"{text} {STAR}" if text and row["caution"] == "suppressed_months" else text


def _value(row: pd.Series, who: Reader) -> str:
    lang = who.language
    if pd.isna(row["value"]) and (pd.isna(row["numerator"]) or pd.isna(row["denominator"])):
        reason = f"measure.reason.{row['reason']}"
        return say(reason, lang) if has(reason, lang) else ""
    if pd.isna(row["denominator"]) or row["unit"] in ("calls", "consultations", "months"):
        return count_words(row["value"], who) if row["unit"] != "months" else formats.number(row["value"], lang)
    part, whole = (part_words(row, column, who) for column in ("numerator", "denominator"))
    if is_minutes(row) and who.public:
        return value_words(row, who)
    if rests_on_few(row, who) and row["unit"] != "share":
        return part if is_few(row["numerator"], who) else say("measures.few", lang)
    if pd.isna(row["value"]) or rests_on_few(row, who):
        return say("measures.parts", lang, part=part, whole=whole)
    if row["unit"] == "share":
        return say("measures.of", lang, value=value_words(row, who), part=part, whole=whole)
    return say("measures.over", lang, value=value_words(row, who), part=part, whole=whole)


def last_year(measures: pd.DataFrame, panel: pd.DataFrame, municipality: str) -> dict[str, pd.Series]:
    """A municipality's measures over the last 12 months, by name; those without numbers are left out."""
    last = f"{panel['month'].max():%Y-%m}"
    own = measures[(measures["area"] == municipality) & (measures["level"] == "municipality")]
    rows = own[own["period"] == f"{months.shift(last, -11)}/{last}"].drop_duplicates("measure")
    known = rows[rows["value"].notna() | rows["numerator"].notna() & rows["denominator"].notna()]
    return {str(row["measure"]): row for _, row in known.iterrows()}
