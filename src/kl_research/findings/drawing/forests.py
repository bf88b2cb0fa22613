"""Many effects in one figure: a forest of municipalities or events, or every way of calculating one of them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from kl_research.effects.effect import Effect
from kl_research.effects.records import recorded
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.plots import new_axes
from kl_research.findings.html.markup import Fragment, paragraph, shortened
from kl_research.findings.words import formats, intervals, named
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import is_shared
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms.panel import area_name

_TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10)
_ROW = 0.3  # inches a row
_LINE = 0.14  # inches a further line of a row's name
_LETTERS = 40  # of a line of a name


def forest(effects: Sequence[Effect], panel: pd.DataFrame, *, study: ForWhom = None) -> Figure | None:
    """The primary effects that have a number, a line each, in Danish order of their places; None without any.

    A point left of 1 is fewer than expected, right of 1 more; the line is the interval. Filled points are increases
    and decreases, open ones everything else, so that the verdict does not rest on colour.
    """
    who = reader(study)
    shown = [e for e in effects if e.primary and e.estimate is not None]

    def label(effect: Effect) -> str:
        title = named.event_title(effect, who.language)
        if effect.level in ("event", "type"):  # of several municipalities, which its title tells
            return shortened(title)
        place = area_name(panel, effect.area) if effect.area else say("overview.nation", who.language)
        return shortened(f"{formats.capital(place)}: {title}")

    shown.sort(key=lambda e: formats.sort_key(label(e)))
    return _figure(shown, label, "forest", who) if shown else None


def show_forest(
    records: Sequence[dict[str, Any]], panel: pd.DataFrame, *, study: ForWhom = None
) -> Figure | Fragment:
    """The forest of what the municipalities' notebooks recorded (`kl.read_records`); says so when there is none.

    Returns
    -------
    Figure | Fragment
        A `Figure` of rate ratios, or a `Fragment` in words.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> from kl_research.effects import controlled_interrupted_time_series as design
    >>> from kl_research.effects.records import to_record
    >>> effect = design(panel, events["meeting"], municipality="001")
    >>> record = {"area": "001", "effects": [to_record(effect.replace(primary=True))]}
    >>> show_forest([record], panel, study=reader(lang="en")).title
    'One assessment with a number'
    """
    who = reader(study)
    own = [e for e in recorded(records) if e.level == "municipality" and not is_shared(e)]
    return forest(own, panel, study=who) or Fragment(paragraph(say("forest.none", who.language), "kl-note"))


def specification_curve(effects: Sequence[Effect], panel: pd.DataFrame, *, study: ForWhom = None) -> Figure | None:
    """One event calculated in every way that was tried, the primary first, the others by size; None without any.

    Returns
    -------
    Figure | None
        A `Figure` of rate ratios with their intervals (95 %), one row a way of calculating in its table.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> from kl_research.effects import controlled_interrupted_time_series as design
    >>> effect = design(panel, events["meeting"], municipality="001")
    >>> specification_curve([effect], panel, study=reader(lang="en")).title
    'The leader meeting on 1 January 2024: calculated in one way'
    """
    who = reader(study)
    return curve_of(effects, who) if any(e.estimate is not None for e in effects) else None


def curve_of(effects: Sequence[Effect], who: Reader) -> Figure:
    """`specification_curve` of effects of which at least one has a number."""
    shown = sorted((e for e in effects if e.estimate is not None), key=lambda e: (not e.primary, e.estimate or 0))

    def label(effect: Effect) -> str:
        words = named.design_words(effect, who.language)
        return f"{words} ({say('forest.primary', who.language)})" if effect.primary else words

    return _figure(shown, label, "curve", who)


def _figure(shown: list[Effect], label: Callable[[Effect], str], kind: str, who: Reader) -> Figure:
    lang = who.language
    above = sum(1 for e in shown if (e.estimate or 1) > 1)
    values = {"n": len(shown), "above": formats.number(above, lang)}
    event = named.event_phrase(shown[0], lang, dated=True)
    clear = formats.number(sum(1 for e in shown if e.verdict in ("increase", "decrease")), lang)
    key = "forest.title.clear" if kind == "forest" and len(shown) > 1 else f"{kind}.title"
    title = formats.capital(say(key, lang, **values, event=event, clear=clear))
    rows = [
        (
            label(e),
            formats.number(e.estimate or 0, lang, 2),
            _limits(e, lang),
            say(f"verdict.{e.verdict}", lang),
        )
        for e in shown
    ]
    names = ("forest.column.what", "effects.column.estimate", "effects.column.interval", "effects.column.verdict")
    table = pd.DataFrame(rows, columns=[say(name, lang) for name in names])
    alt = say(f"{kind}.alt", lang, **values)
    return figure(
        _draw(shown, label, lang),
        title=title,
        alt=alt,
        table=table,
        study=who,
        disclosed=True,
        note=say("forest.note", lang),
    )


def _limits(effect: Effect, lang: str) -> str:
    low, high = intervals.limits(effect)
    upper = formats.number(high, lang, 2) if math.isfinite(high) else say("forest.open", lang)
    return f"{formats.number(low, lang, 2)}-{upper}"


def _draw(shown: Sequence[Effect], label: Callable[[Effect], str], lang: str) -> Axes:
    rows = [(label(e), e.estimate or 1.0, *intervals.limits(e)) for e in shown]
    marks = ["D" if e.primary else "o" for e in shown]
    return draw_rows(rows, marks, lang, [e.verdict in ("increase", "decrease") for e in shown])


def draw_rows(
    rows: Sequence[tuple[str, float, float, float]], marks: Sequence[str], lang: str, filled: Sequence[bool] = ()
) -> Axes:
    """A forest of (label, ratio, low, high), top to bottom; `filled` marks are told apart without colour."""
    names = {label: "\n".join(textwrap.wrap(label, _LETTERS)) for label, *_ in rows}
    lines = sum(name.count("\n") for name in names.values())
    ax = new_axes(1.1 + _ROW * len(rows) + _LINE * lines, lang)
    with mpl.rc_context(style.RC):
        least = min(max(low, 0.05) for _, _, low, _ in rows)
        most = max(min(high, 20.0) for _, _, _, high in rows)
        left, right = min(least, 0.8) / 1.1, max(most, 1.25) * 1.1
        for at, (_, ratio, low, high) in enumerate(reversed(rows)):
            i = len(rows) - 1 - at
            ax.plot([max(low, left), min(high, right)], [at, at], color=style.BLUE, linewidth=1.6)
            face = style.BLUE if filled and filled[i] else style.PAPER
            ax.plot([ratio], [at], marker=marks[i], markersize=6, color=style.BLUE, markerfacecolor=face)
        ax.axvline(1, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)))
        ax.set_xscale("log")
        ax.set_xlim(left, right)
        ax.xaxis.set_major_locator(FixedLocator([t for t in _TICKS if left <= t <= right]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(
            FuncFormatter(lambda v, _: formats.number(v, lang, 0 if v >= 1 and v % 1 == 0 else 2))
        )
        ax.set_yticks(np.arange(len(rows)), [names[label] for label, *_ in reversed(rows)], fontsize=9)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.grid(False)
        ax.set_xlabel(say("forest.axis", lang))
    return ax
