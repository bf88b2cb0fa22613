"""Since last time: which named results moved between two releases, and why."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kl_research.batch import state
from kl_research.batch.keys import differing
from kl_research.terms.errors import InputError

TOLERANCE = 0.05  # a relative change smaller than this is no news


@dataclass(frozen=True)
class Kind:
    """One kind of named results: columns that name a row, its texts, its numbers; `counts_new`: a new one is news."""

    key: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    counts_new: bool


RESULTS = Kind(
    ("level", "area", "event", "type", "outcome", "design", "estimand"),
    ("verdict", "reason", "earliest_month"),
    ("estimate",),
    True,
)
# Measures of another period are not news, results are.
MEASURES = Kind(("measure", "level", "area", "part", "period"), (), ("value",), False)
Rows = dict[str, dict[str, str]]
WORDS = {
    "notebook": "the notebook changed",
    "parameters": "parameters or page settings changed",
    "study": "the study changed",
    "events": "the register changed",
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
    for file, kind in (("results.csv", RESULTS), ("measures.csv", MEASURES)):
        before, after = _rows(old / file, kind), _rows(new / file, kind)
        for name, move in moves(before, after, kind, tolerance):
            area = (after.get(name) or before[name]).get("area", "")
            found.append(replace(move, why=", ".join(causes.get(area, []))))
    return sorted(found, key=lambda move: (move.what != "verdict", move.name))


def _rows(path: Path, kind: Kind) -> Rows:
    if not path.is_file():
        raise InputError(str(path.parent), f"no {path.name}", "a folder a run has written", "name two `out` folders")
    with path.open(encoding="utf-8", newline="") as stream:
        return named(csv.DictReader(stream), kind)


def named(rows: Iterable[dict[str, str]], kind: Kind) -> Rows:
    """Rows by their name, the key columns that are filled in."""
    return {" ".join(part for part in (row.get(k, "") for k in kind.key) if part): row for row in rows}


def moves(before: Rows, after: Rows, kind: Kind, tolerance: float) -> Iterator[tuple[str, Move]]:
    """What moved between two sets of named rows, by name: a text that differs, a number beyond the tolerance.

    >>> old, new = {"a": {"estimate": "1.50"}}, {"a": {"estimate": "1.6"}}
    >>> [str(move) for _, move in moves(old, new, RESULTS, 0.05)]
    ['a: estimate 1.5 -> 1.6']
    """
    for name in sorted(set(before) | set(after)):
        for move in _moves(name, before.get(name), after.get(name), kind, tolerance):
            yield name, move


def _moves(
    name: str, before: dict[str, str] | None, after: dict[str, str] | None, kind: Kind, tolerance: float
) -> Iterator[Move]:
    if before is None or after is None:
        if kind.counts_new:
            verdict = (before or after or {}).get("verdict", "")
            yield Move(name, "verdict", verdict if before else "", verdict if after else "")
        return
    for column in kind.texts:
        if before.get(column, "") != after.get(column, ""):
            yield Move(name, column, before.get(column) or "none", after.get(column) or "none")
    for column in kind.numbers:
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
    words = {
        **WORDS,
        "study": _details(WORDS["study"], _settings(before.get("asked", {}), after.get("asked", {}))),
        "events": _details(WORDS["events"], _events(before.get("events", {}), after.get("events", {}))),
    }
    hashes = {(run["area"], run["notebook"]): run["hashes"] for run in before["runs"]}
    found: dict[str, list[str]] = {}
    for run in after["runs"]:
        earlier = hashes.get((run["area"], run["notebook"]))
        parts = ["not run before"] if earlier is None else [words[p] for p in differing(earlier, run["hashes"])]
        known = found.setdefault(run["area"], [])
        known += [part for part in parts if part not in known]
    return found


def _details(words: str, details: list[str]) -> str:
    return f"{words} ({'; '.join(details)})" if details else words


def _settings(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The settings that differ.

    >>> _settings({"pre_months": 24, "seed": 1}, {"pre_months": 18, "seed": 1})
    ['pre_months 24 -> 18']
    """
    both = sorted(before.keys() & after.keys())
    return [f"{key} {before[key]} -> {after[key]}" for key in both if before[key] != after[key]]


def _events(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The events that are new, gone or described otherwise.

    >>> _events({"a": "1", "b": "2"}, {"a": "3", "c": "4"})
    ['a changed', 'b gone', 'c new']
    """
    states = {event: "new" if event not in before else "gone" for event in before.keys() ^ after.keys()}
    states |= {event: "changed" for event in before.keys() & after.keys() if before[event] != after[event]}
    return [f"{event} {state}" for event, state in sorted(states.items())]
