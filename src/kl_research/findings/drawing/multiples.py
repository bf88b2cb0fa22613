"""Every municipality as a small curve of its own, in Danish order: nobody is left out and nobody is ranked."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kl_research.adoption import Summary, summaries
from kl_research.adoption.cut import Activity
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.series import Series, series_of
from kl_research.findings.statements.statement import direction
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms import months
from kl_research.terms.panel import area_name

COLUMNS = 6
USUAL, FAR = 0.95, 1.5  # where one goes this much above so many of the others, these have a scale without it


def small_multiples(
    panel: pd.DataFrame, activity: Activity | None = None, *, measure: str = "calls", study: ForWhom = None
) -> Figure:
    """Calls a month of every municipality with any, on one scale but for the largest, and its mean.

    `activity` as `kl.read_activity` returns it: the title then counts with the numbers of a year that every page has.

    Returns
    -------
    Figure
        A `Figure`.

    Raises
    ------
    InputError
        For a panel without any use to draw.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> small_multiples(panel[panel["municipality"] < "004"], study=reader(lang="en")).title
    'More calls than the year before in 1 of 3 municipalities, fewer in 0'
    """
    who = reader(study)
    lang = who.language
    codes = sorted(set(panel["municipality"]), key=lambda code: formats.sort_key(area_name(panel, code)))
    seen = {str(code): series_of(rows, str(code), measure) for code, rows in panel.groupby("municipality")}
    drawn = [code for code in codes if seen[code].table["value"].fillna(0).sum() > 0]
    rows = [(area_name(panel, code), _mean_words(seen[code], lang)) for code in drawn or codes[:1]]
    names = ("index.column.name", "describe.row.per_month")
    table = pd.DataFrame(rows, columns=[say(name, lang) for name in names])
    first, last = (formats.month(f"{panel['month'].agg(side):%Y-%m}", lang) for side in ("min", "max"))
    values = {"n": len(drawn), "first": first, "last": last, "without": formats.number(len(codes) - len(drawn), lang)}
    return figure(
        _draw(panel, drawn, seen, lang),
        title=_title(summaries(panel, activity), drawn, who),
        alt=say("multiples.alt", lang, **values),
        table=table,
        study=who,
        disclosed=True,
        note=say(_note(seen), lang, top=formats.number(_top(seen), lang)),
    )


def _title(short: dict[str, Summary], codes: list[str], who: Reader) -> str:
    """How many have more calls than the year before, how many fewer; what is drawn where two years are not known."""
    years = [(short[code].last, short[code].before) for code in codes]
    ways = [
        direction(now.calls, before.calls, public=who.public) for now, before in years if now.whole and before.whole
    ]
    if not ways:
        return say("multiples.title", who.language, n=len(codes))
    more, fewer, n = (str(number) for number in (ways.count("more"), ways.count("fewer"), len(ways)))
    return say("multiples.title.moved", who.language, more=more, fewer=fewer, n=n)


def _mean(seen: Series) -> float:
    return round(float(seen.known["value"].mean()), 1) if len(seen.known) else float("nan")


def _mean_words(seen: Series, lang: str) -> str:
    return formats.number(_mean(seen), lang, 1) if len(seen.known) else say("table.none", lang)


def _most(seen: Series) -> float:
    return float(seen.known["value"].max()) if len(seen.known) else 0.0


def _note(seen: dict[str, Series]) -> str:
    return "multiples.note.own" if max(map(_most, seen.values())) > _top(seen) else "multiples.note"


def _top(seen: dict[str, Series]) -> float:
    """The upper end of the common scale: a few large municipalities do not flatten all, and have their own."""
    most = sorted(filter(None, map(_most, seen.values()))) or [1.0]
    usual = most[int(USUAL * (len(most) - 1))]
    return usual if most[-1] > FAR * usual else most[-1]


def _draw(panel: pd.DataFrame, codes: list[str], seen: dict[str, Series], lang: str) -> Axes:
    n_rows = max(1, -(-len(codes) // COLUMNS))
    start = months.number(f"{panel['month'].min():%Y-%m}")
    length = months.number(f"{panel['month'].max():%Y-%m}") - start + 1
    style.load_backend()
    with mpl.rc_context(style.RC):
        _, ax = plt.subplots(figsize=(7.6, 0.3 + 0.62 * n_rows))
        top = _top(seen)
        places = [(place % COLUMNS * 1.1, -(place // COLUMNS) * 1.5) for place in range(len(codes))]
        for left, base in places:
            ax.plot([left, left + 1], [base, base], color=style.GRID, linewidth=0.5)
        for code, (left, base) in zip(codes, places, strict=True):
            table = seen[code].table
            value = table["value"].astype("float64").to_numpy(na_value=np.nan)
            middle = table["month"].map(months.number) - start
            own, most = _most(seen[code]) > top, _most(seen[code])
            colour, scale = (style.ORANGE, most) if own else (style.BLUE, top)
            ax.plot(left + middle / length, base + 0.85 * value / scale, color=colour, linewidth=1.0)
            mean = formats.about(_mean(seen[code]), lang)
            name, letters = area_name(panel, code), 12 if own else 15
            label = f"{name if len(name) <= letters else name[: letters - 1] + '…'} {mean}"
            label += f" ({say('multiples.own', lang, most=formats.number(most, lang))})" if own else ""
            ax.text(left, base + 0.98, label, fontsize=6.6, color=style.INK, va="bottom")
        ax.set_xlim(-0.05, COLUMNS * 1.1)
        ax.set_ylim(-(n_rows - 1) * 1.5 - 0.2, 1.4)
        ax.set_axis_off()
    return ax
