"""CPR numbers at the door: found wherever they stand, never shown, and few false alarms."""

from __future__ import annotations

import io
import random
import uuid
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from kl_research.intake import Ingested
from kl_research.intake.privacy import Scan, modulus_11
from kl_research.terms.cpr import plausible
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
# Drawn from a fixed seed: dates that can be, four digits that mean nobody.
RANDOM = random.Random(7)


def number() -> str:
    day, month, year = RANDOM.randint(1, 28), RANDOM.randint(1, 12), RANDOM.randint(0, 99)
    return f"{day:02d}{month:02d}{year:02d}{RANDOM.randint(0, 9999):04d}"


def forms(cpr: str) -> list[object]:
    """One number in the ways it is found in real files."""
    date, serial = cpr[:6], cpr[6:]
    return [
        f"{date}-{serial}",
        f"{date} {serial}",
        f"{date} - {serial}",
        f"{date}–{serial}",
        f"{date}\u2011{serial}",
        cpr,
        f"{date[:2]}.{date[2:4]}.{date[4:]}-{serial}",
        f"{date[:2]} {date[2:4]} {date[4:]} {serial}",
        f"{date[:2]}-{date[2:4]}-{date[4:]}-{serial}",
        f"cpr:{cpr}",
        f"borger {date}-{serial} ringede",
        f"({cpr})",
        f"\u00a0{cpr}\u00a0",
        f"{date}\u200b-{serial}",
        f"{date}_{serial}",
        f"'{cpr}",
        float(int(cpr)),
        int(cpr),
        f"{int(cpr)}.0",
        f"{int(date[0]) + 6}{date[1:]}-{serial}",
        f"{date}-{serial[:2]}AB",
        f"{date}.{serial}",
        f"{date}  {serial}",
        f"{date}--{serial}",
        f"{date}:{serial}",
        f"{date} . {serial}",
        f"{date[:2]}.{date[2:4]}.{date[4:]}.{serial}",
        f"{date[:4]} {date[4:]}{serial}",
        f"19{date[4:]}{date[2:4]}{date[:2]}-{serial}",
        f"{date[:4]}19{date[4:]} {serial}",
        cpr.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ]


def test_a_number_in_thousands_is_found_and_what_is_found_is_never_written() -> None:
    with pytest.raises(InputError):
        Scan("a.csv").cell("1.010.901.234", 1, 0)
    for form in forms("0101901234")[6:11] + forms("0101901234")[-10:-1] + ["1.010.901.234"]:
        assert "234" not in str(InputError("a.csv", repr(form), "a code", "correct it")), form


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-31 10:12:13",
        "20240131-1012",
        "20240131_101213",
        "31-12-2024 10.12",
        "31.12.2024",
        "00:07:32",
        "2024-01-31T10:12:13.1234Z",
        "+45 12 10 90 12",
        "12 10 90 12",
        "12109012",
        "1201.901234",
        "120190,1234",
        120190.1234,
        1201.5,
        "202401 1234",
        "1.234.567",
        "101.901.234",
        "9.876.543.210",
        "01-01-2024/31-12-2024",
        "2024-2025",
        "010190",
        "101190 - 12",
    ],
)
def test_dates_moments_numbers_and_telephones_raise_no_alarm(cell: str | float) -> None:
    Scan("a.csv").cell(cell, 1, 0)


def test_200_planted_numbers_are_all_found() -> None:
    planted = [form for _ in range(10) for form in forms(number())]
    assert len(planted) >= 200
    missed = []
    for value in planted:
        try:
            Scan("a.csv").cell(value, 1, 0)  # type: ignore[arg-type]
            missed.append(value)
        except InputError:
            pass
    assert missed == []


PLACES = {
    "header": "Kommune;Måned;Antal opkald;{0}\nOdense;2024-01;7;x\n",
    "title": "Udtræk for {0}\n\nKommune;Måned;Antal opkald\nOdense;2024-01;7\n",
    "key cell": "Kommune;Måned;Enhed;Antal opkald\nOdense;2024-01;{0};7\n",
    "month cell": "Kommune;Måned;Antal opkald\nOdense;{0};7\n",
    "count cell": "Kommune;Måned;Antal opkald\nOdense;2024-01;{0}\n",
    "free text": "Kommune;Måned;Antal opkald;Note\nOdense;2024-01;7;ring til {0}\n",
    "footnote": "Kommune;Måned;Antal opkald\nOdense;2024-01;7\nKilde: {0}\n",
    "blank column": "Kommune;Måned;Antal opkald;;\nOdense;2024-01;7;;{0}\n",
    "last of many rows": "Kommune;Måned;Antal opkald\nOdense;2024-01;7\n" + "\n" * 200 + ";;{0}\n",
    "quoted line": 'Kommune;Måned;Antal opkald;Note\nOdense;2024-01;7;"to\nlinjer {0}"\n',
}
CALLS = "Starttid;Varighed;Kommune;Enhed;Ydernummer;Status{0}\n{1};{2};{3};{4};{5};{6}{7}\n{8}"
USUAL = ["", "2024-01-10 09:00:00", "00:05:00", "Odense", "Plejecenter 1", "012345", "Gennemført", "", ""]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", ["{0}-{1}", "{0}{1}"])
def test_a_number_is_found_anywhere_in_a_table(draw: Draw, place: str, form: str) -> None:
    cpr = number()
    with pytest.raises(InputError, match="what may be a CPR number") as caught:
        draw(PLACES[place].format(form.format(cpr[:6], cpr[6:])))
    assert cpr[6:] not in str(caught.value)


@pytest.mark.parametrize("position", range(9))
def test_a_number_is_found_anywhere_in_a_call_log(draw: Draw, position: int) -> None:
    cells = list(USUAL)
    cpr = number()
    cells[position] = {0: ";{0}", 7: ";{0}", 8: "{0};;;;;\n"}.get(position, "{0}").format(f"{cpr[:6]}-{cpr[6:]}")
    if position == 7:
        cells[0] = ";Note"
    with pytest.raises(InputError, match="what may be a CPR number") as caught:
        draw(CALLS.format(*cells))
    assert cpr[6:] not in str(caught.value)


def test_a_number_is_found_on_another_sheet_and_in_a_sheet_name(draw: Draw) -> None:
    def workbook(title: str, cell: str) -> bytes:
        book = openpyxl.Workbook()
        for row in (["Kommune", "Måned", "Antal opkald"], ["Odense", "2024-01", 7]):
            book.active.append(row)
        book.create_sheet(title)["C9"] = cell
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    cpr = number()
    for title, cell in (("Noter", cpr), (f"{cpr[:6]}-{cpr[6:]}", "intet")):
        with pytest.raises(InputError, match="what may be a CPR number"):
            draw({"raw.xlsx": workbook(title, cell)})


def test_a_number_in_a_file_name_is_found(draw: Draw) -> None:
    with pytest.raises(InputError, match="what may be a CPR number"):
        draw({f"udtraek {number()}.csv": "Kommune;Måned;Antal opkald\nOdense;2024-01;7\n"})


def test_the_false_friends_of_20_000_rows_raise_no_alarm() -> None:
    """All 100,000: `python -m tests.ingest.test_privacy`."""
    scan_friends(20_000)


def scan_friends(rows: int) -> None:
    """Times, identifiers, P-numbers and Unix seconds, the latter three in columns declared as such."""
    scan = Scan("a.csv", {1: "id", 2: "p_number", 3: "epoch"})
    draws = random.Random(11)
    for row in range(rows):
        seconds = 1_600_000_000 + draws.randrange(150_000_000)
        cells = [
            f"20{draws.randrange(20, 26)}-{draws.randrange(1, 13):02d}-{draws.randrange(1, 29):02d} "
            f"{draws.randrange(24):02d}:{draws.randrange(60):02d}:{draws.randrange(60):02d}",
            str(draws.randrange(10**9)),
            str(1_000_000_000 + draws.randrange(30_000_000)),
            str(seconds),
            f"{draws.randrange(24):02d}:{draws.randrange(60):02d}",
            f"{draws.random() * 60:.13f}",
            f"{draws.getrandbits(64):016x}",
        ]
        scan.rows([cells[:6]], row)
    scan.finish()


def test_random_hexadecimal_names_alarm_in_fewer_than_1_of_10_000_rows() -> None:
    draws = random.Random(13)
    alarms = 0
    for _ in range(50_000):
        for name in (f"{draws.getrandbits(128):032x}", str(uuid.UUID(int=draws.getrandbits(128)))):
            try:
                Scan("a.csv").cell(name, 1, 0)
            except InputError:
                alarms += 1
    assert alarms < 10


def test_a_declared_column_that_mostly_passes_modulus_11_is_refused_all_the_same() -> None:
    def valid() -> str:
        while True:
            cpr = number()
            if modulus_11(cpr):
                return cpr

    scan = Scan("a.csv", {0: "id"})
    scan.rows([[valid()] for _ in range(20)], 1)
    with pytest.raises(InputError, match="what may be a CPR number"):
        scan.finish()


def test_a_declaration_does_not_excuse_a_hyphen() -> None:
    with pytest.raises(InputError):
        Scan("a.csv", {0: "id"}).cell("010190-1234", 1, 0)


def test_a_refusal_suggests_the_declaration_where_one_would_help() -> None:
    with pytest.raises(InputError, match="declare it in a layout file"):
        Scan("a.csv").cell("0101901234", 5, 2, "Sagsid")


def test_days_that_cannot_be_are_no_dates() -> None:
    assert not plausible(31, 4)
    assert not plausible(0, 1)
    assert not plausible(1, 13)
    assert plausible(91, 1, raised=True)


def test_the_demo_has_none(root: object) -> None:
    files = sorted((Path(str(root)) / "data" / "raw" / "demo").glob("*.csv"))
    assert files
    for file in files:
        scan = Scan(file.name)
        scan.rows([line.split(";") for line in file.read_text(encoding="utf-8-sig").splitlines()], 1)
        scan.finish()


if __name__ == "__main__":
    scan_friends(100_000)
