"""Names that the register does not know: all reported at once with what is probably meant, explained by the study."""

from __future__ import annotations

import pytest

from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import codes, lookup, proposal
from tests.ingest.drawn_logs import Draw, counted, log, table


@pytest.mark.parametrize(
    ("written", "code"),
    [("Odense (461)", "461"), ("Odense [461]", "461"), ("Odense Kommune (0461)", "461"), ("DK-461", "461"),
     ("DK461", "461"), ("dk 0461", "461"), ("Høje-Taastrup (169)", "169")],
)  # fmt: skip
def test_a_code_beside_its_name_in_any_order_is_read(draw: Draw, written: str, code: str) -> None:
    assert lookup(written) == code
    assert counted(draw(table({written: 7}, "2024-01", "2024-02")), code) == {"2024-01": 7, "2024-02": 7}


@pytest.mark.parametrize("written", ["Odense (851)", "Aalborg (461)", "DK-999", "Odense (46)"])
def test_a_code_that_contradicts_its_name_is_still_refused(written: str) -> None:
    with pytest.raises(InputError):
        lookup(written)


@pytest.mark.parametrize("kind", [table, log])
def test_all_unknown_names_are_reported_at_once(draw: Draw, kind: object) -> None:
    names = {"Kbh.": 3, "Odense": 4, "Hobro": 5, "Esbjærg": 6, "Atlantis": 7}
    with pytest.raises(InputError) as caught:
        draw(kind(names, "2024-01", "2024-03"))  # type: ignore[operator]
    said = str(caught.value)
    for words in ("'Kbh.' (København?)", "'Hobro' (Mariagerfjord?)", "'Esbjærg' (Esbjerg?)", "'Atlantis'"):
        assert words in said
    assert '"Kbh.": "101"' in said
    assert '"Atlantis": "..."' in said


@pytest.mark.parametrize("kind", [table, log])
def test_the_study_says_what_a_name_is(draw: Draw, kind: object) -> None:
    text = kind({"Kbh.": 3, "Hobro": 5, "Atlantis": 7}, "2024-01", "2024-03")  # type: ignore[operator]
    keys = 'areas_named: {"Kbh.": "101", Hobro: "846", "atlantis": "360"}'
    connections = "municipality;connected_from;started_from\nKbh.;2024-01;2024-01\nHobro;2024-01;2024-01\n"
    ingested = draw(text, keys=keys, connections=connections)
    assert [counted(ingested, code)["2024-02"] for code in ("101", "846", "360")] == [3, 5, 7]


def test_a_free_study_joins_two_spellings(draw: Draw) -> None:
    text = table({"By 02": 3}, "2024-01", "2024-01") + "By02;2024-02;4\n"
    ingested = draw(text, keys='municipalities: free\nareas_named: {"By 02": "By02"}')
    assert set(ingested.panel["municipality"]) == {"By02"}
    assert counted(ingested, "By02") == {"2024-01": 3, "2024-02": 4}


def test_an_explanation_that_is_no_municipality_is_refused(draw: Draw) -> None:
    with pytest.raises(InputError, match="`areas_named` with '999'"):
        draw(table({"Odense": 3}, "2024-01", "2024-03"), keys='areas_named: {"Atlantis": "999"}')


def test_every_town_lies_in_a_municipality_of_the_register() -> None:
    for town in ("Kbh", "Ribe", "Nykøbing F", "Nykøbing M", "Nykøbing S", "Rønne", "Nørresundby", "Haslev"):
        assert proposal(town) in codes()
