"""All municipalities beside each other, and one municipality's measures: words, small numbers, order."""

from __future__ import annotations

import nbformat
import pandas as pd

import kl_research as kl
from kl_research.disclosure.published import Look
from kl_research.effects.effect import Effect
from kl_research.effects.records import to_record
from kl_research.findings.html.gate import unseen
from kl_research.findings.interventions.shared_events import show_shared
from kl_research.findings.pages.overview import panel_of_nation, show_municipalities
from kl_research.findings.words.named import is_shared
from kl_research.findings.words.reader import Reader
from tests.findings.drawn_site import published

MONTHS = pd.date_range("2023-01-01", periods=24, freq="MS")
PUBLIC = Reader("da", "public", 5)


def drawn(**calls: int | None) -> pd.DataFrame:
    """Municipalities by code (k461=3) with that many calls in each of 24 months; None is not connected."""
    parts = [
        pd.DataFrame(
            {
                "municipality": code[1:],
                "month": MONTHS,
                "state": "not_connected" if n is None else "observed",
                "calls": n,
            }
        )
        for code, n in calls.items()
    ]
    return kl.check_panel(pd.concat(parts, ignore_index=True).astype({"calls": "Int64"}))


def test_the_nation_is_the_sum_of_what_was_observed() -> None:
    nation = panel_of_nation(drawn(k461=3, k561=4, k265=None), None)
    assert nation["calls"].tolist() == [3 + 4] * 24


def test_municipalities_stand_in_danish_order_and_none_is_left_out() -> None:
    html = show_municipalities(drawn(k751=9, k851=9, k492=9, k265=None), None).html
    # Danish sorting: æ after z, and aa as å, last of all
    names = ["Roskilde", "Ærø", "Aalborg", "Aarhus"]
    assert sorted(names, key=html.index) == names
    assert "ikke tilsluttet" in html


def test_the_overview_counts_connected_and_active() -> None:
    said = show_municipalities(drawn(k461=3, k561=0, k265=None), None).sentences
    assert said[0].startswith("2 af 3 kommuner er tilsluttet, og 1 af dem")
    assert "36 opkald" in said[1]  # 12 x 3


def test_the_latest_own_judgement_stands_beside_its_municipality() -> None:
    own = Effect(
        "municipality",
        "461",
        "461",
        "m",
        "gp_meeting",
        "calls",
        "x",
        primary=True,
        verdict="not_assessable",
        reason="undated",
        details={"national": False},
    )
    shared = own.replace(event="release", details={"national": True})
    records = [{"area": "461", "effects": [to_record(own), to_record(shared)]}]
    html = show_municipalities(drawn(k461=9, k561=9), None, records).html
    assert html.count("Vi kan ikke vurdere virkningen af mødet med kommunens læger") == 1


def test_small_totals_are_few_to_the_public_only() -> None:
    panel = drawn(k461=0, k561=9)
    panel.loc[panel["municipality"].eq("461") & panel["month"].eq(MONTHS[-1]), "calls"] = 3
    measures = kl.measure_table(panel, None, levels=["municipality"])
    assert "<td>få" in kl.show_measures(measures, panel, "461", study=PUBLIC).html
    assert "<td>få" not in kl.show_measures(measures, panel, "461").html


def test_no_observed_year_is_without_calls_to_the_public() -> None:
    panel = drawn(k461=0, k561=9)
    public, house = (show_municipalities(panel, None, study=who).html for who in (PUBLIC, Reader()))
    assert "ingen opkald det seneste år" in house
    assert "få eller ingen opkald det seneste år" in public
    assert "få eller ingen" not in house
    said = kl.description(panel, None, "461", study=PUBLIC).sentences
    assert said[0].endswith("var der få opkald eller ingen i Odense.")


def test_a_published_national_month_is_told_and_not_added_up() -> None:
    told = published(drawn(k461=3, k561=4, k265=None))
    nation = panel_of_nation(told.panel, Look(told))
    months = told["areas"].query("level == 'national'")
    assert nation["calls"].tolist() == months["calls"].tolist()


def test_a_change_that_reached_everybody_makes_no_claim_of_its_own() -> None:
    effect = Effect(
        "municipality",
        "461",
        "461",
        "r",
        "release",
        "calls",
        "interrupted_time_series",
        primary=True,
        estimate=1.5,
        conf_low=1.1,
        conf_high=2.0,
        verdict="increase",
        details={"national": True, "event_date": "2024-06"},
    )
    assert is_shared(effect)
    html = show_shared([effect], "Odense", "da").html
    assert "ingen at sammenligne Odense med" in html
    assert "50\u00a0%" not in html  # an interval of one municipality, without a comparison, missed the truth
    assert "vurderes kun for hele landet" in html


def test_a_study_without_events_has_pages_that_may_be_published() -> None:
    panel = drawn(k461=9)
    for municipality, says in (("461", "ingen indsats i Odense"), ("", "gælder alle kommuner")):
        shown = kl.show_effects([], panel, municipality=municipality, study=PUBLIC)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x")])
        notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", shown._repr_mimebundle_())]
        assert says in shown.html
        assert unseen(notebook, lambda cell: False) == []
