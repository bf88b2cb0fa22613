"""What a meeting is handed, as plain data; page, slides and sheets are made from the same parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from kl_research.findings.html import layout
from kl_research.findings.html.markup import bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.office.sheets import Column, Sheet, workbook
from kl_research.findings.office.slides import About, Grid, Slide
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader

MOST_LINES = 6  # of text on one slide
_ACROSS, _DOWN = 100, 14  # characters and lines of a table on one slide


@dataclass(frozen=True)
class Table:
    """Rows of text under a caption; `numbers` are the columns that hold numbers."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    numbers: tuple[int, ...] = ()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Part:
    """One part of the pack: its heading, the sentence to take away, what it rests on."""

    key: str
    title: str
    lead: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


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
        tables = "".join(
            html_table(pd.DataFrame(table.rows, columns=list(table.header)), caption=table.caption, lang=lang)
            for table in part.tables
        )
        said = f"{paragraph(part.lead, 'kl-lead')}{bullets(part.lines)}"
        body += f'<section class="kl-part"><h2>{escape(part.title)}</h2>{said}{tables}</section>'
    sub = say("meeting.sub", lang, day=pack.day, data=pack.data)
    return layout.page(pack.who, title=pack.title, body=body, sub=sub, foot=layout.Foot(facts=layout.facts(pack.who)))


def pack_slides(pack: Pack) -> list[Slide]:
    """The pack as slides: what each part says first, then its tables, a few rows a slide."""
    slides = []
    for part in pack.parts:
        pieces = [part.lines[i : i + MOST_LINES] for i in range(0, len(part.lines), MOST_LINES)] or [()]
        tables = [
            Grid(table.header, rows, table.caption, table.numbers, table.widths)
            for table in part.tables
            for rows in _on_slides(table)
        ]
        if part.lines or not tables:
            slides += [Slide(part.lead, piece) for piece in pieces]
        slides += [
            Slide(part.lead if i == 0 and not part.lines else grid.alt, grid=grid) for i, grid in enumerate(tables)
        ]
    return slides


def _on_slides(table: Table) -> list[tuple[tuple[str, ...], ...]]:
    """The rows of a table, as many a slide as fit with the lines their longest cells take."""
    shares = table.widths or (1.0,) * len(table.header)
    widths = [_ACROSS * share / sum(shares) for share in shares]
    found: list[list[tuple[str, ...]]] = []
    room = 0
    for row in table.rows:
        lines = max(math.ceil(len(cell) / width) for cell, width in zip(row, widths, strict=True)) or 1
        if lines > room or not found:
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
        said = tuple((line,) for line in (part.lead, *part.lines) if line)
        yield Sheet(_name(f"{n} {part.title}"), part.title, (Column(part.title, "wrap", 110),), said)
        for k, table in enumerate(part.tables, start=1):
            columns = [
                Column(heading, "count" if c in table.numbers else "wrap", 14 if c in table.numbers else 34)
                for c, heading in enumerate(table.header)
            ]
            rows = [tuple(_cell(cell, c in table.numbers) for c, cell in enumerate(row)) for row in table.rows]
            yield Sheet(_name(f"{n}.{k} {table.caption}"), table.caption, tuple(columns), tuple(rows))


def _name(text: str) -> str:
    return text.translate(_NO_NAME)[:31]


def _cell(cell: str, counted: bool) -> str | float:
    digits = cell.replace(".", "").replace("\u00a0", "")
    return float(digits) if counted and digits.isdigit() else cell


_NO_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))  # what a sheet's name cannot hold, by Excel's rule
