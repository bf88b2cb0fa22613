"""What is handed out: a sentence with the shape of a statement's is that statement's, number for number.

On pages a statement is marked (`data-say`); mails, sheets and slides are plain text, so their sentences are known by
their shape: the same words with other numbers, months or directions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kl_research.findings.consistency import vocabulary as word
from kl_research.findings.consistency.dates import MONTHS
from kl_research.findings.consistency.run import Contradiction, Run, sentences
from kl_research.findings.statements.statement import Statement

COPY = "a statement copied with other numbers"
# Judgements are left to their own checks: two events may be told in sentences of one shape.
_KINDS = ("level", "part", "rest", "units", "carried", "largest", "similar", "start", "advice")
_FEW = re.compile(r"\b(få|few)\b")
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")  # the full stop after it is the sentence's


def copied(run: Run) -> Iterator[Contradiction]:
    """Sentences of plain text that have a statement's shape and not its numbers."""
    plain = {page for page, text in run.pages.items() if "<" not in text}
    known: dict[str, dict[str, dict[str, Statement]]] = {}
    for block in run.blocks:
        if block.page not in plain or block.area not in run.names:
            continue
        if block.area not in known:
            known[block.area] = _shapes(run, block.area)
        for text in sentences(block.text.removeprefix("- ")):
            there = known[block.area].get(_shape(text, run.lang))
            if there and text not in there:
                one = next(iter(there.values()))
                yield run.against(COPY, block, one, " / ".join(there))


def _shapes(run: Run, area: str) -> dict[str, dict[str, Statement]]:
    """The sentences of an area's statements by their shape."""
    found: dict[str, dict[str, Statement]] = {}
    for one in run.statements.of(area):
        if one.kind in _KINDS:
            for text in sentences(run.words(one)):
                found.setdefault(_shape(text, run.lang), {})[text] = one
    return found


def _shape(text: str, lang: str) -> str:
    """A sentence without its numbers, months and directions.

    >>> _shape("Ærø had 38 calls from May 2024. It is 3 more.", "en")
    'Ærø had # calls from # #. It is # ±.'
    """
    for pattern, sign in ((MONTHS[lang], "#"), (_NUMBER, "#"), (_FEW, "#"), (word.MORE, "±"), (word.FEWER, "±")):
        text = pattern.sub(sign, text)
    return text
