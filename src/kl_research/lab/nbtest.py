"""A pytest plugin beside nbval: what a notebook recorded is compared with what it stores, within tolerances.

nbval compares text. The cell that ends a notebook, `kl.record(...)`, stores its named results instead (`stored`), and
each is compared as `kl-research compare` does: verdicts exactly, numbers relatively. Figures and layout are not
compared, so another version of a drawing or table library is not reported. pytest loads this by its entry point;
notebooks that do not use `kl_research` are left as they are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Any

import pytest

from kl_research.commands.compare import MEASURES, RESULTS, Kind, Move, Rows, moves, named

# Layout, which libraries change; drawings nbval leaves out itself.
NOT_COMPARED = ("text/html", "image/svg+xml", "application/vnd.kl-research.disclosed+json")
MIME = "application/vnd.kl-research.record+json"
# Ten times the digits that a linear algebra library changes, a tenth of what a reader would call a change.
TOLERANCE = 1e-3
# The smallest detectable ratio is found by simulation; another NumPy may draw other numbers from the same seed.
SIMULATED = 0.1
KINDS: dict[str, tuple[tuple[Kind, float], ...]] = {
    "effects": (
        (replace(RESULTS, numbers=("estimate", "conf_low", "conf_high")), TOLERANCE),
        (replace(RESULTS, texts=(), numbers=("detectable",), counts_new=False), SIMULATED),
    ),
    "measures": ((replace(MEASURES, counts_new=True), TOLERANCE),),
}


def results(content: dict[str, Any], part: str) -> Rows:
    """The named results of a record, or of what `stored` kept of it, as `kl-research compare` reads a release.

    >>> results({"measures": [{"measure": "calls", "area": "461", "value": 12.0}]}, "measures")
    {'calls 461': {'value': '12'}}
    """
    rows = content.get(part, [])
    if isinstance(rows, dict):
        return {name: dict(cell.split("=", 1) for cell in text.split()) for name, text in rows.items()}
    kept = [column for kind, _ in KINDS[part] for column in (*kind.texts, *kind.numbers)]
    found = {}
    for name, row in named([{k: _text(v) for k, v in row.items()} for row in rows], KINDS[part][0][0]).items():
        if cells := {column: row[column] for column in kept if row.get(column)}:
            found[name] = cells
    return found


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def stored(content: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What a notebook keeps of its record: a line a named result, none where there is no number and no verdict.

    >>> stored({"measures": [{"measure": "calls", "area": "461", "value": 12.0}]})
    {'measures': {'calls 461': 'value=12'}}
    """
    kept = {
        part: {name: " ".join(f"{k}={v}" for k, v in row.items()) for name, row in results(content, part).items()}
        for part in KINDS
    }
    return {part: rows for part, rows in kept.items() if rows}


def moved(before: dict[str, Any], after: dict[str, Any]) -> list[Move]:
    """Every named result of `before` that is gone or differs, and every new one."""
    found = []
    for part, kinds in KINDS.items():
        old, new = results(before, part), results(after, part)
        found += [move for kind, tolerance in kinds for _, move in moves(old, new, kind, tolerance)]
    return found


def _records(outputs: Iterable[Any]) -> list[dict[str, Any]]:
    return [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]


def _ours(file: Any) -> bool:
    """Whether a notebook under nbval is one that uses this library."""
    if not hasattr(file, "skip_compare"):
        return False
    return any("kl_research" in cell.source or _records(cell.get("outputs", [])) for cell in file.nb.cells)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Around nbval's run of a cell: fail when what it recorded is not what the notebook stores."""
    cell = getattr(item, "cell", None)
    if cell is None or not _ours(item.parent):
        return (yield)
    file: Any = item.parent
    file.skip_compare = tuple(dict.fromkeys((*file.skip_compare, *NOT_COMPARED, MIME)))
    result = yield
    kept = _records(cell.get("outputs", []))
    made = _records(getattr(item, "test_outputs", None) or [])
    for before, after in zip(kept, made, strict=False):
        if found := moved(before, after):
            lines = "\n".join(f"  {move}" for move in found)
            raise AssertionError(f"{len(found)} recorded results moved:\n{lines}")
    if len(made) < len(kept):
        raise AssertionError("the notebook stores a record and made none")
    return result
