"""The same intervention in several places: together, pooled with what the next place may expect, and over time."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from kl_research.effects.effect import Effect
from kl_research.effects.questions.kinds import compare_types, poolable, type_differences
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.forests import draw_rows
from kl_research.findings.drawing.plots import new_axes
from kl_research.findings.html.markup import Fragment, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats, intervals, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms.panel import area_name

FEW = 5  # municipalities; under it the mean is called uncertain


def show_kinds(
    single: Sequence[Effect],
    joint: Sequence[Effect],
    pooled: Sequence[Effect],
    panel: pd.DataFrame,
    *,
    study: ForWhom = None,
) -> Fragment:
    """Events in several municipalities as one (`evaluate_shared`), kinds pooled (`pooled_types`), kinds compared.

    `single`: the effects of the single municipalities (`local_effects`).

    Parameters
    ----------
    single : Sequence[Effect]
        Effects of the single municipalities (`kl.local_effects`).
    joint : Sequence[Effect]
        Events in several municipalities as one (`kl.evaluate_shared`).
    pooled : Sequence[Effect]
        Kinds pooled (`kl.pooled_types`).

    Returns
    -------
    Fragment
        A `Fragment`.

    Examples
    --------
    >>> print(*show_kinds([], [], [], pd.DataFrame(), study=reader(lang="en")).sentences)
    No intervention in the register has numbers from two or more municipalities.
    """
    who = reader(study)
    lang = who.language
    said = kinds_sentences(single, joint, pooled, panel, lang)
    told = poolable(single)
    html = "".join(paragraph(text) for text in said)
    for one in pooled:
        if one.estimate is not None:
            html += pooled_forest(one, [e for e in told if e.type == one.type], panel, study=who).html
    table = compare_types(single)
    if (table["municipalities"] > 1).sum() > 1:
        html += _table(table, lang) + paragraph(say("kinds.note", lang))
    title = escape(say("kinds.title", lang))
    return Fragment(f'<section class="kl-effect"><h2>{title}</h2>{html}</section>', tuple(said))


def kinds_sentences(
    single: Sequence[Effect], joint: Sequence[Effect], pooled: Sequence[Effect], panel: pd.DataFrame, lang: str
) -> list[str]:
    """What may be said, and what may not be concluded with two of each."""
    said = [_joint(effect, panel, lang) for effect in joint]
    for one in pooled:
        kind = say(f"event.type.{one.type}", lang)
        if one.estimate is None:
            said.append(say("kinds.two", lang, type=kind))
            continue
        whole = (one.estimate, one.conf_low or 0.0, one.conf_high or float("inf"))
        low, high = (intervals.change(one.details[f"prediction_{end}"], lang) for end in ("low", "high"))
        values = {"ratio": intervals.of_three(whole, lang), "low": low, "high": high}
        said.append(say("kinds.pooled", lang, type=kind, n=one.n_municipalities, **values))
        if one.n_municipalities < FEW:
            said.append(say("kinds.few", lang))
        if one.details.get("staggered_p") is not None:
            said.append(say("kinds.chance", lang, p=formats.percent(one.details["staggered_p"], lang, 1)))
    several = {effect.type for effect in pooled}
    types = dict.fromkeys(effect.type for effect in poolable(single))
    alone = [say(f"event.type.{t}", lang) for t in types if t not in several]
    if len(alone) > 1:
        said.append(say("kinds.one", lang, types=formats.listed(alone, lang)))
    for row in type_differences(single).to_dict("records"):
        first, second = (say(f"event.type.{t}", lang) for t in (row["first"], row["second"]))
        limits = {end: formats.number(row[f"conf_{end}"], lang, 1) for end in ("low", "high")}
        said.append(say("kinds.difference", lang, first=first, second=second, **limits))
        clear = row["conf_low"] > 1 or row["conf_high"] < 1
        key = "yes" if clear and row["enough"] else "two" if not row["enough"] else "no"
        said.append(say(f"kinds.difference.{key}", lang))
    return list(dict.fromkeys(said)) or [say("kinds.empty", lang)]


def _joint(effect: Effect, panel: pd.DataFrame, lang: str) -> str:
    places = [area_name(panel, code) for code in effect.details.get("members", [])]
    text = wording.sentence(effect, lang)
    if not places:
        return text
    return say("kinds.joint", lang, places=formats.listed(sorted(places, key=formats.sort_key), lang), sentence=text)


def _table(table: pd.DataFrame, lang: str) -> str:
    rows = [
        (
            say(f"event.type.{row['type']}", lang),
            int(row["municipalities"]),
            intervals.change(row["estimate"], lang),
            intervals.change(row["shrunken"], lang),
        )
        for row in table.to_dict("records")
    ]
    columns = [say(f"kinds.column.{c}", lang) for c in ("type", "n", "own", "shrunken")]
    return html_table(pd.DataFrame(rows, columns=columns), caption=say("kinds.table", lang), lang=lang)


def pooled_forest(pooled: Effect, members: Sequence[Effect], panel: pd.DataFrame, *, study: ForWhom = None) -> Figure:
    """Each municipality's ratio with its interval, the pooled mean, and what the next municipality may expect."""
    who = reader(study)
    lang = who.language
    rows = [(area_name(panel, e.area), e.estimate or 1.0, *intervals.limits(e)) for e in members]
    rows.sort(key=lambda row: formats.sort_key(row[0]))
    mean, low, high = pooled.estimate or 1.0, pooled.conf_low or 0.0, pooled.conf_high or float("inf")
    rows.append((say("kinds.forest.mean", lang), mean, low, high))
    next_ = (pooled.details["prediction_low"], pooled.details["prediction_high"])
    rows.append((say("kinds.forest.next", lang), mean, *next_))
    kind = say(f"event.type.{pooled.type}", lang)
    title = say("kinds.forest.title", lang, type=kind, n=pooled.n_municipalities)
    ends = {end: intervals.change(value, lang) for end, value in zip(("low", "high"), next_, strict=True)}
    alt = say("kinds.forest.alt", lang, mean=intervals.change(mean, lang), **ends)
    cells = [
        (name, formats.number(ratio, lang, 2), f"{formats.number(lo, lang, 2)}-{formats.number(hi, lang, 2)}")
        for name, ratio, lo, hi in rows
    ]
    names = ("forest.column.what", "effects.column.estimate", "effects.column.interval")
    table = pd.DataFrame(cells, columns=[say(name, lang) for name in names])
    marks = ["o"] * len(members) + ["D", "|"]
    return figure(draw_rows(rows, marks, lang), title=title, alt=alt, table=table, study=who, disclosed=True)


def event_study_figure(table: pd.DataFrame, type_: str, *, study: ForWhom = None) -> Figure | None:
    """`event_study` drawn: the ratio by quarters around the start, in the band of municipalities chosen at random.

    Parameters
    ----------
    table : DataFrame
        What `kl.event_study` returned.
    type_ : str
        Type of the events.

    Returns
    -------
    Figure | None
        A `Figure` whose table has the quarters, or None for an empty `table`.

    Examples
    --------
    >>> table = pd.DataFrame({"from_month": [-3, 0], "to_month": [-1, 2], "ratio": [1.0, 2.0], "low": [0.8, 0.8],
    ...                       "high": [1.2, 1.2], "municipalities": 3})
    >>> event_study_figure(table, "leader_meeting", study=reader(lang="en")).title
    'Leader meeting: when did the change come?'
    """
    if table.empty:
        return None
    who = reader(study)
    lang = who.language
    kind = say(f"event.type.{type_}", lang)
    values: dict[str, str] = {}
    for side, part in (("before", table[table["from_month"] < 0]), ("after", table[table["from_month"] >= 0])):
        for end, value in (("low", part["ratio"].min()), ("high", part["ratio"].max())):
            values[f"{side}_{end}"] = formats.number(value, lang, 2) if len(part) else say("table.none", lang)
    rows = [
        (
            say("study.months", lang, first=str(row["from_month"]), last=str(row["to_month"])),
            formats.number(row["ratio"], lang, 2),
            f"{formats.number(row['low'], lang, 2)}-{formats.number(row['high'], lang, 2)}",
        )
        for row in table.to_dict("records")
    ]
    shown = pd.DataFrame(rows, columns=[say(f"study.column.{c}", lang) for c in ("months", "ratio", "band")])
    alt = say("study.alt", lang, n=int(table["municipalities"].max()), **values)
    title = say("study.title", lang, type=kind)
    return figure(
        _draw(table, who), title=title, alt=alt, table=shown, study=who, disclosed=True, note=say("study.note", lang)
    )


def _draw(table: pd.DataFrame, who: Reader) -> Axes:
    ax = new_axes(lang=who.language)
    with mpl.rc_context(style.RC):
        x = ((table["from_month"] + table["to_month"]) / 2).to_numpy(dtype=float)
        ax.fill_between(
            x,
            table["low"],
            table["high"],
            color=style.ORANGE,
            alpha=0.22,
            linewidth=0,
            label=say("study.band", who.language),
        )
        ax.plot(x, table["ratio"], marker="o", color=style.BLUE)
        ax.axhline(1, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)))
        ax.axvline(-0.5, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)))
        ax.set_yscale("log")
        ticks = [t for t in (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4) if _within(t, table)]
        ax.set_yticks(ticks, [formats.number(t, who.language, 0 if t == int(t) else 2) for t in ticks])
        ax.minorticks_off()
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: formats.number(v, who.language)))
        ax.set_xlabel(say("study.x", who.language))
        ax.set_ylabel(say("study.y", who.language))
        ax.legend(loc="upper left")
    return ax


def _within(tick: float, table: pd.DataFrame) -> bool:
    values = table[["ratio", "low", "high"]].to_numpy(dtype=float)
    return bool(min(np.min(values), 0.9) / 1.2 <= tick <= max(np.max(values), 1.1) * 1.2)
