"""Known shares of panels nobody here made, from ../shared/data."""

from pathlib import Path

import pandas as pd
import pytest

from kl_research.adoption import cut, measure_table
from kl_research.adoption.measures.observation import months_suppressed
from kl_research.adoption.measures.reach import municipalities_active
from kl_research.adoption.measures.volume import calls
from kl_research.terms.panel import check_panel

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def read(path: str) -> pd.DataFrame:
    file = SHARED / path
    if not file.is_file():
        pytest.skip(f"../shared/data/{path} is absent: real data are not part of the project")
    return pd.read_csv(file)


def grid(rows: pd.DataFrame) -> pd.DataFrame:
    """A panel of every municipality and month; what has no row is missing."""
    months = pd.date_range(rows["month"].min(), rows["month"].max(), freq="MS")
    keys = ["municipality", "month"]
    every = pd.MultiIndex.from_product([sorted(rows["municipality"].unique()), months], names=keys)
    panel = rows.set_index(keys).reindex(every).reset_index()
    panel["state"] = panel["state"].fillna("missing")
    return check_panel(panel)


def test_nhs_video_was_used_in_38_areas_in_february_2020_41_ever_before_and_49_after():
    raw = read("nhs_gp_appointments/ccg_month_mode.csv")
    rows = raw[raw["appt_mode"] == "Video/Online"]
    rows = pd.DataFrame(
        {
            "municipality": rows["ccg_ons_code"],
            "month": pd.to_datetime(rows["month"]),
            "calls": rows["appointments"],
            "state": "observed",
        }
    )
    whole = cut(grid(rows), level="national")
    spans = [("2020-02", "2020-02"), ("2019-03", "2020-02"), ("2020-03", "2021-08")]
    cuts = [cut(grid(rows), level="national", first=first, last=last) for first, last in spans]
    assert [municipalities_active(one).table()["numerator"].iloc[0] for one in cuts] == [38, 41, 49]
    assert whole.months_in("missing").tolist() == [146]  # of 1,470 cells, as the source card says


def test_immuni_a_third_of_the_cells_are_suppressed_and_none_of_them_is_a_zero():
    raw = read("immuni_app/andamento-mensile-dati-regionali.csv")
    value = raw["utenti_positivi"]
    rows = pd.DataFrame(
        {
            "municipality": raw["denominazione_regione"],
            "month": pd.to_datetime(raw["mese"]).dt.to_period("M").dt.to_timestamp(),
            "calls": value.where(value >= 0).astype("Int64"),
            "state": (value >= 0).map({True: "observed", False: "suppressed"}),
        }
    )
    whole = cut(grid(rows), level="national")
    hidden = months_suppressed(whole).table().iloc[0]
    assert (hidden["numerator"], hidden["denominator"]) == ((value < 0).sum(), 22 * 31)
    assert hidden["value"] == pytest.approx(0.32, abs=0.005)  # the card's share, two digits
    assert calls(whole).table()["value"].iloc[0] == value[value >= 0].sum()


def test_pharmacy_first_starts_in_february_2024_after_structural_zeros():
    raw = read("pharmacy_first/pf_consultation_validation_data.csv")
    rows = raw.groupby("date")["count"].sum().rename("calls").reset_index()
    rows = rows.assign(municipality="England", month=pd.to_datetime(rows["date"])).drop(columns="date")
    launched = rows["month"] >= "2024-01-01"
    rows["state"] = launched.map({True: "observed", False: "not_started"})
    rows["calls"] = rows["calls"].where(launched).astype("Int64")
    found = measure_table(
        grid(rows),
        levels=["national"],
        only=["calls", "months_observed"],
        periods=[("2024-02", "2024-02"), ("2023-11", "2023-12")],
    )
    first_full = found[(found["measure"] == "calls") & (found["period"] == "2024-02/2024-02")].iloc[0]
    before = found[(found["measure"] == "calls") & (found["period"] == "2023-11/2023-12")].iloc[0]
    assert first_full["value"] == 125275  # the card's number for the first full month
    assert (before["reason"], before["months_observed"]) == ("not_started", 0)
