"""Notebooks ask one question each, and stay short enough to be read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from kl_research.lab.nbtest import MIME, stored

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
    def test_is_valid_and_stores_only_what_nbval_compares(self, path: Path) -> None:
        nbformat.validate(read(path))
        for cell in code_cells(path):
            checked = "nbval-check-output" in cell.metadata.get("tags", [])
            records = [out for out in cell.outputs if MIME in out.get("data", {})]
            assert (cell.execution_count is not None) == bool(cell.outputs)
            assert [out.output_type for out in cell.outputs if out not in records] == (["stream"] if checked else [])
            assert all(out.data == {MIME: stored(out.data[MIME])} for out in records), "`make renew-notebooks`"

    def test_opens_with_its_question_as_the_title_in_both_languages(self, path: Path) -> None:
        for cell, language in zip(read(path).cells[:2], ("da", "en"), strict=True):
            assert cell.metadata["tags"] == [language]
            assert re.match(r"# .+\?\n", cell.source), "the title is a question"

    def test_has_one_parameters_cell_of_plain_literals_right_after_the_title(self, path: Path) -> None:
        tagged = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
        assert len(tagged) == 1
        assert read(path).cells[2] == tagged[0]
        for statement in ast.parse(tagged[0].source).body:
            assert isinstance(statement, ast.Assign), "plain names only: papermill cannot see annotations with None"
            ast.literal_eval(statement.value)

    def test_imports_the_library_and_pandas_only(self, path: Path) -> None:
        for cell in code_cells(path):
            for node in ast.walk(ast.parse(cell.source)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert {name.split(".")[0] for name in names} <= {"kl_research", "pandas"}

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
    assert sorted(linked) == sorted(path.stem for path in NOTEBOOKS if path.stem != "start")
