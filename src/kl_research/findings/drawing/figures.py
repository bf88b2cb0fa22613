"""A figure a reader may publish: SVG with a text alternative, its data as a table and as CSV, and its caption.

`figure` refuses an axes without a text alternative or without the table of what is drawn.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from kl_research.findings.drawing import style, svg
from kl_research.findings.html import tables
from kl_research.findings.html.markup import DISCLOSED, escape
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms.errors import InputError

WIDE = 450  # points
MIN_ALT = 20  # characters; "graf" is no alternative to a graph


@dataclass(frozen=True)
class Figure:
    """A finished figure; its HTML is one self-contained `<figure>` element."""

    title: str
    alt: str
    svg: str = field(repr=False)
    table: pd.DataFrame = field(repr=False, compare=False)
    note: str = ""
    lang: str = "da"
    simulated: bool = False
    disclosed: bool = False

    @property
    def id(self) -> str:
        """A name that depends on the content alone."""
        return "fig-" + hashlib.sha256((self.title + self.svg).encode()).hexdigest()[:10]

    @property
    def html(self) -> str:
        """The figure as HTML."""
        drawing = self.svg.replace("<svg ", f'<svg role="img" aria-label="{escape(self.alt)}" ', 1)
        mark = f'<span class="kl-mark">{say("simulated", self.lang)}</span> ' if self.simulated else ""
        note = f'<p class="kl-note">{escape(self.note)}</p>' if self.note else ""
        # What is drawn for a desk is scrolled on a phone, where its names could not be read.
        box = re.search(r'viewBox="0 0 ([\d.]+)', self.svg)
        kind = "kl-plot kl-wide" if box and float(box[1]) > WIDE else "kl-plot"
        label = escape(f"{say('figure.scroll', self.lang)}: {self.title}")
        return (
            f'<figure class="kl-figure" id="{self.id}"><figcaption>{mark}<strong>{escape(self.title)}</strong>'
            f'</figcaption><div class="{kind}" role="region" tabindex="0" aria-label="{label}">'
            f"{drawing}</div>{note}{self._data()}</figure>"
        )

    def _data(self) -> str:
        summary = escape(say("figure.data", self.lang))
        link = escape(say("figure.csv", self.lang))
        simulated = "simuleret-" if self.simulated else ""
        content = base64.b64encode(tables.csv_text(self.table).encode("utf-8-sig")).decode()
        return (
            f'<details class="kl-data"><summary>{summary}</summary>'
            f"{tables.html_table(self.table, caption=self.title, lang=self.lang)}"
            f'<p><a download="{simulated}{self.id}.csv" href="data:text/csv;charset=utf-8;base64,{content}">{link}'
            f"</a></p></details>"
        )

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        shown: dict[str, Any] = {"text/html": self.html, "text/plain": f"{self.title}. {self.alt}"}
        return {**shown, DISCLOSED: {}} if self.disclosed else shown


def figure(
    ax: Axes,
    *,
    title: str,
    alt: str,
    table: pd.DataFrame,
    study: ForWhom = None,
    note: str = "",
    disclosed: bool = False,
) -> Figure:
    """Finish a drawing: a `Figure` that shows itself in a notebook and on a page.

    Parameters
    ----------
    ax : Axes
        The drawing; it is closed, so that it does not appear a second time.
    title : str
        The finding, as a sentence.
    alt : str
        What the figure shows, for those who do not see it; at least 20 characters and not the title again.
    table : DataFrame
        The data drawn, one row a mark.
    note : str, default ''
        A line below the figure.
    simulated : bool | None, optional
        Whether the data are simulated. None: as the study says.
    disclosed : bool, default False
        The drawing holds nothing but what may be published; without it the public gate withholds the page.

    Returns
    -------
    Figure
        The `Figure`.

    Raises
    ------
    InputError
        Without a text alternative, title or data.

    Examples
    --------
    >>> ax = plt.subplots()[1]
    >>> table = pd.DataFrame({"month": ["2025-01", "2025-02"], "calls": [3, 4]})
    >>> alt = "Two months, with 3 and 4 calls."
    >>> figure(ax, title="Calls rose", alt=alt, table=table, study=reader(lang="en")).title
    'Calls rose'
    """
    who = reader(study)
    drawing = ax.get_figure()
    plt.close(drawing if isinstance(drawing, MplFigure) else None)
    if not title.strip():
        raise InputError("figure", "no title", "the finding as a sentence", "give title=")
    if len(alt.strip()) < MIN_ALT or alt.strip() == title.strip():
        raise InputError("figure", "no text alternative", "what the figure shows, in a sentence or two", "give alt=")
    if not isinstance(table, pd.DataFrame) or table.empty:
        raise InputError("figure", "no data table", "the numbers that are drawn", "give table= with one row a mark")
    if not isinstance(drawing, MplFigure):
        raise InputError("figure", "axes of a subfigure", "axes of a whole figure", "draw with plt.subplots()")
    if who.simulated:
        watermark(drawing, who)
    return Figure(title, alt.strip(), svg.draw(drawing, title), table, note, who.language, who.simulated, disclosed)


STRIP = 0.035  # of the width, beside the drawing


def watermark(drawing: MplFigure, who: Reader) -> None:
    """Write "Simulerede data" upright beside a drawing, not across it, so that a copied picture still says so."""
    engine = drawing.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1 - STRIP, 1))
    with mpl.rc_context(style.RC):
        drawing.text(
            1 - STRIP / 3,
            0.5,
            say("simulated", who.language),
            fontsize=9,
            color=style.QUIET,
            rotation=90,
            ha="right",
            va="center",
        )
