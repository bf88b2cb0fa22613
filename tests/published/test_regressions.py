"""Published regressions of counts: Sicily's smoking ban, and van drivers killed around the seat-belt law."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kl_research.commands.validate import published_table
from kl_research.effects.designs.newey_west import newey_west
from kl_research.statistics.fits import irls

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
SICILY = SHARED / "sicily" / "sicily.csv"
needs_sicily = pytest.mark.skipif(
    not SICILY.exists(), reason="sicily.csv has no licence file and is read from ../shared"
)


def sicily(harmonics=False, slope=False):
    data = pd.read_csv(SICILY)
    month, time, ban = data["month"], data["time"], data["smokban"]
    columns = [np.ones(59), ban, time]
    if slope:
        columns.append((time - 36) * ban)
    if harmonics:
        columns += [f(2 * np.pi * k * month / 12) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.column_stack(columns), data["aces"].to_numpy(), np.log(data["stdpop"].to_numpy())


@needs_sicily
def test_sicily_step_and_trend():
    # Bernal et al. 2017, model 1; R glm. 1e-6: a deterministic likelihood
    design, deaths, offset = sicily()
    fit = irls(design, deaths, offset=offset)
    assert fit.coef[0, 1] == pytest.approx(-0.111628442558862, abs=1e-6)
    assert fit.std_error[0, 1] == pytest.approx(0.0172247650588676, abs=1e-6)
    low, high = np.exp(fit.coef[0, 1] + stats.norm.ppf([0.025, 0.975]) * fit.std_error[0, 1])
    assert np.round([np.exp(fit.coef[0, 1]), low, high], 3).tolist() == [0.894, 0.865, 0.925]
    # R takes the dispersion from the weights before its last step: 1e-5
    quasi = irls(design, deaths, offset=offset, family="quasi_poisson")
    assert quasi.dispersion[0] == pytest.approx(3.55919463201087, abs=1e-5)


@needs_sicily
def test_sicily_quasi_poisson_with_two_harmonics():
    # Bernal et al. 2017, model 3; R glm
    design, deaths, offset = sicily(harmonics=True)
    fit = irls(design, deaths, offset=offset, family="quasi_poisson")
    step, error = fit.coef[0, 1], fit.std_error[0, 1]
    assert step == pytest.approx(-0.122086792898513, abs=1e-6)
    assert error == pytest.approx(0.0270311072554056, abs=1e-6)
    assert fit.dispersion[0] == pytest.approx(2.26218641456038, abs=1e-5)  # as above
    assert 2 * stats.t.sf(abs(step / error), fit.df) == pytest.approx(3.64227636731969e-05, rel=1e-5)
    low, high = np.exp(step + stats.norm.ppf([0.025, 0.975]) * error)
    assert np.round([np.exp(step), low, high], 3).tolist() == [0.885, 0.839, 0.933]


@needs_sicily
def test_sicily_slope_is_centred_at_the_ban():
    # Bernal et al. 2017, model 4, corrected centring (the uncorrected gives -0.185); 1e-4: five published digits
    design, deaths, offset = sicily(harmonics=True, slope=True)
    fit = irls(design, deaths, offset=offset, family="quasi_poisson")
    assert fit.coef[0, 1] == pytest.approx(-0.13186, abs=1e-4)
    assert fit.std_error[0, 1] == pytest.approx(0.02979, abs=1e-4)
    assert fit.coef[0, 3] == pytest.approx(0.00148, abs=1e-4)


@needs_sicily
@pytest.mark.parametrize(
    ("lag", "adjust", "expected"),
    [
        (1, False, 0.0216341501453161),
        (1, True, 0.0230443346525506),
        (2, False, 0.0229266681947087),
        (3, False, 0.0217680176722513),
        (3, True, 0.0231869281017539),
        (12, False, 0.0153906545369484),
    ],
)
def test_sicily_newey_west(lag, adjust, expected):
    # R sandwich::NeweyWest(prewhite = FALSE)
    design, deaths, offset = sicily(harmonics=True)
    fit = irls(design, deaths, offset=offset)
    covariance = newey_west(design, deaths[None], fit, np.arange(59), lag, adjust=adjust)
    assert np.sqrt(covariance[0, 1, 1]) == pytest.approx(expected, abs=1e-6)


@needs_sicily
def test_sicily_negative_binomial():
    # R MASS::glm.nb stops at 1e-8 of the deviance, so 1e-5
    design, deaths, offset = sicily()
    fit = irls(design, deaths, offset=offset, family="negative_binomial")
    assert fit.coef[0, 1] == pytest.approx(-0.112800438268847, abs=1e-5)
    assert 1 / fit.alpha[0] == pytest.approx(356.289, rel=1e-4)


def van_killed():
    data = published_table("vankilled")
    months = (data["month"].to_numpy()[:, None] == np.arange(2, 13)).astype(float)
    return np.column_stack([np.ones(192), data["law"], np.arange(1, 193), months]), data["VanKilled"].to_numpy()


def test_van_drivers_killed_poisson():
    # R glm; see vankilled/SOURCE.md
    design, killed = van_killed()
    fit = irls(design, killed)
    assert fit.coef[0, 1] == pytest.approx(-0.248006221755986, abs=1e-6)
    assert fit.std_error[0, 1] == pytest.approx(0.109166019165118, abs=1e-6)
    quasi = irls(design, killed, family="quasi_poisson")
    assert quasi.dispersion[0] == pytest.approx(0.884529786333784, abs=1e-5)  # as above
    assert quasi.std_error[0, 1] == pytest.approx(0.102670033751979, abs=1e-6)


@pytest.mark.parametrize(
    ("lag", "expected"), [(1, 0.096955183798329), (4, 0.0960360268513596), (12, 0.0636284487503988)]
)
def test_van_drivers_killed_newey_west(lag, expected):
    design, killed = van_killed()
    fit = irls(design, killed)
    covariance = newey_west(design, killed[None], fit, np.arange(192), lag)
    assert np.sqrt(covariance[0, 1, 1]) == pytest.approx(expected, abs=1e-6)
