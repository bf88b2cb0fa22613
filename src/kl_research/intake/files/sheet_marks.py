"""What a workbook says of its cells beside their values: hidden, in per cent, or a formula nobody calculated."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

# A formula without the value that was last computed; what a formula of text computed may be empty.
_NOT_COMPUTED = re.compile(
    rb'<c\b(?![^>]* t="(?:e|str)")([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_COMPUTED = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*<v>([^<]*)</v>")
_ROW = re.compile(rb'<row\b[^>]* hidden="(?:1|true)"[^>]*?(/?)>')
_COLUMN = re.compile(rb'<col\b[^>]* hidden="(?:1|true)"[^>]*>')
_NUMBER = re.compile(rb' r="([A-Z]{1,3})(\d+)"')
_SHOWN_IN_PER_CENT = {9, 10}  # the two formats in per cent that every workbook has


@dataclass(frozen=True)
class SheetMarks:
    """Rows and columns (from 0) of a sheet: hidden ones, and by column the rows in per cent or never calculated."""

    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    per_cent: dict[int, list[int]] = field(default_factory=dict)
    not_calculated: dict[int, list[int]] = field(default_factory=dict)

    def moved_right(self) -> SheetMarks:
        """The marks of the same sheet with a column put in front."""
        return SheetMarks(
            self.hidden_rows,
            frozenset(column + 1 for column in self.hidden_columns),
            {column + 1: rows for column, rows in self.per_cent.items()},
            {column + 1: rows for column, rows in self.not_calculated.items()},
        )


def cell_name(row: int, column: int) -> str:
    """A cell as a spreadsheet names it.

    >>> cell_name(1, 2), cell_name(0, 27)
    ('C2', 'AB1')
    """
    letters, n = "", column + 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def read_marks(path: Path) -> dict[str, SheetMarks]:
    """The marks of each sheet of an XLSX by its name; a workbook built otherwise has none."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        book = archive.read("xl/workbook.xml")
        targets = dict(_targets(archive.read("xl/_rels/workbook.xml.rels")))
        per_cent = _per_cent_styles(archive.read("xl/styles.xml")) if "xl/styles.xml" in names else []
        asks = re.search(rb'fullCalcOnLoad="(?:1|true)"', book) is not None
        found = {}
        for tag in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", book):
            name, link = _attribute(tag, rb"name"), _attribute(tag, rb"(?:\w+:)?id")
            file = targets.get(link, "")
            if file in names:
                found[unescape(name)] = _marks(archive.read(file), per_cent, asks)
        return found


def _attribute(tag: bytes, name: bytes) -> str:
    match = re.search(rb"\s" + name + rb'="([^"]*)"', tag)
    return match[1].decode("utf-8", "replace") if match else ""


def _targets(rels: bytes) -> list[tuple[str, str]]:
    tags = re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", rels)
    paths = [(_attribute(tag, b"Id"), _attribute(tag, b"Target")) for tag in tags]
    return [(key, path.lstrip("/") if path.startswith("/") else f"xl/{path}") for key, path in paths]


def _per_cent_styles(styles: bytes) -> list[int]:
    """The numbers of the cell styles that show per cent."""
    own = {
        int(_attribute(tag, b"numFmtId"))
        for tag in re.findall(rb"<numFmt\b[^>]*>", styles)
        if "%" in unescape(_attribute(tag, b"formatCode"))
    } | _SHOWN_IN_PER_CENT
    cells = re.search(rb"<cellXfs\b.*?</cellXfs>", styles, re.DOTALL)
    formats = [_attribute(tag, b"numFmtId") for tag in re.findall(rb"<xf\b[^>]*>", cells[0])] if cells else []
    return [i for i, format_ in enumerate(formats) if format_.isdigit() and int(format_) in own]


def _marks(sheet: bytes, per_cent: list[int], asks: bool) -> SheetMarks:
    computed = [(attributes, value) for attributes, value in _COMPUTED.findall(sheet)]
    waiting = [match[1] for match in _NOT_COMPUTED.finditer(sheet)]
    # A program that leaves the calculating to the reader gives every formula the value 0.
    if asks and computed and all(value == b"0" for _, value in computed):
        waiting += [attributes for attributes, _ in computed]
    styled: list[bytes] = []
    if per_cent:
        numbers = b"|".join(str(n).encode() for n in per_cent)
        styled = re.findall(rb'<c\b([^>]* s="(?:' + numbers + rb')"[^>]*[^/])>', sheet)
    return SheetMarks(
        frozenset(_hidden_rows(sheet)), frozenset(_hidden_columns(sheet)), _by_column(styled), _by_column(waiting)
    )


def _hidden_rows(sheet: bytes) -> list[int]:
    numbers = (re.search(rb'\sr="(\d+)"', match[0]) for match in _ROW.finditer(sheet))
    return [int(number[1]) - 1 for number in numbers if number]


def _hidden_columns(sheet: bytes) -> list[int]:
    found: list[int] = []
    for tag in _COLUMN.findall(sheet):
        first, last = _attribute(tag, b"min"), _attribute(tag, b"max")
        if first.isdigit() and last.isdigit():
            found += range(int(first) - 1, min(int(last), 16_384))
    return found


def _by_column(cells: list[bytes]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for attributes in cells:
        match = _NUMBER.search(b" " + attributes)
        if match:
            column = 0
            for letter in match[1]:
                column = column * 26 + letter - 64
            found.setdefault(column - 1, []).append(int(match[2]) - 1)
    return found
