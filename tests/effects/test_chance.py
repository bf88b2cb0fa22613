"""What all events of a study tell together: probabilities that are right, and how many claims are chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_expit

from kl_research.effects.effect import Effect, Threat
from kl_research.effects.questions.chance import claims, with_chances
from kl_research.statistics.posterior import (
    GRID,
    ORDINARY,
    POSSIBLE,
    SCEPTICAL,
    count_likelihood,
    normal_likelihood,
    posterior,
)

ERROR = 0.25  # standard error of the drawn log ratios


def study(rng, events, none, sd):
    """A study's events, estimated with a known error, and what was true of each."""
    true = np.where(rng.random(events) < none, 0.0, rng.normal(0.0, sd, events))
    seen = true + rng.normal(0.0, ERROR, events)
    one = Effect("municipality", "1", "1", "a", "other", "calls", "x", primary=True, p_value=0.5)
    found = []
    for estimate in seen:
        low, high = estimate - 1.959964 * ERROR, estimate + 1.959964 * ERROR
        verdict = "increase" if low > 0 else "decrease" if high < 0 else "inconclusive"
        ratios = {"estimate": np.exp(estimate), "conf_low": np.exp(low), "conf_high": np.exp(high)}
        found.append(one.replace(verdict=verdict, **ratios))
    return with_chances(found), true


@pytest.mark.parametrize(("none", "sd"), [(0.9, 0.5), (0.5, 0.5)])
def test_the_claims_that_are_chance_are_as_many_as_told(none, sd):
    rng = np.random.default_rng(11)
    told, wrong, claimed = 0.0, 0, 0
    for _ in range(15):
        effects, true = study(rng, 60, none, sd)
        found = claims(effects)
        told, claimed = told + found.by_chance, claimed + found.claimed
        for effect, change in zip(effects, true, strict=True):
            wrong += effect.verdict == "increase" and change <= 0
            wrong += effect.verdict == "decrease" and change >= 0
    # Three standard errors of the count, beside what a prior of 60 events each leaves open.
    assert abs(told - wrong) < 3 * np.sqrt(wrong) + 0.05 * claimed


def test_seven_of_ten_are_seven_of_ten():
    rng = np.random.default_rng(12)
    studies = [study(rng, 60, 0.7, 0.4) for _ in range(15)]
    told = np.array([e.probability_rise for effects, _ in studies for e in effects])
    rose = np.concatenate([true > 0 for _, true in studies])
    for least in np.arange(0.0, 1.0, 0.2):
        inside = (told >= least) & (told < least + 0.2)
        error = np.sqrt(0.25 / inside.sum())
        assert abs(told[inside].mean() - rose[inside].mean()) < 0.06 + 3 * error


def test_what_everybody_had_and_what_is_counted_anew_are_no_part_of_it():
    one = Effect("municipality", "1", "1", "a", "other", "calls", "x", primary=True, p_value=0.01, verdict="increase")
    one = one.replace(estimate=1.5, conf_low=1.2, conf_high=1.9)
    everybody = one.replace(details={"national": True})
    counted = one.replace(verdict="break_in_series")
    moved = one.replace(verdict="inconclusive", reason="moved_before", probability_rise=0.98)
    told = with_chances([one, everybody, counted, one.replace(primary=False), moved])
    assert [e.chance_among_claims is None for e in told] == [False, True, True, True, True]
    assert told[-1].probability_rise is None
    assert claims(told).judged == 2
    assert with_chances([counted]) == [counted]


def test_a_claim_of_the_counts_is_told_by_the_counts_unless_months_are_hidden():
    counts = {"likelihood": [72.0, 90.0, float(np.log(0.5)), 0.02]}
    one = Effect("municipality", "1", "1", "a", "other", "calls", "x", primary=True, p_value=0.01, verdict="increase")
    one = one.replace(estimate=2.5, conf_low=1.1, conf_high=5.6, details=counts)
    by_counts = with_chances([one])[0]
    hidden = with_chances([one.replace(threats=(Threat("suppressed_months"),))])[0]
    assert by_counts.chance_among_claims < 0.01 < hidden.chance_among_claims
    assert set(by_counts.details["probability"]) == {"own", "sceptical", "open"}
    assert by_counts.details["probability"]["own"]["prior_events"] == 1


def test_one_case_alone_is_told_much_as_by_the_ordinary_prior_and_above_the_sceptical():
    one = np.ones(1)
    likelihood = count_likelihood(72 * one, 60 * one, np.log(0.5) * one, 0.02 * one)
    alone, ordinary, sceptical = (posterior(likelihood, p) for p in (POSSIBLE, (ORDINARY,), (SCEPTICAL,)))
    assert sceptical.rise[0] < alone.rise[0] == pytest.approx(ordinary.rise[0], abs=0.05)
    assert alone.rise[0] + alone.fall[0] + alone.none[0] == pytest.approx(1.0)


def test_a_study_whose_changes_all_go_one_way_learns_it():
    """A tenth doubles, nothing else changes: few claims of a fall are then believed, and more of a rise."""
    rng = np.random.default_rng(5)
    true = np.repeat([np.log(2.0), 0.0], [10, 88])
    found = normal_likelihood(rng.normal(true, 0.2), np.full(98, 0.04))
    fall = normal_likelihood(np.array([-0.45]), np.array([0.04]))
    together, mirrored = posterior(np.vstack([found, fall])), posterior(np.vstack([found[:, ::-1], fall]))
    assert together.fall[-1] < mirrored.fall[-1] - 0.1


def test_the_likelihood_of_counts_is_the_binomial_folded_with_what_else_moves_them():
    one = np.ones(1)
    plain = count_likelihood(40 * one, 30 * one, 0.1 * one, 0 * one)[0]
    expected = 30 * log_expit(0.1 + GRID) + 40 * log_expit(-0.1 - GRID)
    assert plain == pytest.approx(np.exp(expected - expected.max()), abs=1e-9)
    wide = count_likelihood(4000 * one, 3000 * one, 0 * one, 0.09 * one)[0]
    mean = (wide * GRID).sum() / wide.sum()
    assert (wide * (GRID - mean) ** 2).sum() / wide.sum() == pytest.approx(0.09, abs=0.002)
