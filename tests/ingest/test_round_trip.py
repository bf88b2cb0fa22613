"""A known truth in many dirty dialects comes back cell by cell, or is refused; never wrong."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kl_research.intake import Ingested, ingest
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study
from tests.ingest.call_dialects import CALL_CHOICES, CALL_JUNK, CallDialect, Key, write_calls
from tests.ingest.dialects import CHOICES, JUNK, MONTHS, REGION, Dialect, write

CONNECTED = "municipality;connected_from;started_from\n" + "".join(f"{code};2020-01;2020-01\n" for code in REGION)

Outcome = tuple[str, str]


def ingested(folder: Path, name: str, content: bytes) -> Ingested:
    (folder / name).write_bytes(content)
    (folder / "connections.csv").write_text(CONNECTED, encoding="utf-8")
    (folder / "study.yaml").write_text(
        f'study: dialect\ntitle: {{da: "x"}}\nsimulated: true\nraw: [{{path: {name}, layout: auto}}]\n'
        "connections: connections.csv\nout: out\n",
        encoding="utf-8",
    )
    return ingest(Study.load(folder / "study.yaml"))


def table_outcome(folder: Path, dialect: Dialect, seed: int) -> Outcome:
    """What came of a monthly table or pivot: its cells, or their state."""
    name, content, truth = write(dialect, seed)
    expected: dict[Key, Any] = {
        (code, month): "missing" for code in REGION for month in (*MONTHS, "2024-03", "2024-04")
    }

    def cells(found: Ingested) -> dict[Key, Any]:
        rows = found.panel[["municipality", "month", "state", "calls"]].itertuples(index=False)
        return {(code, f"{m:%Y-%m}"): int(n) if state == "observed" else state for code, m, state, n in rows}

    return judged(folder, name, content, expected | truth, cells)


def calls_outcome(folder: Path, dialect: CallDialect, seed: int) -> Outcome:
    """What came of a call log: calls, completed calls and active units of every month; no row lost without a rule."""
    name, content, truth = write_calls(dialect, seed)

    def cells(found: Ingested) -> dict[Key, Any]:
        rows = found.panel[["municipality", "month", "calls", "completed", "active_units"]].itertuples(index=False)
        told = found.quality["rows"]
        assert told["in"] == told["kept"] + told["dropped"]
        assert told["kept"] == found.timing["calls"].sum() == sum(calls for calls, _, _ in truth.values())
        return {(code, f"{m:%Y-%m}"): numbers for code, m, *numbers in rows if code in REGION}

    return judged(folder, name, content, {key: list(numbers) for key, numbers in truth.items()}, cells)


def judged(folder: Path, name: str, content: bytes, expected: dict[Key, Any], cells: Any) -> Outcome:
    """`identical`, `refused` with its reason, or `wrong` with the first differing cell."""
    try:
        found = {key: cell for key, cell in cells(ingested(folder, name, content)).items() if key[0] in REGION}
    except InputError as error:
        return "refused", str(error)
    differing = [key for key in expected if found.get(key) != expected[key]]
    if differing or len(found) != len(expected):
        key = differing[0] if differing else ("", "")
        return "wrong", f"{len(differing)} cells, {key}: {found.get(key)} instead of {expected.get(key)}"
    return "identical", ""


def sane(dialect: Dialect | CallDialect) -> bool:
    """Whether a dialect can hold its own letters."""
    return not (dialect.encoding == "cp1252" and dialect.container in ("xlsx", "parquet"))


def drawn(kind: Any, choices: dict[str, tuple[str, ...]], junk: tuple[str, ...], n: int) -> list[Any]:
    draws = random.Random(3)
    found: list[Any] = []
    while len(found) < n:
        picked = {field: draws.choice(options) for field, options in choices.items()}
        dialect = kind(**picked, junk=frozenset(draws.sample(junk, draws.randint(0, 4))))
        if sane(dialect):
            found.append(dialect)
    return found


TABLES = (Dialect, CHOICES, JUNK)
CALLS = (CallDialect, CALL_CHOICES, CALL_JUNK)


@pytest.mark.parametrize(
    ("what", "n", "kind", "come_back"),
    [("monthly tables and pivots", 60, TABLES, table_outcome), ("call logs", 50, CALLS, calls_outcome)],
)
def test_dialects_come_back_cell_by_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, n: int, kind: Any, come_back: Any
) -> None:
    counts = Counter({"identical": 0, "refused": 0, "wrong": 0})
    told = []
    for i, dialect in enumerate(drawn(*kind, n)):
        folder = tmp_path / str(i)
        folder.mkdir()
        result, why = come_back(folder, dialect, seed=i)
        counts[result] += 1
        if result != "identical":
            told.append(f"{result}: {dialect}: {why}")
    with capsys.disabled():
        print(f"\n{counts.total()} dialects of {what}: {dict(counts)}")
    assert counts["wrong"] == 0, "\n".join(told)
    assert counts["identical"] >= 0.9 * n, "\n".join(told)


def strategy(kind: Any, choices: dict[str, tuple[str, ...]], junk: tuple[str, ...]) -> st.SearchStrategy[Any]:
    fields: dict[str, Any] = {field: st.sampled_from(options) for field, options in choices.items()}
    return st.builds(kind, **fields, junk=st.frozensets(st.sampled_from(junk), max_size=5)).filter(sane)


SEARCH = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SEARCH
@given(dialect=strategy(*TABLES), seed=st.integers(0, 10_000))
def test_no_table_comes_back_wrong(tmp_path_factory: Any, dialect: Dialect, seed: int) -> None:
    result, why = table_outcome(tmp_path_factory.mktemp("dialect"), dialect, seed)
    assert result != "wrong", f"{dialect}: {why}"


@SEARCH
@given(dialect=strategy(*CALLS), seed=st.integers(0, 10_000))
def test_no_call_log_comes_back_wrong(tmp_path_factory: Any, dialect: CallDialect, seed: int) -> None:
    result, why = calls_outcome(tmp_path_factory.mktemp("dialect"), dialect, seed)
    assert result != "wrong", f"{dialect}: {why}"
