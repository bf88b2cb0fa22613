from __future__ import annotations

import json
from pathlib import Path

import pytest

from batch.drawn_notebooks import FINISH, draw, run_of
from kl_research.batch import Limits, Outcome, Pool, execute
from kl_research.batch.worker import WIDGETS, tidy


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """One batch with a good run, a failing one, a withheld one, a hanging one and one whose kernel dies."""
    folder = tmp_path_factory.mktemp("batch")
    out = folder / "out {with braces}"
    runs = [
        run_of(draw(folder, "good", "print('area', municipality)"), "461", out),
        run_of(draw(folder, "failing", "x = 1", "y = 2\nx / (y - 2)"), "101", out),
        run_of(draw(folder, "withheld", "print('withhold')"), "101", out),
        run_of(draw(folder, "hanging", "import time; time.sleep(60)"), "101", out),
        run_of(draw(folder, "dying", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), "101", out),
        run_of(draw(folder, "last", "print(municipality)"), "851", out),
    ]
    told: list[str] = []
    done = execute(
        runs, workers=2, finish=FINISH, limits=Limits(seconds=5), done=lambda outcome: told.append(outcome.run.name)
    )
    assert [outcome.run.name for outcome in done] == [run.name for run in runs]
    assert sorted(told) == sorted(run.name for run in runs)
    return {outcome.run.notebook.stem: outcome for outcome in done}


def test_a_good_run_leaves_its_page_its_notebook_and_its_record(outcomes: dict[str, Outcome]) -> None:
    good = outcomes["good"]
    assert (good.status, good.error, good.record) == ("ok", "", {"printed": "area 461\n"})
    assert Path(good.run.page["html"]).read_text(encoding="utf-8") == "<p>area 461\n</p>"
    assert json.loads(good.run.output.read_text(encoding="utf-8"))["cells"][1]["source"]


def test_a_failure_names_cell_line_source_and_message(outcomes: dict[str, Outcome]) -> None:
    failing = outcomes["failing"]
    assert failing.status == "failed"
    assert failing.error == "cell 4, line 2 `x / (y - 2)`: ZeroDivisionError: division by zero"
    assert not Path(failing.run.page["html"]).exists()
    assert failing.run.output.exists()


def test_the_others_are_finished(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["last"].status == "ok"


def test_a_withheld_page_is_not_published(outcomes: dict[str, Outcome]) -> None:
    withheld = outcomes["withheld"]
    assert (withheld.status, withheld.error) == ("withheld", "a cell below the threshold")
    assert not Path(withheld.run.page["html"]).exists()


def test_a_hanging_run_is_stopped_at_its_limit(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["hanging"].error == "stopped after 5 s"


def test_a_dead_kernel_is_tried_again_and_then_told(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["dying"].error == "the kernel died"


def test_nothing_half_written_is_left(outcomes: dict[str, Outcome]) -> None:
    out = outcomes["good"].run.output.parents[1]
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    notebook = draw(tmp_path, "good", "municipality", "print(1)")
    first, second = run_of(notebook, "461", tmp_path / "a"), run_of(notebook, "461", tmp_path / "b")
    with Pool(workers=1, finish=FINISH) as pool:
        for run in (first, second):
            pool.execute([run])
    assert first.output.read_bytes() == second.output.read_bytes()


@pytest.mark.parametrize("ids", [("a" * 32, "b" * 32, "c" * 32), ("c" * 32, "b" * 32, "a" * 32)])
def test_random_ids_of_widgets_leave_no_trace(tmp_path: Path, ids: tuple[str, str, str]) -> None:
    """A slider with its layout, and a layout that nothing holds: the same bytes whatever the kernel called them."""
    slider, layout, stray = ids
    state = {slider: {"value": 3, "layout": f"IPY_MODEL_{layout}"}, layout: {"width": "1"}, stray: {"width": "2"}}
    cell = {"cell_type": "code", "metadata": {}, "outputs": [{"data": {"text/plain": f"model_id {slider}"}}]}
    kept = {"state": dict(sorted(state.items())), "version_major": 2}
    executed = tmp_path / "a.ipynb"
    executed.write_text(json.dumps({"cells": [cell], "metadata": {"widgets": {WIDGETS: kept}}}), encoding="utf-8")
    tidy(executed)
    held = json.loads(executed.read_text(encoding="utf-8"))["metadata"]["widgets"][WIDGETS]["state"]
    assert list(held.items()) == [
        (f"{0:032x}", {"value": 3, "layout": f"IPY_MODEL_{1:032x}"}),
        (f"{1:032x}", {"width": "1"}),
        (f"{2:032x}", {"width": "2"}),
    ]
