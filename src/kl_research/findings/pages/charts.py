"""Two drawings that keep chance apart from change: a control chart in time, a funnel across municipalities."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kl_research.adoption import control_chart, funnel
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.plots import draw_few, mark_events, new_axes, time_axis, title_of
from kl_research.findings.drawing.series import series_of
from kl_research.findings.html.markup import NOTHING, Fragment, paragraph, section
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms import months
from kl_research.terms.panel import NOT_IN_USE, area_name, area_region, check_area, last_state

FEWEST = 6  # months a phase needs for limits of its own
WHAT = "calls_per_1000_aged_80"


def show_control_chart(
    panel: pd.DataFrame, municipality: str, *, events: Iterable[Any] = (), study: ForWhom = None
) -> Figure | Fragment:
    """The municipality's months with the limits of usual variation, anew after each dated event with room for it.

    Returns
    -------
    Figure | Fragment
        A `Figure`, or a `Fragment` in words.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> show_control_chart(panel, "001", study=reader(lang="en")).title
    'Calls a month in 001: 2 months stand out'
    """
    who = reader(study)
    check_area(panel, municipality)
    lang, name = who.language, area_name(panel, municipality)
    if last_state(panel, municipality) in NOT_IN_USE:
        return NOTHING
    seen = series_of(panel, municipality)
    if not len(seen.known):
        return Fragment(paragraph(say("control.none", lang, name=name), "kl-note"))
    region = area_region(panel, municipality, f"{panel['month'].max():%Y-%m}")
    own = [e for e in events if e.dated and e.kind != "context" and e.touches(municipality, region)]
    breaks = phases(sorted({e.first_month for e in own}), seen.known["month"].tolist())
    marked = [e for e in own if e.first_month in breaks]
    chart = control_chart(panel, municipality, breaks=breaks)
    if chart.empty or chart["centre"].isna().all():
        return Fragment(paragraph(say("control.none", lang, name=name), "kl-note"))
    kind = chart["chart"].iloc[0]
    if kind == "g" and who.public:  # published months of 0 are few or none, so the gaps between others say nothing
        return Fragment(paragraph(say_to(who, "control.none", name=name), "kl-note"))
    signals = chart.loc[chart["signal"] != "", "month"].tolist()
    found = say("control.signals" if signals else "control.quiet", lang, n=len(signals))
    note = " ".join([say(f"control.note.{kind}", lang), *_events_note(marked, lang)])
    return figure(
        _draw_control(chart, marked, who),
        title=f"{say(f'control.title.{kind}', lang, name=name)}: {found}",
        alt=say(
            "control.alt",
            lang,
            name=name,
            first=formats.month(chart["month"].iloc[0], lang),
            last=formats.month(chart["month"].iloc[-1], lang),
            found=found,
        ),
        table=_control_table(chart, who),
        study=who,
        disclosed=True,
        note=note,
    )


def phases(starts: list[str], observed: list[str]) -> list[str]:
    """The event months that begin a phase: with enough observed months before the next, and before themselves.

    >>> from kl_research.terms.months import span
    >>> phases(["2024-02", "2024-12", "2025-10"], span("2024-01", "2025-12"))
    ['2024-12']
    """
    kept: list[str] = []
    for start in starts:
        before = [month for month in observed if (kept[-1] if kept else "") <= month < start]
        after = [month for month in observed if month >= start]
        if min(len(before), len(after)) >= FEWEST:
            kept.append(start)
    return kept


def _events_note(events: list[Any], lang: str) -> list[str]:
    ordered = sorted(events, key=lambda e: (e.first_month, e.id))
    words = [
        say("trend.event", lang, n=n, title=title_of(event, lang), date=formats.date(event.date, lang))
        for n, event in enumerate(ordered, start=1)
    ]
    return [say("control.phases", lang, events="; ".join(words))] if words else []


def _draw_control(chart: pd.DataFrame, events: list[Any], who: Reader) -> Axes:
    lang = who.language
    ax = new_axes(lang=lang)
    x = chart["month"].map(months.number).to_numpy(dtype="float64")
    first, last = chart["month"].iloc[0], chart["month"].iloc[-1]
    with mpl.rc_context(style.RC):
        for number, (_, part) in enumerate(chart.groupby("phase", sort=True)):
            at = part["month"].map(months.number).to_numpy(dtype="float64")
            edges = np.append(at - 0.5, at[-1] + 0.5)
            low, high = part["low"].iloc[0], part["high"].iloc[0]
            label, middle = (say(f"control.{key}", lang) if number == 0 else "_" for key in ("limits", "centre"))
            ax.fill_between(edges, low, high, color=style.BLUE, alpha=0.14, linewidth=0, label=label)
            ax.hlines(part["centre"].iloc[0], edges[0], edges[-1], color=style.BLUE, linewidth=1.4, label=middle)
        draw_few(ax, who)
        ax.plot(x, chart["value"], color=style.INK, linewidth=0.9, marker="o", markersize=3)
        out = (chart["signal"] != "").to_numpy()
        if out.any():
            ax.plot(
                x[out],
                chart.loc[out, "value"],
                linestyle="none",
                marker="D",
                markersize=7,
                color=style.ORANGE,
                markerfacecolor="none",
                markeredgewidth=1.6,
                label=say("control.signal", lang),
            )
        ax.set_ylim(bottom=0)
        time_axis(ax, first, last)
        mark_events(ax, events, first, last, lang)
        ax.set_ylabel(say(f"control.y.{chart['chart'].iloc[0]}", lang))
        drawing = ax.get_figure()
        if drawing is not None:
            drawing.legend(loc="outside upper left", ncols=3, handlelength=1.6)
    return ax


def _control_table(chart: pd.DataFrame, who: Reader) -> pd.DataFrame:
    lang = who.language
    names = {"value": "column.observed", "centre": "control.centre", "low": "column.low", "high": "column.high"}
    table = chart[["month", *names]].round(1)
    table["month"] = [formats.month(month, lang) for month in table["month"]]
    if who.public:
        table["value"] = [count_words(value, who) for value in table["value"]]
    table["signal"] = [say(f"control.signal.{signal or 'none'}", lang) for signal in chart["signal"]]
    words = {key: say(word, lang) for key, word in names.items()}
    return table.rename(columns={**words, "month": say("column.month", lang), "signal": say("control.signal", lang)})


def show_funnel(measures: pd.DataFrame, panel: pd.DataFrame, *, study: ForWhom = None) -> Fragment:
    """Calls per 1,000 aged 80+ of every municipality against what chance and ordinary differences allow.

    No league table: most differences between small municipalities are chance. `measures` holds the level
    municipality.

    Returns
    -------
    Fragment
        A `Fragment`; rates are those of `measures`.

    Examples
    --------
    >>> row = {"measure": "calls_per_1000_aged_80", "level": "municipality", "area": "1", "reason": "", "value": 3.3}
    >>> rows = pd.DataFrame([{**row, "period": "2024-02/2025-01", "numerator": 3.0, "denominator": 900.0}])
    >>> panel = pd.DataFrame({"municipality": ["1"], "month": pd.Timestamp("2025-01-01")})
    >>> show_funnel(rows, panel, study=reader(lang="en")).sentences
    ('There are too few municipalities with figures for a comparison.',)
    """
    who = reader(study)
    lang = who.language
    last = f"{panel['month'].max():%Y-%m}"
    period = f"{months.shift(last, -11)}/{last}"
    rows = measures[
        (measures["measure"] == WHAT) & (measures["level"] == "municipality") & (measures["period"] == period)
    ]
    rows = rows.drop_duplicates("area")
    found = funnel(rows, per=1000.0)
    title = say("funnel.title", lang)
    if found.reason:
        text = say(f"funnel.reason.{found.reason}", lang)
        return section(title, paragraph(text), (text,))
    table = found.table.assign(name=[area_name(panel, code) for code in found.table["area"]])
    table = table.sort_values("name", key=lambda names: names.map(formats.sort_key), ignore_index=True)
    usual = int((table["state"] == "inside").sum())
    inside = formats.number(int((~table["state"].str.endswith("_998")).sum()), lang)
    said = [say("funnel.inside", lang, n=usual, all=formats.number(len(table), lang))]
    for side in ("above", "below"):
        names = table.loc[table["state"] == f"{side}_998", "name"].tolist()
        if names:
            said.append(say(f"funnel.{side}", lang, names=formats.listed(names, lang)))
    said.append(say("funnel.meaning", lang))
    words = {
        "name": say("overview.column.municipality", lang),
        "denominator": say("funnel.x", lang),
        "value": say("funnel.y", lang),
        "state": say("funnel.column.state", lang),
    }
    data = (
        table[list(words)]
        .assign(
            state=[say(f"funnel.state.{state}", lang) for state in table["state"]],
            value=table["value"].round(1),
            denominator=table["denominator"].astype("int64"),
        )
        .rename(columns=words)
    )
    drawn = figure(
        _draw_funnel(table, found.centre, lang),
        title=say("funnel.figure", lang, n=inside, all=formats.number(len(table), lang)),
        alt=say("funnel.alt", lang, n=len(table), centre=formats.about(found.centre, lang)),
        table=data,
        study=who,
        disclosed=True,
        note=say("funnel.note", lang),
    )
    html = "".join(paragraph(text) for text in said) + drawn.html
    return section(title, html, said)


def _draw_funnel(table: pd.DataFrame, centre: float, lang: str) -> Axes:
    ax = new_axes(lang=lang)
    lines = table.sort_values("denominator")
    with mpl.rc_context(style.RC):
        for level, dash, key in (("95", (0, (4, 2)), "funnel.usual"), ("998", (0, ()), "funnel.rare")):
            for side in ("low", "high"):
                label = say(key, lang) if side == "low" else "_"
                x, y = lines["denominator"], lines[f"{side}_{level}"]
                ax.plot(x, y, color=style.BLUE, linewidth=1.1, linestyle=dash, label=label)
        ax.axhline(centre, color=style.BLUE, linewidth=1.6)
        far = table["state"].str.endswith("_998").to_numpy()
        inside = table[~far]
        ax.plot(inside["denominator"], inside["value"], linestyle="none", marker="o", markersize=4, color=style.INK)
        ax.plot(
            table.loc[far, "denominator"],
            table.loc[far, "value"],
            linestyle="none",
            marker="D",
            markersize=6,
            color=style.ORANGE,
        )
        for _, row in table[far].iterrows():
            ax.annotate(
                row["name"],
                (row["denominator"], row["value"]),
                xytext=(6, 3),
                textcoords="offset points",
                fontsize=8,
                color=style.INK,
            )
        ax.set_ylim(bottom=0)
        ax.set_xlabel(say("funnel.x", lang))
        ax.set_ylabel(say("funnel.y", lang))
        drawing = ax.get_figure()
        if drawing is not None:
            drawing.legend(loc="outside upper left", ncols=2)
    return ax
