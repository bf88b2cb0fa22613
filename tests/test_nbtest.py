"""The tolerance plugin: a result that moved by one percent is caught, another library's last digit is not."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest

from kl_research.findings.html import recording
from kl_research.lab import nbtest

pytest_plugins = ["pytester"]

EFFECT: dict[str, Any] = {
    "level": "municipality",
    "area": "461",
    "event": "meeting",
    "type": "leader_meeting",
    "outcome": "calls",
    "design": "controlled_interrupted_time_series",
    "estimand": "average_ratio",
    "verdict": "increase",
    "reason": "",
    "estimate": 1.5,
    "conf_low": 1.2,
    "conf_high": 1.9,
    "detectable": 1.4,
    "series": {"month": ["2025-01"]},
}
MEASURE = {"measure": "calls", "level": "municipality", "area": "461", "period": "2024-03/2025-02", "value": 198.0}
RECORD = {"effects": [EFFECT], "measures": [MEASURE], "sentences": ["Der var 198 opkald."], "alerts": []}


def changed(part: str, **values: Any) -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    record[part][0].update(values)
    return record


def told(record: dict[str, Any]) -> list[str]:
    return [str(move) for move in nbtest.moved(nbtest.stored(RECORD), record)]


def test_what_is_stored_is_the_named_results_and_nothing_else() -> None:
    kept = nbtest.stored(RECORD)
    assert set(kept) == {"effects", "measures"}
    assert kept["measures"] == {"calls municipality 461 2024-03/2025-02": "value=198"}
    assert "2025-01" not in str(kept["effects"])
    assert nbtest.stored(kept) == kept


def test_it_looks_for_what_notebooks_record() -> None:
    assert nbtest.MIME == recording.MIME
    assert set(nbtest.KINDS) <= set(recording.PARTS)


def test_the_same_record_has_not_moved() -> None:
    assert told(RECORD) == []


@pytest.mark.parametrize("column", ["estimate", "conf_low", "conf_high"])
def test_a_change_of_one_percent_is_caught_and_named(column: str) -> None:
    line = told(changed("effects", **{column: EFFECT[column] * 1.01}))
    assert len(line) == 1
    assert "461 meeting" in line[0]
    assert column in line[0]


def test_the_last_digits_of_another_library_are_not_reported() -> None:
    assert told(changed("effects", estimate=1.5 * (1 + 1e-6), conf_high=1.9 * (1 - 1e-5))) == []


def test_a_simulated_number_may_differ_as_another_draw_does() -> None:
    assert told(changed("effects", detectable=1.45)) == []
    assert told(changed("effects", detectable=1.8)) != []


def test_a_verdict_has_no_tolerance() -> None:
    assert "verdict increase -> inconclusive" in told(changed("effects", verdict="inconclusive"))[0]


def test_new_lost_and_changed_measures_are_reported() -> None:
    assert told({**RECORD, "measures": []}) != []
    assert told({**RECORD, "measures": [MEASURE, {**MEASURE, "measure": "minutes"}]}) != []
    assert told(changed("measures", value=200.0)) != []


def test_nbval_fails_the_cell_whose_effect_moved_by_one_percent(pytester: pytest.Pytester) -> None:
    cells = []
    for factor in (1.0, 1.0001, 1.01):
        shown = f"{{{nbtest.MIME!r}: {changed('effects', estimate=1.5 * factor)!r}}}"
        source = f"from IPython.display import display\ndisplay({shown}, raw=True)"
        kept = nbformat.v4.new_output("display_data", {nbtest.MIME: nbtest.stored(RECORD)})
        cells.append(nbformat.v4.new_code_cell(source, outputs=[kept], execution_count=1))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), pytester.path / "found.ipynb")
    run = pytester.runpytest_subprocess("--nbval-lax", "-W", "default", "found.ipynb")
    run.assert_outcomes(passed=2, failed=1)
    run.stdout.fnmatch_lines(["*estimate 1.5 -> 1.515*"])
