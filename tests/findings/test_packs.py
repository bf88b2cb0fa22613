"""Packs for regions and meetings, the clinic side, similar municipalities, the statement, the checklist."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

import kl_research as kl
from kl_research.disclosure.published import Look
from kl_research.findings.html.checklist import ITEMS, unstated
from kl_research.findings.pages.area import Site, areas
from kl_research.findings.pages.similar import compared_measures, similar_part
from kl_research.findings.site import index
from kl_research.findings.site import region as region_page
from kl_research.findings.site.clinics import use_classes
from kl_research.findings.site.half_year import region_half_years, region_pack
from kl_research.findings.site.region import show_region
from kl_research.findings.words.reader import Reader
from tests.findings.drawn import effect, panel
from tests.findings.drawn_site import drawn_panel, published, study

PUBLIC = Reader("da", "public", 5)


def half_years(**counts: tuple[int, ...]) -> pd.DataFrame:
    """Calls a month in half-years from January 2023; municipalities of Region Syddanmark."""
    return panel({code[1:]: [n for n in halves for _ in range(6)] for code, halves in counts.items()})


def test_the_last_half_year_stands_beside_the_same_half_year_before():
    drawn = half_years(k461=(10, 12, 15), k561=(20, 20, 20))
    assert region_half_years(drawn) == (("2024-01", "2024-06"), ("2023-01", "2023-06"))
    pack = region_pack(drawn, None, "1083")
    assert pack is not None
    assert list(pack.names) == sorted(pack.names)  # no order of a set: the same bytes
    assert (pack.halves["461"][0].calls, pack.halves["461"][1].calls) == (6 * 15, 6 * 10)
    assert pack.moved("461") == "more"
    assert pack.moved("561") == "same"
    assert (pack.halves[""][0].calls, pack.halves[""][1].calls) == (6 * 35, 6 * 30)


def test_a_region_with_nothing_new_is_told_no_change_and_nothing_more():
    shown = show_region(half_years(k461=(10, 10, 11), k561=(20, 20, 20)), None, "1083")
    assert shown.sentences[1].startswith("Ingen ændring:")
    assert len(shown.sentences) == 3
    assert shown.html.count("<figure") == 1


def test_who_began_and_who_ended_is_named():
    said = " ".join(show_region(half_years(k461=(0, 0, 11), k561=(20, 20, 0)), None, "1083").sentences)
    assert "Begyndt siden samme halvår året før: Odense." in said
    assert "men i det samme halvår året før: Esbjerg." in said


def test_a_region_that_grew_is_compared_on_the_municipalities_of_both_half_years():
    drawn = panel(
        {
            "461": [10] * 18,
            "561": [10] * 18,
            "430": ["not_connected"] * 12 + [30] * 6,
        }
    )
    said = show_region(drawn, None, "1083").sentences[0]
    assert "300 opkald" in said  # 6 x (10 + 10 + 30)
    assert "I de 2 kommuner, der har tal for begge halvår, var der 120 opkald mod 120: omtrent det samme." in said


def test_a_region_may_be_called_as_a_municipality_of_it():
    drawn = half_years(kOslo=(10, 12, 15), kAsker=(20, 20, 20))
    drawn["region"] = "Oslo"
    pack = region_pack(drawn, None, "Oslo")
    assert pack is not None
    assert [pack.halves[area][0].calls for area in ("Oslo", "Asker", "")] == [6 * 15, 6 * 20, 6 * 35]


def test_links_to_areas_and_regions_of_any_name_lead_to_their_pages(tmp_path: Path):
    drawn = half_years(**{'kÆrø & "x"': (10, 12, 15)})
    drawn["region"] = "Øst & Vest"
    one, who = study(tmp_path), Reader()
    ran = [{"area": 'Ærø & "x"', "status": "ok", "record": None, "notebook": "adoption", "html": "x"}]
    site = Site(one, drawn, {}, None, ran, areas(one, drawn, ran, None, who), who)
    made = {**index.pages(site), **region_page.pages(site)}
    linked = {
        (place.parent / unquote(address)).as_posix()
        for place, html in made.items()
        for address in re.findall(r'href="([^"#]+)"', html)
    }
    assert {"regions/Øst & Vest.html", 'Ærø & "x"/index.html', 'regions/../Ærø & "x"/index.html'} <= linked


def test_a_public_half_year_of_few_calls_is_told_as_few_and_noise_is_no_movement():
    drawn = half_years(k461=(40, 40, 40), k561=(10, 10, 0), k851=(1, 1, 2))
    pack = region_pack(drawn, None, "1083", study=PUBLIC)
    assert pack is not None
    assert pack.moved("561") == "ended"
    assert region_pack(half_years(k461=(1, 1, 2), k561=(9, 9, 9)), None, "1083").moved("461") == "more"  # type: ignore
    near = half_years(k461=(1, 1, 2), k561=(9, 9, 9))  # 6 and 12 calls: perturbation alone may give that
    assert region_pack(near, None, "1083", study=PUBLIC).moved("461") == "same"  # type: ignore[union-attr]
    shown = show_region(drawn, None, "1083", study=PUBLIC)
    assert "Få eller ingen opkald i dette halvår, men flere i det samme halvår året før: Esbjerg." in shown.sentences
    assert "få" in shown.html
    assert "skjult" not in shown.html
    assert "ingen opkald i dette" not in shown.html.replace("eller ingen opkald i dette", "")


def test_a_public_region_of_two_municipalities_has_no_page():
    drawn = half_years(k461=(40, 40, 40), k561=(10, 10, 12))
    told = published(drawn)
    assert region_pack(told.panel, Look(told), "1083", study=PUBLIC) is None
    three = published(half_years(k461=(40, 40, 40), k561=(10, 10, 12), k430=(20, 20, 20)))
    assert region_pack(three.panel, Look(three), "1083", study=PUBLIC) is not None


def test_the_clinic_side_counts_provider_numbers_by_use_and_names_none(site: Path, tmp_path: Path):
    drawn = panel({"461": [11] * 26})
    whose = pd.DataFrame({"provider": [f"p{i}" for i in range(14)], "calls": [1] * 6 + [7] * 5 + [30] * 2 + [60]})
    use = whose.assign(municipality="461", month=pd.Timestamp("2025-02-01"), administration="", unit="u")
    use = use.assign(unit_type="", channel="", completed=0, seconds=0.0)
    one = study(tmp_path, "internal")
    site_of = Site(one, drawn, {}, use, [], [], Reader())
    assert use_classes(site_of) == {1: 14, 5: 8, 12: 3, 24: 3, 60: 1}
    assert not re.search(r"\bp\d\b", (site / "clinics.html").read_text(encoding="utf-8"))


def test_the_rule_for_similar_is_stated_beside_the_comparison():
    drawn = panel({code: [10] * 24 for code in ("461", "561", "751", "851", "101", "740")})
    drawn["population_80plus"] = 1000.0
    drawn.loc[drawn["municipality"] == "101", "population_80plus"] = 9000.0
    html = similar_part(compared_measures(drawn, None, PUBLIC), drawn, "461", "Odense", PUBLIC)
    assert "mellem halvt og dobbelt så mange borgere på 80 år og derover" in html
    assert ">4</td>" in html  # six less itself and the one nine times as large


def test_every_item_of_the_checklist_is_stated_or_said_to_be_unknown():
    drawn = panel({"461": [9] * 24})
    shown = kl.show_effects(
        [effect(verdict="inconclusive", estimate=1.1, conf_low=0.7, conf_high=1.6)],
        drawn,
        municipality="461",
        study=PUBLIC,
    )
    assert unstated(shown.html) == []
    assert unstated("<p>intet</p>") == list(ITEMS)


def test_the_statement_names_what_the_publisher_must_fill(site: Path):
    text = (site / "accessibility.html").read_text(encoding="utf-8")
    for blank in ("udgiverens navn", "e-mailadresse", "telefonnummer", "webadresse"):
        assert f"[{blank}]" in text


def test_a_meeting_has_one_finding_a_sheet_and_a_sheet_for_what_cannot_be_answered(site: Path):
    text = (site / "national.html").read_text(encoding="utf-8")
    assert text.count('<section class="kl-sheet">') >= 5
    assert "Hvad vi ikke kan svare på endnu" in text


def test_a_study_of_a_few_folds_the_others_of_its_index_away(tmp_path: Path):
    drawn, who = drawn_panel(), Reader("da", "public", 5, True)
    entries = [{"area": "461", "notebook": "adoption", "status": "ok", "record": None, "html": ""}]
    one = study(tmp_path)
    html = index.page(Site(one, drawn, {}, None, entries, areas(one, drawn, entries, None, who), who))
    shown, folded = html.split("<details", 1)
    assert shown.count('<th scope="row"') == 1
    assert folded.count('<th scope="row"') == 6
    assert "uden egen side i denne udgave (6)" in folded


def test_a_half_year_may_be_named():
    drawn = half_years(k461=(10, 12, 15), k561=(20, 20, 20))
    assert region_half_years(drawn, "2024H1") == region_half_years(drawn)
    assert region_half_years(drawn, "2023H2") is None  # nothing a year before it
    pack = region_pack(half_years(k461=(10, 12, 15, 9), k561=(20, 20, 20, 20)), None, "1083", half="2024H1")
    assert pack is not None
    assert (pack.now[0], pack.halves["461"][0].calls) == ("2024-01", 6 * 15)
