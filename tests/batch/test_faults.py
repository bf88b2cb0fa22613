"""What can break in a batch breaks one run: a line that says so, no half file, no process left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from batch.drawn_notebooks import FINISH, draw, run_of
from kl_research.batch import Limits, Outcome, execute, worker
from kl_research.batch.lock import lock
from kl_research.batch.plan import Run
from kl_research.batch.runner import put_in_place
from kl_research.batch.warm import process as warm
from kl_research.terms.errors import InputError

linux = pytest.mark.skipif(not warm.supported(), reason="kernels are forked on Linux only")
KILL = "import os, signal, pathlib\n"


def batch(folder: Path, cells: dict[str, str], **options: object) -> tuple[dict[str, Outcome], list[str]]:
    """Run one notebook a name, two at a time; what came of each, and what was said."""
    notes: list[str] = []
    runs = [run_of(draw(folder, name, cell), "461", folder / "out") for name, cell in cells.items()]
    outcomes = execute(runs, workers=2, finish=FINISH, note=notes.append, **options)  # type: ignore[arg-type]
    assert not [path for path in (folder / "out").rglob("*") if path.name.endswith(".part")]
    return {outcome.run.notebook.stem: outcome for outcome in outcomes}, notes


def left_of(before: set[int]) -> list[str]:
    """Kernels, workers and templates that were not there before and have not gone."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = [p for p in psutil.Process().children(recursive=True) if p.pid not in before]
        lines = [" ".join(p.cmdline()) for p in found if p.status() != psutil.STATUS_ZOMBIE]
        mine = [line for line in lines if "forkserver" not in line and "resource_tracker" not in line]
        if not mine:
            return []
        time.sleep(0.2)
    return mine


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Outcome], list[str]]:
    """One batch in which almost everything goes wrong."""
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    cells = {
        "first": "print('fine')",
        "kills_its_worker": KILL + "os.kill(int(os.environ['JPY_PARENT_PID']), signal.SIGKILL)",
        "prints_too_much": "for i in range(200): print('x' * 100_000)",
        "takes_too_much": "x = bytearray(900 * 2**20)\nimport time; time.sleep(60)",
        "forks": "import subprocess; p = subprocess.Popen(['sleep', '400'], start_new_session=False)",
        "leaves": "import os; os._exit(0)",
        "corrupts": "import pathlib, tempfile\nhere = pathlib.Path(tempfile.gettempdir())\n"
        "for path in here.glob('kl-*/kl-*'): (path / '461.corrupts.ipynb').mkdir(exist_ok=True)",
        "last": "print('fine')",
    }
    found = batch(tmp_path_factory.mktemp("faults"), cells, limits=Limits(seconds=60, memory_mb=900, output_mb=5))
    assert left_of(before) == []
    return found


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("kills_its_worker", "the worker process died"),
        ("prints_too_much", "stopped after printing 5 MB"),
        ("takes_too_much", "MB of memory (limit 900)"),
        ("leaves", "the kernel died"),
        ("corrupts", "its executed notebook could not be written: Is a directory"),
    ],
)
def test_each_fault_is_one_line(faults: tuple[dict[str, Outcome], list[str]], name: str, line: str) -> None:
    assert faults[0][name].status == "failed"
    assert line in faults[0][name].error
    assert "\n" not in faults[0][name].error


def test_a_damaged_notebook_is_told_and_not_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(draw(tmp_path, "a", "1"), "461", tmp_path)
    monkeypatch.setattr(
        worker, "_execute", lambda run, executed, limits, told: executed.write_text('{"cells": [', "utf-8")
    )
    product = worker.perform(run, "", Limits())
    assert product.outcome.error == "the executed notebook was damaged by its run (JSONDecodeError)"
    assert product.files == {}


def test_the_others_are_finished(faults: tuple[dict[str, Outcome], list[str]]) -> None:
    assert [faults[0][name].status for name in ("first", "forks", "last")] == ["ok"] * 3


@linux
def test_a_killed_template_is_started_again_and_said(tmp_path: Path) -> None:
    kill = KILL + "mark = pathlib.Path('killed')\nif not mark.exists():\n    mark.touch(); os.kill(os.getppid(), 9)"
    outcomes, notes = batch(tmp_path, {"a": kill, "b": "print(1)", "c": "print(2)", "d": "print(3)"})
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}
    assert "the template process died; another is started" in notes


def executed(run: Run, path: Path, *_: object) -> None:
    """In the place of a kernel: the notebook as it was."""
    path.write_bytes(run.notebook.read_bytes())


def test_a_finish_that_fails_is_a_failed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(draw(tmp_path, "a", "1"), "461", tmp_path)
    monkeypatch.setattr(worker, "_execute", executed)
    outcome = worker.perform(run, "json:loads", Limits()).outcome
    assert outcome.status == "failed"
    assert outcome.error.startswith("TypeError")


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is a Linux tmpfs")
def test_a_full_disk_fails_the_run_and_leaves_no_half_file(tmp_path: Path, small_disk: Path) -> None:
    products = [
        worker.Product(Outcome(run, "ok", 1.0), {run.output: b"x" * size})
        for run, size in (
            (run_of(draw(tmp_path, "large", "1"), "461", small_disk), 200_000),
            (run_of(draw(tmp_path, "small", "1"), "461", small_disk), 200),
        )
    ]
    large, fine = (put_in_place(product) for product in products)
    assert large.status == "failed"
    assert "No space left on device" in large.error
    assert fine.status == "ok"
    assert not [path for path in small_disk.rglob("*") if path.name.endswith(".part")]


def test_two_batches_on_one_study_cannot_trample_each_other(tmp_path: Path) -> None:
    said = rf"a batch in progress \(process {os.getpid()} on"
    with lock(tmp_path, "small.yaml"), pytest.raises(InputError, match=said), lock(tmp_path, "small.yaml"):
        pass
    with lock(tmp_path, "small.yaml"):
        pass


def test_a_lock_dies_with_its_owner(tmp_path: Path) -> None:
    code = (
        "import pathlib, time\nfrom kl_research.batch.lock import lock\n"
        f"with lock(pathlib.Path({str(tmp_path)!r}), 'x'):\n    print('held', flush=True); time.sleep(300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with pytest.raises(InputError, match=f"process {owner.pid}"), lock(tmp_path, "x"):
            pass
        owner.send_signal(signal.SIGKILL)
    with lock(tmp_path, "x"):
        pass


def test_a_run_is_named_by_area_and_notebook() -> None:
    assert Run(Path("adoption.ipynb"), "461", {}, Path("x")).name == "461.adoption"
