from __future__ import annotations

from pathlib import Path

import pytest

from batch.drawn_notebooks import draw, run_of
from kl_research.batch import check_runs
from kl_research.batch.plan import parameters_of
from kl_research.terms.errors import InputError


def test_parameters_and_their_types_are_read_from_the_parameters_cell(tmp_path: Path) -> None:
    cell = 'study_file: str = "demo.yaml"  # the study\nmonths = 12\nshares: list[float] = [0.5]\n\n# done'
    notebook = draw(tmp_path, "adoption", parameters=cell)
    assert parameters_of(notebook) == {"study_file": "str", "months": "int", "shares": "list"}


def test_papermill_sees_every_parameter_that_is_accepted_here(tmp_path: Path) -> None:
    import papermill

    cell = 'a: str = "x"\nb = 1\nc: list[float] = [0.5]\nd: bool = True\ne = {"k": 1}\nf: float = 0.5  # share'
    notebook = draw(tmp_path, "adoption", parameters=cell)
    assert set(papermill.inspect_notebook(notebook)) == set(parameters_of(notebook))


def test_a_misspelt_parameter_is_refused_before_anything_starts(tmp_path: Path) -> None:
    notebook = draw(tmp_path, "adoption")
    run = run_of(notebook, "461", tmp_path, municipalty="461")
    with pytest.raises(InputError, match=r"no parameter 'municipalty'.*municipality"):
        check_runs([run])


@pytest.mark.parametrize(
    ("value", "complaint"),
    [(461, "a int for 'municipality'"), (None, "a NoneType"), (("4", "6"), "a tuple"), (True, "a bool")],
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, value: object, complaint: str) -> None:
    run = run_of(draw(tmp_path, "adoption"), "461", tmp_path, municipality=value)
    with pytest.raises(InputError, match=complaint):
        check_runs([run])


def test_a_value_that_is_no_literal_is_refused(tmp_path: Path) -> None:
    run = run_of(draw(tmp_path, "a", parameters='municipality = "x"\nxs = [1]'), "461", tmp_path, xs=[object()])
    with pytest.raises(InputError, match="no literal"):
        check_runs([run])


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("municipality: str | None = None", "the type str | None"),
        ("municipality = None", "the type NoneType"),
        ("municipality = str(461)", "a default that is computed"),
        ("import os", "no declaration"),
        ("municipality: str", "no declaration"),
        ("%matplotlib inline", "not Python"),
    ],
)
def test_a_parameters_cell_papermill_cannot_see_is_refused(tmp_path: Path, cell: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint.replace("|", r"\|")):
        parameters_of(draw(tmp_path, "adoption", parameters=cell))


def test_what_is_not_a_notebook_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="no notebook"):
        parameters_of(broken)
    with pytest.raises(InputError, match="no such notebook"):
        parameters_of(tmp_path / "absent.ipynb")
