"""Where the CPU time of `kl-research run params/demo.yaml --only 461 --fresh` goes, phase by phase.

    python benchmarks/phases.py [--name after]     the table, stored as benchmarks/results/run_phases.csv

The command itself is run, in a copy of the study; a clock stands around the functions that begin a phase. CPU of the
notebooks is that of kernels, workers and the template they are forked from, starting included, wherever in the
command that happens; of the other phases that of the command's own process. Rows of another `--name` stay in the
table: before and after a change.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "benchmarks" / "results" / "run_phases.csv"
IMPORTED = ("commands.run", "intake", "adoption", "commands.data.public_numbers", "findings.site.site")
# Module, function, phase; a phase within another is taken out of it.
CLOCKS = (
    ("kl_research.commands.run", "prepare", "reading raw files"),
    ("kl_research.adoption", "measure_table", "complete measures"),
    ("kl_research.commands.data.public_numbers", "public_data", "public numbers"),
    ("kl_research.commands.run", "replace_data", "writing"),
    ("kl_research.commands.run", "publish", "pages and tables"),
)


def cpu() -> float:
    """CPU seconds of this process and of all that it started."""
    own = psutil.Process()
    total = 0.0
    for process in (own, *own.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue  # it has just ended, and counts with its parent
        total += times.user + times.system + times.children_user + times.children_system
    return total


class Clock:
    """CPU seconds by phase."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def around(
        self,
        function: Callable[..., Any],
        phase: Callable[[], str],
        now: Callable[[], float] = time.process_time,
    ) -> Callable[..., Any]:
        """The function, with its time told as a phase."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            name, before, began = phase(), sum(self.spent.values()), now()
            try:
                return function(*args, **kwargs)
            finally:
                within = sum(self.spent.values()) - before
                self.spent[name] = self.spent.get(name, 0.0) + now() - began - within

        return timed


def phases(study: Path) -> dict[str, float]:
    """The phases of the command, in its order."""
    clock = Clock()

    def load() -> None:
        for module in IMPORTED:
            importlib.import_module(f"kl_research.{module}")

    clock.around(load, lambda: "imports")()
    for name, function, phase in CLOCKS:
        module = importlib.import_module(name)
        setattr(module, function, clock.around(getattr(module, function), lambda phase=phase: phase))
    run = importlib.import_module("kl_research.commands.run")
    kinds = iter(("notebooks", "overviews"))
    run._Batch.run = clock.around(run._Batch.run, lambda: next(kinds), cpu)
    began, told = cpu(), sum(clock.spent.values())
    report = run.run(study, only=["461"], fresh=True)
    assert not report.failures, report.failures
    clock.spent["notebooks"] += cpu() - began - (sum(clock.spent.values()) - told)
    return clock.spent


def main() -> None:
    """Measure, print and store."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--name", default="after", help="what is measured, as the table calls it")
    name = asked.parse_args().name
    folder = Path(tempfile.mkdtemp(prefix="kl-bench-"))
    load, began = os.getloadavg()[0], time.perf_counter()
    try:
        for part in ("params", "data", "notebooks"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("processed"))
        spent = phases(folder / "params" / "demo.yaml")
    finally:
        shutil.rmtree(folder)
    wall = time.perf_counter() - began
    spent["all"] = sum(spent.values())
    versions = f"Python {sys.version.split()[0]}, pandas {version('pandas')}, numpy {version('numpy')}"
    told = {"load": f"{load:.0f}", "cores": os.cpu_count(), "versions": versions}
    rows = [{"name": name, "phase": phase, "cpu": f"{value:.1f}", **told} for phase, value in spent.items()]
    for row in rows:
        print(f"{row['phase']:20}{row['cpu']:>8}")
    print(f"wall {wall:.0f} s, load {load:.0f} on {os.cpu_count()} cores")
    kept = list(csv.DictReader(TABLE.open(encoding="utf-8"))) if TABLE.is_file() else []
    with TABLE.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows([*(row for row in kept if row["name"] != name), *rows])


if __name__ == "__main__":
    main()
