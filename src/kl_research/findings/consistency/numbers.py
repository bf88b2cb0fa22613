"""Numbers: the same published cell with two values, and sentences whose own numbers do not agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kl_research.findings.consistency import vocabulary as word
from kl_research.findings.consistency.blocks import Block
from kl_research.findings.consistency.halves import half_words
from kl_research.findings.consistency.readback import number, read
from kl_research.findings.consistency.run import Contradiction, Run, sentences
from kl_research.findings.statements.statement import NATION, Statement
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words

TWICE, OWN = "a number with two values", "numbers of one sentence that disagree"
_YEAR = ("describe.calls", "describe.calls.only", "index.short.calls")
_YEAR_NATION = ("index.lead.national", "overview.calls")
_ROWS = {
    "calls": "calls",
    "completed": "completed",
    "active_units": "active_units",
    "active_providers": "active_providers",
}


def same_cell(run: Run) -> Iterator[Contradiction]:
    """The last 12 months, the 12 before, half-years and months: one value each, wherever they stand."""
    levels = {(s.area, s.measure): s for s in run.statements if s.kind == "level"}
    halves = {(s.area, s.measure): s for s in run.statements if s.kind == "half_year"}
    years = {(s.area, s.measure): s for s in run.statements if s.kind == "year"}
    for block in run.blocks:
        area = block.area or NATION
        year = levels.get((area, "calls")) or years.get((area, "calls"))
        if year is not None:
            keys = _YEAR_NATION if area == NATION else _YEAR
            yield from _prose(run, block, year, keys)
        if block.tag == "td":
            yield from _cell(run, block, levels, halves)
    yield from _months(run)


def _prose(run: Run, block: Block, one: Statement, keys: object) -> Iterator[Contradiction]:
    name = run.names.get(one.area, "")
    for key in keys:  # type: ignore[attr-defined]
        found = read(str(key), block.text, run.lang)
        if found is None or found.get("name", name) != name:
            continue
        before = one.compared.value if one.compared else None
        for hole, value in (("calls", one.value), ("now", one.value), ("before", before)):
            told = found.get(hole)
            if told and value is not None and told != count_words(value, run.who) and number(told) != value:
                yield run.against(TWICE, block, one)


def _cell(
    run: Run, block: Block, levels: dict[tuple[str, str], Statement], halves: dict[tuple[str, str], Statement]
) -> Iterator[Contradiction]:
    """A cell of a table whose row and column name a number that is a statement."""
    year = levels.get((block.area, "calls"))
    if year is not None and block.column == say("joint.column.trend", run.lang):
        yield from _prose(run, block, year, ["joint.trend"])
    told = number(block.text)
    if told is None:
        return
    for measure, name in _ROWS.items():
        label = say(f"describe.row.{name}", run.lang)
        one = levels.get((block.area, measure))
        if one is not None and block.row == label:
            yield from _one_cell(run, block, one, told)
    for found, prefix in (
        (halves.get((block.area, "calls")), "region.column.calls"),
        (levels.get((block.area, "calls")), "index.column.calls"),
    ):
        if found is None or block.row != run.names.get(block.area):
            continue
        if prefix == "index.column.calls":
            if block.column == say(prefix, run.lang) and told != found.value:
                yield run.against(TWICE, block, found)
        else:
            for span, value in (
                (found.period, found.value),
                (found.compared.period if found.compared else "", found.compared.value if found.compared else None),
            ):
                if (
                    value is not None
                    and block.column == say(prefix, run.lang, period=half_words(span, run.lang))
                    and told != value
                ):
                    yield run.against(TWICE, block, found)
    one = levels.get((block.area, "calls"))
    if one is not None and block.row == run.names.get(block.area):
        yield from _one_cell(run, block, one, told, skip=say("clinics.municipalities", run.lang))


def _one_cell(run: Run, block: Block, one: Statement, told: float, skip: str = "") -> Iterator[Contradiction]:
    if skip and block.caption == skip:
        return
    spans = [(one.period, one.value)]
    if one.compared is not None:
        spans.append((one.compared.period, one.compared.value))
    for span, value in spans:
        first, _, last = span.partition("/")
        if first and value is not None and block.column == formats.period(first, last, run.lang) and told != value:
            yield run.against(TWICE, block, one)


def _months(run: Run) -> Iterator[Contradiction]:
    """The same month of the same series, or the same tile of the map, on two pages."""
    column = f"{say('outcome.calls', run.lang, n=2)} {say('level.per.month', run.lang)}".capitalize()
    tiles = {say(f"map.column.{unit}", run.lang) for unit in ("rate", "calls")}
    seen: dict[tuple[str, str, str], Block] = {}
    for block in run.blocks:
        if block.tag == "td" and block.column in (column, *tiles) and block.row:
            first = seen.setdefault((block.area, block.row, block.column), block)
            told = number(first.text) is not None or number(block.text) is not None or block.column in tiles
            if first.text != block.text and told:
                texts = [f"{one.row}: {one.text}" for one in (block, first)]
                yield Contradiction(TWICE, texts[0], block.page, texts[1], first.page)


def own_numbers(run: Run) -> Iterator[Contradiction]:
    """Flere and færre beside two numbers, a difference beside both, a share beside part and whole."""
    for block in run.blocks:
        if block.tag in ("alt", "td") and "(" not in block.text:
            continue
        for text in sentences(run.bare(block.text)):
            if problem := _disagrees(text):
                yield Contradiction(OWN, text[:300], block.page, problem, "its own numbers")


def _disagrees(text: str) -> str:
    text = word.TIME.sub("", text)  # how long is not how many
    pair = word.PAIR.search(text)
    if pair and len(word.PAIR.findall(text)) == 1:
        now, before = (number(value) for value in pair.groups())
        if now is not None and before is not None and (problem := _direction(text, now, before)):
            return problem
    for part, whole, share in word.SHARE.findall(text):
        a, b = number(part), number(whole)
        if a is not None and b and abs(100 * a / b - float(share)) > 1.0:
            return f"{part} / {whole} = {100 * a / b:.0f} %"
    return ""


def _direction(text: str, now: float, before: float) -> str:
    diff = word.DIFFERENCE.search(text)
    up, down = bool(word.MORE.search(text)), bool(word.FEWER.search(text))
    if diff is not None:
        value = number(diff.group(1))
        if value is not None and value != abs(now - before) and "%" not in text[diff.end() : diff.end() + 3]:
            return f"{now:g} - {before:g} = {now - before:g}"
    plain = up != down and not word.EXPECTED.search(text) and not word.UNSURE.search(text)
    return f"{now:g} against {before:g}" if plain and ((up and now < before) or (down and now > before)) else ""


def big_number(run: Run) -> Iterator[Contradiction]:
    """The one number of a front page, its change beside it."""
    levels = {s.area: s for s in run.statements if s.kind == "level" and s.measure == "calls"}
    for block in run.blocks:
        one = levels.get(block.area)
        if one is None or block.tag != "p" or not block.page.endswith(("/index.html", "/one_page.html")):
            continue
        if re.fullmatch(r"\d[\d.,]*", block.text) and number(block.text) != one.value:
            yield run.against(TWICE, block, one)
        for way in ("same", "slightly_more", "slightly_fewer", "within"):
            told = read(f"front.change.{way}", block.text, run.lang)
            if told and one.compared and told["before"] != count_words(one.compared.value, run.who):
                yield run.against(TWICE, block, one)
        change = word.DIFFERENCE.search(block.text)
        if change and block.text[:1] in "↑↓" and one.compared and one.compared.value is not None:
            diff = abs((one.value or 0) - one.compared.value)
            up = word.MORE.search(block.text) is not None
            if number(change.group(1)) != diff or up != (one.direction == "more"):
                yield run.against(TWICE, block, one)
