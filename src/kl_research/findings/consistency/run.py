"""What a check is given: all statements and all blocks of a run, and the words it looks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kl_research.findings.consistency.blocks import Block, blocks
from kl_research.findings.html.markup import plain
from kl_research.findings.statements.phrases import phrase
from kl_research.findings.statements.statement import Statement, Statements
from kl_research.findings.words.reader import Reader


@dataclass(frozen=True)
class Contradiction:
    """Two sentences of a run that cannot both be true, and where they stand."""

    kind: str
    one: str
    where: str
    other: str
    where_other: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: »{self.one}« but {self.where_other}: »{self.other}«"


@dataclass(frozen=True)
class Run:
    """A run as it will be published."""

    statements: Statements
    pages: Mapping[str, str]
    names: Mapping[str, str]  # municipality and region names by code
    who: Reader
    last: str
    shared: Sequence[str] = ()  # titles and phrases of events that reached everybody

    @property
    def lang(self) -> str:
        """The language of the run."""
        return self.who.language

    @cached_property
    def blocks(self) -> list[Block]:
        """Everything a reader sees."""
        return list(blocks(self.pages, {name: code for code, name in self.names.items()}))

    @cached_property
    def by_area(self) -> dict[str, list[Block]]:
        """The blocks by the area they are about."""
        found: dict[str, list[Block]] = {}
        for block in self.blocks:
            found.setdefault(block.area, []).append(block)
        return found

    def about(self, code: str) -> list[Block]:
        """The blocks about a municipality: its own pages and rows, and text elsewhere that begins with its name."""
        return self.by_area.get(code, [])

    def words(self, one: Statement) -> str:
        """A statement as a page shows it."""
        return " ".join(plain(phrase(one, self.names.get(one.area, ""), self.who)).split())

    def against(self, kind: str, block: Block, one: Statement, words: str = "") -> Contradiction:
        """A contradiction of a block to a statement."""
        return Contradiction(kind, block.text[:300], block.page, words or self.words(one) or one.id, one.id)


Check = Callable[[Run], Iterator[Contradiction]]
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÆØÅ»«\"])")


def sentences(text: str) -> list[str]:
    """The sentences of a block.

    >>> sentences("Der var ca. 9 opkald. Det er 4 flere.")
    ['Der var ca. 9 opkald.', 'Det er 4 flere.']
    """
    return _SENTENCE.split(text)
