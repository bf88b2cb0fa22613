"""The simulation: what the user group said is in the data, the truth is known, and the bytes repeat."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kl_research.simulate import simulate, simulate_large, truth
from kl_research.simulate.place import LAST, Place
from kl_research.simulate.places import places
from kl_research.simulate.rates import MONTHS, latent, total_rates
from kl_research.terms import months, municipalities, yaml_model
from kl_research.terms.errors import InputError
from kl_research.terms.events import EventRegister
from kl_research.terms.study import Study

CONNECTED = ["330", "461", "561", "661", "710", "820", "851"]


@pytest.fixture(scope="module")
def demo(root: Path) -> Path:
    return root / "data" / "raw" / "demo"


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("again")
    simulate(out, seed=1)
    return out


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("longer")
    simulate(out, seed=1, end="2025-12")
    return out


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("other")
    simulate(out, seed=2)
    return out


@pytest.fixture(scope="module")
def register(root: Path) -> EventRegister:
    return Study.load(root / "params" / "demo.yaml").read_events()


def read_calls(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("opkald_simuleret_*.csv"))
    calls = pd.concat([pd.read_csv(file, sep=";", dtype=str) for file in files], ignore_index=True)
    calls["start"] = pd.to_datetime(calls["Starttid"])
    calls["month"] = calls["Starttid"].str[:7]
    calls["code"] = calls["Kommune"].map(municipalities.lookup)
    calls["seconds"] = pd.to_timedelta(calls["Varighed"]).dt.total_seconds()
    calls["completed"] = (calls["Status"] == "Gennemført") & (calls["seconds"] >= 60)
    return calls


@pytest.fixture(scope="module")
def calls(demo: Path) -> pd.DataFrame:
    return read_calls(demo)


def place(code: str) -> Place:
    return next(p for p in places() if p.code == code)


def a_month(calls: pd.DataFrame, code: str, first: str, last: str) -> float:
    """Calls a month of one municipality."""
    chosen = calls[(calls["code"] == code) & calls["month"].between(first, last)]
    return len(chosen) / len(months.span(first, last))


def true_ratio(event: str, municipality: str = "", outcome: str = "calls") -> float:
    table = truth()
    row = table[
        (table["event"] == event) & (table["municipality"].fillna("") == municipality) & (table["outcome"] == outcome)
    ]
    return float(row["rate_ratio"].item())


# --- the bytes -----------------------------------------------------------------------------------------------


def test_the_demo_in_the_repository_is_what_seed_1_writes(demo: Path, again: Path) -> None:
    assert {file.name for file in demo.iterdir()} == {file.name for file in again.iterdir()}
    for file in again.iterdir():
        assert (demo / file.name).read_bytes() == file.read_bytes(), file.name


def test_another_seed_gives_other_calls_around_the_same_truth(demo: Path, other: Path) -> None:
    for name in ("truth.csv", "tilslutning.csv", "naevnere.csv"):
        assert (demo / name).read_bytes() == (other / name).read_bytes()
    name = "opkald_simuleret_2024.csv"
    assert (demo / name).read_bytes() != (other / name).read_bytes()


def test_a_later_end_extends_the_same_months(demo: Path, longer: Path) -> None:
    for year in range(2020, 2025):
        name = f"opkald_simuleret_{year}.csv"
        assert (demo / name).read_bytes() == (longer / name).read_bytes()
    short = (demo / "opkald_simuleret_2025.csv").read_bytes()
    assert (longer / "opkald_simuleret_2025.csv").read_bytes().startswith(short)
    assert (demo / "truth.csv").read_bytes() == (longer / "truth.csv").read_bytes()


def test_a_shorter_period_leaves_no_file_of_a_longer_one(tmp_path: Path) -> None:
    simulate(tmp_path, seed=3, start="2021-01", end="2022-02")
    simulate(tmp_path, seed=3, start="2021-03", end="2021-04")
    assert [file.name for file in sorted(tmp_path.glob("opkald_*.csv"))] == ["opkald_simuleret_2021.csv"]
    assert set(read_calls(tmp_path)["month"]) == {"2021-03", "2021-04"}


@pytest.mark.parametrize(("start", "end"), [("2020-11", "2025-02"), ("2020-12", "2027-01"), ("2024-05", "2024-04")])
def test_a_period_that_cannot_be_simulated_is_refused(tmp_path: Path, start: str, end: str) -> None:
    with pytest.raises(InputError, match="months between 2020-12 and 2026-12"):
        simulate(tmp_path / "out", seed=1, start=start, end=end)
    assert not (tmp_path / "out").exists()


def test_every_file_has_a_source_card_with_its_hash(demo: Path) -> None:
    files = [file for file in demo.iterdir() if file.suffix == ".csv"]
    assert len(files) == 12
    for file in files:
        card, _ = yaml_model.read(file.with_name(file.name + ".kilde.yaml"))
        assert card["simulated"] is True
        assert card["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert {"producer", "date", "licence"} <= set(card)


def test_the_demo_is_small(demo: Path) -> None:
    sizes = [file.stat().st_size for file in demo.iterdir()]
    assert max(sizes) < 1_000_000
    assert sum(sizes) < 3_000_000


def test_nothing_looks_like_a_cpr_number(demo: Path, longer: Path) -> None:
    # Six digits of a date, with or without hyphen, then four; nine digits when a spreadsheet ate the first zero.
    pattern = re.compile(rb"(?<!\d)(\d{6}[- ]?\d{4}|\d{9})(?!\d)")
    for folder in (demo, longer):
        for file in folder.glob("*.csv"):
            assert not pattern.search(file.read_bytes()), file.name


def test_provider_numbers_begin_with_no_day_of_a_month(calls: pd.DataFrame) -> None:
    numbers = calls["Ydernummer"]
    assert numbers.str.fullmatch(r"4\d{5}").all()  # days are 01-31, in replacement numbers 61-91


# --- three layouts of one truth ------------------------------------------------------------------------------


def test_the_monthly_table_has_the_same_counts(demo: Path, calls: pd.DataFrame) -> None:
    table = pd.read_csv(demo / "maanedstal_simuleret.csv", sep=";", encoding="utf-8-sig")
    table = table[table["Antal opkald"] > 0].set_index(["Kommune", "Måned"]).sort_index()
    groups = calls.groupby(["Kommune", "month"])
    for column, counted in {
        "Antal opkald": groups.size(),
        "Antal gennemførte": groups["completed"].sum(),
        "Aktive enheder": groups["Enhed"].nunique(),
        "Aktive ydernumre": groups["Ydernummer"].nunique(),
    }.items():
        assert table[column].tolist() == counted.tolist(), column


def test_the_monthly_table_tells_a_zero_from_a_municipality_that_has_not_started(demo: Path) -> None:
    table = pd.read_csv(demo / "maanedstal_simuleret.csv", sep=";", encoding="utf-8-sig")
    assert (table["Antal opkald"] == 0).any()
    assert "Roskilde" not in set(table["Kommune"])
    assert len(table[table["Kommune"] == "Odense"]) == len(months.span("2020-12", LAST)) == 51


def test_the_pivot_has_the_same_counts_subtotals_and_total(demo: Path, calls: pd.DataFrame) -> None:
    rows = list(csv.reader(io.StringIO((demo / "krydstabel_simuleret.csv").read_text("utf-8")), delimiter=";"))
    assert rows[0][0].startswith("Simulerede tal")
    header = next(row for row in rows if row[:1] == ["Kommune"])
    assert (header[1], header[51], header[52]) == ("2020M12", "2025M02", "I alt")
    body = {row[0]: [int(cell or 0) for cell in row[1:]] for row in rows if len(row) == len(header) and row != header}
    assert len(body) == 98 + 5 + 1
    by_month = calls.groupby("month").size().tolist()
    assert body["I alt"] == [*by_month, sum(by_month)]
    odense = calls[calls["code"] == "461"].groupby("month").size()
    assert body["Odense"][:-1] == odense.reindex(months.span("2020-12", LAST), fill_value=0).tolist()
    for code, name in municipalities.REGION_NAMES.items():
        members = [municipalities.name(c) for c in municipalities.region_members(code, LAST)]
        if members:
            assert body[name] == np.sum([body[member] for member in members], axis=0).tolist()


def test_inhabitants_are_the_facts_of_statistics_denmark(demo: Path, shared: Path) -> None:
    facts = pd.read_csv(shared / "denmark" / "municipalities.csv", dtype=str).set_index("code")["pop_80plus_2020"]
    table = pd.read_csv(demo / "naevnere.csv", sep=";", dtype=str)
    ours = table[table["measure"] == "population_80plus"].set_index("municipality")["value"]
    assert ours.to_dict() == facts.to_dict()


# --- what the user group said --------------------------------------------------------------------------------


def test_esbjerg_makes_about_three_calls_a_month(calls: pd.DataFrame) -> None:
    assert a_month(calls, "561", "2024-03", LAST) == pytest.approx(3, abs=0.5)


def test_slagelse_makes_about_forty_from_two_care_centres_one_of_which_dominates(calls: pd.DataFrame) -> None:
    assert a_month(calls, "330", "2024-03", LAST) == pytest.approx(40, rel=0.1)
    year = calls[(calls["code"] == "330") & (calls["month"] >= "2024-03")]
    shares = year.groupby("Enhed").size().sort_values(ascending=False) / len(year)
    assert shares.iloc[:2].sum() > 0.97
    assert shares.iloc[0] > 0.6
    assert set(year[year["Enhed"].isin(shares.index[:2])]["Enhedstype"]) == {"Plejecenter"}
    assert calls[calls["code"] == "330"]["Enhed"].nunique() > shares.size  # units that tried and quit


@pytest.mark.parametrize("folder", ["demo", "other", "longer"])
def test_the_two_lighthouses_completed_exactly_96(folder: str, request: pytest.FixtureRequest) -> None:
    calls = read_calls(request.getfixturevalue(folder))
    period = calls[calls["code"].isin(["330", "820"]) & calls["month"].between("2022-03", "2022-06")]
    assert period["completed"].sum() == 96


def test_the_96_are_what_the_rates_expect() -> None:
    # Else conditioning on the total would bend the true ratio of the lighthouse period.
    facts = truth().set_index("outcome")["value"]
    assert facts["completed_in_two_lighthouses_expected"] == pytest.approx(96, rel=0.02)


def test_roskilde_is_not_connected_and_was_planned_for_autumn_2024(demo: Path, calls: pd.DataFrame) -> None:
    row = pd.read_csv(demo / "tilslutning.csv", sep=";", dtype=str).set_index("municipality").loc["265"]
    assert row[["connected_from", "started_from", "agreement_signed"]].isna().all()
    assert row["planned_from"] == "2024-10-01"
    assert "265" not in set(calls["code"])


@pytest.mark.parametrize("folder", ["demo", "other"])
def test_one_third_of_the_providers_in_syddanmark_have_ever_been_on(
    folder: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(folder)
    south = municipalities.region_members("1083", LAST)
    table = pd.read_csv(path / "naevnere.csv", sep=";", dtype=str)
    providers = table[(table["measure"] == "providers") & table["municipality"].isin(south)]["value"].astype(int)
    calls = read_calls(path)
    ever = calls[calls["code"].isin(south)]["Ydernummer"].nunique()
    assert ever == round(providers.sum() / 3)


def test_favrskov_falls_slightly_in_home_nursing_and_its_care_centres_are_stable(calls: pd.DataFrame) -> None:
    assert 0.75 < a_month(calls, "710", "2024-03", LAST) / a_month(calls, "710", "2023-03", "2024-02") < 0.95
    by_type = dict(iter(calls[calls["code"] == "710"].groupby("Enhedstype")))
    care, nursing = (
        a_month(by_type[kind], "710", "2024-03", LAST) / a_month(by_type[kind], "710", "2023-03", "2024-02")
        for kind in ("Plejecenter", "Sygepleje")
    )
    assert 0.9 < care < 1.1
    assert nursing < 0.75


def test_aalborg_has_more_active_units_and_still_few_calls(calls: pd.DataFrame) -> None:
    aalborg = calls[calls["code"] == "851"]
    units = aalborg.groupby("month")["Enhed"].nunique()
    assert units["2024-12":].mean() > 1.3 * units["2023-12":"2024-02"].mean()
    assert a_month(calls, "851", "2024-12", LAST) < 20
    assert true_ratio("aalborg-reimplementation", "851", "active_units") > 1.5
    first = aalborg.groupby("Enhed")["month"].min()
    assert (first >= "2024-09").sum() >= 6


def test_kobenhavn_has_a_second_administration_that_has_just_started(demo: Path, calls: pd.DataFrame) -> None:
    social = calls[(calls["code"] == "101") & (calls["Forvaltning"] == "Socialforvaltningen")]
    assert social["month"].min() == "2024-12"
    assert set(social["Enhedstype"]) == {"Bosted", "Socialpsykiatri"}
    rows = pd.read_csv(demo / "tilslutning.csv", sep=";", dtype=str).set_index("municipality").loc["101"]
    assert rows["started_from"].tolist() == ["2020-10-01", "2024-12-01"]


def test_odense_rises_a_little_from_february_2025_on() -> None:
    assert true_ratio("odense-leader-meeting", "461") == 1.3
    with_, without = (total_rates(place("461"), event) for event in ("", "odense-leader-meeting"))
    assert np.array(MONTHS)[(with_ != without).any(axis=0)][0] == "2025-02"


def test_holstebro_gets_more_providers_after_its_meeting(calls: pd.DataFrame) -> None:
    first = calls[calls["code"] == "661"].groupby("Ydernummer")["month"].min()
    assert (first < "2024-04").sum() >= 2
    assert (first >= "2024-04").sum() >= 2
    assert true_ratio("holstebro-gp-meeting", "661") == 1.25


def test_redirect_brings_calls_into_the_statistics_that_were_not_counted_before(
    calls: pd.DataFrame, longer: Path
) -> None:
    assert (calls["Kanal"] == "App").all()  # its effect lies ahead of data to February 2025
    later = read_calls(longer)
    by_link = later[later["Kanal"] == "SMS-link"]
    assert by_link["start"].min() >= pd.Timestamp("2025-05-15")
    table = truth()
    rows = table[(table["event"] == "redirect") & (table["municipality"] != "")]
    assert (rows["measurement_share"] == 0.75).all()
    # 1 + captured * share / (1 - share): a tenth of the contacts by SMS in Odense would give 1.067, 15 % gives
    assert true_ratio("redirect", "461") == pytest.approx(1 + 0.6 * 0.15 / 0.85, abs=1e-4)
    ratios = rows["rate_ratio"].astype(float) ** 0.25
    assert rows["use_rate_ratio"].astype(float).tolist() == pytest.approx(ratios.tolist(), abs=1e-4)


def test_three_municipalities_are_locked_out_by_the_login_change(longer: Path) -> None:
    calls = read_calls(longer)
    locked = [p.code for p in places() if p.locked_out]
    assert len(locked) == 3
    assert not set(locked) & {*CONNECTED, "101", "265"}
    theirs = calls[calls["code"].isin(locked)]
    assert (theirs["start"] < "2025-03-24").all()
    assert theirs[theirs["month"].between("2024-03", LAST)].groupby("code").size().min() >= 5 * 12
    assert set(calls[calls["month"] >= "2025-04"]["code"]) >= set(CONNECTED)


# --- what the designs need -----------------------------------------------------------------------------------


def test_enough_municipalities_were_there_throughout_to_compare_with(demo: Path) -> None:
    rows = pd.read_csv(demo / "tilslutning.csv", sep=";", dtype=str)
    assert rows["municipality"].nunique() == 98
    assert 70 <= rows[rows["connected_from"].notna()]["municipality"].nunique() <= 80
    throughout = rows[(rows["started_from"] < "2020-12") & rows["connected_to"].isna()]
    assert throughout["municipality"].nunique() >= 39 + 2
    assert (rows["connected_from"].notna() & rows["started_from"].isna()).sum() == 4  # connected, never started


def test_the_counts_add_up_to_the_rates(calls: pd.DataFrame) -> None:
    expected = sum(float(total_rates(p)[:, : MONTHS.index(LAST) + 1].sum()) for p in places())
    # 23,000 calls with the latent part: a standard deviation of about 1 %, so 4 % is four of them
    assert len(calls) == pytest.approx(expected, rel=0.04)


def test_the_latent_part_is_autocorrelated_with_mean_one() -> None:
    drawn = np.array([np.log(latent(p, 1)) for p in places()])
    spread = drawn - drawn.mean()
    # 98 series of 73 months: the standard error of the pooled correlation is about 0.012
    assert (spread[:, 1:] * spread[:, :-1]).mean() / spread.var() == pytest.approx(0.45, abs=0.05)
    assert np.exp(drawn).mean() == pytest.approx(1, abs=0.02)


def test_calls_fall_on_working_days_in_office_hours_and_less_in_july(calls: pd.DataFrame) -> None:
    assert (calls["start"].dt.day_of_week < 5).mean() > 0.97
    assert calls["start"].dt.hour.between(8, 15).mean() > 0.9
    by_month = calls.groupby("month").size()
    assert by_month["2023-07"] < 0.8 * by_month["2023-05":"2023-09"].drop("2023-07").mean()
    assert 0.6 < (calls["Planlagt"] == "Ja").mean() < 0.8


def test_every_event_with_an_effect_is_in_the_register_and_the_other_way_round(register: EventRegister) -> None:
    table = truth()
    built = set(table[table["kind"] == "effect"]["event"])
    assert built == {event.id for event in register.values() if event.kind != "context"}
    for row in table[(table["kind"] == "effect") & (table["measurement_share"] > 0)].itertuples():
        assert register[row.event].kind == "measurement"


def test_the_truth_begins_where_the_window_rule_begins(register: EventRegister) -> None:
    table = truth()
    for row in table[table["kind"] == "effect"].itertuples():
        event = register[row.event]
        if event.dated:
            assert row.month == event.post_start, row.event


def test_every_entry_of_the_register_has_a_title_in_both_languages_a_tag_and_a_source(
    register: EventRegister, root: Path
) -> None:
    book = (root / "params" / "events" / "README.md").read_text("utf-8")
    for event in register.values():
        assert set(event.title) == {"da", "en"}, event.id
        assert event.tags, event.id
        assert all(f"`{tag}`" in book for tag in event.tags), event.id


# --- many rows -----------------------------------------------------------------------------------------------


def test_a_large_log_has_the_rows_asked_for_in_order_and_no_two_alike(tmp_path: Path) -> None:
    path = simulate_large(tmp_path / "stor_simuleret.csv", rows=50_000, seed=1)
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("Starttid;Varighed;Kommune;")
    assert len(lines) == 1 + 50_000 == len(set(lines))
    assert lines[1:] == sorted(lines[1:], key=lambda line: line[:19])
    assert simulate_large(tmp_path / "igen.csv", rows=50_000, seed=1).read_bytes() == path.read_bytes()
