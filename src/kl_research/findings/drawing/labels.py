"""Words on a drawing where the eye is: at the end of a line, and at an event; no legend to decode."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from kl_research.findings.drawing import style

SIZE = 8.5  # points
LETTERS = 15  # of a line of a label at an end
NAME = 56  # letters of an event's name
_GAP = 0.06  # of the axes' height, a line of a label
_ROW = 0.068  # of the axes' height, a row of names of events
_LETTER = 0.0125  # of the axes' width, a letter of a name
_BESIDE = 1.15  # of the axes' width, as far as a name may reach to the right


@dataclass(frozen=True)
class End:
    """A line's last value and what the line is; `quiet` ones are written in grey."""

    value: float
    text: str
    colour: str
    quiet: bool = False


def label_ends(ax: Axes, ends: Sequence[End]) -> None:
    """Write what each line is beside its end, one below the other where they would meet.

    The limits of the axes must be settled.
    """
    low, high = ax.get_ylim()
    above = float("inf")
    for end in sorted(ends, key=lambda end: -end.value):
        lines = textwrap.wrap(end.text, LETTERS) or [""]
        half = _GAP * len(lines) / 2
        middle = min((end.value - low) / (high - low), above - half)
        above = middle - half
        ax.annotate(
            "\n".join(lines),
            (1.0, middle),
            xycoords="axes fraction",
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SIZE,
            color=style.QUIET if end.quiet else end.colour,
            fontweight="normal" if end.quiet else "bold",
        )


def name_events(ax: Axes, events: Sequence[tuple[float, str, bool]]) -> None:
    """A line at each event (place, name, whether it is a change of counting, drawn dashed) with its name above.

    The limits of the axes must be settled. Names that would meet stand in rows, the earliest highest, so that no line
    runs through a name.
    """
    left, right = ax.get_xlim()
    rows: list[list[tuple[float, float]]] = []
    across = ax.get_xaxis_transform()
    for at, name, dashed in sorted(events, reverse=True):
        text = short_name(name)
        share, width = (at - left) / (right - left), len(text) * _LETTER
        beyond = share + width - _BESIDE  # to the right there is room above the labels of the lines
        backwards = beyond > 0 and width - share < beyond
        start, end = (share - width, share) if backwards else (share, share + width)
        row = next((i for i, taken in enumerate(rows) if all(end < a or b < start for a, b in taken)), len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append((start, end))
        top = 1.02 + _ROW * row
        line = (0, (4, 2)) if dashed else (0, (1, 2))
        ax.plot(
            [at, at], [0, top + 0.03], color=style.INK, linewidth=0.9, linestyle=line, transform=across, clip_on=False
        )
        ax.annotate(
            text,
            (at, top),
            xycoords=across,
            xytext=(-3 if backwards else 3, 0),
            textcoords="offset points",
            ha="right" if backwards else "left",
            va="bottom",
            fontsize=SIZE,
            color=style.INK,
        )


def short_name(title: str, letters: int = NAME) -> str:
    """A name that fits a chart; no word is cut.

    >>> short_name("Redirect: lægens sms-link åbner i Kontakt Læge-appen", 44)
    'Redirect: lægens sms-link åbner i Kontakt…'
    """
    if len(title) <= letters:
        return title
    return title[:letters].rpartition(" ")[0].rstrip(" ,:(") + "…"
