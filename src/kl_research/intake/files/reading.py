"""Bytes to rows: what kind of file it is, told by its content, and the grids it may hold.

A text file gives one grid a separator, a workbook one a sheet; the header decides which of them is meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from kl_research.intake.files import limits as bombs
from kl_research.intake.files import text_file, workbook
from kl_research.intake.files.cells import Row
from kl_research.intake.files.sheet_marks import SheetMarks, read_marks
from kl_research.intake.quality import What, Why
from kl_research.terms.errors import InputError
from kl_research.terms.study_parts import Limits

HEAD = 60
_USUAL = Limits()


@dataclass(frozen=True)
class Grid:
    """One reading of a file as rows of cells: a sheet, or a text file at one separator.

    `head` holds the first rows, `rows()` gives all of them; `marks` is what a workbook says of its cells, `hidden`
    whether it hides the whole sheet. `changed` says whether the table was turned, or got a column of municipalities.
    """

    head: list[Row]
    rows: Callable[[], Iterator[Row]]
    sheet: str = ""
    separator: str = ""
    marks: SheetMarks = field(default_factory=SheetMarks)
    hidden: bool = False
    changed: Literal["", "column_added", "turned", "municipalities_down"] = ""


@dataclass(frozen=True)
class Source:
    """An opened file: `kind` is csv, xlsx, xls, ods, pptx or parquet; `content` is the file to read."""

    path: Path
    content: Path
    sha256: str
    kind: str
    grids: list[Grid]
    encoding: str = ""
    decisions: list[tuple[What, str, Why]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name, which reports and errors use."""
        return self.path.name


def sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_source(path: Path, scratch: Path, limits: Limits = _USUAL) -> Source:
    """Open a raw file; raises `InputError` for a missing or empty file and for kinds that hold no table.

    `scratch` is a private folder for what has to be unpacked; what exceeds `limits` is refused before it is read.
    """
    if not path.is_file():
        raise InputError(path.name, "no such file", "a raw export", "check the path in the study file")
    if path.stat().st_size == 0:
        raise InputError(path.name, "an empty file", "rows of data", "ask for the export again")
    digest = sha256(path)
    content, kind = workbook.kind_of(path, scratch, limits)
    decisions: list[tuple[What, str, Why]] = (
        [("archive", content.name, "only_file_in_zip")] if content != path else []
    )
    encoding = ""
    if kind == "csv":
        bombs.check_text(content, path.name, limits)
        encoding, why = text_file.encoding_of(content, path.name)
        decisions.append(("encoding", encoding, why))
    if kind == "xlsx" and (errors := workbook.formula_errors(content)):
        decisions.append(("formula_errors", str(errors), "read_as_missing"))
    grids = _grids(content, kind, encoding, path.name, limits)
    for grid in grids:
        bombs.check_width(grid.head, path.name, limits)
    if not any(any(any(cell not in (None, "") for cell in row) for row in grid.head) for grid in grids):
        raise InputError(path.name, "only blank rows", "rows of data", "ask for the export again")
    return Source(path, content, digest, kind, grids, encoding, decisions)


def _grids(content: Path, kind: str, encoding: str, name: str, limits: Limits) -> list[Grid]:
    if kind == "parquet":
        rows = partial(workbook.parquet_rows, content, name)
        return [Grid(list(islice(rows(), HEAD)), rows)]
    if kind != "csv":
        sheets = workbook.read(content, kind, name, limits)
        marks = read_marks(content) if kind == "xlsx" else {}
        return [
            Grid(rows[:HEAD], partial(iter, rows), sheet=sheet, marks=marks.get(sheet, SheetMarks()), hidden=not seen)
            for sheet, rows, seen in sheets
        ]
    return [
        Grid(
            list(islice(text_file.rows(content, encoding, mark, name, limits, head=True), HEAD)),
            partial(text_file.rows, content, encoding, mark, name, limits),
            separator=mark,
        )
        for mark in text_file.separators(content, encoding)
    ]
