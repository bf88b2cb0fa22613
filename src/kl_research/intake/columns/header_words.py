"""Headers read to their end: our word for a column, and everything else its header says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kl_research.intake.columns import words
from kl_research.intake.columns.months import Period, read_period
from kl_research.intake.columns.phrases import COUNTS, MARK_AT_END, Kind, Said, title_says, understand
from kl_research.intake.files.cells import Cell, text

# A header that begins as a known one stands behind every header that is one.
_BY_ITS_FIRST_WORDS = 100
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}")


@dataclass(frozen=True)
class Reading:
    """A header: our word for it (empty for none), how far down the list of spellings, and what else it says."""

    word: str
    rank: int
    said: tuple[Said, ...] = ()

    @property
    def unfit(self) -> str:
        """What the numbers are instead of counts of each month; empty where they may be that."""
        return next((said.value for said in self.said if said.kind == "unfit"), "")

    @property
    def unknown(self) -> str:
        """The first phrase that is not understood, or two units that contradict each other."""
        units = [said for said in self.said if said.kind in ("unit", "zone", "order")]
        for said in units:
            if any(other.kind == said.kind and other.value != said.value for other in units):
                return said.phrase
        return next((said.phrase for said in self.said if said.kind == "unknown"), "")

    def value(self, kind: Kind) -> str:
        """The value of the first thing of a kind; empty for none."""
        return next((said.value for said in self.said if said.kind == kind), "")

    def says(self, kind: Kind) -> bool:
        """Whether anything of a kind is said."""
        return any(said.kind == kind for said in self.said)


@lru_cache(maxsize=20_000)
def read_header(header: str) -> Reading | None:
    """Our word for a header and all that it says; None for a header nobody knows.

    >>> read_header("Antal opkald (ÅTD)").unfit, read_header("Varighed (mm.ss)").value("unit"), read_header("Navn")
    ('year to date', 'm:s', None)
    """
    if found := words.exact(header):
        return Reading(*found, _units(header) if found[0] == "duration" else ())
    bare, phrases = split(header)
    if found := words.exact(bare):
        units = _units(bare) if found[0] == "duration" else ()
        return Reading(*found, units + tuple(said for phrase in phrases for said in understand(phrase, found[0])))
    for name, rest in (*_beginnings(bare.split()), *_beginnings(_tokens(bare))):
        if not (found := words.exact(name)):
            continue
        said = [s for phrase in (rest, *phrases) for s in understand(phrase, found[0])]
        # Without brackets, a longer name may be another thing altogether: "Antal borgere" are no calls.
        if any(s.kind == "unknown" for s in understand(rest, found[0])):
            continue
        return Reading(found[0], found[1] + _BY_ITS_FIRST_WORDS, tuple(said))
    return None


def _tokens(header: str) -> list[str]:
    """The words of a header, also where nothing but a capital letter, a hyphen or an underscore parts them."""
    parted = re.sub(r"(?<=[a-zæøå])(?=[A-ZÆØÅ])|_|(?<=[^\W\d])[-/:](?=[^\W\d])", " ", header)
    return re.sub(r"([%‰Δ∆])", r" \1 ", parted).split()


def _beginnings(tokens: list[str]) -> list[tuple[str, str]]:
    """Some words parted in two, the longest beginning first."""
    return [(" ".join(tokens[:n]), " ".join(tokens[n:])) for n in range(len(tokens) - 1, 0, -1)]


def _units(header: str) -> tuple[Said, ...]:
    """The units among the words of a header: Varighed i sekunder."""
    found = [understand(token, "duration")[0] for token in _tokens(header) if len(token) > 1]
    return tuple(said for said in found if said.kind == "unit")


def read_as(header: str, word: str) -> Reading:
    """What the header of a column says that a layout maps to one of our words.

    >>> read_as("CallDurationSec", "duration").value("unit"), read_as("Besøg, akkumuleret", "calls").unfit
    ('seconds', 'accumulated numbers')
    """
    found = read_header(header)
    if found and found.word == word:
        return found
    bare, phrases = split(header)
    said = [s for phrase in phrases for s in understand(phrase, word)]
    if word == "duration":
        said += _units(bare)
    if word in COUNTS and (what := title_says(" ".join(_tokens(bare)))):
        said.append(Said(bare, "unfit", what))
    return Reading(word, 0, tuple(said))


def split(text: str) -> tuple[str, list[str]]:
    """A text without brackets and footnote marks, and what they were.

    >>> split("maj-24 (foreløbig)*")
    ('maj-24', ['foreløbig', '*'])
    """
    phrases = [next(part for part in match.groups() if part is not None) for match in _BRACKETS.finditer(text)]
    bare = " ".join(_BRACKETS.sub(" ", text).split())
    if match := MARK_AT_END.search(bare):
        phrases.append(match[0].strip())
        bare = bare[: match.start()].rstrip()
    return bare.rstrip(" ,;:-–"), phrases


def split_and_read(text: str) -> tuple[str, tuple[Said, ...]]:
    """The header of a month or a year without brackets and marks, and what they say.

    >>> split_and_read("januar (foreløbig)")[0], split_and_read("maj*")[1][0].kind
    ('januar', 'mark')
    """
    bare, phrases = split(text)
    return bare, tuple(said for phrase in phrases for said in understand(phrase, "calls"))


@lru_cache(maxsize=100_000)
def _marked(written: str) -> tuple[Period | None, tuple[Said, ...]]:
    bare, phrases = split(written)
    said = tuple(s for phrase in phrases for s in understand(phrase, "calls"))
    if phrases and bare.isdigit() and not any(s.kind in ("provisional", "unfit") for s in said):
        return None, ()  # a number and another in brackets
    if phrases and (period := read_period(bare)):
        return period, said
    tokens = bare.split()
    for n in range(len(tokens) - 1, 0, -1):
        for name, rest in ((tokens[:n], tokens[n:]), (tokens[-n:], tokens[:-n])):
            period = read_period(" ".join(name).rstrip(",;:"))
            if not period or period.kind != "month":
                continue
            about = understand(" ".join(rest), "calls")
            if not any(s.kind in ("unknown", "year") for s in about):
                return period, (*about, *said)
    return None, ()


def read_marked_period(cell: Cell) -> tuple[Period | None, tuple[Said, ...]]:
    """The period a cell names, and what else it says: a footnote mark, that it is provisional, or no count.

    >>> read_marked_period("maj-24 (foreløbig)")[0].month, read_marked_period("dec 2024 budget")[1][0].value
    ('2024-05', 'a budget')
    """
    period = read_period(cell)
    if period or not isinstance(cell, str):
        return period, ()
    return _marked(text(cell))
