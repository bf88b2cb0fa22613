"""Notebooks ask one question each, and stay short enough to be read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from kl_research.batch.plan import TYPES
from kl_research.lab.nbtest import MIME, stored

# What a notebook is about, besides the library and pandas.
OTHERS = {
    "your_own_model": ("numpy", "seaborn", "statsmodels"),
    "published_effects": ("numpy",),
    "start": ("seaborn",),
    "bring_your_own_export": ("seaborn",),
}
NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    assert {path.stem for path in NOTEBOOKS} >= {
        "data_quality",
        "adoption",
        "intervention_effect",
        "all_municipalities",
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_is_valid_and_stores_what_it_shows_within_half_a_megabyte(self, path: Path) -> None:
        nbformat.validate(read(path))
        assert path.stat().st_size < 500_000
        for number, cell in enumerate(code_cells(path), start=1):
            assert cell.execution_count == number, "`make renew-notebooks`"
            assert not [out for out in cell.outputs if out.output_type == "error"]
            records = [out.data[MIME] for out in cell.outputs if MIME in out.get("data", {})]
            assert all(record == stored(record) for record in records), "`make renew-notebooks`"

    def test_shows_something_wherever_a_cell_ends_in_a_result(self, path: Path) -> None:
        for cell in code_cells(path):
            last = ast.parse(cell.source).body[-1]
            if isinstance(last, ast.Expr) and not cell.source.rstrip().endswith(";"):
                assert cell.outputs, cell.source
                texts = ["".join(out.get("data", {}).get("text/plain", out.get("text", ""))) for out in cell.outputs]
                assert "…" not in texts, cell.source

    def test_ends_with_something_to_change_in_both_languages(self, path: Path) -> None:
        for cell, language, title in zip(read(path).cells[-2:], ("da", "en"), ("Nu kan", "Now change"), strict=True):
            assert language in cell.metadata["tags"]
            assert cell.source.startswith(f"## {title}")

    def test_speaks_one_language_at_a_time(self, path: Path) -> None:
        texts = [cell for cell in read(path).cells if cell.cell_type == "markdown"]
        languages = [[tag for tag in ("da", "en") if tag in cell.metadata["tags"]] for cell in texts]
        assert languages == [["da"], ["en"]] * (len(texts) // 2)

    def test_opens_with_its_question_as_the_title_in_both_languages(self, path: Path) -> None:
        for cell, language in zip(read(path).cells[:2], ("da", "en"), strict=True):
            assert cell.metadata["tags"] == [language]
            assert re.match(r"# .+\?\n", cell.source), "the title is a question"

    def test_has_one_parameters_cell_of_plain_literals_right_after_the_title(self, path: Path) -> None:
        tagged = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
        assert len(tagged) == 1
        assert read(path).cells[2] == tagged[0]
        for statement in ast.parse(tagged[0].source).body:
            assert isinstance(statement, ast.AnnAssign), "a type, which papermill shows: name: str = ..."
            assert ast.unparse(statement.annotation) in TYPES, "papermill cannot see other types"
            assert statement.value is not None
            ast.literal_eval(statement.value)
            assert "#" in tagged[0].source.splitlines()[statement.lineno - 1], (
                "a comment, which papermill shows as help"
            )

    def test_imports_the_library_and_pandas_only(self, path: Path) -> None:
        for cell in code_cells(path):
            for node in ast.walk(ast.parse(cell.source)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                allowed = {"kl_research", "pandas", *OTHERS.get(path.stem, ())}
                assert {name.split(".")[0] for name in names} <= allowed

    def test_is_short_and_holds_no_code_of_its_own(self, path: Path) -> None:
        cells = code_cells(path)
        assert len(cells) <= 15
        for cell in cells:
            assert len(cell.source.splitlines()) <= 10, cell.source
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.Lambda)

    def test_types_no_result_into_its_prose(self, path: Path) -> None:
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                assert not re.search(r"\d", cell.source), (
                    f"prose that depends on a result is made by code: {cell.source}"
                )

    def test_records_its_findings_in_its_last_cell(self, path: Path) -> None:
        assert "kl.record(" in code_cells(path)[-1].source


def test_the_start_notebook_links_every_other() -> None:
    start = NOTEBOOKS[0].with_name("start.ipynb")
    linked = re.findall(r"\]\((\w+)\.ipynb\)", "\n".join(cell.source for cell in read(start).cells))
    others = sorted(path.stem for path in NOTEBOOKS if path.stem != "start")
    assert sorted(linked) == sorted(2 * others)  # once in each language
