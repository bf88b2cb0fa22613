import numpy as np
import pandas as pd
import pytest

from kl_research.adoption.watch.alerts import alerts, alerts_table, expected_false_alarms
from kl_research.statistics.cusum import RATE, cusum
from kl_research.statistics.latent_noise import Noise, latent, pooled_noise, season_of

from .drawn import activity, months_from, panel, panel_of

YEARS = 36
FLAT = Noise(0.0, 0.0, (1.0,) * 12)


def many(mean: float, towns: int, seed: int, noise: Noise = FLAT, factor: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rates = mean * latent(rng, towns, YEARS, noise)
    rates[:, 24:] *= factor
    counts = rng.poisson(rates)
    month = months_from("2022-01", YEARS)
    frames = [
        pd.DataFrame({"municipality": f"{i:03d}", "month": month, "state": "observed", "calls": counts[i]})
        for i in range(towns)
    ]
    return pd.concat(frames, ignore_index=True)


def test_the_cusum_is_the_running_log_likelihood_ratio_kept_above_zero():
    path = cusum(np.array([[12.0, 5.0, 5.0]]), np.array([[10.0] * 3]), 0.5)[0]
    step = 5 * np.log(0.5) + 5
    assert path == pytest.approx([0, step, 2 * step])  # 12 calls: 12 log .5 + 5 is below 0


def test_a_month_not_observed_leaves_the_cusum_as_it_was():
    path = cusum(np.array([[5.0, np.nan, 5.0]]), np.array([[10.0] * 3]), 0.5)[0]
    assert path[0] == path[1] < path[2]


def test_the_latent_variation_of_many_small_series_is_recovered():
    truth = Noise(0.15, 0.6, (1.0,) * 12)
    rng = np.random.default_rng(1)
    counts = rng.poisson(8 * latent(rng, 600, 24, truth)).astype(float)
    found = pooled_noise(counts, np.arange(24) % 12)
    # 600 series of 24 months: standard errors of about 3 per cent of s2 and of r
    assert (found.s2, found.r) == pytest.approx((0.15, 0.6), rel=0.1)


def test_season_is_found_in_large_totals_and_not_invented_in_small_ones():
    calendar = np.arange(36) % 12
    shape = np.where(calendar == 6, 0.6, 1.0)
    growing = 1000 * shape * 1.015 ** np.arange(36)
    index = season_of(growing, calendar)
    assert index[6] / index[5] == pytest.approx(0.6, rel=1e-9)  # no noise: the line and the months fit exactly
    assert (season_of(growing / 100, calendar) == 1).all()


def test_false_alarms_come_at_about_the_stated_rate():
    # 150 municipality-years; the full table over thousands is benchmarks/alerts.py
    found = alerts(many(10, 150, 5))
    raised = sum(alert.state in ("alert", "passed") for alert in found)
    assert expected_false_alarms(found) == pytest.approx(150 * RATE)
    # 30 expected, a little less counted since several alarms of one municipality are one; three standard errors
    assert abs(raised - 150 * RATE) < 3 * np.sqrt(150 * RATE)


def test_a_halving_at_ten_calls_a_month_is_found_in_nine_of_ten_municipalities():
    found = alerts(many(10, 40, 6, factor=0.5))
    assert sum(alert.state == "alert" for alert in found) >= 36
    assert {alert.delay for alert in found} <= {2, 3, 4}  # the months stated; benchmarks/alerts.py measures them


def test_a_fall_to_zero_is_told_from_a_decline_and_dated():
    table = panel({"230": "6 " * 30 + "0 " * 6, "710": "12 " * 33 + "5 5 5", "561": "3 " * 36}, "2022-01")
    found = {alert.municipality: alert for alert in alerts(table)}
    assert (found["230"].state, found["230"].kind, found["230"].since) == ("alert", "fell_to_zero", "2024-07")
    assert (found["230"].zeros, found["230"].now) == (6, 0)
    assert (found["710"].kind, found["710"].since, found["710"].normal, found["710"].now) == (
        "decline",
        "2024-10",
        12,
        5,
    )
    assert found["561"].state == "quiet"


def test_a_fall_that_was_made_up_for_is_passed():
    found = alerts(panel({"461": "10 " * 24 + "1 1 1 " + "14 " * 9}, "2022-01"))[0]
    assert (found.state, found.signalled) == ("passed", "2024-01")


def test_what_cannot_be_watched_says_why():
    drawn = {
        "265": "- " * 36,
        "101": "o " * 36,
        "851": "5 " * 24 + ". " * 12,
        "561": "0 " * 30 + "1 0 0 0 0 0",
        "461": "- " * 20 + "5 " * 16,
    }
    reasons = {alert.municipality: alert.reason for alert in alerts(panel(drawn, "2022-01"))}
    assert reasons.pop("561") == "too_few_calls"
    assert reasons.pop("461") == "too_few_months"
    assert reasons == {"265": "not_connected", "101": "not_started", "851": "missing"}


def test_after_a_new_counting_rule_the_normal_is_taken_from_the_new_phase_only():
    sisters = {f"{i:03d}": "8 " * 36 for i in range(20)}  # what varies little in them is known to vary little
    table = panel({"461": "20 " * 18 + "8 " * 18} | sisters, "2022-01")
    assert alerts(table, only=["461"])[0].state == "alert"
    found = alerts(table, only=["461"], phases={"461": "2023-07"})[0]  # six months before the watched year
    assert (found.state, found.reason) == ("not_assessable", "too_few_months")
    table = panel({"461": "20 " * 12 + "8 " * 24} | sisters, "2022-01")
    assert alerts(table, only=["461"], phases={"461": "2023-01"})[0].state == "quiet"


def test_where_use_grows_the_normal_is_that_of_the_last_year():
    growing = " ".join(str(round(20 * 1.03**t)) for t in range(24)) + " 40" * 12
    assert alerts(panel({"461": growing}, "2022-01"))[0].series["expected"].iloc[0] == pytest.approx(34, abs=1)


def hidden(table, code, months):
    """The table with small months as an export shows them: suppressed."""
    rows = (table["municipality"] == code) & table["month"].dt.strftime("%Y-%m").isin(months)
    assert table.loc[rows, "calls"].between(1, 4).all()
    return table.assign(calls=table["calls"].mask(rows), state=table["state"].mask(rows, "suppressed"))


def test_a_fall_to_suppressed_months_is_an_alert_and_no_silence():
    sisters = {f"{i:03d}": "12 11 13 " * 12 for i in range(20)}
    table = panel({"461": "12 11 13 " * 8 + "12 11 3 2 1 4 3 2 1 3 2 3"} | sisters, "2022-01")
    small = [f"2024-{m:02d}" for m in range(3, 13)]
    whole, masked = (alerts(t, only=["461"])[0] for t in (table, hidden(table, "461", small)))
    assert (whole.state, masked.state) == ("alert", "alert")
    assert masked.kind == "decline"
    assert masked.series["observed"].isna().sum() == 10  # what stood there is not told


def test_what_depends_on_suppressed_months_is_not_said():
    sisters = {f"{i:03d}": "6 5 7 " * 12 for i in range(20)}
    table = panel({"461": "6 5 7 " * 8 + "6 5 7 " * 2 + "4 4 4 4 4 4"} | sisters, "2022-01")
    small = [f"2024-{m:02d}" for m in range(7, 13)]  # six months of 4 are quiet, of 1 they would be an alarm
    found = alerts(hidden(table, "461", small), only=["461"])[0]
    assert (found.state, found.reason) == ("not_assessable", "suppressed")


def test_the_part_that_fell_is_named_and_the_stable_one_too():
    use = pd.concat(
        [
            activity([("710", "Home", "8 " * 32 + "2 2 2 2")], "2022-01", unit_type="home nursing"),
            activity([("710", "Care", "6 " * 36)], "2022-01", unit_type="care centre"),
        ],
        ignore_index=True,
    )
    found = alerts(panel_of(use, "2022-01", 36), use)[0]
    assert found.state == "alert"
    states = {part.part: part.state for part in found.parts}
    assert states == {"home nursing": "fell", "care centre": "stable"}
    row = alerts_table([found]).iloc[0]
    assert (row["fell"], row["stable"]) == ("home nursing", "care centre")


def test_asking_for_one_municipality_gives_the_same_alert_as_asking_for_all():
    table = many(6, 5, 8)
    assert alerts(table, only=["003"]) == [alert for alert in alerts(table) if alert.municipality == "003"]
