"""What comparable municipalities reached after their start: a benchmark for one that has not begun."""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd

from kl_research.adoption import RampUp
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.plots import new_axes
from kl_research.findings.html.markup import NOTHING, Fragment, paragraph, section
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms.panel import NOT_IN_USE, area_name, last_state

AGES = (3, 6, 12)
QUARTILES = ("lower", "median", "upper")


def show_ramp_up(
    found: RampUp, panel: pd.DataFrame, *, delays: pd.DataFrame | None = None, study: ForWhom = None
) -> Fragment:
    """The benchmark in a sentence an age, a table and a curve; nothing for a municipality that has begun.

    `delays` is what `kl.delays` returned: how long the municipality has waited since plan and agreement.

    Parameters
    ----------
    found : RampUp
        What `kl.ramp_up` returned.
    delays : DataFrame | None, optional
        What `kl.delays` returned: how long the municipality has waited since plan and agreement.

    Returns
    -------
    Fragment
        A `Fragment`; ages in months, values in calls a month.

    Examples
    --------
    >>> from kl_research.adoption import ramp_up
    >>> months = pd.date_range("2025-01-01", periods=4, freq="MS")
    >>> panel = pd.concat(pd.DataFrame({"municipality": str(i), "month": months, "calls": [None, i, i, i],
    ...                                 "state": ["not_connected", *["observed"] * 3]}) for i in range(1, 8))
    >>> panel.loc[panel["municipality"] == "1", ["state", "calls"]] = ["not_connected", None]
    >>> print(show_ramp_up(ramp_up(panel, "1", ages=(3,)), panel, study=reader(lang="en")).sentences[0])
    6 municipalities began within the period the figures cover; the number of older citizens is not known, so
    they are not chosen by size.
    """
    who = reader(study)
    lang = who.language
    if last_state(panel, found.municipality) not in NOT_IN_USE:
        return NOTHING
    name = area_name(panel, found.municipality)
    said = _waiting(delays, found.municipality, lang)
    if found.reason:
        said.append(say(f"ramp.reason.{found.reason}", lang, n=len(found.comparables)))
    else:
        said.append(say(f"ramp.rule.{found.rule}", lang, n=len(found.comparables), name=name))
        said += [_sentence(found.table, age, who) for age in AGES]
        said.append(say("ramp.no_promise", lang))
    html = "".join(paragraph(text) for text in said if text)
    if not found.reason:
        html += html_table(_table(found.table, who), caption=say("ramp.table", lang), lang=lang)
        html += _figure(found.table, name, who).html
    title = say("ramp.title", lang)
    return section(title, html, [text for text in said if text])


def _waiting(delays: pd.DataFrame | None, code: str, lang: str) -> list[str]:
    if delays is None or delays.empty:
        return []
    own = delays[(delays["municipality"] == code) & delays["waiting"] & delays["step"].str.endswith("_to_start")]
    return [
        say(f"delay.{step}", lang, since=formats.month(begun, lang), months=say("months", lang, n=int(n)))
        for step, begun, n in own[["step", "from", "months"]].itertuples(index=False, name=None)
    ]


def _told(row: pd.Series, column: str, who: Reader) -> str:
    """A quartile as it may be said."""
    value = float(row[column])
    return formats.about(value, who.language)


def _row(table: pd.DataFrame, age: int, measure: str) -> pd.Series | None:
    rows = table[(table["age"] == age) & (table["measure"] == measure) & table["median"].notna()]
    return rows.iloc[0] if len(rows) else None


def _sentence(table: pd.DataFrame, age: int, who: Reader) -> str:
    lang = who.language
    calls, units = _row(table, age, "calls_per_month"), _row(table, age, "active_units")
    if calls is None:
        return ""
    values = {column: _told(calls, column, who) for column in QUARTILES}
    values["months"] = say("months", lang, n=age)
    if units is None:
        return say("ramp.age", lang, **values)
    return say("ramp.age.units", lang, units=formats.about(units["median"], lang), **values)


def _table(table: pd.DataFrame, who: Reader) -> pd.DataFrame:
    lang = who.language
    rows = []
    for age in AGES:
        for measure in ("calls_per_month", "active_units"):
            row = _row(table, age, measure)
            if row is not None:
                what = f"{say(f'ramp.measure.{measure}', lang)}, {say('ramp.after', lang, months=age)}"
                rows.append([what, *(_told(row, c, who) for c in QUARTILES), int(row["n"])])
    columns = [say(f"ramp.column.{key}", lang) for key in ("what", "lower", "median", "upper", "n")]
    return pd.DataFrame(rows, columns=columns)


def _figure(table: pd.DataFrame, name: str, who: Reader) -> Figure:
    lang = who.language
    rows = table[(table["measure"] == "calls_per_month") & table["median"].notna()]
    ax = new_axes(lang=lang)
    with mpl.rc_context(style.RC):
        middle, edge = say("ramp.figure.median", lang), say("ramp.figure.band", lang)
        ax.fill_between(
            rows["age"], rows["lower"], rows["upper"], color=style.BLUE, alpha=0.2, linewidth=0, label=edge
        )
        ax.plot(rows["age"], rows["median"], color=style.BLUE, marker="o", markersize=4, label=middle)
        ax.set_ylim(bottom=0)
        ax.set_xticks([age for age in sorted(set(rows["age"])) if age % 3 == 0])
        ax.set_xlabel(say("ramp.figure.x", lang))
        ax.set_ylabel(say("ramp.measure.calls_per_month", lang))
        drawing = ax.get_figure()
        if drawing is not None:
            drawing.legend(loc="outside upper left", ncols=2)
    columns = [say("ramp.figure.x", lang), *(say(f"ramp.column.{key}", lang) for key in QUARTILES)]
    data = [[int(row["age"]), *(_told(row, c, who) for c in QUARTILES)] for _, row in rows.iterrows()]
    last = rows.iloc[-1]
    alt = say("ramp.figure.alt", lang, months=int(last["age"]), median=_told(last, "median", who))
    return figure(
        ax,
        title=say("ramp.figure.title", lang, name=name),
        alt=alt,
        table=pd.DataFrame(data, columns=columns),
        study=who,
        disclosed=True,
    )
