"""Denmark with one tile a municipality: every municipality is as large as the next, and none is missed.

The layout is our own: centres of the municipalities, spread half by rank and half by distance, assigned to a grid of
14 columns and 13 rows with the least sum of squared moves.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from kl_research.adoption import Summary
from kl_research.adoption import summaries as all_summaries
from kl_research.adoption.cut import Activity
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.html.layout import asset
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, reader
from kl_research.terms.municipalities import name

# Light to dark of one hue, so that order survives greyscale; the text in a tile turns white where it is dark.
_SHADES = ("#e3edf5", "#a9cbe4", "#5a9cc9", "#1f5f92")
_BOUNDS = (25, 100, 250)
_RATES = (10, 20, 40)  # calls a year and 1,000 inhabitants aged 80 or more
POPULATION = "population_80plus"
FEW = 5  # below it a published count is written as few
_NONE = "#f4f4f4"
_IDLE = {"not_connected": -3, "not_started": -4, "left": -5}
_HATCH = "#c4c4c4"  # light, so that the name on it is read


@cache
def tiles() -> dict[str, tuple[int, int]]:
    """Row and column of every municipality.

    >>> len(tiles()), len(set(tiles().values()))
    (98, 98)
    """
    return {r["code"]: (int(r["row"]), int(r["column"])) for r in csv.DictReader(asset("tiles.csv").splitlines())}


def tile_map(
    panel: pd.DataFrame,
    activity: Activity | None = None,
    *,
    study: ForWhom = None,
    summaries: dict[str, Summary] | None = None,
) -> Figure | None:
    """Calls in the last 12 months of every Danish municipality in the panel; None where there is none.

    Where the panel knows how many are 80 or more, calls per 1,000 of them, so that a city is not simply darkest.

    Parameters
    ----------
    activity : Activity | None, optional
        As `kl.read_activity` returns it: the number of a year is then the one that every page has.
    summaries : dict[str, Summary] | None, optional
        Totals of the last 12 months by code, where they were made before.

    Returns
    -------
    Figure | None
        A `Figure`, calls a tile.

    Raises
    ------
    InputError
        For a table that is not a panel.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> tile_map(panel) is None
    True
    """
    who = reader(study)
    there = set(panel["municipality"])
    codes = [code for code in tiles() if code in there]
    if not codes:
        return None
    short = summaries or all_summaries(panel, activity)
    people = _people(panel)
    rates = {code: _rate(short[code].last.calls, people.get(code)) for code in codes} if people else {}
    groups = {code: _group(short[code].state, short[code].last.calls, rates.get(code)) for code in codes}
    unit = "rate" if people else "calls"
    period = short[codes[0]].last
    lang = who.language
    values = {"period": formats.period(period.first, period.last, lang)}
    bounds = _RATES if people else _BOUNDS
    most = sum(1 for group in groups.values() if group == len(bounds))
    top = {"low": bounds[-1], "n": formats.number(most, lang), "all": formats.number(len(codes), lang)}
    counts = {group: sum(1 for g in groups.values() if g == group) for group in range(-5, len(_SHADES))}
    named = [f"{formats.number(n, lang)} {_words(group, lang, unit)}" for group, n in counts.items() if n]
    rows = [
        (name(code), _words(groups[code], lang, unit))
        for code in sorted(codes, key=lambda c: formats.sort_key(name(c)))
    ]
    table = pd.DataFrame(rows, columns=[say("index.column.name", lang), say(f"map.column.{unit}", lang)])
    return figure(
        _draw(groups, lang, unit),
        title=say(f"map.title.{unit}", lang, **values, **top),
        alt=say(f"map.alt.{unit}", lang, groups=formats.listed(named, lang), **values),
        table=table,
        study=who,
        disclosed=True,
    )


def _people(panel: pd.DataFrame) -> dict[str, float]:
    """How many are 80 or more in each municipality, in the last month; empty where that is not known of all."""
    if POPULATION not in panel:
        return {}
    last = panel.sort_values("month").groupby("municipality")[POPULATION].last().astype("float64")
    return {str(code): float(n) for code, n in last.items()} if (last > 0).all() else {}


def _rate(calls: int | None, people: float | None) -> float | None:
    return None if calls is None or not people else 1000 * calls / people


def _group(state: str, calls: int | None, rate: float | None) -> int:
    """-5 to -3 not in use, -2 no numbers, -1 few or none, else the class of the rate, or of the count without one."""
    if state in _IDLE:
        return _IDLE[state]
    if calls is None:
        return -2
    if calls < FEW:
        return -1
    value, bounds = (calls, _BOUNDS) if rate is None else (rate, _RATES)
    return sum(value >= bound for bound in bounds)


def _words(group: int, lang: str, unit: str) -> str:
    if group < 0:
        keys = {-5: "overview.state.left", -4: "state.not_started", -3: "map.not_connected"}
        keys |= {-2: "map.no_data", -1: "map.few"}
        return say(keys[group], lang)
    bounds = _RATES if unit == "rate" else _BOUNDS
    low = (0 if unit == "rate" else FEW, *bounds)[group]
    if group == len(bounds):
        return say(f"map.from.{unit}", lang, low=formats.number(low, lang))
    high = bounds[group] if unit == "rate" else bounds[group] - 1
    return say(f"map.between.{unit}", lang, low=formats.number(low, lang), high=formats.number(high, lang))


def _draw(groups: dict[str, int], lang: str, unit: str) -> Axes:
    style.load_backend()
    with mpl.rc_context(style.RC):
        _, ax = plt.subplots(figsize=(7.4, 7.4))
        for code, group in sorted(groups.items(), key=lambda pair: pair[1]):
            row, column = tiles()[code]
            ax.add_patch(Rectangle((column, -row), 0.94, 0.94, **_look(group)))
            ink = style.PAPER_FIXED if group >= 3 else style.INK_FIXED
            ax.text(column + 0.47, -row + 0.47, _label(name(code)), ha="center", va="center", fontsize=6.4, color=ink)
        ax.set_xlim(-0.1, 14.1)
        ax.set_ylim(-12.2, 1.1)
        ax.set_aspect("equal")
        ax.set_axis_off()
        present = sorted(set(groups.values()))
        patches = [Patch(label=_words(group, lang, unit), **_look(group)) for group in present]
        drawing = ax.get_figure()
        if drawing is not None:
            drawing.legend(handles=patches, loc="outside upper left", ncols=3, fontsize=8.5)
    return ax


def _look(group: int) -> dict[str, Any]:
    look: dict[str, Any] = {
        "facecolor": _SHADES[group] if group >= 0 else _NONE,
        "edgecolor": style.QUIET,
        "linewidth": 0.7,
    }
    if group < -1:
        # Lines: a hatch of dots is drawn dot by dot, 180 KB of them.
        look |= {"hatch": {-5: "xx", -4: "\\\\\\\\", -3: "////", -2: "---"}[group], "edgecolor": _HATCH}
    return look


def _label(text: str) -> str:
    """A name on a tile: whole when short, else its beginning; where several begin alike, also its end.

    >>> _label("Odense"), _label("Vordingborg"), _label("Frederikshavn"), _label("Fredericia")
    ('Odense', 'Vordin.', 'Fr.havn', 'Fr.icia')
    """
    if len(text) <= 7:
        return text
    alike = sum(1 for code in tiles() if name(code).startswith(text[:6]))
    return f"{text[:2]}.{text[-4:]}" if alike > 1 else text[:6] + "."
