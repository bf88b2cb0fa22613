"""From a study file to a folder of pages, with notebooks drawn here: what is run, kept, replaced, published."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import psutil
import pytest
from batch.drawn_notebooks import draw
from cards import write_card

from kl_research.batch import Run, state
from kl_research.cli import main
from kl_research.commands.data.chosen import choose
from kl_research.commands.data.kept import Prepared
from kl_research.commands.data.prepare import ingest_key
from kl_research.commands.run import failure_line, run
from kl_research.commands.status import status
from kl_research.findings.html.recording import MIME
from kl_research.findings.site.finish import collect
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study
from tests.small_runs import printing

STUDY = """\
study: small
title: {da: "Lille", en: "Small"}
simulated: true
raw:
  - {path: ../data/calls.csv, layout: monthly}
municipalities: free
notebooks: [counts]
overview: [all_areas]
disclosure: {edition: internal, mask_below: 5}
processed: ../data/processed
out: ../findings
"""
COUNTS = (
    "import kl_research as kl\nstudy = kl.Study.load(study_file)\npanel = kl.read_panel(study.processed_folder)",
    "own = panel[panel['municipality'] == municipality]\nshare = 100 / (int(own['calls'].sum()) - 7)",
    "kl.record(sentences=[f'{share} %'])",
)
OVERVIEW = (
    "import kl_research as kl\nstudy = kl.Study.load(study_file)\nrecords = kl.read_records(study.processed_folder)",
    "print(len(records))\nkl.record(sentences=[f'{len(records)} areas'])",
)


def write_calls(root: Path, b: int = 20) -> None:
    months = [f"2024-{m:02d}" for m in range(1, 13)]
    rows = [f"{area};{month};{n}" for area, n in (("A", 10), ("B", b), ("C", 30)) for month in months]
    (root / "data").mkdir(exist_ok=True)
    (root / "data" / "calls.csv").write_text(
        "Kommune;Måned;Antal opkald\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    write_card(root / "data" / "calls.csv")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of three areas, run once."""
    root = tmp_path_factory.mktemp("project")
    project(root, *COUNTS)
    return root


@pytest.fixture
def ran(root: Path) -> Path:
    """The project with everything current, whatever the tests before left."""
    run(root / "params" / "small.yaml")
    return root


def project(root: Path, *counts: str) -> None:
    root.mkdir(exist_ok=True)
    write_calls(root)
    (root / "params").mkdir()
    (root / "params" / "small.yaml").write_text(STUDY, encoding="utf-8")
    (root / "notebooks").mkdir()
    draw(root / "notebooks", "counts", *counts, parameters='study_file = "small.yaml"\nmunicipality = "A"')
    draw(root / "notebooks", "all_areas", *OVERVIEW, parameters='study_file = "small.yaml"')


def entries(root: Path) -> dict[str, dict[str, object]]:
    manifest = json.loads((root / "findings" / "manifest.json").read_text(encoding="utf-8"))
    return {f"{run['area']}.{run['notebook']}": run for run in manifest["runs"]}


def test_every_area_has_its_page_and_the_overview_read_their_records(root: Path) -> None:
    report = run(root / "params" / "small.yaml")
    assert (report.made, report.failures, report.index.is_file()) == (4, [], True)
    assert set(entries(root)) == {"A.counts", "B.counts", "C.counts", "overview.all_areas"}
    assert {entry["status"] for entry in entries(root).values()} == {"ok"}
    for entry in entries(root).values():
        assert (root / "findings" / str(entry["html"])).is_file()
    executed = json.loads((root / "findings" / "overview" / "all_areas.ipynb").read_text(encoding="utf-8"))
    assert executed["cells"][-1]["outputs"][0]["text"] == ["3\n"]


def test_a_command_with_nothing_to_do_never_loads_pandas(ran: Path) -> None:
    study = ran / "params" / "small.yaml"
    with printing():  # as the command does
        run(study)
    code = f"import sys, pathlib; from kl_research.commands.run import run; done = run(pathlib.Path({str(study)!r}))"
    said = [sys.executable, "-c", f"{code}; print(done.made, done.current, 'pandas' in sys.modules)"]
    assert subprocess.run(said, capture_output=True, text=True, check=True).stdout == "0 4 False\n"


def test_nothing_is_run_again_when_nothing_changed(ran: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (ran / "findings").rglob("*")}
    report = run(ran / "params" / "small.yaml")
    assert (report.made, report.current) == (0, 4)
    assert before == {path: path.stat().st_mtime_ns for path in (ran / "findings").rglob("*")}
    assert status(ran / "params" / "small.yaml")[2].startswith("up to date: 4")


def test_an_area_may_have_a_full_stop_in_its_name_and_a_sign_of_the_shell(tmp_path: Path) -> None:
    state.save(tmp_path, "St. Olav.adoption", {}, {"headline": "x"})
    assert state.read_records(tmp_path) == [{"headline": "x", "area": "St. Olav", "notebook": "adoption"}]
    made = Run(Path("adoption.ipynb"), "A & B", {}, tmp_path, {"area_name": "A & B"})
    study = tmp_path / "small.yaml"
    study.write_text(STUDY, encoding="utf-8")
    assert failure_line(made, "cell 1", Study.load(study)).endswith("--only 'A & B'")


def test_only_replaces_the_areas_named_and_keeps_the_others(ran: Path) -> None:
    report = run(ran / "params" / "small.yaml", only=["B"], fresh=True)
    assert report.made == 2  # B and the overview
    assert len(entries(ran)) == 4


def test_a_killed_batch_is_resumed_where_it_was_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS, "import time; time.sleep(0.5)")
    study = tmp_path / "params" / "small.yaml"
    words = [sys.executable, "-m", "kl_research.cli", "run", str(study), "--workers", "1"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as command:
        assert command.stderr is not None
        first = next(line for line in command.stderr if line.startswith("1/3"))
        started = psutil.Process(command.pid).children(recursive=True)
        command.kill()
    assert psutil.wait_procs(started, timeout=30)[1] == []  # no orphans
    left = Path(tempfile.gettempdir()).glob(f"kl-{command.pid}-*")
    assert ": ok, " in first
    assert not list((tmp_path / "findings").iterdir())  # a page goes there with the whole site
    assert status(study)[2].startswith("up to date: 1")
    report = run(study)
    assert (report.made, report.current, report.failures) == (3, 1, [])  # two areas and the overview
    assert not any(folder.exists() for folder in left)
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part")]
    resumed = contents(tmp_path / "findings")
    run(study, fresh=True)
    assert contents(tmp_path / "findings") == resumed


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the manifest, which tells how long runs took."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_record_that_is_none_is_refused_with_its_cell() -> None:
    output = nbformat.v4.new_output("display_data", {MIME: {"effects": "none"}})
    cells = [nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("x", outputs=[output])]
    with pytest.raises(ValueError, match="cell 2 recorded something"):
        collect(nbformat.v4.new_notebook(cells=cells))


def test_an_area_given_by_name_is_told_its_code(root: Path) -> None:
    areas = Prepared(Study.load(root / "params" / "small.yaml"), {}, {"461": "Odense"}, {}, None)
    with pytest.raises(InputError, match="Odense is 461"):
        choose(areas, ["odense kommune"], None)


def test_every_file_that_ingest_reads_is_in_its_key(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    sides = {"connections": "a.csv", "denominators": "b.csv", "corrections": "c.yaml", "clinics": "d.csv"}
    study = Study.load(tmp_path / "params" / "small.yaml").with_changes(**sides)
    (tmp_path / "params" / "layouts").mkdir()
    before = ingest_key(study)
    for name in (*sides.values(), "layouts/own.yaml"):
        (tmp_path / "params" / name).write_text("changed", encoding="utf-8")
        after = ingest_key(study)
        assert after["files beside them"] != before["files beside them"], name
        before = after


def test_an_area_that_is_not_in_the_data_is_refused(root: Path) -> None:
    with pytest.raises(InputError, match="found 'D'"):
        run(root / "params" / "small.yaml", only=["D"])


def test_a_changed_number_makes_every_page_stale_since_areas_are_compared(ran: Path) -> None:
    write_calls(ran, b=25)
    lines = status(ran / "params" / "small.yaml")
    assert lines[1].startswith("data: to be ingested again (raw files changed)")
    assert run(ran / "params" / "small.yaml").made == 4


def test_only_pages_that_changed_are_printed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def copies(pages: list[tuple[Path, Path]]) -> list[Path]:
        for page, to in pages:
            to.write_bytes(page.read_bytes())
        asked.extend(to.name for _, to in pages)
        return [to for _, to in pages]

    def pdfs() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (tmp_path / "findings").glob("*.pdf")}

    asked: list[str] = []
    monkeypatch.setattr("kl_research.findings.site.pdf.print_pages", copies)
    project(tmp_path, *COUNTS)
    study = tmp_path / "params" / "small.yaml"
    run(study)
    first = pdfs()
    assert sorted(asked) == sorted(first)
    asked.clear()
    write_calls(tmp_path, 21)
    run(study)
    assert sorted(asked) == sorted(name for name, content in pdfs().items() if content != first[name])
    assert 0 < len(asked) < len(first)
    pages = [file.read_bytes() for file in (tmp_path / "findings").rglob("*.html")]
    assert all(content in pages for content in pdfs().values())


def test_a_changed_cell_makes_its_notebook_stale_and_status_says_so(ran: Path) -> None:
    draw(
        ran / "notebooks",
        "counts",
        *COUNTS[:2],
        "kl.record(sentences=['other'])",
        parameters='study_file = "small.yaml"\nmunicipality = "A"',
    )
    assert any("stale: the notebook changed: 3" in line for line in status(ran / "params" / "small.yaml"))
    assert run(ran / "params" / "small.yaml").made == 4  # the overview reads the new records


def make_b_fail(root: Path) -> None:
    rows = (root / "data" / "calls.csv").read_text(encoding="utf-8").splitlines()
    rows = [row for row in rows if not row.startswith("B")] + ["B;2024-01;7"]  # 100 / (7 - 7)
    (root / "data" / "calls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write_card(root / "data" / "calls.csv")


def test_a_failing_run_is_one_line_its_page_is_taken_away_and_the_rest_is_published(root: Path) -> None:
    make_b_fail(root)
    report = run(root / "params" / "small.yaml")
    (line,) = report.failures
    assert line.startswith("B (B), counts: cell 4, line 2 `share = 100 / (int(own['calls'].sum()) - 7)`: Zero")
    assert line.endswith("small.yaml --only B")
    assert entries(root)["B.counts"]["status"] == "failed"
    assert not (root / "findings" / "B" / "counts.html").exists()
    assert (root / "findings" / "A" / "counts.html").is_file()
    assert any(line.startswith("failed: B (B), counts") for line in status(root / "params" / "small.yaml"))


def test_the_public_edition_publishes_no_notebook_and_no_message(root: Path) -> None:
    # by its name: published counts are perturbed, so none of them is sure to be 7
    words = 'study_file = "small.yaml"\nmunicipality = "A"'
    share = COUNTS[1].replace("(int(own['calls'].sum()) - 7)", "(municipality != 'B')")
    draw(root / "notebooks", "counts", COUNTS[0], share, COUNTS[2], parameters=words)
    run(root / "params" / "small.yaml", edition="public")
    assert not list((root / "findings").rglob("*.ipynb"))
    assert entries(root)["B.counts"]["error"] == "cell 4, line 2"
    assert not [path for path in (root / "findings").rglob("*") if path.name.startswith(".")]
    draw(root / "notebooks", "counts", *COUNTS, parameters=words)


def test_another_language_is_another_page(root: Path) -> None:
    run(root / "params" / "small.yaml", language="en")
    assert 'lang="en"' in (root / "findings" / "A" / "counts.html").read_text(encoding="utf-8")[:400]


def test_a_refused_study_leaves_everything_as_it_was(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    draw(root / "notebooks", "misspelt", "1", parameters='study_file = "small.yaml"\nmunicipalty = "A"')
    refused = root / "params" / "refused.yaml"
    refused.write_text(STUDY.replace("[counts]", "[misspelt]"), encoding="utf-8")
    with pytest.raises(InputError, match="no parameter 'municipality'"):
        run(refused)
    refused.unlink()
    (root / "notebooks" / "misspelt.ipynb").unlink()
    after = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert {p: t for p, t in after.items() if p.is_file()} == {p: t for p, t in before.items() if p.is_file()}


def test_two_jobs_at_once_into_one_folder_end_in_one_whole_site(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS, "import time; time.sleep(1)")
    words = [
        sys.executable,
        "-m",
        "kl_research.cli",
        "run",
        str(tmp_path / "params" / "small.yaml"),
        "--workers",
        "1",
    ]
    jobs = [subprocess.Popen([*words, "--only", area], stderr=subprocess.PIPE, text=True) for area in "ABC"]
    said = [job.communicate(timeout=300)[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0, 0], said
    assert set(entries(tmp_path)) == {"A.counts", "B.counts", "C.counts", "overview.all_areas"}
    assert {entry["status"] for entry in entries(tmp_path).values()} == {"ok"}
    index = (tmp_path / "findings" / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{area}/' in index for area in "ABC")
    executed = json.loads((tmp_path / "findings" / "overview" / "all_areas.ipynb").read_text(encoding="utf-8"))
    assert executed["cells"][-1]["outputs"][0]["text"] == ["3\n"]  # the overview read the records of all three


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm_say_how_to_go_on_and_the_next_run_does(tmp_path: Path, number: int, code: int) -> None:
    project(tmp_path, *COUNTS, "import time; time.sleep(0.5)")
    words = [
        sys.executable,
        "-m",
        "kl_research.cli",
        "run",
        str(tmp_path / "params" / "small.yaml"),
        "--workers",
        "1",
    ]
    # What runs in the background of a shell has Ctrl-C ignored, and so would its children.
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as command:
        assert command.stderr is not None
        next(line for line in command.stderr if line.startswith("1/3"))
        started = psutil.Process(command.pid).children(recursive=True)
        command.send_signal(number)
        said = command.stderr.read()
    assert command.returncode == code
    assert psutil.wait_procs(started, timeout=30)[1] == []
    assert "the pages made so far are kept" in said
    assert f"kl-research run {tmp_path / 'params' / 'small.yaml'} --workers 1" in said
    assert "Traceback" not in said
    assert state.entries(tmp_path / "data" / "processed")


def test_a_dry_run_says_what_would_be_made_and_why_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, *COUNTS)
    with pytest.raises(SystemExit) as stop:
        main(["run", str(tmp_path / "params" / "small.yaml"), "--only", "A", "--dry-run"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == (
        "A (A), counts: not run\noverview, all_areas: not run\n2 to run, 0 up to date\n"
    )
    assert not (tmp_path / "findings").exists()
    assert not (tmp_path / "data" / "processed").exists()


def test_quiet_says_the_page_alone_and_made_does_not_count_failures(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_calls(root, b=0)  # 100 / (0 - 7) is a number; 7 calls are none
    report = run(root / "params" / "small.yaml", quiet=True)
    assert capfd.readouterr().err == ""
    assert report.made == 4
    (root / "data" / "calls.csv").write_text(
        "Kommune;Måned;Antal opkald\n" + "".join(f"{area};2024-01;7\n" for area in "ABC"), encoding="utf-8"
    )
    write_card(root / "data" / "calls.csv")
    failed = run(root / "params" / "small.yaml", quiet=True)
    assert (failed.made, len(failed.failures)) == (1, 3)  # the overview alone was made
    assert min(failed.failures).endswith("--only A")  # sorted: they come in as they end
    write_calls(root)


def test_the_line_that_repeats_a_failure_keeps_the_scheduler(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(STUDY, encoding="utf-8")
    made = Run(Path("adoption.ipynb"), "A", {}, tmp_path, {"area_name": "A"})
    line = failure_line(made, "cell 1", Study.load(tmp_path / "small.yaml"), "tcp://host:8786")
    assert line.endswith("--only A --scheduler tcp://host:8786")
