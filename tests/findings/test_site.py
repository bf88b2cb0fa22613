"""What a run leaves behind: files, marks, sizes, tables, and what the gate withholds."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from kl_research import findings
from kl_research.errors import InputError
from kl_research.findings import gate
from kl_research.findings.audience import Reader
from kl_research.findings.exporter import FindingsExporter
from kl_research.findings.site import finish
from kl_research.findings.tables import csv_text
from tests.findings.drawn import notebook, panel
from tests.findings.drawn_site import HOSTILE, build

PUBLIC = Reader("da", "public", 5, True)


def test_a_site_has_the_files_of_the_contract(site: Path):
    for name in ("index.html", "461/index.html", "461/intervention_effect.html", "overview/all_municipalities.html",
                 "panel.parquet", "panel.csv", "results.parquet", "results.csv", "measures.csv", "alerts.csv",
                 "sentences.csv", "quality.json"):  # fmt: skip
        assert (site / name).is_file(), name
    assert not list(site.rglob("*.ipynb"))


def test_the_gate_let_every_page_pass_and_each_is_small(site: Path):
    pages = list(site.rglob("*.html"))
    assert len(pages) == 1 + 7 + 14 + 1  # the index, seven front pages, two pages each, the overview
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert gate.problems(text, PUBLIC) == [], page
        assert "Simulerede data" in text
        assert page.stat().st_size < 150_000, page


def test_the_same_input_gives_the_same_bytes(site: Path, tmp_path: Path):
    again = build(tmp_path)
    for page in sorted(site.rglob("*.*")):
        assert (again / page.relative_to(site)).read_bytes() == page.read_bytes(), page


def test_a_public_site_removes_what_it_does_not_list(tmp_path: Path):
    stray = tmp_path / "fund" / "461" / "gammel.ipynb"
    stray.parent.mkdir(parents=True)
    stray.write_text("{}")
    (tmp_path / "fund" / "manifest.json").write_text("{}")
    build(tmp_path)
    assert not stray.exists()
    assert (tmp_path / "fund" / "manifest.json").exists()


def test_no_small_count_stands_in_the_public_panel(site: Path):
    safe = pd.read_parquet(site / "panel.parquet")
    assert not ((safe["calls"] > 0) & (safe["calls"] < 5)).any()
    assert (safe["state"] == "suppressed").any()


def test_an_english_internal_site_says_so(tmp_path: Path):
    text = (build(tmp_path, "internal", "en") / "461" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert "must not be published" in text
    assert "Simulated data" in text


def test_hostile_names_stay_text_in_tables_for_spreadsheets():
    frame = pd.DataFrame({"unit": [*HOSTILE.values(), "+45", "@x", "-1"], "calls": range(7)})
    read = list(csv.reader(io.StringIO(csv_text(frame))))
    assert len(read) == 8
    for row in read[1:]:
        assert not row[0].startswith(("=", "+", "-", "@"))
        assert "\u202e" not in row[0]


def test_codes_are_quoted_and_absent_numbers_are_empty():
    frame = pd.DataFrame({"municipality": ["0461"], "calls": pd.array([pd.NA], dtype="Int64"), "rate": [0.5]})
    assert csv_text(frame) == '"municipality","calls","rate"\n"0461",,0.5\n'


def test_a_figure_without_alternative_or_data_is_refused():
    table = pd.DataFrame({"x": [1]})
    for alt, data, word in (
        ("", table, "alternative"),
        ("graf", table, "alternative"),
        ("x" * 30, pd.DataFrame(), "data"),
    ):
        ax = findings.plot_trend(panel({"461": [9] * 6}), "461")
        with pytest.raises(InputError, match=word):
            findings.figure(ax, title="Titel", alt=alt, table=data)
    assert not plt.get_fignums()


def test_a_figure_is_the_same_bytes_twice_and_carries_no_date():
    drawn = panel({"461": [9, 8, 7, 6, 9, 12]})
    one, two = (findings.trend(drawn, "461", study=PUBLIC).html for _ in range(2))
    assert one == two
    assert "style=" not in one.split("<details")[0]


def _page(tmp_path: Path, *shown, text: str = "# Spørgsmål", **changes):
    executed = tmp_path / "a.ipynb"
    nbformat.write(notebook(*shown, text=text), executed)
    page = {"html": str(tmp_path / "a.html"), "area": "461", "area_name": "Odense", "notebook": "adoption",
            "study": "s", "study_title": "S", "language": "da", "profile": "public", "threshold": 5,
            "simulated": True}  # fmt: skip
    return finish(executed, {**page, **changes})


def test_a_public_page_with_a_printed_table_is_withheld(tmp_path: Path):
    assert any("disclosure control has not seen" in line for line in _page(tmp_path, "calls 3\n")["withheld"])
    assert not (tmp_path / "a.html").exists()
    assert _page(tmp_path, "calls 3\n", profile="internal")["withheld"] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# KL i Odense", "called KL"),
        ("# Borger 010203-1234", "civil registration"),
        ("# Se\n\n[her](https://example.org)", "outside address"),
        ("# Graf\n\n![graf](data:image/png;base64,AA==)", "text alternative"),
        ("# Tabel\n\n| a | b |\n|---|---|\n| 1 | 2 |", "table without caption"),
        ("# Et\n\n<p onclick='x()'>a</p>", "inline handler"),
        ("# Et\n\n<script>1</script>", "<script> that is not ours"),
        ("# Et\n\n#### Fire", "level of headings"),
    ],
)
def test_the_gate_names_what_it_will_not_publish(tmp_path: Path, text: str, problem: str):
    assert any(problem in line for line in _page(tmp_path, text=text)["withheld"]), text


def test_no_output_type_vanishes_from_an_internal_page():
    data = {
        "text/plain": "ren tekst", "text/latex": "$x^2$", "text/markdown": "*markdown*",
        "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png": "iVBORw0KGgo=",
        "text/html": "<b>html</b>",
    }  # fmt: skip
    cells = [
        nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", data={kind: value})])
        for kind, value in data.items()
    ]
    cells.append(nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", text="udskrift")]))
    cells.append(
        nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", name="stderr", text="fejl")])
    )
    html, _ = FindingsExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    for trace in (
        "ren tekst",
        "x^2",
        "<em>markdown</em>",
        "svg+xml;base64",
        "iVBORw0KGgo=",
        "<b>html</b>",
        "udskrift",
        "fejl",
    ):
        assert trace in html, trace
