"""Workbooks and Parquet: what a file is, by its first bytes, and its sheets as typed cells."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kl_research.intake.files.cells import Row
from kl_research.intake.files.limits import check_archive, check_workbook, locked
from kl_research.intake.files.presentation import read_presentation
from kl_research.terms.errors import InputError
from kl_research.terms.study_parts import Limits

# The last row of a sheet: an export that fills it exactly was cut off there.
_LAST_ROW = {"xls": 65_536, "xlsx": 1_048_576, "ods": 1_048_576}


# How Office names what it encrypted, and how far into a file that name stands.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LOOKED_AT = 50_000_000


def kind_of(path: Path, scratch: Path, limits: Limits) -> tuple[Path, str]:
    """The kind of a file and the file to read: csv, xlsx, xls, ods, pptx, parquet; one file in a zip is unpacked.

    Raises `InputError` for an archive of several files, PDF and other kinds without a table.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PAR1"):
        return path, "parquet"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        if _ENCRYPTED in path.read_bytes()[:_LOOKED_AT]:
            raise locked(path.name)
        return path, "xls"
    for mark, what in ((b"%PDF", "a PDF"), (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf", "a 7z archive")):
        if start.startswith(mark):
            raise InputError(path.name, what, "a table (CSV, XLSX, XLS, ODS, Parquet)", "ask for the data as a file")
    if not start.startswith(b"PK\x03\x04"):
        return path, "csv"
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(archive, path.name, limits)
            names = archive.namelist()
            if "[Content_Types].xml" in names:
                return path, "pptx" if "ppt/presentation.xml" in names else "xlsx"
            if "mimetype" in names:
                return path, "ods"
            return _unpack(archive, path, scratch, limits)
    except (zipfile.BadZipFile, RuntimeError):  # RuntimeError: locked, or packed in a way that zipfile cannot undo
        raise InputError(
            path.name,
            "a damaged or locked archive",
            "a readable file",
            "open it yourself and save it without password",
        ) from None


def _unpack(archive: zipfile.ZipFile, path: Path, scratch: Path, limits: Limits) -> tuple[Path, str]:
    inside = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/") and not info.filename.endswith(".DS_Store")
    ]
    if len(inside) != 1:
        raise InputError(path.name, f"{len(inside)} files in the archive", "one", "unpack it and name the files")
    # Named by us: `..`, `CON` or a name of 5,000 characters would be a path, a device, an error.
    stem = "".join(c if c.isalnum() or c in " ._-" else "_" for c in Path(inside[0].filename).name)
    target = scratch / f"unpacked {stem[-80:]}"
    with archive.open(inside[0]) as source, target.open("wb") as out:
        while chunk := source.read(1 << 20):
            out.write(chunk)
    if target.stat().st_size == 0:
        raise InputError(path.name, "an empty file in the archive", "rows of data", "ask for the export again")
    content, kind = kind_of(target, scratch, limits)
    if content != target:
        raise InputError(path.name, "an archive inside the archive", "one file", "unpack it yourself")
    return content, kind


def read(path: Path, kind: str, name: str, limits: Limits) -> list[tuple[str, list[Row], bool]]:
    """The sheets of a workbook as rows of typed cells, and whether each can be seen.

    Formulas are read as last computed, links and macros not at all.
    """
    import python_calamine

    try:
        if kind != "xls":
            check_workbook(path, kind, name, limits)
        if kind == "pptx":
            return read_presentation(path, name)
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            seen = {sheet.name: str(sheet.visible).endswith("Visible") for sheet in book.sheets_metadata}
            sheets = [
                (title, _cells(book.get_sheet_by_name(title).to_python(skip_empty_area=False)), seen[title])
                for title in book.sheet_names
            ]
    except python_calamine.PasswordError:
        raise InputError(name, "a workbook with a password", "a readable workbook", "save it without one") from None
    except (python_calamine.CalamineError, OSError) as problem:
        if kind != "xlsx":
            raise _unreadable(name) from problem
        sheets = _read_openpyxl(path, name)
    except zipfile.BadZipFile:
        raise _unreadable(name) from None
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":  # the reader is in Rust, whose panics are no `Exception`
            raise
        raise _unreadable(name) from problem
    for title, rows, _ in sheets:
        if len(rows) >= _LAST_ROW[kind]:
            raise InputError(
                f"{name}, sheet {title}",
                f"{len(rows)} rows, as many as a sheet can hold",
                "a complete export",
                "rows were probably cut off; ask for the export as CSV",
            )
    return [sheet for sheet in sheets if sheet[1]]


def _cells(rows: list[list[Any]]) -> list[Row]:
    return [[None if cell == "" else cell for cell in row] for row in rows]


def _read_openpyxl(path: Path, name: str) -> list[tuple[str, list[Row], bool]]:
    try:
        import openpyxl
    except ImportError:
        found, expected = "a workbook that the fast reader refuses", "the extra `office`"
        cure = "install it: pip install 'kl-research[office]', or save it as CSV UTF-8"
        raise InputError(name, found, expected, cure) from None
    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            return [
                (
                    sheet.title,
                    [list(row) for row in sheet.iter_rows(values_only=True)],
                    sheet.sheet_state == "visible",
                )
                for sheet in book
            ]
    except Exception as problem:  # openpyxl raises whatever its parsers raise
        raise _unreadable(name) from problem


def _unreadable(name: str) -> InputError:
    return InputError(
        name, "a workbook that cannot be opened", "a readable workbook", "open it and save it as CSV UTF-8"
    )


def parquet_rows(path: Path, name: str) -> Iterator[Row]:
    """The column names of a Parquet file, then its rows, a batch at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield list(file.schema_arrow.names)
            for batch in file.iter_batches(20_000):
                yield from (list(row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except (pa.ArrowException, OSError) as problem:
        raise InputError(name, "a damaged Parquet file", "a readable file", "ask for it again") from problem


def formula_errors(path: Path) -> int:
    """How many cells of an XLSX hold an error such as #N/A, empty to readers."""
    with zipfile.ZipFile(path) as archive:
        sheets = (archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        return sum(sheet.count(b' t="e"') for sheet in sheets)
