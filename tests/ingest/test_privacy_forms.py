"""CPR numbers in the forms people write them, and in the places that workbooks and YAML files keep out of sight."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from kl_research.intake import Ingested
from kl_research.intake.privacy import Scan, suspicious
from kl_research.terms import yaml_model
from kl_research.terms.errors import InputError
from tests.ingest.test_privacy import number

Draw = Callable[..., Ingested]

FORMS = [
    "{d}/{m}-{y} {s}",
    "{d}/{m}/{y}-{s}",
    "{d}/{m} {y} {s}",
    "{d}-{m}/{y} {s}",
    "{d}.{m}/{y}.{s}",
    "{d}  {m}  {y}  {s}",
    "{d} {m} {y}    {s}",
    "{d}{m}{y}     {s}",
    "{d}{m}{y} ({s})",
    "{d}{m}{y}({s})",
    "({d}{m}{y}) {s}",
    "[{d}{m}{y}]-[{s}]",
    "({d}{m}{y})-({s})",
    "{d}{m}{y} lbnr {s}",
    "{d}{m}{y} lbnr. {s}",
    "{d}{m}{y}, lbnr: {s}",
    "{d}{m}{y} løbenr. {s}",
    "{d}{m}{y} løbenummer {s}",
    "{d}{m}{y} - lb.nr. {s}",
    "{d}/{m}-{y} LØBENR {s}",
    "{d}{m}{y} nr. {s}",
    "{d}{m}{y} sidste fire cifre {s}",
    "{d} {m} {y} {s2}",
    "{d}{m}{y} {s2}",
    "{d}{m}{y}*{s}",
    "{d}{m}{y} * {s}",
    "{d}*{m}*{y}*{s}",
    "{d}{m}{y}|{s}",
    "{d}{m}{y}+{s}",
    "{d}{m}{y}#{s}",
    "{d}{m}{y}, {s}",
    "{d}{m}{y}; {s}",
    "{d}{m}{y}={s}",
    "{d}{m}{y}~{s}",
    "{d}{m} {y}{s2}",
    "\u200e{d}{m}{y}-{s}\u200f",
    "{d}{m}{y}\u200e{s}",
    "{d}{m}\u200e{y}-{s}",
    "\u202a{d}{m}{y}\u202c{s}",
    "{d}\u2066{m}\u2069{y} {s}",
]


def parts(cpr: str) -> dict[str, str]:
    return {"d": cpr[:2], "m": cpr[2:4], "y": cpr[4:6], "s": cpr[6:], "s2": f"{cpr[6:8]} {cpr[8:]}"}


def written(cpr: str) -> list[str]:
    return [form.format(**parts(cpr)) for form in FORMS] + [
        " ".join(cpr),
        "-".join(cpr),
        ".".join(cpr),
        f"{' '.join(cpr[:6])} - {' '.join(cpr[6:])}",
        f"{cpr[:5]} {cpr[5:]}",
        f"{cpr[:3]} {cpr[3:6]} {cpr[6:]}",
        f"{cpr[:3]} {cpr[3:]}",
        f"{cpr[:7]} {cpr[7:]}",
        f"{cpr[:4]} {cpr[4:8]} {cpr[8:]}",
        f"{int(cpr[0]) + 6}{cpr[1:]}",
        f"{int(cpr[0]) + 6}{cpr[1:6]} {cpr[6:]}",
    ]


@pytest.mark.parametrize("n", range(len(written("0101901234"))))
def test_every_form_is_found_and_never_repeated(n: int) -> None:
    for _ in range(5):
        cpr = number()
        form = written(cpr)[n]
        if cpr[6:8] in ("19", "20") and (", " in form or "; " in form):
            continue  # a date and a year
        assert suspicious(form), "the quick test that DuckDB makes"
        for cell in (form, f"borger {form}, ringede"):
            with pytest.raises(InputError) as caught:
                Scan("a.csv").cell(cell, 1, 0)
            assert cpr[6:] not in str(caught.value)
        assert cpr[7:] not in str(InputError("a.csv", repr(form), "a code", "correct it")).replace(" ", "")


@pytest.mark.parametrize("n", range(0, len(written("0101901234")), 3))
def test_so_it_is_in_a_log_that_duckdb_reads(draw: Draw, n: int) -> None:
    cell = written(number())[n].replace(";", ",")
    with pytest.raises(InputError, match="what may be a CPR number"):
        draw(f"Starttid;Kommune;Note\n2024-01-10 09:00:00;Odense;x\n2024-01-10 09:00:00;Odense;{cell}\n")


@pytest.mark.parametrize(
    "cell",
    [
        "31-12-24 10:12",
        "31-12-24 10.12",
        "31/12-24 10:12",
        "31.12.24 kl. 10.12",
        "1 2 3 4 5 6 7 8 9 10",
        "01-01-24 - 31-12-24",
        "10:12:13 2024",
        "05.06.2024 kl. 10.15",
        "12.10.24-13.10.24",
        "01-10-2024 til 31-12-2024",
        "31-12-2024 1012",
        "0,1 0,2 0,3",
        "Tlf. 12 10 90 12, lok. 1234",
        "12.345.678,90",
        "1.010.190,1234",
        "10.11.24 10.12.13",
        "+45 61 01 90 12",
        "4561019012",
        "6 01 01 90",
        "P-nummer 1012345678",
        "2024-01-31 10",
    ],
)
def test_what_looks_like_it_and_is_not_raises_no_alarm(cell: str) -> None:
    if "P-nummer" in cell:
        Scan("a.csv", {0: "p_number"}).cell(cell, 1, 0)
    else:
        Scan("a.csv").cell(cell, 1, 0)


def test_the_price_of_the_raised_day_in_numbers_nobody_declared() -> None:
    """Ten random digits are taken for a CPR number in 6.2 of 100 cases: 62 days (31 and 31 raised) in 100 x 12 months
    in 100, less the days that months lack: (366 + 366) / 10,000 = 7.3 % of dates that begin with 00 to 99 each."""
    draws = random.Random(5)
    alarms = 0
    for _ in range(20_000):
        try:
            Scan("a.csv").cell(f"{draws.randrange(10**10):010d}", 1, 0)
        except InputError:
            alarms += 1
    # 20,000 draws at 7.32 %: three standard errors are 0.55 %.
    assert abs(alarms / 20_000 - 0.0732) < 0.0055


def workbook(change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    for row in (["Kommune", "Måned", "Antal opkald"], ["Odense", "2024-01", 7], ["Odense", "2024-02", 8]):
        book.active.append(row)
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def comment(book: openpyxl.Workbook, cpr: str) -> None:
    book.active["A2"].comment = Comment(f"borger {cpr} ringede", "x")


def title(book: openpyxl.Workbook, cpr: str) -> None:
    book.properties.title = cpr


def keywords(book: openpyxl.Workbook, cpr: str) -> None:
    book.properties.keywords = f"opkald, {cpr}"


def description(book: openpyxl.Workbook, cpr: str) -> None:
    book.properties.description = cpr


def footer(book: openpyxl.Workbook, cpr: str) -> None:
    book.active.oddFooter.center.text = cpr


def name(book: openpyxl.Workbook, cpr: str) -> None:
    book.active.title = cpr


@pytest.mark.parametrize("place", [comment, title, keywords, description, footer, name])
@pytest.mark.parametrize("form", ["{d}{m}{y}-{s}", "{d}{m}{y}{s}", "{d}/{m}-{y} {s}"])
def test_a_number_out_of_sight_in_a_workbook_is_found(draw: Draw, place: Callable[..., None], form: str) -> None:
    cpr = number()
    shown = form.format(**parts(cpr))
    if place is name:
        shown = shown.replace("/", "-")
    with pytest.raises(InputError, match="what may be a CPR number") as caught:
        draw({"raw.xlsx": workbook(lambda book: place(book, shown))})
    assert cpr[6:] not in str(caught.value)


def test_what_every_workbook_says_of_itself_raises_no_alarm(draw: Draw) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.properties.title, book.properties.creator = "Opkald 2024", "Datakonsulenten"
        comment(book, "to gange den 31-12-24 10:12")

    assert draw({"raw.xlsx": workbook(change)}).panel["calls"].sum() == 15


@pytest.mark.parametrize("place", ["meta.xml", "content.xml"])
def test_a_number_in_the_notes_of_an_open_document_is_found(draw: Draw, place: str) -> None:
    cpr = number()
    note = f"<office:annotation><text:p>{cpr}</text:p></office:annotation><text:p>".encode()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(Path(__file__).parent / "files" / "maanedstal_simuleret.ods") as old,
        zipfile.ZipFile(out, "w") as new,
    ):
        for item in old.infolist():
            data = old.read(item)
            if item.filename == place == "content.xml":
                data = data.replace(b"<text:p>", note, 1)
            elif item.filename == "meta.xml":
                continue
            new.writestr(item, data)
        if place == "meta.xml":
            new.writestr(place, f"<office:meta><dc:subject>{cpr}</dc:subject></office:meta>")
    assert cpr.encode() in zipfile.ZipFile(out).read(place)
    with pytest.raises(InputError, match="what may be a CPR number"):
        draw({"raw.ods": out.getvalue()})


@pytest.mark.parametrize(
    "line", ["study: x  # {0}", "# ring til {0}", "title: y\n  # {0}", "#{0}", "a: b # to linjer: {0} og mere"]
)
@pytest.mark.parametrize("form", ["{d}{m}{y}-{s}", "{d}{m}{y}{s}", "{d}/{m}-{y} {s}", "{d}{m}{y} lbnr. {s}"])
def test_a_number_in_a_comment_of_a_yaml_file_is_found(tmp_path: Path, line: str, form: str) -> None:
    cpr = number()
    (tmp_path / "a.yaml").write_text(line.format(form.format(**parts(cpr))) + "\nkey: value\n", encoding="utf-8")
    with pytest.raises(InputError, match="what may be a CPR number") as caught:
        yaml_model.read(tmp_path / "a.yaml")
    assert cpr[6:] not in str(caught.value)
