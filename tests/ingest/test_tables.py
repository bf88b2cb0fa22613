"""Monthly tables and pivots: what is kept, what is dropped by which rule, and totals that must add up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
CONNECTED = "municipality;connected_from;started_from\n" + "".join(
    f"{c};2020-01;2020-01\n" for c in (461, 751, 330, 101)
)


def cells(ingested: Ingested, code: str, measure: str = "calls") -> dict[str, object]:
    """Month to count, or to state where no count is shown."""
    panel = ingested.panel[ingested.panel["municipality"] == code]
    state = panel[f"{measure}_state"] if f"{measure}_state" in panel else panel["state"]
    return {
        f"{m:%Y-%m}": (int(v) if s == "observed" else s)
        for m, v, s in zip(panel["month"], panel[measure], state, strict=True)
    }


PIVOT = (
    "Opkald efter kommune;;;;\nEnhed: antal;;;;\n\nKommune;jan. 2024;feb. 2024;mar. 2024;I alt\n"
    "Odense;10;20;30;60\nSlagelse;<5;5;;8\nRegion Syddanmark;10;20;30;60\n"
    "Region Sjælland;3;5;0;8\nI alt;13;25;30;68\n"
    "\nKilde: leverandøren\n"
)


def test_a_pivot_keeps_municipalities_and_checks_its_totals(draw: Draw) -> None:
    ingested = draw(PIVOT, connections=CONNECTED)
    assert cells(ingested, "461") == {"2024-01": 10, "2024-02": 20, "2024-03": 30}
    assert cells(ingested, "330") == {"2024-01": "suppressed", "2024-02": 5, "2024-03": "missing"}
    file = ingested.quality["files"][0]
    assert file["header_row"] == 4
    assert file["dropped"] == {"blank_row": 1, "footnote": 1, "subtotal": 3}
    assert (file["rows_in"], file["rows_kept"]) == (7, 2)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Odense;10;20;30;60", "Odense;10;20;30;61"),
        ("Region Syddanmark;10;20;30;60", "Region Syddanmark;10;20;31;61"),
        ("I alt;13;25;30;68", "I alt;9;25;30;64"),
    ],
)
def test_a_total_that_is_not_the_sum_of_its_parts_is_refused(draw: Draw, good: str, bad: str) -> None:
    with pytest.raises(InputError, match=r"a total of .* make"):
        draw(PIVOT.replace(good, bad))
    layout = {"own": "layout: pivot\ncheck_totals: false\n"}
    assert cells(draw(PIVOT.replace(good, bad), "own", layouts=layout, connections=CONNECTED), "461")["2024-03"] == 30


def test_a_lost_row_is_noticed_by_the_total(draw: Draw) -> None:
    with pytest.raises(InputError, match="A row may be missing"):
        draw(PIVOT.replace("Odense;10;20;30;60\n", "").replace("Region Syddanmark;10;20;30;60\n", ""))


def test_absent_rows_are_missing_and_never_zero(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2024-01;1\nOdense;2024-03;0\nAarhus;2024-03;2\n"
    ingested = draw(text, connections=CONNECTED)
    assert cells(ingested, "461") == {"2024-01": 1, "2024-02": "missing", "2024-03": 0}
    assert cells(ingested, "751") == {"2024-01": "missing", "2024-02": "missing", "2024-03": 2}


def test_units_are_added_up_and_one_hidden_part_hides_the_sum(draw: Draw) -> None:
    text = (
        "Kommune;Måned;Enhed;Enhedstype;Antal opkald;Antal gennemførte\n"
        "Odense;2024-01;A;Plejecenter;3;2\nOdense;2024-01;B;Bosted;0;0\nOdense;2024-01;I alt;;3;2\n"
        "Odense;2024-02;A;Plejecenter;4;<5\nOdense;2024-02;B;Bosted;5;5\n"
        "Odense;2024-03;A;Plejecenter;<5;1\nOdense;2024-03;B;Bosted;9;9\n"
    )
    ingested = draw(text, connections=CONNECTED)
    assert cells(ingested, "461") == {"2024-01": 3, "2024-02": 4 + 5, "2024-03": "suppressed"}
    assert cells(ingested, "461", "completed") == {"2024-01": 2, "2024-02": "suppressed", "2024-03": 1 + 9}
    assert cells(ingested, "461", "active_units") == {"2024-01": 1, "2024-02": 2, "2024-03": "suppressed"}
    assert ingested.quality["files"][0]["dropped"] == {"subtotal": 1}
    assert ingested.activity["calls"].tolist() == [3, 4, 0, 5, 9]


def test_keys_of_a_block_are_carried_down(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2024-01;1\n;2024-02;2\nAarhus;2024-01;3\n;2024-02;4\n"
    ingested = draw(text, connections=CONNECTED)
    assert cells(ingested, "751") == {"2024-01": 3, "2024-02": 4}
    assert ingested.quality["files"][0]["repaired"] == {"filled_down": 2}


def test_months_under_years_are_one_header(draw: Draw) -> None:
    text = ";2023;;2024;\nKommune;november;december;januar;februar\nOdense;1;2;3;4\n"
    assert cells(draw(text, connections=CONNECTED), "461") == {"2023-11": 1, "2023-12": 2, "2024-01": 3, "2024-02": 4}


def test_a_row_of_counts_is_never_taken_for_a_header(draw: Draw) -> None:
    text = "Sted;Tal A;Tal B\nOdense;45047;45078\nAarhus;202301;202302\n"
    with pytest.raises(InputError, match="no header"):
        draw(text)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ('{month: "M", calls: "N"}', "no column for municipality"),
        ('{municipality: "Sted", month: "M", calls: "N"}', "no header 'Sted', which the layout own gives"),
        ('{municipality: "S", month: "M", calls: "N"}\nsum_over: [Tid]', "no header 'Tid', .* for sum_over"),
    ],
)
def test_a_layout_of_ones_own_that_misses_a_column_says_which(draw: Draw, columns: str, said: str) -> None:
    with pytest.raises(InputError, match=f"{said}.*expected a header of the file: S, M, N"):
        draw("S;M;N\nOdense;2024-01;7\n", "own", layouts={"own": f"layout: monthly\ncolumns: {columns}\n"})


@pytest.mark.parametrize("header", ["NA;Kommune;Måned;Antal opkald", "Bemærkning;KOMMUNE ;maaned;antal_opkald "])
def test_headers_are_forgiven_case_accents_and_spaces(draw: Draw, header: str) -> None:
    assert cells(draw(f"{header}\nx;Odense;2024-01;7\n", connections=CONNECTED), "461") == {"2024-01": 7}


def test_two_columns_of_one_meaning_are_refused(draw: Draw) -> None:
    with pytest.raises(InputError, match="two columns that mean calls"):
        draw("Kommune;Måned;Antal opkald;Antal opkald\nOdense;2024-01;7;8\n")


def test_identical_rows_are_kept_once(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2024-01;7\nOdense;2024-01;7\n"
    ingested = draw(text, connections=CONNECTED)
    assert cells(ingested, "461") == {"2024-01": 7}
    assert ingested.quality["files"][0]["dropped"] == {"duplicate_row": 1}


def test_a_later_table_wins_and_says_what_moved(draw: Draw) -> None:
    old = "Kommune;Måned;Antal opkald\nOdense;2024-01;7\nOdense;2024-02;8\n"
    new = "Kommune;Måned;Antal opkald\nOdense;2024-02;9\nOdense;2024-03;10\n"
    ingested = draw({"1.csv": old, "2.csv": new}, connections=CONNECTED)
    assert cells(ingested, "461") == {"2024-01": 7, "2024-02": 9, "2024-03": 10}
    assert ingested.quality["overrides"] == [
        {
            "file": "1.csv",
            "by": "2.csv",
            "municipality": "461",
            "month": "2024-02",
            "measure": "calls",
            "before": 8,
            "after": 9,
        }
    ]


def test_a_pinned_export_is_refused_when_it_changes(draw: Draw, tmp_path: object) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2024-01;7\n"
    sha256 = draw(text).quality["files"][0]["sha256"]
    pin = "  - {path: raw.csv, layout: monthly, sha256: %s}\nx"
    from pathlib import Path

    from kl_research.intake import ingest
    from kl_research.terms.study import Study

    folder = Path(str(tmp_path))
    study = f'study: pinned\ntitle: {{da: "x"}}\nraw:\n{pin.removesuffix("x") % sha256}out: out\n'
    (folder / "pinned.yaml").write_text(study, encoding="utf-8")
    assert ingest(Study.load(folder / "pinned.yaml")).quality["rows"]["kept"] == 1
    (folder / "raw.csv").write_text(text + "Odense;2024-02;8\n", encoding="utf-8")
    with pytest.raises(InputError, match="another content than the study pins"):
        ingest(Study.load(folder / "pinned.yaml"))


CORRECTION = (
    '- {{file: raw.csv, municipality: "461", month: "2024-01", expect: {expect}, {what}, '
    'reason: "fejl hos leverandøren"}}\n'
)


def test_a_known_error_is_corrected_with_its_reason(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2024-01;700\nOdense;2024-02;8\n"
    ingested = draw(text, connections=CONNECTED, corrections=CORRECTION.format(expect=700, what="value: 7"))
    assert cells(ingested, "461") == {"2024-01": 7, "2024-02": 8}
    assert ingested.quality["files"][0]["repaired"] == {"correction": 1}
    assert ingested.quality["corrections"][0]["reason"] == "fejl hos leverandøren"
    for what, left in (("state: missing", "missing"), ("drop: true", "missing")):
        ingested = draw(text, connections=CONNECTED, corrections=CORRECTION.format(expect=700, what=what))
        assert cells(ingested, "461") == {"2024-01": left, "2024-02": 8}


def test_a_correction_fails_once_the_source_is_mended(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2024-01;7\n"
    with pytest.raises(InputError, match="7 in the source; expected 700, as the correction expects"):
        draw(text, corrections=CORRECTION.format(expect=700, what="value: 7"))


def test_denominators_join_by_the_month_they_are_valid_from(draw: Draw) -> None:
    text = "Kommune;Måned;Antal opkald\nOdense;2023-12;7\nOdense;2024-01;8\n"
    beside = "municipality;measure;value;valid_from\n461;units;10;2023-01\n461;units;12;2024-01-01\n"
    ingested = draw(text, connections=CONNECTED, denominators=beside, keys="offset: units")
    panel = ingested.panel[ingested.panel["municipality"] == "461"]
    assert panel["units"].tolist() == [10, 12]
    assert "denominator_incomplete:units" in ingested.quality["notes"]
    with pytest.raises(InputError, match="offset: found 'places'; expected units"):
        draw(text, denominators=beside, keys="offset: places")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("461;2024-02;2024-01;\n", "a start before the connection"),
        ("461;2024-02;;2024-01\n", "an end before"),
        ("461;2024-02;;\n461;2024-03;;\n", "461 twice"),
        ("Odnse;2024-02;;\n", "one of the 98"),
        ("461;nytår;;\n", "no date"),
    ],
)
def test_a_connections_file_that_contradicts_itself_is_refused(draw: Draw, rows: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        draw(
            "Kommune;Måned;Antal opkald\nOdense;2024-01;7\n",
            connections="municipality;connected_from;started_from;connected_to\n" + rows,
        )


def test_a_municipality_absent_from_a_nearly_complete_export_is_noted(draw: Draw) -> None:
    from kl_research.terms import municipalities

    rows = "".join(f"{code};2024-01;1\n" for code in municipalities.codes() if code != "217")
    assert "municipalities_absent_from_raw_files" in draw("Kommune;Måned;Antal opkald\n" + rows).quality["notes"]


def test_rows_in_are_rows_kept_and_rows_dropped(draw: Draw) -> None:
    rows = draw(PIVOT, connections=CONNECTED).quality["rows"]
    assert rows["in"] == rows["kept"] + rows["dropped"]


def test_the_same_input_gives_the_same_bytes(draw: Draw, tmp_path: object) -> None:
    from pathlib import Path

    from kl_research.intake import write_processed

    folders = [write_processed(draw(PIVOT, connections=CONNECTED), Path(str(tmp_path)) / name) for name in "ab"]
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == [
        "activity.parquet",
        "beside.parquet",
        "connections.parquet",
        "panel.parquet",
        "quality.json",
        "timing.parquet",
    ]
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_the_connections_file_is_kept_for_the_delays_between_plan_agreement_and_start(
    draw: Draw, tmp_path: Path
) -> None:
    from kl_research.intake import read_connections, write_processed

    rows = "municipality;connected_from;started_from;planned_from\n265;;;2024-10-01\n461;2023-01;2023-03;\n"
    kept = read_connections(write_processed(draw(PIVOT, connections=rows), tmp_path / "kept"))
    assert kept[["municipality", "started_from", "planned_from", "agreement_signed"]].values.tolist() == [
        ["265", "", "2024-10", ""],
        ["461", "2023-03", "", ""],
    ]
    assert read_connections(write_processed(draw(PIVOT), tmp_path / "none")).empty


@pytest.mark.parametrize(
    "rows", [";2024-01;1\nOdense;2024-02;2\n", "Odense;2024-01;1\nOdense;2024-02;2\n;2024-03;3\n"]
)
def test_a_blank_municipality_that_is_no_block_is_refused(draw: Draw, rows: str) -> None:
    with pytest.raises(InputError, match="a blank municipality"):
        draw("Kommune;Måned;Antal opkald\n" + rows)


@pytest.mark.parametrize("measure", ["index", "level_0", "value2"])
def test_a_denominator_may_have_any_name(draw: Draw, measure: str) -> None:
    beside = f"municipality;measure;value;valid_from\n461;units;12;2023-01\n461;{measure};5;2023-01\n"
    panel = draw("Kommune;Måned;Antal opkald\nOdense;2024-01;7\nOdense;2024-02;9\n", denominators=beside).panel
    odense = panel[panel["municipality"] == "461"]
    assert odense[[measure, "units", "calls"]].to_numpy().tolist() == [[5, 12, 7], [5, 12, 9]]


@pytest.mark.parametrize("month", ["²²²²²", "²²²²", "²⁰²⁴-01", "2525-01", "0001-01"])
def test_a_month_in_raised_figures_or_of_another_age_is_refused(draw: Draw, month: str) -> None:
    table, row = "Kommune;Måned;Antal opkald\n", "Odense;2024-01;7\n"
    side = f"municipality;measure;value;valid_from\n461;units;12;{month}\n"
    connected = f"municipality;connected_from;started_from\n461;{month};\n"
    with pytest.raises(InputError, match="where a month should be"):
        draw(table + row + f"Odense;{month};7\n")
    with pytest.raises(InputError, match="found no date"):
        draw(table + row, denominators=side)
    with pytest.raises(InputError, match="found no date"):
        draw(table + row, connections=connected)
    with pytest.raises(InputError, match="no month of a year"):
        draw(f"Kommune;År;Måned;Antal opkald\nOdense;2024;1;7\nOdense;{month[:4]};1;7\n")
