"""A table pasted as text, from a mail for example: its columns are told by spaces, its lines may be quoted with >."""

from __future__ import annotations

import re
from collections import Counter

from kl_research.intake.files.cells import Row

SPACES = "spaces"  # in place of a separator
MOST = 1_000_000  # characters: nobody pastes more
_QUOTED = re.compile(r"^\s*(?:>\s?)+")
_WIDE = re.compile(r"\t+|[ \u00a0]{2,}")
_VALUE = re.compile(r"<? ?\d[\d.,]*|[-–*]|\.{1,2}")
_MOST_ALIKE = 0.8


def looks_pasted(start: str) -> bool:
    """Whether two lines of a text have columns that only spaces part.

    >>> looks_pasted("Hej!\\n\\nMåned  Opkald\\njan 24  3\\nfeb 24  4"), looks_pasted("Kommune;Måned\\n461;2024-01")
    (True, False)
    """
    lines = [line for line in start.splitlines()[:400] if any(map(str.isdigit, line))]
    return sum(len(_WIDE.split(line.strip())) > 1 or len(_values(line)[1]) > 0 for line in lines) > 1


def pasted_rows(content: str) -> list[Row]:
    """The lines as rows: parted where two spaces or a tab stand, else at the numbers that end them.

    >>> pasted_rows("Opkald i 2024:\\nMåned Antal opkald\\njanuar 2024: 3\\nfebruar 2024: 4")[1:]
    [['Måned', 'Antal opkald'], ['januar 2024', '3'], ['februar 2024', '4']]
    """
    lines = [_QUOTED.sub("", line).strip() for line in content.splitlines()]
    wide: list[Row] = [[*_WIDE.split(line)] if line else [] for line in lines]
    filled = [row for line, row in zip(lines, wide, strict=True) if any(map(str.isdigit, line))]
    if sum(len(row) > 1 for row in filled) > len(filled) / 2:
        return wide
    parted = [_values(line) for line in lines]
    counts = Counter(len(values) for label, values in parted if label and values)
    width, alike = counts.most_common(1)[0] if counts else (0, 0)
    if alike < _MOST_ALIKE * counts.total() or alike < 2:
        return [[line] if line else [] for line in lines]
    rows: list[Row] = []
    for line, (label, values) in zip(lines, parted, strict=True):
        names = _names(line, width + 1)
        rows.append([label, *values] if label and len(values) == width else [*names] if names else [line])
    return rows


def _values(line: str) -> tuple[str, list[str]]:
    """A line parted into its first words and the numbers that end it; the year after a month's name is no value."""
    tokens = [token.rstrip(":") for token in line.split()]
    values: list[str] = []
    while len(tokens) > 1 and _VALUE.fullmatch(tokens[-1]):
        values.insert(0, tokens.pop())
    if len(values) > 1 and tokens and tokens[-1].rstrip(".").isalpha() and re.fullmatch(r"(?:19|20)\d\d", values[0]):
        tokens.append(values.pop(0))
    return " ".join(tokens), values


def _names(line: str, width: int) -> list[str]:
    """The headers of a line without numbers: its words, or what begins with a capital letter; empty where unclear."""
    words = line.split()
    begun = re.findall(r"[A-ZÆØÅ][^A-ZÆØÅ]*", line) if line[:1].isupper() else []
    for names in (words, begun):
        if len(names) == width > 1 and not any(map(str.isdigit, line)):
            return [name.strip() for name in names]
    return []
