"""What a second stranger's exports brought to light, each kind in several forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

from .test_red_team import MONTHS, NAMES, TRUTH, observed, pivot, value

Draw = Callable[..., Ingested]
DECLARED = {"own": "layout: pivot\ncalls_of_each_month: true\n"}


def in_parts(column: str, whole: str, *parts: str) -> str:
    rows = [["Kommune", column, "Måned", "Antal opkald"]]
    for i, name in enumerate(NAMES.values()):
        for j, month in enumerate(MONTHS):
            n = value(i, j)
            rows.append([name, whole, month, n])
            rows += [[name, part, month, 2] for part in parts[1:]] + [[name, parts[0], month, n - 2 * len(parts[1:])]]
    return "".join(";".join(map(str, row)) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("Enhed", ("Alle enheder", "Nord", "Syd")),
        ("Enhed", ("Hele kommunen", "Nord", "Syd", "Vest")),
        ("Enhed", ("Ældre og sundhed", "Nord", "Syd")),
        ("Kanal", ("Begge", "iPad", "Android")),
        ("Enhedstype", ("Alle opkald", "Gennemførte", "Afbrudte")),
        ("Forvaltning", ("Samtlige", "Sundhed", "Social")),
    ],
)
def test_the_sum_of_the_others_is_left_out_whatever_it_is_called(
    draw: Draw, column: str, names: tuple[str, ...]
) -> None:
    found = draw(in_parts(column, *names))
    assert observed(found) == TRUTH
    assert found.quality["files"][0]["dropped"] == {"subtotal": 48}


def test_a_unit_as_large_as_the_others_in_most_months_is_kept(draw: Draw) -> None:
    text = in_parts("Enhed", "Nord", "Syd", "Vest").replace("København;Nord;2024-07;", "København;Nord;2024-07;1")
    assert observed(draw(text))["461", "2024-01"] == 2 * TRUTH["461", "2024-01"]


@pytest.mark.parametrize("name", ["Samtlige kommuner", "Hele landet", "Alle kommuner"])
def test_a_sum_of_all_municipalities_is_no_municipality(draw: Draw, name: str) -> None:
    total = ";".join(str(sum(value(i, j) for i in range(4))) for j in range(12))
    assert observed(draw(f"{pivot()}{name};{total}\n")) == TRUTH


@pytest.mark.parametrize("between", ["Kommune", "KOMMUNE", ""])
def test_tables_beside_each_other_are_refused(draw: Draw, between: str) -> None:
    rows = [["Kommune", *MONTHS[:6], between, *MONTHS[6:]]]
    for i, name in enumerate(NAMES.values()):
        other = [*NAMES.values()][3 - i]
        rows.append([name, *(value(i, j) for j in range(6)), other, *(value(3 - i, j) for j in range(6, 12))])
    with pytest.raises(InputError, match="tables beside each other"):
        draw("".join(";".join(map(str, row)) + "\n" for row in rows))


@pytest.mark.parametrize(("length", "phase"), [(12, 3), (6, 0), (6, 3), (4, 0), (3, 0), (3, 1)])
def test_sums_that_begin_anew_are_asked_about(draw: Draw, length: int, phase: int) -> None:
    def running(i: int, j: int) -> int:
        first = j - (j - phase) % length
        return sum(value(i, k) for k in range(max(first, 0), j + 1))

    with pytest.raises(InputError, match="never fall"):
        draw(pivot(running))
    assert len(observed(draw(pivot(running), "own", layouts=DECLARED))) == 48


def test_growth_that_falls_once_a_year_is_no_sum(draw: Draw) -> None:
    assert observed(draw(pivot(lambda i, j: 20 + 3 * j + (j * j) % 2 + i - (15 if j == 6 else 0))))


@pytest.mark.parametrize(
    "note",
    [
        "Tallene er sekunder.",
        "Tallene er opgjort i minutter",
        "Hver måned er gennemsnittet af de seneste tre måneder.",
        "Tal for december er fremskrevet.",
        "Note: tallene for 2024 er skønnede",
        "Numbers for December are projected",
    ],
)
def test_notes_that_say_what_the_numbers_are(draw: Draw, note: str) -> None:
    with pytest.raises(InputError, match="the note"):
        draw(f"{pivot()}\n{note}\n")


@pytest.mark.parametrize(
    "title",
    ["Ændring i forhold til måneden før", "Stigning i opkald", "Forskel fra året før", "Change since last month"],
)
def test_titles_of_changes(draw: Draw, title: str) -> None:
    with pytest.raises(InputError, match="so changes"):
        draw(f"{title}\n{pivot()}")


@pytest.mark.parametrize("quarter", ["{}. kvt.", "K{}", "{}. kvartal", "Q{}"])
def test_two_years_beside_each_other_with_sums_of_quarters(draw: Draw, quarter: str) -> None:
    names = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
    upper, lower = [""], ["Kommune"]
    rows = [[name] for name in NAMES.values()]
    for year in (2023, 2024):
        upper += [str(year), *[""] * 16]
        for q in range(4):
            lower += [*names[3 * q : 3 * q + 3], quarter.format(q + 1)]
            for i, row in enumerate(rows):
                three = [value(i, j) + 2024 - year for j in range(3 * q, 3 * q + 3)]
                row += [*map(str, three), str(sum(three))]
        lower.append("I alt")
        for i, row in enumerate(rows):
            row.append(str(sum(value(i, j) + 2024 - year for j in range(12))))
    found = draw("".join(";".join(row) + "\n" for row in (upper, lower, *rows)))
    assert observed(found) == TRUTH | {(c, m.replace("2024", "2023")): n + 1 for (c, m), n in TRUTH.items()}
    with pytest.raises(InputError, match="total"):
        draw("".join(";".join(row) + "\n" for row in (upper, lower, [*rows[0][:4], "999", *rows[0][5:]], *rows[1:])))
