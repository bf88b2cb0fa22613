"""The figures people really have: one municipality's 51 numbers, in whatever they were sent."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kl_research.commands.new import Meant, new_study
from kl_research.commands.status import would_run
from kl_research.intake import Ingested, ingest
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study
from tests.ingest.conftest import Draw
from tests.ingest.drawn_logs import counted

NAMES = ["januar", "februar", "marts", "april", "maj", "juni", "juli"]
NAMES += ["august", "september", "oktober", "november", "december"]
MONTHS = [f"{month:%Y-%m}" for month in pd.date_range("2020-12", "2025-02", freq="MS")]
CALLS = {month: 1 + i % 5 for i, month in enumerate(MONTHS)}


def in_words(month: str) -> str:
    return f"{NAMES[int(month[5:]) - 1]} {month[:4]}"


def drawn(draw: Draw, raw: str | bytes, name: str = "tal.txt", **more: Any) -> Ingested:
    return draw({name: raw}, keys='municipalities: "561"', **more)


def mail(between: str, header: str = "Måned{}Antal opkald") -> str:
    lines = "\n".join(f"{in_words(month)}{between}{calls}" for month, calls in CALLS.items())
    greeting, signature = "Hej Lise\n\nHer er tallene for Esbjerg:\n\n", "\n\nVenlig hilsen\nTlf. 76 16 16 16\n"
    return f"{greeting}{header.format(between)}\n{lines}{signature}"


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


def block() -> str:
    years = sorted({month[:4] for month in MONTHS})
    rows = [[year, *(str(CALLS.get(f"{year}-{m:02d}", "")) for m in range(1, 13))] for year in years]
    sums = [str(sum(int(cell) for cell in row[1:] if cell)) for row in rows]
    lines = [";".join([*row, total]) for row, total in zip(rows, sums, strict=True)]
    return "Opkald i Esbjerg\n\nÅr;" + ";".join(NAMES) + ";I alt\n" + "\n".join(lines) + "\n"


def turned_block() -> str:
    years = sorted({month[:4] for month in MONTHS})
    rows = [[name, *(str(CALLS.get(f"{y}-{m:02d}", "")) for y in years)] for m, name in enumerate(NAMES, start=1)]
    return "Måned;" + ";".join(years) + "\n" + "\n".join(map(";".join, rows)) + "\n"


def across() -> str:
    counts = [str(n) for n in CALLS.values()]
    return f";{';'.join(MONTHS)};I alt\nAntal opkald;{';'.join(counts)};{sum(CALLS.values())}\nKilde: MedCom\n"


FORMS: dict[str, Callable[[], str]] = {
    "tabs": lambda: mail("\t"),
    "semicolons": lambda: mail(";"),
    "wide spaces": lambda: mail("     "),
    "single spaces": lambda: mail(" "),
    "colons": lambda: mail(": ", "Måned Antal opkald"),
    "quoted in a reply": lambda: quoted(mail("   ")),
    "with a total": lambda: mail(";").replace("\n\nVenlig", f"\nI alt;{sum(CALLS.values())}\n\nVenlig"),
    "months across": across,
    "years down": block,
    "years across": turned_block,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_pasted_table_is_read_as_it_stands(draw: Draw, form: str) -> None:
    assert counted(drawn(draw, FORMS[form]()), "561") == CALLS


def test_only_the_one_municipality_is_in_the_panel(draw: Draw) -> None:
    found = drawn(
        draw, mail(";"), connections="municipality;connected_from;started_from\n561;2020-12;\n461;2020-12;\n"
    )
    assert set(found.panel["municipality"]) == {"561"}
    assert not found.quality["notes"]


@pytest.mark.parametrize("named", ["Esbjerg", "561", "0561"])
def test_a_column_that_names_the_municipality_is_read_as_usual(draw: Draw, named: str) -> None:
    found = drawn(draw, f"Kommune;Måned;Antal opkald\n{named};2024-01;3\n")
    assert counted(found, "561") == {"2024-01": 3}


def test_rows_of_another_municipality_are_refused(draw: Draw) -> None:
    with pytest.raises(InputError, match="rows of 461"):
        drawn(draw, "Kommune;Måned;Antal opkald\nEsbjerg;2024-01;3\nOdense;2024-01;3\n")


def test_a_log_of_one_municipality_needs_no_column_that_says_so(draw: Draw) -> None:
    log = "Starttid;Varighed;Enhed;Status\n" + "".join(f"2024-0{m}-05 10:00;00:05:00;A;Gennemført\n" for m in (1, 2))
    assert counted(drawn(draw, log), "561") == {"2024-01": 1, "2024-02": 1}


def test_units_down_and_months_across_are_added_up(draw: Draw) -> None:
    found = drawn(draw, "Plejecenter;jan-24;feb-24\nSolgården;3;4\nEngen;5;0\nI alt;8;4\n")
    assert counted(found, "561") == {"2024-01": 8, "2024-02": 4}
    assert found.panel["active_units"].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (mail(";").replace("\n\nVenlig", "\nI alt;9999\n\nVenlig"), "a total of 9999"),
        (block().replace(";I alt\n", ";I alt\n", 1).replace("2021;", "2021;9", 1), "a total of"),
        (across().replace("Antal opkald", "Antal opkald (ÅTD)"), "year to date"),
        (mail(";").replace("Antal opkald", "Antal opkald, akkumuleret"), "accumulated"),
        ("År;januar;februar;marts\n2023;1;2;3 %\n2024;4;5;6\n", "per cent"),
        ("Måned;Antal opkald\njanuar;3\nfebruar;4\n", "months without a year"),
    ],
)
def test_what_can_be_misread_is_refused(draw: Draw, text: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        drawn(draw, text)
    assert found in f"{caught.value.found} {caught.value.where}"


def test_a_cpr_number_outside_a_turned_table_is_found(draw: Draw) -> None:
    with pytest.raises(InputError, match="CPR"):
        drawn(draw, across() + "\n;;;Ring til 010190-1234\n")


@pytest.mark.parametrize("written", ["Esbjerg", "999", "demark"])
def test_what_is_no_register_and_no_code_is_refused(draw: Draw, written: str) -> None:
    with pytest.raises(InputError, match="no register and no code"):
        draw("x", keys=f'municipalities: "{written}"')


def workbook() -> bytes:
    out = io.BytesIO()
    rows = [["Kontakt Læge-appen, Esbjerg", None], [None, None], ["Måned", "Antal opkald"]]
    rows += [[dt.date(int(m[:4]), int(m[5:]), 1), n] for m, n in CALLS.items()]  # type: ignore[list-item]
    pd.DataFrame(rows).to_excel(out, index=False, header=False)
    return out.getvalue()


def presentation(series: str = "Antal opkald") -> bytes:
    pptx = pytest.importorskip("pptx", reason="python-pptx is part of the extra `office`")
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    data = CategoryChartData(number_format="0")
    data.categories = [dt.date(int(month[:4]), int(month[5:]), 1) for month in MONTHS]
    data.add_series(series, list(CALLS.values()))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 5_000_000, 3_000_000, data)
    table = slide.shapes.add_table(2, 2, 0, 0, 100_000, 100_000).table
    for i, row in enumerate((("Enhed", "Andel"), ("Solgården", "60 %"))):
        for k, words in enumerate(row):
            table.cell(i, k).text = words
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "make"),
    [("tal.xlsx", workbook), ("mail.txt", lambda: mail("    ").encode()), ("deck.pptx", presentation)],
)
def test_new_writes_a_study_of_its_own_pages_alone(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    export, file = tmp_path / name, tmp_path / "study.yaml"
    export.write_bytes(make())
    with pytest.raises(InputError, match="--municipality 461"):
        new_study(file, export)
    assert [path for path in tmp_path.iterdir() if path != export and path.name != "config"] == []
    new_study(file, export, Meant("Esbjerg"))
    study = Study.load(file)
    assert (study.alone, study.disclosure.edition) == ("561", "internal")
    assert counted(ingest(study), "561") == CALLS
    assert [run.label for run in would_run(file, only=[], region=None, fresh=False, language=None, edition=None)] == [
        f"Esbjerg (561), {notebook}" for notebook in study.notebooks
    ]


def test_a_series_that_does_not_say_what_it_counts_is_a_guess_to_confirm(tmp_path: Path) -> None:
    (tmp_path / "deck.pptx").write_bytes(presentation("Serie1"))
    new_study(tmp_path / "study.yaml", tmp_path / "deck.pptx", Meant("561", "slide 1, chart 1"))
    assert 'calls: "Serie1"  # guess' in (tmp_path / "layouts" / "study.yaml").read_text(encoding="utf-8")
    assert counted(ingest(Study.load(tmp_path / "study.yaml")), "561") == CALLS


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "deck.pptx").write_bytes(presentation())
    with pytest.raises(InputError, match="slide 1, chart 1, slide 1, table 1"):
        new_study(tmp_path / "study.yaml", tmp_path / "deck.pptx", Meant("561", "slide 9"))
