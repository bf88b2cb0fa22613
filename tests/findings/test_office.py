"""Office files: what a reader opens, changes and mails; the numbers are drawn here."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from pptx import Presentation

from kl_research.adoption import measures
from kl_research.findings.handouts import handouts
from kl_research.findings.handouts.handouts import write_handouts
from kl_research.findings.office.deck import deck
from kl_research.findings.office.slides import About, Band, Chart, Grid, Line, Slide, brief, finding
from kl_research.findings.pages.area import Site, areas
from kl_research.findings.words.catalogue import has
from kl_research.findings.words.reader import reader
from tests.findings.drawn_site import HOSTILE, drawn_panel, published, study

ABOUT = About("Kontakt Læge-appen", "Til mødet", "Kilde: prøven", ("Simulerede data",))
MONTHS = tuple(f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13))
COUNTED = tuple(float(10 + i % 5) for i in range(24))
FROM = tuple(None if i < 12 else 9.0 for i in range(24))
TO = tuple(None if i < 12 else 12.5 for i in range(24))
JUDGED = Chart(
    "months",
    MONTHS,
    (Line("talt", COUNTED), Line("forventet", FROM, "expected")),
    "Opkald pr. måned og det forventede efter ledermødet.",
    "Opkald pr. måned",
    Band(("laveste", "op til højeste"), FROM, TO),
    (("2024-01", "Ledermødet"), ("2024-02", "Nyt login")),
)
PLACES = Chart(
    "bars",
    ("Odense", '=HYPERLINK("x")'),
    (Line("2024", (41.0, 1234.0)), Line("2023", (30.0, None), "quiet")),
    "Opkald i to kommuner, 2024 og 2023.",
)
SLIDES = (
    finding("Der er ca. 14 opkald om måneden. Forventet var 11.", "Andet kan have spillet ind.", chart=JUDGED),
    Slide("Odense ringer mest.", chart=PLACES),
    Slide("Én indsats kan ikke vurderes.", grid=Grid(("Kommune", "Antal"), (("Odense", "41"),), "Én række.", (1,))),
    Slide("Kun opkald i appen tælles.", ("Sms-link tælles ikke.",)),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deck(SLIDES, tmp_path_factory.mktemp("deck") / "meeting.pptx", ABOUT)


def charts(path: Path) -> list[Any]:
    shapes = [shape for slide in Presentation(str(path)).slides for shape in slide.shapes]
    return [shape for shape in shapes if shape.has_chart]


def test_every_slide_has_its_finding_as_title_and_says_source_and_simulation_at_the_foot(made: Path) -> None:
    slides = list(Presentation(str(made)).slides)
    assert [slide.shapes.title.text for slide in slides] == [ABOUT.title, *(slide.title for slide in SLIDES)]
    assert slides[1].shapes.title.text == "Der er ca. 14 opkald om måneden."
    for slide in slides:
        words = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert "Simulerede data" in words
        assert "Kilde: prøven" in words


def test_charts_are_native_with_their_numbers_in_a_workbook_and_a_text_alternative(made: Path) -> None:
    first, second = charts(made)
    assert first._element.nvGraphicFramePr.cNvPr.get("descr") == JUDGED.alt
    book = openpyxl.load_workbook(io.BytesIO(first.chart.part.chart_workbook.xlsx_part.blob))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[0].strftime("%Y-%m") for row in rows[1:]] == list(MONTHS)
    assert [row[1] for row in rows[1:]] == list(COUNTED)
    assert rows[0][1:5] == ("talt", "forventet", "laveste", "op til højeste")
    assert [(row[3], row[4]) for row in rows[12:14]] == [(9, 0), (9, 3.5)]  # the band opens from a point
    values = {plot.series[0].name: tuple(plot.series[0].values) for plot in second.chart.plots}
    assert values == {"2024": (41.0, 1234.0)}


def test_the_chart_names_its_events_and_labels_its_lines_where_they_end(made: Path) -> None:
    first, second = charts(made)
    words = "".join(first.chart.part._element.itertext())
    assert all(text in words for text in ("Ledermødet", "Nyt login", "talt", "forventet"))
    assert "1.234" in "".join(second.chart.part._element.itertext()) or not second.chart.has_legend
    assert not first.chart.has_legend


def test_a_name_that_looks_like_a_formula_stays_text_in_the_workbook_inside(made: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(charts(made)[1].chart.part.chart_workbook.xlsx_part.blob))
    assert book.active["A3"].value == '\'=HYPERLINK("x")'
    assert book.active["A3"].data_type == "s"


def test_the_same_slides_give_the_same_bytes_and_no_clock(made: Path, tmp_path: Path) -> None:
    again = deck(SLIDES, tmp_path / "again.pptx", ABOUT).read_bytes()
    assert again == made.read_bytes()
    with zipfile.ZipFile(made) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        core = archive.read("docProps/core.xml").decode()
        inside = [archive.read(name) for name in archive.namelist() if name.endswith(".xlsx")]
    assert core.count("2000-01-01T00:00:00Z") >= 2
    for content in inside:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            assert "2000-01-01T00:00:00Z" in book.read("docProps/core.xml").decode()


def test_a_run_writes_a_workbook_and_a_mail_for_each_municipality_and_a_presentation(site: Path) -> None:
    for code in ("461", "561", "265"):
        assert (site / code / f"{code}.xlsx").is_file()
        assert "Simulerede data" in (site / code / "mail.txt").read_text(encoding="utf-8")
    titles = [slide.shapes.title.text for slide in Presentation(str(site / "meeting.pptx")).slides][1:]
    assert titles[0].startswith("Der var i alt ")
    assert all(title.endswith(".") for title in titles), titles


def test_the_months_of_a_workbook_are_those_of_the_published_panel(site: Path) -> None:
    told = pd.read_csv(site / "panel.csv", dtype={"municipality": str})
    told = told[told["municipality"] == "461"]
    sheet = openpyxl.load_workbook(site / "461" / "461.xlsx")["Måneder"]
    rows = [row[:3] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert [row[0].strftime("%Y-%m-%d") for row in rows] == told["month"].tolist()
    assert [row[2] for row in rows] == told["calls"].tolist()
    assert [cell.value for cell in sheet[3]][:3] == ["Måned", "Status", "Opkald"]
    assert sheet.freeze_panes == "B4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet["C4"].number_format == '[<5]"få";#,##0'  # as the pages write it


def test_every_column_of_a_workbook_is_in_its_code_book(site: Path) -> None:
    book = openpyxl.load_workbook(site / "461" / "461.xlsx")
    assert book.sheetnames == ["Kort fortalt", "Måneder", "Indsatser", "Kodebog"]
    told = {(row[0], row[1]) for row in book["Kodebog"].iter_rows(min_row=4, values_only=True)}
    for name in ("Måneder", "Indsatser"):
        assert {(name, cell.value) for cell in book[name][3]} <= told


def test_every_measure_has_a_line_in_the_code_book() -> None:
    several = ("municipalities_", "top_two_municipalities")
    assert all(has(f"measure.how.{m.id}") for m in measures() if not m.id.startswith(several))


def test_names_from_the_data_are_no_formulas_in_a_workbook(site: Path) -> None:
    for code in HOSTILE:
        book = openpyxl.load_workbook(site / code / f"{code}.xlsx")
        assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)


def test_without_the_extra_there_are_mails_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, drawn = study(tmp_path), published(drawn_panel()).panel
    who = reader(one)
    entries = [{"area": "461", "notebook": "adoption", "status": "ok", "error": "", "record": {}, "html": ""}]
    site = Site(one, drawn, {}, None, entries, areas(one, drawn, entries, None, who), who)
    assert {path.suffix for path in write_handouts(site)} == {".pptx", ".xlsx", ".txt"}
    monkeypatch.setattr(handouts, "is_installed", lambda: False)
    assert [path.name for path in write_handouts(site)] == ["mail.txt"]


def test_a_rendered_presentation_has_a_page_a_slide_and_text_within_it(made: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None or shutil.which("pdftotext") is None:
        pytest.skip("LibreOffice and poppler are not on this machine: slides were not rendered")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "meeting.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) == len(SLIDES) + 1
    assert all(word in pages[1] for word in ("Ledermødet", "forventet", "Simulerede data", "Andet kan"))


def test_beside_a_chart_stand_few_words_and_the_notes_have_the_rest(tmp_path: Path, site: Path) -> None:
    long = ("Der var ca. 11 opkald om måneden.", "Det er flere. " * 30 + "Slut.")
    slide = brief("Flere opkald.", long, chart=JUDGED)
    shown = Presentation(str(deck([slide], tmp_path / "brief.pptx", ABOUT))).slides[1]
    assert shown.notes_slide.notes_text_frame.text == "\n".join(long)
    for path in (tmp_path / "brief.pptx", site / "meeting.pptx", *(site / "regions").glob("*.pptx")):
        for one in Presentation(str(path)).slides:
            if any(shape.has_chart for shape in one.shapes):
                boxes = [s for s in one.shapes if s.has_text_frame and not s.is_placeholder]
                assert sum(len(box.text_frame.text.split()) for box in boxes) <= 45, one.shapes.title.text
