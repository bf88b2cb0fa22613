"""The public data set: every number came out of `count`, fits what it is part of, and nothing else is in it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kl_research.adoption import cut, measure_table
from kl_research.adoption.measures.members import find
from kl_research.commands.data import public_numbers
from kl_research.commands.data.public_numbers import measure_spans, public_data
from kl_research.commands.data.told_before import check_told_before
from kl_research.disclosure import areas, members, seals, tables
from kl_research.disclosure.count import count
from kl_research.disclosure.perturbation import D
from kl_research.disclosure.published import Look, Published, read_published, write_published
from kl_research.disclosure.seals import check_published, fingerprint, noise_key, released_key
from kl_research.disclosure.source import read_source
from kl_research.disclosure.window_totals import WindowTotals
from kl_research.intake import Ingested
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.events import Event
from kl_research.terms.panel import COUNTS
from tests.disclosure.drawn import CODES, MONTHS, drawn, ingested

KEY = noise_key(b"tests")
MEETING = Event(
    id="meeting", kind="intervention", type="gp_meeting", municipalities=["101"], date="2024-03-01", source="drawn"
)
EVENTS = {"meeting": MEETING}


@pytest.fixture(scope="module")
def found() -> Ingested:
    return drawn(1)


@pytest.fixture(scope="module")
def data(found: Ingested) -> Published:
    return public_data(found, KEY, EVENTS)


def inside(frame: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    month = frame["month"].dt.strftime("%Y-%m")
    return frame[(month >= first) & (month <= last)]


def test_every_told_month_lies_within_d_of_the_truth(found: Ingested, data: Published) -> None:
    for name in COUNTS:
        drawn_ = data.panel[name if name == "calls" else f"{name}_drawn"]
        distance = (drawn_ - found.panel[name]).dropna().abs()
        assert len(distance) == 18 * 6 - 3
        assert distance.max() <= D
        assert (drawn_[found.panel[name] == 0] == 0).all()
    assert (data.panel["calls"] != found.panel["calls"]).any()


def test_every_window_lies_within_d_of_the_truth_and_not_of_the_sum_of_months(
    found: Ingested, data: Published
) -> None:
    windows = data["windows"]
    for row in windows[windows["level"] == "municipality"].itertuples():
        own = inside(found.panel[found.panel["municipality"] == row.area], row.first, row.last)
        assert abs(row.drawn - own[row.measure].sum()) <= D
        assert row.months_observed == own["calls"].notna().sum()
    for row in windows[windows["level"] == "national"].itertuples():
        if row.measure != "active_providers":  # one may serve several municipalities
            assert abs(row.drawn - inside(found.panel, row.first, row.last)[row.measure].sum()) <= D


def test_every_count_of_users_lies_within_d_of_the_truth(found: Ingested, data: Published) -> None:
    told = data["members"]
    for level in ("municipality", "national", "unit_type"):
        whole = cut(data.panel, found.activity, level=level)
        for (first, last, who, what), rows in told[told["level"] == level].groupby(["first", "last", "who", "what"]):
            one = whole.between(months.number(first), months.number(last))
            true = np.bincount(find(one, who, what)[0], minlength=len(one.areas))
            area = rows["area"].where(rows["part"] == "", rows["area"] + "\x1f" + rows["part"])
            assert np.abs(rows["drawn"].to_numpy() - true[one.areas.get_indexer(pd.Index(area))]).max() <= D


def test_numbers_fit_what_they_are_part_of(data: Published) -> None:
    for table in (data.panel, data["areas"]):
        for name in COUNTS[1:]:
            assert (table[name] <= table["calls"]).fillna(True).all()
    assert (data.panel["active_units"] <= data.panel["units"]).fillna(True).all()
    for name in ("windows", "parts"):
        keys_ = [column for column in ("level", "area", "part", "first", "last") if column in data[name]]
        wide = data[name].pivot(index=keys_, columns="measure", values="value")
        assert (wide["completed"] <= wide["calls"]).all()
    people = data["members"].pivot(
        index=["level", "area", "part", "who", "first", "last"], columns="what", values="value"
    )
    for less, more in (("active", "ever"), ("at_least_12", "at_least_5"), ("in_12_months", "in_6_months"),
                       ("in_3_months", "active"), ("tried_and_stopped", "stopped"), ("stopped", "watched"),
                       ("lost", "active_before"), ("new", "active")):  # fmt: skip
        both = people[[less, more]].dropna()
        assert len(both) > 50
        assert (both[less] <= both[more]).all()
    active = people["active"].dropna().unstack(["first", "last"])
    lengths = [("2023-05", "2024-10"), ("2023-11", "2024-10"), ("2024-05", "2024-10"), ("2024-08", "2024-10")]
    for longer, shorter in pairwise(lengths):  # ever >= 12 >= 6 >= 3 months
        assert (active[shorter] <= active[longer]).all()


def test_the_same_calls_have_the_same_number_wherever_they_are_told() -> None:
    one = drawn(2).activity
    one = one[(one["municipality"] == "151") & (one["month"].isin([MONTHS[1], MONTHS[9]]))].head(3)
    data = public_data(ingested(one.assign(administration="a", unit_type="care", channel="app")), KEY)
    whole = {
        int(
            data.panel.loc[data.panel["municipality"] == "151", "calls"].where(data.panel["month"] == MONTHS[1]).sum()
        )
    }
    windows, parts = data["windows"], data["parts"]
    around = (windows["first"] <= "2023-06") & (windows["last"] >= "2023-06") & (windows["last"] < "2024-02")
    calls = windows[(windows["measure"] == "calls") & around]
    whole |= set(calls.loc[calls["area"].isin(["151", "1084", ""]), "value"])
    parts = parts[(parts["measure"] == "calls") & (parts["first"] <= "2023-06") & (parts["last"] >= "2023-06")]
    whole |= set(parts.loc[parts["last"] < "2024-02", "value"])
    assert len(whole) == 1


def test_a_region_of_two_municipalities_is_nowhere(data: Published) -> None:
    assert set(data["areas"]["area"]) == {"1084", ""}
    for name, table in data.tables.items():
        if "level" in table:
            assert "1085" not in set(table["area"]), name


def test_two_truths_that_count_to_the_same_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: `count` is replaced by numbers that know nothing of the data; all that is public must be the same.

    The second truth has other calls in every row, and a tenth of the rows that begin nothing are gone: other sums,
    months, active units, hours and leading units. Durations stay 7 minutes a call, for their mean is told too.
    """

    def blind(records: object) -> np.ndarray:
        values = records.values  # type: ignore[attr-defined]
        return np.random.default_rng(values.size).poisson(14, values.shape)

    for module in (tables, members, public_numbers):
        monkeypatch.setattr(module, "count", blind)
    for seed in range(2):
        first = drawn(seed, rate=3.0)
        rng = np.random.default_rng(seed + 100)
        other = first.activity.copy()
        begins = np.zeros(len(other), dtype=bool)
        for column in (["municipality", "administration", "unit"], ["provider"], ["municipality", "provider"]):
            begins |= ~other.sort_values("month", kind="stable").duplicated(column).sort_index().to_numpy()
        kept = begins | (rng.random(len(other)) > 0.1)
        other["calls"] = rng.integers(1, 9, len(other))
        other["completed"] = rng.binomial(other["calls"], 0.5)
        other["seconds"] = other["calls"] * 420.0
        second = ingested(other[kept])
        assert (first.panel["calls"] != second.panel["calls"]).mean() > 0.5
        for name, truth in (("a", first), ("b", second)):
            write_published(public_data(truth, KEY, EVENTS), tmp_path / str(seed) / name, KEY)
        files = sorted(path.name for path in (tmp_path / str(seed) / "a").iterdir())
        assert len(files) == 12
        for file in files:
            one, two = ((tmp_path / str(seed) / name / file).read_bytes() for name in "ab")
            assert one == two, file


def test_a_first_call_opens_no_month_unless_its_published_number_does() -> None:
    """Without a connections file the first call begins the use: but a call told as 0 must not show as a state."""
    found = drawn(3, connections=False, rate=0.2)
    data = public_data(found, KEY)
    told = data.panel.pivot(index="municipality", columns="month", values="state")
    calls = data.panel.pivot(index="municipality", columns="month", values="calls").fillna(0) > 0
    begun = np.logical_or.accumulate(calls.to_numpy(), axis=1)
    assert (told.to_numpy() == np.where(begun, "observed", "not_started")).all()
    true = found.panel.pivot(index="municipality", columns="month", values="calls").fillna(0) > 0
    assert (np.logical_or.accumulate(true.to_numpy(), axis=1) & ~begun).any()  # some first calls were told as 0


def test_calls_before_the_connection_open_no_month_unless_their_published_number_does() -> None:
    found = drawn(4)
    register = areas.Register(np.array([["not_connected"] * 18] * 6), np.zeros(6, dtype=bool))
    told = np.zeros((6, 18), dtype=int)
    told[0, 3] = 2
    states = areas.public_states(None, found.panel, register, told)  # type: ignore[arg-type]
    assert states[0, 3] == "observed"
    assert (np.delete(states.ravel(), 3) == "not_connected").all()


def test_measures_are_made_again_from_the_public_folder_alone(data: Published, tmp_path: Path) -> None:
    write_published(data, tmp_path, KEY)
    read = read_published(tmp_path)
    spans = measure_spans(read.panel)
    again = measure_table(read.panel, Look(read), levels=["municipality", "region", "national"], periods=spans)
    told = data["measures"]
    again = again[again["measure"].isin(told["measure"].unique())].reset_index(drop=True)
    pd.testing.assert_frame_equal(told[["numerator", "denominator"]], again[["numerator", "denominator"]])
    assert again["numerator"].notna().sum() > 1000


def test_shares_of_calls_are_told_from_20_published_calls_and_none_beyond_0_and_1() -> None:
    told = public_data(drawn(3, rate=0.2), KEY)["measures"]
    share = told[told["measure"] == "completed_share"]
    few = share["denominator"] < 20
    assert few.sum() > 5
    assert (~few).sum() > 5
    assert (share.loc[few & share["reason"].ne("no_use"), "reason"] == "too_few_calls").all()
    assert share.loc[~few, "value"].between(0, 1).all()
    shares = told.loc[told["unit"] == "share", "value"].dropna()
    assert shares.between(0, 1).all()


def test_totals_for_effects_are_the_told_windows_and_sums_of_blocks_elsewhere(data: Published) -> None:
    totals = WindowTotals(data)
    windows = data["windows"]
    told = windows[(windows["area"] == "101") & (windows["measure"] == "completed")].set_index(["first", "last"])[
        "drawn"
    ]
    before = months.span("2023-05", "2024-02")  # before the meeting: a window of its own
    assert totals.of("completed", ["101"], before)[0] == told["2023-05", "2024-02"]
    month = data.panel[data.panel["municipality"] == "101"].set_index("month")["completed_drawn"]
    parts = month["2023-06-01"] + told["2023-07", "2023-12"] + month["2024-01-01"]
    assert totals.of("completed", ["101"], months.span("2023-06", "2024-01"))[0] == parts
    with_a_gap = [m for m in before if m != "2023-09"]
    parts = month["2023-05-01"] + month["2023-06-01"] + month["2023-07-01"] + month["2023-08-01"]
    parts += told["2023-10", "2023-12"] + month["2024-01-01"] + month["2024-02-01"]
    assert totals.of("completed", ["101"], with_a_gap)[0] == parts
    # Connected in August 2023: its months before the meeting are the event's window, for it had no calls before.
    late = windows[(windows["area"] == CODES[-1]) & (windows["measure"] == "calls")].set_index(["first", "last"])[
        "drawn"
    ]
    assert totals.of("calls", [CODES[-1]], months.span("2023-08", "2024-02"))[0] == late["2023-05", "2024-02"]


@pytest.mark.parametrize(("damage", "says"), [
    (lambda path: path.unlink(), "found no such file"),
    (lambda path: path.write_bytes(path.read_bytes()[:-7]), "found a file that was changed or cut short"),
    (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "found a file that was changed or cut short"),
])  # fmt: skip
def test_a_damaged_file_is_named_in_plain_words(data: Published, tmp_path: Path, damage, says: str) -> None:
    write_published(data, tmp_path, KEY)
    check_published(tmp_path, KEY)
    damage(tmp_path / "windows.parquet")
    with pytest.raises(InputError, match=rf"windows.parquet: {says}.*ingest"):
        check_published(tmp_path, KEY)


def test_another_key_is_noticed_and_its_fingerprint_stands_with_the_data(data: Published, tmp_path: Path) -> None:
    write_published(data, tmp_path, KEY)
    other = noise_key(b"another")
    assert released_key(tmp_path) == fingerprint(KEY) != fingerprint(other)
    with pytest.raises(InputError, match="--new-key"):
        seals.check_fingerprint(other, released_key(tmp_path))
    seals.check_fingerprint(other, released_key(tmp_path), new_key=True)
    with pytest.raises(InputError, match="with the same key"):
        check_published(tmp_path, other)


def test_units_called_otherwise_do_not_draw_fresh_noise_unasked(
    found: Ingested, data: Published, tmp_path: Path
) -> None:
    found.panel.to_parquet(tmp_path / "panel.parquet")
    write_published(data, tmp_path / "public", KEY)
    check_told_before(tmp_path, found.panel, data.panel)
    renamed = read_source(found.panel, found.activity.assign(unit="new " + found.activity["unit"]), KEY)
    drawn_anew = pd.Series(count(renamed.counts["calls"]).ravel()).where(data.panel["calls"].notna())
    told = data.panel.assign(calls=drawn_anew.astype("Int64"))
    with pytest.raises(InputError, match=r"in \d+ of \d+ months.*--new-key"):
        check_told_before(tmp_path, found.panel, told)
    check_told_before(tmp_path, found.panel, told, new_key=True)


def test_mean_minutes_have_the_noise_of_a_count(found: Ingested, data: Published) -> None:
    """Every call of the drawn study took 7 minutes: what is told varies, by D of n calls at most."""
    whole = data["minutes"][data["minutes"]["level"] == "municipality"]
    calls = [inside(found.panel[found.panel["municipality"] == row.area], row.first, row.last)["calls"].sum()
             for row in whole.itertuples()]  # fmt: skip
    off = (whole["minutes"] - 7).abs()
    assert (off <= 7 * D / np.array(calls, dtype="float64") + 0.5).all()
    assert (off > 0).any()


def test_no_table_names_a_unit_or_a_provider_number(found: Ingested, data: Published) -> None:
    secret = {*found.activity["unit"], *found.activity["provider"]} - {""}
    for name, table in {"panel": data.panel, **data.tables}.items():
        for column in table.select_dtypes(["str", "object"]):
            texts = {part for text in table[column].astype("str").unique() for part in text.split(chr(31))}
            assert not texts & secret, f"{name}, {column}"
