"""The package for a paper: same bytes twice, published numbers only, everything explained, nothing overwritten."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
import yaml

from kl_research.disclosure.handed_out import all_windows
from kl_research.disclosure.published import read_published
from kl_research.effects.effect import Effect
from kl_research.effects.example import drawn_example
from kl_research.extract import extract
from kl_research.extract.codebook import code_book
from kl_research.extract.frames import _family
from kl_research.extract.reporting import protocol
from kl_research.terms.errors import InputError
from kl_research.terms.events import read_events
from kl_research.terms.panel import read_panel
from kl_research.terms.study import Study
from tests.cards import write_card

STUDY = """\
study: drawn
title: {da: "Tegnet", en: "Drawn"}
simulated: true
raw: [{path: calls.csv, layout: monthly}]
municipalities: free
events: events.yaml
disclosure: {edition: internal, mask_below: 5}
out: findings
"""
REGISTER = """\
- {id: meeting, kind: intervention, type: leader_meeting, municipalities: ["001"], date: "2024-01-01", source: drawn}
- {id: undated, kind: intervention, type: other, municipalities: ["002"], date: null, quote: "sagt", source: drawn}
- {id: release, kind: intervention, type: release, national: true, date: "2023-06-01", source: drawn}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    panel, _ = drawn_example()
    small = panel["municipality"] == "030"
    panel.loc[small, "calls"] = panel.loc[small, "calls"] % 5  # one municipality with small numbers
    rows = [f"{r.municipality};{r.month:%Y-%m};{r.calls}" for r in panel.itertuples()]
    (folder / "calls.csv").write_text("Kommune;Måned;Antal opkald\n" + "\n".join(rows) + "\n", encoding="utf-8")
    write_card(folder / "calls.csv")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    (folder / "events.yaml").write_text(REGISTER, encoding="utf-8")
    return folder / "study.yaml"


@pytest.fixture(scope="module")
def package(study: Path) -> Path:
    extract(study, study.parent / "package", "en")
    return study.parent / "package"


def test_the_same_study_gives_the_same_bytes_and_an_earlier_package_is_replaced(study: Path, package: Path) -> None:
    before = {path.relative_to(package): path.read_bytes() for path in package.rglob("*") if path.is_file()}
    (package / "data" / "stray.csv").write_text("x")
    extract(study, package, "en")
    after = {path.relative_to(package): path.read_bytes() for path in package.rglob("*") if path.is_file()}
    assert before == after


def test_the_checksums_are_those_of_the_files(package: Path) -> None:
    lines = (package / "checksums.sha256").read_text().splitlines()
    assert len(lines) == sum(path.is_file() for path in package.rglob("*")) - 1
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((package / name).read_bytes()).hexdigest() == digest


def test_every_number_in_it_is_a_published_one_though_the_study_is_internal(study: Path, package: Path) -> None:
    one = Study.load(study)
    told = read_published(one.processed_folder / "public")
    panel = pd.read_csv(package / "data" / "panel.csv", dtype={"municipality": "str"})
    assert panel["calls"].tolist() == told.panel["calls"].tolist()
    assert panel["calls"].tolist() != read_panel(one.processed_folder)["calls"].tolist()
    assert panel["state"].eq("observed").all()
    assert len(pd.read_csv(package / "data" / "windows.csv")) == len(all_windows(told))
    rows = pd.read_csv(package / "data" / "measures.csv", dtype={"area": "str"}, keep_default_na=False)
    assert len(rows) == len(told["measures"])


def test_nothing_in_it_tells_of_the_raw_files(package: Path) -> None:
    text = (package / "provenance.json").read_text(encoding="utf-8")
    for word in ("calls.csv", "sha256", "rows_in", '"rows"'):
        assert word not in text


def test_csv_and_parquet_hold_the_same_rows(package: Path) -> None:
    for name in ("panel", "results", "measures", "series", "models", "checks", "family", "windows"):
        csv = pd.read_csv(package / "data" / f"{name}.csv")
        parquet = pd.read_parquet(package / "data" / f"{name}.parquet")
        assert list(csv) == list(parquet), name
        assert len(csv) == len(parquet), name


def test_every_column_is_in_the_code_book_and_every_measure_has_its_formula(package: Path) -> None:
    book = code_book()
    for name in ("results", "measures", "series", "models", "checks", "family", "windows"):
        columns = set(pd.read_csv(package / "data" / f"{name}.csv")) - {"simulated"}
        assert columns == set(book.loc[book["table"] == name, "column"]), name
    assert (book.loc[book["table"].str.startswith("measures, "), "formula"] != "").all()


def test_the_methods_cite_what_the_bibliography_holds(package: Path) -> None:
    methods = (package / "methods.md").read_text(encoding="utf-8")
    cited = set(re.findall(r"@(\w+)", methods))
    assert "bernal2018" in cited
    held = set(re.findall(r"@article\{(\w+)", (package / "references.bib").read_text(encoding="utf-8")))
    assert cited == held
    assert "simulated" in methods


def test_the_checklist_answers_every_item_and_leaves_people_to_the_authors(package: Path) -> None:
    rows = [r for r in (package / "checklist.md").read_text(encoding="utf-8").splitlines() if r.startswith("| ")]
    answers = [row.split("|")[2].strip() for row in rows[2:]]
    assert len(answers) == 23
    assert all(answers)
    assert sum("by the authors" in answer for answer in answers) == 1


def test_the_register_can_be_read_again_and_repeats_nobodys_words(package: Path) -> None:
    again = read_events(package / "register.yaml", "free")
    assert list(again) == ["meeting", "undated", "release"]
    assert "sagt" not in (package / "register.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load((package / "CITATION.cff").read_text(encoding="utf-8"))["cff-version"] == "1.2.0"


def test_figures_are_svg_and_pdf_and_say_that_they_are_simulated(package: Path) -> None:
    figures = sorted(path.name for path in (package / "figures").iterdir())
    assert "meeting-001-simulated.svg" in figures
    assert "meeting-001-simulated.pdf" in figures
    svg = (package / "figures" / "meeting-001-simulated.svg").read_text(encoding="utf-8")
    assert ET.fromstring(svg).tag.endswith("svg")
    assert "Simulated data" in svg
    assert (package / "figures" / "meeting-001-simulated.pdf").read_bytes().startswith(b"%PDF")


def test_tables_are_ready_for_latex_and_word(package: Path) -> None:
    tex = (package / "tables" / "results.tex").read_text(encoding="utf-8")
    assert tex.count(r"\begin{tabular}") == 1
    assert r"95\%" in tex
    html = (package / "tables" / "results.html").read_text(encoding="utf-8")
    assert "<caption>" in html
    assert "<script" not in html


def test_a_folder_with_other_files_is_left_as_it_is(study: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        extract(study, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_adjusted_p_values_count_every_test():
    one = Effect("municipality", "1", "1", "a", "gp_meeting", "calls", "x", primary=True, p_value=0.01)
    family = _family([one, one.replace(area="2", p_value=0.04), one.replace(area="3", p_value=None)])
    assert family["holm"].tolist() == [2 * 0.01, 0.04]


def test_the_flow_the_baseline_and_tidier_are_in_the_package(package: Path) -> None:
    flow = (package / "tables" / "flow.html").read_text(encoding="utf-8")
    assert "Comparison municipalities in at least one assessment" in flow
    assert "Calls a month before the intervention" in (package / "tables" / "baseline.html").read_text(
        encoding="utf-8"
    )
    told = (package / "tidier.md").read_text(encoding="utf-8")
    assert told.count("## ") == 3  # every intervention of the register
    assert "not stated" in told
    beliefs = pd.read_csv(package / "data" / "dependence.csv")
    sceptical, open_ = (beliefs[f"probability_rise_{view}"].dropna() for view in ("sceptical", "open"))
    assert (sceptical <= open_ + 1e-9).all()


def test_exact_numbers_need_an_approval_which_is_printed(study: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="approval"):
        extract(study, tmp_path / "x", "en", edition="internal")
    assert not (tmp_path / "x").exists()
    extract(study, tmp_path / "x", "en", edition="internal", approval="Case 25/123")
    for name in ("README.md", "methods.md", "provenance.json"):
        assert "Case 25/123" in (tmp_path / "x" / name).read_text(encoding="utf-8")
    exact = pd.read_csv(tmp_path / "x" / "data" / "panel.csv", dtype={"municipality": str})
    own = read_panel(Study.load(study).processed_folder)
    assert exact["calls"].sum() == own["calls"].sum()


def test_a_plan_that_was_not_registered_gives_no_protocol(study: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    text = (Path(__file__).parents[1] / "params" / "plans" / "poster.yaml").read_text(encoding="utf-8")
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="not registered"):
        extract(study, tmp_path / "x", "en", plan=plan)


def test_a_protocol_says_what_was_fixed() -> None:
    fixed = {"title": {"da": "Plakat"}, "question": "Flere opkald?", "design": "d", "test": "t", "outcome": "calls"}
    fixed |= {"allocation": [["2025-09", "461"]], "pre_months": 24, "months_after": 6, "expected_ratio": 1.3}
    fixed |= {"analysed_as": "intended to treat", "decision": ["a", "b"], "data_until": "2025-02"}
    text = protocol({"fixed": fixed, "hash": "abc"}, "da")
    assert "461 (2025-09)" in text
    assert "abc" in text
