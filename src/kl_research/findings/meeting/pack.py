"""What a meeting is handed, as plain data; page, slides and sheets are made from the same parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import shorten

import pandas as pd

from kl_research.findings.html import layout
from kl_research.findings.html.markup import bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.office.sheets import Column, Sheet, workbook
from kl_research.findings.office.slides import About, Chart, Grid, Slide, brief
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader

MOST_LINES = 6  # of text on one slide
SIZE = 16  # points, of a table on a slide
_ACROSS, _DOWN, _ROWS = 116, 16, 12  # characters, lines and rows of such a table on one slide


@dataclass(frozen=True)
class Table:
    """Rows of text under a caption; `numbers` are the columns that hold numbers, `lead` the finding, for a slide."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    numbers: tuple[int, ...] = ()
    widths: tuple[float, ...] = ()
    lead: str = ""


@dataclass(frozen=True)
class Part:
    """One part of the pack: its heading, the sentence to take away, what it rests on.

    `notes` are said by the speaker, and stand below the tables of the page; `chart` shows on a slide what the tables
    hold.
    """

    key: str
    title: str
    lead: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class Pack:
    """The whole pack: `day` of the meeting in words, `data` to when the numbers reach."""

    title: str
    day: str
    data: str
    parts: tuple[Part, ...]
    who: Reader


def pack_page(pack: Pack) -> str:
    """The pack as a page."""
    lang = pack.who.language
    body = bullets(part.lead for part in pack.parts)
    for part in pack.parts:
        tables = "".join(_html(table, lang) for table in part.tables)
        said = f"{paragraph(part.lead, 'kl-lead')}{bullets(part.lines)}"
        notes = "".join(paragraph(note, "kl-note") for note in part.notes)
        body += f'<section class="kl-part"><h2>{escape(part.title)}</h2>{said}{tables}{notes}</section>'
    sub = say("meeting.sub", lang, day=pack.day, data=pack.data)
    return layout.page(pack.who, title=pack.title, body=body, sub=sub, foot=layout.Foot(facts=layout.facts(pack.who)))


def _html(table: Table, lang: str) -> str:
    frame = pd.DataFrame(table.rows, columns=list(table.header))
    return html_table(frame, caption=table.caption, lang=lang, kind="kl-cards")


def pack_slides(pack: Pack) -> list[Slide]:
    """The pack as slides: what each part says first, then its chart, or its tables, a few rows a slide."""
    return [slide for part in pack.parts for slide in (_charted(part) if part.chart is not None else _tabled(part))]


def _charted(part: Part) -> list[Slide]:
    slide = brief(part.lead, part.lines, part.chart)
    return [replace(slide, notes=slide.notes + part.notes)]


def _tabled(part: Part) -> list[Slide]:
    told = [line for line in part.lines if line not in [table.lead for table in part.tables]]
    pieces = [tuple(told[i : i + MOST_LINES]) for i in range(0, len(told), MOST_LINES)]
    slides = [Slide(part.lead, piece) for piece in (pieces or ([] if part.tables else [()]))]
    for table in part.tables:
        rows = _on_slides(table)
        title = table.lead or (table.caption if slides else part.lead)
        for n, some in enumerate(rows, start=1):
            grid = Grid(table.header, some, table.caption, table.numbers, table.widths, SIZE)
            slides.append(Slide(f"{title} ({n}/{len(rows)})" if len(rows) > 1 else title, grid=grid))
    return [replace(slides[0], notes=part.notes), *slides[1:]]


def _on_slides(table: Table) -> list[tuple[tuple[str, ...], ...]]:
    """The rows of a table, as many a slide as fit with the lines their longest cells take."""
    shares = table.widths or (1.0,) * len(table.header)
    widths = [_ACROSS * share / sum(shares) for share in shares]
    found: list[list[tuple[str, ...]]] = []
    room = 0
    for row in table.rows:
        lines = max(math.ceil(len(cell) / width) for cell, width in zip(row, widths, strict=True)) or 1
        if lines > room or not found or len(found[-1]) == _ROWS:
            found.append([])
            room = _DOWN
        found[-1].append(row)
        room -= lines
    return [tuple(rows) for rows in found]


def about(pack: Pack) -> About:
    """What stands at the foot of every slide."""
    lang = pack.who.language
    marks = [say("simulated", lang)] if pack.who.simulated else []
    return About(pack.title, pack.day, say("meeting.foot", lang, data=pack.data), tuple(marks), lang)


def write_sheets(pack: Pack, path: Path) -> None:
    """The pack as a workbook: what each part says on a sheet, and its tables on sheets of their own."""
    workbook(list(_sheets(pack)), path, about(pack))


def _sheets(pack: Pack) -> Iterator[Sheet]:
    for n, part in enumerate(pack.parts, start=1):
        said = tuple((line,) for line in (part.lead, *part.lines, *part.notes) if line)
        yield Sheet(_name(f"{n} {part.title}"), part.title, (Column(part.title, "wrap", 110),), said)
        for k, table in enumerate(part.tables, start=1):
            columns = [
                Column(heading, "count" if c in table.numbers else "wrap", 14 if c in table.numbers else 34)
                for c, heading in enumerate(table.header)
            ]
            rows = [tuple(_cell(cell, c in table.numbers) for c, cell in enumerate(row)) for row in table.rows]
            yield Sheet(_name(f"{n}.{k} {table.caption}"), table.caption, tuple(columns), tuple(rows))


def _name(text: str) -> str:
    """The name of a sheet: whole words of at most 31 signs, as many as Excel allows.

    >>> _name("2.2 Tavse siden: Nyt login med to faktorer")
    '2.2 Tavse siden Nyt login med…'
    """
    return shorten(text.translate(_NO_NAME), 31, placeholder="…")


def _cell(cell: str, counted: bool) -> str | float:
    digits = cell.replace(".", "").replace("\u00a0", "")
    return float(digits) if counted and digits.isdigit() else cell


_NO_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))  # what a sheet's name cannot hold, by Excel's rule
