"""Batched fits against statsmodels: the same likelihood, so agreement to 1e-8."""

import numpy as np
import pytest
import statsmodels.api as sm

from kl_research.statistics.fits import ar1_quasi_poisson, irls

rng = np.random.default_rng(3)
TIME = np.arange(32)
STEP = (TIME >= 24).astype(float)
DESIGN = np.column_stack([np.ones(32), (TIME - 24) / 12, STEP, np.sin(2 * np.pi * TIME / 12)])
COUNTS = rng.negative_binomial(4, 4 / (4 + 8), size=(6, 32))
OFFSET = np.log(rng.uniform(500, 900, size=(6, 32)))


def test_poisson_fits_equal_statsmodels():
    fit = irls(DESIGN, COUNTS, offset=OFFSET)
    for s in range(6):
        theirs = sm.GLM(COUNTS[s], DESIGN, sm.families.Poisson(), offset=OFFSET[s]).fit(tol=1e-13)
        assert fit.coef[s] == pytest.approx(theirs.params, abs=1e-8)
        assert fit.std_error[s] == pytest.approx(theirs.bse, abs=1e-8)
    assert fit.converged.all()


def test_quasi_poisson_fits_equal_statsmodels():
    fit = irls(DESIGN, COUNTS, offset=OFFSET, family="quasi_poisson")
    for s in range(6):
        theirs = sm.GLM(COUNTS[s], DESIGN, sm.families.Poisson(), offset=OFFSET[s]).fit(scale="X2", tol=1e-13)
        assert fit.std_error[s] == pytest.approx(theirs.bse, abs=1e-8)
        assert fit.dispersion[s] == pytest.approx(theirs.scale, abs=1e-8)


def test_negative_binomial_fits_with_known_alpha_equal_statsmodels():
    fit = irls(DESIGN, COUNTS, offset=OFFSET, family="negative_binomial", alpha=0.3)
    for s in range(6):
        family = sm.families.NegativeBinomial(alpha=0.3)
        theirs = sm.GLM(COUNTS[s], DESIGN, family, offset=OFFSET[s]).fit(tol=1e-13, tol_criterion="params")
        assert fit.coef[s] == pytest.approx(theirs.params, abs=1e-8)
        assert fit.std_error[s] == pytest.approx(theirs.bse, abs=1e-8)


def test_negative_binomial_alpha_is_the_maximum_likelihood_one():
    fit = irls(DESIGN[:, :3], COUNTS, family="negative_binomial")
    for s in range(6):
        model = sm.NegativeBinomial(COUNTS[s], DESIGN[:, :3])
        start = np.append(fit.coef[s], fit.alpha[s])
        theirs = model.fit(start_params=start, method="newton", disp=0, tol=1e-14)
        # 1e-6: their Newton stops on its own criterion, ours on alpha
        assert fit.alpha[s] == pytest.approx(theirs.params[-1], rel=1e-6)
        assert fit.coef[s] == pytest.approx(theirs.params[:-1], abs=1e-6)


def test_a_design_of_its_own_for_each_series_gives_the_same_as_one_by_one():
    designs = np.stack([DESIGN, DESIGN[::-1], DESIGN, DESIGN, DESIGN, DESIGN])
    together = irls(designs, COUNTS)
    assert together.coef[1] == pytest.approx(irls(DESIGN[::-1], COUNTS[1:2]).coef[0], abs=1e-10)


def test_ar1_fit_equals_generalised_estimating_equations_of_statsmodels():
    fit = ar1_quasi_poisson(DESIGN, COUNTS, 0.4 ** np.diff(TIME), least_dispersion=0.0)
    for s in range(2):
        structure = sm.cov_struct.Autoregressive(grid=True)
        structure.dep_params = 0.4
        model = sm.GEE(
            COUNTS[s],
            DESIGN,
            np.zeros(32),
            family=sm.families.Poisson(),
            cov_struct=structure,
            update_dep=False,
            time=TIME[:, None],
        )
        theirs = model.fit(ctol=1e-12, maxiter=200)
        assert fit.coef[s] == pytest.approx(theirs.params, abs=1e-7)  # their convergence criterion is on the score


def test_a_series_of_zeros_neither_stops_the_others_nor_claims_to_have_converged():
    fit = irls(DESIGN[:, [0, 2]], np.vstack([np.zeros(32, dtype=int), COUNTS[0]]))
    assert fit.converged.tolist() == [False, True]
    assert np.isfinite(fit.coef).all()
