"""Headers are read to their end: units, zones and marks are understood, what is no count is refused as what it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
CONNECTED = "municipality;connected_from;started_from\n461;2023-01;2023-01\n630;2023-01;2023-01\n"
ROWS = "Odense;2024-01;1\nOdense;2024-02;2\n"

NO_COUNTS = {
    "year to date": [
        "Antal opkald (ÅTD)",
        "Calls (YTD)",
        "Antal opkald, år til dato",
        "Opkald - ÅTD",
        "Calls YTD",
        "antal_opkald_ytd",
        "Antal opkald (siden 1. januar)",
    ],
    "accumulated numbers": [
        "Antal opkald (akkumuleret)",
        "Opkald (akk.)",
        "Opkald kumuleret",
        "Calls (cumulative)",
        "Calls (running total)",
        "Antal opkald [siden start]",
        "Antal opkald (foreløbig, akk.)",
    ],
    "per cent": [
        "Antal opkald (pct.)",
        "Opkald %",
        "Opkald (%)",
        "Calls (percent)",
        "Opkald (andel)",
        "Calls (share)",
    ],
    "means": ["Antal opkald (gns.)", "Opkald (gennemsnit)", "Calls (mean)", "Calls average", "Opkald, snit"],
    "a budget": [
        "Antal opkald (budget)",
        "Calls (budgeted)",
        "Opkald budget",
        "Opkald (budgetteret)",
        "Calls - budget",
    ],
    "a forecast": [
        "Antal opkald (prognose)",
        "Calls (forecast)",
        "Opkald (forventet)",
        "Calls (expected)",
        "Opkald prognose",
    ],
    "a target": ["Antal opkald (mål)", "Calls (target)", "Opkald (måltal)", "Opkald mål", "Calls (goal)"],
    "rolling sums": [
        "Antal opkald (12 mdr. rullende)",
        "Calls (rolling 12 months)",
        "Opkald (12M)",
        "Calls (LTM)",
        "Opkald (seneste 12 måneder)",
        "Opkald (glidende)",
    ],
    "quarters": [
        "Antal opkald (hele kvartalet)",
        "Calls (quarter)",
        "Opkald pr. kvartal",
        "Calls (Q1)",
        "Opkald (kvt.)",
    ],
    "an index": ["Opkald (indeks)", "Opkald (indeks 2023=100)", "Calls (index)", "Opkald indeks", "Calls [indexed]"],
    "a rate": [
        "Antal opkald pr. 1.000 borgere",
        "Calls (per 1,000)",
        "Opkald (pr. borger)",
        "Calls per capita",
        "Calls (rate)",
    ],
    "lengths of time": [
        "Antal opkald (minutter)",
        "Opkald (sek.)",
        "Calls (minutes)",
        "Opkald (timer)",
        "Calls (hours)",
    ],
    "thousands": [
        "Antal opkald (i tusinde)",
        "Calls (thousands)",
        "Opkald (1.000)",
        "Calls ('000)",
        "Opkald (1.000 stk.)",
    ],
    "changes": ["Opkald (ændring)", "Calls (change)", "Opkald (vækst)", "Calls (growth)", "Opkald (forskel)"],
    "adjusted numbers": [
        "Opkald (sæsonkorrigeret)",
        "Calls (seasonally adjusted)",
        "Opkald (vægtet)",
        "Calls (smoothed)",
        "Opkald (trend)",
    ],
}


@pytest.mark.parametrize(
    ("what", "header"), [(what, header) for what, listed in NO_COUNTS.items() for header in listed]
)
def test_numbers_that_are_no_counts_of_a_month_are_refused_with_what_they_are(
    draw: Draw, what: str, header: str
) -> None:
    with pytest.raises(InputError, match=what) as caught:
        draw(f"Kommune\tMåned\t{header}\n{ROWS.replace(';', chr(9))}")
    assert header in str(caught.value)
    assert "calls_of_each_month" in str(caught.value), "the way out where they are counts all the same"


def test_who_says_that_they_are_counts_all_the_same_is_believed(draw: Draw) -> None:
    layouts = {"own": "layout: monthly\ncalls_of_each_month: true\n"}
    text = "Kommune;Måned;Antal opkald (budget)\n" + ROWS
    assert draw(text, "own", layouts=layouts, connections=CONNECTED).panel["calls"].sum() == 1 + 2


@pytest.mark.parametrize(
    "mapped", ["Besøg (ÅTD)", "Besøg, akkumuleret", "Visits per cent", "visits_ytd", "Besøg pr. 1.000 borgere"]
)
def test_a_layout_that_maps_such_a_column_is_refused_too(draw: Draw, mapped: str) -> None:
    with pytest.raises(InputError, match="expected calls of each month"):
        draw(
            f"Kommune;Måned;{mapped}\n{ROWS}",
            "own",
            layouts={"own": f'layout: monthly\ncolumns: {{calls: "{mapped}"}}\n'},
        )


@pytest.mark.parametrize(
    "beside", ["Antal opkald (ÅTD)", "Antal opkald akkumuleret", "Calls (budget)", "Opkald (%)", "Antal (indeks)"]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_column_of_counts_is_taken_and_the_other_left_out_by_name(draw: Draw, beside: str, first: bool) -> None:
    labels = (beside, "Antal opkald") if first else ("Antal opkald", beside)
    rows = "".join(f"Odense;2024-0{m};" + (f"{9 * m};{m}" if first else f"{m};{9 * m}") + "\n" for m in (1, 2))
    ingested = draw(f"Kommune;Måned;{';'.join(labels)}\n{rows}", connections=CONNECTED)
    assert ingested.panel["calls"].sum() == 1 + 2
    decisions = ingested.quality["files"][0]["decisions"]
    assert [d["why"] for d in decisions if d.get("column") == beside and d["decided"] == "left_out"]


def test_completed_calls_in_per_cent_are_left_out_by_name(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald;Gennemførte (%)\nOdense;2024-01;8;50\nOdense;2024-02;4;75\n"
    ingested = draw(text, connections=CONNECTED)
    assert "completed" not in ingested.panel
    left = {"what": "column", "decided": "left_out", "why": "no_count", "column": "Gennemførte (%)"}
    assert left in ingested.quality["files"][0]["decisions"]


@pytest.mark.parametrize(
    "header",
    [
        "Antal opkald (stk.)",
        "Antal opkald*",
        "Antal opkald **",
        "Antal opkald¹",
        "Antal opkald 1)",
        "Antal opkald (1)",
        "Antal opkald (i alt)",
        "Antal opkald (realiseret)",
        "Calls (actual)",
        "Antal opkald (pr. måned)",
        "Calls (monthly)",
        "Opkald (antal)",
        "Antal opkald (se note 2)",
        "Antal opkald (appen)",
        "Antal opkald (N)",
        "Calls [number]",
        "Antal opkald (endelige tal)",
        "Antal opkald i appen",
    ],
)
def test_what_says_nothing_else_is_understood(draw: Draw, header: str) -> None:
    assert draw(f"Kommune;Måned;{header}\n{ROWS}", connections=CONNECTED).panel["calls"].sum() == 1 + 2


ASKED = [
    "Antal opkald (afrundet)",
    "Antal opkald (unikke borgere)",
    "Antal opkald (jan-dec)",
    "Calls (region)",
    "Opkald (VDX)",
    "Antal opkald (udgående)",
    "Calls (excluding tests)",
]


@pytest.mark.parametrize("header", ASKED)
def test_what_nobody_understands_is_asked_about_and_a_layout_answers(draw: Draw, header: str) -> None:
    text = f"Kommune;Måned;{header}\n{ROWS}"
    with pytest.raises(InputError, match="which is not understood") as caught:
        draw(text)
    assert header in str(caught.value)
    layouts = {"own": f'layout: monthly\ncolumns: {{calls: "{header}"}}\n'}
    assert draw(text, "own", layouts=layouts, connections=CONNECTED).panel["calls"].sum() == 1 + 2


@pytest.mark.parametrize(
    "header",
    [
        "Kommune (lægens)",
        "Kommune (klinikkens)",
        "Municipality (of the doctor)",
        "Kommune (tidligere)",
        "Kommune (1970)",
    ],
)
def test_whose_municipality_it_is_is_asked_about(draw: Draw, header: str) -> None:
    with pytest.raises(InputError, match="which is not understood"):
        draw(f"{header};Måned;Antal opkald\n{ROWS}")


@pytest.mark.parametrize(
    "header",
    [
        "Måned (uge)",
        "Måned (kvartal)",
        "Periode (rullende 12 mdr.)",
        "Month (quarter)",
        "Måned (halvår)",
        "Month (YTD)",
    ],
)
def test_a_month_that_its_header_calls_another_period_is_refused(draw: Draw, header: str) -> None:
    with pytest.raises(InputError, match="expected months"):
        draw(f"Kommune;{header};Antal opkald\n{ROWS}")


@pytest.mark.parametrize(
    "title",
    [
        "Opkald, akkumuleret",
        "Videoopkald pr. 1.000 borgere",
        "Enhed: pct.",
        "Budget 2024",
        "Calls, year to date",
        "Indeks (2023 = 100)",
        "Gennemsnitligt antal opkald",
        "Rolling 12 months",
        "Antal opkald i tusinde",
        "Prognose",
    ],
)
@pytest.mark.parametrize("table", ["Kommune;jan-24;feb-24\nOdense;1;2\n", "Kommune;Måned;Antal opkald\n" + ROWS])
def test_a_title_that_says_the_table_holds_no_counts_is_believed(draw: Draw, title: str, table: str) -> None:
    with pytest.raises(InputError, match="calls of each month") as caught:
        draw(f"{title}\n\n{table}")
    assert "row 1" in str(caught.value)


@pytest.mark.parametrize(
    "title",
    [
        "Opkald i Kontakt Læge-appen",
        "Videoopkald pr. kommune og måned",
        "Enhed: antal",
        "Planlagte og akutte opkald",
        "Løbende opgørelse",
        "Calls by municipality and month",
        "Udvikling i opkald",
        "Opgjort årligt i januar",
    ],
)
def test_other_titles_say_nothing(draw: Draw, title: str) -> None:
    assert (
        draw(f"{title}\n\nKommune;jan-24;feb-24\nOdense;1;2\n", connections=CONNECTED).panel["calls"].sum() == 1 + 2
    )


# Durations. 45 seconds in every case.
LOG = "Starttid;{};Kommune;Status\n" + "".join(
    f"{day:02d}-01-2024 09:00;{{}};Odense;Gennemført\n" for day in (1, 14, 20)
)


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Varighed (mm.ss)", "00.45"),
        ("Varighed (mm:ss)", "00:45"),
        ("Varighed mm.ss", "0.45"),
        ("Varighed (m:ss)", "0:45"),
        ("Duration (mm.ss)", "0,45"),
        ("Varighed (minutter:sekunder)", "0:45"),
        ("Varighed (min.sek)", "0.45"),
        ("Varighed (sek.)", "45"),
        ("Varighed i sekunder", "45"),
        ("Duration (seconds)", "45"),
        ("Varighed (s)", "45"),
        ("Varighed (min.)", "0,75"),
        ("Varighed (minutter, decimaltal)", "0,75"),
        ("Varighed_min", "0,75"),
        ("Varighed (timer)", "0,0125"),
        ("Duration (hours)", "0.0125"),
        ("Varighed (t)", "0,0125"),
        ("Varighed (ms)", "45000"),
        ("Duration (milliseconds)", "45000"),
        ("Varighed (tt:mm:ss)", "00:00:45"),
        ("Duration (hh:mm:ss)", "00:00:45"),
        ("Varighed (tt.mm.ss)", "00.00.45"),
    ],
)
def test_a_duration_is_read_as_its_header_says(draw: Draw, header: str, cell: str) -> None:
    ingested = draw(LOG.format(header, cell, cell, cell), connections=CONNECTED, keys="completed_seconds: 30")
    assert ingested.activity["seconds"].tolist() == [3 * 45]
    assert ingested.panel["completed"].sum() == 3


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Varighed (tt:mm)", "00:45"),
        ("Duration (hh:mm)", "0:45"),
        ("Varighed (tt.mm)", "0.45"),
        ("Varighed (timer:min)", "0:45"),
        ("Varighed (timer)", "0,75"),
    ],
)
def test_hours_and_minutes_are_no_minutes_and_seconds(draw: Draw, header: str, cell: str) -> None:
    assert draw(LOG.format(header, cell, cell, cell), connections=CONNECTED).activity["seconds"].tolist() == [
        3 * 45 * 60
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Varighed (gns.)",
        "Varighed (ekskl. administration)",
        "Varighed (sek./min.)",
        "Varighed (point)",
        "Duration (mean)",
        "Varighed (indeks)",
    ],
)
def test_a_duration_of_another_kind_is_refused_or_asked_about(draw: Draw, header: str) -> None:
    with pytest.raises(InputError):
        draw(LOG.format(header, 7, 8, 9))


# Times: 23.30 UTC on 31 January is half past midnight in Denmark, on 1 February.
@pytest.mark.parametrize(
    "header",
    [
        "Starttid (UTC)",
        "Starttid UTC",
        "Starttid (GMT)",
        "Start time (UTC)",
        "Starttid (Z)",
        "Starttid (utc-tid)",
        "start_utc",
    ],
)
@pytest.mark.parametrize("form", ["2024-01-31 23:30:00", "31-01-2024 23:30", "31. januar 2024 kl. 23.30"])
def test_a_header_that_says_utc_moves_a_call_into_its_danish_day(draw: Draw, header: str, form: str) -> None:
    ingested = draw(f"{header};Kommune\n{form};Odense\n", connections=CONNECTED)
    assert ingested.timing[["month", "weekday", "hour"]].astype(str).to_numpy().tolist() == [["2024-02-01", "4", "0"]]


@pytest.mark.parametrize(
    "header",
    [
        "Starttid",
        "Starttid (dansk tid)",
        "Starttid (lokal tid)",
        "Start time (local time)",
        "Starttid (CET/CEST)",
        "Starttid (Europe/Copenhagen)",
        "Starttid*",
    ],
)
def test_danish_time_stays(draw: Draw, header: str) -> None:
    ingested = draw(f"{header};Kommune\n2024-01-31 23:30:00;Odense\n", connections=CONNECTED)
    assert ingested.timing[["weekday", "hour"]].to_numpy().tolist() == [[3, 23]]


@pytest.mark.parametrize(
    "header",
    [
        "Starttid (CET)",
        "Starttid (UTC+1)",
        "Start time (EST)",
        "Starttid (vintertid)",
        "Starttid (servertid)",
        "Starttid (måned)",
    ],
)
def test_another_zone_is_asked_about_and_a_layout_answers(draw: Draw, header: str) -> None:
    text = f"{header};Kommune\n2024-01-31 23:30:00;Odense\n"
    with pytest.raises(InputError):
        draw(text)
    layouts = {"own": f'layout: calls\ntimes: local\ncolumns: {{start: "{header}"}}\n'}
    assert draw(text, "own", layouts=layouts, connections=CONNECTED).timing["hour"].tolist() == [23]


def test_a_layout_that_says_local_is_stronger_than_the_header(draw: Draw) -> None:
    text = "Starttid (UTC);Kommune\n2024-01-31 23:30:00;Odense\n"
    ingested = draw(text, "own", layouts={"own": "layout: calls\ntimes: local\n"}, connections=CONNECTED)
    assert ingested.timing["hour"].tolist() == [23]


@pytest.mark.parametrize(
    ("header", "cell", "month"),
    [
        ("Dato (dd-mm-åååå)", "02-03-2024", "2024-03"),
        ("Dato (mm/dd/yyyy)", "02/03/2024", "2024-02"),
        ("Date (DD/MM/YYYY)", "02/03/2024", "2024-03"),
        ("Date (MM-DD-YYYY)", "02-03-2024", "2024-02"),
        ("Måned (åååå-mm)", "2024-02", "2024-02"),
    ],
)
def test_the_order_of_day_and_month_is_as_the_header_says(draw: Draw, header: str, cell: str, month: str) -> None:
    panel = draw(f"Kommune;{header};Antal opkald\nOdense;{cell};5\n", connections=CONNECTED).panel
    assert panel.loc[panel["calls"].notna(), "month"].dt.strftime("%Y-%m").tolist() == [month]


@pytest.mark.parametrize(
    ("header", "month"),
    [
        ("Starttid (dd-mm-åååå tt:mm)", "2024-03"),
        ("Start time (MM/DD/YYYY)", "2024-02"),
        ("Starttid (dd/mm/åååå)", "2024-03"),
    ],
)
def test_so_it_is_in_a_log(draw: Draw, header: str, month: str) -> None:
    sign = "/" if "/" in header else "-"
    panel = draw(f"{header};Kommune\n02{sign}03{sign}2024 10:00;Odense\n", connections=CONNECTED).panel
    assert panel.loc[panel["calls"] > 0, "month"].dt.strftime("%Y-%m").tolist() == [month]


# Months of a pivot.
@pytest.mark.parametrize("mark", ["*", "**", " *", "¹", " 1)", "†", " (1)", " [2]", "#", " (se note 1)"])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_footnote_mark_leaves_a_month_a_month(draw: Draw, mark: str, place: int) -> None:
    months = ["jan-24", "feb-24", "mar-24", "apr-24"]
    months[place] += mark
    panel = draw(f"Kommune;{';'.join(months)}\nOdense;5;6;7;8\nVejle;5;6;7;8\n", connections=CONNECTED).panel
    assert panel.loc[panel["municipality"] == "461", "calls"].tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize(
    "said", [" (foreløbig)", " foreløbig", " (foreløbige tal)", " (prel.)", " (provisional)", ", foreløbig", " (p)"]
)
def test_a_provisional_month_is_a_month_and_known_as_provisional(draw: Draw, said: str) -> None:
    ingested = draw(f"Kommune;apr-24;maj-24{said}\nOdense;5;6\n", connections=CONNECTED)
    assert ingested.panel.loc[ingested.panel["municipality"] == "461", "calls"].tolist() == [5, 6]
    decisions = ingested.quality["files"][0]["decisions"]
    assert [d["decided"] for d in decisions if d["what"] == "provisional"] == ["2024-05"]
    assert sorted(set(ingested.panel.loc[ingested.panel["provisional"], "month"].dt.strftime("%Y-%m"))) == ["2024-05"]


def test_a_later_export_that_no_longer_says_so_ends_it(draw: Draw) -> None:
    first, later = (
        "Kommune;apr-24;maj-24 (foreløbig)\nOdense;5;6\n",
        "Kommune;maj-24;jun-24 (foreløbig)\nOdense;7;8\n",
    )
    panel = draw({"1.csv": first, "2.csv": later}, connections=CONNECTED).panel
    assert sorted(set(panel.loc[panel["provisional"], "month"].dt.strftime("%Y-%m"))) == ["2024-06"]
    assert "provisional" not in draw("Kommune;apr-24;maj-24\nOdense;5;6\n", connections=CONNECTED).panel


@pytest.mark.parametrize("cell", ["2024-02*", "februar 2024 (foreløbig)", "feb. 2024 1)", "2024M02 p", "feb-24¹"])
def test_so_is_a_marked_month_in_a_row(draw: Draw, cell: str) -> None:
    panel = draw(f"Kommune;Måned;Antal opkald\nOdense;2024-01;1\nOdense;{cell};2\n", connections=CONNECTED).panel
    assert panel.loc[panel["municipality"] == "461", "calls"].tolist() == [1, 2]


@pytest.mark.parametrize(
    "said",
    [
        " (budget)",
        " (prognose)",
        " budget",
        " (YTD)",
        " (gns.)",
        " (akk.)",
        " (17 dage)",
        " (ændring)",
        " (uden ferie)",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_month_of_other_numbers_is_refused_by_its_name(draw: Draw, said: str, place: int) -> None:
    months = ["jan-24", "feb-24", "mar-24"]
    months[place] += said
    with pytest.raises(InputError) as caught:
        draw(f"Kommune;{';'.join(months)}\nOdense;5;6;7\nVejle;5;6;7\n")
    assert months[place] in str(caught.value)


@pytest.mark.parametrize("label", ["mrts-24", "marts??", "", "2024-3x", "Marts i år"])
def test_a_month_whose_header_nobody_can_read_is_never_left_out(draw: Draw, label: str) -> None:
    for place, months in ((1, ["feb-24", label, "apr-24"]), (0, [label or "mar 24 rev", "apr-24", "maj-24"])):
        with pytest.raises(InputError) as caught:
            draw(f"Kommune;{';'.join(months)}\nOdense;5;6;7\nVejle;5;6;7\n")
        assert months[place] in str(caught.value)


def test_totals_of_years_among_the_months_are_checked_and_never_added_in(draw: Draw) -> None:
    months = "nov-23;dec-23;2023;jan-24;feb-24;2024"
    panel = draw(f"Kommune;{months}\nOdense;1;2;3;4;5;9\nVejle;1;1;2;1;1;2\n", connections=CONNECTED).panel
    assert panel.loc[panel["municipality"] == "461", "calls"].tolist() == [1, 2, 4, 5]
    with pytest.raises(InputError, match="a total of 10 where its parts make 9"):
        draw(f"Kommune;{months}\nOdense;1;2;3;4;5;10\nVejle;1;1;2;1;1;2\n")


@pytest.mark.parametrize("total", ["K1 2024", "2024K1", "1. kvartal 2024", "Q1 2024", "2024Q1"])
def test_so_are_totals_of_quarters(draw: Draw, total: str) -> None:
    panel = draw(f"Kommune;jan-24;feb-24;mar-24;{total}\nOdense;1;2;3;6\n", connections=CONNECTED).panel
    assert panel.loc[panel["municipality"] == "461", "calls"].tolist() == [1, 2, 3]
    with pytest.raises(InputError, match="a total of 7 where its parts make 6"):
        draw(f"Kommune;jan-24;feb-24;mar-24;{total}\nOdense;1;2;3;7\n")
