"""A first layout for a file nobody has described yet: what each column seems to be, for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from kl_research.intake.choice import choose_layout, only_sheet, with_municipalities_down, with_municipality
from kl_research.intake.columns import words
from kl_research.intake.columns.months import month_number, read_period
from kl_research.intake.columns.places import read_place
from kl_research.intake.files.reading import open_source
from kl_research.intake.layouts import REQUIRED, Grain, Layout
from kl_research.intake.tables.month_headers import year_of
from kl_research.intake.tables.unknown import AnyTable, Column, read_any_table
from kl_research.terms import municipalities
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold
from kl_research.terms.temporary import folder


def propose_layout(path: str | Path, *, municipality: str = "", sheet: str | None = None) -> str:
    r"""A commented YAML layout for a file: known headers mapped, others guessed by what they hold or left to fill in.

    Guesses are marked as such; no cell of the file is repeated.

    Parameters
    ----------
    path : str | Path
        An export, CSV or a workbook.
    municipality : str, default ''
        Code of the municipality that the whole file is of.
    sheet : str | None, optional
        The sheet that is meant. None: the one that holds the table.

    Returns
    -------
    str
        The text of the layout.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "export.csv").write_text("Kommune;Måned;Antal opkald\n461;2025-01;7\n", encoding="utf-8")
    ...     "calls: \"Antal opkald\"" in propose_layout(Path(folder, "export.csv"))
    ...
    True
    """
    if not municipality and (turned := _turned(Path(path), sheet)):
        return turned
    table = read_any_table(Path(path), danish=True, sheet=sheet)
    if municipality and table.columns[0].kind == "period" and not table.columns[0].label:
        table.columns[0] = replace(table.columns[0], label="Måned")  # as it is then called there too
    named = [c.label for c in table.columns if _names_month(c.label) and not read_period(c.label)]
    pivot = sum(_names_month(column.label) for column in table.columns) > 1
    mapped, guessed = _map(table, pivot, alone=bool(municipality))
    if not pivot and "start" not in mapped and "calls" not in mapped and (days := _days(table, mapped)):
        # No column counts anything and each row has its day: a row a call, or a report of one.
        mapped.pop("month", None)
        mapped["start"] = days
        guessed = guessed - {"month"} | {"start"}
    grain: Grain = "pivot" if pivot else "calls" if "start" in mapped else "monthly"
    mapped = {word: column for word, column in mapped.items() if word in Layout(layout=grain).words}
    lines = [
        f"# A first layout for {table.file}. Check every line; a `guess` goes by what the column holds or is called.",
        f"# Read as {table.encoding or table.kind}"
        + (f", separator {table.separator!r}" if table.separator else "")
        + f", header in row {table.header_row}, {len(table.rows)} rows.",
        f"layout: {grain}",
        "columns:" if mapped else "columns: {}",
    ]
    for word, column in mapped.items():
        lines.append(f"  {word}: {_quoted(column.label)}{'  # guess' if word in guessed else ''}")
    needed = [group for group in REQUIRED[grain] if not (municipality and "municipality" in group)]
    for group in needed:
        if not any(word in mapped for word in group):
            lines.append(f"  # {' or '.join(group)}: ...   needed: write the header of the column that holds it")
    year = ""
    if named and "year" not in mapped and not (year := year_of([*table.titles, table.sheet])):
        year = year_of([table.file])
        lines.append(f"year: {year}  # guess" if year else "# year: 2024   needed: the year of months without one")
    if any(column.unsure for column in mapped.values()):
        lines.append("decimal: comma_decimal  # guess: 1.234 is read as 1234; write point_decimal where it is 1.234")
    used = {column.label for column in mapped.values()}
    left = [c for c in table.columns if c.label and c.label not in used and not (pivot and _names_month(c.label))]
    lines += ["# Columns left out of the panel (their cells are still searched for CPR numbers):"] if left else []
    for column in left:
        style = f", {column.style}" if column.style else ""
        lines.append(f"#   {without_digits(column.label)}: {column.kind}{style}")
    marks = sorted(
        {
            t
            for c in table.columns
            if c.kind == "number"
            for t, s in zip(c.texts, c.states, strict=True)
            if s == "suppressed"
        }
    )
    if marks:
        lines.append(f"# Read as hidden small numbers: {', '.join(marks[:5])}")
    text = "\n".join(lines) + "\n"
    dated = not named or "year" in mapped or year
    if dated and all(any(word in mapped for word in group) for group in needed):
        columns = {word: column.label for word, column in mapped.items()}
        layout = Layout(layout=grain, columns=columns, year=int(year) if named and year else None)  # type: ignore[arg-type]
        _check(Path(path), layout, municipality, sheet)
    return text


def _names_month(label: str) -> bool:
    return read_period(label) is not None or (not label.isdigit() and month_number(label) is not None)


def _turned(path: Path, sheet: str | None) -> str:
    """The layout of a table with municipalities across, which is turned; empty for any other."""
    with folder() as scratch:
        source = open_source(path, scratch)
        source = with_municipalities_down(only_sheet(source, sheet) if sheet else source)
        header = next(
            (row for grid in source.grids if grid.changed for row in grid.head if row[:1] == ["Kommune"]), None
        )
    if header is None:
        return ""
    lines = ["# Municipalities across: the table is turned, so that they run down.", "layout: pivot", "columns: {}"]
    if len(header) == 3 and header[2] == "Antal opkald":
        lines[1:] = ["layout: monthly", "columns: {}", f"sum_over: [{_quoted(str(header[1]))}]  # days are added up"]
    return "\n".join(lines) + "\n"


def _check(path: Path, layout: Layout, municipality: str, sheet: str | None) -> None:
    """Refuse a file that would be refused with the proposed layout, naming the cell that is in the way."""
    with folder() as scratch:
        source = open_source(path, scratch)
        if sheet:
            source = only_sheet(source, sheet)
        if municipality:
            source = with_municipality(source, municipality, [layout])
        choose_layout(source, [layout], layout.layout)


def _days(table: AnyTable, mapped: dict[str, Column]) -> Column | None:
    """The column that holds a day in each row; none where dates are months."""
    dated = (
        [mapped["month"]] if "month" in mapped else [column for column in table.columns if column.kind == "period"]
    )
    for column in dated:
        periods = [period for text in column.texts if (period := read_period(text))]
        days = [period for period in periods if period.kind == "day"]
        if len(days) > len(periods) / 2 and any(period.day != 1 for period in days):
            return column
    return None


def _map(table: AnyTable, pivot: bool, *, alone: bool) -> tuple[dict[str, Column], set[str]]:
    """Known headers first; then what columns hold, and for a log of calls what their headers look like."""
    mapped: dict[str, Column] = {}
    for column in table.columns:
        found = words.match(column.label) if column.label else None
        if found and found[0] not in mapped:
            mapped[found[0]] = column
    named = set(mapped)
    free = [column for column in table.columns if column.label and column not in mapped.values()]

    def guess(word: str, fits: Callable[[Column], bool]) -> None:
        if word not in mapped and (one := next((c for c in free if c not in mapped.values() and fits(c)), None)):
            mapped[word] = one

    if not alone and not {"municipality", "code"} & named:
        guess("municipality", _are_places)
        if pivot:
            guess("municipality", _name_each_row)
    if not pivot and "month" not in named:
        guess("start", _are_moments)
    if "start" in mapped:
        for word, stems in STEMS.items():
            guess(word, lambda column, stems=stems: any(stem in fold(column.label) for stem in stems))  # type: ignore[misc]
    elif not pivot:
        guess("month", lambda column: column.kind == "period")
        guess("calls", lambda column: column.kind == "number" and not (_is_a_name(column) or _counts_nothing(column)))
    return mapped, set(mapped) - named


_FIRST_YEAR, _LAST_YEAR = 1990, 2099
_LONG = 5  # digits: counts a month have fewer, or not all as many

# What headers of a log of calls are often made of; only ever proposed, and marked as a guess.
STEMS = {
    "provider": ("yder",),
    "channel": ("kanal", "channel"),
    "administration": ("forvaltning", "afdeling"),
    "unit_type": ("type",),
    "unit": ("enhed", "sted", "unit"),
    "duration": ("varighed", "tid", "duration"),
    "status": ("status", "udfald", "resultat"),
}


NAMING = (
    "kode",
    "nummer",
    "nr",
    "code",
    "yder",
    "identifier",
    "id",
    "løbenr",
    "år",
    "årstal",
    "year",
    "postnr",
    "zip",
)


def _are_moments(column: Column) -> bool:
    """Whether a column holds days with a time of day."""
    filled = [text for text in column.texts if text]
    return column.kind == "period" and sum(":" in text for text in filled) > len(filled) / 2


def _is_a_name(column: Column) -> bool:
    """Whether numbers are names of something: a leading zero is kept, or the header says so."""
    zeros = any(len(text) > 1 and text.startswith("0") and text.isdigit() for text in column.texts)
    return zeros or any(word.endswith(NAMING) for word in re.findall(r"\w+", column.label.casefold()))


def _counts_nothing(column: Column) -> bool:
    """Whether numbers are years, those of the rows, codes of municipalities or long ones of one length."""
    values = [value for value in column.values if value is not None]
    whole = [int(value) for value in values if value == int(value)]
    if not values or len(whole) < len(values):
        return False
    if all(_FIRST_YEAR <= value <= _LAST_YEAR for value in whole):
        return True
    steps = {b - a for a, b in pairwise(whole)}
    codes = {str(value) for value in whole}
    lengths = {len(str(value)) for value in whole}
    return (
        (len(whole) > 2 and steps == {1})
        or (len(codes) > 1 and codes <= set(municipalities.codes()))
        or (len(whole) > 2 and len(lengths) == 1 and lengths.pop() >= _LONG)
    )


def _are_places(column: Column) -> bool:
    distinct = list(dict.fromkeys(column.texts))[:50]
    kinds = []
    for text in distinct:
        try:
            kinds.append(read_place(text, "").kind)
        except InputError:
            continue
    places = [kind for kind in kinds if kind in ("municipality", "region")]
    return bool(places) and len(places) + kinds.count("total") > len(distinct) / 2


def _name_each_row(column: Column) -> bool:
    """Whether a column of words is another in each row, as the areas of a pivot are."""
    filled = [text for text in column.texts if text]
    return column.kind == "text" and len(filled) > 1 and len(set(filled)) == len(filled)


def _quoted(label: str) -> str:
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
