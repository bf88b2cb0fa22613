"""The receipt: what one minute's look must be able to find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kl_research.commands.data.kept import RECEIPT, keep, receipt_of
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.findings.pages.receipt import receipt_lines, receipt_page
from kl_research.findings.words.reader import Reader
from kl_research.intake import Ingested

Draw = Callable[..., Ingested]
TABLE = """Kommune;Måned;Antal opkald;Bemærkning
Odense;2024-01;7;
Odense;2024-02;9;
Odense;2024-04;900;
Vejle;2024-01;3;
Vejle;2024-02;4;
Testkommune;2024-01;1;
I alt;2024-01;10;
"""
LOOSE = "layout: monthly\ncheck_totals: false\n"


def lines(found: Ingested) -> str:
    """The receipt as in a terminal, with one space between two cells."""
    return " ".join(" ".join(receipt_lines(found.quality, found.panel, Reader("en"))).split())


SAID = [
    "raw.csv a row for each month 7 5 923 January 2024 April 2024 2",  # as what, how much, when
    "Antal opkald number of calls",
    "Not used: Bemærkning.",
    "left out test rows 1",
    "Sums that agree with their parts: 1.",
    "Months without a single call anywhere: March 2024.",
    "2024 10 13 - 900 -",
    "Odense 916 January 2024 April 2024 1",
    "Municipalities without numbers, not listed: 96.",
    "Odense April 2024 900 9",
]


def test_the_receipt_says_what_one_looks_for(draw: Draw) -> None:
    text = lines(draw(TABLE))
    assert [said for said in SAID if said not in text] == []


def test_a_sum_of_the_file_that_differs_is_shown_where_a_layout_lets_it_pass(draw: Draw) -> None:
    text = lines(draw(TABLE.replace("I alt;2024-01;10", "I alt;2024-01;12"), "l", layouts={"l": LOOSE}))
    assert "Sums that agree with their parts: 0. Sums that do not: 1." in text
    assert "raw.csv row 8, 2024-01 12 11 1" in text


def test_long_tables_are_cut_in_the_terminal_and_whole_on_the_page(draw: Draw) -> None:
    from kl_research.terms.municipalities import codes, name

    found = draw(
        "Kommune;Måned;Antal opkald\n" + "".join(f"{code};2024-01;{i}\n" for i, code in enumerate(codes(), 1))
    )
    assert "and 86 more; see the page" in lines(found)
    page = receipt_page(found.quality, found.panel, "drawn", Reader("en"))
    assert all(name(code) in page for code in codes())
    assert page.count("<rect") == 1


def test_it_lies_beside_the_processed_data_and_is_never_published(draw: Draw, tmp_path: Path) -> None:
    draw(TABLE)
    prepared = prepare(load_study(tmp_path / "study.yaml"))
    keep(prepared)
    folder = prepared.study.processed_folder
    assert "916" in (folder / RECEIPT).read_text(encoding="utf-8")
    assert not list(folder.glob(f"public/**/{RECEIPT}"))
    assert receipt_of(prepared)


def test_what_a_later_file_replaces_is_told(draw: Draw) -> None:
    found = draw({"old.csv": TABLE, "zz.csv": "Kommune;Måned;Antal opkald\nOdense;2024-01;8\n"})
    assert "Numbers of old.csv that zz.csv replaced: 1." in lines(found)
