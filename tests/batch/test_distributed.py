"""The same runs on a cluster of two workers: the same bytes; a lost worker costs time, a lost scheduler is said."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from batch.drawn_notebooks import FINISH, draw, run_of
from kl_research.batch import execute
from kl_research.batch.distributed import Cluster
from kl_research.terms.errors import InputError

pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
# what dask and its event loop leave open at their end is theirs
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform != "linux", reason="workers are found and killed by their Linux processes"),
]
SCHEDULER = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]


class Machines:
    """A scheduler and workers as processes that can be killed."""

    def __init__(self, folder: Path, workers: int, threads: int = 1) -> None:
        where = folder / "scheduler.json"
        scheduler = [*SCHEDULER, "--no-dashboard", "--scheduler-file", str(where)]
        self.scheduler = subprocess.Popen(scheduler, cwd=folder, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not where.exists() or not where.read_text().endswith("}"):
            assert time.monotonic() < until, "no scheduler"
            time.sleep(0.1)
        worker = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            "--scheduler-file",
            str(where),
            "--no-dashboard",
        ]
        worker += ["--no-dashboard", "--nthreads", str(threads), "--no-nanny", "--local-directory", str(folder)]
        tests = str(Path(__file__).resolve().parents[1])
        env = {"PYTHONPATH": tests, "PATH": "/usr/bin:/bin", "HOME": str(folder)}
        self.workers = [
            subprocess.Popen(worker, cwd=folder, env=env, stderr=subprocess.DEVNULL) for _ in range(workers)
        ]
        import json

        self.address = json.loads(where.read_text())["address"]
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two workers; the tests lose first one of them, then the scheduler."""
    started = Machines(tmp_path_factory.mktemp("machines"), 2)
    yield started
    started.close()


def test_the_results_are_the_local_ones_byte_for_byte(machines: Machines, tmp_path: Path) -> None:
    notebook = draw(tmp_path, "a", "import matplotlib.pyplot as plt; _ = plt.plot([1, 2])", "print(municipality)")
    here = [run_of(notebook, str(i), tmp_path / "here") for i in range(4)]
    there = [run_of(notebook, str(i), tmp_path / "there") for i in range(4)]
    local = execute(here, workers=2, finish=FINISH)
    with Cluster(machines.address, finish=FINISH) as cluster:
        far = cluster.execute(there)
    assert [(o.status, o.error, o.record) for o in far] == [(o.status, o.error, o.record) for o in local]
    for one, other in zip(here, there, strict=True):
        assert one.output.read_bytes() == other.output.read_bytes()
        assert Path(one.page["html"]).read_bytes() == Path(other.page["html"]).read_bytes()


def test_a_lost_worker_costs_only_its_runs_time(machines: Machines, tmp_path: Path) -> None:
    notebook = draw(tmp_path, "slow", "import time; time.sleep(0.5)")
    runs = [run_of(notebook, str(i), tmp_path / "out") for i in range(6)]

    def lose_one(_: object) -> None:
        machines.workers[0].kill()

    with Cluster(machines.address, finish=FINISH) as cluster:
        assert {outcome.status for outcome in cluster.execute(runs, lose_one)} == {"ok"}


def test_a_lost_scheduler_fails_what_is_left_and_says_so(machines: Machines, tmp_path: Path) -> None:
    notebook = draw(tmp_path, "slow", "import time; time.sleep(0.5)")
    runs = [run_of(notebook, str(i), tmp_path / "out") for i in range(6)]

    def lose_it(_: object) -> None:
        machines.scheduler.kill()

    with Cluster(machines.address, finish=FINISH) as cluster:
        outcomes = cluster.execute(runs, lose_it)
        after = cluster.execute(runs[:2])  # as a study's overview is, whatever became of its areas
    assert {outcome.status for outcome in after} == {"failed"}
    assert {outcome.status for outcome in outcomes} == {"ok", "failed"}
    assert any("the cluster lost it" in outcome.error for outcome in outcomes)


def test_workers_with_threads_are_refused(tmp_path: Path) -> None:
    started = Machines(tmp_path, 1, threads=2)
    try:
        with pytest.raises(InputError, match="workers with 2 threads"):
            Cluster(started.address)
    finally:
        started.close()


def test_workers_that_cannot_see_the_study_say_so_when_they_connect(tmp_path: Path) -> None:
    started = Machines(tmp_path, 1)
    try:
        with pytest.raises(InputError, match="1 workers without"):
            Cluster(started.address, sees=tmp_path / "elsewhere" / "study.yaml")
        (tmp_path / "study.yaml").touch()
        with Cluster(started.address, sees=tmp_path / "study.yaml"):
            pass
    finally:
        started.close()


def test_an_address_without_a_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kl_research.batch.distributed.CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="no scheduler at"):
        Cluster("tcp://127.0.0.1:9")
