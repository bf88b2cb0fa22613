"""The folder of findings: whose it is, and what leaves it."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from cards import write_card
from test_run import COUNTS, project, write_calls

from kl_research.commands.out_folder import ASIDE, _remove_others
from kl_research.commands.run import run
from kl_research.commands.table import table
from kl_research.terms.errors import InputError


def test_a_folder_with_somebodys_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    theirs = tmp_path / "findings" / "om-os.html"
    theirs.parent.mkdir()
    theirs.write_text("ours since 1998")
    for name in ("manifest.json", "other.json"):  # a web site has a manifest.json too
        (theirs.parent / name).write_text('{"name": "app"}')
    mode = theirs.parent.stat().st_mode
    with pytest.raises(InputError, match="a folder with other files"):
        run(tmp_path / "params" / "small.yaml")
    assert sorted(path.name for path in theirs.parent.iterdir()) == ["manifest.json", "om-os.html", "other.json"]
    assert theirs.parent.stat().st_mode == mode
    assert not (tmp_path / "data" / "processed").exists()


def test_what_the_internal_edition_wrote_leaves_the_public_folder_and_nothing_else_does(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    study, out = tmp_path / "params" / "small.yaml", tmp_path / "findings"
    run(study, edition="internal")
    inside = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    (out / ".git").mkdir()
    added = [out / "CNAME", out / "om-os.html", out / ".git" / "config.json"]
    stray = out / "A" / "gammel.ipynb"  # in a folder that is ours
    for path in [stray, *added]:
        path.write_text("theirs")
    run(study, edition="public")
    outside = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    assert any(path.suffix == ".ipynb" for path in inside)
    assert not any(path.suffix == ".ipynb" for path in outside)
    assert all(path.read_text() == "theirs" for path in added)
    assert not stray.exists()


def test_regions_of_one_or_two_municipalities_have_no_page_and_no_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, *COUNTS)
    months = [f"{year}-{m:02d}" for year in (2023, 2024) for m in range(1, 13)]
    rows = [f"{area};{month};{20 + k}" for k, area in enumerate(("461", "561", "751")) for month in months]
    raw = tmp_path / "data" / "calls.csv"
    raw.write_text("Kommune;Måned;Antal opkald\n" + "\n".join(rows) + "\n", encoding="utf-8")
    write_card(raw)
    study = tmp_path / "params" / "small.yaml"
    text = study.read_text(encoding="utf-8").replace("municipalities: free", "municipalities: denmark")
    text = text.replace("[counts]", "[]").replace("[all_areas]", "[]") + "connections: ../data/connected.csv\n"
    study.write_text(text, encoding="utf-8")
    connected = "".join(f"{code};2023-01;2023-01\n" for code in ("461", "561", "751"))
    (tmp_path / "data" / "connected.csv").write_text(f"municipality;connected_from;started_from\n{connected}")
    run(study, edition="public")
    assert "Odense" in (tmp_path / "findings" / "index.html").read_text(encoding="utf-8")
    assert not (tmp_path / "findings" / "regions").exists()
    with pytest.raises(InputError, match="regions of one or two municipalities"):
        table(study, measure="calls", by="region", period="2024-04", edition="public")
    assert "published before" not in capsys.readouterr().err
    raw.write_text(raw.read_text(encoding="utf-8") + "461;2025-01;21\n561;2025-01;22\n751;2025-01;23\n")
    write_card(raw)
    run(study, edition="public")
    assert "published before to 2024-12, now to 2025-01" in capsys.readouterr().err


def test_where_the_list_of_ours_was_lost_everything_of_our_kinds_is_ours(tmp_path: Path) -> None:
    project(tmp_path, *COUNTS)
    study, out = tmp_path / "params" / "small.yaml", tmp_path / "findings"
    run(study, edition="internal")
    left_over = out / "units.csv"  # as an earlier version may have written it
    left_over.write_text("unit;calls")
    (out / "CNAME").write_text("theirs")
    shutil.rmtree(tmp_path / "data" / "processed")
    run(study, edition="public")
    assert not left_over.exists()
    assert (out / "CNAME").exists()


def _site(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_site_that_cannot_be_finished_leaves_the_one_before_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, *COUNTS)
    study, out = tmp_path / "params" / "small.yaml", tmp_path / "findings"
    run(study)
    before = _site(out)
    write_calls(tmp_path, 25)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "results.csv")

    with monkeypatch.context() as disk:
        disk.setattr("kl_research.findings.site.publish.tables", full)
        with pytest.raises(OSError, match="No space left"):
            run(study)  # its new pages are kept, and none of them stands among the old ones
    assert _site(out) == before
    (out / ASIDE).mkdir()
    (out / ASIDE / "index.html").write_text("half")  # as a killed command leaves it
    (out / "A" / "counts.html").unlink()
    assert run(study).made == 0
    after = _site(out)
    assert after.keys() == before.keys()
    assert after["A/counts.html"] == before["A/counts.html"]
    assert after["panel.csv"] != before["panel.csv"]


@pytest.mark.parametrize("whole", [True, False])
def test_office_files_of_an_earlier_run_go_when_they_are_no_longer_written(tmp_path: Path, whole: bool) -> None:
    earlier, theirs = {"meeting.pptx", "regions/1083.pptx", "461/461.xlsx", "461/mail.txt"}, "noter.xlsx"
    for name in (*earlier, theirs):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    _remove_others(tmp_path, ["461/mail.txt"], earlier, whole=whole)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"461/mail.txt", theirs}
