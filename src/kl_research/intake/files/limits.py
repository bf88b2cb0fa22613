"""Files that are small to send and enormous to read: measured before a reader allocates anything for them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from kl_research.terms.errors import InputError
from kl_research.terms.study_parts import Limits

# What deflate makes of real tables is 3 to 40 times smaller; a thousandfold is made to harm.
_MOST_SHRUNK = 200
_SMALL = 20_000_000
_ENCRYPTED = 1  # the bit of a part of an archive that needs a password
_CHUNK = 1 << 20
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def check_archive(archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    """Refuse an archive that unpacks to more than the limit, or to far more than any table would."""
    if any(info.flag_bits & _ENCRYPTED for info in archive.infolist()):
        raise locked(name)
    unpacked = sum(info.file_size for info in archive.infolist())
    packed = sum(info.compress_size for info in archive.infolist())
    if unpacked > limits.unpacked_mb * 1_000_000:
        raise InputError(
            name,
            f"an archive that unpacks to {unpacked // 1_000_000} MB",
            f"at most {limits.unpacked_mb} MB",
            "unpack it yourself and look; `limits: {unpacked_mb: ...}` in the study allows more",
        )
    if unpacked > _SMALL and unpacked > _MOST_SHRUNK * packed:
        raise InputError(
            name,
            f"an archive that unpacks to {unpacked // packed} times its size",
            f"at most {_MOST_SHRUNK} times, as tables do",
            "unpack it yourself and look",
        )


def locked(name: str) -> InputError:
    """The refusal of a file that only a password opens."""
    return InputError(
        name, "a file locked by a password", "a readable file", "open it yourself and save it without password"
    )


def check_workbook(path: Path, kind: str, name: str, limits: Limits) -> None:
    """Refuse a workbook whose filled area has more cells than the limit: readers hold all of it, blanks included.

    Reading every part to its end also finds parts that unpack to more than they say.
    """
    with zipfile.ZipFile(path) as archive:
        check_archive(archive, name, limits)
        for part in archive.namelist():
            with archive.open(part) as stream:
                if part.startswith("xl/worksheets/") and kind == "xlsx":
                    areas = [_xlsx_area(stream)]
                elif part == "content.xml" and kind == "ods":
                    areas = list(_ods_areas(stream))
                else:
                    areas = []
                    while stream.read(_CHUNK):
                        pass
            for rows, columns in areas:
                if rows * columns > limits.cells:
                    raise InputError(
                        name,
                        f"a sheet of {rows} rows and {columns} columns",
                        f"at most {limits.cells} cells",
                        "delete what stands far from the table, or save the sheet as CSV",
                    )


def _xlsx_area(stream: IO[bytes]) -> tuple[int, int]:
    """The last row and the last column that any cell of a sheet names."""
    rows = columns = 0
    rest = b""
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        for letters, digits in _CELL.findall(text):
            rows = max(rows, int(digits))
            columns = max(columns, _number(letters))
        rest = text[-32:]
    return rows, columns


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _ods_areas(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """The last filled row and column of each sheet, repeats counted."""
    row = last_row = last_column = 0
    try:
        for _, element in ElementTree.iterparse(stream):
            if element.tag == f"{_TABLE}table-row":
                row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
                width = _filled_width(element)
                if width:
                    last_row, last_column = row, max(last_column, width)
                element.clear()
            elif element.tag == f"{_TABLE}table":
                yield last_row, last_column
                row = last_row = last_column = 0
    except (ElementTree.ParseError, ValueError):
        return  # the reader will say what is wrong with it


def _filled_width(row: ElementTree.Element) -> int:
    column = width = 0
    for cell in row:
        column += int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        if len(cell) or cell.get(f"{_OFFICE}value-type"):
            width = column
    return width


def check_text(path: Path, name: str, limits: Limits) -> None:
    """Refuse a text file above the size limit, and one with a line no table has."""
    size = path.stat().st_size
    if size > limits.unpacked_mb * 1_000_000:
        raise InputError(
            name,
            f"a file of {size // 1_000_000} MB",
            f"at most {limits.unpacked_mb} MB",
            "`limits: {unpacked_mb: ...}` in the study allows more",
        )
    run = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            run = 0 if b"\n" in chunk or b"\r" in chunk else run + len(chunk)
            if run > limits.line_characters:
                raise InputError(
                    name,
                    f"a line of more than {limits.line_characters} characters",
                    "rows of a table",
                    "check that this is the export",
                )


def check_width(rows: Sequence[Sequence[object]], name: str, limits: Limits) -> None:
    """Refuse a table wider than the limit."""
    width = max(map(len, rows), default=0)
    if width > limits.columns:
        raise InputError(
            name,
            f"{width} columns",
            f"at most {limits.columns}",
            "check that this is the export; `limits: {columns: ...}` in the study allows more",
        )
