"""The other designs: known effects found, odd cases answered, published arithmetic met."""

import math

import numpy as np
import pytest

from kl_research.effects.designs.exact import exact_rate_ratio, rate_ratio_interval, rate_ratio_p
from kl_research.effects.designs.its import interrupted_time_series
from kl_research.effects.designs.newey_west import newey_west_its
from kl_research.effects.designs.several import several_municipalities
from kl_research.effects.designs.structural import structural_time_series
from kl_research.effects.designs.synthetic import synthetic_did
from kl_research.effects.evaluation import evaluate, evaluate_shared
from kl_research.effects.questions.multiplicity import benjamini_hochberg, declared_family, holm, shrunken
from kl_research.effects.questions.pooling import pool
from kl_research.effects.records import from_record, to_record
from kl_research.statistics.noise import levels, pooled_noise, sides_basis

from .drawn import draw_event, draw_panel, register

DESIGNS = [interrupted_time_series, exact_rate_ratio, synthetic_did, structural_time_series, newey_west_its]


def draw(mean=10, ratio=1.0, areas=40, treated=1, seed=8):
    counts = np.random.default_rng(seed).poisson(mean, (36, areas))
    counts[24:, :treated] = np.random.default_rng(seed + 1).poisson(mean * ratio, (12, treated))
    return counts


@pytest.mark.parametrize("design", DESIGNS)
def test_a_trebling_is_found(design):
    effect = design(draw_panel(draw(ratio=3.0)), register(draw_event())["meeting"], municipality="001")
    assert effect.verdict == "increase"
    assert effect.conf_low < 3.0 < effect.conf_high


ODD = {
    "zeros everywhere": np.zeros((36, 40), dtype=int),
    "zeros after": np.vstack([draw()[:24], np.zeros((12, 40), dtype=int)]),
    "zeros after here": np.where((np.arange(36)[:, None] >= 24) & (np.arange(40) == 0), 0, draw()),
    "constant": np.full((36, 40), 9),
    "one municipality": draw(areas=1),
    "missing months": np.where((np.abs(np.arange(36)[:, None] - 24) < 2) & (np.arange(40) == 0), -1, draw()),
}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", ODD)
def test_odd_cases_get_an_answer_without_nan_or_infinity(design, name):
    effect = design(draw_panel(ODD[name]), register(draw_event())["meeting"], municipality="001")
    numbers = [v for v in (*vars(effect).values(), *effect.details.values()) if isinstance(v, float)]
    assert all(math.isfinite(v) for v in numbers)
    assert not np.isinf(effect.series.select_dtypes("number").to_numpy()).any()
    assert effect.verdict != "not_assessable" or effect.reason
    assert from_record(to_record(effect)) == effect


def test_exact_limits_are_those_of_poisson_test_in_r():
    low, high = rate_ratio_interval(40, 24, np.log(8 / 24), mid=False)
    # poisson.test(c(24, 40), c(8, 24)); 1e-6: root finding
    assert (low, high) == (pytest.approx(1.03795093734189, abs=1e-6), pytest.approx(3.05967005516859, abs=1e-6))


def test_counts_that_dispersion_leaves_next_to_nothing_of_exclude_nothing():
    assert rate_ratio_interval(0.01, 0.02, 0.0) == (0.0, None)


def test_mid_p_is_narrower_than_clopper_pearson():
    low, high = rate_ratio_interval(40, 24, 0.0)
    wide_low, wide_high = rate_ratio_interval(40, 24, 0.0, mid=False)
    assert wide_low < low < high < wide_high
    assert rate_ratio_p(40, 24, 0.0) < rate_ratio_p(40, 24, 0.0, mid=False)


def test_few_calls_and_few_donors_are_judged_by_the_exact_ratio():
    # Fifteen months hold too few event-free stretches of eight areas to tell what is unusual among them.
    y = draw(mean=2, areas=8)[12:27]
    events = register(draw_event(date="2023-01-01"))
    effect = evaluate(draw_panel(y), events, municipality="001")[0]
    assert effect.design == "exact_rate_ratio"
    assert effect.details["no_comparison"] == "too_few_donors"
    assert effect.detectable > 1.5


def test_several_municipalities_are_pooled_and_the_sets_are_the_randomness():
    event = draw_event(municipalities=["001", "002", "003"])
    effect = several_municipalities(draw_panel(draw(ratio=1.6, treated=3)), register(event)["meeting"])
    assert (effect.level, effect.n_municipalities, effect.n_donors) == ("event", 3, 37)
    assert effect.verdict == "increase"
    assert effect.conf_low < 1.6 < effect.conf_high
    assert 1 / 2000 <= effect.p_value <= 5 / 2000  # of 9,880 sets of three, some draws may be the real one


def test_an_event_in_several_municipalities_has_one_primary_at_level_event():
    events = register(
        draw_event(municipalities=["001", "002"]), draw_event("alone"), draw_event("all", national=True)
    )
    effects = evaluate_shared(draw_panel(draw()), events)
    assert [(e.event, e.primary) for e in effects] == [("meeting", True)]


def test_the_family_counts_an_event_of_several_municipalities_once():
    events = register(draw_event(municipalities=["001", "002"]))
    panel = draw_panel(draw())
    effects = evaluate_shared(panel, events)
    effects += evaluate(panel, events, municipality="001") + evaluate(panel, events, municipality="002")
    assert declared_family(effects)["level"].tolist() == ["event"]


def test_adjusted_p_values_are_those_of_p_adjust_in_r():
    raw = [
        0.001,
        0.008,
        0.039,
        0.041,
        0.042,
        0.06,
        0.074,
        0.205,
        0.212,
        0.216,
        0.222,
        0.251,
        0.269,
        0.275,
        0.34,
        0.341,
        0.384,
        0.569,
        0.594,
        0.696,
    ]
    assert holm(raw)[[0, 1, 4, 19]] == pytest.approx([0.02, 0.152, 0.702, 1.0])  # R p.adjust
    assert benjamini_hochberg(raw)[[0, 1, 4, 19]] == pytest.approx([0.02, 0.08, 0.168, 0.696])


def test_shrunken_ratios_lie_between_their_own_and_the_common_one():
    panel, effects = draw_panel(draw(mean=30)), []
    for code in ("001", "002", "003", "004"):
        effects += evaluate(panel, register(draw_event(municipalities=[code])), municipality=code)[:1]
    table = shrunken(effects)
    assert (np.log(table["shrunken"]).abs().max()) <= np.log(table["estimate"]).abs().max() + 1e-12
    assert len(table) == 4


def test_two_effects_are_not_pooled():
    with pytest.raises(ValueError, match="at least 3"):
        pool(np.array([0.1, 0.2]), np.array([0.1, 0.1]))


def test_more_months_after_let_a_smaller_ratio_be_seen():
    effect = evaluate(draw_panel(draw(mean=5)), register(draw_event()), municipality="001")[0]
    ratios = [ratio for _, ratio in effect.details["detectable_by_months"]]
    assert ratios == sorted(ratios, reverse=True)


def test_latent_variance_and_autocorrelation_are_recovered_from_small_counts():
    # 60 municipalities with means 3 to 40, latent variance 1/6 and autocorrelation .6, 40 panels
    rng = np.random.default_rng(3)
    means = np.resize([3.0, 10.0, 40.0], 60)
    latent = rng.standard_normal((40, 60, 36))
    for t in range(1, 36):
        latent[:, :, t] = 0.6 * latent[:, :, t - 1] + 0.8 * latent[:, :, t]
    variance = np.log1p(1 / 6)
    y = rng.poisson(means[:, None] * np.exp(np.sqrt(variance) * latent - variance / 2))
    sides = (np.arange(36) >= 24).astype(int)
    noise = pooled_noise(y, levels(y, sides), np.arange(36), sides_basis(sides), shared_profile=True)
    assert noise.s2.mean() == pytest.approx(1 / 6, abs=0.03)  # its standard error over 40 panels is about .005
    assert noise.r.mean() == pytest.approx(0.6, abs=0.1)
    assert noise.kappa.mean() < 0.2


def test_a_lock_out_elsewhere_is_no_noise_here():
    calm, locked = draw(mean=20), draw(mean=20)
    locked[24:, 5:12] = 0
    event = register(draw_event())["meeting"]
    effects = [interrupted_time_series(draw_panel(y), event, municipality="001") for y in (calm, locked)]
    assert effects[1].details["pooled_over"] == effects[0].details["pooled_over"] - 7
    assert effects[1].details["latent_variance"] < 0.02  # Poisson counts have none


SUPPRESSED = {("001", month): "suppressed" for month in ("2023-11", "2023-12", "2024-01", "2024-02")}
EVENTS = {
    "in the first month": ["2022-01-01"],
    "in the last month": ["2024-12-01"],
    "two in one month": ["2024-01-01", "2024-01-20"],
}


@pytest.mark.parametrize(
    ("name", "when"),
    [
        *((name, "usual") for name in (*ODD, "suppressed months")),
        *(("constant", w) for w in EVENTS),
        *(("suppressed months", w) for w in EVENTS),
    ],
)
def test_the_whole_evaluation_of_an_odd_case_ends_in_a_verdict_with_a_reason(name, when):
    panel = draw_panel(ODD.get(name, draw()), states=SUPPRESSED if name == "suppressed months" else None)
    dates = EVENTS.get(when, ["2024-01-01"])
    events = register(*[draw_event(f"event-{i}", date=date) for i, date in enumerate(dates)])
    effects = evaluate(panel, events, municipality="001")
    assert [e.event for e in effects if e.primary] == list(events)
    for effect in effects:
        numbers = [v for v in (*vars(effect).values(), *effect.details.values()) if isinstance(v, float)]
        assert all(math.isfinite(v) for v in numbers)
        assert effect.verdict != "not_assessable" or effect.reason
        assert from_record(to_record(effect)) == effect


def test_a_municipality_with_one_unit_cannot_do_without_it():
    panel = draw_panel(draw())
    own = panel[panel["municipality"] == "001"].assign(unit="only")
    effect = evaluate(panel, register(draw_event()), municipality="001", activity=own)[0]
    assert {c.name: c.reason for c in effect.checks}["without_largest_unit"] == "one_unit"
