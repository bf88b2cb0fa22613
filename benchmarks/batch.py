"""What a batch costs: floor, papermill as a command, in one process, in two, and ours, on the demo's notebooks.

    python benchmarks/batch.py [--areas 8] [--rounds 2]     the table
    python benchmarks/batch.py --curve 2000                 runner memory and cost per run over many small runs

CPU is that of a method's whole process tree (orphans included), wall is what a user waits. Every method executes the
same notebooks with the same parameters and renders no HTML; methods are interleaved, a round each. The floor runs
the same cells in one process that has the imports done: what is left when starting, talking and saving cost nothing.
Results are written to benchmarks/results/batch.csv and batch_curve.csv.
"""

from __future__ import annotations

import argparse
import csv
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
METHODS = (
    "floor",
    "ours",
    "ours, start alone",
    "papermill, 2 processes",
    "papermill, 1 process",
    "papermill command",
)
RESULTS = ROOT / "benchmarks" / "results"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def demo_runs(areas: int) -> list[dict[str, Any]]:
    """The demo's runs for some municipalities, in words; whoever measures must not pay for reading the data."""
    from kl_research.commands.data.kept import keep
    from kl_research.commands.data.prepare import load_study, prepare
    from kl_research.commands.runs import plan

    study = load_study(ROOT / "params" / "demo.yaml")
    prepared = prepare(study)
    keep(prepared)
    each, _ = plan(prepared, list(prepared.areas)[:areas], study.file)
    return [
        {"notebook": str(run.notebook), "area": run.area, "parameters": run.parameters, "folder": str(run.folder)}
        for run in each
    ]


def read_runs(told: str, out: Path) -> list[Any]:
    """The same as runs with outputs of their own."""
    from kl_research.batch.plan import Run

    return [
        Run(Path(one["notebook"]), one["area"], one["parameters"], out / f"{k}.ipynb", folder=Path(one["folder"]))
        for k, one in enumerate(json.loads(told))
    ]


# -- the methods, each in a process of its own ---------------------------------------------------------------------


def floor(runs: list[Any]) -> None:
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    from kl_research.batch.warm.process import PRELOAD
    from kl_research.batch.warm.template import preload

    for module in PRELOAD:
        preload(module)
    shell = InteractiveShell.instance()
    used = cpu()
    began = time.perf_counter()
    for run in runs:
        os.chdir(run.folder)
        shell.reset(new_session=False)
        for cell in nbformat.read(run.notebook, as_version=4).cells:
            if cell.cell_type == "code":
                with capture_output():
                    shell.run_cell(cell.source).raise_error()
                if "parameters" in cell.metadata.get("tags", []):
                    shell.user_ns.update(run.parameters)
    print(json.dumps({"cpu": cpu() - used, "wall": time.perf_counter() - began}))


def ours(runs: list[Any]) -> None:
    from kl_research.batch import execute

    outcomes = execute(runs, note=lambda text: print(text, file=sys.stderr))
    assert all(outcome.status == "ok" for outcome in outcomes), [o.error for o in outcomes if o.error]
    assert not any(outcome.note for outcome in outcomes), "a kernel was started cold"


def start(_: list[Any]) -> None:
    """What a batch of ours pays once: template, workers, and a notebook that does nothing."""
    from kl_research.batch import Run, execute

    with tempfile.TemporaryDirectory(prefix="kl-bench-") as folder:
        notebook = small(Path(folder), "x = 1")
        execute([Run(notebook, str(i), {"x": i}, Path(folder) / f"{i}.ipynb") for i in range(3)])


def small(folder: Path, *sources: str) -> Path:
    """A notebook of a few cells, the first its parameters; importing nbformat would cost more than all of this."""
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [{**cell, "id": str(k), "source": source} for k, source in enumerate(sources)]
    cells[0]["metadata"] = {"tags": ["parameters"]}
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    path = folder / "small.ipynb"
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def papermill(runs: list[Any]) -> None:
    import papermill

    for run in runs:
        papermill.execute_notebook(
            run.notebook, run.output, run.parameters, cwd=run.folder, kernel_name="python3", progress_bar=False
        )


def two(runs: list[Any]) -> None:
    halves = [runs[0::2], runs[1::2]]
    import multiprocessing

    processes = [multiprocessing.get_context("spawn").Process(target=papermill, args=(half,)) for half in halves]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0


def command(runs: list[Any]) -> None:
    for run in runs:
        words = [sys.executable, "-m", "papermill", str(run.notebook), str(run.output), "--cwd", str(run.folder)]
        words += ["-k", "python3", "--no-progress-bar"]
        for name, value in run.parameters.items():
            words += ["-r", name, value]
        subprocess.run(words, check=True, capture_output=True)


CALLS = dict(zip(METHODS, (floor, ours, start, two, papermill, command), strict=True))


# -- measuring ------------------------------------------------------------------------------------------------------


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measured(words: list[str]) -> dict[str, float]:
    """CPU of a command and of everything it started, and how long it took."""
    used, began = cpu(), time.perf_counter()
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **ONE_THREAD})
    wall = time.perf_counter() - began
    while True:  # orphans come to us, see `main`
        try:
            os.wait()
        except ChildProcessError:
            break
    told = done.stdout.strip().splitlines()
    return json.loads(told[-1]) if told and told[-1].startswith("{") else {"cpu": cpu() - used, "wall": wall}


def table(areas: int, rounds: int) -> None:
    totals = {method: {"cpu": 0.0, "wall": 0.0} for method in METHODS}
    runs = demo_runs(areas)
    each = -(-len(runs) // rounds)
    for number in range(rounds):
        part = json.dumps(runs[number * each : (number + 1) * each])
        for method in METHODS if number % 2 == 0 else METHODS[::-1]:
            for key, value in measured([sys.executable, __file__, "--one", method, "--runs", part]).items():
                totals[method][key] += value
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{len(runs)} runs of the demo's notebooks, {os.cpu_count()} cores, load {load} at the end\n")
    print(f"{'':26}{'CPU s':>8}{'x floor':>9}{'wall s':>8}{'ours is faster by':>19}")
    for method in METHODS:
        spent = totals[method]
        times_floor = spent["cpu"] / totals["floor"]["cpu"]
        faster = spent["wall"] / totals["ours"]["wall"]
        print(f"{method:26}{spent['cpu']:8.1f}{times_floor:9.2f}{spent['wall']:8.1f}{faster:19.1f}")
    write(
        "batch.csv",
        [
            {
                "method": method,
                "runs": len(runs),
                **{k: round(v, 1) for k, v in totals[method].items()},
                "cpu_over_floor": round(totals[method]["cpu"] / totals["floor"]["cpu"], 2),
                "load": load,
            }
            for method in METHODS
        ],
    )
    beyond = (totals["ours"]["cpu"] - totals["ours, start alone"]["cpu"]) / totals["floor"]["cpu"]
    print(f"\nours beyond its start, which a batch pays once: {beyond:.2f} x floor")


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (RESULTS / name).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*rows[0], "cores", "python"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"cores": os.cpu_count(), "python": sys.version.split()[0]} for row in rows)


def again() -> None:
    """The whole command twice in a folder of its own: the second has nothing to do."""
    folder = Path(tempfile.mkdtemp(prefix="kl-bench-"))
    try:
        for part in ("params", "data", "notebooks"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("processed"))
        words = [sys.executable, "-m", "kl_research.cli", "run", str(folder / "params" / "demo.yaml")]
        first, second = measured(words), measured(words)
        print(f"\nfirst run of all pages: CPU {first['cpu']:.1f} s, wall {first['wall']:.1f} s")
        print(f"second, nothing changed: CPU {second['cpu']:.2f} s ({second['cpu'] / first['cpu']:.2%})")
    finally:
        shutil.rmtree(folder)


def memory(kernels: int = 4) -> None:
    """Proportional memory of live kernels that have the imports done, forked and plain."""
    from jupyter_client.manager import start_new_kernel

    from kl_research.batch.warm import process

    code = "import pandas, statsmodels.api, seaborn, kl_research; kl_research.Effect, kl_research.sentence;"
    used = {}
    for name in ("kl-research", "python3"):
        live = [start_new_kernel(kernel_name=name) for _ in range(kernels)]
        for _, client in live:
            client.execute_interactive(code, output_hook=lambda message: None)
        pids = [manager.provisioner.pid for manager, _ in live]
        if name == "kl-research":
            pids.append(process._shared[0]._owned.pid)  # type: ignore[union-attr]
        used[name] = sum(_pss(pid) for pid in pids)
        for manager, client in live:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    ratio = used["kl-research"] / used["python3"]
    warm, plain = used["kl-research"] / 1024, used["python3"] / 1024
    print(f"\n{kernels} live kernels: forked {warm:.0f} MB (template included), plain {plain:.0f} MB: {ratio:.2f}x")


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def curve(count: int) -> None:
    """Memory of the runner, and seconds a run, over many small runs."""
    from kl_research.batch import Outcome, Run, execute

    folder = Path(tempfile.mkdtemp(prefix="kl-bench-"))
    notebook = small(folder, 'municipality = "461"', "print(municipality)")
    runs = [Run(notebook, str(i), {"municipality": str(i)}, folder / "out" / f"{i}.ipynb") for i in range(count)]
    began, done = time.perf_counter(), 0
    rows: list[dict[str, object]] = []

    def note(outcome: Outcome) -> None:
        nonlocal done, began
        done += 1
        assert outcome.status == "ok", outcome.error
        if done % (count // 10) == 0:
            now = time.perf_counter()
            each, used = (now - began) * 10 / count, _pss(os.getpid()) / 1024
            print(f"{done:6} runs: runner {used:6.1f} MB, {each:.3f} s a run", flush=True)
            load = round(os.getloadavg()[0], 1)
            rows.append({"runs": done, "runner_mb": round(used, 1), "seconds_a_run": round(each, 3), "load": load})
            began = now

    execute(runs, done=note)
    write("batch_curve.csv", rows)
    shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--areas", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--curve", type=int)
    parser.add_argument("--whole", action="store_true", help="also all pages of the demo, twice")
    parser.add_argument("--one", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--runs", default="[]", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        with tempfile.TemporaryDirectory(prefix="kl-bench-") as out:
            CALLS[asked.one](read_runs(asked.runs, Path(out)))
    elif asked.curve:
        curve(asked.curve)
    else:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: count those whose parent ended
        table(asked.areas, asked.rounds)
        if asked.whole:
            again()
        memory()  # last, for its template stays until this process ends


if __name__ == "__main__":
    main()
