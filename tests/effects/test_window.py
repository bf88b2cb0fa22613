"""The window rule of the contract, case by case."""

import numpy as np
import pytest

from kl_research.effects.effect import Threat
from kl_research.effects.window import assess
from kl_research.terms.errors import InputError

from .drawn import draw_event, draw_panel, register

TEN = np.full((51, 25), 10)  # 2020-12 to 2025-02, as the statistics last presented


def window_of(panel, *events, municipality="001", **options):
    return assess(panel, register(*events)["meeting"], municipality=municipality, **options)


def odense(**states):
    panel = draw_panel(TEN, start="2020-12", **states)
    meeting = draw_event(date="2025-01")
    login = draw_event("login", date="2025-03-24", kind="measurement", national=True)
    redirect = draw_event("redirect", date=None, kind="measurement", national=True)
    return panel, meeting, login, redirect


def test_a_meeting_in_january_known_only_by_its_month_can_be_judged_with_data_to_april():
    window = window_of(*odense())
    assert (window.reason, window.earliest_month) == ("too_few_months_after", "2025-04")
    assert (window.pre[0], window.pre[-1], window.left_out, window.post) == (
        "2023-01",
        "2024-12",
        ("2025-01",),
        ("2025-02",),
    )
    assert window.threats == (
        Threat("measurement_near", "login", "2025-03"),
        Threat("measurement_undated", "redirect"),
    )


def test_a_meeting_on_the_first_day_of_a_month_leaves_no_month_out():
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-06-01"))
    assert (window.pre[-1], window.post[0], window.post[-1]) == ("2024-05", "2024-06", "2025-02")
    assert window.reason == ""


def test_an_undated_event_is_not_assessable_and_no_month_would_help():
    window = window_of(draw_panel(TEN), draw_event(date=None))
    assert (window.reason, window.earliest_month, window.threats) == ("undated", "", ())


def test_an_earlier_event_of_the_municipality_cuts_what_counts_as_before():
    window = window_of(
        draw_panel(TEN, start="2020-12"), draw_event(date="2024-06-01"), draw_event("before", date="2023-11")
    )
    assert window.pre[0] == "2023-12"  # November is mixed
    assert window.cut_before == "before"


def test_a_later_event_of_the_municipality_ends_what_counts_as_after():
    window = window_of(
        draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01"), draw_event("next", date="2024-08-15")
    )
    assert window.post[-1] == "2024-07"
    assert window.cut_after == "next"


def test_two_events_within_three_months_cannot_be_told_apart():
    window = window_of(
        draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01"), draw_event("next", date="2024-05-15")
    )
    assert (window.reason, window.earliest_month) == ("overlapping_event", "")
    assert window.threats == (Threat("intervention_near", "next", "2024-05"),)  # a reader is told which


def test_context_never_cuts():
    report = draw_event("report", kind="context", date="2024-05-15")
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01"), report)
    assert (window.post[-1], window.threats) == ("2025-02", ())


def test_a_national_event_is_named_but_does_not_cut_a_local_window_since_the_others_share_it():
    release = draw_event("release", date="2024-05-15", national=True)
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01"), release)
    assert window.post[-1] == "2025-02"
    assert window.threats == (Threat("intervention_near", "release", "2024-05"),)


def test_a_national_event_is_cut_by_the_next_national_one():
    release = draw_event("release", date="2024-08-15", national=True)
    window = window_of(
        draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01", national=True), release, municipality=None
    )
    assert window.post[-1] == "2024-07"
    assert window.members == tuple(f"{i + 1:03d}" for i in range(25))


def test_events_in_the_same_month_do_not_cut_each_other_but_are_named():
    window = window_of(
        draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01"), draw_event("twin", date="2024-03-20")
    )
    assert window.post[-1] == "2025-02"
    assert window.threats == (Threat("same_month", "twin", "2024-03"),)


def test_the_last_month_of_a_temporary_intervention_ends_its_window():
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01", until="2024-08"))
    assert window.post[-1] == "2024-08"


def test_an_intervention_shorter_than_three_months_can_never_be_judged():
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-03-01", until="2024-04"))
    assert (window.reason, window.earliest_month) == ("too_short", "")


def test_a_pulse_is_judged_by_the_month_of_its_date():
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-03", impact="pulse"))
    assert (window.pre[-1], window.post, window.reason) == ("2024-02", ("2024-03",), "")


def test_months_before_connection_do_not_count_as_before():
    states = {("001", f"2024-{m:02d}"): "not_connected" for m in (1, 2)}
    panel = draw_panel(TEN, start="2020-12", states=states)
    window = window_of(panel, draw_event(date="2024-06-01"))
    assert window.pre[0] == "2024-03"


def test_a_municipality_never_connected_has_no_answer_and_is_no_donor():
    months = [f"{y}-{m:02d}" for y in range(2020, 2026) for m in range(1, 13)]
    states = {("001", m): "not_connected" for m in months if "2020-12" <= m <= "2025-02"}
    panel = draw_panel(TEN, start="2020-12", states=states)
    assert window_of(panel, draw_event(date="2024-06-01")).reason == "not_connected"
    other = window_of(panel, draw_event(date="2024-06-01", municipalities=["002"]), municipality="002")
    assert "001" not in other.donors


def test_donors_had_no_event_of_their_own_in_the_window_and_none_that_is_undated():
    panel = draw_panel(TEN, start="2020-12")
    window = window_of(
        panel,
        draw_event(date="2024-06-01"),
        draw_event("own", date="2024-01-15", municipalities=["002"]),
        draw_event("long-ago", date="2021-01-15", municipalities=["003"]),
        draw_event("when", date=None, municipalities=["004"]),
    )
    assert "002" not in window.donors
    assert "004" not in window.donors
    assert "003" in window.donors
    assert len(window.donors) == 25 - 1 - 2


def test_a_donor_was_observed_in_every_month_and_expects_five_calls():
    counts = TEN.copy()
    counts[40, 1] = -1
    counts[:, 2] = 0
    window = window_of(draw_panel(counts, start="2020-12"), draw_event(date="2024-06-01"))
    assert not {"002", "003"} & set(window.donors)


def test_fewer_than_five_calls_expected_is_too_few_whatever_came_after():
    counts = TEN.copy()
    counts[:42, 0] = 0
    counts[42:, 0] = 100
    window = window_of(draw_panel(counts, start="2020-12"), draw_event(date="2024-06-01"))
    assert window.reason == "too_few_calls"


def test_no_calls_at_all_after_is_data_not_a_refusal():
    counts = TEN.copy()
    counts[42:, 0] = 0
    assert window_of(draw_panel(counts, start="2020-12"), draw_event(date="2024-06-01")).reason == ""


def test_a_missing_month_is_left_out_and_named():
    counts = TEN.copy()
    counts[30, 0] = -1  # 2023-06
    window = window_of(draw_panel(counts, start="2020-12"), draw_event(date="2024-06-01"))
    assert "2023-06" not in window.pre
    assert window.n_pre == 24 - 1
    assert Threat("missing_months", "", "2023-06") in window.threats


def test_an_event_of_a_part_is_said_to_show_less_in_the_whole():
    event = draw_event(date="2024-06-01", unit_type="Sygepleje")
    assert window_of(draw_panel(TEN, start="2020-12"), event).threats == (Threat("part_of_area"),)


@pytest.mark.parametrize(
    ("date", "reason", "earliest"),
    [
        ("2020-11-01", "before_data", ""),
        ("2020-12-01", "too_few_months_before", ""),
        ("2021-02-01", "too_few_months_before", ""),
        ("2021-03-01", "", ""),
        ("2024-12-01", "", ""),
        ("2025-01-01", "too_few_months_after", "2025-03"),
        ("2025-02-01", "too_few_months_after", "2025-04"),
        ("2025-06-01", "after_data", "2025-08"),
    ],
)
def test_three_months_are_needed_on_either_side(date, reason, earliest):
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date=date))
    assert (window.reason, window.earliest_month) == (reason, earliest)


def test_an_unknown_municipality_is_refused():
    with pytest.raises(InputError, match="no municipality '999'"):
        window_of(draw_panel(TEN), draw_event(), municipality="999")


def test_an_outcome_the_export_does_not_hold_is_said():
    assert window_of(draw_panel(TEN), draw_event(outcome="active_units")).reason == "outcome_not_in_data"


def test_a_national_event_cuts_a_local_window_that_nobody_is_there_to_compare_with():
    release = draw_event("release", date="2024-08-15", national=True)
    two = draw_panel(TEN[:, :3], start="2020-12")
    few = window_of(two, draw_event(date="2024-03-01"), release)
    assert (few.post[-1], few.cut_after) == ("2024-07", "release")
    soon = draw_event("soon", date="2024-04-15", national=True)
    assert window_of(two, draw_event(date="2024-03-01"), soon).reason == "overlapping_event"


def test_a_national_event_cuts_nothing_where_three_share_it():
    release = draw_event("release", date="2024-08-15", national=True)
    few = window_of(draw_panel(TEN[:, :15], start="2020-12"), draw_event(date="2024-03-01"), release)
    assert (few.cut_after, len(few.donors)) == ("", 14)
    assert few.busy is not None


def test_waiting_for_data_counts_the_donors_there_will_be():
    counts = TEN.copy()
    counts[:] = 3  # one month after expects 3 calls of a donor, the three that are waited for expect 9
    panel, meeting, login, redirect = odense()
    panel = draw_panel(counts, start="2020-12")
    window = window_of(panel, meeting, login, redirect)
    assert (window.reason, window.earliest_month, len(window.donors)) == ("too_few_months_after", "2025-04", 24)


def test_a_gap_at_the_event_or_at_the_end_is_named():
    counts = TEN.copy()
    counts[-1, 0] = -1
    window = window_of(draw_panel(counts, start="2020-12"), draw_event(date="2024-06-01"))
    assert Threat("missing_months", "", "2025-02") in window.threats
    states = {("001", "2024-06"): "suppressed"}
    window = window_of(draw_panel(TEN, start="2020-12", states=states), draw_event(date="2024-06-01"))
    assert Threat("suppressed_months", "", "2024-06") in window.threats


def test_months_before_the_first_number_are_no_gap():
    counts = TEN.copy()
    counts[:36, 0] = -1
    window = window_of(draw_panel(counts, start="2020-12"), draw_event(date="2024-06-01"))
    assert window.threats == ()


def test_a_donors_own_event_is_over_when_it_has_settled():
    own = draw_event("own", date="2022-01-01", municipalities=["002"], roll_in_months=6)  # settled in 2022-07
    panel = draw_panel(TEN, start="2020-12")
    assert "002" not in window_of(panel, draw_event(date="2024-06-01"), own).donors
    assert "002" in window_of(panel, draw_event(date="2024-07-01"), own).donors


def test_a_pulse_is_no_part_of_what_comes_before_a_later_event():
    pulse = draw_event("pulse", date="2023-07-01", impact="pulse")
    window = window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-01"), pulse)
    assert (window.pre[0], window.cut_before) == ("2023-08", "pulse")


def test_an_event_that_ends_with_this_one_cannot_be_told_from_it():
    boost = draw_event("boost", date="2022-09-01", until="2024-01")  # on in all of before, off in all of after
    assert (
        window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-01"), boost).reason == "overlapping_event"
    )
    earlier = boost.model_copy(update={"until": "2023-06"})
    assert window_of(draw_panel(TEN, start="2020-12"), draw_event(date="2024-01"), earlier).pre[0] == "2023-07"


@pytest.mark.parametrize(
    ("monthly", "date", "reason", "earliest"),
    [
        (1, "2025-01-01", "too_few_months_after", "2025-05"),  # 5 / 1 months; the data end in 2025-02
        (1, "2024-12-01", "too_few_calls", "2025-04"),  # three months after expect 3
        (2, "2024-12-01", "", ""),  # and here 6
        (0, "2025-01-01", "too_few_calls", ""),  # nothing before: no number of months would do
    ],
)
def test_waiting_is_until_five_calls_are_to_be_expected(monthly, date, reason, earliest):
    counts = TEN.copy()
    counts[:, 0] = monthly
    window = window_of(draw_panel(counts, start="2020-12"), draw_event(date=date))
    assert (window.reason, window.earliest_month) == (reason, earliest)


def test_a_window_too_short_for_five_calls_is_never_promised():
    counts = TEN.copy()
    counts[:, 0] = 1
    soon = draw_event("soon", date="2025-05-01")  # four months after at the most
    window = window_of(draw_panel(counts, start="2020-12"), draw_event(date="2025-01-01"), soon)
    assert (window.reason, window.earliest_month) == ("too_few_calls", "")
