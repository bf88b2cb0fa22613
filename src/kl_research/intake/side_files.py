"""The files beside an export: when each municipality was connected, and the denominators, each dated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kl_research.intake import privacy
from kl_research.intake.columns import months as month_cells
from kl_research.intake.columns.areas import explanations, key_of
from kl_research.intake.columns.numbers import read_numbers
from kl_research.intake.columns.places import read_free, read_place
from kl_research.intake.columns.pseudonyms import number_of, pseudonym
from kl_research.intake.files.cells import Row, mend, text
from kl_research.intake.files.reading import open_source
from kl_research.terms import municipalities
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold


@dataclass(frozen=True)
class Connection:
    """One row of the connections file; months ("2022-03") or empty."""

    municipality: str
    administration: str
    unit_type: str
    connected_from: str
    started_from: str
    connected_to: str
    planned_from: str
    agreement_signed: str


_ALIASES = {
    "municipality": ("municipality", "kommune", "kommunekode", "kommunenavn", "code"),
    "administration": ("administration", "forvaltning"),
    "unit_type": ("unit_type", "enhedstype"),
    "connected_from": ("connected_from", "tilsluttet_fra", "tilsluttet", "tilslutning"),
    "started_from": ("started_from", "startet_fra", "startet", "opstart", "start"),
    "connected_to": ("connected_to", "tilsluttet_til", "frakoblet"),
    "planned_from": ("planned_from", "planlagt_fra", "planlagt_start", "planlagt"),
    "agreement_signed": ("agreement_signed", "aftale_underskrevet", "aftale", "tilslutningsaftale"),
    "provider": ("provider", "ydernummer", "ydernr", "yder"),
    "clinic": ("clinic", "klinik", "klinikid", "praksis", "lægehus"),
    "measure": ("measure", "mål", "nævner", "nævnertype", "type"),
    "value": ("value", "værdi", "antal"),
    "valid_from": ("valid_from", "gyldig_fra", "gælder_fra", "dato"),
}


def read_connections(
    path: Path, scratch: Path, *, free: bool, named: Mapping[str, str] | None = None
) -> list[Connection]:
    """The connections file. Raises `InputError` for an unknown municipality, no date, or a row twice."""
    dates = ("connected_from", "started_from", "connected_to", "planned_from", "agreement_signed")
    columns, rows, first = _table(path, scratch, ("municipality", "connected_from", "started_from"))
    found: list[Connection] = []
    for number, row in enumerate(rows, start=first):
        where = f"{path.name}, row {number}"
        cells = {word: row[i] for word, i in columns.items()}
        entry = {word: cells.get(word, "") for word in ("administration", "unit_type")}
        entry |= {word: _month(cells.get(word, ""), f"{where}, {word}") for word in dates}
        connection = Connection(municipality=_code(cells["municipality"], where, free=free, named=named), **entry)
        _check(connection, where)
        same = [c for c in found if _who(c) == _who(connection)]
        if same and same[0] != connection:
            raise InputError(where, f"municipality {connection.municipality} twice", "one row each", "remove one")
        found.append(connection)
    return found


def _who(connection: Connection) -> tuple[str, str, str]:
    return connection.municipality, connection.administration, connection.unit_type


def _check(connection: Connection, where: str) -> None:
    start, begun, end = connection.connected_from, connection.started_from, connection.connected_to
    if begun and (not start or begun < start):
        raise InputError(where, "a start before the connection", "connected_from first", "correct the dates")
    if end and (not start or end < start):
        raise InputError(where, "an end before the connection", "connected_from first", "correct the dates")


def read_denominators(
    path: Path, scratch: Path, *, free: bool, named: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The denominators: municipality, measure, value, valid_from ("2024-01") and their row in the file."""
    columns, rows, first = _table(path, scratch, ("municipality", "measure", "value", "valid_from"))
    values = _values([(row[columns["measure"]], row[columns["value"]]) for row in rows], path.name, first)
    table = pd.DataFrame(
        {
            "municipality": [
                _code(row[columns["municipality"]], f"{path.name}, row {n}", free=free, named=named)
                for n, row in enumerate(rows, first)
            ],
            "measure": [row[columns["measure"]] for row in rows],
            "value": values,
            "valid_from": [
                _month(row[columns["valid_from"]], f"{path.name}, row {n}, valid_from")
                for n, row in enumerate(rows, first)
            ],
            "row": list(range(first, first + len(rows))),
        }
    )
    for n, (value, valid) in enumerate(zip(values, table["valid_from"], strict=True), start=first):
        if (value is not None and value < 0) or not valid:
            raise InputError(
                f"{path.name}, row {n}", "no date, or a value below 0", "a dated denominator", "correct it"
            )
    keys = ["municipality", "measure", "valid_from"]
    table = table[~table.duplicated([*keys, "value"])]
    if table.duplicated(keys).any():
        twice = table[table.duplicated(keys)].iloc[0]
        raise InputError(
            path.name,
            f"{twice['measure']} of {twice['municipality']} twice from {twice['valid_from']}",
            "one value each",
            "remove one",
        )
    return table


# Numbers of people, places and things: 8.828 is then eight thousand. Of any other measure it may be either.
COUNTED = ("population", "units", "providers", "doctors", "clinics", "places")


def _values(pairs: list[tuple[str, str]], name: str, first: int) -> list[float | None]:
    """The value of every row; each measure is a column of its own, as its numbers are written alike."""
    found: list[float | None] = [None] * len(pairs)
    for measure in dict.fromkeys(measure for measure, _ in pairs):
        own = [value if of == measure else "" for of, value in pairs]
        where = f"{name}, {measure}"
        try:
            read = read_numbers(own, where, whole=measure.startswith(COUNTED), row=first).values
        except InputError as error:
            if "layout" not in error.cure:
                raise
            cure = "write it without a thousands separator, decimals with a comma or fewer digits"
            raise InputError(error.where, error.found, error.expected, cure) from None
        found = [new if of == measure else old for old, new, (of, _) in zip(found, read, pairs, strict=True)]
    return found


def read_clinics(path: Path, scratch: Path, secret: bytes) -> dict[str, str]:
    """Pseudonym of each provider number to pseudonym of its clinic; a provider number belongs to one clinic."""
    columns, rows, first = _table(path, scratch, ("provider", "clinic"))
    found: dict[str, str] = {}
    for number, row in enumerate(rows, start=first):
        provider, clinic = row[columns["provider"]], row[columns["clinic"]]
        if not number_of(provider) or not clinic:
            raise InputError(f"{path.name}, row {number}", "a blank cell", "provider number and clinic", "fill it in")
        key = pseudonym(number_of(provider), secret)
        if found.setdefault(key, pseudonym(clinic, secret)) != pseudonym(clinic, secret):
            raise InputError(f"{path.name}, row {number}", "a provider number of two clinics", "one", "keep one row")
    return found


def _table(path: Path, scratch: Path, required: tuple[str, ...]) -> tuple[dict[str, int], list[list[str]], int]:
    """Columns by word, rows of text and the row number of the first."""
    source = open_source(path, scratch)
    known = {fold(alias): word for word, aliases in _ALIASES.items() for alias in aliases}
    for grid in source.grids:
        rows: list[Row] = list(grid.rows())
        for top, row in enumerate(rows[:20]):
            columns = {known[fold(text(cell))]: i for i, cell in enumerate(row) if fold(text(cell)) in known}
            if all(word in columns for word in required):
                _scan(source.name, rows)
                body = [[text(mend(cell)[0]) for cell in r] + [""] * (len(row) - len(r)) for r in rows[top + 1 :]]
                while body and not any(body[-1]):
                    body.pop()
                return columns, body, top + 2
    raise InputError(path.name, "other headers", f"a header with {', '.join(required)}", "name its columns so")


def _scan(name: str, rows: list[Row]) -> None:
    scan = privacy.Scan(name)
    scan.rows(rows, 1)
    scan.finish()


def _code(cell: str, where: str, *, free: bool, named: Mapping[str, str] | None) -> str:
    if explained := explanations(named).get(key_of(cell)):
        return explained
    if free:
        return read_free(cell).code or cell
    place = read_place(cell, where)
    if place.kind != "municipality":
        raise InputError(where, repr(without_digits(cell)), "a municipality", "remove the row")
    return place.code


def _month(cell: str, where: str) -> str:
    """The month of a date, empty for none; a bare year is its January."""
    if not cell or cell in ("-", "NA"):
        return ""
    if month_cells.is_year(cell):
        return f"{cell}-01"
    period = month_cells.read_period(cell)
    if period is None or period.kind not in ("month", "day"):
        raise InputError(where, "no date", "a date such as 2022-03 or 2022-03-15", "correct it")
    order, _ = month_cells.settle([period], where) if period.pair else ("dmy", "")
    return month_cells.month_of(period, order)


def missing_municipalities(codes: set[str]) -> list[str]:
    """The municipalities that a nearly complete list lacks; empty when it lists few or all.

    >>> missing_municipalities(set(municipalities.codes()) - {"217"})
    ['217']
    """
    lacking = [code for code in municipalities.codes() if code not in codes]
    return lacking if 0 < len(lacking) <= 8 else []
