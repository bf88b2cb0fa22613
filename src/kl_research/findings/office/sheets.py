"""A workbook as people use it: headings in words, numbers as numbers, a frozen header, ready to print.

`workbook(sheets, path, about)` writes plain `Sheet`s; the same sheets give the same bytes. Needs the extra `office`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kl_research.findings.html.markup import plain
from kl_research.findings.office.slides import About
from kl_research.findings.office.zipped import MADE

# How a cell is written; Danish Excel turns the separators into its own.
FORMS = {"text": "@", "wrap": "@", "count": "#,##0", "one": "#,##0.0", "two": "0.00", "share": "0%", "month": ""}
_MONTH = {"da": "[$-406]mmm yyyy", "en": "[$-809]mmm yyyy"}
_HEAD = 2  # rows above the header: title and a note
_LINE = 15.0  # points
_NAME = 31  # characters of a sheet's name, by Excel's rule


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading, how its cells are written (`FORMS`), and its width in characters."""

    heading: str
    form: str = "count"
    width: float = 14


@dataclass(frozen=True)
class Sheet:
    """One sheet: `rows` as long as `columns`; `forms` says how the numbers of a row are written where they differ."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...] = field(repr=False)
    note: str = ""
    forms: tuple[str, ...] = ()
    upright: bool = False  # printed on A4 upright; else across


def workbook(sheets: Sequence[Sheet], path: Path, about: About) -> Path:
    """Write the sheets, each on its own tab. Returns the path.

    Text stays text: nothing in it is run as a formula or made a link.
    """
    from xlsxwriter import Workbook

    path.parent.mkdir(parents=True, exist_ok=True)
    plainly = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with Workbook(str(path), {"in_memory": True, **plainly}) as book:
        words = {"title": about.title, "author": about.author, "subject": about.foot}
        words["keywords"] = ", ".join(about.marks)
        book.set_properties({**{name: plain(text) for name, text in words.items()}, "created": MADE})
        looks = _looks(book, about)
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name[:_NAME]), sheet, about, looks)
    return path


def _looks(book: Any, about: About) -> dict[str, Any]:
    top = {"valign": "top"}
    looks = {form: book.add_format({**top, "num_format": code}) for form, code in FORMS.items()}
    looks["month"] = book.add_format({**top, "num_format": _MONTH[about.language], "align": "left"})
    if about.few:
        looks["count"] = book.add_format({**top, "num_format": about.few})
    looks["wrap"] = book.add_format({**top, "text_wrap": True})
    looks["title"] = book.add_format({"bold": True, "font_size": 14})
    looks["note"] = book.add_format({"font_color": "#5E6670"})
    looks["header"] = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
    return looks


def _write(page: Any, sheet: Sheet, about: About, looks: dict[str, Any]) -> None:
    page.write_string(0, 0, plain(sheet.title), looks["title"])
    page.write_string(1, 0, plain("  ·  ".join(filter(None, (*about.marks, sheet.note)))), looks["note"])
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width)
        page.write_string(_HEAD, at, plain(column.heading), looks["header"])
    page.set_row(_HEAD, _height([column.heading for column in sheet.columns], sheet.columns, 1.15))
    for r, row in enumerate(sheet.rows):
        page.set_row(_HEAD + 1 + r, _height(row, sheet.columns))
        for c, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
            form = sheet.forms[r] if sheet.forms and column.form not in ("text", "wrap", "month") else column.form
            _cell(page, _HEAD + 1 + r, c, value, looks[form])
    last = _HEAD + len(sheet.rows)
    page.freeze_panes(_HEAD + 1, 1)
    if sheet.rows:
        page.autofilter(_HEAD, 0, last, len(sheet.columns) - 1)
    page.set_paper(9)  # A4
    if not sheet.upright:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEAD)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    foot = "  ".join(filter(None, (*about.marks, about.foot))).replace("&", "&&")
    page.set_footer(f"&L&8{plain(foot)[:180]}&R&8&P / &N")


def _height(cells: Sequence[Any], columns: Sequence[Column], wider: float = 1.0) -> float:
    """The height of a row in points, so that no wrapped text is cut in a program that does not fit rows itself."""
    texts = [(cell, c.width) for cell, c in zip(cells, columns, strict=True) if isinstance(cell, str)]
    return _LINE * max([1, *(math.ceil(len(text) * wider / (width * 0.95)) for text, width in texts)])


def _cell(page: Any, row: int, column: int, value: Any, look: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        page.write_string(row, column, plain(value), look)
    elif isinstance(value, datetime.date):
        page.write_datetime(row, column, datetime.datetime(value.year, value.month, value.day), look)
    else:
        page.write_number(row, column, float(value), look)
