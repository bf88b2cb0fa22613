"""What a reader sees of the adoption measures on the demo, against the truth that `simulate` wrote (U3 to U15)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kl_research as kl
from kl_research.disclosure.perturbation import D
from kl_research.disclosure.published import Look, Published
from kl_research.findings.html import gate
from kl_research.findings.html.markup import NOTHING
from kl_research.findings.pages.parts import parts_of
from kl_research.findings.words.reader import Reader
from tests.adoption.drawn import activity, panel

HOUSE, PUBLIC = Reader(simulated=True), Reader(edition="public", simulated=True)


@pytest.fixture(scope="module")
def facts(root: Path) -> dict[tuple[str, str], float]:
    rows = pd.read_csv(root / "data" / "raw" / "demo" / "truth.csv", dtype={"municipality": "str"})
    rows = rows[rows["kind"] == "fact"]
    return {(m, o): v for m, o, v in zip(rows["municipality"], rows["outcome"], rows["value"], strict=True)}


def of(demo: Any, code: str, only: list[str] | None = None) -> pd.DataFrame:
    own, use = (frame[frame["municipality"] == code] for frame in (demo.panel, demo.activity))
    return kl.measure_table(own, use, levels=["municipality"], only=only)


def told(published: Published, code: str) -> pd.DataFrame:
    """The published measures of a municipality."""
    measures = published["measures"]
    return measures[(measures["level"] == "municipality") & (measures["area"] == code)]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_u4_a_third_of_syddanmarks_provider_numbers_have_been_on_the_app_and_fewer_lately(demo, published, facts):
    said = [plain(t) for t in kl.show_regions(published["measures"], published.panel, study=PUBLIC).sentences]
    south = next(text for text in said if text.startswith("Region Syddanmark"))
    numbers = [int(n) for n in re.findall(r"(?<!seneste )\b\d+\b(?! %| måneder)", south)]
    part, whole, *lately = numbers
    true = kl.measure_table(demo.panel, demo.activity, only=["providers_penetration"], levels=["region"])
    row = true[(true["area"] == "1083") & (true["period"] == "2020-12/2025-02")].iloc[0]
    assert abs(part - row["numerator"]) <= D
    assert whole == 362  # the register's number is not perturbed
    assert f"({round(100 * part / whole)} %) har på et tidspunkt brugt appen" in south
    assert part >= lately[0] >= lately[1] >= lately[2]


def test_u4_without_a_denominator_the_page_says_that_it_is_unknown(demo):
    bare = demo.panel.drop(columns=["providers", "units"])
    own, use = (frame[frame["municipality"] == "461"] for frame in (bare, demo.activity))
    shown = kl.show_reach(kl.measure_table(own, use, levels=["municipality"]), bare, "461", study=HOUSE)
    assert "23 (nævner ukendt)" in shown.html
    assert "23 ydernumre har på et tidspunkt brugt appen (nævner ukendt)" in shown.sentences[0]


def test_u4_few_users_are_told_as_few_and_without_the_share_that_would_tell_how_few(published):
    few = False
    for code in published.panel["municipality"].unique():
        shown = kl.show_reach(told(published, code), published.panel, code, study=PUBLIC)
        units = next((text for text in shown.sentences if "enheder har på et tidspunkt" in text), "")
        if units.startswith("Få af "):
            few = True
            assert "%" not in units
            assert re.match(r"Få af \d+ enheder har på et tidspunkt brugt appen; de seneste 12 måneder få,", units)
            break
    assert few, "the noise of the tests' key makes some municipality's units few"


def test_u8_koebenhavns_social_administration_is_called_new_use_and_not_more_use(demo, facts):
    said = kl.show_parts(demo.panel, demo.activity, "101", study=HOUSE).sentences
    assert said[0].startswith("Nyt: Socialforvaltningen (20 opkald de seneste 12 måneder, ingen året før).")
    assert "Sundheds- og Omsorgsforvaltningen: ingen ændring ud over det sædvanlige." in said
    first = demo.activity[demo.activity["administration"] == "Socialforvaltningen"]["month"].min()
    assert f"{first:%Y-%m}" == str(facts["101", "social_administration_first_month"])


def test_u11_what_is_not_counted_in_esbjerg_is_named(demo):
    assert "VDX, regionernes" in kl.description(demo.panel, demo.activity, "561", study=HOUSE).html


def test_u12_slagelse_is_told_what_two_units_make_and_what_is_left_without_the_largest(demo, facts):
    said = [plain(t) for t in kl.show_concentration(of(demo, "330"), demo.panel, "330", study=HOUSE).sentences]
    assert said[0] == "Den største enhed stod for 371 af kommunens 484 opkald de seneste 12 måneder (77 %)."
    assert said[1] == "De to største stod tilsammen for 484 (100 %)."
    assert round(float(facts["330", "share_of_largest_two_units"]), 2) == 1.0
    assert said[2] == "Uden den største enhed ville der være ca. 9 opkald om måneden tilbage."  # (484 - 371) / 12
    assert said[3].startswith("3 af de 5 enheder, der nogensinde har brugt appen,")


def test_u13_favrskov_is_told_that_home_nursing_fell_and_the_care_centres_did_not(demo, published, facts):
    said = kl.show_parts(demo.panel, demo.activity, "710", study=HOUSE).sentences
    assert said[0] == "Sygepleje: færre opkald, 29 de seneste 12 måneder mod 68 året før."
    public = kl.show_parts(published.panel, Look(published), "710", study=PUBLIC).sentences
    now, before = (int(n) for n in re.findall(r"opkald, (\d+) de .* mod (\d+) året", public[0])[0])
    assert public[0].startswith("Sygepleje: færre opkald")
    assert max(abs(now - 29), abs(before - 68)) <= D
    assert said[1] == "Plejecenter: ingen ændring ud over det sædvanlige."
    assert (
        float(facts["710", "home_nursing_ratio_2024_2023"])
        < 0.6
        < float(facts["710", "care_centres_ratio_2024_2023"])
    )


def test_u14_aalborg_is_told_its_new_units_what_share_use_it_and_a_ceiling(demo, published):
    shown = kl.show_units(told(published, "851"), published.panel, "851", activity=Look(published), study=PUBLIC)
    said = [plain(text) for text in shown.sentences]
    whole, new = (int(n) for n in re.findall(r"Af de (\d+) enheder, .* gjorde (\d+) det for første gang", said[0])[0])
    rows = of(demo, "851", ["units_new"]).set_index("period").loc["2024-03/2025-02"]
    assert max(abs(whole - rows["denominator"]), abs(new - rows["numerator"])) <= D
    assert f"{round(100 * whole / 47)} % af enhederne brugte appen." in said[1]  # of 47 by the register
    assert "er det typisk" in said[1]
    assert len(said) == 3  # calls of new units are of single units, and are not told


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
    none = {HOUSE: "har ikke haft et eneste opkald", PUBLIC: "har haft få eller ingen opkald"}
    once = {HOUSE: "Der har ikke været et eneste opkald", PUBLIC: "Der har været få eller ingen opkald"}
    for who in (HOUSE, PUBLIC):
        said = kl.show_alerts(found, late.panel, study=who).sentences
        zero = next(text for text in said if none[who] in text)
        assert all(kl.area_name(late.panel, code) in zero for code in locked)
        assert zero.count(",") + 2 == len(locked) == 3
        assert "falske advarsler" in said[-1]
        own = kl.show_alert(found, late.panel, locked[0], study=who).sentences
        assert own[0].startswith(f"Vær opmærksom: {once[who]} i de seneste 3 måneder")
        assert "ca. hvert 5. år" in own[-1]
        quiet = next(alert.municipality for alert in found if alert.state == "quiet")
        said = kl.show_alert(found, late.panel, quiet, study=who).sentences
        assert said[0].startswith("Der er ingen advarsel")
        assert "falsk advarsel ca. hvert 5. år" in said[2]


def test_parts_with_few_calls_stand_as_few_beside_the_others(published):
    shown = kl.show_parts(published.panel, Look(published), "851", study=PUBLIC)
    own = published.panel[published.panel["municipality"] == "851"]
    rows = parts_of(own, Look(published), "unit_type", "2024-03/2025-02")
    assert {part for part, _, _ in rows} == {"Plejecenter", "Sygepleje"}
    for part, now, before in rows:
        words = "".join(f"<td>{'få' if n < 5 else n}</td>" for n in (now, before))
        assert f'<th scope="row">{part}</th>{words}' in shown.html


def test_a_control_chart_is_drawn_of_published_months_and_few_is_a_band(demo, published, root):
    events = kl.Study.load(root / "params" / "demo.yaml").read_events().values()
    house = kl.show_control_chart(demo.panel, "561", events=events, study=HOUSE)
    assert "Grænserne begynder forfra ved: " in house.note
    public = kl.show_control_chart(published.panel, "561", events=events, study=PUBLIC)
    assert "<svg" in public.html
    assert "få (0-4)" in public.html
    assert set(public.table.iloc[:, 1]) > {"få"}
    assert kl.show_control_chart(demo.panel, "265", events=events, study=HOUSE) is NOTHING


def test_gaps_between_calls_are_not_charted_of_published_months():
    drawn = panel({"461": "1 0 0 2 0 1 0 0 1 0 0 1 " * 2})
    assert "<svg" in kl.show_control_chart(drawn, "461", study=HOUSE).html
    assert kl.show_control_chart(drawn, "461", study=PUBLIC).sentences == ()
    assert "for få opkald i" in kl.show_control_chart(drawn, "461", study=PUBLIC).html


def test_the_funnel_holds_everybody_with_numbers_and_is_no_league_table(demo, published):
    house, public = (
        kl.show_funnel(rows, demo.panel, study=who)
        for rows, who in (
            (
                kl.measure_table(
                    demo.panel,
                    demo.activity,
                    levels=["municipality"],
                    only=["calls_per_1000_aged_80"],
                    periods=[("2024-03", "2025-02")],
                ),
                HOUSE,
            ),
            (published["measures"], PUBLIC),
        )
    )
    names = [re.findall(r'<th scope="row">([^<]+)</th>', shown.html) for shown in (house, public)]
    assert names[0] == names[1]
    assert "Odense" in names[1]
    assert "ikke en rangliste" in public.html


def test_the_sections_of_the_country_say_when_they_show_nothing(demo, published):
    nation = kl.cut(published.panel, Look(published), level="national")
    assert "Halvdelen havde deres første opkald senest 3 måneder" in " ".join(
        kl.show_first_use(kl.time_to_first_use(demo.panel), study=HOUSE).sentences
    )
    kept = kl.show_retention(kl.retention(nation, cohort="year"), study=PUBLIC).sentences
    numbers = re.findall(r"Af de enheder, der begyndte i 2021, brugte (\d+) af (\d+) \(\d+ %\) appen", plain(kept[0]))
    true = kl.retention(kl.cut(demo.panel, demo.activity, level="national"), cohort="year").set_index(
        ["cohort", "age"]
    )
    row = true.loc[("2021", 12)]
    assert abs(int(numbers[0][0]) - row["numerator"]) <= D
    assert abs(int(numbers[0][1]) - row["denominator"]) <= D
    units = int(kl.cut(published.panel, Look(published), level="national").counter.members(nation, "unit", "ever")[0])
    refused = kl.show_spread(kl.spread(nation, "unit"), "unit", study=PUBLIC).sentences[0]
    assert "mere end en fjerdedel" in refused
    assert f"({units} enheder har brugt appen)" in refused
    assert plain(kl.show_hours(published["hours"], study=PUBLIC).sentences[0]).startswith(
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
