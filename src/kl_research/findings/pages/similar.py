"""One municipality among similar ones: the rule is stated, nobody is ranked, and only told numbers enter."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from kl_research.adoption import among_peers, measure_table
from kl_research.adoption.cut import Activity
from kl_research.findings.html.markup import escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import rests_on_few, value_words
from kl_research.findings.words.reader import Reader
from kl_research.terms import months

COMPARED = ("calls_per_1000_aged_80", "units_active", "calls_per_active_unit")


def compared_measures(
    panel: pd.DataFrame, activity: Activity | None, who: Reader, only: Iterable[str] = COMPARED
) -> pd.DataFrame:
    """The measures that are compared, of every municipality over the last 12 months, as the reader may see them."""
    last = f"{panel['month'].max():%Y-%m}"
    spans = [(months.shift(last, -11), last)]
    return measure_table(panel, activity, levels=["municipality"], periods=spans, only=only)


def similar_part(measures: pd.DataFrame, panel: pd.DataFrame, code: str, name: str, who: Reader) -> str:
    """The comparison as a part of a page; says so where there is nobody to compare with.

    `measures` is what `compared_measures` returned.
    """
    lang = who.language
    period = str(measures["period"].iloc[0])
    found = {key: among_peers(measures, panel, code, key, period) for key in COMPARED}
    rows = []
    for key, one in found.items():
        if one.reason == "too_few_comparables" or one.median is None or one.lower is None or one.upper is None:
            continue
        own = say("table.none", lang)
        row = measures[(measures["area"] == code) & (measures["measure"] == key)].iloc[0]
        if one.value is not None and not rests_on_few(row, who):
            own = _number(key, one.value, who)
        middle = f"{_number(key, one.lower, who)} - {_number(key, one.upper, who)}"
        rows.append((say(f"measure.{key}", lang), own, middle, one.n))
    title = f"<h2>{escape(say('similar.title', lang))}</h2>"
    if not rows:
        return title + paragraph(say("similar.none", lang))
    rule = next(one.rule for one in found.values())
    columns = [say("measures.column", lang), name, say("similar.column.middle", lang), say("similar.column.n", lang)]
    table = html_table(
        pd.DataFrame(rows, columns=columns), caption=say("similar.table", lang, name=name), lang=lang, kind="kl-two"
    )
    return title + paragraph(say(f"similar.rule.{rule}", lang)) + table


def _number(key: str, value: float, who: Reader) -> str:
    unit = "share" if key == "units_active" else ""
    return value_words(pd.Series({"measure": key, "value": value, "unit": unit}), who)
