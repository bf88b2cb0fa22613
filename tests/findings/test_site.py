"""What a run leaves behind: files, marks, sizes, tables, and what the gate withholds."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

import kl_research as kl
from kl_research.disclosure.perturbation import D
from kl_research.findings.drawing.forests import forest
from kl_research.findings.html import gate
from kl_research.findings.html.tables import csv_text
from kl_research.findings.pages.area import Area
from kl_research.findings.site import front, pdf
from kl_research.findings.site.exporter import FindingsExporter
from kl_research.findings.site.finish import finish
from kl_research.findings.words.catalogue import has
from kl_research.findings.words.reader import Reader
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import codes
from tests.findings.drawn import effect, notebook, panel
from tests.findings.drawn_site import build, drawn_panel

PUBLIC = Reader("da", "public", 5, True)


def test_a_site_has_the_files_of_the_contract(site: Path):
    for name in (
        "index.html",
        "461/index.html",
        "461/intervention_effect.html",
        "overview/all_municipalities.html",
        "panel.parquet",
        "panel.csv",
        "results.parquet",
        "results.csv",
        "measures.csv",
        "alerts.csv",
        "sentences.csv",
        "quality.json",
    ):
        assert (site / name).is_file(), name
    assert not list(site.rglob("*.ipynb"))


def test_the_index_says_how_many_judgements_would_seem_a_change_by_chance(site: Path):
    index = (site / "index.html").read_text(encoding="utf-8")
    assert (
        "6 indsatser er vurderet. Selv om ingen af dem virkede, ville færre end 1 ved et tilfælde ligne en ændring"
        in index
    )
    page = (site / "461" / "index.html").read_text(encoding="utf-8")
    assert "tilfælde med tal som disse er antallet af opkald i virkeligheden steget" in page


def test_the_gate_let_every_page_pass_and_each_is_small(site: Path):
    pages = list(site.rglob("*.html"))
    # index, national pack, clinic side, statement, the overview, the one region; four pages each of seven areas
    assert len(pages) == 6 + 7 * 4
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert gate.problems(text, PUBLIC) == [], page
        assert "Simulerede data" in text
        # 150 KB with three figures; the page around them and each figure with its table have their part of it
        assert page.stat().st_size < 30_000 + 40_000 * min(text.count("<figure"), 3), page


def test_the_same_input_gives_the_same_bytes(site: Path, tmp_path: Path):
    again = build(tmp_path)
    for page in sorted(site.rglob("*.*")):
        assert (again / page.relative_to(site)).read_bytes() == page.read_bytes(), page


def test_the_public_panel_has_a_perturbed_number_for_every_month_and_none_is_hidden(site: Path):
    told, true = pd.read_parquet(site / "panel.parquet"), drawn_panel()
    both = told.merge(true[["municipality", "month", "calls"]], on=["municipality", "month"], suffixes=("", "_true"))
    assert len(both) == len(true)
    assert (both["state"] == "suppressed").sum() == 0
    seen = both[both["state"] == "observed"]
    assert seen["calls"].notna().all()
    off = (seen["calls"] - seen["calls_true"]).abs()
    assert 0 < off.max() <= D  # every number within D of the true one, and not the true ones
    assert not [column for column in told if str(column).endswith("_drawn")]


def test_no_public_page_speaks_of_hidden_numbers_and_small_ones_are_few(site: Path):
    for page in site.rglob("*.html"):
        assert "skjult" not in page.read_text(encoding="utf-8"), page
    esbjerg = (site / "561" / "index.html").read_text(encoding="utf-8")  # about 3 calls a month
    assert re.search(r"<td>få</td>|<td>få<", esbjerg)


def test_what_noise_does_is_said_once_a_page(site: Path):
    for page in site.rglob("*.html"):
        assert page.read_text(encoding="utf-8").count("Alle antal er slørede en smule") == 1 + (
            "cellenøglemetoden" in page.read_text(encoding="utf-8")  # the checklist names the method
        ), page


def test_the_curves_of_the_public_go_to_the_last_month_of_the_data(site: Path):
    for code in ("461", "561", "904"):
        text = (site / code / "index.html").read_text(encoding="utf-8")
        assert "til februar 2025" in re.findall(r'aria-label="(Kurve[^"]*)"', text)[0]
        assert ">februar 2025<" in text


def test_the_public_site_has_the_windows_that_effects_are_computed_from(site: Path):
    windows = pd.read_csv(site / "windows.csv", dtype={"area": str})
    assert {"level", "area", "measure", "first", "last", "value", "drawn"} <= set(windows)
    assert set(windows["level"]) == {"municipality", "region", "national"}


def test_an_english_internal_site_says_so(tmp_path: Path):
    text = (build(tmp_path, "internal", "en") / "461" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert "must not be published" in text
    assert "Simulated data" in text


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
        ax = kl.plot_trend(panel({"461": [9] * 6}), "461")
        with pytest.raises(InputError, match=word):
            kl.figure(ax, title="Titel", alt=alt, table=data)
    assert not plt.get_fignums()


def test_a_figure_is_the_same_bytes_twice_and_carries_no_date():
    drawn = panel({"461": [9, 8, 7, 6, 9, 12]})
    one, two = (kl.trend(drawn, "461", study=PUBLIC).html for _ in range(2))
    assert one == two
    assert "style=" not in one.split("<details")[0]


def _page(tmp_path: Path, *shown, text: str = "# Spørgsmål", **changes):
    executed = tmp_path / "a.ipynb"
    nbformat.write(notebook(*shown, text=text), executed)
    page = {
        "html": str(tmp_path / "a.html"),
        "area": "461",
        "area_name": "Odense",
        "notebook": "adoption",
        "language": "da",
        "edition": "public",
        "mask_below": 5,
        "simulated": True,
    }
    return finish(executed, {**page, **changes})


def test_a_public_page_with_a_printed_table_is_withheld(tmp_path: Path):
    assert any("disclosure control has not seen" in line for line in _page(tmp_path, "calls 3\n")["withheld"])
    assert not (tmp_path / "a.html").exists()
    assert _page(tmp_path, "calls 3\n", edition="internal")["withheld"] == []


def test_a_figure_of_ones_own_is_withheld_from_the_public_unless_vouched_for(tmp_path: Path):
    drawn, table = panel({"461": [9, 3, 9, 9, 9, 9]}), pd.DataFrame({"calls": [9, 3]})
    for vouched in (False, True):
        ax = kl.plot_trend(drawn, "461")
        own = kl.figure(ax, title="Opkald", alt="Kurve over opkald i Odense", table=table, disclosed=vouched)
        lines = _page(tmp_path, own, simulated=False)["withheld"]
        assert any("disclosure control has not seen" in line for line in lines) != vouched


def test_html_that_only_looks_like_ours_is_withheld(tmp_path: Path):
    class Forged:
        def _repr_mimebundle_(self):
            return {"text/html": '<p class="kl-effect">3 opkald</p>'}

    assert any("disclosure control has not seen" in line for line in _page(tmp_path, Forged())["withheld"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# KL i Odense", "the word KL"),
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
        "text/plain": "ren tekst",
        "text/latex": "$x^2$",
        "text/markdown": "*markdown*",
        "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "image/png": "iVBORw0KGgo=",
        "text/html": "<b>html</b>",
    }
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


def test_every_catalogue_key_that_the_source_names_exists():
    source = Path(kl.__file__).parent / "findings"
    for file in [*source.glob("*.py"), *source.rglob("*.j2")]:
        text = re.sub(r'""".*?"""', "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        for key in re.findall(r"""say\(\s*["']([a-z_.0-9A-Z]+)["'](?=\s*[,)])""", text):
            assert has(key, "da"), f"{file.name}: {key}"
            assert has(key, "en"), f"{file.name}: {key}"


def test_a_map_has_a_tile_for_every_municipality_and_tells_no_small_count():
    drawn = panel({code: [1, 2, 0, 3] * 6 for code in codes()})
    shown = kl.tile_map(drawn, study=PUBLIC)
    assert shown is not None
    assert len(shown.table) == 98
    assert shown.html.count("<details") == 1
    assert len(shown.html) < 30_000


def test_a_forest_draws_primaries_and_a_curve_every_way_of_calculating():
    drawn = panel({"461": [9] * 24})
    one = effect(verdict="inconclusive", estimate=1.2, conf_low=0.8, conf_high=1.7)
    other = one.replace(primary=False, design="interrupted_time_series", estimate=0.9)
    trees = forest([one, other], drawn, study=PUBLIC)
    curve = kl.specification_curve([one, other], drawn, study=PUBLIC)
    assert trees is not None
    assert curve is not None
    assert (len(trees.table), len(curve.table)) == (1, 2)
    assert forest([other], drawn, study=PUBLIC) is None


def test_small_multiples_draw_every_municipality_with_calls():
    shown = kl.small_multiples(panel({"461": [9] * 12, "561": [3] * 12, "265": ["not_connected"] * 12}), study=PUBLIC)
    assert len(shown.table) == 2


def test_all_98_municipalities_as_curves_stay_a_small_figure():
    shown = kl.small_multiples(panel({code: [9, 8, 12, 7] * 6 for code in codes()}), study=PUBLIC)
    assert len(shown.table) == 98
    assert len(shown.html) < 60_000


@pytest.mark.skipif(pdf.browser() is None, reason="no Chromium on this machine")
def test_a_manager_gets_one_tagged_page(site: Path):
    content = (site / "461-simuleret.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page[^s]", content)) == 1
    assert b"StructTreeRoot" in content
    assert b"/Lang" in content
    for file in site.rglob("*.pdf"):
        assert b"/URI" not in file.read_bytes(), "a folder of this machine"


def test_a_judgement_stands_once_on_a_front_page(site: Path):
    for code in ("461", "561", "901"):
        page = (site / code / "index.html").read_text(encoding="utf-8")
        said = re.findall(r'data-say="(municipality/\w+/judgement/[^"]*)"', page)
        assert len(said) == len(set(said))
    with (site / "statements.csv").open(encoding="utf-8", newline="") as stream:
        told = [row for row in csv.DictReader(stream) if row["kind"] == "judgement" and row["area"] == "461"]
    page = " ".join(re.sub("<[^>]*>", "", (site / "461/index.html").read_text(encoding="utf-8")).split())
    assert told
    assert [page.count(" ".join(row["sentence"].split())) for row in told] == [1] * len(told)


def test_a_municipality_whose_page_is_not_shown_is_not_told_to_have_no_events():
    def area(status: str) -> Any:
        entry = {"status": status, "notebook": "intervention_effect", "html": ""}
        return Area("461", "Odense", "1083", status, None, "", (entry,), ())

    assert "Vi kender ikke til indsatser i Odense." in front._judgement(area("ok"), None, [], PUBLIC)
    assert "vises ikke" in front._judgement(area("withheld"), None, [], PUBLIC)
    assert "må offentliggøres" in front._more(area("withheld"), "da")
