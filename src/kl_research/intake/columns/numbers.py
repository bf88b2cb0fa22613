"""Columns of numbers: point or comma is decided for the column as a whole, and every mark means one state."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from kl_research.intake.files.cells import Cell, mend, text
from kl_research.intake.quality import Repair, Why
from kl_research.terms.errors import InputError

Style = Literal["comma_decimal", "point_decimal"]
STYLES: tuple[Style, ...] = ("comma_decimal", "point_decimal")

_SUPPRESSED = re.compile(r"<\s*\d+|\*+|\.\.|…|1\s?[-–]\s?4|under \d+|færre end \d+|fewer than \d+")
_MISSING = {"", "-", "–", "—", ".", "na", "n/a", "#n/a", "null", "none", "nan", "(tom)", "(blank)", "ukendt", "i.o."}
_DANISH = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d+)?")
_ENGLISH = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_GROUPED = re.compile(r"([+-]?\d{1,3}(?:[ '’]\d{3})+)([.,]\d+)?")
_BRACKET = re.compile(r"(.*\d)\s*\([^()]*\)")


@dataclass(frozen=True)
class Marks:
    """Marks that a layout declares beside the usual ones: text in a cell, and the state it stands for."""

    suppressed: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    zero: frozenset[str] = frozenset()


@dataclass(frozen=True)
class NumberColumn:
    """A column of cells as numbers: `values` (None unless observed), `states`, and how it was decided.

    `style` is plain, comma_decimal (1.234,5) or point_decimal (1,234.5); `repairs` counts what was taken off.
    """

    values: list[float | None]
    states: list[str]
    style: str
    why: Why
    repairs: dict[Repair, int]
    marks: dict[str, str]


def read_numbers(
    cells: Sequence[Cell],
    where: str,
    *,
    whole: bool = True,
    marks: Marks = Marks(),
    declared: Style | None = None,
    hint: Style | None = None,
    row: int = 0,
) -> NumberColumn:
    """Read a column; `whole` for counts, `hint` the style other columns show, `row` that of the first cell.

    Raises `InputError` naming the row for what is no number, a count below 0 or not whole, and for a column that
    can be read two ways, showing both.

    Examples
    --------
    >>> read_numbers(["642.242", "1.633", "470", "<5", ""], "antal").values
    [642242.0, 1633.0, 470.0, None, None]
    >>> read_numbers(["55,5", "60"], "andel", whole=False).style
    'comma_decimal'
    """
    states: list[str] = []
    bare: list[float | str | None] = []
    repairs: dict[Repair, int] = {}
    seen_marks: dict[str, str] = {}
    known: dict[Cell, tuple[str, float | str | None, tuple[Repair, ...]]] = {}
    for i, cell in enumerate(cells):
        key = cell if isinstance(cell, str) else None
        found = known.get(key) if key is not None else None
        if found is None:
            found = _sort(cell, marks, f"{where}, row {row + i}", seen_marks, whole)
            if key is not None:
                known[key] = found
        states.append(found[0])
        bare.append(found[1])
        for repair in found[2]:
            repairs[repair] = repairs.get(repair, 0) + 1
    tokens = {token for token in bare if isinstance(token, str)}
    style, why = _decide(tokens, where, whole, declared, hint)
    read = {token: _value(token, style) for token in tokens}
    values = [read[v] if isinstance(v, str) else v for v in bare]
    if whole:
        _check_counts(values, cells, where, row)
    return NumberColumn(values, states, style, why, repairs, seen_marks)


def usual_state(mark: str) -> str:
    """The state a cell is read as where no layout says otherwise; empty for what is no sign.

    >>> usual_state("-"), usual_state("*"), usual_state("0"), usual_state("x")
    ('missing', 'suppressed', 'zero', '')
    """
    lower = mark.casefold()
    if _SUPPRESSED.fullmatch(lower):
        return "suppressed"
    return "missing" if lower in _MISSING else "zero" if lower == "0" else ""


def _sort(
    cell: Cell, marks: Marks, where: str, seen: dict[str, str], whole: bool
) -> tuple[str, float | str | None, tuple[Repair, ...]]:
    """State, number or still undecided text, and what had to be taken off."""
    cell, twice = mend(cell)
    written = text(cell)
    lower = written.casefold()
    if lower in marks.zero:
        seen[written] = "zero"
        return "observed", 0.0, ()
    if lower in marks.suppressed or (lower not in marks.missing and _SUPPRESSED.fullmatch(lower)):
        seen[written] = "suppressed"
        return "suppressed", None, ()
    if lower in marks.missing or lower in _MISSING:
        if written:
            seen[written] = "missing"
        return "missing", None, ()
    if isinstance(cell, bool):
        raise InputError(where, "true or false", "a number", "correct the source")
    if isinstance(cell, int | float):
        if math.isnan(cell):
            return "missing", None, ()
        return "observed", float(cell), ()
    repairs: list[Repair] = ["double_encoding"] if twice else []
    if match := _BRACKET.fullmatch(written):
        written = match[1]
        repairs.append("bracket_removed")
    if whole and re.search(r"\d\s?(?:%|pct\.?|procent|percent|per cent)$", lower):
        raise InputError(where, "per cent", "counts 0, 1, 2, ...", "ask for the counts behind them")
    if whole and re.match(r"\+ ?\d", written):
        raise InputError(
            where, "a number with a plus, so a change", "counts 0, 1, 2, ...", "ask for the counts themselves"
        )
    if written.endswith("%"):
        written = written[:-1].rstrip()
        repairs.append("percent_sign_removed")
    if match := _GROUPED.fullmatch(written):
        written = re.sub(r"[ '’]", "", match[1]) + (match[2] or "")
        repairs.append("space_in_number_removed")
    written = written.replace("−", "-")
    if not (_DANISH.fullmatch(written) or _ENGLISH.fullmatch(written)):
        raise InputError(
            where, "a cell that is no number", "a number", "correct it, or declare it as a mark in a layout"
        )
    return "observed", written, tuple(repairs)


def _value(token: str, style: str) -> float:
    if style == "comma_decimal":
        return float(token.replace(".", "").replace(",", "."))
    return float(token.replace(",", ""))


def _decide(
    tokens: Iterable[str], where: str, whole: bool, declared: Style | None, hint: Style | None
) -> tuple[str, Why]:
    signs = sorted(token for token in tokens if "." in token or "," in token)
    if not signs:
        return "plain", "no_separators"
    possible: list[Style] = []
    for style, pattern in (("comma_decimal", _DANISH), ("point_decimal", _ENGLISH)):
        readable = all(pattern.fullmatch(token) for token in signs)
        if readable and not (whole and any(_value(token, style) % 1 for token in signs)):
            possible.append(style)  # type: ignore[arg-type]
    if declared:
        if declared not in possible:
            raise InputError(where, f"numbers that are not {declared}", declared, "correct `decimal` in the layout")
        return declared, "declared"
    if len(possible) == 1:
        return possible[0], "only_reading_as_counts" if whole else "only_reading"
    if not possible:
        cure = "correct the source" if not whole else "check that this column holds counts; mixed styles are refused"
        raise InputError(
            where,
            f"numbers such as {signs[0]} and {signs[-1]}",
            "one style throughout" if not whole else "counts",
            cure,
        )
    if all(_value(token, "comma_decimal") == _value(token, "point_decimal") for token in signs):
        return "comma_decimal", "both_readings_agree"
    if hint:
        return hint, "other_columns_of_the_file"
    token = next(t for t in signs if _value(t, "comma_decimal") != _value(t, "point_decimal"))
    raise InputError(
        where,
        f"{token}, which may be {_value(token, 'comma_decimal'):g} or {_value(token, 'point_decimal'):g}",
        "a column that can be read one way only",
        "write `decimal: comma_decimal` or `decimal: point_decimal` in a layout file",
    )


def _check_counts(values: Sequence[float | None], cells: Sequence[Cell], where: str, row: int) -> None:
    for i, value in enumerate(values):
        if value is None:
            continue
        if value < 0:
            raise InputError(
                f"{where}, row {row + i}",
                "a count below 0",
                "counts 0, 1, 2, ...",
                'correct it, or declare the mark in a layout, such as `suppressed: ["-1"]`',
            )
        if value % 1:
            raise InputError(
                f"{where}, row {row + i}", "a count that is not whole", "counts 0, 1, 2, ...", "correct it"
            )
