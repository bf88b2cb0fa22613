"""What a batch survives, and what it leaves behind.

    python benchmarks/endurance.py kill --times 100    kill -9 at a random moment, run again, compare with a calm run
    python benchmarks/endurance.py soak --times 20     batches in a row: memory, descriptors, files, processes
    python benchmarks/endurance.py same                1 to 3 workers, other locale, zone, hash seed: same bytes

The study is the small one of tests/test_run.py: three areas, four notebooks.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from test_run import COUNTS, contents, project  # noqa: E402

RUN = "kl_research.cli"


def _command(study: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", RUN, "run", str(study), *more]


def _calm(folder: Path, *more: str, **env: str) -> dict[str, bytes]:
    """The findings of one undisturbed run in a fresh project."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    project(folder, *COUNTS)
    words = _command(folder / "params" / "small.yaml", *more)
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, **env})
    return contents(folder / "findings")


def _traces(folder: Path) -> list[str]:
    """Half files and kernels that nobody owns any more."""
    half = [
        path.name for path in folder.rglob("*") if path.name.endswith(".part") or path.name.startswith(".ingest-")
    ]
    orphans = [p.info["name"] for p in psutil.process_iter(["name", "cwd"]) if str(folder) in str(p.info["cwd"])]
    return half + orphans


def kill(times: int, seed: int) -> None:
    """Kill the command at random moments of its run; the next run must end as if nothing had happened."""
    draw = random.Random(seed)
    top = Path(tempfile.mkdtemp(prefix="kl-endurance-"))
    folder = top / "project"
    started = time.monotonic()
    expected = _calm(folder)
    length = time.monotonic() - started
    different, traces, refused, unfinished = 0, 0, 0, 0
    for _ in range(times):
        shutil.rmtree(folder)
        folder.mkdir()
        project(folder, *COUNTS)
        words = _command(folder / "params" / "small.yaml")
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as command:
            time.sleep(draw.uniform(0, length))
            unfinished += command.poll() is None
            command.send_signal(signal.SIGKILL)
        again = subprocess.run(words, capture_output=True, text=True, check=False)
        refused += again.returncode != 0
        different += contents(folder / "findings") != expected
        time.sleep(0.5)  # kernels of the killed run leave with its pipes
        traces += bool(_traces(folder))
    print(f"{times} kills over {length:.1f} s ({unfinished} before the end), seed {seed}")
    print(f"refused or failed when run again {refused}; other findings {different}; half files or orphans {traces}")
    shutil.rmtree(top, ignore_errors=True)


def soak(times: int) -> None:
    """Batches in one process: what it holds after the second must be what it holds after the last."""
    from kl_research.run import run

    folder = Path(tempfile.mkdtemp(prefix="kl-endurance-"))
    project(folder, *COUNTS)
    own = psutil.Process()
    temporary = Path(tempfile.gettempdir())
    print(f"{'batch':>5} {'MB':>6} {'descriptors':>11} {'children':>8} {'temporary':>9}")
    for n in range(1, times + 1):
        run(folder / "params" / "small.yaml", fresh=True)
        ours = [path for path in temporary.glob("kl-*") if path != folder]
        children = len(own.children(recursive=True))
        print(f"{n:5} {own.memory_info().rss / 1e6:6.0f} {own.num_fds():11} {children:8} {len(ours):9}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)


def same() -> None:
    """The same study under everything that must not matter."""
    top = Path(tempfile.mkdtemp(prefix="kl-endurance-"))
    calm = _calm(top / "a")
    for name, more, env in (
        ("again", (), {}),
        ("1 worker", ("--workers", "1"), {}),
        ("2 workers", ("--workers", "2"), {}),
        ("3 workers", ("--workers", "3"), {}),
        ("C locale", (), {"LC_ALL": "C"}),
        ("zone of Kiritimati", (), {"TZ": "Pacific/Kiritimati"}),
        ("another hash seed", (), {"PYTHONHASHSEED": "7"}),
        ("another folder", (), {}),
    ):
        found = _calm(top / ("b" if name == "another folder" else "a"), *more, **env)
        other = sorted(name for name in calm.keys() | found.keys() if calm.get(name) != found.get(name))
        print(f"{name:20} {'identical' if not other else 'different: ' + ', '.join(other)} ({len(found)} files)")
    shutil.rmtree(top, ignore_errors=True)


def main() -> None:
    """One of the three."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=["kill", "soak", "same"])
    asked.add_argument("--times", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    if told.what == "kill":
        kill(told.times, told.seed)
    elif told.what == "soak":
        soak(told.times)
    else:
        same()


if __name__ == "__main__":
    main()
