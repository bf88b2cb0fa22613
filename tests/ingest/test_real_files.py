"""Files nobody here made: read to exactly the right cells (values by eye), or refused for the right reason."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kl_research.intake import Ingested, ingest
from kl_research.intake.side_files import missing_municipalities
from kl_research.intake.tables.unknown import AnyTable, read_any_table
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import lookup
from kl_research.terms.panel import area_name, area_region
from kl_research.terms.study import Study

LAYOUTS = Path(__file__).resolve().parents[2] / "params" / "layouts"


def study(folder: Path, file: Path, layout: str = "auto", areas: str = "denmark", more: str = "") -> Ingested:
    (folder / "layouts").mkdir(exist_ok=True)
    for known in LAYOUTS.glob("*.yaml"):
        (folder / "layouts" / known.name).write_text(known.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "study.yaml").write_text(
        f'study: real\ntitle: {{da: "x"}}\nraw: [{{path: "{file.as_posix()}", layout: {layout}}}]\n'
        f"municipalities: {areas}\nout: out\n{more}",
        encoding="utf-8",
    )
    return ingest(Study.load(folder / "study.yaml"))


REFUSED = [
    ("danish_files/Antigentests_pr_dag.csv", "no header of the layout"),
    ("danish_files/Cases_by_age.csv", "no header of the layout"),
    ("danish_files/Cases_by_sex.csv", "no header of the layout"),
    ("danish_files/Deaths_o_weeks_covid_cause.csv", "found weeks; expected months"),
    ("danish_files/figurtendensdata_1.csv", "found weeks; expected months"),
    ("danish_files/gennembrudsinfektioner_table1.csv", "found weeks; expected months"),
    ("danish_files/plejehjem_ugeoversigt.csv", "found weeks; expected months"),
    ("statbank/FOLK1A-20q1.xlsx", "found quarters; expected months"),
    ("statbank/FOLK1A_2020Q3_marital_latin1_noheader.csv", "found quarters; expected months"),
    ("statbank/FOLK1A_quarterly_2008Q1_2020Q3.xlsx", "found quarters; expected months"),
    ("statbank/HISBK-e0-mun.xlsx", "99 of 100 codes that contradict their name: 000 Lolland, 101 Guldborgsund"),
    ("statbank/kommunerne_region_iso8859-1.csv", "no header of the layout"),
]


@pytest.mark.parametrize(("name", "reason"), REFUSED)
def test_no_danish_file_is_taken_for_monthly_counts_of_municipalities(
    shared: Path, tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        study(tmp_path, shared / name)
    assert reason in str(caught.value)


def test_every_danish_file_is_in_that_list(shared: Path) -> None:
    there = {
        f"{folder}/{file.name}" for folder in ("danish_files", "statbank") for file in (shared / folder).iterdir()
    }
    assert there == {name for name, _ in REFUSED}


def cells(table: AnyTable, row: int) -> list[object]:
    """A row of a table as numbers where the column holds numbers, else as text; the state where nothing is shown."""
    i = table.rows.index(row)
    return [
        (c.values[i] if c.values[i] is not None else c.states[i]) if c.kind == "number" else c.texts[i]
        for c in table.columns
    ]


EXACT = [
    (
        "danish_files/Antigentests_pr_dag.csv",
        3,
        ["2021-02-02", 5373, 9, 5, 55.5555555555556, 4, 44.4444444444444, 5, 0, 5, 305],
    ),
    ("danish_files/Antigentests_pr_dag.csv", 655, ["2022-11-16", 22, 0, 0, "missing", 0, "missing", 0, 0, 0, 4]),
    ("danish_files/Cases_by_age.csv", 2, ["0-9", 328523, 542136, 60.6]),
    ("danish_files/Cases_by_age.csv", 12, ["I alt", 2872877, 5579869, 51.5]),
    ("danish_files/Cases_by_sex.csv", 2, ["0-9", 169777, 180280, 350057]),
    ("danish_files/Cases_by_sex.csv", 11, ["90+", 10400, 4782, 15182]),
    ("danish_files/Cases_by_sex.csv", 12, ["I alt", 1773821, 1627050, 3400871]),
    ("danish_files/plejehjem_ugeoversigt.csv", 5, ["2020", 14, 143, 35, 43, 1135, 361]),
    ("danish_files/plejehjem_ugeoversigt.csv", 154, ["I alt", "missing", 30374, 2772, 946, 858044, 964]),
    ("danish_files/figurtendensdata_1.csv", 2, ["uge 46 2022", "0-59", "Indlæggelse pga. covid-19", 26.8]),
    ("statbank/FOLK1A-20q1.xlsx", 4, ["2020K1", "2020Q1", 0, "All Denmark", 0, "0 years", 31649, 29817]),
    ("statbank/FOLK1A-20q1.xlsx", 5, ["2020K1", "2020Q1", 0, "All Denmark", 1, "1 year", 31880, 30036]),
    ("statbank/FOLK1A-20q1.xlsx", 13233, ["2020K1", "2020Q1", 851, "Aalborg", 125, "125 years", 0, 0]),
    (
        "statbank/FOLK1A_2020Q3_marital_latin1_noheader.csv",
        1,
        ["2020Q3", "Total", "Copenhagen", 633035, 312306, 320729],
    ),
    ("statbank/FOLK1A_2020Q3_marital_latin1_noheader.csv", 3, ["2020Q3", "Total", "Dragør", 14515, 7117, 7398]),
    ("statbank/kommunerne_region_iso8859-1.csv", 2, ["København", "Hovedstaden"]),
]


@pytest.mark.parametrize(("name", "row", "expected"), EXACT)
def test_a_row_is_read_as_it_is_seen(shared: Path, name: str, row: int, expected: list[object]) -> None:
    assert cells(read_any_table(shared / name), row) == expected


@pytest.mark.parametrize(
    ("name", "row", "first"),
    [
        (
            "danish_files/Deaths_o_weeks_covid_cause.csv",
            2,
            ["Dødstal 30 dage efter infektion (PCR)", "suppressed", 21, 59, 113, 95],
        ),
        ("danish_files/Deaths_o_weeks_covid_cause.csv", 3, ["Død af covid (DAR)", "missing", 20, 54, 98, 84]),
        ("danish_files/gennembrudsinfektioner_table1.csv", 17, ["Uge 51-2021", 1135545, 250030, 4512113, 3477019]),
        ("statbank/FOLK1A_quarterly_2008Q1_2020Q3.xlsx", 4, ["Copenhagen", 633035, 633449, 632340, 633021, 626508]),
        ("statbank/FOLK1A_quarterly_2008Q1_2020Q3.xlsx", 102, ["Aalborg", 217316, 217063, 217075, 217142, 215510]),
        ("statbank/HISBK-e0-mun.xlsx", 4, [0, "Lolland", 74.6, 74.6, 74.7, 75.2]),
        ("statbank/HISBK-e0-mun.xlsx", 103, [851, "Samsø", "suppressed", "suppressed"]),
    ],
)
def test_a_wide_row_begins_as_it_is_seen(shared: Path, name: str, row: int, first: list[object]) -> None:
    assert cells(read_any_table(shared / name), row)[: len(first)] == first


def test_the_list_without_helsingoer_is_caught(shared: Path) -> None:
    table = read_any_table(shared / "statbank" / "kommunerne_region_iso8859-1.csv")
    assert missing_municipalities({lookup(name) for name in table.column("Kommune").texts}) == ["217"]


def test_titles_and_footnotes_are_set_apart(shared: Path) -> None:
    table = read_any_table(shared / "statbank" / "HISBK-e0-mun.xlsx")
    assert table.titles == ["Life expectancy for new born babies by region and time", "Units: -"]
    assert table.footnotes[0].startswith("Due to the low population in Ærø")
    assert len(table.rows) == 100


def panel(ingested: Ingested) -> pd.DataFrame:
    return ingested.panel.assign(month=ingested.panel["month"].dt.strftime("%Y-%m")).set_index(
        ["municipality", "month"]
    )


def test_the_nhs_files_by_mode(shared: Path, tmp_path: Path) -> None:
    file = shared / "nhs_gp_appointments" / "ccg_month_mode.csv"
    phone = study(tmp_path, file, "nhs_gp", "free", 'channels: ["Telephone"]\n')
    assert phone.panel["municipality"].nunique() == 49
    assert phone.panel["month"].nunique() == 30
    assert (phone.panel["state"] == "observed").all()
    assert panel(phone).loc[("E38000007", "2019-03"), "calls"] == 9839
    assert area_name(phone.panel, "E38000007") == "NHS Basildon and Brentwood CCG"
    assert area_region(phone.panel, "E38000007", "2019-03") == "East of England"
    video = study(tmp_path, file, "nhs_gp", "free", 'channels: ["Video/Online"]\n')
    assert (video.panel["state"] == "missing").sum() == 146
    assert video.quality["rows"] == {"in": 7127, "kept": 1324, "dropped": 7127 - 1324}


def test_the_nhs_file_as_published_sums_to_the_same(shared: Path, tmp_path: Path) -> None:
    folder = shared / "nhs_gp_appointments"
    published = study(tmp_path, folder / "Regional_CSV_Somerset.csv", "auto", "free", 'channels: ["Telephone"]\n')
    assert published.quality["files"][0]["layout"] == "nhs_gp_published"
    assert panel(published).loc[("E38000150", "2019-03"), "calls"] == 46761
    summed = study(tmp_path, folder / "ccg_month_mode.csv", "nhs_gp", "free", 'channels: ["Telephone"]\n')
    for month in ("2019-03", "2020-04", "2021-08"):
        key = ("E38000150", month)
        assert panel(published).loc[key, "calls"] == panel(summed).loc[key, "calls"]


def test_immuni_hides_five_or_fewer_behind_minus_one(shared: Path, tmp_path: Path) -> None:
    ingested = study(tmp_path, shared / "immuni_app" / "andamento-mensile-dati-regionali.csv", "immuni", "free")
    table = panel(ingested)
    assert (table["state"] == "suppressed").sum() == 220
    assert len(table) == 22 * 31
    assert table.loc[("Lombardia", "2020-06"), "calls"] == 8
    assert table.loc[("Lombardia", "2020-11"), "calls"] == 698


def test_an_undeclared_minus_one_is_refused(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "layouts").mkdir()
    text = (LAYOUTS / "immuni.yaml").read_text(encoding="utf-8").replace("marks:", "# marks:")
    (tmp_path / "layouts" / "undeclared.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="a count below 0"):
        study(tmp_path, shared / "immuni_app" / "andamento-mensile-dati-regionali.csv", "undeclared", "free")


def test_pharmacy_first_is_not_started_before_its_launch(shared: Path, tmp_path: Path) -> None:
    file = shared / "pharmacy_first" / "pf_consultation_validation_data_by_region.csv"
    ingested = study(tmp_path, file, "pharmacy_first", "free")
    counts = ingested.panel.groupby("month")["calls"].sum(min_count=1)
    assert counts.loc["2024-02-01"] == 125_275
    assert (ingested.panel[ingested.panel["month"] < "2024-02-01"]["state"] == "not_started").all()


def test_the_daily_immuni_file_is_refused(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no header of the layout"):
        study(tmp_path, shared / "immuni_app" / "andamento-download.csv", "auto", "free")
