"""What becomes of a run on a cluster when something goes wrong; the table is results/dask.md.

python benchmarks/dask.py        # as root: workers get a view of the disk without the study
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """# Runs on a dask cluster, when something goes wrong

Made by `python benchmarks/dask.py`: the demo, two notebooks for 851 and for 330, two workers of one thread, a load of
{load} on two cores. "the same": every page and table has the bytes of the local run.

| case | exit code | seconds | pages | against the local run | what is said |
|---|---:|---:|---:|---|---|
"""


def study(folder: Path) -> Path:
    """The demo's study with two notebooks, into a folder of its own."""
    text = (ROOT / "params" / "demo.yaml").read_text(encoding="utf-8").replace("../data/raw", str(ROOT / "data/raw"))
    text = text.replace("events/demo.yaml", str(ROOT / "params/events/demo.yaml")).replace("../", "")
    text = text.replace("[data_quality, adoption, intervention_effect]", "[data_quality, intervention_effect]")
    lines = ["overview: []" if line.startswith("overview:") else line for line in text.splitlines()]
    folder.mkdir(exist_ok=True)
    (folder / "demo.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "demo.yaml"


@contextmanager
def cluster(folder: Path, hidden: bool = False) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, in this order; `hidden`: the workers see another, empty folder in its place."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1"]
    worker += ["--no-nanny", "--local-directory", tempfile.gettempdir()]
    if hidden:
        blind = 'mount -t tmpfs none "$0" && exec "$@"'
        worker = ["unshare", "--mount", "sh", "-c", blind, str(folder), *worker]
    silent = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen([*words, "--no-dashboard"], **silent) for words in (dask, worker, worker)]  # type: ignore[call-overload]
    try:
        time.sleep(15)
        yield f"tcp://127.0.0.1:{port}", started
    finally:
        for process in started:
            process.kill()
            process.wait()


def command(file: Path, only: str, *words: str) -> subprocess.Popen[str]:
    """One `kl-research run`, started."""
    # The internal edition: a public one has noise of its own in each folder.
    line = [
        sys.executable,
        "-m",
        "kl_research.cli",
        "run",
        str(file),
        "--edition",
        "internal",
        "--only",
        only,
        *words,
    ]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(job: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and last line."""
    out, err = job.communicate(timeout=900)
    said = [line for line in (err + out).splitlines() if line.strip()]
    return job.returncode, said[-1] if said else ""


def kill_one(one: subprocess.Popen[bytes], job: subprocess.Popen[str]) -> None:
    """Kill a worker, or the scheduler, as soon as the first run has ended."""
    assert job.stderr is not None
    for line in job.stderr:
        if line.startswith("1/"):
            one.kill()
            return


def files(out: Path) -> dict[str, bytes]:
    """Pages and tables, by name; the manifest tells how long runs took."""
    found = (path for path in out.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


def main() -> None:
    """All cases, one after the other, and the table."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        home = Path(place).resolve()
        local = study(home / "local")
        began = time.monotonic()
        code, said = ended(command(local, "851,330"))
        want = files(home / "local" / "findings" / "demo")

        def row(case: str, out: Path, code: int, said: str) -> None:
            have = files(out) if out.exists() else {}
            same = "the same" if have == want else "nothing written" if not have else "differs"
            pages = sum(name.endswith(".html") for name in have)
            said = said.replace(str(home), "...").replace("|", "/")
            rows.append(f"| {case} | {code} | {time.monotonic() - began:.0f} | {pages} | {same} | {said} |")
            print(rows[-1], flush=True)
            load = " ".join(f"{one:.0f}" for one in os.getloadavg())
            text = HEAD.format(load=load) + "\n".join(rows) + "\n"
            (ROOT / "benchmarks" / "results" / "dask.md").write_text(text, encoding="utf-8")

        row("no cluster", home / "local" / "findings" / "demo", code, said)
        for case, disturb in CASES.items():
            began = time.monotonic()
            folder = home / case.replace(" ", "-")
            file = study(folder)
            with cluster(folder, hidden="without" in case) as (address, started):
                code, said = disturb(file, address, started)
            row(case, folder / "findings" / "demo", code, said)


def undisturbed(file: Path, address: str, started: list[subprocess.Popen[bytes]]) -> tuple[int, str]:
    """Nothing goes wrong."""
    return ended(command(file, "851,330", "--scheduler", address))


def worker_killed(file: Path, address: str, started: list[subprocess.Popen[bytes]]) -> tuple[int, str]:
    """One of two workers is killed after the first run."""
    job = command(file, "851,330", "--scheduler", address)
    kill_one(started[1], job)
    return ended(job)


def scheduler_killed(file: Path, address: str, started: list[subprocess.Popen[bytes]]) -> tuple[int, str]:
    """The scheduler is killed after the first run."""
    job = command(file, "851,330", "--scheduler", address)
    kill_one(started[0], job)
    return ended(job)


def two_jobs(file: Path, address: str, started: list[subprocess.Popen[bytes]]) -> tuple[int, str]:
    """Two jobs on one study at once, a municipality each."""
    jobs = [command(file, only, "--scheduler", address) for only in ("851", "330")]
    found = [ended(job) for job in jobs]
    return max(code for code, _ in found), found[-1][1]


CASES: dict[str, Callable[[Path, str, list[subprocess.Popen[bytes]]], tuple[int, str]]] = {
    "a cluster": undisturbed,
    "a worker killed": worker_killed,
    "the scheduler killed": scheduler_killed,
    "workers without the folder": undisturbed,
    "two jobs at once": two_jobs,
}

if __name__ == "__main__":
    main()
