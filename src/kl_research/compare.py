"""Since last time: which named results moved between two releases, and why."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kl_research.batch import state
from kl_research.batch.keys import PARTS
from kl_research.errors import InputError

TOLERANCE = 0.05  # a relative change smaller than this is no news
RESULT_KEY = ("level", "area", "event", "type", "outcome", "design", "estimand")
MEASURE_KEY = ("measure", "level", "area", "part", "period")
WORDS = {
    "notebook": "the notebook changed",
    "parameters": "parameters or page settings changed",
    "data": "the data changed",
    "code": "the source changed",
    "versions": "versions changed",
}


@dataclass(frozen=True)
class Move:
    """One named result that moved: `what` changed from `old` to `new`; an absent result is an empty text."""

    name: str
    what: str
    old: str
    new: str
    why: str = ""

    def __str__(self) -> str:
        if not self.old or not self.new:
            text = f"{self.name}: {'new' if not self.old else 'gone'} ({self.what} {self.old or self.new})"
        else:
            text = f"{self.name}: {self.what} {self.old} -> {self.new}"
        return f"{text} [{self.why}]" if self.why else text


def compare(old: Path, new: Path, tolerance: float = TOLERANCE) -> list[str]:
    """Lines for a reader: the causes, then every result that moved; raises `InputError` for a folder without."""
    moves = moved(old, new, tolerance)
    causes = why(old, new)
    lines = [f"{len(moves)} results moved by more than {tolerance:.0%} or changed their verdict"]
    lines += [
        f"why: {words}: {count} runs" for words, count in Counter(w for ws in causes.values() for w in ws).items()
    ]
    return lines + [str(move) for move in moves]


def moved(old: Path, new: Path, tolerance: float = TOLERANCE) -> list[Move]:
    """The results and measures that moved, verdicts first; results under another name are not compared."""
    causes = why(old, new)
    found = []
    for file, key, texts, numbers in (
        ("results.csv", RESULT_KEY, ("verdict", "reason", "earliest_month"), ("estimate",)),
        ("measures.csv", MEASURE_KEY, (), ("value",)),
    ):
        before, after = _rows(old / file, key), _rows(new / file, key)
        for name in sorted(set(before) | set(after)):
            for move in _moves(name, before.get(name), after.get(name), texts, numbers, tolerance):
                area = (after.get(name) or before[name]).get("area", "")
                found.append(Move(move.name, move.what, move.old, move.new, ", ".join(causes.get(area, []))))
    return sorted(found, key=lambda move: (move.what != "verdict", move.name))


def _rows(path: Path, key: tuple[str, ...]) -> dict[str, dict[str, str]]:
    if not path.is_file():
        raise InputError(str(path.parent), f"no {path.name}", "a folder a run has written", "name two `out` folders")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {" ".join(part for part in (row.get(k, "") for k in key) if part): row for row in rows}


def _moves(
    name: str,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
    texts: tuple[str, ...],
    numbers: tuple[str, ...],
    tolerance: float,
) -> Iterator[Move]:
    if before is None or after is None:
        if texts:  # measures of another period are not news, results are
            there = before or after or {}
            verdict = there.get("verdict", "")
            yield Move(name, "verdict", verdict if before else "", verdict if after else "")
        return
    for column in texts:
        if before.get(column, "") != after.get(column, ""):
            yield Move(name, column, before.get(column) or "none", after.get(column) or "none")
    for column in numbers:
        if _differ(before.get(column, ""), after.get(column, ""), tolerance):
            yield Move(name, column, _short(before.get(column, "")), _short(after.get(column, "")))


def _differ(before: str, after: str, tolerance: float) -> bool:
    """Whether two cells differ by more than a relative tolerance.

    >>> _differ("1.00", "1.04", 0.05), _differ("1.00", "1.06", 0.05), _differ("", "1", 0.05)
    (False, True, True)
    """
    if not before or not after:
        return before != after
    return not math.isclose(float(before), float(after), rel_tol=tolerance, abs_tol=1e-12)


def _short(cell: str) -> str:
    return f"{float(cell):.4g}" if cell else "hidden or none"


def why(old: Path, new: Path) -> dict[str, list[str]]:
    """By area, what changed between the runs of two releases, as their manifests tell."""
    before, after = (state.read_json(folder / "manifest.json") or {"runs": []} for folder in (old, new))
    hashes = {(run["area"], run["notebook"]): run["hashes"] for run in before["runs"]}
    found: dict[str, list[str]] = {}
    for run in after["runs"]:
        earlier = hashes.get((run["area"], run["notebook"]))
        parts = ["not run before"] if earlier is None else []
        if earlier is not None:
            parts = [WORDS[part] for part in PARTS if earlier.get(part) != run["hashes"].get(part)]
        known = found.setdefault(run["area"], [])
        known += [part for part in parts if part not in known]
    return found
