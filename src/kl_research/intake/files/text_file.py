"""Delimited text: its encoding, decided from all of its bytes, and its rows at a separator."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from kl_research.intake.files.cells import Row
from kl_research.intake.files.pasted import MOST, SPACES, looks_pasted, pasted_rows
from kl_research.intake.quality import Why
from kl_research.terms.errors import InputError
from kl_research.terms.study_parts import Limits

SEPARATORS = (";", "\t", ",", "|")
_CHUNK = 1 << 20
# A line of our own after the last: a quotation mark still open there takes it into its cell.
_END = "\x1eend"
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# Letters that cp1252 shows where a DOS or Macintosh file had æ, ø or å.
_FOREIGN = re.compile(r"[A-Za-zæøåÆØÅ][›†‘¾¿ŒŠ¯][a-zæøå]")


def encoding_of(path: Path, name: str) -> tuple[str, Why]:
    """The encoding of a text file and why: byte-order mark, valid UTF-8 throughout, zero bytes, else cp1252.

    latin-1 is read as cp1252, which has the same letters and more. Raises `InputError` for anything else.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _refuse(name, "text in UTF-32")
    why: Why
    if start.startswith(codecs.BOM_UTF8):
        encoding, why = "utf-8-sig", "byte_order_mark"
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, why = "utf-16", "byte_order_mark"
    elif start[1:400:2].count(0) > len(start[1:400:2]) // 2:
        encoding, why = "utf-16-le", "zero_bytes"
    elif start[0:400:2].count(0) > len(start[0:400:2]) // 2:
        encoding, why = "utf-16-be", "zero_bytes"
    elif decodes(path, "utf-8"):
        encoding, why = "utf-8", "valid_utf8"
    else:
        encoding, why = "cp1252", "not_valid_utf8"
    if why != "valid_utf8" and not decodes(path, encoding):
        raise _refuse(name, f"bytes that are not {encoding}")
    if encoding == "cp1252":
        _check_letters(path, name)
    if not encoding.startswith("utf-16") and _holds_zero(path):
        raise InputError(name, "zero bytes", "a text file or a workbook", "check that this is the export")
    return encoding, why


def _refuse(name: str, found: str) -> InputError:
    return InputError(name, found, "UTF-8, UTF-16, cp1252 or latin-1", "save the file again as CSV UTF-8")


def decodes(path: Path, encoding: str) -> bool:
    """Whether every byte of a file is valid in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _holds_zero(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b"\x00" in chunk for chunk in iter(partial(file.read, _CHUNK), b""))


def _check_letters(path: Path, name: str) -> None:
    with path.open(encoding="cp1252", newline="") as file:
        while chunk := file.read(_CHUNK):
            if _FOREIGN.search(chunk):
                raise _refuse(name, "letters as in a DOS or Macintosh text file")


def separators(path: Path, encoding: str) -> list[str]:
    """The separators that occur in the first lines; the header decides among them."""
    with path.open(encoding=encoding, newline="") as file:
        start = file.read(65536)
    found = [mark for mark in SEPARATORS if mark in start]
    if path.stat().st_size < MOST and looks_pasted(start):
        found.append(SPACES)
    return found or [";"]


def rows(
    path: Path, encoding: str, separator: str, name: str, limits: Limits, *, head: bool = False
) -> Iterator[Row]:
    """The rows of a text file at a separator; cells are text as written.

    Raises `InputError` where a quotation mark swallows rows, unless only the `head` is read: at wrong separators too.
    """
    if separator == SPACES:
        yield from pasted_rows(path.read_text(encoding=encoding))
        return
    csv.field_size_limit(limits.cell_characters)
    line, width = 1, 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(chain(file, () if head else (_END,)), delimiter=separator)
        try:
            for row in reader:
                several = reader.line_num > line
                if row == [_END] and not several:
                    return
                width = max(width, len(row))
                if not head and several and _swallows(row, separator, width):
                    raise InputError(
                        f"{name}, line {line}",
                        "a quotation mark that is never closed, or only rows further down",
                        "cells that end in their row",
                        "remove the mark there, or export again",
                    )
                yield [*row]
                line = reader.line_num + 1
        except csv.Error as problem:
            raise InputError(
                f"{name}, line {line}",
                f"what is no cell of a table ({problem})",
                f"cells of at most {limits.cell_characters} characters",
                "look for a quotation mark that is never closed",
            ) from None


def _swallows(row: list[str], separator: str, width: int) -> bool:
    """Whether a row that runs over several lines took others in: up to the end of the file, or lines as long as rows.

    Prose with line breaks and a separator or two remains a cell.
    """
    if row[-1].endswith(_END):
        return True
    first, *between, last = (line.count(separator) for line in _LINE_BREAK.split(separator.join(row)))
    alike = width - 1
    return alike > 0 and (alike in between or first >= alike == last)


def breaks_lines(path: Path) -> bool:
    """Whether a quoted cell may run over several lines: a line of UTF-8 has an odd number of quotation marks."""
    with path.open("rb") as file:
        if not any(b'"' in chunk for chunk in iter(partial(file.read, _CHUNK), b"")):
            return False
    with path.open(encoding="latin-1") as lines:  # any bytes, all line ends
        return any(line.count('"') % 2 for line in lines)
