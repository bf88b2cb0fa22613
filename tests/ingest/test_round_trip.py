"""A known truth in many dirty dialects comes back cell by cell, or is refused; never wrong."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kl_research.errors import InputError
from kl_research.ingest import ingest
from kl_research.study import Study
from tests.ingest.dialects import CHOICES, JUNK, MONTHS, REGION, Dialect, Truth, write

CONNECTED = "municipality;connected_from;started_from\n" + "".join(f"{code};2020-01;2020-01\n" for code in REGION)


def read_back(folder: Path, name: str, content: bytes) -> dict[tuple[str, str], Any]:
    (folder / name).write_bytes(content)
    (folder / "connections.csv").write_text(CONNECTED, encoding="utf-8")
    (folder / "study.yaml").write_text(
        f'study: dialect\ntitle: {{da: "x"}}\nsimulated: true\nraw: [{{path: {name}, layout: auto}}]\n'
        "connections: connections.csv\nout: out\n",
        encoding="utf-8",
    )
    panel = ingest(Study.load(folder / "study.yaml")).panel
    panel = panel[panel["municipality"].isin(REGION)]
    return {
        (code, f"{month:%Y-%m}"): int(calls) if state == "observed" else state
        for code, month, state, calls in panel[["municipality", "month", "state", "calls"]].itertuples(index=False)
    }


def outcome(folder: Path, dialect: Dialect, seed: int) -> tuple[str, str]:
    """`identical`, `refused` with its reason, or `wrong` with the first differing cell."""
    name, content, truth = write(dialect, seed)
    expected: Truth = {
        (code, month): "missing" for code in REGION for month in (*MONTHS, "2024-03", "2024-04")
    } | truth
    try:
        found = read_back(folder, name, content)
    except InputError as error:
        return "refused", str(error)
    differing = [key for key in expected if found.get(key) != expected[key]]
    if differing or len(found) != len(expected):
        key = differing[0] if differing else ("", "")
        return "wrong", f"{len(differing)} cells, {key}: {found.get(key)} instead of {expected.get(key)}"
    return "identical", ""


def sane(dialect: Dialect) -> bool:
    """Whether a dialect can hold its own letters."""
    return not (dialect.encoding == "cp1252" and dialect.container in ("xlsx", "parquet"))


def drawn_dialects(n: int) -> list[Dialect]:
    draws = random.Random(3)
    found = []
    while len(found) < n:
        picked = {field: draws.choice(options) for field, options in CHOICES.items()}
        dialect = Dialect(**picked, junk=frozenset(draws.sample(JUNK, draws.randint(0, 4))))  # type: ignore[arg-type]
        if sane(dialect):
            found.append(dialect)
    return found


def test_sixty_dialects_come_back_cell_by_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[str] = Counter()
    told = []
    for i, dialect in enumerate(drawn_dialects(60)):
        folder = tmp_path / str(i)
        folder.mkdir()
        result, why = outcome(folder, dialect, seed=i)
        counts[result] += 1
        if result != "identical":
            told.append(f"{result}: {dialect}: {why}")
    with capsys.disabled():
        print(f"\n{counts.total()} dialects: {dict(counts)}")
    assert counts["wrong"] == 0, "\n".join(told)
    assert counts["identical"] >= 55, "\n".join(told)


def dialects() -> st.SearchStrategy[Dialect]:
    fields: dict[str, Any] = {field: st.sampled_from(options) for field, options in CHOICES.items()}
    return st.builds(Dialect, **fields, junk=st.frozensets(st.sampled_from(JUNK), max_size=5)).filter(sane)


@settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(dialect=dialects(), seed=st.integers(0, 10_000))
def test_no_dialect_comes_back_wrong(tmp_path_factory: Any, dialect: Dialect, seed: int) -> None:
    folder = tmp_path_factory.mktemp("dialect")
    result, why = outcome(folder, dialect, seed)
    assert result != "wrong", f"{dialect}: {why}"
