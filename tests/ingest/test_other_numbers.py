"""Numbers that are no calls, and rows that are no call: refused with what they are."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError
from tests.ingest.test_red_team import NAMES, TRUTH, observed, pivot, value

Draw = Callable[..., Ingested]
DECLARED = {"own": "layout: pivot\ncalls_of_each_month: true\n"}


@pytest.mark.parametrize(
    "title",
    [
        "Samtaleminutter i Kontakt Læge 2024",
        "Antal minutter",
        "Antal aktive plejecentre pr. måned",
        "Unikke brugere af Kontakt Læge",
        "Number of unique users",
        "Stikprøve: hvert 10. opkald",
    ],
)
def test_a_title_that_names_another_subject_is_refused(draw: Draw, title: str) -> None:
    with pytest.raises(InputError, match=r"so (lengths of time|places|people|a sample)"):
        draw(f"{title}\n\n{pivot()}")
    assert observed(draw(f"{title}\n\n{pivot()}", "own", layouts=DECLARED)) == TRUTH


@pytest.mark.parametrize(
    "title",
    [
        "Opkald over 5 minutter",
        "Antal opkald fra plejecentre",
        "Enheder i Region Syddanmark",
        "Brugere af appen: antal opkald",
        "Aktive enheder og opkald",
        "Videokonsultationer pr. kommune",
    ],
)
def test_a_title_that_names_calls_stands(draw: Draw, title: str) -> None:
    assert observed(draw(f"{title}\n\n{pivot()}")) == TRUTH


@pytest.mark.parametrize(
    ("sheet", "found"), [("Minutter", "lengths of time"), ("Prognose 2024", "a forecast"), ("Data", "")]
)
def test_the_name_of_a_sheet_is_read_as_a_title(draw: Draw, tmp_path: Path, sheet: str, found: str) -> None:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in pivot().splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell for cell in line.split(";")])
    book.save(tmp_path / "drawn.xlsx")
    content = (tmp_path / "drawn.xlsx").read_bytes()
    if found:
        with pytest.raises(InputError, match=f"so {found}"):
            draw({"x.xlsx": content})
    else:
        assert observed(draw({"x.xlsx": content})) == TRUTH


def test_the_corner_may_say_what_is_counted(draw: Draw) -> None:
    with pytest.raises(InputError, match="so lengths of time"):
        draw(pivot().replace("Kommune", "Kommune / samtaletid (min.)", 1))


@pytest.mark.parametrize(
    ("column", "says", "found"),
    [
        ("Indikator", "Samtaletid i minutter", "lengths of time"),
        ("Enhed", "1.000 stk.", "thousands"),
        ("Måltype", "Budget", "a budget"),
        ("Opgørelse", "Akkumuleret", "accumulated"),
        ("Indikator", "Opkald", ""),
        ("Enhed", "Plejecentret", ""),
    ],
)
def test_a_column_beside_may_say_what_is_counted(draw: Draw, column: str, says: str, found: str) -> None:
    rows = [f"{NAMES[code]};{month};{says};{n}" for (code, month), n in TRUTH.items()]
    content = "\n".join([f"Kommune;Måned;{column};Antal", *rows]) + "\n"
    if found:
        with pytest.raises(InputError, match=f"so {found}"):
            draw(content)
    else:
        assert observed(draw(content)) == TRUTH


@pytest.mark.parametrize(
    ("cell", "note", "mark"),
    [
        ("999", "999 = ikke oplyst", 'missing: ["999"]'),
        ("", "Tomme felter betyder, at der ikke var nogen opkald.", 'zero: [""]'),
        ("", "Blank = 0", 'zero: [""]'),
        ("9999", "", 'missing: ["9999"]'),
    ],
)
def test_what_stands_for_something_else_is_asked_about(draw: Draw, cell: str, note: str, mark: str) -> None:
    content = pivot(lambda i, j: cell if j > 3 and (i + j) % 4 == 0 else value(i, j))
    content += f"\n{note}\n" if note else ""
    with pytest.raises(InputError, match="marks") as refused:
        draw(content)
    assert mark in str(refused.value)
    codes, months = list(NAMES), sorted({month for _, month in TRUTH})
    own = {"zero": 0} if mark.startswith("zero") else {}
    at = {k: (codes.index(k[0]), months.index(k[1])) for k in TRUTH}
    kept = {k: n for k, n in TRUTH.items() if at[k][1] < 4 or sum(at[k]) % 4}
    zeros = {k: own["zero"] for k in TRUTH if own and k not in kept}
    assert observed(draw(content, "own", layouts={"own": f"layout: pivot\nmarks: {{{mark}}}\n"})) == kept | zeros


def calls(n: int = 6) -> list[tuple[str, dt.datetime, int]]:
    draws = random.Random(7)
    days = [(month, day) for month in range(1, 13) for day in (1, 6, 12, 18, 24, 28)[:n]]
    at = [
        (name, dt.datetime(2024, m, d, 8 + draws.randrange(8), draws.randrange(60), 1))
        for name in NAMES.values()
        for m, d in days
    ]
    return [(name, moment, 120 + draws.randrange(900)) for name, moment in at]


def log(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


def later(moment: dt.datetime, seconds: float) -> str:
    return f"{moment + dt.timedelta(seconds=seconds):%d-%m-%Y %H:%M:%S}"


PARTS = {
    "tried again a second later": log(
        "Kommune;Starttid", *(f"{n};{later(t, k)}" for n, t, _ in calls() for k in (0, 1))
    ),
    "numbered anew and appended": log(
        "Nr;Kommune;Starttid", *(f"{i};{n};{later(t, 0)}" for i, (n, t, _) in enumerate(calls() * 2))
    ),
    "start and end": log(
        "Kommune;Tidspunkt;Hændelse",
        *(f"{n};{later(t, x * k)};{('Start', 'Slut')[k]}" for n, t, x in calls() for k in (0, 1)),
    ),
    "started and ended, as a type": log(
        "Kommune;Tidspunkt;Type",
        *(f"{n};{later(t, x * k)};Opkald {('startet', 'afsluttet')[k]}" for n, t, x in calls() for k in (0, 1)),
    ),
    "participants minutes apart": log(
        "Kommune;Starttid;Varighed",
        *(f"{n};{later(t, k * (70 + i % 60))};00:0{k + 1}:00" for i, (n, t, _) in enumerate(calls()) for k in (0, 1)),
    ),
    "participants in two units": log(
        "Kommune;Enhed;Starttid",
        *(
            f"{n};{('Hjemmet', 'Lægehuset')[k]};{later(t, k * (5 + i % 40))}"
            for i, (n, t, _) in enumerate(calls())
            for k in (0, 1)
        ),
    ),
    "a row each minute": log(
        "Kommune;Tidspunkt", *(f"{n};{later(t, 60 * k)}" for n, t, x in calls() for k in range(x // 60))
    ),
    "a row each five minutes": log(
        "Kommune;Tidspunkt", *(f"{n};{later(t, 300 * k)}" for n, t, x in calls() for k in range(1 + x // 300))
    ),
    "legs in one municipality": log(
        "Kommune;Starttid", *(f"{n};{later(t, 9 * k)}" for n, t, _ in calls() for k in range(1 + (n == "Odense")))
    ),
    "legs in the last months": log(
        "Kommune;Starttid", *(f"{n};{later(t, 9 * k)}" for n, t, _ in calls() for k in range(1 + (t.month > 10)))
    ),
    "a number of calls in each row": log(
        "Kommune;Starttid;Antal opkald", *(f"{n};{later(t, 0)};{1 + x % 3}" for n, t, x in calls())
    ),
    "deleted rows": log(
        "Kommune;Starttid;Slettet", *(f"{n};{later(t, 0)};{'Ja' if x % 3 else 'Nej'}" for n, t, x in calls())
    ),
    "tests": log(
        "Kommune;Starttid;Testopkald", *(f"{n};{later(t, 0)};{'Ja' if x % 3 else ''}" for n, t, x in calls())
    ),
}


@pytest.mark.parametrize("what", PARTS)
def test_rows_that_are_no_call_each_are_refused(draw: Draw, what: str) -> None:
    with pytest.raises(InputError, match=r"a row a call|whether such rows are calls"):
        draw(PARTS[what])


@pytest.mark.parametrize("seconds", [40, 90, 600])
def test_a_call_now_and_then_soon_after_another_is_a_call(draw: Draw, seconds: int) -> None:
    content = log(
        "Kommune;Starttid",
        *(f"{n};{later(t, seconds * k)}" for i, (n, t, _) in enumerate(calls()) for k in range(1 + (i % 9 == 0))),
    )
    assert sum(observed(draw(content)).values()) == 288 + 32


def test_the_title_of_a_log_is_shown_in_the_receipt(draw: Draw) -> None:
    content = "Telefonopkald, ikke video\n\n" + log(
        "Kommune;Starttid", *(f"{n};{later(t, 0)}" for n, t, _ in calls())
    )
    assert draw(content).quality["files"][0]["remarks"] == ["Telefonopkald, ikke video"]
