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
from kl_research.findings.drawing.labels import End, label_ends, name_events
from kl_research.findings.drawing.series import Series, series_of
from kl_research.findings.words import formats, named
from kl_research.findings.words.catalogue import has, say
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms import months
from kl_research.terms.panel import check_area

YEAR = 12
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
    """The drawing of a series with its mean over 12 months; in the public edition with the band of few."""
    ax = new_axes(lang=who.language)
    with mpl.rc_context(style.RC):
        table = seen.table
        x = _numbers(table["month"])
        y = table["value"].astype("float64").to_numpy(na_value=np.nan)
        mean = pd.Series(y).rolling(YEAR).mean().to_numpy()
        yearly = int(np.isfinite(mean).sum()) >= YEAR
        draw_few(ax, who)
        if yearly:
            ax.plot(x, y, color=style.PALE, linewidth=1.0)
            ax.plot(x, mean, color=style.BLUE, linewidth=2.2)
        else:
            ax.plot(x, y, color=style.BLUE, marker="o", markersize=3)
        came = (table["state"] == "suppressed").to_numpy()
        ax.vlines(x[came], *SUPPRESSED, color=style.QUIET, linewidth=2.5)
        ax.set_ylim(bottom=0)
        if np.nanmax(y, initial=0) < SUPPRESSED[1]:
            ax.set_ylim(0, 5)
        if len(table):
            time_axis(ax, table["month"].iloc[0], table["month"].iloc[-1])
            mark_events(ax, events, table["month"].iloc[0], table["month"].iloc[-1], who.language)
        lines = [(y, "office.monthly", True), (mean, "office.yearly", False)] if yearly else []
        ends = [End(_last(v), say(key, who.language), style.BLUE, quiet) for v, key, quiet in lines]
        label_ends(ax, [*ends, *_few(ax, who)])
        unit = say("level.per.month", who.language)
        ax.set_ylabel(f"{formats.capital(say(f'outcome.{measure}', who.language, n=2))} {unit}")
    return ax


def draw_few(ax: Axes, who: Reader) -> bool:
    """The band of numbers that are written as few, in the public edition; whether it was drawn."""
    if who.public:
        few = say("figure.few", who.language, most=who.mask_below - 1)
        ax.axhspan(0, who.mask_below - 1, color=style.QUIET, alpha=0.15, linewidth=0, label=few)
    return who.public


def _few(ax: Axes, who: Reader) -> list[End]:
    """The label of that band."""
    if not who.public:
        return []
    text = say("figure.few", who.language, most=who.mask_below - 1)
    return [End((who.mask_below - 1) / 2, text, style.QUIET, quiet=True)]


def _last(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else 0.0


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


def draw_effect(effect: Effect, who: Reader, later: pd.Series | None = None) -> Axes:
    """The drawing of an effect; `later` are the counts of the months after its window, to the last of the data."""
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
        expected = _expectation(ax, series, x)
        after = (series["period"] == "after").to_numpy()
        observed = _floats(series, "observed")
        left_out = (series["period"] == "left_out").to_numpy()
        ax.plot(x, observed, color=style.BLUE, linewidth=1.2, zorder=2)
        for chosen, marker, fill in ((left_out, "x", style.QUIET), (after, "o", style.BLUE)):
            if chosen.any():
                colour = style.QUIET if marker == "x" else style.BLUE
                face: Any = {} if marker == "x" else {"markerfacecolor": fill}
                ax.plot(
                    x[chosen], observed[chosen], linestyle="none", marker=marker, markersize=4.5, color=colour, **face
                )
        last = str(series["month"].iloc[-1])
        latest = _last(observed)
        if later is not None and len(later):
            y = later.to_numpy("float64")
            ax.plot([x[-1], *_numbers(pd.Series(later.index))], [observed[-1], *y], color=style.PALE, linewidth=1.2)
            last, latest = str(later.index[-1]), _last(y)
        time_axis(ax, str(series["month"].iloc[0]), last)
        ax.set_xlim(ax.get_xlim()[0], max(ax.get_xlim()[1], x[-1] + 1))  # the last mark is drawn whole
        ax.set_ylim(bottom=0)
        start = x[left_out | after]
        if len(start):
            name_events(ax, [(start[0] - 0.5, named.event_title(effect, lang), False)])
        ends = [End(latest, say("office.counted", lang), style.BLUE)]
        if np.isfinite(expected).any() and x[-1] > months.number(last) - len(x):
            ends.append(End(_last(expected), say("office.expected", lang), style.ORANGE))
        label_ends(ax, [*ends, *_few(ax, who)])
        ax.set_ylabel(
            f"{formats.capital(say(f'outcome.{effect.outcome}', lang, n=2))} {say('level.per.month', lang)}"
        )
    return ax


def _expectation(ax: Axes, series: pd.DataFrame, x: np.ndarray) -> np.ndarray:
    """Draw what was expected and its band; returns the former."""
    expected, low, high = (_floats(series, name) for name in ("counterfactual", "low", "high"))
    if np.isfinite(low).any():
        ax.fill_between(x, low, high, color=style.ORANGE, alpha=0.22, linewidth=0)
    ax.plot(x, expected, color=style.ORANGE, linestyle=(0, (5, 2)))
    return expected


def mark_events(ax: Axes, events: Iterable[Any], first: str, last: str, lang: str) -> None:
    """Each dated event of the period by its name at a dotted line; changes of counting have a dashed one."""
    shown = [e for e in events if e.dated and first <= e.first_month <= last]
    named = [(months.number(e.first_month), title_of(e, lang), e.kind == "measurement") for e in shown]
    name_events(ax, named)


def title_of(event: Any, lang: str) -> str:
    """A register entry's own title, else the word for its type."""
    own = event.title.get(lang) or event.title.get("da")
    if own:
        return str(own)
    key = f"event.type.{event.type}"
    return say(key if has(key) else "event.type.unknown", lang)


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
