"""A disk that cannot be written, a clock that was set back, files that change under a run."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from test_run import COUNTS, contents, project, write_calls

from kl_research.batch.lock import lock
from kl_research.commands.data.kept import keep, kept_ingest
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.run import run
from kl_research.findings.site import pdf
from kl_research.terms.errors import InputError
from tests.small_runs import printing


def _mounted(folder: Path, *options: str) -> None:
    words = ["mount", "-t", "tmpfs", "-o", ",".join(("size=64k", *options)), "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a read-only disk is not allowed here")


@pytest.mark.skipif(sys.platform != "linux", reason="a read-only disk is a Linux tmpfs")
def test_findings_that_cannot_be_written_are_one_line_before_the_first_run(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    (tmp_path / "findings").mkdir()
    _mounted(tmp_path / "findings", "ro")
    try:
        words = [sys.executable, "-m", "kl_research.cli", "run", str(tmp_path / "params" / "small.yaml")]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    finally:
        subprocess.run(["umount", str(tmp_path / "findings")], check=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "findings: Read-only file system. Check room and permissions there" in done.stderr


def test_what_is_current_is_told_by_content_and_never_by_the_clock(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    study = tmp_path / "params" / "small.yaml"
    assert run(study).made == 4
    for path in tmp_path.rglob("*"):
        os.utime(path, (2**31, 2**31))  # everything is from 2038: the clock was set back since
    assert (run(study).made, run(study).current) == (0, 4)
    raw = tmp_path / "data" / "calls.csv"
    before = raw.stat()
    write_calls(tmp_path, 21)
    os.utime(raw, ns=(before.st_atime_ns, before.st_mtime_ns))  # as many bytes, the same time, another number
    assert raw.stat().st_size == before.st_size
    assert run(study).made == 4


def test_a_study_edited_during_a_run_is_not_read_half_way(tmp_path: Path) -> None:
    project(tmp_path / "calm", *COUNTS)
    with printing():  # as the command does
        run(tmp_path / "calm" / "params" / "small.yaml")
    project(tmp_path / "edited", *COUNTS)
    study = tmp_path / "edited" / "params" / "small.yaml"
    words = [sys.executable, "-m", "kl_research.cli", "run", str(study), "--workers", "1"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as command:
        assert command.stderr is not None
        next(line for line in command.stderr if line.startswith("1/3"))
        study.write_text("study: another\nout: elsewhere\n", encoding="utf-8")
        command.communicate()
    assert command.returncode == 0
    assert contents(tmp_path / "edited" / "findings") == contents(tmp_path / "calm" / "findings")


def test_what_a_killed_ingest_put_aside_is_removed_by_the_next(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    study = load_study(tmp_path / "params" / "small.yaml")
    aside = study.processed_folder / ".ingest-of-a-killed-run"
    aside.mkdir(parents=True)
    (aside / "panel.parquet").write_bytes(b"PAR1 half")
    keep(prepare(study))
    assert not [path for path in study.processed_folder.iterdir() if path.name.startswith(".ingest")]


def test_an_ingest_that_cannot_be_written_leaves_the_data_before_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, *COUNTS)
    study = load_study(tmp_path / "params" / "small.yaml")
    keep(prepare(study))
    before = contents(study.processed_folder)
    write_calls(tmp_path, 21)
    prepared = prepare(study)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "measures.parquet")

    monkeypatch.setattr("kl_research.commands.data.kept.write_receipt", full)
    with pytest.raises(OSError, match="No space left"):
        keep(prepared)
    assert contents(study.processed_folder) == before
    assert kept_ingest(study) is not None


def test_data_are_not_replaced_under_a_batch_in_progress(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    study = load_study(tmp_path / "params" / "small.yaml")
    keep(prepare(study))
    with lock(study.processed_folder, "small.yaml"):
        keep(prepare(study))  # nothing is due
        write_calls(tmp_path, 21)
        with pytest.raises(InputError, match="a batch in progress"):
            keep(prepare(study))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to the browser is Linux's")
def test_a_killed_run_leaves_no_browser(tmp_path: Path) -> None:
    browser, told = tmp_path / "browser", tmp_path / "pid"
    browser.write_text(f"#!/bin/sh\necho $$ > '{told}.new'\nmv '{told}.new' '{told}'\nexec sleep 300\n")
    browser.chmod(0o700)
    code = (
        "from pathlib import Path; from kl_research.findings.site.pdf import print_pages\n"
        f"print_pages([(Path(), Path({str(tmp_path / 'a.pdf')!r}))])"
    )
    env = {**os.environ, "KL_RESEARCH_CHROMIUM": str(browser)}
    with subprocess.Popen([sys.executable, "-c", code], env=env) as printing:
        until = time.monotonic() + 60
        while not told.exists():
            assert time.monotonic() < until, "the browser was not started"
            time.sleep(0.02)
        printing.kill()
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(told.read_text())).wait(timeout=60)


@pytest.mark.skipif(sys.platform == "win32", reason="the browser is a shell script")
def test_a_browser_that_ends_early_is_told_and_leaves_no_older_pdf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, *COUNTS)
    study = tmp_path / "params" / "small.yaml"
    monkeypatch.setattr("kl_research.findings.site.pdf._NAMES", ())
    assert run(study).unprinted == 0  # there is no browser, and nobody waits for one
    assert run(study).unprinted == 0
    older = tmp_path / "findings" / "A-simuleret.pdf"
    older.write_bytes(b"%PDF of last month")
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\nexit 1\n")
    browser.chmod(0o700)
    monkeypatch.setenv("KL_RESEARCH_CHROMIUM", str(browser))
    for _ in range(2):  # what was not printed is tried again
        again = run(study)
        assert (again.made, again.unprinted) == (0, len(COUNTS) + 1)  # each area's one page, and the meeting's
        assert not older.exists()


@pytest.mark.skipif(pdf.browser() is None, reason="no Chromium on this machine")
def test_a_browser_that_dies_while_it_prints_leaves_whole_pdfs(tmp_path: Path) -> None:
    pages = [tmp_path / f"{n}.html" for n in range(30)]
    for page in pages:
        page.write_text("<p>x" * 9000, encoding="utf-8")

    def end_it() -> None:
        while not (tmp_path / "1.pdf").exists():
            time.sleep(0.005)
        for child in psutil.Process().children():
            if any("user-data-dir" in word for word in child.cmdline()):
                child.kill()

    threading.Thread(target=end_it, daemon=True).start()
    with printing():
        made = pdf.print_pages([(page, page.with_suffix(".pdf")) for page in pages])
    assert 2 <= len(made) < len(pages)
    assert made == sorted(tmp_path.glob("*.pdf"), key=lambda file: int(file.stem))
    assert all(file.read_bytes().rstrip().endswith(b"%%EOF") for file in made)
