"""`kl-research new`: what it writes loads, whatever its name, and repeats no number of a person or provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from kl_research import InputError, Study
from kl_research.commands.new import guessed_in, new_study
from kl_research.commands.plan_file import Plan
from kl_research.intake import ingest
from kl_research.terms.yaml_model import read_model

STEMS = [
    "null",
    "true",
    "on",
    "2024",
    "0147",
    "2024-01-01",
    "1_0",
    "1e3",
    "0189",
    "calls2",
    "a" * 90,
    "a" * 59 + "-b",
    "Østjylland 2",
]


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("header", ["Kommune;Måned;Antal opkald", "sted;Måned;bip"])
def test_a_study_of_any_name_loads(tmp_path: Path, stem: str, header: str) -> None:
    export = tmp_path / "export.csv"
    export.write_text(f"{header}\nOdense;2024-01;7\n", encoding="utf-8")
    study = Study.load(new_study(tmp_path / f"{stem}.yaml", export)[0])
    assert (len(study.study) <= 60, study.raw_files()[0][0]) == (True, export)


@pytest.mark.parametrize("number", ["010190-1234", "0101901234", "010190.1234", "Noter 0101 901234"])
def test_a_number_in_a_header_or_a_name_stops_it(tmp_path: Path, number: str) -> None:
    table = "Kommune;Måned;Antal opkald;{}\nOdense;2024-01;7;x\n"
    (tmp_path / "raw.csv").write_text(table.format(number), encoding="utf-8")
    (tmp_path / f"{number}.csv").write_text(table.format("Note"), encoding="utf-8")
    for study, export in (("s", "raw"), ("s", number), (number, "raw")):
        with pytest.raises(InputError, match="what may be a CPR number") as caught:
            new_study(tmp_path / f"{study}.yaml", tmp_path / f"{export}.csv")
        assert "1234" not in str(caught.value)
    assert not list(tmp_path.rglob("*.yaml"))


@pytest.mark.parametrize("header", ["Kommune;Måned;Antal opkald", "sted;Måned;bip"])
def test_a_provider_number_in_a_header_is_not_repeated(tmp_path: Path, header: str) -> None:
    (tmp_path / "raw.csv").write_text(f"{header};Læge 087654\nOdense;2024-01;7;x\n", encoding="utf-8")
    written = [file.read_text(encoding="utf-8") for file in new_study(tmp_path / "s.yaml", tmp_path / "raw.csv")]
    assert "87654" not in "".join(written)
    assert "(number withheld)" in "".join(written)


@pytest.mark.parametrize(
    ("stem", "name"),
    [("Østjylland 2", "oestjylland-2"), ("Ærø", "aeroe"), ("ÅRHUS", "aarhus"), ("Køge_2024", "koege_2024"),
     ("Møn & Falster", "moen-falster")],
)  # fmt: skip
def test_danish_letters_are_kept_in_names(tmp_path: Path, stem: str, name: str) -> None:
    files = new_study(tmp_path / f"{stem}.yaml")
    assert [file.name for file in files[1:]] == [f"{name}.yaml"] * 2
    assert Study.load(files[0]).study == name


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("sted;aar;maned;ting", ["Odense;2024;2024-01;7", "Vejle;2024;2024-02;5", "Aarhus;2025;2025-01;9"]),
        ("sted;raekke;maned;ting", ["Odense;1;2024-01;7", "Vejle;2;2024-01;5", "Aarhus;3;2024-01;9"]),
        ("sted;omraade;maned;ting", ["Odense;461;2024-01;7", "Vejle;630;2024-01;5", "Aarhus;751;2024-01;9"]),
        ("sted;sagen;maned;ting", ["Odense;48213;2024-01;7", "Vejle;51877;2024-01;5", "Aarhus;60021;2024-01;9"]),
        ("sted;sags-id;maned;ting", ["Odense;48;2024-01;7", "Vejle;9;2024-01;5", "Aarhus;60;2024-01;9"]),
        ("sted;Postnr;maned;ting", ["Odense;5000;2024-01;7", "Vejle;7100;2024-01;5", "Aarhus;8000;2024-01;9"]),
    ],
)
def test_a_year_an_id_or_a_code_is_never_the_count(tmp_path: Path, header: str, cells: list[str]) -> None:
    export = tmp_path / "export.csv"
    export.write_text("\n".join([header, *cells]) + "\n", encoding="utf-8")
    study = new_study(tmp_path / "s.yaml", export)[0]
    panel = ingest(Study.load(study)).panel
    assert panel["calls"].sum() == 7 + 5 + 9


@pytest.mark.parametrize("date", ["Dato", "modtaget", "Date", "Indberettet den", "Tid"])
def test_one_row_a_report_is_recognised(tmp_path: Path, date: str) -> None:
    rows = [f"{day:02d}-01-2024;{area};tekst" for day in (5, 5, 17, 28) for area in ("Odense", "Vejle")]
    export = tmp_path / "export.csv"
    export.write_text(f"{date};Kommune;Hvad\n" + "\n".join(rows) + "\n", encoding="utf-8")
    panel = ingest(Study.load(new_study(tmp_path / "s.yaml", export)[0])).panel
    assert panel.groupby("municipality")["calls"].sum()[["461", "630"]].tolist() == [4, 4]


def write_export(folder: Path, header: str, row: str) -> Path:
    export = folder / "export.csv"
    export.write_text(f"{header}\n{row}\n{row.replace('Odense', 'Vejle')}\n", encoding="utf-8")
    return export


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("sted;Måned;bip", "Odense;2024-01;7"),
        ("Kommune;Måned;Antal opkald", "Odense;2024-01;7"),
        ("Kommune;jan-24;feb-24;mar-24;maj-24", "Odense;5;6;7;8"),
        ("sted;jan-24;feb-24;mar-24;maj-24", "Odense;5;6;7;8"),
        ("Starttid;Kommune;Enhed", "2024-01-05 10:00;Odense;A"),
        ("hvornaar;hvor", "2024-01-05 10:00;Odense"),
    ],
)
def test_what_it_writes_is_accepted(tmp_path: Path, header: str, row: str) -> None:
    study = new_study(tmp_path / "s.yaml", write_export(tmp_path, header, row))[0]
    assert ingest(Study.load(study)).panel["calls"].sum() > 0


@pytest.mark.parametrize("odd", ["ukendt", "?", "Note", "alt andet", "februar-ish"])
def test_where_it_would_be_refused_it_names_the_cell_and_writes_nothing(tmp_path: Path, odd: str) -> None:
    export = write_export(tmp_path, f"Kommune;jan-24;feb-24;{odd};maj-24", "Odense;5;6;7;8")
    with pytest.raises(InputError, match=r"export\.csv, row 1, column 4: found"):
        new_study(tmp_path / "s.yaml", export)
    assert not list(tmp_path.rglob("*.yaml"))


def test_the_plan_it_writes_is_a_plan(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text("Kommune;Måned;Antal opkald\nOdense;2024-01;7\n", encoding="utf-8")
    *_, plan = new_study(tmp_path / "s.yaml", tmp_path / "export.csv")
    found, _ = read_model(plan, Plan, "a plan", "write one")
    assert (found.plan, found.study, found.start) == ("coming-poster", "../s.yaml", "2099-01")


@pytest.mark.parametrize(
    ("header", "guessed"), [("Kommune;Opgjort pr.;Antal opkald", "month"), ("Sted;Måned;Tal", "municipality, calls")]
)
def test_what_is_guessed_is_told(tmp_path: Path, header: str, guessed: str) -> None:
    export = tmp_path / "export.csv"
    export.write_text(
        header + "\n" + "".join(f"Odense;2024-{n:02d};{n % 4}\n" for n in range(1, 9)), encoding="utf-8"
    )
    layout = new_study(tmp_path / "study.yaml", export)[2]
    assert ", ".join(guessed_in(layout)) == guessed
