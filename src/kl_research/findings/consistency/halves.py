"""Half-years: the number of a region, which municipalities rose or fell in it, and the same in the table beside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from kl_research.findings.consistency.blocks import Block
from kl_research.findings.consistency.readback import number, read
from kl_research.findings.consistency.run import Contradiction, Run
from kl_research.findings.statements.statement import Statement
from kl_research.findings.words.catalogue import has, say
from kl_research.findings.words.numbers import count_words

NUMBER, MOVED = "a number with two values", "a half-year that went the other way"
_LEVEL = ("counts", "more", "fewer", "same", "slightly_more", "slightly_fewer", "began", "ended", "unknown")
_WAYS = ("more", "fewer")
_AND = re.compile(r", | og | and ")


def half_words(span: str, lang: str) -> str:
    """A half-year in words, as on the region's page.

    >>> half_words("2024-01/2024-06", "en"), half_words("2024-07/2024-12", "en")
    ('first half of 2024', 'second half of 2024')
    """
    return say(f"period.H{1 if span[5:7] == '01' else 2}", lang, year=span[:4])


def half_years(run: Run) -> Iterator[Contradiction]:
    """What is said of a half-year is what the half-year's statement holds, in sentences, lists and tables."""
    halves = {s.area: s for s in run.statements if s.kind == "half_year" and s.measure == "calls"}
    times = Counter(run.names.values())
    codes = {name: code for code, name in run.names.items() if times[name] == 1}
    change = say("region.column.change", run.lang)
    words = {say(f"region.change.{way}", run.lang): way for way in _WAYS}
    for block in run.blocks:
        if block.tag in ("p", "li"):
            yield from _sentence(run, block, halves, codes)
            yield from _lists(run, block, halves, codes)
        elif block.tag == "td" and block.column == change and block.text in words:
            one = halves.get(codes.get(block.row, ""))
            if one is not None and _other_way(one, words[block.text]):
                yield run.against(MOVED, block, one, f"{block.row}: {one.direction}")


def _sentence(run: Run, block: Block, halves: dict[str, Statement], codes: dict[str, str]) -> Iterator[Contradiction]:
    """A half-year in a sentence, of the area that the sentence names."""
    for way in _LEVEL:
        found = read(f"region.level.{way}", block.text, run.lang)
        one = halves.get(codes.get(found["name"], "")) if found else None
        if found is None or one is None or one.compared is None:
            continue
        for hole, value in (("calls", one.value), ("before", one.compared.value)):
            told = found.get(hole)
            if told and value is not None and told != count_words(value, run.who) and number(told) != value:
                yield run.against(NUMBER, block, one, f"{value:g}")


def _lists(run: Run, block: Block, halves: dict[str, Statement], codes: dict[str, str]) -> Iterator[Contradiction]:
    """The municipalities, or regions, that are listed as risen or fallen."""
    for key in ("region", "office.regions"):
        for way in _WAYS:
            found = read(f"{key}.{way}", block.text, run.lang) if has(f"{key}.{way}") else None
            for name in _AND.split(found["names"]) if found else ():
                one = halves.get(codes.get(name, ""))
                if one is not None and _other_way(one, way):
                    yield run.against(MOVED, block, one, f"{name}: {one.direction}")


def _other_way(one: Statement, told: str) -> bool:
    return one.direction in ("more", "fewer", "same", "within") and one.direction != told
