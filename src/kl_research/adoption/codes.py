"""Every code that adoption yields in place of words; the catalogue of `findings` has the words of each."""

from __future__ import annotations

CODES: dict[str, tuple[str, ...]] = {
    # why a measure has no value; the states of `panel` among them
    "measure.reason": (
        "no_denominator",
        "no_use",
        "never_used",
        "no_unit_names",
        "no_provider_names",
        "no_duration",
        "no_completed",
        "not_observed",
        "not_connected",
        "not_started",
        "suppressed",
        "missing",
        "period_not_covered",
        "period_not_told",
        "too_few_calls",
        "period_before_not_covered",
        "not_known_six_months",
        "too_few_units",
        "too_few_comparables",
    ),
    "measure.caution": (
        "small_sample",
        "not_the_same_thing",
        "more_than_denominator",
        "proxy",
        "suppressed_months",
    ),
    "warning.reason": (
        "too_few_months",
        "too_few_calls",
        "not_observed",
        "not_connected",
        "not_started",
        "suppressed",
        "missing",
    ),
    "warnings.kind": ("decline", "fell_to_zero"),
    "user": ("active", "stopped", "tried_and_stopped", "unknown"),
    "parts": ("fell", "rose", "stable", "new"),
    "ramp.rule": ("similar_size", "all_started"),
    "ramp.reason": ("too_few_comparables",),
    "units.peers": ("similar_size", "all"),
    "funnel.state": ("inside", "above_95", "below_95", "above_998", "below_998"),
    "funnel.reason": ("too_few_areas",),
    "control.title": ("individuals", "g"),
    "control.signal": ("beyond_limit", "long_run"),
    "first_use.reason": ("too_few",),
    "spread.reason": (
        "too_few_adopters",
        "began_before_data",
        "inflection_outside_data",
        "as_good_as_a_line",
        "no_convergence",
        "no_names",
    ),
    "delays.step": (
        "agreement_to_connection",
        "plan_to_connection",
        "connection_to_start",
        "agreement_to_start",
        "plan_to_start",
    ),
    "delay": ("connection_to_start", "agreement_to_start", "plan_to_start"),  # the same, of one that still waits
}
"""Codes by the first part of their key in the catalogue."""
