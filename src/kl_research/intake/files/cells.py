"""What a cell may hold, and its text without what a reader cannot see."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

Cell = str | int | float | dt.datetime | dt.date | dt.time | dt.timedelta | bool | None
Row = list[Cell]

_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_TWICE_ENCODED = re.compile(
    "[ÃÂ][\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]"
)


def text(cell: Cell) -> str:
    """A cell as text: one kind of space, none at the ends, nothing invisible; empty for an empty cell.

    >>> text(" Antal\\u00a0opkald "), text(12.0), text(dt.date(2023, 5, 1)), text(None)
    ('Antal opkald', '12', '2023-05-01', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        if cell.isascii():
            return cell if cell.isalnum() else " ".join(cell.split())
        return " ".join(unicodedata.normalize("NFC", cell.translate(_INVISIBLE)).split())
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return str(cell)


def mend(cell: Cell) -> tuple[Cell, bool]:
    """A cell whose text was encoded twice, set right, and whether it was.

    >>> mend("KÃ¸benhavn"), mend("Ærø")
    (('København', True), ('Ærø', False))
    """
    if not isinstance(cell, str) or not _TWICE_ENCODED.search(cell):
        return cell, False
    for encoding in ("cp1252", "latin-1"):
        try:
            return cell.encode(encoding).decode("utf-8"), True
        except UnicodeError:
            continue
    return cell, False


def blank(cell: Cell) -> bool:
    """Whether nothing is to be seen in a cell."""
    return cell is None or (isinstance(cell, str) and text(cell) == "")
