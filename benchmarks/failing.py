"""A command that is failed on purpose, and what is asked of it then: the judge of `faults.py`.

The study is the small one of tests/test_run.py, whose site stands while its numbers have changed. Held means: exit
code as documented, one plain line at most, the processed data and the site that stood before whole (their own bytes
or those of the new ones), and the same command without the fault ends with the bytes of a calm one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kl_research.batch import Outcome, Run, state
from kl_research.cli import main as main_of_the_command
from kl_research.commands import run
from kl_research.commands.out_folder import ASIDE
from kl_research.findings.site import pdf

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from cards import write_card as write_card  # noqa: E402
from test_run import COUNTS, contents, project, write_calls  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "faults.md"
HEAD = (
    "# When the machine fails a run\n\nA part a command of `benchmarks/faults.py`; what held means: `failing.py`.\n"
)
STUDY = Path("params") / "small.yaml"
PROGRESS = ("reading", "computing", "pages and tables", "note:", "waiting")


@dataclass(frozen=True)
class Case:
    """One fault: what was done, what the command ended with and said, and what of the promise did not hold."""

    what: str
    code: int
    said: str
    broken: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (below zero: the signal), all it said, seconds."""

    code: int
    said: str
    seconds: float


def words(folder: Path, command: str = "run") -> list[str]:
    """The words of a command on the small study of a folder."""
    return [command, str(folder / STUDY), *(["--workers", "2"] if command == "run" else [])]


class Answers(contextlib.AbstractContextManager["Answers"]):
    """In the place of the pool: pages and records at once, for faults that have nothing to do with kernels."""

    def __init__(self, **_: object) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, note: object) -> None:
        pass

    def execute(self, runs: list[Run], done: Callable[[Outcome], None], note: object) -> None:
        for one in runs:
            counted = (Path(one.folder) / "panel.parquet").read_bytes()
            page = f"<!DOCTYPE html><html lang='da'><title>{one.name}</title><p>{hash_of(counted)}</p></html>"
            state.put(Path(one.page["html"]), page.encode())
            state.put(one.output, b'{"cells": []}')
            parts: dict[str, Any] = {"effects": [], "measures": [], "alerts": [], "sentences": [one.name]}
            done(Outcome(one, "ok", 0.1, "", parts))


def hash_of(content: bytes) -> str:
    """Short."""
    return hashlib.sha256(content).hexdigest()[:8]


def begin(command: list[str], said: Path, fault: str = "", whole: bool = False) -> int:
    """A command in a fork of this process, which has its imports, with a fault inside it; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    with said.open("wb") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    code = 70
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if "KL_RESEARCH_CHROMIUM" not in os.environ:
            pdf._NAMES = ()
        if not whole:
            run.Pool = Answers  # type: ignore[misc, assignment]
        exec(fault, {"os": os, "sys": sys, "Path": Path})
        main_of_the_command(command)
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def end(
    command: list[str], fault: str = "", after: Callable[[int], object] = lambda pid: None, whole: bool = False
) -> Ended:
    """The same, to its end; `after` may disturb the process."""
    said = Path(tempfile.gettempdir()) / f"said-{os.getpid()}"
    began = time.monotonic()
    pid = begin(command, said, fault, whole)
    after(pid)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return Ended(code, said.read_text(encoding="utf-8", errors="replace"), time.monotonic() - began)


def state_of(folder: Path) -> dict[str, bytes]:
    """Every file of the findings, and those of the processed data that an ingest writes."""
    found = {f"findings/{name}": content for name, content in contents(folder / "findings").items()}
    processed = contents(folder / "data" / "processed")
    own = {f"processed/{name}": content for name, content in processed.items() if not name.startswith(("runs", "re"))}
    return {
        name: content
        for name, content in (found | own).items()
        if not name.endswith((".turn", ".lock", "published.json", "study.yaml", "events.yaml")) and ASIDE not in name
    }


class Stand:
    """The project before the command that is failed, kept to begin each case from, and what a calm command leaves."""

    def __init__(self, top: Path, command: str, whole: bool = False) -> None:
        self.top, self.command, self.whole = top, command, whole
        self.kept = top / f"{command}-kept"
        top.mkdir(exist_ok=True)
        project(self.kept, *COUNTS)
        assert self.end(self.kept, command="run").code == 0
        write_calls(self.kept, 25)
        calm = self.begin()
        self.before = state_of(calm)
        assert self.end(calm).code == 0
        self.after = state_of(calm)
        assert self.before != self.after

    def end(self, folder: Path, fault: str = "", command: str = "", **more: Any) -> Ended:
        """The command in a folder, to its end."""
        return end(words(folder, command or self.command), fault, whole=self.whole, **more)

    def begin(self, at: Path | None = None) -> Path:
        """The project once more, at the same place each time."""
        folder = at or self.top / "project"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.kept, folder)
        return folder

    def fail(self, what: str, codes: tuple[int, ...], fault: str = "", **more: Any) -> Case:
        """Begin, fail, judge."""
        folder = self.begin()
        return self.judge(what, folder, self.end(folder, fault, **more), codes)

    def judge(self, what: str, folder: Path, ended: Ended, codes: tuple[int, ...]) -> Case:
        """What held after a fault, and after the same command without it."""
        said, broken = ended.said, []
        lines = [line for line in said.splitlines() if line.strip() and not _is_progress(line)]
        if ended.code not in codes:
            broken.append(f"exit code {ended.code}")
        if "Traceback" in said or "error of ours" in said:
            broken.append("no plain line")
        if ended.code > 0 and not lines:
            broken.append("nothing said")
        if ended.code > 0 and len(lines) > 1 + said.count("Repeat: "):
            broken.append(f"{len(lines)} lines")
        for part in ("findings", "processed"):
            now, old, new = (
                {name: content for name, content in state.items() if name.startswith(part)}
                for state in (state_of(folder), self.before, self.after)
            )
            if now not in (old, new) and not (part == "processed" and "processed/ingest.json" not in now):
                broken.append(f"mixed {part}")
        again = self.end(folder)
        if again.code:
            broken.append(f"then exit code {again.code}: {again.said.splitlines()[-1:]}")
        elif state_of(folder) != self.after:
            broken.append("then other bytes")
        hidden = [p.name for p in folder.rglob("*") if p.name.endswith(".part") or p.name.startswith(".being")]
        broken += [f"left {name}" for name in hidden]
        told = lines[-1] if lines and ended.code else ""
        return Case(
            f"{self.command}: {what}", ended.code, told.replace(str(folder), "..."), tuple(broken), ended.seconds
        )


def _is_progress(line: str) -> bool:
    """Lines of a run that goes on, of the receipt, and of the page to open."""
    begins = line.startswith((*PROGRESS, " ")) or "/" in line.split(" ")[0]
    return begins or " already up to date, " in line or line.endswith(("index.html", "processed")) or ": " not in line


def store(part: str, found: list[Case]) -> None:
    """One part of the table, in the place of an earlier one."""
    lines = [f"{len(found)} tried, {sum(not case.broken for case in found)} held", ""]
    lines += ["| what | exit code | seconds | said | did not hold |", "|---|---:|---:|---|---|"]
    for case in found:
        said = case.said.replace("|", "/").replace("kl-research: ", "")
        lines.append(f"| {case.what} | {case.code} | {case.seconds:.0f} | {said} | {', '.join(case.broken)} |")
    known = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else HEAD
    first, *others = known.split("\n## ")
    parts = {other.partition("\n")[0]: other.rstrip("\n") + "\n" for other in others}
    parts[part] = "\n".join([part, "", *lines, ""])
    RESULTS.write_text("\n## ".join([first, *(parts[name] for name in sorted(parts))]), encoding="utf-8")
