"""The scan for CPR numbers at the door: every cell and every header, before anything else is done with a file.

A CPR number is DDMMYY-NNNN. Since October 2007 valid numbers exist that fail modulus 11, so a plausible date is
enough; modulus 11 only raises confidence. Also found: nine digits (a zero lost in a spreadsheet), replacement
numbers with letters or with the day raised by 60. A refusal names file, row and column, never the value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kl_research.intake.columns.words import label
from kl_research.intake.files.cells import Cell, text
from kl_research.terms.cpr import GROUPED, plausible, written
from kl_research.terms.errors import InputError

Declaration = Literal["id", "p_number", "epoch"]

# Quick and too wide on purpose: a text it does not touch holds no CPR number. DuckDB uses it too.
CANDIDATE = (
    r"(?:\d[^0-9A-Za-z]{0,6}){6}(?:[0-9A-Za-z]{3}|[lL][øØobOB]|[nN][ruRU])|(?:\d[^0-9A-Za-z]{1,4}){9}\d"
    r"|\d\d[^0-9A-Za-z]{0,4}(?:0[1-9]|1[0-2])[^0-9A-Za-z]{0,4}\d\d[^0-9A-Za-z:.]{1,4}\d\d {1,3}\d\d"
    r"|\d{4} {1,3}\d{4} {1,3}\d\d|[０-９]{6}"
)
_MANY = re.compile(CANDIDATE)
_LETTERS = re.compile(
    r"(?<![0-9A-Za-z])(?P<d>\d\d)(?P<m>\d\d)(?P<y>\d\d)(?P<dash>[-‐‑‒–—−]?)(?P<n>(?=[0-9A-Za-z]*[A-Za-z])(?=[A-Za-z]*\d)"
    r"[0-9A-Za-z]{4})(?![0-9A-Za-z])"
)
_BARE = re.compile(r"(?<!\d)(?<!\d[.,])(\d{10}|\d{9})(?![\d])(?!-\d{2}-)")
# Names that machines give: a UUID, or 16 and more hexadecimal digits with a letter among them.
_NAME = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=[0-9]*[a-f])[0-9a-f]{16,}\b", re.IGNORECASE)
_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def modulus_11(digits: str) -> bool:
    """Whether ten digits pass the check that CPR numbers passed until 2007.

    >>> modulus_11("0101010008"), modulus_11("0101010007")
    (False, True)
    """
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11 == 0


def written_out(cell: str) -> bool:
    """Whether text holds a CPR number with a sign or space in it, or a replacement number with letters.

    >>> written_out("ringede 010190-1234"), written_out("2024-01-31 10:12"), written_out("010190-AB12")
    (True, False, True)
    """
    return any(written(cell)) or any(
        plausible(int(m["d"]), int(m["m"]), raised=True) for m in _LETTERS.finditer(cell)
    )


def bare(cell: str) -> list[str]:
    """The ten- and nine-digit numbers in a text that a CPR number could be.

    >>> bare("0101901234"), bare("101901234"), bare("9901901234"), bare("0.0101901234"), bare("1.010.901.234")
    (['0101901234'], ['0101901234'], [], [], ['1010901234'])
    >>> bare("6101901234")  # a replacement number: the day and 60
    ['6101901234']
    """
    found = (digits.zfill(10) for digits in _numbers(cell))
    return [digits for digits in found if plausible(int(digits[:2]), int(digits[2:4]), raised=True)]


def _numbers(cell: str) -> list[str]:
    grouped = [re.sub(r"\D", "", match[0]) for match in GROUPED.finditer(cell)]
    return [match[1] for match in _BARE.finditer(cell)] + grouped


def suspicious(cell: str) -> bool:
    """Whether a cell may hold a CPR number at all: the quick test before the exact ones."""
    return len(cell) >= 9 and sum(map(str.isdigit, cell)) >= 6 and _MANY.search(cell) is not None


def plain(cell: Cell) -> str:
    """A cell as the scan sees it: wide and invisible characters undone, a decimal zero from a spreadsheet removed."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, float):
        return text(cell).replace(".", ",")  # a number with decimals: 120190.1234 as text is none
    seen = text(cell) if not isinstance(cell, str) or not cell.isascii() else cell
    if not seen.isascii():
        seen = "".join(c for c in unicodedata.normalize("NFKC", seen) if unicodedata.category(c) != "Cf")
        seen = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in seen)
    return re.sub(r"^(\d{9,10})\.0+$", r"\1", seen)


@dataclass
class Scan:
    """A scan under way: `declared` maps column numbers to what the layout says their numbers are, `left_out` are
    columns that it leaves out of everything.

    Values of declared columns are held back as counts, since only their mass tells identifiers from CPR numbers.
    """

    file: str
    declared: dict[int, Declaration] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    _mass: dict[int, list[int]] = field(default_factory=dict)

    def cell(self, value: Cell, row: int, column: int, header: str = "") -> None:
        """Look at one cell; raises `InputError` when it holds a CPR number."""
        if value is None or isinstance(value, bool):
            return
        seen = plain(value)
        if not suspicious(seen) and not (seen.isdigit() and len(seen) in (9, 10)):
            return
        seen = _NAME.sub("", seen)
        if written_out(seen):
            raise refusal(self.file, row, column, header, declarable=False)
        found = bare(seen)
        if column in self.declared:
            digits = _numbers(seen)
            if digits:
                mass = self._mass.setdefault(column, [0, 0, row])
                mass[0] += len(digits)
                mass[1] += sum(modulus_11(number) for number in found)
                if found:
                    mass[2] = row
        elif found:
            raise refusal(self.file, row, column, header, declarable=True)

    def note(self, text: str, place: str) -> None:
        """Look at a text that stands in no cell, such as a comment."""
        try:
            self.cell(text, 0, 0)
        except InputError as error:
            raise InputError(
                f"{self.file}, {place}", error.found, error.expected, "remove it, and save again"
            ) from None

    def rows(self, rows: Iterable[Sequence[Cell]], first_row: int, headers: Sequence[str] = ()) -> None:
        """Look at every cell of some rows, the first of which is row `first_row` of the file."""
        for i, row in enumerate(rows, start=first_row):
            for column, value in enumerate(row):
                if column in self.left_out:
                    continue
                if value is not None and not (isinstance(value, str) and len(value) < 9):
                    self.cell(value, i, column, headers[column] if column < len(headers) else "")

    def finish(self) -> None:
        """Judge the declared columns: more than half passing modulus 11 with a plausible date are CPR numbers."""
        for column, (numbers, valid, row) in self._mass.items():
            if valid > numbers / 2:
                raise refusal(self.file, row, column, "", declarable=False)


def refusal(file: str, row: int, column: int, header: str = "", *, declarable: bool) -> InputError:
    """The refusal of a file; `declarable` when the column might be identifiers after all."""
    # A header is repeated only when it is a word: it may hold a number itself.
    named = f" ({header})" if header and not any(c.isdigit() for c in header) else ""
    place = f"row {row}, column {column + 1}{named}" if row else "its name"
    cure = "remove the numbers at the source and export again"
    if declarable:
        cure += (
            "; if the column holds other identifiers, declare it in a layout file, under `declare`, as id, p_number"
        )
        cure += " or epoch"
    return InputError(f"{file}, {place}", "what may be a CPR number", "no personal identifiers", cure)


def left_out_columns(leave_out: Iterable[str], labels: Sequence[str]) -> frozenset[int]:
    """The numbers of the columns that a layout leaves out."""
    wanted = {label(name) for name in leave_out}
    if not wanted:
        return frozenset()
    return frozenset(i for i, header in enumerate(labels) if header and label(header) in wanted)


def declared_columns(declare: dict[str, Declaration], labels: Sequence[str]) -> dict[int, Declaration]:
    """The declarations of a layout by column number; headers are matched as everywhere."""
    wanted = {label(name): kind for name, kind in declare.items()}
    return {i: wanted[label(header)] for i, header in enumerate(labels) if label(header) in wanted}
