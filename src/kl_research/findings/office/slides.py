"""What a slide and a native chart hold, as plain data: who makes them needs no office package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TITLE_CHARACTERS = 150  # two lines of a title; a longer sentence is split
WORDS = 40  # of text on a slide beside its title


@dataclass(frozen=True)
class Line:
    """One series of a chart, a value a category; None where there is none.

    `role` says how it is drawn: `main` (what the slide is about), `quiet` (beside it), `expected` (without an event).
    """

    name: str
    values: tuple[float | None, ...] = field(repr=False)
    role: Literal["main", "quiet", "expected"] = "main"


@dataclass(frozen=True)
class Band:
    """The range of what was expected, a lower and an upper limit a category.

    `names` are those of two columns in the chart's data: the lower limit, and how far the upper lies above it.
    """

    names: tuple[str, str]
    low: tuple[float | None, ...] = field(repr=False)
    high: tuple[float | None, ...] = field(repr=False)


@dataclass(frozen=True)
class Chart:
    """A chart that PowerPoint can edit: `months` across as lines, or `bars` with a place a row.

    The categories of `months` are months without a gap, "2024-08"; those of `bars` are names. `events` are names to
    write on the chart, each with its month. `alt` tells what the chart shows to those who do not see it.
    """

    kind: Literal["months", "bars"]
    categories: tuple[str, ...] = field(repr=False)
    lines: tuple[Line, ...]
    alt: str
    axis: str = ""
    band: Band | None = None
    events: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table of a slide: text cells, with the columns that hold numbers to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    alt: str
    numbers: tuple[int, ...] = ()
    widths: tuple[float, ...] = ()  # shares of the width; even where there is none
    size: int = 14  # points


@dataclass(frozen=True)
class Slide:
    """One finding: a sentence as title, and what it rests on; `lines` are paragraphs beside or below.

    `notes` are the speaker's: what is said in full and would crowd the slide.
    """

    title: str
    lines: tuple[str, ...] = ()
    chart: Chart | None = None
    grid: Grid | None = None
    notes: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything a reader or the speaker reads, for the checks that read all pages of a run."""
        cells = tuple(cell for row in self.grid.rows for cell in row) if self.grid else ()
        events = tuple(name for _, name in self.chart.events) if self.chart else ()
        return (self.title, *self.lines, *events, *cells, *self.notes)


@dataclass(frozen=True)
class About:
    """What stands on every slide and in the file's properties.

    `marks` are the edition and "Simulerede data"; `foot` says source and date. `few` is how Excel shows a count where
    small ones are written as few; empty where every count is told.
    """

    title: str
    subtitle: str = ""
    foot: str = ""
    marks: tuple[str, ...] = ()
    language: str = "da"
    author: str = "Kontakt Læge-appen"
    few: str = ""


def finding(sentence: str, *lines: str, chart: Chart | None = None, grid: Grid | None = None) -> Slide:
    """A slide whose title is the first sentence of a finding; what follows stands in the text.

    >>> finding("It rose. About 93% more.").title, finding("It rose. About 93% more.").lines
    ('It rose.', ('About 93% more.',))
    """
    title, rest = split(sentence)
    return brief(title, tuple(filter(None, (rest, *lines))), chart, grid)


def brief(title: str, lines: tuple[str, ...], chart: Chart | None = None, grid: Grid | None = None) -> Slide:
    """A slide with as many lines as it bears, the first at least; the speaker's notes have all of them.

    >>> brief("It rose.", ("By 93%.", "word " * 50)).lines, len(brief("It rose.", ("By 93%.", "word " * 50)).notes)
    (('By 93%.',), 2)
    """
    words = [sum(len(line.split()) for line in lines[: n + 1]) for n in range(len(lines))]
    kept = lines[: max(1, sum(n <= WORDS for n in words))]
    return Slide(title, kept, chart, grid, lines if len(kept) < len(lines) else ())


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, one after the other.

    >>> sentences("It rose. About 93% more. Other things may have played a part.")
    ('It rose.', 'About 93% more.', 'Other things may have played a part.')
    """
    first, rest = split(text)
    return (first, *sentences(rest)) if rest else tuple(filter(None, (first,)))


def split(sentence: str) -> tuple[str, str]:
    """The first sentence of a text, and the rest.

    >>> split("Der var ca. 12 opkald. Det er 3 flere."), split("I 2. halvår kom ca. 6. Det er flere.")[0]
    (('Der var ca. 12 opkald.', 'Det er 3 flere.'), 'I 2. halvår kom ca. 6.')
    """
    at = 0
    while (at := sentence.find(". ", at)) >= 0:
        word = sentence[:at].rpartition(" ")[2]
        after = sentence[at + 2 : at + 3]
        number = word.isdigit() and not after.isupper()  # "2. halvår", where "ca. 6. Det" ends a sentence
        if word.lstrip("(") not in _SHORT and not number and (after.isupper() or not after.isalpha()):
            return sentence[: at + 1], sentence[at + 2 :].strip()
        at += 2
    return sentence, ""


_SHORT = {"ca", "pr", "md", "nr", "bl.a", "f.eks", "dvs", "min", "maks", "kl", "inkl", "ekskl"}
