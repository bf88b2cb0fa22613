"""Exports that were read wrong in silence by fresh eyes who knew the documents alone: each kind in five forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kl_research.intake import Ingested, propose_layout
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
NAMES = {"101": "København", "461": "Odense", "561": "Esbjerg", "851": "Aalborg"}
MONTHS = [f"2024-{n:02d}" for n in range(1, 13)]


def value(i: int, j: int) -> int:
    return 10 + (i * 7 + j * 3) % 13


TRUTH = {(code, month): value(i, j) for i, code in enumerate(NAMES) for j, month in enumerate(MONTHS)}


def pivot(count: Callable[[int, int], object] = value) -> str:
    rows = [
        ["Kommune", *MONTHS],
        *([name, *(count(i, j) for j in range(12))] for i, name in enumerate(NAMES.values())),
    ]
    return "".join(";".join(map(str, row)) + "\n" for row in rows)


def observed(ingested: Ingested) -> dict[tuple[str, str], int]:
    seen = ingested.panel[ingested.panel["calls"].notna()]
    return {
        (code, f"{month:%Y-%m}"): int(n)
        for code, month, n in zip(seen["municipality"], seen["month"], seen["calls"], strict=True)
    }


@pytest.mark.parametrize(
    "note",
    [
        "Note: Tallene er opgjort akkumuleret fra årets start.",
        "Bemærk: Tallene viser år til dato",
        "Alle tal er i tusinder",
        "Tallene er opgjort pr. 1.000 borgere over 80 år",
        "Figures are cumulative since launch",
        "Opgjort som gennemsnit pr. måned",
        "Enhed: 1.000 opkald",
    ],
)
def test_a_note_that_says_what_the_numbers_are_is_read(draw: Draw, note: str) -> None:
    with pytest.raises(InputError, match="so "):
        draw(f"{pivot()}\n{note}\n")
    declared = {"own": "layout: pivot\ncalls_of_each_month: true\n"}
    assert observed(draw(f"{pivot()}\n{note}\n", "own", layouts=declared)) == TRUTH


@pytest.mark.parametrize(
    "note",
    [
        "Kommunen har været tilsluttet siden start",
        "Tallene er foreløbige",
        "Tallene er opgjort pr. måned. Andelen steg med 3 procent.",
        "Opkaldene er planlagte og akutte",
        "December 2024 er kun opgjort til og med den 14.",
    ],
)
def test_any_other_note_is_shown_in_the_receipt(draw: Draw, note: str) -> None:
    found = draw(f"{pivot()}\n{note}\n")
    assert observed(found) == TRUTH
    assert found.quality["files"][0]["remarks"] == [note]


def test_the_lines_of_a_mail_are_not_repeated(draw: Draw) -> None:
    mail = (
        "Fra: En Afsender\nEmne: Tal\n\nKære alle\n\n" + pivot().replace(";", "\t") + "\nVenlig hilsen\nEn Afsender\n"
    )
    assert draw(mail).quality["files"][0]["remarks"] == []


@pytest.mark.parametrize(
    ("note", "sign", "state"),
    [
        ("- betyder nul", "-", "zero"),
        ('"-" = ingen opkald', "-", "zero"),
        (". betyder 0", ".", "zero"),
        ("* = ikke oplyst", "*", "missing"),
        ("0 dækker over 0-4", "0", "suppressed"),
        ("- = under 5", "-", "suppressed"),
    ],
)
def test_a_sign_means_what_the_file_says(draw: Draw, note: str, sign: str, state: str) -> None:
    raw = f"{pivot(lambda i, j: sign if (i + j) % 5 == 0 else value(i, j))}\n{note}\n"
    with pytest.raises(InputError, match=f"marks: {{{state}:"):
        draw(raw)
    found = draw(raw, "own", layouts={"own": f'layout: pivot\nmarks: {{{state}: ["{sign}"]}}\n'}).panel
    own = found[(found["municipality"] == "101") & (found["month"] == "2024-06-01")]
    assert own["state"].item() == {"zero": "observed"}.get(state, state)


@pytest.mark.parametrize("note", ["- = ikke oplyst", "* = under 5", "* foreløbige tal", ".. = diskretionering"])
def test_a_sign_with_its_usual_meaning_is_no_matter(draw: Draw, note: str) -> None:
    sign = note.split()[0]
    found = draw(f"{pivot(lambda i, j: sign if (i, j) == (1, 2) else value(i, j))}\n{note}\n")
    assert len(observed(found)) == len(TRUTH) - 1


def running(years: int, start: int = 0) -> list[list[object]]:
    rows: list[list[object]] = []
    for i, name in enumerate(NAMES.values()):
        for year in range(years):
            sums = start
            for j in range(12):
                sums += value(i, j)
                rows.append([name, f"{2023 + year}-{j + 1:02d}", sums])
    return rows


@pytest.mark.parametrize("step", [1, 3])
def test_a_drawn_line_is_no_sum_that_runs_on(draw: Draw, step: int) -> None:
    rows = [f"{name};2024-{j + 1:02d};{10 + step * j}" for name in NAMES.values() for j in range(12)]
    found = draw("Kommune;Måned;Antal opkald\n" + "\n".join(rows) + "\n")
    assert set(observed(found).values()) == {10 + step * j for j in range(12)}


@pytest.mark.parametrize("years", [1, 2])
@pytest.mark.parametrize("names", [1, 4])
def test_sums_that_run_on_are_asked_about(draw: Draw, years: int, names: int) -> None:
    rows = [row for row in running(years) if row[0] in list(NAMES.values())[:names]]
    raw = "Kommune;Måned;Antal opkald\n" + "".join(";".join(map(str, row)) + "\n" for row in rows)
    if years == names == 1:  # eleven rises: a start may look like that
        draw(raw)
        return
    with pytest.raises(InputError, match="never fall"):
        draw(raw)
    draw(raw, "own", layouts={"own": "layout: monthly\ncalls_of_each_month: true\n"})


def by_channel(column: str, *channels: str) -> str:
    rows = [f"Odense;{month};{channel};{k + 3}" for month in MONTHS for k, channel in enumerate(channels)]
    return f"Kommune;Måned;{column};Antal opkald\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    "others", [("VDX", "SMS"), ("Browser",), ("Telefon",), ("SMS-link", "Telefon", "VDX (sms-video)")]
)
@pytest.mark.parametrize("app", ["App", "Kontakt Læge"])
def test_other_channels_are_beside_the_app_and_told(draw: Draw, app: str, others: tuple[str, ...]) -> None:
    raw = by_channel("Kanal", app, *others)
    found = draw(raw)
    assert set(observed(found).values()) == {3}
    assert found.quality["notes"][-len(others) :] == [f"channels_beside:{channel}" for channel in sorted(others)]
    sums = found.beside.query("kind == 'channel'").groupby("value")["calls"].sum().to_dict()
    assert sums == {channel: (k + 4) * len(MONTHS) for k, channel in enumerate(others)}
    said = draw(raw, keys=f'channels: ["{app}", "{others[0]}"]')
    assert set(observed(said).values()) == {3 + 4}, "what a study says is done"


@pytest.mark.parametrize(("column", "channels"), [("Kanal", ("SMS", "VDX")), ("Enhed", ("SMS", "VDX (sms-video)"))])
def test_channels_without_the_app_and_channels_as_units_are_refused(
    draw: Draw, column: str, channels: tuple[str, ...]
) -> None:
    with pytest.raises(InputError, match="channel"):
        draw(by_channel(column, *channels))


def test_channels_nobody_knows_are_told(draw: Draw) -> None:
    raw = "Kommune;Måned;Kanal;Antal opkald\nOdense;2024-01;A;3\nOdense;2024-01;B;4\n"
    assert draw(raw).quality["notes"][-2:] == ["channels_added:A", "channels_added:B"]


@pytest.mark.parametrize("column", ["Enhed", "Enhedstype", "Forvaltning", "Ydernummer", "Kanal"])
def test_sums_without_a_name_are_no_rows_of_their_own(draw: Draw, column: str) -> None:
    parts = {"Ydernummer": ("100001", "100002"), "Kanal": ("App A", "App B")}.get(column, ("Nord", "Syd"))
    rows = []
    for (code, month), n in TRUTH.items():
        rows += [
            f"{code};;{month};{n}",
            f"{code};{parts[0]};{month};{n // 2}",
            f"{code};{parts[1]};{month};{n - n // 2}",
        ]
    raw = f"Kommune;{column};Måned;Antal opkald\n"
    found = draw(raw + "\n".join(rows) + "\n")
    assert observed(found) == TRUTH
    assert found.quality["files"][0]["dropped"] == {"subtotal": len(TRUTH)}
    with pytest.raises(InputError, match="sum of the others"):  # one of them is not
        draw(raw + "\n".join(["101;;2024-01;11", *rows[1:]]) + "\n")


def test_calls_of_an_unnamed_unit_are_kept(draw: Draw) -> None:
    raw = "Kommune;Enhed;Måned;Antal opkald\n"
    raw += "".join(f"Odense;;{month};{j % 3}\nOdense;Nord;{month};{j % 5}\n" for j, month in enumerate(MONTHS))
    assert sum(observed(draw(raw)).values()) == sum(j % 3 + j % 5 for j in range(12))


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("MødeID;Rolle", ["{n};Læge", "{n};Plejer", "{n};Borger"]),
        ("Deltager", ["Læge", "Kommune"]),
        ("Hændelse", ["Opkald startet", "Opkald afsluttet"]),
        ("Trin", ["1", "2", "3"]),
        ("Session;Enhed i kald", ["{n};tablet", "{n};pc"]),
    ],
)
def test_parts_of_a_call_are_not_calls(draw: Draw, header: str, values: list[str]) -> None:
    rows = [
        f"{day:02d}-{month:02d}-2024 10:00:{k:02d};Odense;{cell.format(n=month * 100 + day)}"
        for month in range(1, 13)
        for day in (3, 14)
        for k, cell in enumerate(values)
    ]
    raw = f"Starttid;Kommune;{header}\n" + "\n".join(rows) + "\n"
    with pytest.raises(InputError, match="a row a call"):
        draw(raw)
    assert sum(observed(draw(raw, "own", layouts={"own": "layout: calls\nrepeats: add\n"})).values()) == len(rows)


@pytest.mark.parametrize("measure", ["Antal gennemførte", "Aktive enheder", "Aktive ydernumre"])
def test_a_part_is_not_above_its_whole(draw: Draw, measure: str) -> None:
    rows = "".join(f"Odense;{month};{j + 1};{(j + 2) % 9}\n" for j, month in enumerate(MONTHS))
    with pytest.raises(InputError, match="than of calls"):
        draw(f"Kommune;Måned;Antal opkald;{measure}\n" + rows)


@pytest.mark.parametrize("cell", ["+12", "+ 3", "+1.200"])
def test_a_number_with_a_plus_is_a_change(draw: Draw, cell: str) -> None:
    with pytest.raises(InputError, match="a change"):
        draw(f"Kommune;Måned;Antal opkald\nOdense;2024-01;{cell}\n")


@pytest.mark.parametrize("highest", [4, 5, 8, 11, 12])
def test_numbered_periods_of_one_year_are_asked_about(draw: Draw, highest: int) -> None:
    rows = "".join(f"Odense;2024;{n};{n % 4 + 3}\n" for n in range(1, highest + 1))
    with pytest.raises(InputError, match="months or weeks"):
        draw("Kommune;År;Periode;Antal opkald\n" + rows)
    assert len(observed(draw("Kommune;År;Måned;Antal opkald\n" + rows))) == highest


def test_a_file_as_long_as_an_export_can_be_is_told(draw: Draw) -> None:
    calls = "".join(f"Odense;{1 + k % 28:02d}-{1 + k % 12:02d}-2024\n" for k in range(5_000))
    assert "rows_at_a_limit" in draw("Kommune;Starttid\n" + calls).quality["notes"]


@pytest.mark.parametrize(
    ("corner", "above", "below", "total"),
    [
        ("Måned", "", "", False),
        ("Måned", "", "", True),
        ("", "", "", True),
        ("Måned", "Opkald efter kommune og måned\n\n", "", False),
        ("Måned", "", "\nKilde: MedCom\n", True),
    ],
)
def test_municipalities_may_stand_across(draw: Draw, corner: str, above: str, below: str, total: bool) -> None:
    rows = [[corner, *NAMES.values()], *([month, *(value(i, j) for i in range(4))] for j, month in enumerate(MONTHS))]
    if total:
        rows = [[*row, "I alt" if n == 0 else sum(map(int, row[1:]))] for n, row in enumerate(rows)]
        rows.append(["I alt", *(sum(int(row[k]) for row in rows[1:]) for k in range(1, 6))])
    found = draw(above + "".join(";".join(map(str, row)) + "\n" for row in rows) + below)
    assert observed(found) == TRUTH


def test_what_new_writes_for_such_a_table_is_accepted(draw: Draw, tmp_path: Path) -> None:
    raw = "Måned;Odense;Esbjerg\n2024-01;3;4\n2024-02;5;6\n"
    (tmp_path / "export.csv").write_text(raw, encoding="utf-8")
    layout = propose_layout(tmp_path / "export.csv")
    assert sum(observed(draw(raw, "own", layouts={"own": layout})).values()) == 18
