"""Rows that stand more than once: told, counted once by a call id or a layout, added up where a layout says so."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import kl_research as kl
from kl_research.terms.errors import InputError
from tests.ingest.drawn_logs import HEADER, Draw, counted, log, rows

YEAR = ("2024-01", "2024-12")
ONCE = {"log": "layout: calls\nrepeats: once\n"}


def doubled(text: str, first: str, area: str = "Odense") -> str:
    """A log in which the rows of an area stand twice from a month on."""
    head, *lines = text.splitlines(keepends=True)
    return head + "".join(line * (1 + (line >= first and area in line)) for line in lines)


@pytest.mark.parametrize("first", ["2024-01", "2024-04", "2024-12"])
def test_a_retried_export_is_told_and_counted_once_where_the_layout_says_so(draw: Draw, first: str) -> None:
    text = doubled(log({"Odense": 10, "Aalborg": 8}, *YEAR), first)
    ingested = draw(text)
    assert counted(ingested, "461")["2024-12"] == 20
    assert "identical_rows:461" in ingested.quality["notes"]
    assert "identical_rows:851" not in ingested.quality["notes"]
    months = 13 - int(first[5:])
    decided = [d for d in ingested.quality["files"][0]["decisions"] if d["what"] == "identical_rows"]
    assert decided == [{"what": "identical_rows", "decided": str(10 * months), "why": "each_counted"}]
    assert any("helt ens" in said for said in kl.quality_report(ingested.quality, ingested.panel, "461").sentences)
    assert not any(
        "helt ens" in said for said in kl.quality_report(ingested.quality, ingested.panel, "851").sentences
    )
    once = draw(text, "log", layouts=ONCE)
    assert counted(once, "461") == dict.fromkeys(counted(once, "461"), 10)
    assert once.quality["files"][0]["dropped"] == {"duplicate_row": 10 * months}
    assert not [note for note in once.quality["notes"] if "identical" in note]
    assert once.timing["calls"].sum() == once.panel["calls"].sum() == 18 * 12


@pytest.mark.parametrize("kind", ["three times", "in another file", "in a workbook", "with a note", "one row"])
def test_every_kind_of_repetition_is_seen(draw: Draw, kind: str) -> None:
    text = log({"Odense": 10, "Aalborg": 8}, *YEAR)
    lines = text.splitlines(keepends=True)
    odense = "".join(line for line in lines[1:] if "Odense" in line and line >= "2024-06")
    if kind == "in another file":
        found = draw({"1.csv": text + odense, "2.csv": log({"Esbjerg": 9}, *YEAR)})
    elif kind == "in a workbook":
        out = io.BytesIO()
        pd.read_csv(io.StringIO(text + odense), sep=";").to_excel(out, index=False)
        found = draw({"raw.xlsx": out.getvalue()})
    elif kind == "with a note":
        noted = "".join(line.strip() + ";x\n" for line in (text + odense).splitlines()).replace(
            "Status;x", "Status;Note"
        )
        found = draw(noted)
    else:
        found = draw(text + {"three times": odense * 2, "one row": rows("Odense", "2024-06", 10)[0]}[kind])
    assert [n for n in found.quality["notes"] if n.startswith("identical_rows")] == ["identical_rows:461"]
    if kind == "one row":
        assert "identical_rows" not in found.panel, "told, but no reason to doubt an answer"
    else:
        assert set(found.panel.loc[found.panel["identical_rows"], "municipality"]) == {"461"}


def test_what_is_not_identical_is_not_told(draw: Draw) -> None:
    ingested = draw(log({"Odense": 10, "Aalborg": 8}, *YEAR))
    assert not [note for note in ingested.quality["notes"] if "identical" in note]
    assert "identical_rows" not in ingested.panel


def with_ids(lines: list[str], ids: list[str]) -> str:
    head = HEADER.strip() + ";Opkalds-id;Udtrukket\n"
    body = (f"{line.strip()};{id_};{i}\n" for i, (line, id_) in enumerate(zip(lines, ids, strict=True)))
    return head + "".join(body)


@pytest.mark.parametrize(
    ("ids", "calls", "left_out"),
    [
        (["a1", "a2", "a3", "a1", "a2", "a3"], 3, 3),
        (["a1", "a2", "a3", "b1", "b2", "b3"], 6, 0),
        (["a1", "a2", "a3", "a1", "", ""], 5, 1),
        (["", "", "", "", "", ""], 6, 0),
        (["1001", "1002", "1003", "1001", "1002", "1003"], 3, 3),
    ],
)
def test_a_call_id_counts_once(draw: Draw, ids: list[str], calls: int, left_out: int) -> None:
    once = rows("Odense", "2024-06", 3)
    ingested = draw(with_ids(once + once, ids))
    assert counted(ingested, "461") == {"2024-06": calls}
    assert ingested.quality["files"][0]["dropped"].get("duplicate_row", 0) == left_out


def test_one_call_id_on_different_calls_is_refused_with_its_rows(draw: Draw) -> None:
    lines = rows("Odense", "2024-06", 3)
    with pytest.raises(
        InputError, match="rows 2 and 4, column Opkalds-id: found one call id with different contents"
    ):
        draw(with_ids(lines, ["a", "b", "a"]))
    layouts = {"log": 'layout: calls\ncolumns: {call_id: "Nr"}\n'}
    text = with_ids(lines * 2, ["a", "b", "c"] * 2).replace("Opkalds-id", "Nr")
    assert counted(draw(text, "log", layouts=layouts), "461") == {"2024-06": 3}


SESSIONS = "Library;Date;Name;Attendees\nA-by;2024-01-05;Story time;12\nA-by;2024-01-05;Story time;{}\n"
SESSIONS += "B-by;2024-01-06;Story time;4\n"
MAPPED = 'layout: monthly\ncolumns: {municipality: "Library", month: "Date", calls: "Attendees"}\n'


@pytest.mark.parametrize("more", ["", 'sum_over: ["Date", "Name"]\n', 'sum_over: ["Name"]\n'])
@pytest.mark.parametrize("second", [9, 12])
def test_rows_without_a_key_are_added_up_where_the_study_says_so(draw: Draw, more: str, second: int) -> None:
    text, layouts = SESSIONS.format(second), {"m": MAPPED + more + "repeats: add\n"}
    ingested = draw(text, "m", layouts=layouts, keys="municipalities: free")
    assert counted(ingested, "A-by") == {"2024-01": 12 + second}
    assert counted(ingested, "B-by") == {"2024-01": 4}
    decisions = ingested.quality["files"][0]["decisions"]
    assert {"what": "identical_rows", "decided": "1", "why": "added_up"} in decisions


def test_without_that_word_they_are_refused_with_the_line_to_write(draw: Draw) -> None:
    with pytest.raises(InputError, match="rows 2 and 3: found municipality A-by in 2024-01 twice") as caught:
        draw(SESSIONS.format(9).replace("-06", "-05"), "m", layouts={"m": MAPPED}, keys="municipalities: free")
    assert "`repeats: add`" in str(caught.value)


DAYS = ["31-01-2024", "2024-01-31", "31.01.2024", "31/01/2024", "31. januar 2024", "20240131", "31-jan-24"]


@pytest.mark.parametrize("day", DAYS)
def test_a_log_with_dates_alone_is_counted(draw: Draw, day: str) -> None:
    text = "Starttid;Kommune\n" + f"{day};Odense\n" * 3 + f"{day};Aarhus\n"
    ingested = draw(text, "calls")
    assert counted(ingested, "461") == {"2024-01": 3}
    assert ingested.timing.empty, "nothing is known of the hours"
    assert not [note for note in ingested.quality["notes"] if "identical" in note]
    decisions = ingested.quality["files"][0]["decisions"]
    assert {
        "what": "time_format",
        "decided": "days_alone",
        "why": "no_times_in_it",
        "column": "Starttid",
    } in decisions


def test_dates_of_a_workbook_are_days_alone_as_well(draw: Draw) -> None:
    out = io.BytesIO()
    days = pd.to_datetime(["2024-01-30", "2024-01-31", "2024-02-01"])
    pd.DataFrame({"Starttid": days, "Kommune": "Odense"}).to_excel(out, index=False)
    ingested = draw({"raw.xlsx": out.getvalue()})
    assert counted(ingested, "461") == {"2024-01": 2, "2024-02": 1}
    assert ingested.timing.empty


def test_one_date_among_moments_is_a_midnight_and_more_are_refused(draw: Draw) -> None:
    """A program leaves the time of midnight out; a file that has lost more than one in fifty has lost its times."""
    text = "Starttid;Kommune\n31-01-2024 10:12;Odense\n31-01-2024;Odense\n"
    ingested = draw(text, "calls")
    assert counted(ingested, "461") == {"2024-01": 2}
    assert ingested.quality["files"][0]["repaired"] == {"midnight": 1}
    with pytest.raises(InputError, match=r"column Starttid: found 2 of 3 calls without a time"):
        draw(text + "30-01-2024;Odense\n", "calls")
