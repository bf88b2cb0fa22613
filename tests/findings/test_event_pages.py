"""Event results on pages: what is said of few, what is hidden from the public, and nothing claimed of one of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import kl_research as kl
from kl_research.effects import Effect
from kl_research.effects.questions.bounds import Dose, UseBounds
from kl_research.effects.questions.change_point import Proposal
from kl_research.effects.questions.kinds import pooled_types
from kl_research.effects.questions.lock_out import Fallen, LockOuts
from kl_research.findings.interventions.event_bounds import bounds_sentences
from kl_research.findings.interventions.event_kinds import (
    event_study_figure,
    kinds_sentences,
    pooled_forest,
    show_kinds,
)
from kl_research.findings.interventions.event_lock_outs import lock_out_sentences, show_lock_outs
from kl_research.findings.interventions.plan import plan_page
from kl_research.findings.words.reader import Reader
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel, with_areas

CODES = ["461", "561", "661", "851"]


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    month = pd.date_range("2023-01-01", periods=24, freq="MS")
    frame = pd.DataFrame({"municipality": np.repeat(CODES, 24), "month": np.tile(month, 4), "state": "observed"})
    frame["calls"] = 20
    names = dict(zip(CODES, ["Odense", "Esbjerg", "Holstebro", "Aalborg"], strict=True))
    return with_areas(check_panel(frame), "name", names).assign(region="1083")


def single(code: str, ratio: float, type_: str = "gp_meeting") -> Effect:
    return Effect(
        "municipality",
        code,
        code,
        f"e{code}",
        type_,
        "calls",
        "x",
        primary=True,
        estimate=ratio,
        conf_low=ratio / 1.3,
        conf_high=ratio * 1.3,
        n_donors=30,
    )


def step(estimate: float | None = 1.4) -> Effect:
    return Effect(
        "national",
        "",
        "",
        "rule",
        "release",
        "calls",
        "x",
        primary=True,
        estimate=estimate,
        conf_low=1.1,
        conf_high=1.8,
        verdict="break_in_series",
    )


def test_four_are_pooled_with_what_the_next_may_expect(panel: pd.DataFrame) -> None:
    some = [single(code, ratio) for code, ratio in zip(CODES, (1.1, 1.5, 1.9, 1.3), strict=True)]
    pooled = pooled_types(some)
    (said, few) = kinds_sentences(some, [], pooled, panel, "da")
    assert "I 4 kommuner er ændringen i gennemsnit en stigning på" in said
    assert "I den næste kommune vil den som regel ligge mellem" in said
    assert few == "Med under fem kommuner er gennemsnittet usikkert."
    figure = pooled_forest(pooled[0], some, panel)
    assert figure.table.iloc[:, 0].tolist() == [
        "Esbjerg",
        "Holstebro",
        "Odense",
        "Aalborg",
        "Gennemsnit",
        "Den næste kommune",
    ]


def test_two_of_each_conclude_nothing(panel: pd.DataFrame) -> None:
    effects = [single("461", 2.0), single("561", 2.1), *(single(c, 1.0, "leader_meeting") for c in ("661", "851"))]
    said = kinds_sentences(effects, [], pooled_types(effects), panel, "da")
    assert any("Af to kan man ikke slutte" in text for text in said)
    assert said[-1] == "Der er for få kommuner af hver slags til at slutte, at den ene virker bedre end den anden."
    assert "trukket mod gennemsnittet" in show_kinds(effects, [], pooled_types(effects), panel).html


def test_one_of_each_cannot_be_compared(panel: pd.DataFrame) -> None:
    said = kinds_sentences([single("461", 2.0), single("561", 1.0, "boost")], [], [], panel, "da")
    assert said == [
        "Møde med kommunens læger og Indsats for at øge brugen: tal fra én kommune hver. Slagsene kan ikke "
        "sammenlignes: en forskel kan lige så vel ligge i kommunen."
    ]


def test_the_event_study_says_its_range_for_those_who_do_not_see(panel: pd.DataFrame) -> None:
    table = pd.DataFrame(
        {"from_month": [-3, 0], "to_month": [-1, 2], "ratio": [1.0, 2.0], "low": [0.8, 0.8], "high": [1.2, 1.25]}
    ).assign(municipalities=3)
    figure = event_study_figure(table, "boost")
    assert figure is not None
    assert "efter mellem 2,00 og 2,00" in figure.alt
    assert event_study_figure(table.iloc[:0], "boost") is None


def test_bounds_name_all_none_and_the_declared_share() -> None:
    bounds = UseBounds(step(), 0.75, 1.0, 1.8, (1.09, 1.02, 1.16))
    said = " ".join(bounds_sentences(bounds, "da")).replace("\u00a0", " ")
    assert "et sted mellem ingen ændring og en stigning på 80 %" in said
    assert "Ifølge registret er 75 % af springet tælling. Så er ændringen i brugen en stigning på 9 %" in said
    assert bounds_sentences(UseBounds(step(), 1.0, 1.0, 1.8, (1.0, 1.0, 1.0)), "da")[-1].endswith("intet om brugen.")
    assert bounds_sentences(UseBounds(step(None)), "da")[0].startswith("Springet i tallene kan ikke gøres op")


def test_a_dose_that_is_not_clear_settles_nothing() -> None:
    dose = Dose("sms_link_share", (1.02, 0.95, 1.1), (1.1, 0.9, 1.3), 0.5, 40, pd.DataFrame())
    said = bounds_sentences(UseBounds(step(), None, 1.0, 1.8, None, dose), "da")
    assert said[-1] == "Det afgør ikke, om springet er tælling eller brug."


def test_the_public_is_told_who_stopped_but_not_their_small_means(panel: pd.DataFrame) -> None:
    login = Event(id="login", kind="intervention", type="release", national=True, date="2024-03-24", source="x")
    quote = Event(
        id="said",
        kind="context",
        type="other",
        national=True,
        date=None,
        tags=["login"],
        source="x",
        title={"da": "Ingen har mærket problemer"},
    )
    events = EventRegister([login, quote])
    found = LockOuts(
        "login", "", "", "2024-04", "2024-12", 4, 0.01, (Fallen("461", 2.5, 9, 22.0, 0.0001, 0.0004),), (), 0.0, 12
    )
    said = " ".join(lock_out_sentences(found, panel, events))
    assert "1 kommune, der brugte appen før, ikke haft et eneste opkald: Odense" in said
    assert "Ingen har mærket problemer" in said
    public = Reader(edition="public")
    told = " ".join(lock_out_sentences(found, panel, events, public))
    assert "1 kommune, der brugte appen før, haft få eller ingen opkald: Odense" in told
    assert "ikke haft et eneste" not in told
    assert "22" in show_lock_outs(found, panel, events).html
    assert "22" not in show_lock_outs(found, panel, events, study=public).html


def test_a_proposed_month_is_a_question() -> None:
    undated = Event(id="m", kind="intervention", type="gp_meeting", municipalities=["461"], date=None, source="x")
    found = {"m": [Proposal("2024-04", "2024-02", "2024-06", 1.5, 0.02)]}
    said = kl.show_proposals(found, {"m": undated}).sentences
    assert "kan være fra februar 2024 til juni 2024" in said[0]
    assert "ikke et tegn på, at indsatsen virkede" in said[1]


def test_the_plan_page_states_what_is_fixed_and_its_hash(panel: pd.DataFrame) -> None:
    fixed = {
        "title": {"da": "Plakaten"},
        "question": "Virker <plakaten>?",
        "expected_ratio": 1.3,
        "months_after": 6,
        "allocation": [["2025-09", "461"], ["2025-12", "561"]],
        "exposure": "intended",
        "outcome": "calls",
        "pre_months": 24,
        "design": "random_effects",
        "band": [0.8, 1.25],
        "data_until": "2025-02",
        "start": "2025-09",
        "study": "demo",
    }
    own = pd.DataFrame({"ratio": [1.3, 2.0], "power": [0.5, 0.9], "false_alarms": 0.05})
    others = pd.DataFrame({"municipalities": [2, 8], "ratio": 1.3, "power": [0.5, 0.85]})
    html = plan_page({"fixed": fixed, "hash": "abc123"}, {"own": own, "others": others}, 1.7, panel, Reader())
    for words in (
        "abc123",
        "Virker &lt;plakaten&gt;?",
        "december 2025",
        "Med 8 kommuner",
        "Skriv ned, hvad der sendes",
    ):
        assert words in html
