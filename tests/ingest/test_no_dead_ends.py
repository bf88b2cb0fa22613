"""A refusal names the very cell, and what it advises works."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from kl_research.terms.errors import InputError
from tests.ingest.drawn_logs import Draw, counted

PIVOT = "Kommune;jan-24;{};mar-24;apr-24\nOdense;5;6;7;8\nVejle;5;6;7;8\n"


@pytest.mark.parametrize("label", ["ukendt", "?", "note", "februar-ish", "Bemærkning"])
@pytest.mark.parametrize("above", ["", "Opkald pr. måned\n\n"])
def test_the_cell_among_months_that_is_none_is_named(draw: Draw, label: str, above: str) -> None:
    row = above.count("\n") + 1
    with pytest.raises(InputError) as caught:
        draw(above + PIVOT.format(label).replace("mar-24", "x"), "pivot")
    assert caught.value.where == f"raw.csv, row {row}, column 3"
    assert label in caught.value.found


def test_a_column_of_a_pivot_can_be_left_out_with_a_reason(draw: Draw) -> None:
    text = "Kommune;Note;jan-24;ukendt;mar-24\nOdense;x;5;;7\nVejle;;5;y;7\n"
    layouts = {"p": 'layout: pivot\nleave_out: {ukendt: "remarks of the supplier"}\n'}
    ingested = draw(text, "p", layouts=layouts)
    assert counted(ingested, "461") == {"2024-01": 5, "2024-02": "missing", "2024-03": 7}
    decisions = ingested.quality["files"][0]["decisions"]
    wanted = {"what": "left_out", "decided": "remarks of the supplier", "why": "declared", "column": "ukendt"}
    assert wanted in decisions


REASON = 'leave_out: {Bemærkning: "case numbers; looked through on 1 June"}\n'


@pytest.mark.parametrize(
    "number", ["0101901234", "010190-1234", "sag 010190 1234", "101901234", "0101901234; 0202901234"]
)
@pytest.mark.parametrize("kind", ["calls", "monthly", "workbook"])
def test_a_free_text_with_a_false_alarm_can_be_left_out(draw: Draw, number: str, kind: str) -> None:
    grain = "monthly" if kind == "monthly" else "calls"
    first = "2024-01" if kind == "monthly" else "2024-01-10 10:00:00"
    columns = {"Kommune": "Odense", "Måned" if kind == "monthly" else "Starttid": first, "Bemærkning": number}
    frame = pd.DataFrame([columns | ({"Antal opkald": 1} if kind == "monthly" else {})])
    out = io.BytesIO()
    if kind == "workbook":
        frame.to_excel(out, index=False)
    else:
        frame.to_csv(out, index=False, sep=";")
    name = "raw.xlsx" if kind == "workbook" else "raw.csv"
    with pytest.raises(InputError, match="what may be a CPR number"):
        draw({name: out.getvalue()})
    ingested = draw({name: out.getvalue()}, "l", layouts={"l": f"layout: {grain}\n{REASON}"})
    assert counted(ingested, "461") == {"2024-01": 1}
    assert "0101901234" not in str(ingested.quality)


def test_a_column_to_leave_out_that_the_file_lacks_is_refused(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2024-01;7\n"
    with pytest.raises(InputError, match=r"no header 'Bemærkning', which the layout l gives for leave_out"):
        draw(text, "l", layouts={"l": f"layout: monthly\n{REASON}"})


def test_of_two_columns_that_mean_the_same_one_can_be_left_out(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald;Antal opkald\nOdense;2024-01;7;9\n"
    with pytest.raises(InputError, match="two columns that mean calls"):
        draw(text)
