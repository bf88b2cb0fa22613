"""What a reader sees of the adoption measures on the demo, against the truth that `simulate` wrote (U3 to U15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kl_research as kl
from kl_research.findings.html import gate
from kl_research.findings.html.markup import NOTHING
from kl_research.findings.pages.parts import told_parts
from kl_research.findings.words.reader import Reader
from tests.adoption.drawn import activity, panel

HOUSE, PUBLIC = Reader(simulated=True), Reader(profile="public", simulated=True)


@pytest.fixture(scope="module")
def facts(root: Path) -> dict[tuple[str, str], float]:
    rows = pd.read_csv(root / "data" / "raw" / "demo" / "truth.csv", dtype={"municipality": "str"})
    rows = rows[rows["kind"] == "fact"]
    return {(m, o): v for m, o, v in zip(rows["municipality"], rows["outcome"], rows["value"], strict=True)}


def of(demo: Any, code: str, only: list[str] | None = None) -> pd.DataFrame:
    own, use = (frame[frame["municipality"] == code] for frame in (demo.panel, demo.activity))
    return kl.measure_table(own, use, levels=["municipality"], only=only)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_u4_a_third_of_syddanmarks_provider_numbers_have_been_on_the_app_and_fewer_lately(demo, facts):
    measures = kl.measure_table(demo.panel, demo.activity, only=["providers_penetration"])
    said = [plain(text) for text in kl.show_regions(measures, demo.panel, study=PUBLIC).sentences]
    south = next(text for text in said if text.startswith("Region Syddanmark"))
    share = round(100 * 122 / 362)  # 121 told by the middle of its group
    assert f"120-124 af 362 ydernumre (ca. {share} %) har på et tidspunkt brugt appen" in south
    assert "de seneste 12 måneder 110-114, de seneste 6 måneder 90-94 og de seneste 3 måneder 70-74" in south


def test_u4_without_a_denominator_the_page_says_that_it_is_unknown(demo):
    bare = demo.panel.drop(columns=["providers", "units"])
    own, use = (frame[frame["municipality"] == "461"] for frame in (bare, demo.activity))
    shown = kl.show_reach(kl.measure_table(own, use, levels=["municipality"]), bare, "461", study=HOUSE)
    assert "23 (nævner ukendt)" in shown.html
    assert "23 ydernumre har på et tidspunkt brugt appen (nævner ukendt)" in shown.sentences[0]


def test_u4_where_every_number_is_hidden_a_sentence_says_so_and_no_table_of_hidden_cells(demo):
    shown = kl.show_reach(of(demo, "410"), demo.panel, "410", study=PUBLIC)
    assert shown.sentences == (
        "Hvor mange ydernumre og enheder der har brugt appen, vises ikke, fordi små tal er skjult.",
    )
    assert "<table" not in shown.html


def test_u8_koebenhavns_social_administration_is_called_new_use_and_not_more_use(demo, facts):
    said = kl.show_parts(demo.panel, demo.activity, "101", study=HOUSE).sentences
    assert said[0].startswith("Socialforvaltningen er ny: 24 opkald de seneste 12 måneder og ingen året før.")
    assert "Sundheds- og Omsorgsforvaltningen: ingen ændring ud over det sædvanlige." in said
    first = demo.activity[demo.activity["administration"] == "Socialforvaltningen"]["month"].min()
    assert f"{first:%Y-%m}" == str(facts["101", "social_administration_first_month"])


def test_u11_the_channels_of_esbjerg_stand_apart_and_what_is_not_counted_is_named(demo):
    shown = kl.show_parts(demo.panel, demo.activity, "561", study=HOUSE)
    assert "SMS-link" in shown.html
    assert "VDX (sms-video)" in kl.description(demo.panel, demo.activity, "561", study=HOUSE).html


def test_u12_slagelse_is_told_what_two_units_make_and_what_is_left_without_the_largest(demo, facts):
    said = [plain(t) for t in kl.show_concentration(of(demo, "330"), demo.panel, "330", study=HOUSE).sentences]
    assert said[0] == "Den største enhed stod for 379 af kommunens 492 opkald de seneste 12 måneder (77 %)."
    assert said[1] == "De to største stod tilsammen for 492 (100 %)."
    assert round(float(facts["330", "share_of_largest_two_units"]), 2) == 1.0
    assert said[2] == "Uden den største enhed ville der være ca. 9 opkald om måneden tilbage."  # (492 - 379) / 12
    assert said[3].startswith("3 af de 5 enheder, der nogensinde har brugt appen,")


def test_u13_favrskov_is_told_that_home_nursing_fell_and_the_care_centres_did_not(demo, facts):
    said = kl.show_parts(demo.panel, demo.activity, "710", study=PUBLIC).sentences
    assert said[0] == "Sygepleje: færre opkald, 29 de seneste 12 måneder mod 68 året før."
    assert said[1] == "Plejecenter: ingen ændring ud over det sædvanlige."
    assert (
        float(facts["710", "home_nursing_ratio_2024_2023"])
        < 0.6
        < float(facts["710", "care_centres_ratio_2024_2023"])
    )


def test_u14_aalborg_is_told_its_new_units_what_they_stand_for_and_a_ceiling(demo):
    shown = kl.show_units(of(demo, "851"), demo.panel, "851", activity=demo.activity, study=PUBLIC)
    said = [plain(text) for text in shown.sentences]
    assert said[0] == "Af de 15-19 enheder, der brugte appen de seneste 12 måneder, gjorde 5-9 det for første gang."
    assert said[1] == "De nye enheder stod for 43 af 186 opkald (23 %)."
    assert said[2].startswith(
        "Ca. 36 % af enhederne brugte appen. I 4 kommuner af lignende størrelse er det typisk ca. 22 %"
    )
    assert "De mindste er skjult" in said[-1]
    row = of(demo, "851", ["units_active"]).set_index("period").loc["2024-03/2025-02"]
    assert 15 <= row["numerator"] <= 19  # the truth lies in the group told, 36 % is its middle
    assert round(100 * 17 / row["denominator"]) == 36


def test_u15_roskilde_is_told_what_comparable_municipalities_reached_after_3_6_and_12_months(demo):
    found = kl.ramp_up(demo.panel, "265", ages=tuple(range(3, 13)))
    delays = kl.delays(demo.connections, "2025-02")
    shown = kl.show_ramp_up(found, demo.panel, delays=delays, study=PUBLIC)
    said = shown.sentences
    assert said[0] == "Starten var planlagt til oktober 2024; der er gået 4 måneder uden en start."
    assert said[1].startswith("7 kommuner med omtrent lige så mange borgere på 80 år og derover som Roskilde")
    for age, text in zip((3, 6, 12), said[2:5], strict=True):
        row = found.table.set_index(["age", "measure"]).loc[(age, "calls_per_month")]
        assert text.startswith(f"{age} måneder efter starten: typisk ca. {row['median']:.0f} opkald om måneden")
    assert "<svg" in shown.html
    assert kl.show_ramp_up(kl.ramp_up(demo.panel, "461"), demo.panel, study=PUBLIC) is NOTHING


def test_u3_the_page_names_the_municipalities_that_fell_to_zero_and_how_many_false_warnings_to_expect(late_data):
    late, locked = late_data
    found = kl.alerts(late.panel, late.activity)
    for who in (HOUSE, PUBLIC):
        said = kl.show_alerts(found, late.panel, study=who).sentences
        zero = next(text for text in said if text.startswith("Gået i nul: "))
        assert all(kl.area_name(late.panel, code) in zero for code in locked)
        assert zero.count(",") + 2 == len(locked) == 3
        assert "falske advarsler" in said[-1]
        own = kl.show_alert(found, late.panel, locked[0], study=who).sentences
        assert own[0].startswith("Vær opmærksom: Der har ikke været et eneste opkald i de seneste 3 måneder")
        assert "ca. hvert 5. år" in own[-1]
        quiet = next(alert.municipality for alert in found if alert.state == "quiet")
        said = kl.show_alert(found, late.panel, quiet, study=who).sentences
        assert said[0].startswith("Der er ingen advarsel")
        assert "falsk advarsel ca. hvert 5. år" in said[2]


def test_in_the_public_profile_no_small_number_of_a_part_is_told_and_the_rest_is_kept(demo):
    rows = [("a", 40, 30), ("b", 3, 0), ("c", 7, 6), ("d", 0, 12)]
    told = told_parts(rows, 5, "other")
    assert told == [("a", 40, 30), ("other", 3 + 0 + 7, 0 + 12 + 6)]
    assert told_parts([("a", 2, 9), ("b", 1, 1)], 5, "other") == [("other", 3, 10)]
    small = kl.show_parts(demo.panel, demo.activity, "561", study=PUBLIC)
    assert small is NOTHING or "Øvrige" in small.html


def test_a_control_chart_is_drawn_only_where_every_month_may_be_shown(demo, root):
    events = kl.Study.load(root / "params" / "demo.yaml").read_events().values()
    house = kl.show_control_chart(demo.panel, "561", events=events, study=HOUSE)
    assert "Grænserne begynder forfra ved: " in house.note
    assert "<svg" not in kl.show_control_chart(demo.panel, "561", events=events, study=PUBLIC).html
    assert kl.show_control_chart(demo.panel, "265", events=events, study=HOUSE) is NOTHING


def test_the_funnel_leaves_out_what_is_hidden_and_is_no_league_table(demo):
    measures = kl.measure_table(
        demo.panel,
        demo.activity,
        levels=["municipality"],
        only=["calls_per_1000_aged_80"],
        periods=[("2024-03", "2025-02")],
    )
    measures.loc[measures["area"] == "461", "numerator"] = 3.0
    house, public = (kl.show_funnel(measures, demo.panel, study=who) for who in (HOUSE, PUBLIC))
    assert "Odense" in house.html
    assert "Odense" not in public.html
    assert "ikke en rangliste" in public.html


def test_the_sections_of_the_country_say_when_they_show_nothing(demo):
    nation = kl.cut(demo.panel, demo.activity, level="national")
    assert "Halvdelen havde deres første opkald senest 3 måneder" in " ".join(
        kl.show_first_use(kl.time_to_first_use(demo.panel), study=PUBLIC).sentences
    )
    kept = kl.show_retention(kl.retention(nation, cohort="year"), study=PUBLIC).sentences
    assert plain(kept[0]) == "Af de enheder, der begyndte i 2021, brugte 40-44 af 75-79 appen et år efter."
    refused = kl.show_spread(kl.spread(nation, "unit"), "unit", study=PUBLIC).sentences[0]
    assert refused.startswith("Der vises ingen kurve for udbredelsen: mere end en fjerdedel")
    assert plain(kl.show_hours(demo.timing, study=PUBLIC).sentences[0]).startswith(
        "97 % af opkaldene begynder mandag til fredag"
    )
    assert "ikke oplyst" in kl.show_hours(demo.timing.iloc[:0], study=PUBLIC).html


def test_every_section_passes_the_gate_as_something_disclosure_control_has_seen():
    from tests.findings.drawn import notebook

    assert gate.unseen(notebook(NOTHING), lambda cell: False) == []


def test_a_year_that_was_not_observed_is_no_year_without_calls():
    drawn = panel({"461": ". " * 12 + "90 " * 12}, start="2023-01")
    use = pd.concat(
        [
            activity([("461", kind, ". " * 12 + calls * 12)], start="2023-01").assign(unit_type=kind)
            for kind, calls in (("care", "40 "), ("home", "50 "))
        ]
    )
    for who in (HOUSE, PUBLIC):
        shown = kl.show_parts(drawn, use, "461", study=who)
        assert shown.sentences == ()
        assert "600" in shown.html
        assert "2023" not in shown.html
