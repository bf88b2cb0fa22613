"""Call logs: a row is a call; what it counts as is decided once and written down."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kl_research.intake import Ingested
from kl_research.intake.columns import pseudonyms
from kl_research.terms.errors import InputError
from kl_research.terms.panel import states_inferred
from kl_research.terms.user_key import SIMULATED_KEY

Draw = Callable[..., Ingested]
HEADER = "Starttid;Varighed;Kommune;Forvaltning;Enhed;Enhedstype;Ydernummer;Kanal;Status\n"
CONNECTED = "municipality;connected_from;started_from\n461;2023-01;2023-01\n101;2023-01;2024-02\n265;;\n"


def call(start: str = "2024-01-10 09:30:00", duration: str = "00:05:00", place: str = "Odense", **cells: str) -> str:
    row = {
        "f": "Sundhed",
        "e": "Plejecenter 1",
        "t": "Plejecenter",
        "y": "012345",
        "k": "App",
        "s": "Gennemført",
    } | cells
    return ";".join([start, duration, place, *row.values()]) + "\n"


def month(ingested: Ingested, code: str, text: str) -> pd.Series:
    panel = ingested.panel
    return panel[(panel["municipality"] == code) & (panel["month"] == f"{text}-01")].iloc[0]


def test_completed_means_status_and_a_stated_minimum(draw: Draw) -> None:
    rows = call() + call(duration="00:00:59") + call(duration="00:01:00") + call(s="Afbrudt")
    found = month(draw(HEADER + rows, connections=CONNECTED), "461", "2024-01")
    assert (found["calls"], found["completed"]) == (4, 2)
    found = month(draw(HEADER + rows, connections=CONNECTED, keys="completed_seconds: 30"), "461", "2024-01")
    assert found["completed"] == 3


def test_the_five_states_come_from_the_connections_file(draw: Draw) -> None:
    text = HEADER + call() + call("2024-03-05 10:00:00") + call("2024-02-05 10:00:00", place="København")
    ingested = draw(text, connections=CONNECTED)
    assert month(ingested, "461", "2024-02")["state"] == "observed"
    assert month(ingested, "461", "2024-02")["calls"] == 0
    assert month(ingested, "101", "2024-01")["state"] == "not_started"
    assert month(ingested, "265", "2024-02")["state"] == "not_connected"
    assert not states_inferred(ingested.panel)


def test_without_a_connections_file_nothing_is_claimed_before_the_first_call(draw: Draw) -> None:
    ingested = draw(HEADER + call() + call("2024-03-05 10:00:00") + call("2024-02-05 10:00:00", place="København"))
    assert month(ingested, "461", "2024-02")["calls"] == 0
    assert month(ingested, "101", "2024-01")["state"] == "not_started"
    assert month(ingested, "101", "2024-03")["calls"] == 0
    assert month(ingested, "265", "2024-01")["state"] == "not_started"
    assert states_inferred(ingested.panel)
    assert "areas_without_any_call_taken_as_not_started" in ingested.quality["notes"]


def test_a_call_outside_the_connection_is_kept_and_noted(draw: Draw) -> None:
    ingested = draw(HEADER + call() + call(place="Roskilde"), connections=CONNECTED)
    assert month(ingested, "265", "2024-01")["calls"] == 1
    assert "calls_before_connection" in ingested.quality["notes"]


def test_units_and_providers_are_counted_once_a_month(draw: Draw) -> None:
    rows = (
        call() + call(e="Plejecenter 2", y="12345") + call(e="Plejecenter 2", y="54321") + call(f="Social", y="54321")
    )
    found = month(draw(HEADER + rows, connections=CONNECTED), "461", "2024-01")
    assert found["active_units"] == 3, "Plejecenter 1 and 2 of Sundhed, Plejecenter 1 of Social"
    assert found["active_providers"] == 2, "012345 and 12345 are one number"


def test_two_spellings_of_a_municipality_are_one(draw: Draw) -> None:
    ingested = draw(HEADER + call(place="Århus") + call(place="Aarhus Kommune") + call(place="0751"))
    assert month(ingested, "751", "2024-01")["calls"] == 3
    assert ingested.activity["calls"].tolist() == [3]


def test_junk_is_dropped_by_rule_and_every_row_accounted_for(draw: Draw) -> None:
    junk = call(place="Ukendt") + call(place="Testkommune") + call(e="Test 1") + call(place="Christiansø")
    junk += ";;;;;;;;\nI alt;5;;;;;;;\n" + HEADER + "Kilde: leverandøren;;;;;;;;\n"
    quality = draw("Udtræk\n\n" + HEADER + call() + junk, connections=CONNECTED).quality
    assert quality["files"][0]["dropped"] == {
        "blank_row": 1,
        "christiansoe": 1,
        "footnote": 1,
        "repeated_header": 1,
        "subtotal": 1,
        "test_row": 2,
        "unknown_municipality": 1,
    }
    assert quality["rows"] == {"in": 9, "kept": 1, "dropped": 8}


def test_short_rows_are_filled_up_and_long_ones_refused(draw: Draw) -> None:
    ingested = draw(HEADER + call() + "Slut på udtræk\n", connections=CONNECTED)
    assert ingested.quality["files"][0]["dropped"] == {"footnote": 1}
    with pytest.raises(InputError, match=r"row 3: found 10 cells under 9 headers"):
        draw(HEADER + call() + call().replace("\n", ";for meget\n"))


@pytest.mark.parametrize(
    "start",
    [
        "2024-01-31 23:30:00",
        "2024-01-31T23:30",
        "31-01-2024 23:30",
        "31.01.2024 23.30",
        "31/01/2024 23:30:00",
        "31. januar 2024 kl. 23.30",
        "2024-01-31T22:30:00Z",
        "2024-01-31T23:30:00+01:00",
        "20240131233000",
        "45322.979167",
    ],
)
def test_every_form_of_a_moment_falls_in_its_local_month_and_hour(draw: Draw, start: str) -> None:
    ingested = draw(HEADER + call(start), connections=CONNECTED)
    assert month(ingested, "461", "2024-01")["calls"] == 1
    assert ingested.timing[["weekday", "hour"]].to_numpy().tolist() == [[3, 23]], "31 January 2024 was a Wednesday"


@pytest.mark.parametrize(
    ("start", "hour"),
    [
        ("2024-03-31T00:59:00Z", 1),
        ("2024-03-31T01:00:00Z", 3),
        ("2024-10-27T00:30:00Z", 2),
        ("2024-10-27T01:30:00Z", 2),
    ],
)
def test_both_clock_changes_are_kept(draw: Draw, start: str, hour: int) -> None:
    assert draw(HEADER + call(start), connections=CONNECTED).timing["hour"].tolist() == [hour]


def test_utc_by_declaration_moves_a_call_into_the_next_month(draw: Draw) -> None:
    ingested = draw(
        HEADER + call("2024-05-31 22:30:00"),
        "log",
        connections=CONNECTED,
        layouts={"log": "layout: calls\ntimes: utc\n"},
    )
    assert month(ingested, "461", "2024-06")["calls"] == 1


def test_an_hour_that_spring_leaves_out_is_reported(draw: Draw) -> None:
    decisions = draw(HEADER + call("2024-03-31 02:30:00"), connections=CONNECTED).quality["files"][0]["decisions"]
    assert any(d["what"] == "hour_that_does_not_exist" and d["decided"] == "1" for d in decisions)


def test_days_and_months_that_cannot_be_told_apart_are_refused(draw: Draw) -> None:
    with pytest.raises(InputError, match="day-month or month-day"):
        draw(HEADER + call("01/02/2024 10:00"))
    layouts = {"log": "layout: calls\ndates: mdy\n"}
    ingested = draw(HEADER + call("01/02/2024 10:00"), "log", layouts=layouts, connections=CONNECTED)
    assert month(ingested, "461", "2024-01")["calls"] == 1


def test_a_moment_nobody_understands_is_refused_with_its_row(draw: Draw) -> None:
    with pytest.raises(InputError, match=r"row 3, column Starttid: found no moment"):
        draw(HEADER + call() + call("i går"))


def test_an_unknown_status_is_refused(draw: Draw) -> None:
    with pytest.raises(InputError, match="the status Viderestillet"):
        draw(HEADER + call() + call(s="Viderestillet"))


def test_a_status_may_be_declared(draw: Draw) -> None:
    layouts = {"log": "layout: calls\nstatuses: {not_completed: [Viderestillet]}\n"}
    found = draw(HEADER + call() + call(s="Viderestillet"), "log", layouts=layouts, connections=CONNECTED)
    assert (month(found, "461", "2024-01")["calls"], month(found, "461", "2024-01")["completed"]) == (2, 1)


@pytest.mark.parametrize(
    ("header", "duration", "seconds"),
    [
        ("Varighed", "00:07:32", 452),
        ("Varighed", "452", 452),
        ("Varighed", "7,5", 450),
        ("Varighed (min.)", "7", 420),
        ("Varighed", "7 min.", 420),
        ("Varighed", "7 min 32 sek", 452),
        ("Varighed", "PT7M32S", 452),
        ("Varighed", "7:32", 452),
    ],
)
def test_every_form_of_a_duration_is_read(draw: Draw, header: str, duration: str, seconds: int) -> None:
    ingested = draw(HEADER.replace("Varighed", header) + call(duration=duration), connections=CONNECTED)
    assert ingested.activity["seconds"].tolist() == [seconds]


@pytest.mark.parametrize("duration", ["9" * 400, "-5", "4000000000", f"{'9' * 400} min", "999999999 t"])
def test_a_duration_that_cannot_be_is_refused_in_words(draw: Draw, duration: str) -> None:
    with pytest.raises(InputError) as refusal:
        draw(HEADER.replace("Varighed", "Varighed (sek.)") + call(duration=duration))
    assert "duration" in str(refusal.value) or "number" in str(refusal.value)


@pytest.mark.parametrize("duration", ["45", "4:30"])
def test_a_duration_with_two_readings_is_refused(draw: Draw, duration: str) -> None:
    with pytest.raises(InputError, match="which may be"):
        draw(HEADER + call(duration=duration))


def test_a_later_log_replaces_the_days_it_covers_and_every_change_is_reported(draw: Draw) -> None:
    old = HEADER + call("2024-01-10 09:00:00") + call("2024-02-10 09:00:00") + call("2024-02-20 09:00:00")
    new = HEADER + call("2024-02-15 09:00:00") + call("2024-02-20 09:00:00") + call("2024-02-20 10:00:00")
    ingested = draw({"1.csv": old, "2.csv": new}, connections=CONNECTED)
    assert month(ingested, "461", "2024-02")["calls"] == 4, "one of 10 February, three of the later log"
    assert ingested.quality["files"][0]["dropped"] == {"replaced_by_later_file": 1}
    assert ingested.quality["overrides"] == [
        {
            "file": "1.csv",
            "by": "2.csv",
            "municipality": "461",
            "month": "2024-02",
            "measure": "calls",
            "before": 2,
            "after": 4,
        },
        {
            "file": "1.csv",
            "by": "2.csv",
            "municipality": "461",
            "month": "2024-02",
            "measure": "completed",
            "before": 2,
            "after": 4,
        },
    ]
    assert ingested.timing["calls"].sum() == 5


def test_providers_leave_as_pseudonyms_under_a_key_only_the_user_can_read(draw: Draw, tmp_path: Path) -> None:
    first = draw(HEADER + call(), connections=CONNECTED)
    again = draw(HEADER + call(), connections=CONNECTED)
    provider = first.activity["provider"].iloc[0]
    assert provider == again.activity["provider"].iloc[0]
    assert "12345" not in provider
    key = tmp_path / "config" / "pseudonym.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()
    assert draw(HEADER + call(), connections=CONNECTED).activity["provider"].iloc[0] != provider
    simulated = draw(HEADER + call(), connections=CONNECTED, keys="simulated: true")
    assert simulated.activity["provider"].iloc[0] == pseudonyms.pseudonym("12345", SIMULATED_KEY)


def test_a_channel_filter_drops_by_rule_and_keeps_every_area(draw: Draw) -> None:
    text = HEADER + call() + call(k="Browser") + call(place="Vejle", k="Browser")
    ingested = draw(text, keys='channels: ["App"]\nmunicipalities: free')
    assert ingested.quality["files"][0]["dropped"] == {"other_channel": 2}
    assert sorted(set(ingested.panel["municipality"])) == ["Odense", "Vejle"]
    assert ingested.timing["calls"].sum() == 1


def test_a_last_month_that_is_not_over_is_left_out(draw: Draw) -> None:
    days = [f"2024-{m:02d}-{d:02d} 09:00:00" for m in (1, 2, 3) for d in range(1, 29)] + ["2024-04-03 09:00:00"] * 20
    ingested = draw(HEADER + "".join(call(day) for day in days), connections=CONNECTED)
    assert ingested.quality["months"] == {"first": "2024-01", "last": "2024-03"}
    assert "last_month_unfinished" in ingested.quality["notes"]


def test_code_and_name_that_contradict_each_other_are_listed(draw: Draw) -> None:
    text = HEADER.replace("Kommune;", "Kommunekode;Kommune;")
    good = draw(text + call(place="0461;Odense"), connections=CONNECTED)
    assert month(good, "461", "2024-01")["calls"] == 1
    with pytest.raises(InputError, match=r"1 of 2 codes that contradict their name: 101 Odense"):
        draw(text + call(place="0461;Odense") + call(place="101;Odense"))


def test_columns_outside_the_layout_are_left_out_and_named(draw: Draw) -> None:
    text = HEADER.strip() + ";Bemærkning\n" + call().strip() + ";borger ringede selv\n"
    ingested = draw(text, connections=CONNECTED)
    decisions = ingested.quality["files"][0]["decisions"]
    assert {"what": "column", "decided": "left_out", "why": "not_in_layout", "column": "Bemærkning"} in decisions
    assert "borger" not in str(ingested.activity.to_dict()) + str(ingested.quality)


def test_clinics_are_joined_where_a_mapping_is_given(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "clinics.csv").write_text("ydernummer;klinik\n012345;Torvet\n054321;Torvet\n", encoding="utf-8")
    rows = call() + call(y="54321") + call(y="99999")
    ingested = draw(HEADER + rows, connections=CONNECTED, keys="clinics: clinics.csv")
    clinics = ingested.activity.set_index("provider")["clinic"]
    assert (clinics == "").sum() == 1
    assert clinics[clinics != ""].nunique() == 1
    assert "Torvet" not in clinics.to_numpy()
    assert "providers_without_clinic" in ingested.quality["notes"]


def test_a_log_in_parquet_with_real_times_is_read(draw: Draw) -> None:
    table = pd.DataFrame(
        {
            "Starttid": pd.to_datetime(["2024-01-10 09:30:00", "2024-02-01 10:00:00"]),
            "Varighed": [300, 20],
            "Kommune": ["Odense", "0461"],
            "Status": ["Gennemført", "Gennemført"],
        }
    )
    out = io.BytesIO()
    table.to_parquet(out)
    ingested = draw({"raw.parquet": out.getvalue()}, connections=CONNECTED)
    assert [month(ingested, "461", m)["completed"] for m in ("2024-01", "2024-02")] == [1, 0]
    assert "active_units" not in ingested.panel


@pytest.mark.parametrize("times", ["local", "utc"])
@pytest.mark.parametrize("year", ["0001", "1753", "2525", "9999"])
@pytest.mark.parametrize(
    "form", ["{}-01-31 10:12:13", "31-01-{} 10:12", "{}-12-31T23:30:00Z", "31. maj {} kl. 10.12"]
)
def test_a_year_that_no_month_of_a_table_may_have_is_refused(draw: Draw, form: str, year: str, times: str) -> None:
    layouts = {"log": f"layout: calls\ntimes: {times}\n"}
    for rows in (call(form.format(2024)) * 30 + call(form.format(year)), call(form.format(year))):
        with pytest.raises(InputError, match=rf"row {rows.count(chr(10)) + 1}, column Starttid: found no moment"):
            draw(HEADER + rows, "log", layouts=layouts)


@pytest.mark.parametrize("year", [1900, 1970, 2062])
def test_a_year_far_from_all_others_makes_no_decades_of_zeros(draw: Draw, year: int) -> None:
    with pytest.raises(InputError, match=r"row 4, column Starttid: found calls in .*, then none before") as caught:
        draw(HEADER + call() * 2 + call(f"{year}-01-10 09:30:00") + call() * 300)
    assert str(year) in str(caught.value)
    kept = draw(HEADER + call() + call("2026-10-10 09:30:00"), connections=CONNECTED)
    assert kept.panel["calls"].sum() == 2
