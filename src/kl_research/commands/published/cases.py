"""The numbers of each published study, theirs beside ours, with the tolerance and its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from kl_research.statistics.distributions import normal_quantile, t_beyond

# Theirs, ours and the tolerance of each quantity, in the order they are listed.
Numbers = Iterator[tuple[str, float, float | None, float]]


class Case(NamedTuple):
    """A study: `note` is the tolerance's reason, `folder` where its figures lie (published: they come along)."""

    name: str
    note: str
    source: str
    folder: str
    numbers: Callable[[Path], Numbers]


def _sicily(data: Path) -> Numbers:
    from kl_research.effects.designs.newey_west import newey_west
    from kl_research.statistics.fits import irls

    frame = pd.read_csv(data / "sicily" / "sicily.csv")
    ban, time, month = (frame[c].to_numpy() for c in ("smokban", "time", "month"))
    deaths, offset = frame["aces"].to_numpy(), np.log(frame["stdpop"].to_numpy())
    season = np.column_stack([f(2 * np.pi * k * month / 12) for k in (1, 2) for f in (np.sin, np.cos)])
    plain = np.column_stack([np.ones(59), ban, time])
    fit = irls(plain, deaths, offset=offset)
    yield "Poisson step", -0.111628442558862, fit.coef[0, 1], 1e-6
    yield "Poisson step, standard error", 0.0172247650588676, fit.std_error[0, 1], 1e-6
    z = normal_quantile(0.975)
    yield "rate ratio", 0.894, float(np.exp(fit.coef[0, 1])), 5e-4
    yield "rate ratio, low", 0.865, float(np.exp(fit.coef[0, 1] - z * fit.std_error[0, 1])), 5e-4
    yield "rate ratio, high", 0.925, float(np.exp(fit.coef[0, 1] + z * fit.std_error[0, 1])), 5e-4
    seasonal = np.column_stack([plain, season])
    quasi = irls(seasonal, deaths, offset=offset, family="quasi_poisson")
    step, error = float(quasi.coef[0, 1]), float(quasi.std_error[0, 1])
    yield "quasi-Poisson with two harmonics, step", -0.122086792898513, step, 1e-6
    yield "the same, standard error", 0.0270311072554056, error, 1e-6
    yield "the same, rate ratio", 0.885, float(np.exp(step)), 5e-4
    yield "the same, rate ratio, low", 0.839, float(np.exp(step - z * error)), 5e-4
    yield "the same, rate ratio, high", 0.933, float(np.exp(step + z * error)), 5e-4
    yield "the same, t p-value", 3.64227636731969e-05, float(2 * t_beyond(abs(step / error), quasi.df)), 1e-9
    sloped = irls(np.column_stack([plain, (time - 36) * ban, season]), deaths, offset=offset, family="quasi_poisson")
    yield "slope centred at month 36, step", -0.131859171249762, sloped.coef[0, 1], 1e-4
    yield "the same, standard error", 0.0297912992440323, sloped.std_error[0, 1], 1e-4
    yield "the same, slope", 0.00148222799808581, sloped.coef[0, 3], 1e-4
    poisson = irls(seasonal, deaths, offset=offset)
    reference = {1: 0.0216341501453161, 2: 0.0229266681947087, 3: 0.0217680176722513, 12: 0.0153906545369484}
    for lag, theirs in reference.items():
        covariance = newey_west(seasonal, deaths[None], poisson, np.arange(59), lag)
        yield f"Newey-West lag {lag}, standard error", theirs, float(np.sqrt(covariance[0, 1, 1])), 1e-6


def _vans(data: Path) -> Numbers:
    from kl_research.effects.designs.newey_west import newey_west
    from kl_research.statistics.fits import irls

    frame = pd.read_csv(data / "vankilled" / "vankilled.csv")
    months = (frame["month"].to_numpy()[:, None] == np.arange(2, 13)).astype(float)
    design = np.column_stack([np.ones(192), frame["law"], np.arange(1, 193), months])
    killed = frame["VanKilled"].to_numpy()
    fit = irls(design, killed)
    yield "Poisson law", -0.248006221755986, fit.coef[0, 1], 1e-6
    yield "Poisson law, standard error", 0.109166019165118, fit.std_error[0, 1], 1e-6
    covariance = newey_west(design, killed[None], fit, np.arange(192), 12)
    yield "Newey-West lag 12, standard error", 0.0636284487503988, float(np.sqrt(covariance[0, 1, 1])), 1e-6


def _drivers(data: Path) -> Numbers:
    from kl_research.effects.designs.structural import local_level

    frame = pd.read_csv(data / "reference" / "seatbelts.csv")
    regressors = np.column_stack([np.log(frame["PetrolPrice"]), frame["law"]])
    coefficients, _ = local_level(np.log(frame["drivers"].to_numpy()), regressors, seasonal=12)
    yield "law", -0.23759, float(coefficients[1]), 1e-4


# Self-harm is counted otherwise from June 2018 on (1,887 in one week, 3,130 in the next): a break, so from 2019.
_COLLATERAL_FROM = {"selfharm": "2019-01-01"}


def _collateral(data: Path) -> Numbers:
    from kl_research.statistics.fits import binomial_fit

    folder = data / "covid_collateral"
    published = pd.read_csv(folder / "published_its_main_ORs_2020-03-08_3_2017.csv").set_index("var")["Est"]
    for name in ("alcohol", "anxiety", "depression", "diabetes", "mi", "selfharm", "vte"):
        text = (folder / f"an_{name}.csv").read_text()
        frame = pd.read_csv(folder / f"an_{name}.csv", sep=";" if ";" in text.splitlines()[0] else ",")
        week = pd.to_datetime(frame["weekDate"], format="%d%b%Y")
        start, resumed = pd.Timestamp("2020-03-08"), pd.Timestamp("2020-03-29")
        used = (frame["stratifier"] == "overall") & ((week < start) | (week >= resumed))
        used &= week >= pd.Timestamp(_COLLATERAL_FROM.get(name, "2017-01-01"))
        frame, week = frame[used], week[used]
        after, years = (week >= start).to_numpy(dtype=float), ((week - start).dt.days / 364).to_numpy()
        months = (week.dt.month.to_numpy()[:, None] == np.arange(2, 13)).astype(float)
        design = np.column_stack([np.ones(len(week)), after, years, years * after, months])
        cases, others = (frame[c].to_numpy(dtype=float) for c in ("numOutcome", "numEligible"))
        yield name, float(published[name]), float(np.exp(binomial_fit(design, cases, others)[1])), 0.05


def _castle(data: Path) -> Numbers:
    from kl_research.statistics.fits import irls

    frame = pd.read_csv(data / "castle" / "castle.csv")
    effects = [
        (frame[c].to_numpy()[:, None] == np.sort(frame[c].unique())[1:]).astype(float) for c in ("sid", "year")
    ]
    design = np.column_stack([np.ones(len(frame)), frame["post"], *effects])
    root = np.sqrt(frame["popwt"].to_numpy(dtype=float))
    rate, *_ = np.linalg.lstsq(design * root[:, None], np.log(frame["homicide"].to_numpy()) * root, rcond=None)
    yield "log homicide, two-way fixed effects, weighted", 0.0755, float(rate[1]), 1e-3
    counts = frame["homicide_count_approx"].to_numpy(dtype=float)
    fit = irls(design, counts, offset=np.log(frame["popwt"].to_numpy(dtype=float)))
    scores = design * (counts - fit.fitted[0])[:, None]
    by_state = np.array([scores[frame["sid"] == s].sum(axis=0) for s in np.sort(frame["sid"].unique())])
    states, (rows, p) = len(by_state), design.shape
    small_sample = states / (states - 1) * (rows - 1) / (rows - p)
    bread = np.linalg.inv(design.T @ (design * fit.fitted[0][:, None]))
    covariance = small_sample * bread @ by_state.T @ by_state @ bread
    step, error = float(fit.coef[0, 1]), float(np.sqrt(covariance[1, 1]))
    yield "Poisson ratio", 1.083, float(np.exp(step)), 1e-3
    yield "Poisson ratio, low", 1.015, float(np.exp(step - 1.96 * error)), 1e-3
    yield "Poisson ratio, high", 1.155, float(np.exp(step + 1.96 * error)), 1e-3


def _counties(data: Path) -> Numbers:
    from kl_research.effects.questions.starts import group_time_effects

    frame = pd.read_csv(data / "did_benchmarks" / "mpdta_county_year.csv")
    wide = frame.pivot(index="countyreal", columns="year", values="lemp")
    first = frame.groupby("countyreal")["first.treat"].first().reindex(wide.index)
    found = group_time_effects(wide.to_numpy(), first.to_numpy(dtype=int), wide.columns.to_numpy(dtype=int))
    yield "simple average effect", -0.03995, found.estimate, 1e-5
    yield "simple average effect, standard error", 0.0120, found.std_error, 5e-4


def _california(data: Path) -> Numbers:
    from kl_research.effects.designs.synthetic import synthdid_estimate

    frame = pd.read_csv(data / "did_benchmarks" / "prop99_synthdid.csv", sep=";")
    wide = frame.pivot(index="State", columns="Year", values="PacksPerCapita")
    treated = frame.groupby("State")["treated"].max().reindex(wide.index).to_numpy()
    packs = wide.to_numpy()
    y = np.vstack([packs[treated == 0], packs[treated == 1]])
    yield "synthetic difference-in-differences", -15.604, synthdid_estimate(y, 38, 19), 1e-3
    yield "synthetic control", -19.62, synthdid_estimate(y, 38, 19, kind="sc"), 1e-3
    yield "difference-in-differences", -27.35, synthdid_estimate(y, 38, 19, kind="did"), 1e-3
    placebos = [synthdid_estimate(np.vstack([np.delete(y[:38], i, axis=0), y[i]]), 37, 19) for i in range(38)]
    yield "placebo standard error, 7 to 11", 9.0, float(np.std(placebos)), 2.0


def _bcg(data: Path) -> Numbers:
    from kl_research.effects.questions.pooling import pool

    frame = pd.read_csv(data / "bcg" / "bcg.csv").astype(float)
    vaccinated, control = frame["tpos"] + frame["tneg"], frame["cpos"] + frame["cneg"]
    ratio = np.log((frame["tpos"] / vaccinated) / (frame["cpos"] / control))
    variance = 1 / frame["tpos"] - 1 / vaccinated + 1 / frame["cpos"] - 1 / control
    found = pool(np.asarray(ratio), np.asarray(variance))
    yield "mean log risk ratio", -0.714532, found.estimate, 1e-5
    yield "tau2", 0.313243, found.tau2, 1e-5
    yield "low", -1.10844, found.conf_low, 1e-5
    yield "high", -0.32062, found.conf_high, 1e-5
    yield "prediction, low", -1.99602, found.prediction_low, 1e-5
    yield "prediction, high", 0.56695, found.prediction_high, 1e-5


def _exact(data: Path) -> Numbers:
    from kl_research.effects.designs.exact import rate_ratio_interval

    for after, before, t1, t0, low, high in (
        (3, 8, 24, 24, 0.0640762614518051, 1.56241110715113),
        (0, 12, 8, 24, 0.0, 1.07968145186311),
        (24, 40, 8, 24, 1.03795093734189, 3.05967005516859),
        (1, 1, 8, 8, 0.0127393670836666, 78.4968353162628),
    ):
        ours = rate_ratio_interval(before, after, float(np.log(t1 / t0)), mid=False)
        yield f"{after} in {t1} months v. {before} in {t0}, low", low, ours[0], 1e-6
        yield f"{after} in {t1} months v. {before} in {t0}, high", high, ours[1], 1e-4


CASES = [
    Case(
        "Sicily, smoking ban",
        "a deterministic likelihood; five published digits for slopes; three for ratios",
        "Bernal et al. 2017, Int J Epidemiol 46; R glm, sandwich",
        "shared",
        _sicily,
    ),
    Case(
        "van drivers killed, seat-belt law",
        "a deterministic likelihood",
        "R datasets::Seatbelts; R glm, sandwich",
        "published",
        _vans,
    ),
    Case(
        "drivers, seat-belt law, structural series",
        "an iterative optimum, five published digits",
        "Harvey & Durbin 1986; Commandeur & Koopman 2007",
        "shared",
        _drivers,
    ),
    Case(
        "COVID-Collateral, odds ratio of the step",
        "our model is simpler: no lagged residuals; self-harm from 2019, counted otherwise before",
        "Mansfield et al. 2021, Lancet Digital Health 3",
        "shared",
        _collateral,
    ),
    Case(
        "castle doctrine",
        "against pyfixest, three published digits",
        "Cheng & Hoekstra 2013; causaldata",
        "published",
        _castle,
    ),
    Case(
        "minimum wage, staggered",
        "closed form; the published error is bootstrapped",
        "Callaway & Sant'Anna 2021",
        "shared",
        _counties,
    ),
    Case(
        "Proposition 99",
        "the authors' own stopping rule; their placebo draws are random",
        "Arkhangelsky et al. 2021, Am Econ Rev 111",
        "shared",
        _california,
    ),
    Case("BCG vaccine, thirteen trials", "an iterative optimum", "R metafor, rma REML knha", "published", _bcg),
    Case("exact rate ratio", "root finding", "R poisson.test", "published", _exact),
]
