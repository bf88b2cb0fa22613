"""Adoption yields codes; a reader gets words. None may be without, in either language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kl_research.adoption as adoption
from kl_research.adoption.codes import CODES
from kl_research.findings.words.catalogue import LANGUAGES, has

from .drawn import activity, panel

SOURCES = sorted(Path(adoption.__file__).parent.rglob("*.py"))
KNOWN = {code for codes in CODES.values() for code in codes}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_measure_and_every_code_has_its_words(lang):
    keys = [f"{prefix}.{code}" for prefix, codes in CODES.items() for code in codes]
    keys += [measure.name_key for measure in adoption.measures()]
    assert [key for key in keys if not has(key, lang)] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_code_that_the_source_names_is_listed(source):
    text = source.read_text(encoding="utf-8")
    named = re.findall(r'\b(?:unknown|empty|caution|reason|kind|state)="([a-z_]+)"', text)
    named += re.findall(r'"(no_[a-z_]+|too_few_[a-z_]+|tried_[a-z_]+)"', text)
    states = {"observed", "no_calls", "alert", "passed", "quiet", "not_assessable"}  # said by a sentence of their own
    assert set(named) - KNOWN - states == set()


def test_every_reason_and_caution_of_a_table_of_all_measures_is_listed():
    drawn = {"461": "3 0 . 4 - *", "265": "- - - - - -", "851": "o o o o o o", "561": ". . * * . .", "330": "2 " * 6}
    use = activity([("461", "A", "3 0 0 4 0 0"), ("330", "", "2 " * 6)])
    for period in (("2024-01", "2024-03"), ("2024-04", "2024-06"), ("2023-01", "2023-06")):
        found = adoption.measure_table(panel(drawn, start="2024-01"), use, periods=[period])
        assert set(found["reason"]) - {""} <= set(CODES["measure.reason"])
        assert set(found["caution"]) - {""} <= set(CODES["measure.caution"])
