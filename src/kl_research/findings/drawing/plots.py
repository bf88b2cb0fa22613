"""The two drawings of every page: a series with its events, and an effect with what was expected without it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kl_research.effects.effect import Effect
from kl_research.findings.drawing import style
from kl_research.findings.drawing.series import Series, series_of
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms import months
from kl_research.terms.panel import check_area

SUPPRESSED = (1, 4)  # what a month that came suppressed can have been


def new_axes(height: float = style.HEIGHT, lang: str = "da") -> Axes:
    """Empty axes in the common style, numbers written the language's way."""
    style.load_backend()
    with mpl.rc_context(style.RC):
        _, ax = plt.subplots(figsize=(style.WIDTH, height))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: formats.number(v, lang, 0 if v == int(v) else 1)))
    return ax


def plot_trend(
    panel: pd.DataFrame,
    municipality: str,
    *,
    measure: str = "calls",
    events: Iterable[Any] = (),
    study: ForWhom = None,
) -> Axes:
    """One municipality's series, month by month.

    Events with a date are marked.

    Returns
    -------
    Axes
        The axes to hand to `figure`.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> len(plot_trend(panel, "001").get_lines()[0].get_xdata())
    36
    >>> plt.close()
    """
    who = reader(study)
    check_area(panel, municipality)
    return draw_series(series_of(panel, municipality, measure), measure, events, who)


def draw_series(seen: Series, measure: str, events: Iterable[Any], who: Reader) -> Axes:
    """The drawing of a series; in the public edition with the band of what is written as few."""
    ax = new_axes(lang=who.language)
    with mpl.rc_context(style.RC):
        table = seen.table
        x = _numbers(table["month"])
        y = table["value"].astype("float64").to_numpy(na_value=np.nan)
        if draw_few(ax, who):
            ax.legend(loc="upper left", frameon=False)
        ax.plot(x, y, color=style.BLUE, marker="o", markersize=3)
        came = (table["state"] == "suppressed").to_numpy()
        ax.vlines(x[came], *SUPPRESSED, color=style.QUIET, linewidth=2.5)
        ax.set_ylim(bottom=0)
        if np.nanmax(y, initial=0) < SUPPRESSED[1]:
            ax.set_ylim(0, 5)
        if len(table):
            time_axis(ax, table["month"].iloc[0], table["month"].iloc[-1])
            mark_events(ax, events, table["month"].iloc[0], table["month"].iloc[-1], who.language)
        unit = say("level.per.month", who.language)
        ax.set_ylabel(f"{formats.capital(say(f'outcome.{measure}', who.language, n=2))} {unit}")
    return ax


def draw_few(ax: Axes, who: Reader) -> bool:
    """The band of numbers that are written as few, in the public edition; whether it was drawn."""
    if who.public:
        few = say("figure.few", who.language, most=who.mask_below - 1)
        ax.axhspan(0, who.mask_below - 1, color=style.QUIET, alpha=0.15, linewidth=0, label=few)
    return who.public


def plot_effect(effect: Effect, lang: str = "da") -> Axes:
    """Observed months, what was expected without the event, and the uncertainty of that.

    Raises nothing for an effect without a series: the axes then say that there is nothing to show.

    Returns
    -------
    Axes
        The axes (months across, counts up) to hand to `figure`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> from kl_research.effects import controlled_interrupted_time_series as design
    >>> effect = design(panel, events["meeting"], municipality="001")
    >>> plot_effect(effect, "en").get_ylabel()
    'Calls per month'
    >>> plt.close()
    """
    return draw_effect(effect, Reader(lang))


def draw_effect(effect: Effect, who: Reader) -> Axes:
    """The drawing of an effect; in the public edition with the band of what is written as few."""
    lang = who.language
    ax = new_axes(lang=lang)
    series = effect.series
    with mpl.rc_context(style.RC):
        if series.empty:
            ax.text(0.5, 0.5, say("figure.nothing", lang), ha="center", va="center", transform=ax.transAxes)
            ax.set_axis_off()
            return ax
        draw_few(ax, who)
        x = _numbers(series["month"])
        _expectation(ax, series, x, lang)
        after = (series["period"] == "after").to_numpy()
        observed = series["observed"].astype("float64").to_numpy(na_value=np.nan)
        left_out = (series["period"] == "left_out").to_numpy()
        ax.plot(x, observed, color=style.BLUE, linewidth=1.0, alpha=0.7, zorder=2)
        for chosen, marker, fill, key in (
            ((~after) & (~left_out), "o", style.PAPER, "figure.before"),
            (left_out, "x", style.QUIET, "figure.left_out"),
            (after, "o", style.BLUE, "figure.during" if effect.impact == "pulse" else "figure.after"),
        ):
            if chosen.any():
                face: Any = {} if marker == "x" else {"markerfacecolor": fill}
                edge = style.QUIET if marker == "x" else style.BLUE
                ax.plot(
                    x[chosen],
                    observed[chosen],
                    linestyle="none",
                    marker=marker,
                    markersize=4.5,
                    zorder=3,
                    color=edge,
                    label=say(key, lang),
                    **face,
                )
        start = x[left_out | after]
        if len(start):
            ax.axvline(start[0] - 0.5, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)))
        time_axis(ax, series["month"].iloc[0], series["month"].iloc[-1])
        ax.set_xlim(ax.get_xlim()[0], max(ax.get_xlim()[1], x[-1] + 1))  # the last mark is drawn whole
        ax.set_ylim(bottom=0)
        ax.set_ylabel(
            f"{formats.capital(say(f'outcome.{effect.outcome}', lang, n=2))} {say('level.per.month', lang)}"
        )
        drawing = ax.get_figure()
        if drawing is not None:
            drawing.legend(loc="outside upper left", ncols=3, handlelength=1.6, columnspacing=1.2)
    return ax


def _expectation(ax: Axes, series: pd.DataFrame, x: np.ndarray, lang: str) -> None:
    columns = {name: _floats(series, name) for name in ("fitted", "counterfactual", "low", "high")}
    if np.isfinite(columns["low"]).any():
        ax.fill_between(
            x,
            columns["low"],
            columns["high"],
            color=style.ORANGE,
            alpha=0.22,
            linewidth=0,
            label=say("figure.interval", lang),
        )
    if np.isfinite(columns["counterfactual"]).any():
        ax.plot(
            x,
            columns["counterfactual"],
            color=style.ORANGE,
            linestyle=(0, (5, 2)),
            label=say("figure.expected", lang),
        )


def mark_events(ax: Axes, events: Iterable[Any], first: str, last: str, lang: str) -> None:
    """A dotted line at each dated event in the period; measurement events are drawn dashed."""
    shown_events = [e for e in events if e.dated and first <= e.first_month <= last]
    for n, event in enumerate(sorted(shown_events, key=lambda e: (e.first_month, e.id)), start=1):
        at = months.number(event.first_month)
        line = (0, (4, 2)) if event.kind == "measurement" else (0, (1, 2))
        ax.axvline(at, color=style.INK, linewidth=0.9, linestyle=line)
        ax.annotate(
            str(n),
            (at, 1.0),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            fontsize=8,
            color=style.INK,
        )


def time_axis(ax: Axes, first: str, last: str) -> None:
    """A line of months: each January of a long series, every third month of a short one."""
    start, end = months.number(first), months.number(last)
    ax.set_xlim(start - 1, end + 1)
    # January of each year, or, in a short series, every third month.
    if end - start >= 18:
        ticks = [n for n in range(start, end + 1) if n % 12 == 0]
        labels = [months.month(n)[:4] for n in ticks]
    else:
        ticks = [n for n in range(start, end + 1) if n % 3 == 0]
        labels = [f"{months.month(n)[5:]}/{months.month(n)[2:4]}" for n in ticks]
    ax.set_xticks(ticks, labels)


def _numbers(column: pd.Series) -> np.ndarray:
    return column.map(months.number).to_numpy(dtype="float64")


def _floats(series: pd.DataFrame, name: str) -> np.ndarray:
    if name not in series:
        return np.full(len(series), np.nan)
    return pd.to_numeric(series[name], errors="coerce").astype("float64").to_numpy(na_value=np.nan)
