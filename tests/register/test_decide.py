"""What an effort is worth: extra calls with limits, cost, break-even; and the log of what was sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kl_research as kl
from kl_research.commands.ahead.decide import Basis
from kl_research.commands.ahead.sent import exposure_lines, read_sent
from kl_research.commands.plan_file import Plan
from kl_research.effects.effect import Effect
from kl_research.effects.example import drawn_example
from kl_research.effects.questions.worth import Cost, KindPrior, by_prior, draws, stated_prior, worth
from kl_research.findings.interventions.worth import sensitivity, worth_page, worth_sentences
from kl_research.findings.words.reader import Reader
from kl_research.terms.question import ORDINARY

SURE = KindPrior(np.log(1.5), 0.01, 0.01)
DA = Reader("da")


def past(*ratios: float, width: float = 1.2) -> list[Effect]:
    about = ("municipality", "461", "461", "x", "poster", "calls", "its")
    return [Effect(*about, estimate=r, conf_low=r / width, conf_high=r * width) for r in ratios]


def test_a_sure_effect_gives_its_extra_calls_and_their_cost() -> None:
    found = worth([20.0, 40.0], Cost(hours=10, hourly=300, money=3000, worth=50), months=10, prior=SURE)
    assert found.expected == pytest.approx(0.5 * (20 + 40), rel=0.01)
    assert found.total == 10 * 300 + 3000
    assert found.each == pytest.approx(6000 / (30 * 10), rel=0.01)
    assert (found.break_even, found.more, found.paid) == (6000 / (50 * 10), 1.0, 1.0)


def test_without_past_efforts_the_expectation_is_that_of_the_prior() -> None:
    # mu ~ N(m, s^2), tau half-normal with scale h: E exp(mu + tau z) = exp(m + s^2 / 2) / sqrt(1 - h^2)
    prior = KindPrior(0.3, 0.1, 0.1)
    found = np.mean([worth([42.0], Cost(), months=12, prior=prior, seed=k).expected for k in range(9)])
    # a standard deviation of 8.3 over nine times 20,000 draws: .02
    assert found == pytest.approx(42 * (np.exp(0.3 + 0.1**2 / 2) / np.sqrt(1 - 0.1**2) - 1), abs=0.06)


def test_past_efforts_of_the_kind_move_the_expectation_and_narrow_it() -> None:
    alone = worth([30.0], Cost(), months=6)
    told = worth([30.0], Cost(), months=6, past=past(1.5, 1.4, 1.6))
    assert told.expected > alone.expected + 5
    assert told.high - told.low < alone.high - alone.low
    assert told.past == 3


def test_the_posterior_of_the_mean_is_the_conjugate_one_where_all_efforts_are_alike() -> None:
    prior = KindPrior(0.0, 0.3, 1e-3)  # no spread between municipalities
    y, v = np.array([0.4, 0.2]), np.array([0.04, 0.04])
    precision = 1 / 0.3**2 + 2 / 0.04
    assert draws(1, (y, v), prior, 1).mean() == pytest.approx((0.6 / 0.04) / precision, abs=0.01)
    assert draws(1, (y, v), prior, 1).std() == pytest.approx(precision**-0.5, abs=0.01)


def test_no_direction_is_recommended_that_the_numbers_do_not_carry() -> None:
    unsure = worth_sentences(worth([30.0], Cost(), months=6), 1, 6, DA)
    sure = worth_sentences(worth([30.0], Cost(money=100.0), months=6, prior=SURE), 1, 6, DA)
    assert any("kan ikke afgøre" in text for text in unsure)
    assert not any("kan ikke afgøre" in text for text in sure)
    assert not any("bør I" in text or "anbefal" in text for text in (*unsure, *sure))


def test_the_page_shows_every_belief_and_the_same_inputs_give_the_same_bytes() -> None:
    views = by_prior([20.0], Cost(money=1000.0, worth=100.0), months=6, past=past(1.3, 1.2, 1.5), stated=SURE)
    assert list(sensitivity(views, DA).table.iloc[:, 0]) == [
        "Som antaget",
        "Hvis man er skeptisk",
        "Hvis alt er muligt",
        "Uden de tidligere indsatser",
    ]
    said = worth_sentences(views["stated"], 1, 6, DA)
    pages = [worth_page("Plakat", said, views, ["a"], ["b"], DA) for _ in range(2)]
    assert pages[0] == pages[1]
    assert "3 tidligere indsatser" in pages[0]


def test_a_stated_belief_is_read_as_eight_cases_in_ten() -> None:
    prior = stated_prior(1.2, 1.0, 1.44)
    found = draws(1, (np.array([]), np.array([])), KindPrior(prior.mean, prior.sd, 1e-3), 1)
    assert np.mean(found < 0) == pytest.approx(0.1, abs=0.01)


def test_the_plan_file_holds_costs_and_a_belief(root: Path, tmp_path: Path) -> None:
    text = (root / "params" / "plans" / "poster.yaml").read_text(encoding="utf-8")
    costs = Plan.load(root / "params" / "plans" / "poster.yaml").costs
    assert costs is not None
    assert costs.worth_per_call == 250
    wrong = tmp_path / "plan.yaml"
    wrong.write_text(
        text.replace("# prior: {ratio: 1.1, low: 0.95", "prior: {ratio: 1.1, low: 1.2"), encoding="utf-8"
    )
    with pytest.raises(kl.InputError, match="`ratio` outside"):
        Plan.load(wrong)


LOG = "municipality;what;sent;used\nOdense;plakat;2024-01-02;ja\n851;plakat;2024-01-03;nej\n330;plakat;2024-01-03;\n"


def test_what_was_sent_is_told_apart_from_what_was_used(tmp_path: Path) -> None:
    file = tmp_path / "sent.csv"
    file.write_text(LOG, encoding="utf-8")
    log = read_sent(file)
    panel, _ = drawn_example()
    said = exposure_lines(["461", "851", "101"], "2030-01", "poster", log, panel, ORDINARY, "da")
    assert said[0] == "3 kommuner skulle have den; 2 fik den, og 1 har brugt den."
    assert said[2] == "Den er også sendt til Slagelse, som ikke var udvalgt."
    assert "endnu ikke begyndt" in said[3]
    assert "For få kommuner" in said[4]


def test_intention_to_treat_and_per_protocol_are_judged_apart(tmp_path: Path) -> None:
    from kl_research.commands.ahead.sent import Sent

    panel, _ = drawn_example()
    log = [Sent(code, "plakat", "2024-01-02", code <= "003") for code in ("001", "002", "003", "004")]
    said = exposure_lines(["001", "002", "003", "004"], "2024-01", "poster", log, panel, ORDINARY, "da")
    assert said[1].startswith("Alle, der skulle have den")
    assert said[2].startswith("Kun dem, der har brugt den")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2024-01-02", "2024-13-02", "line 2: found no day"),
        ("Odense", "Odnse", "line 2"),
        (";ja", ";måske", "line 2: found 'måske'"),
        ("municipality;", "kommune;", "line 1"),
    ],
)
def test_a_log_with_a_mistake_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    file = tmp_path / "sent.csv"
    file.write_text(LOG.replace(old, new), encoding="utf-8")
    with pytest.raises(kl.InputError, match=says):
        read_sent(file)


def test_the_form_in_lab_answers_to_what_is_typed(root: Path) -> None:
    pytest.importorskip("ipywidgets", reason="the form needs the extra `lab`")
    from kl_research.lab.worth_form import WorthForm

    planned = Plan.load(root / "params" / "plans" / "poster.yaml")
    form = WorthForm(Basis(planned, ("461",), (20.0,), (), (), "Plakat", DA))
    before = form.said.value
    form.controls["ratio"].value = 1.5
    assert form.said.value != before
    assert "<svg" in form.picture.value
    assert isinstance(form.controls["hours"].value, float)
    assert pd.notna(form.controls["money"].value)
