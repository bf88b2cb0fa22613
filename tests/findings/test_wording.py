"""Sentences against the twelve of domain.md, section 8, with the numbers given there."""

from __future__ import annotations

import re

import pytest

from kl_research.effects.effect import Threat
from kl_research.findings.words.catalogue import LANGUAGES, catalogue
from kl_research.findings.words.sentences import lines
from kl_research.findings.words.wording import headline, sentence
from tests.findings.drawn import effect, means


def said(one, lang: str = "da") -> str:
    return sentence(one, lang).replace("\u00a0", " ")


def test_an_increase_is_told_as_in_sentence_1():
    one = effect(verdict="increase", estimate=1.5, conf_low=1.15, conf_high=1.95, details=means(11, 18, 12))
    assert said(one) == (
        "Efter ledermødet har der i gennemsnit været ca. 18 opkald om måneden. Ud fra udviklingen i sammenlignelige "
        "kommuner ville vi have forventet ca. 12. Det er ca. 50 % flere end forventet "
        "(95 %-konfidensinterval: 15-95 % flere). "
        "Andre forhold kan også have spillet ind."
    )


def test_a_decrease_beside_stable_municipalities_is_told_as_in_sentence_2():
    one = effect(verdict="decrease", estimate=0.7, conf_low=0.56, conf_high=0.88, details=means(30, 21, 30))
    assert said(one).startswith(
        "Antallet af opkald er faldet fra ca. 30 til ca. 21 om måneden efter ledermødet, mens"
    )
    assert "Det er et fald på ca. 30 % (95 %-konfidensinterval: 12-44 %)." in said(one)


def test_no_change_is_told_as_in_sentence_3():
    one = effect(verdict="no_change", estimate=1.0, conf_low=0.88, conf_high=1.15, details=means(40, 40, 40))
    assert said(one) == (
        "Vi ser ingen ændring af betydning efter ledermødet. Der var ca. 40 opkald om måneden både før og efter. "
        "Tallene tyder på, at en eventuel ændring ligger mellem et fald på 12 % og en stigning på 15 %."
    )


def test_an_inconclusive_answer_says_what_could_have_been_seen_as_in_sentence_4():
    one = effect(
        verdict="inconclusive", estimate=1.3, conf_low=0.5, conf_high=3, detectable=2.4, details=means(3, 4, 3.3)
    )
    # 3.3 expected times 2.4 detectable is 8 a month
    assert "Antallet af opkald skulle være steget til omkring 8 om måneden" in said(one)
    assert "så små tal svinger meget" in said(one)


def test_too_early_names_months_earliest_month_and_threats_as_in_sentence_5():
    one = effect(
        verdict="not_assessable",
        reason="too_few_months_after",
        n_post=1,
        earliest_month="2025-04",
        threats=(Threat("measurement_near", "login", "2025-03"), Threat("measurement_undated", "redirect")),
        details={
            "event_date": "2025-01",
            "event_titles": {"login": {"da": "Nyt login"}, "redirect": {"da": "Redirect"}},
        },
    )
    assert said(one) == (
        "Det er for tidligt at vurdere virkningen af ledermødet i januar 2025. Vi har kun tal for én hel måned efter "
        "og skal bruge mindst tre. Vi kan tidligst vurdere det, når tallene for april 2025 foreligger. Andre "
        "ændringer kan gøre vurderingen usikker: »Nyt login« (marts 2025) og »Redirect« (dato ikke oplyst)."
    )


def test_an_undated_meeting_is_told_as_in_sentence_6():
    one = effect(verdict="not_assessable", reason="undated", type="gp_meeting")
    assert said(one) == ("Vi kan ikke vurdere virkningen af mødet med kommunens læger, fordi vi ikke kender datoen.")


def test_a_break_is_never_read_as_more_use():
    one = effect(verdict="break_in_series", type="release", estimate=1.3, conf_low=1.1, conf_high=1.6)
    assert "en stigning er ikke nødvendigvis mere brug" in said(one)


def test_not_connected_is_not_zero_calls():
    assert "Det er ikke det samme som nul opkald." in said(effect(verdict="not_assessable", reason="not_connected"))


def test_a_national_change_says_that_nobody_is_left_to_compare_with():
    one = effect(
        level="national",
        municipality="",
        area="",
        type="release",
        n_donors=0,
        verdict="increase",
        estimate=1.08,
        conf_low=1.02,
        conf_high=1.14,
        details={"event_date": "2025-03-24"},
    )
    assert said(one).startswith(
        "På landsplan var antallet af opkald ca. 8 % højere end forventet efter ændringen i appen den 24. marts 2025 "
        "(95 %-konfidensinterval: 2-14 %)."
    )
    assert "vi har ingen at sammenligne med" in said(one)


def test_without_comparison_the_sentence_does_not_claim_one():
    one = effect(
        verdict="increase",
        design="interrupted_time_series",
        estimate=1.5,
        conf_low=1.15,
        conf_high=None,
        details=means(11, 18, 12, no_comparison="too_few_donors"),
    )
    assert "sammenlignelige kommuner havde" not in said(one)
    assert "ikke nok kommuner at sammenligne med" in said(one)
    assert "mindst 15 % flere" in said(one)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "verdict", ["increase", "decrease", "no_change", "inconclusive", "not_assessable", "break_in_series"]
)
def test_every_verdict_has_words_even_without_details(verdict: str, lang: str):
    one = effect(verdict=verdict, estimate=None if verdict == "not_assessable" else 1.2, reason="something_new")
    assert len(sentence(one, lang)) > 30
    assert headline(one, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_of_the_catalogue_claims_significance_or_calls_the_app_kl(lang: str):
    for message in catalogue(lang):
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        for text in forms if message.id else []:
            assert not re.search(r"signifi", text, re.IGNORECASE), message.id
            assert not re.search(r"(?<![\w-])KL(?![\w-])", text), message.id


def test_both_catalogues_have_the_same_keys_and_the_same_places_to_fill():
    def holes(message) -> set[str]:
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        return {hole for text in forms for hole in re.findall(r"{(\w+)}", text)} - {"n"}

    da, en = ({str(m.id): m for m in catalogue(lang) if m.id} for lang in LANGUAGES)
    assert set(da) == set(en)
    for key in da:
        assert holes(da[key]) == holes(en[key]), key


def test_the_reviewers_list_has_every_message_with_an_example_in_both_languages():
    listed = "\n".join(lines())
    keys = [m.id if isinstance(m.id, str) else m.id[0] for m in catalogue("da") if m.id]
    assert all(f"| `{key}` |" in listed for key in keys)
    assert not re.search(r"{\w+}", listed), "no place of an example is left empty"
    assert "I de seneste 12 måneder (marts 2024 til februar 2025) var der 198 opkald i Odense" in listed


def test_a_difference_that_others_have_too_is_not_told_with_what_could_have_been_seen():
    one = effect(
        verdict="inconclusive",
        reason="placebo_disagrees",
        estimate=1.5,
        conf_low=1.2,
        conf_high=1.9,
        detectable=1.3,
        details=means(12, 18, 12),
    )
    assert "lige så store udsving ses i kommuner uden indsats" in said(one)
    assert "kunne have opdaget" not in said(one)
