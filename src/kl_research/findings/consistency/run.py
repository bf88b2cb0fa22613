"""What a check is given: all statements and all blocks of a run, and the words it looks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kl_research.findings.consistency import vocabulary as word
from kl_research.findings.consistency.blocks import Block, blocks
from kl_research.findings.html.markup import plain
from kl_research.findings.statements.phrases import phrase
from kl_research.findings.statements.statement import Statement, Statements
from kl_research.findings.words.named import event_title
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
    dated: Sequence[tuple[str, str]] = ()  # title and date of every event of the register; an empty date is unknown

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

    def bare(self, text: str) -> str:
        """A text without the names that data and register gave, where these would be read as words of ours.

        An event may be called "More calls than expected", an area "Team 5": that is a name and no claim.
        """
        return self._names.sub("…", text) if self._names is not None else text

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        titles = {title for title, _ in self.dated}
        parts = {one.subject for one in self.statements if one.kind in ("part", "rest")}
        for one in self.statements:
            if one.effect is not None:
                titles.add(event_title(one.effect, self.lang))
            elif one.kind == "circumstance":
                titles |= {str(title) for title in one.values["title"].values()}
        loud = {name for name in (*titles, *parts, *self.names.values()) if word.is_loud(name)}
        loud |= {name[:1].upper() + name[1:] for name in loud} | {name[:1].lower() + name[1:] for name in loud}
        longest = sorted(loud, key=lambda name: (-len(name), name))
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)") if longest else None

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
