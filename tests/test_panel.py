"""The door check of the shared table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kl_research.terms.errors import InputError
from kl_research.terms.panel import (
    area_name,
    check_panel,
    count_state,
    read_panel,
    refuse_unchecked,
    wide,
    with_areas,
    write_panel,
)


def drawn(**changes: object) -> pd.DataFrame:
    """Two municipalities, two months; the second municipality is connected in the second month."""
    frame = pd.DataFrame(
        {
            "municipality": ["461", "461", "265", "265"],
            "month": ["2025-01-01", "2025-02-01", "2025-01-01", "2025-02-01"],
            "state": ["observed", "suppressed", "not_connected", "observed"],
            "calls": [7, None, None, 0],
        }
    )
    return frame.assign(**changes)


def test_a_panel_passes_typed_and_sorted() -> None:
    panel = check_panel(drawn())
    assert panel["municipality"].tolist() == ["265", "265", "461", "461"]
    assert str(panel["calls"].dtype) == "Int64"


def test_the_callers_frame_is_left_alone() -> None:
    frame = drawn()
    before = frame.copy(deep=True)
    check_panel(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (drawn().drop(columns="state"), "no column state"),
        (drawn().iloc[:0], "no rows"),
        (drawn(municipality=[461, 461, 265, 265]), "not a text code"),
        (drawn(month=["2025-01-15", "2025-02-01", "2025-01-01", "2025-02-01"]), "not the first day"),
        (pd.concat([drawn(), drawn().iloc[:1]]), "municipality 461 twice in 2025-01"),
        (drawn().iloc[1:], "1 months for municipality 461"),
        (drawn(state=["observed", "hidden", "not_connected", "observed"]), "hidden"),
        (drawn(calls=[7, None, None, -1]), "below 0"),
        (drawn(calls=[7.5, None, None, 0]), "not whole"),
        (drawn(calls=[7, 3, None, 0]), "not observed"),
        (drawn(calls=[7, None, None, 1e300]), "above"),
        (drawn(completed=["many", None, None, 0]), "completed that are no numbers"),
        (drawn(month=[202501, 202502, 202501, 202502]), "no dates"),
        (drawn(month=["spring", "2025-02", "2025-01", "2025-02"]), "no dates"),
        (pd.concat([drawn(), drawn()[["calls"]]], axis=1), "two columns calls"),
        (drawn(calls=[None, None, None, 0]), "observed month without calls"),
    ],
)
def test_what_is_no_panel_is_refused(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_panel(frame)


def test_months_may_be_text_periods_or_have_a_zone() -> None:
    plain = check_panel(drawn())
    for months in (
        plain["month"].dt.strftime("%Y-%m"),
        plain["month"].dt.to_period("M"),
        plain["month"].dt.tz_localize("UTC"),
    ):
        pd.testing.assert_frame_equal(check_panel(plain.assign(month=months)), plain)


@pytest.mark.parametrize(
    "changes",
    [
        {"month": "2025-01"},
        {"month": pd.Timestamp("2025-01-15")},
        {"calls": -1},
        {"calls": 0.5},
        {"calls": "seven"},
        {"calls": None},
        {"state": "OBSERVED"},
        {"state": "missing"},
        {"municipality": 461},
        {"municipality": ""},
    ],
)
def test_a_panel_made_by_hand_is_refused_where_it_would_be_misread(changes: dict[str, object]) -> None:
    one = {"municipality": "461", "month": pd.Timestamp("2025-01-01"), "state": "observed", "calls": 7}
    refuse_unchecked(pd.DataFrame([one]))
    for panel in (pd.DataFrame([one | changes]), [one], None):
        with pytest.raises(InputError, match=r"kl\.check_panel"):
            refuse_unchecked(panel)


def test_months_absent_or_twice_are_refused_by_whatever_draws_or_counts() -> None:
    whole = check_panel(drawn())
    for panel in (whole.iloc[1:], pd.concat([whole, whole.iloc[:1]])):
        with pytest.raises(InputError, match="absent or twice"):
            wide(panel)


def test_a_count_may_have_a_state_of_its_own() -> None:
    panel = check_panel(
        drawn(active_units=[2, None, None, None], active_units_state=["observed", None, None, "suppressed"])
    )
    assert count_state(panel, "active_units").tolist() == ["not_connected", "suppressed", "observed", "suppressed"]


def test_a_zero_and_a_month_that_is_not_observed_stay_apart() -> None:
    table = wide(check_panel(drawn()))
    assert table.loc["2025-02", "265"] == 0
    assert table.loc["2025-01", "265"] != table.loc["2025-01", "265"]  # NaN: not connected is not zero


def test_a_panel_survives_its_file_with_what_belongs_to_it(tmp_path: Path) -> None:
    panel = check_panel(drawn())
    panel = with_areas(panel, "name", {"461": "Fyns største by"})
    write_panel(panel, tmp_path)
    back = read_panel(tmp_path)
    pd.testing.assert_frame_equal(back, panel)
    assert area_name(back, "461") == "Fyns største by"


def test_a_folder_without_a_panel_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="kl-research ingest"):
        read_panel(tmp_path)
