"""What becomes of a run when the machine fails it; the table is results/faults.md, a part of it a command.

    python benchmarks/faults.py disk         disks of several sizes that fill up (tmpfs and ext4; as root)
    python benchmarks/faults.py signals      Ctrl-C and SIGTERM at moments spread over a command
    python benchmarks/faults.py publish      kill -9 at each step of publishing: pages, tables, decks, renaming
    python benchmarks/faults.py calls        each kind of call to the file system fails once: open, rename, unlink
    python benchmarks/faults.py files        exports that end in the middle, of every format
    python benchmarks/faults.py machine      hanging notebook and browser, memory, clock, a kernel beside
    python benchmarks/faults.py size         1,000 areas, 20 years, a million calls

Three commands are failed: `ingest`, `run` (its notebooks answered without kernels), and (whole) the run with its
kernels. `failing.py` says what held means.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import psutil
from failing import COUNTS, STUDY, Case, Stand, end, project, store, words, write_calls, write_card


@contextmanager
def mounted(place: Path, kind: str, kilobytes: int) -> Iterator[Path]:
    """A disk of a size; asks for root."""
    place.mkdir(parents=True, exist_ok=True)
    if kind == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place], check=True)
    else:
        image = place.with_suffix(".img")
        image.write_bytes(b"")
        os.truncate(image, kilobytes * 1024)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def disk(top: Path) -> Iterator[Case]:
    """Less and less room beside what is there; the room comes back before the command is run again."""
    for command in ("run", "ingest"):
        stand = Stand(top / command, command)
        for kind in ("tmpfs", "ext4"):
            for room in (0, 20, 120, 300, 600):
                with mounted(top / "disk", kind, 30_000) as place:
                    folder = stand.begin(place / "project")
                    filler = place / "filler"
                    filler.write_bytes(b"x" * max(shutil.disk_usage(place).free - room * 1024, 0))
                    ended = stand.end(folder)
                    filler.unlink()
                    yield stand.judge(f"{room} kB left on {kind}", folder, ended, (0, 1))
    for name in ("findings", "data/processed"):
        folder = stand.begin()
        aside = shutil.copytree(folder / name, top / "aside" / name)
        with mounted(folder / name, "tmpfs", 20_000):
            shutil.copytree(aside, folder / name, dirs_exist_ok=True)
            subprocess.run(["mount", "-o", "remount,ro", folder / name], check=True)
            ended = stand.end(folder)
        yield stand.judge(f"{name} cannot be written", folder, ended, (1,))


def signals(top: Path) -> Iterator[Case]:
    """Either signal to the command alone, as a scheduler sends it, from its start to its end."""
    for command, whole, moments in (("ingest", False, 3), ("run", False, 5), ("run", True, 2)):
        place = top / f"whole-{whole}"
        place.mkdir(exist_ok=True)
        stand = Stand(place, command, whole)
        length = stand.end(stand.begin()).seconds
        for number in (signal.SIGINT, signal.SIGTERM):
            for part in range(1, moments + 1):
                moment = length * part / (moments + 1)

                def send(pid: int, moment: float = moment, number: int = number) -> None:
                    time.sleep(moment)
                    os.kill(pid, number)

                what = f"{number.name} after {moment:.1f} of {length:.1f} s{' (whole)' if whole else ''}"
                case = stand.fail(what, (0, 128 + number), after=send)
                left = [p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]
                yield replace(case, broken=case.broken + tuple(f"left {p.name()}" for p in left))


STEPS = {
    "a page of the site": "from kl_research.findings.site import site as m; name = '_write'",
    "the tables": "from kl_research.findings.site import publish as m; name = 'tables'",
    "a deck": "from kl_research.findings.handouts import handouts as m; name = 'deck'",
    "a workbook": "from kl_research.findings.handouts import handouts as m; name = 'workbook'",
    "the renaming": "from kl_research.commands import out_folder as m; name = '_remove_others'",
    "the manifest": "from kl_research.commands import out_folder as m; name = '_put_in_place'",
}
KILL = """
{step}
kept = getattr(m, name)
def stop(*a, **k):
    done = kept(*a, **k) if {after} else None
    os.kill(os.getpid(), 9)
setattr(m, name, stop)
"""
HALF_RENAMED = """
from kl_research.commands import out_folder as m
import itertools
count, kept = itertools.count(1), Path.replace
def replace(self, target):
    if m.ASIDE in str(self) and m.ASIDE not in str(target) and next(count) == {n}: os.kill(os.getpid(), 9)
    return kept(self, target)
Path.replace = replace
"""


def publish(top: Path) -> Iterator[Case]:
    """Killed before and after each step of publishing."""
    stand = Stand(top, "run")
    for step, where in STEPS.items():
        for after in (False, True):
            fault = KILL.format(step=where, after=after)
            yield stand.fail(f"kill -9 {'after' if after else 'before'} {step}", (-9,), fault)
    for n in (2, 9):
        case = stand.fail(f"kill -9 before renaming no. {n}", (-9,), HALF_RENAMED.format(n=n))
        expected = tuple(one for one in case.broken if one != "mixed findings")  # the moment that cannot be closed
        yield replace(case, broken=expected)


# The n-th call of a kind below the project fails, as the operating system would have it; seen by an audit hook.
FAIL = """
import errno, itertools
count = itertools.count(1)
def fail(event, args):
    if event != {event!r} or not args or not str(args[0]).startswith({below!r}):
        return
    if event == 'open' and not (isinstance(args[1], str) and set(args[1]) & set('wax+')):
        return
    if next(count) == {n}:
        os.write(2, b'failed on purpose\\n')
        raise OSError(errno.{error}, os.strerror(errno.{error}), str(args[0]))
sys.addaudithook(fail)
"""
CALLS = {
    "open": ("EMFILE", "ENOSPC"),
    "os.rename": ("EIO", "ENOSPC"),
    "os.remove": ("EBUSY",),
    "os.mkdir": ("ENOSPC",),
    "os.chmod": ("EPERM",),
}


def calls(top: Path) -> Iterator[Case]:
    """The first, some, and the last calls of each kind; one more that there is none of ends the kind."""
    for command in ("run", "ingest"):
        stand = Stand(top / command, command)
        for event, errors in CALLS.items():
            for error in errors:
                for n in (1, 3, 8, 20, 50):
                    fault = FAIL.format(event=event, below=str(stand.top / "project"), n=n, error=error)
                    folder = stand.begin()
                    ended = stand.end(folder, fault)
                    if "failed on purpose" not in ended.said:
                        break  # there is no n-th
                    case = stand.judge(f"{error} at {event} no. {n}", folder, ended, (0, 1, 2))
                    if event == "os.rename" and command == "run" and n > 3:  # in the middle of putting in place
                        case = replace(case, broken=tuple(one for one in case.broken if one != "mixed findings"))
                    yield case


def files(top: Path) -> Iterator[Case]:
    """An export of each format without its end; a CSV without its last bytes may be a shorter CSV."""
    stand = Stand(top, "ingest")
    table = pd.read_csv(stand.kept / "data" / "calls.csv", sep=";")
    for suffix in (".csv", ".xlsx", ".parquet", ".zip"):
        for part in (0.02, 0.6, 0.98):
            folder = stand.begin()
            made, study = folder / "data" / f"calls{suffix}", folder / STUDY
            if suffix == ".xlsx":
                table.to_excel(made, index=False)
            elif suffix == ".parquet":
                table.to_parquet(made, index=False)
            elif suffix == ".zip":
                table.to_csv(made, sep=";", index=False, compression={"method": "zip", "archive_name": "calls.csv"})
            text, content = study.read_text(encoding="utf-8"), made.read_bytes()
            study.write_text(text.replace("calls.csv", made.name), encoding="utf-8")
            made.write_bytes(content[: int(len(content) * part)])
            write_card(made)
            ended = stand.end(folder)
            study.write_text(text, encoding="utf-8")
            write_calls(folder, 25)
            if suffix != ".csv":
                made.unlink()
            case = stand.judge(f"the first {part:.0%} of {suffix[1:]}", folder, ended, (0, 2))
            if suffix != ".csv" and ended.code == 0:
                case = replace(case, broken=(*case.broken, "read"))
            # A CSV that ends in the middle may be read: nothing tells it from a shorter one.
            yield replace(case, broken=tuple(one for one in case.broken if one != "mixed processed"))


CLOCK = """
import time
now, n = time.time, [0]
def jump():
    n[0] += 1
    return now() + (n[0] % 3 - 1) * 4e7
time.time = jump
"""
LIMITS = "from kl_research.batch import plan; plan.Limits.__init__.__defaults__ = ({seconds}, {memory}, 20)"


def machine(top: Path) -> Iterator[Case]:
    """Everything else: what hangs, what takes too much, what jumps, who reads at the same time."""
    stand = Stand(top, "run")
    for what, script in (
        ("a browser that hangs from its start", "exec sleep 600"),
        ("a browser that is stopped while it prints", 'chromium "$@" & p=$!\nsleep 4; kill -STOP $p; sleep 600'),
        ("a browser that ends at once", "exit 3"),
    ):
        browser = top / "browser"
        browser.write_text(f"#!/bin/sh\n{script}\n")
        browser.chmod(0o700)
        os.environ["KL_RESEARCH_CHROMIUM"] = str(browser)
        folder = stand.begin()
        ended = stand.end(folder)
        del os.environ["KL_RESEARCH_CHROMIUM"]
        yield stand.judge(what, folder, ended, (0,))
    yield stand.fail("a clock that jumps 15 months to and fro", (0,), CLOCK)
    yield _beside(Stand(top, "ingest"))
    (top / "whole").mkdir()
    stand = Stand(top / "whole", "run", whole=True)
    few_seconds, few_mb = LIMITS.format(seconds=8, memory=4000), LIMITS.format(seconds=900, memory=600)
    for what, cell, fault in (
        ("a notebook that hangs (limit 8 s)", "while True: pass", few_seconds),
        ("a kernel that takes 900 MB (limit 600)", "x = bytearray(900 * 2**20); import time; time.sleep(60)", few_mb),
        ("a kernel that asks for 10 TB", "x = bytearray(10 * 2**40)", ""),
    ):
        folder = stand.begin()
        file = folder / "notebooks" / "counts.ipynb"
        kept = file.read_bytes()
        notebook = nbformat.reads(kept.decode(), as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(f"if municipality == 'B':\n    {cell}"))
        nbformat.write(notebook, file)
        ended = stand.end(folder, fault)
        file.write_bytes(kept)
        case = stand.judge(what, folder, ended, (1,))
        # The pages of the others are new, and B's is not there: told, and what is meant.
        yield replace(case, broken=tuple(one for one in case.broken if one != "mixed findings"))


def _beside(stand: Stand) -> Case:
    """A kernel that reads the data all the time while they are replaced."""
    folder = stand.begin()
    read = f"import kl_research as kl, time\nfor _ in range(300): kl.read_panel({str(folder / 'data/processed')!r})"
    said = stand.top / "reader"
    with said.open("wb") as stream:
        beside = subprocess.Popen([sys.executable, "-c", read], stderr=stream)
        time.sleep(5)
        ended = stand.end(folder)
        beside.kill()
        beside.wait()
    case = stand.judge("a kernel that reads the data all the time", folder, ended, (0,))
    failed = said.read_text().strip()
    return replace(case, said=failed[-200:], broken=case.broken + (("the reader failed",) if failed else ()))


def size(top: Path) -> Iterator[Case]:
    """Studies far larger than the country's; judged by exit code, seconds, pages and memory alone."""
    from kl_research.simulate.large import simulate_large

    months = [f"{y}-{m:02d}" for y in range(2005, 2025) for m in range(1, 13)]
    folder = top / "large"
    for what, areas, span in (("1,000 areas", 1000, months[-12:]), ("30 areas for 20 years", 30, months)):
        shutil.rmtree(folder, ignore_errors=True)
        project(folder, *COUNTS)
        rows = [f"Area {a:04d};{month};{(a + n) % 40 + 8}" for a in range(areas) for n, month in enumerate(span)]
        text = "Kommune;Måned;Antal opkald\n" + "\n".join(rows) + "\n"
        (folder / "data" / "calls.csv").write_text(text, encoding="utf-8")
        yield _measured(what, folder)
    shutil.rmtree(folder)
    project(folder, *COUNTS)
    text = (folder / STUDY).read_text(encoding="utf-8").replace("layout: monthly", "layout: calls")
    (folder / STUDY).write_text(text.replace("free", "denmark"), encoding="utf-8")
    simulate_large(folder / "data" / "calls.csv", rows=1_000_000, seed=1)
    yield _measured("a million calls", folder)


def _measured(what: str, folder: Path) -> Case:
    """A run of the first areas with the memory it held at most."""
    most = 0.0

    def watch(pid: int) -> None:
        nonlocal most
        job = psutil.Process(pid)
        with contextlib.suppress(psutil.Error):
            while job.status() != psutil.STATUS_ZOMBIE:
                most = max(most, job.memory_info().rss / 1e6)
                time.sleep(0.5)

    only = "851,330" if "calls" in what else "Area 0000,Area 0007"
    ended = end([*words(folder), "--only", only], after=watch, whole=True)
    pages = len(list((folder / "findings").rglob("*.html")))
    broken = () if ended.code == 0 else tuple(ended.said.splitlines()[-2:])
    return Case(what, ended.code, f"{pages} pages, at most {most:.0f} MB", broken, ended.seconds)


def main() -> None:
    """Ask for one part, and write it in the place of the one before."""
    parts: dict[str, Callable[[Path], Iterator[Case]]] = {
        one.__name__: one for one in (disk, signals, publish, calls, files, machine, size)
    }
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("part", choices=parts)
    part = asked.parse_args().part
    top = Path(tempfile.mkdtemp(prefix="kl-faults-"))
    try:
        found = []
        for case in parts[part](top):
            print(case, flush=True)
            found.append(case)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    store(part, found)


if __name__ == "__main__":
    main()
