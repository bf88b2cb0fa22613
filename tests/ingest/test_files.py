"""The readers of a file: encodings, separators, kinds; the same table comes out of all of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from kl_research.intake import Ingested
from kl_research.intake.calls.log import open_log
from kl_research.intake.files.reading import open_source
from kl_research.intake.layouts import BUILT_IN
from kl_research.intake.quality import FileReport
from kl_research.intake.tables.header import find_header
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
MONTHLY = "Kommune;Måned;Antal opkald\nRødovre;2024-01;7\nÆrø;2024-01;1\nRødovre;2024-02;9\nÆrø;2024-02;0\n"
EXPECTED = {("175", "2024-01"): 7, ("492", "2024-01"): 1, ("175", "2024-02"): 9, ("492", "2024-02"): 0}


def counts(ingested: Ingested) -> dict[tuple[str, str], int]:
    panel = ingested.panel
    seen = panel[panel["state"] == "observed"]
    return {
        (code, f"{month:%Y-%m}"): calls
        for code, month, calls in zip(seen["municipality"], seen["month"], seen["calls"], strict=True)
    }


CONNECTED = "municipality;connected_from;started_from\n175;2023-01;2023-01\n492;2023-01;2023-01\n"


@pytest.mark.parametrize(
    ("encoding", "decided"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_encoding_and_separator_gives_the_same_panel(
    draw: Draw, encoding: str, decided: str, separator: str
) -> None:
    ingested = draw(MONTHLY.replace(";", separator).encode(encoding), connections=CONNECTED)
    assert counts(ingested) == EXPECTED
    assert ingested.quality["files"][0]["encoding"] == decided
    assert ingested.quality["files"][0]["separator"] == separator


def test_text_encoded_twice_is_mended_and_counted(draw: Draw) -> None:
    ingested = draw(MONTHLY.encode().decode("cp1252").encode(), connections=CONNECTED)
    assert counts(ingested) == EXPECTED
    assert ingested.quality["files"][0]["repaired"]["double_encoding"] == 4


def test_letters_of_a_dos_file_are_refused(draw: Draw) -> None:
    with pytest.raises(InputError, match="DOS or Macintosh"):
        draw(MONTHLY.encode("cp865"))


def table() -> list[list[object]]:
    rows = [line.split(";") for line in MONTHLY.splitlines()]
    return [rows[0], *([name, pd.Timestamp(f"{month}-01"), int(calls)] for name, month, calls in rows[1:])]


def test_a_workbook_with_real_dates_is_read(draw: Draw, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in table():
        book.active.append([cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell for cell in row])
    book.save(tmp_path / "made.xlsx")
    ingested = draw({"raw.xlsx": (tmp_path / "made.xlsx").read_bytes()}, connections=CONNECTED)
    assert counts(ingested) == EXPECTED
    assert ingested.quality["files"][0]["sheet"] == "Sheet"


def test_parquet_is_read(draw: Draw) -> None:
    rows = table()
    out = io.BytesIO()
    pd.DataFrame(rows[1:], columns=rows[0]).to_parquet(out)
    assert counts(draw({"raw.parquet": out.getvalue()}, connections=CONNECTED)) == EXPECTED


def test_a_zip_of_one_file_is_read_and_of_two_refused(draw: Draw) -> None:
    def zipped(*names: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, MONTHLY)
        return out.getvalue()

    assert counts(draw({"raw.zip": zipped("a.csv")}, connections=CONNECTED)) == EXPECTED
    with pytest.raises(InputError, match="2 files in the archive"):
        draw({"raw.zip": zipped("a.csv", "b.csv")})


@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_older_and_open_workbooks_are_read(draw: Draw, suffix: str) -> None:
    file = Path(__file__).parent / "files" / f"maanedstal_simuleret.{suffix}"
    ingested = draw({f"raw.{suffix}": file.read_bytes()}, connections=CONNECTED)
    assert counts(ingested) == EXPECTED
    assert ingested.quality["files"][0]["sheet"] == "Simuleret"


def test_a_workbook_that_openpyxl_cannot_open_is_read(draw: Draw, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in table():
        book.active.append([f"{cell:%Y-%m}" if isinstance(cell, pd.Timestamp) else cell for cell in row])
    book.save(tmp_path / "whole.xlsx")
    out = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(out, "w") as broken:
        for name in whole.namelist():
            content = whole.read(name).replace(b'defaultRowHeight="15"', b'defaultRowHeight="auto"')
            broken.writestr(name, content)
    with pytest.raises((ValueError, TypeError, SyntaxError)):
        openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    assert counts(draw({"raw.xlsx": out.getvalue()}, connections=CONNECTED)) == EXPECTED


def test_a_file_is_known_by_its_content_not_by_its_name(draw: Draw) -> None:
    assert counts(draw({"raw.xlsx": MONTHLY}, connections=CONNECTED)) == EXPECTED


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7 tal", "a PDF"),
        (b"PK\x03\x04 ikke en pakke", "a damaged or locked archive"),
        (b"\xd0\xcf\x11\xe0 ikke et regneark", "a workbook that cannot be opened"),
        (b"PAR1 ikke", "a damaged Parquet file"),
    ],
)
def test_what_holds_no_table_is_refused(draw: Draw, content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        draw({"raw.bin": content})


def test_data_in_two_sheets_are_refused_until_one_is_named(draw: Draw) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("2024")
    for sheet in book:
        for row in table():
            sheet.append([f"{cell:%Y-%m}" if isinstance(cell, pd.Timestamp) else cell for cell in row])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(InputError, match="data in several sheets: Sheet, 2024"):
        draw({"raw.xlsx": out.getvalue()})
    layouts = {"one": 'layout: monthly\nsheet: "2024"\n'}
    assert counts(draw({"raw.xlsx": out.getvalue()}, "one", layouts=layouts, connections=CONNECTED)) == EXPECTED


@pytest.mark.parametrize("cell", ["#N/A", "#REF!"])
def test_cells_with_formula_errors_are_counted_and_missing(draw: Draw, cell: str) -> None:
    book = openpyxl.Workbook()
    for row in (["Kommune", "Måned", "Antal opkald"], ["Rødovre", "2024-01", 7], ["Rødovre", "2024-02", cell]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    ingested = draw({"raw.xlsx": out.getvalue()}, connections=CONNECTED)
    assert counts(ingested) == {("175", "2024-01"): 7}
    decisions = ingested.quality["files"][0]["decisions"]
    assert {"what": "formula_errors", "decided": "1", "why": "read_as_missing"} in decisions


@pytest.mark.parametrize("name", ["p[1]/raw.csv", "opkald [1].csv", "opkald*.csv", "opkal?.csv", "it's {1}.csv"])
def test_the_file_that_is_named_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    header = "Kommune;Starttid;Note\n"
    for other in ("p1/raw.csv", "opkald 1.csv", "opkald2.csv", "opkald.csv"):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        (tmp_path / other).write_text(header + "Odense;2023-01-10 09:30:00;\n" * 2, encoding="utf-8")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(header + "Odense;2024-01-10 09:30:00;\n" * 70, encoding="utf-8")
    source = open_source(tmp_path / name, tmp_path)
    found = find_header(source.grids[0].head, BUILT_IN["calls"], name)
    assert found
    log = open_log(source, source.grids[0], found, tmp_path, FileReport(name, ""))
    assert log.connection.execute("SELECT count(*), min(c1) FROM log").fetchall() == [(70, "2024-01-10 09:30:00")]
