"""A row for each municipality and year, the months across: the commonest table of Danish statistics, in its forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from kl_research.intake import Ingested, propose_layout
from kl_research.terms.errors import InputError
from tests.ingest.misread_file import DANISH, SHORT
from tests.ingest.test_red_team import NAMES, observed

Draw = Callable[..., Ingested]
Rows = list[list[object]]
YEARS = (2023, 2024)


def value(i: int, j: int, year: int) -> int:
    return 10 + (i * 7 + j * 3) % 13 + (year - 2023) * 2


TRUTH = {
    (code, f"{year}-{j + 1:02d}"): value(i, j, year)
    for i, code in enumerate(NAMES)
    for year in YEARS
    for j in range(12)
}


def rows(months: tuple[str, ...] = DANISH, years: tuple[int, ...] = YEARS) -> Rows:
    own = [[n, y, *(value(i, j, y) for j in range(12))] for i, n in enumerate(NAMES.values()) for y in years]
    return [["Kommune", "År", *months], *own]


def text(table: Rows) -> str:
    return "".join(";".join(map(str, row)) + "\n" for row in table)


def with_quarters(table: Rows, *names: str) -> Rows:
    def one(row: list[object], sums: list[object]) -> list[object]:
        return [*row[:2], *(cell for q in range(4) for cell in [*row[2 + 3 * q : 5 + 3 * q], sums[q]])]

    sums = [[sum(map(int, map(str, row[2 + 3 * q : 5 + 3 * q]))) for q in range(4)] for row in table[1:]]
    return [one(table[0], list(names)), *(one(row, list(own)) for row, own in zip(table[1:], sums, strict=True))]


def once(table: Rows, column: int) -> Rows:
    """What stands in a column written on the first row of its block alone."""
    above = [None, *(row[column] for row in table)]
    return [
        [*r[:column], "" if r[column] == a else r[column], *r[column + 1 :]]
        for r, a in zip(table, above, strict=False)
    ]


FORMS = {
    "plain": rows(),
    "short names": rows(tuple(f"{name}." for name in SHORT)),
    "year first": [[row[1], row[0], *row[2:]] for row in rows()],
    "municipality once a block": once(rows(), 0),
    "year once a block": once(
        [[r[1], r[0], *r[2:]] for r in [rows()[0], *sorted(rows()[1:], key=lambda r: str(r[1]))]], 0
    ),
    "a sum at the end": [[*row, sum(map(int, map(str, row[2:]))) if i else "I alt"] for i, row in enumerate(rows())],
    "quarters between": with_quarters(rows(), "1. kvt.", "2. kvt.", "3. kvt.", "4. kvt."),
    "quarters in English": with_quarters(rows(SHORT), "Q1", "Q2", "Q3", "Q4"),
    "two years beside each other": [
        ["Kommune", *(f"{name} {year}" for year in YEARS for name in SHORT)],
        *([n, *(value(i, j, y) for y in YEARS for j in range(12))] for i, n in enumerate(NAMES.values())),
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_column_of_years_dates_the_months_across(draw: Draw, tmp_path: Path, form: str) -> None:
    content = text(FORMS[form])
    assert observed(draw(content)) == TRUTH
    (tmp_path / "table.csv").write_text(content, encoding="utf-8")
    assert observed(draw(content, "own", layouts={"own": propose_layout(tmp_path / "table.csv")})) == TRUTH


def test_a_last_year_in_part_ends_with_its_last_number(draw: Draw) -> None:
    table = [[*row[:7], *[""] * 7] if row[1] == 2024 else row for row in rows()]
    assert observed(draw(text(table))) == {key: n for key, n in TRUTH.items() if key[1] < "2024-06"}


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ([[*r, "I alt" if i == 0 else 1] for i, r in enumerate(rows())], "a total of 1"),
        ([[*r[:1], r[1] if i == 0 else f"{r[1]}/24", *r[2:]] for i, r in enumerate(rows())], "no year"),
        ([*rows(), ["Odense", "I alt", *[1] * 12]], "no year"),
        ([*rows(), ["Odense", 2023, *[1] * 12]], "municipality 461 in 2023-01 twice"),
        ([["Kommune", "Opgjort i", *DANISH], *rows()[1:]], "months without a year"),
    ],
)
def test_what_cannot_be_dated_or_contradicts_itself_is_refused(draw: Draw, table: Rows, found: str) -> None:
    with pytest.raises(InputError, match=found):
        draw(text(table))


@pytest.mark.parametrize("sheet", ["2024", "Opkald 2024"])
@pytest.mark.parametrize("title", ["", "Opkald pr. måned", "Opkald 2024", "Opkald 2023"])
def test_the_name_of_a_sheet_says_the_year(draw: Draw, tmp_path: Path, sheet: str, title: str) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in [[title], *([row[0], *row[2:]] for row in rows(SHORT, (2024,)))][not title :]:
        page.append(list(row))
    book.save(tmp_path / "x.xlsx")
    content = (tmp_path / "x.xlsx").read_bytes()
    if "2023" in title:
        with pytest.raises(InputError, match="months without a year"):
            draw({"x.xlsx": content})
    else:
        assert observed(draw({"x.xlsx": content})) == {key: n for key, n in TRUTH.items() if key[1] >= "2024"}


def test_a_year_in_the_name_of_a_file_is_proposed(draw: Draw, tmp_path: Path) -> None:
    content = text([[row[0], *row[2:]] for row in rows(SHORT, (2024,))])
    with pytest.raises(InputError, match="`year: 2024`, as the name of the file says"):
        draw({"opkald_2024.csv": content})
    (tmp_path / "opkald_2024.csv").write_text(content, encoding="utf-8")
    proposed = propose_layout(tmp_path / "opkald_2024.csv")
    assert "year: 2024  # guess" in proposed
    assert len(observed(draw(content, "own", layouts={"own": proposed}))) == 48
