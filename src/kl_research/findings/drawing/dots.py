"""Dots on a line: two years beside each other, or one municipality among similar ones; written, so tiny and quick.

Every dot has its number beside it, so there is neither axis nor legend to decode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure
from kl_research.findings.drawing.labels import short_name
from kl_research.findings.html.markup import escape
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader

WIDE, LEFT, RIGHT = 440, 8, 432  # of the drawing, and of its lines
_NAME_LETTERS = 56
_SIZE, _NAME = 13, 16  # points: of letters, and from a row's top to its name
_ROW, _HIGH = 46, 84  # points: a row of two dots, a row of one
_LETTER = 7.4  # points a letter takes, in bold
_MARK = 18  # below the rows, for "Simulerede data"


@dataclass(frozen=True)
class Pair:
    """A row of two dots: a value and the one before it, with the words that stand beside them."""

    name: str
    now: float
    before: float
    words: tuple[str, str]


@dataclass(frozen=True)
class Among:
    """A row of one dot among others: its value, between what half of the others lie, and the words of these."""

    name: str
    value: float
    low: float
    high: float
    words: tuple[str, str]


def pairs(rows: Sequence[Pair], title: str, alt: str, columns: tuple[str, str, str], who: Reader) -> Figure:
    """Two dots a row on one scale from 0, joined by a line; the later one full."""
    most = max(max(row.now, row.before) for row in rows) or 1.0
    drawn = []
    for n, row in enumerate(rows):
        y = n * _ROW
        now, before = (_at(value / most) for value in (row.now, row.before))
        middle = y + _NAME + 15
        ends = ((now, row.words[0], True), (before, row.words[1], False))
        drawn += [
            _text(LEFT, y + _NAME, short_name(row.name, _NAME_LETTERS)),
            _line(LEFT, RIGHT, middle, "0.25"),
            f'<path d="M{before:.1f} {middle}H{now:.1f}" stroke="{style.PALE}" stroke-width="3"/>',
            _dot(before, middle, "none"),
            _dot(now, middle, style.BLUE),
            *_beside(ends, middle),
        ]
    table = pd.DataFrame([(row.name, *row.words) for row in rows], columns=list(columns))
    return _figure(drawn, len(rows) * _ROW, (title, alt), table, who)


def among(rows: Sequence[Among], title: str, alt: str, columns: tuple[str, str, str], who: Reader) -> Figure:
    """A dot a row over the bar in which half of the others lie, each row on a scale of its own from 0."""
    drawn = []
    for n, row in enumerate(rows):
        y, most = n * _HIGH, max(row.value, row.high) * 1.05 or 1.0
        value, low, upper = (_at(number / most) for number in (row.value, row.low, row.high))
        middle = y + _NAME + 32
        starts = zip((value - 8, low), row.words, strict=True)
        own, half = ((min(max(x, LEFT), RIGHT - len(words) * _LETTER), words) for x, words in starts)
        drawn += [
            _text(LEFT, y + _NAME, short_name(row.name, _NAME_LETTERS)),
            _text(own[0], middle - 12, own[1], bold=True),
            _line(LEFT, RIGHT, middle, "0.25"),
            f'<path d="M{low:.1f} {middle}H{upper:.1f}" stroke="{style.PALE}" stroke-width="9" opacity="0.55"/>',
            _dot(value, middle, style.BLUE),
            _text(half[0], middle + 20, half[1], quiet=True),
        ]
    table = pd.DataFrame([(row.name, *row.words) for row in rows], columns=list(columns))
    return _figure(drawn, len(rows) * _HIGH, (title, alt), table, who)


def _figure(drawn: Sequence[str], height: int, said: tuple[str, str], table: pd.DataFrame, who: Reader) -> Figure:
    marked = [_text(LEFT, height + 12, say("simulated", who.language), quiet=True)] if who.simulated else []
    high = height + (_MARK if marked else 0)
    svg = (
        f'<svg viewBox="0 0 {WIDE} {high}" font-size="{_SIZE}" fill="currentColor" '
        f"font-family=\"system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif\">"
        f"{''.join([*drawn, *marked])}</svg>"
    )
    title, alt = said
    return Figure(title, alt, svg, table, "", who.language, who.simulated, True)


def _at(share: float) -> float:
    return LEFT + 6 + share * (RIGHT - LEFT - 12)


def _line(left: float, right: float, y: float, opacity: str) -> str:
    return f'<path d="M{left} {y}H{right}" stroke="currentColor" stroke-opacity="{opacity}"/>'


def _dot(x: float, y: float, fill: str) -> str:
    paper = "var(--page, #ffffff)" if fill == "none" else fill
    return f'<circle cx="{x:.1f}" cy="{y}" r="5.5" fill="{paper}" stroke="{style.BLUE}" stroke-width="1.6"/>'


def _beside(ends: Sequence[tuple[float, str, bool]], y: float) -> list[str]:
    """The words of two dots: outside them where there is room, else at the end of the row's name."""
    first, last = min(ends), max(ends)
    if last[0] + 10 + _long(last) <= RIGHT and first[0] - 10 - _long(first) >= LEFT:
        found = [(last[0] + 10, last, False), (first[0] - 10, first, True)]
        return [_text(x, y + 4.5, one[1], bold=one[2], quiet=not one[2], end=left) for x, one, left in found]
    full, other = sorted(ends, key=lambda one: not one[2])
    return [
        _text(RIGHT - _long(other), y - 15, full[1], bold=True, end=True),
        _text(RIGHT, y - 15, other[1], quiet=True, end=True),
    ]


def _long(end: tuple[float, str, bool]) -> float:
    return len(end[1]) * _LETTER + 6


def _text(x: float, y: float, words: str, *, bold: bool = False, quiet: bool = False, end: bool = False) -> str:
    more = (' font-weight="600"' if bold else "") + (' fill-opacity="0.8"' if quiet else "")
    more += ' text-anchor="end"' if end else ""
    more += ' stroke="var(--page, #ffffff)" stroke-width="4" paint-order="stroke"'  # no line runs through the words
    return f'<text x="{x:.1f}" y="{y}"{more}>{escape(words)}</text>'
