"""Bad input at the command line: exit code 2, one clear line, nothing written, an earlier `out` left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from kl_research.cli import ingest, main
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.table import table
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study

STUDY = """\
study: small
title: {da: "Lille", en: "Small"}
raw:
  - {path: raw.csv, layout: monthly}
events: events.yaml
out: findings
"""
EVENTS = (
    '- {id: m, kind: intervention, type: gp_meeting, municipalities: ["461"], date: "2024-06", source: "minutes"}\n'
)
RAW = "Kommune;Måned;Antal opkald\nOdense;januar 2024;7\nOdense;februar 2024;9\nEsbjerg;januar 2024;3\n"
# A made-up number: 1 January 1900, the form of a CPR number and nobody's
CPR = "010100-1234"

CASES = {
    "an unknown key": (
        "study.yaml",
        STUDY + "outcom: calls\n",
        ["study.yaml, line 7", "outcom", "Did you mean outcome"],
    ),
    "an unquoted code": (
        "events.yaml",
        EVENTS.replace('"461"', "461"),
        ["events.yaml, line 1", "461 without quotes"],
    ),
    "an unknown municipality": (
        "raw.csv",
        RAW.replace("Esbjerg", "Esbjærg"),
        ["raw.csv", "Esbjærg", "Near names: Esbjerg"],
    ),
    "a missing file": ("study.yaml", STUDY.replace("raw.csv", "gone.csv"), ["no file gone.csv"]),
    "an empty file": ("raw.csv", "", ["raw.csv", "empty"]),
    "a month nobody understands": (
        "raw.csv",
        RAW.replace("februar 2024", "13. måned"),
        ["raw.csv", "column Måned, row 3", "expected a month"],
    ),
    "a negative count": ("raw.csv", RAW.replace(";9\n", ";-9\n"), ["raw.csv", "row 3", "below 0"]),
    "one month with two values": ("raw.csv", RAW + "Odense;januar 2024;8\n", ["raw.csv", "2024-01"]),
    "an offset that is no number": (
        "study.yaml",
        STUDY + "offset: state\n",
        ["study.yaml, line 7, offset: found 'state'"],
    ),
    "channels where there are none": (
        "study.yaml",
        STUDY + "channels: [Video]\n",
        ["line 7, channels", "no channels"],
    ),
    "a title that is withheld from every page": (
        "events.yaml",
        EVENTS.replace("source", 'title: {da: "Møde med KL"}, source'),
        ["events.yaml, event 'm', title: found 'Møde med KL'", "Kommunernes Landsforening"],
    ),
    "a CPR number": ("raw.csv", RAW.replace("Esbjerg", CPR), ["raw.csv", "row 4", "CPR"]),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"study.yaml": STUDY, "events.yaml": EVENTS, "raw.csv": RAW}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "findings").mkdir()
    (tmp_path / "findings" / "index.html").write_text("yesterday's", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "case"),
    [(command, case) for command in ("run", "ingest") for case in CASES],
)
def test_bad_input_is_one_line_and_leaves_no_trace(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, case: str
) -> None:
    name, text, says = CASES[case]
    (folder / name).write_text(text, encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as stop:
        main([command, str(folder / "study.yaml")])
    assert stop.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1, told.err
    for words in says:
        assert words in told.err, told.err
    assert CPR not in told.err
    assert "Traceback" not in told.err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_same_input_without_the_mistake_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main_exit = None
    try:
        main(["ingest", str(folder / "study.yaml")])
    except SystemExit as stop:
        main_exit = stop.code
    told = capsys.readouterr()
    assert not main_exit, told.err
    assert (folder / "processed-small" / "panel.parquet").is_file()
    assert "1 file: 3 rows in, 3 kept, 0 dropped" in told.err
    assert "2024-01 to 2024-02, 98 areas" in told.err


@pytest.mark.parametrize("period", ["0000-01/2024-12", "9999"])
def test_a_table_of_years_without_data_is_refused(folder: Path, period: str) -> None:
    with pytest.raises(InputError, match="years from 1900 to 2099"):
        table(folder / "study.yaml", measure="calls", by="national", period=period)


def free(folder: Path, *rows: str) -> str:
    """A study of areas that are what the data call them: area and region; what `ingest` says of it."""
    text = STUDY.replace("events: events.yaml", "municipalities: free")
    (folder / "study.yaml").write_text(text.replace("monthly", "auto"), encoding="utf-8")
    lines = ["Kommune;Region;Måned;Antal opkald", *(f"{row};januar 2024;7" for row in rows)]
    (folder / "raw.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        ingest(folder / "study.yaml")
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "name",
    [
        "../../ESCAPED",
        "/x",
        "Nord/Syd",
        "a\\b",
        ".skjult",
        "Nord.",
        "overview",
        "Regions",
        "index.html",
        "CON",
        "nul.x",
        "å" * 130,
        "Nord: Syd",
        "50 %",
        "Nord?",
        "#1",
        "a*b",
        "a|b",
        "<b>",
        "a\x1b[31m",
        "a\u202eb",
    ],
)
def test_an_area_or_region_that_cannot_be_a_folder_is_refused_before_anything_is_written(
    folder: Path, name: str
) -> None:
    for kind, row in (("an area", f"{name};Nord"), ("a region", f"Nord;{name}")):
        told = free(folder, row)
        assert told.startswith(f"study.yaml, line 3, raw: found {kind} called '"), told
        assert told.endswith("Rename it in a copy of the export.") or f'areas_named: {{"{name}": "' in told
        assert "\n" not in told
    assert not (folder / "processed-small").exists()


def test_areas_that_differ_in_capital_letters_only_are_refused(folder: Path) -> None:
    assert "found an area called 'NORD', and one called 'Nord'" in free(folder, "Nord;A", "NORD;A")
    assert not (folder / "processed-small").exists()


def test_ordinary_names_of_areas_are_kept(folder: Path) -> None:
    names = ["Ærø", "Bath & Wells (NHS)", "St. Olav", "Bath, Swindon and Wiltshire", "L'Aquila", "Nord - Syd;", "$x`"]
    assert free(folder, *(f'"{name}";Øst' for name in names)) == ""
    assert set(prepare(Study.load(folder / "study.yaml")).areas) == set(names)


@pytest.mark.parametrize(("title", "edition"), [("Møde om KL-appen", "public"), ("Møde med KL", "internal")])
def test_a_title_that_no_page_withholds_is_read(folder: Path, title: str, edition: str) -> None:
    (folder / "events.yaml").write_text(
        EVENTS.replace("source", f'title: {{da: "{title}"}}, source'), encoding="utf-8"
    )
    assert load_study(folder / "study.yaml", edition=edition).read_events()["m"].title == {"da": title}


def test_a_browser_that_is_none_is_told_before_the_first_run(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KL_RESEARCH_CHROMIUM", str(folder / "absent"))
    with pytest.raises(SystemExit) as stop:
        main(["run", str(folder / "study.yaml")])
    assert stop.value.code == 2
    assert "KL_RESEARCH_CHROMIUM: found no program of that name; expected a Chromium." in capsys.readouterr().err
    assert not (folder / "processed-small").exists()


@pytest.mark.parametrize("half", ["2019H1", "hest"])
def test_a_half_year_without_data_is_refused_with_those_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str], half: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["run", str(folder / "study.yaml"), "--half", half])
    assert stop.value.code == 2
    assert "half" in capsys.readouterr().err
