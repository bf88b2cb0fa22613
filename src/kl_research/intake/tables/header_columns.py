"""Which column of a row of headers carries which of our words, and what is kept of a header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kl_research.intake.columns import header_words, words
from kl_research.intake.columns.months import Period
from kl_research.intake.columns.phrases import Said
from kl_research.intake.files.cells import Row, mend, text
from kl_research.intake.layouts import REQUIRED, Layout
from kl_research.intake.privacy import left_out_columns
from kl_research.terms.municipalities import fold

_UNFIT = 1000  # behind every column that may hold counts


@dataclass(frozen=True)
class Header:
    """Where the header stands and what its columns mean.

    `first` and `last` are row numbers from 0 (the same, unless the header has two rows; last is -1 without one),
    `columns` maps our words to column numbers, `periods` the columns of a pivot, `totals` its columns of sums,
    `spans` the first and last month of those that name them, `said` what else the header of a month says.
    `titles` are the texts above.
    """

    first: int
    last: int
    labels: list[str]
    columns: dict[str, int]
    periods: dict[int, Period] = field(default_factory=dict)
    totals: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    spans: dict[int, tuple[str, str]] = field(default_factory=dict)
    said: dict[int, tuple[Said, ...]] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)


def titles_above(head: list[Row], first: int) -> list[str]:
    """The texts of the rows above a header, one text a row that has any."""
    rows = (" ".join(label for label in labels_of(row) if label) for row in head[:first])
    return [title for title in rows if title]


def labels_of(row: Sequence[object]) -> list[str]:
    """A row as header texts, repaired where encoded twice."""
    return [text(mend(cell)[0]) for cell in row]  # type: ignore[arg-type]


def columns_of(labels: list[str], layout: Layout) -> tuple[dict[str, int] | None, str]:
    """Our words to column numbers; None when a mapped header is absent; the word that two columns carry."""
    columns: dict[str, int] = {}
    for word, named in layout.columns.items():
        if isinstance(named, int):
            if named > len(labels):
                return None, ""
            columns[word] = named - 1
            continue
        places = places_of([named], labels)
        if not places:
            return None, ""
        columns[word] = places[0]
    out = left_out_columns(layout.leave_out, labels)
    if len(out) < len(layout.leave_out):
        return None, ""
    taken = set(columns.values()) | out
    best: dict[str, tuple[int, int]] = {}
    twice = ""
    for i, written in enumerate(labels):
        found = header_words.read_header(written) if i not in taken and any(map(str.isalpha, written)) else None
        if not found or found.word not in layout.words or found.word in columns:
            continue
        # What says that it holds no counts stands behind every column that may.
        known, rank = found.word, found.rank + (_UNFIT if found.unfit and not layout.calls_of_each_month else 0)
        if known in best and best[known][0] == rank < _UNFIT:
            twice = known
        if known not in best or rank < best[known][0]:
            best[known] = (rank, i)
    columns |= {word: i for word, (_, i) in best.items()}
    return columns, twice


def lacking(labels: list[str], layout: Layout) -> tuple[str, str | int]:
    """The first word of a layout that a row of headers does not give, and what it is mapped to; empty for none.

    >>> lacking(["CCG", "Month", "Calls"], Layout(layout="monthly", columns={"month": "Month", "calls": "Calls"}))
    ('municipality', '')
    >>> lacking(["Kommune", "Month", "Calls"], Layout(layout="monthly", columns={"month": "M", "calls": "Calls"}))
    ('month', 'M')
    """
    named = [*layout.columns.items(), *(("sum_over", header) for header in layout.sum_over)]
    named += [("leave_out", header) for header in layout.leave_out]
    for word, header in named:
        if isinstance(header, str) and not places_of([header], labels):
            return word, header
        if isinstance(header, int) and header > len(labels):
            return word, header
    columns = columns_of(labels, layout)[0] or {}
    needed = [group for group in REQUIRED[layout.layout] if not any(word in columns for word in group)]
    return (needed[0][0], "") if needed else ("", "")


def places_of(names: Sequence[str], labels: list[str]) -> list[int] | None:
    """The columns of some headers: those written in full first, then those that say more in brackets."""
    found = []
    for name in names:
        whole, short = [fold(label) for label in labels], [words.label(label) for label in labels]
        keys, key = (whole, fold(name)) if fold(name) in whole else (short, words.label(name))
        if key not in keys:
            return None
        found.append(keys.index(key))
    return found
