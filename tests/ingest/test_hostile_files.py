"""Files made to harm are refused, or held to what a table may be, before anything large is allocated.

Measured once with files of full size (benchmarks/results/hostile.md); here the same shapes are small.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from kl_research import InputError, Study
from kl_research.intake import ingest

TABLE = "Kommune;Måned;Antal opkald\nOdense;januar 2024;3\n"
ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="a"><table:table-row table:number-rows-repeated="1048576">'
    '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p>'
    "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)


def _study(folder: Path, name: str, limits: str = "") -> Study:
    text = f'study: hostile\ntitle: {{da: "x"}}\nraw: [{{path: "{name}", layout: auto}}]\nout: out\n{limits}'
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return Study.load(folder / "study.yaml")


def _refused(folder: Path, name: str, limits: str = "") -> str:
    with pytest.raises(InputError) as refusal:
        ingest(_study(folder, name, limits))
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def _zip(path: Path, members: dict[str, bytes | str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _workbook(path: Path) -> openpyxl.worksheet.worksheet.Worksheet:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Kommune", "Måned", "Antal opkald"], ["Odense", "januar 2024", 3]):
        sheet.append(row)
    book.save(path)
    return sheet


def test_a_cell_in_the_last_corner_of_a_workbook_is_not_a_sheet_of_seventeen_billion(tmp_path: Path) -> None:
    sheet = _workbook(tmp_path / "a.xlsx")
    sheet.cell(1048576, 16384, "x")  # XFD1048576, the last cell the format has
    sheet.parent.save(tmp_path / "a.xlsx")
    assert "1048576 rows and 16384 columns" in _refused(tmp_path, "a.xlsx")


def test_repeated_cells_of_an_ods_are_counted_before_they_are_made(tmp_path: Path) -> None:
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    _zip(tmp_path / "a.ods", {"mimetype": mimetype, "content.xml": ODS})
    assert "1048576 rows and 16384 columns" in _refused(tmp_path, "a.ods")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    _zip(tmp_path / "a.zip", {"a.csv": TABLE.encode() + b"\n" * 21_000_000})
    assert "times its size" in _refused(tmp_path, "a.zip")
    assert "at most 1 MB" in _refused(tmp_path, "a.zip", "limits: {unpacked_mb: 1}\n")


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    _workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/a.png", b"\x00" * 21_000_000)
    assert "times its size" in _refused(tmp_path, "a.xlsx")


def test_entities_of_a_workbook_are_not_expanded(tmp_path: Path) -> None:
    _workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    doctype = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    cell = '<row r="3"><c r="A3" t="inlineStr"><is><t>&b;&c;</t></is></c></row></sheetData>'
    parts["xl/worksheets/sheet1.xml"] = (doctype + sheet.replace("</sheetData>", cell)).encode()
    _zip(tmp_path / "a.xlsx", {**parts})
    told = _refused(tmp_path, "a.xlsx")
    assert "root:" not in told
    assert "aaaa" not in told


def test_formulas_and_external_links_are_never_evaluated(tmp_path: Path) -> None:
    sheet = _workbook(tmp_path / "a.xlsx")
    sheet["C2"] = '=WEBSERVICE("http://localhost/x")'  # no stored value: the cell is blank
    sheet.parent.save(tmp_path / "a.xlsx")
    assert "cell C2: found a formula that was never calculated" in _refused(tmp_path, "a.xlsx")


@pytest.mark.parametrize("name", ["../../x.csv", "..", "CON", "nul.csv", "a" * 300 + ".csv", "æ\u202e<b>.csv"])
def test_a_name_inside_a_zip_is_never_a_path(tmp_path: Path, name: str) -> None:
    _zip(tmp_path / "a.zip", {name: TABLE})
    before = set(tmp_path.parent.rglob("x.csv"))
    assert len(ingest(_study(tmp_path, "a.zip")).panel) == 98
    assert set(tmp_path.parent.rglob("x.csv")) == before


def test_a_symbolic_link_inside_a_zip_is_its_text(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "root" not in _refused(tmp_path, "a.zip")


@pytest.mark.parametrize(
    ("content", "limits", "says"),
    [
        (";".join(["Kommune", "Måned", "Antal opkald", *["k"] * 9997]) + "\n", "", "10000 columns"),
        (TABLE + "Odense;februar 2024;" + "9" * 200_000 + "\n", "", "cells of at most 100000"),
        (TABLE + '"Odense;februar 2024;3\n' + "Odense;marts 2024;3\n" * 9_000, "", "never closed"),
        ("a" * 3_000_000, "limits: {line_characters: 1000000}\n", "a line of more than 1000000"),
        (TABLE * 300 + "Ode\x00nse;februar 2024;3\n", "", "zero bytes"),
        (TABLE * 60_000, "limits: {unpacked_mb: 1}\n", "at most 1 MB"),
    ],
    ids=["wide", "long cell", "open quotation", "one line", "zero byte", "large"],
)
def test_text_that_is_no_table_is_refused_with_its_reason(
    tmp_path: Path, content: str, limits: str, says: str
) -> None:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    assert says in _refused(tmp_path, "a.csv", limits)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "study: &a x\nout: *a\n",
        "study: !!python/object/apply:os.system [x]\n",
        "=\n",
        "a: " + "9" * 9_000,
        "? [a]\n: b\n",
        "study: !x y\n",
        "\ufeff",
        "a: \ud83d",
    ],
)
def test_yaml_makes_words_numbers_and_lists_and_nothing_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError) as refusal:
        Study.load(tmp_path / "study.yaml")
    assert "\n" not in str(refusal.value)


def test_no_reader_of_the_project_unpickles(tmp_path: Path) -> None:
    source = Path(__file__).resolve().parents[2] / "src"
    users = [path.name for path in source.rglob("*.py") if "pickle" in path.read_text(encoding="utf-8")]
    assert users == []
    (tmp_path / "a.csv").write_bytes(b"cos\nsystem\n(S'touch x'\ntR.")  # a pickle that would run a command
    assert "no header" in _refused(tmp_path, "a.csv")


@pytest.mark.parametrize("suffix", ["xlsx", "pptx", "ods", "zip"])
def test_a_file_behind_a_password_is_refused_plainly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"raw.{suffix}"
    inside = {"xlsx": "[Content_Types].xml", "pptx": "ppt/presentation.xml", "ods": "mimetype", "zip": "raw.csv"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml" if suffix == "pptx" else inside[suffix], b"x")
        archive.writestr(inside[suffix] + "2", b"x")
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    assert "password" in _refused(tmp_path, path.name)


def test_an_encrypted_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    path.write_bytes(
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(9)
    )
    assert "locked by a password" in _refused(tmp_path, path.name)


@pytest.mark.parametrize("change", [b'encoding="UTF-1-8"', b"idx", b"no xml", b"", b"\xff\xfe"])
def test_a_damaged_presentation_is_refused(tmp_path: Path, change: bytes) -> None:
    path = tmp_path / "raw.pptx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", b"<x/>")
        archive.writestr("ppt/presentation.xml", b"<?xml version='1.0' " + change + b"?><p/>")
    assert "raw.pptx" in _refused(tmp_path, path.name)


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    assert "no file loop.csv" in _refused(tmp_path, "loop.csv")
