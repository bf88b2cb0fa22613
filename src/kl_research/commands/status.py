"""What of a study is up to date, what is not, and why. Reads everything, runs and writes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kl_research.batch import Run, keys, state
from kl_research.batch.state import OVERVIEW
from kl_research.commands.data.chosen import choose
from kl_research.commands.data.kept import kept_ingest
from kl_research.commands.data.prepare import ingest_key, load_study, prepare
from kl_research.commands.out_folder import check_out
from kl_research.commands.run import is_current, label
from kl_research.commands.runs import runs_with_keys

WORDS = {
    "notebook": "the notebook changed",
    "parameters": "parameters or page settings changed",
    "study": "the study changed",
    "events": "the register changed",
    "data": "the data changed",
    "code": "the project's source changed",
    "versions": "versions or the lock file changed",
}


@dataclass(frozen=True)
class State:
    """One run: `state` is up to date, stale, failed, withheld or not run; `why` says what changed or went wrong."""

    area: str
    notebook: str
    label: str
    state: str
    why: str = ""


@dataclass(frozen=True)
class Status:
    """A study's data (`changed` names what they are to be ingested again for) and its runs."""

    study: str
    ingested: bool
    areas: int = 0
    changed: tuple[str, ...] = ()
    runs: tuple[State, ...] = ()


def status(file: Path) -> list[str]:
    """One line a group of runs that share their state, failures a line each; raises `InputError`."""
    return status_lines(status_of(file))


def status_of(file: Path) -> Status:
    """What is up to date and what is not; raises `InputError`."""
    study = load_study(file)
    kept = kept_ingest(study)
    if kept is None:
        return Status(study.study, ingested=False)
    changed = tuple(part for part, key in ingest_key(study).items() if kept.key.get(part) != key)
    entries = state.entries(study.data_folder)
    runs = [
        _state(run, entries.get(run.name), hashes, changed) for run, hashes in runs_with_keys(kept, list(kept.areas))
    ]
    return Status(study.study, True, len(kept.areas), changed, tuple(runs))


def _state(run: Run, entry: dict[str, Any] | None, hashes: dict[str, str], changed: tuple[str, ...]) -> State:
    named = (run.area, run.notebook.stem, label(run))
    if entry is None:
        return State(*named, "not run")
    if entry["status"] != "ok":
        return State(*named, entry["status"], entry["error"])
    if changed:
        return State(*named, "stale", "the data are to be ingested again")
    if is_current(run, entry, hashes):
        return State(*named, "up to date")
    parts = keys.differing(entry["hashes"], hashes)
    return State(*named, "stale", ", ".join(WORDS[part] for part in parts) or "its page is gone")


def status_lines(found: Status) -> list[str]:
    """A status in words."""
    if not found.ingested:
        return [f"{found.study}: not ingested yet; nothing has been run"]
    lines = [f"{found.study}: {found.areas} areas"]
    if found.changed:
        again = ", ".join(found.changed)
        lines.append(f"data: to be ingested again ({again} changed); then the pages that depend on them")
    else:
        lines.append("data: up to date")
    groups: dict[str, list[str]] = defaultdict(list)
    for run in found.runs:
        if run.state in ("failed", "withheld"):
            lines.append(f"{run.state}: {run.label}: {run.why}")
        else:
            groups[f"{run.state}: {run.why}" if run.why else run.state].append(run.label)
    return lines + [f"{words}: {_few(names)}" for words, names in sorted(groups.items(), reverse=True)]


def would_run(
    file: Path,
    *,
    only: list[str] | None = None,
    region: str | None = None,
    fresh: bool = False,
    language: str | None = None,
    edition: str | None = None,
    half: str | None = None,
) -> list[State]:
    """What a run would make and why, and what would stand; nothing is run or written. Raises what `run` raises."""
    prepared = prepare(load_study(file, language, edition, half))
    areas = choose(prepared, only or [], region)
    check_out(prepared.study)
    changed = () if prepared.ingested is None else ("data",)
    entries = state.entries(prepared.study.data_folder)
    found: list[State] = []
    for run, hashes in runs_with_keys(prepared, areas):
        one = _state(run, entries.get(run.name), hashes, changed)
        if one.state == "up to date" and fresh:
            one = replace(one, state="stale", why="asked for afresh")
        if one.state == "up to date" and run.area == OVERVIEW and any(o.state != "up to date" for o in found):
            one = replace(one, state="stale", why="it reads what those before it record")
        found.append(one)
    return found


def _few(names: list[str], shown: int = 5) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{len(names)} ({'; '.join(names[:shown])}{more})"
