"""Thirteen BCG trials pooled: REML with Hartung-Knapp, as R metafor has it. 1e-5: an iterative optimum."""

import numpy as np
import pytest

from kl_research.commands.validate import published_table
from kl_research.effects.questions.pooling import pool

DATA = published_table("bcg")


def log_risk_ratios():
    t, c = DATA["tpos"] + DATA["tneg"], DATA["cpos"] + DATA["cneg"]
    ratio = np.log((DATA["tpos"] / t) / (DATA["cpos"] / c))
    return ratio.to_numpy(), (1 / DATA["tpos"] - 1 / t + 1 / DATA["cpos"] - 1 / c).to_numpy()


def test_reml_with_hartung_knapp():
    found = pool(*log_risk_ratios())
    assert found.estimate == pytest.approx(-0.714532348365101, abs=1e-5)
    assert found.tau2 == pytest.approx(0.313243325980895, abs=1e-5)
    assert found.std_error == pytest.approx(0.1807917455191, abs=1e-5)
    assert found.conf_low == pytest.approx(-1.10844372300005, abs=1e-5)
    assert found.conf_high == pytest.approx(-0.320620973730153, abs=1e-5)
    assert found.p_value == pytest.approx(0.00192001508513394, abs=1e-7)


def test_prediction_interval():
    found = pool(*log_risk_ratios())
    assert found.prediction_low == pytest.approx(-1.99602, abs=1e-5)
    assert found.prediction_high == pytest.approx(0.56695, abs=1e-5)


def test_shrunken_effects_are_the_empirical_bayes_ones():
    shrunken = pool(*log_risk_ratios()).shrunken
    assert shrunken[:3] == pytest.approx([-0.800233574593967, -1.25170602725994, -0.986903130526215], abs=1e-5)
    assert shrunken[-1] == pytest.approx(-0.146743048181987, abs=1e-5)
