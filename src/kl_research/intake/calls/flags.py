"""Columns of a log that say a row is not one call: a number of calls, a mark for tests or deleted rows."""

from __future__ import annotations

from kl_research.intake.columns.header_words import read_header
from kl_research.intake.files.cells import Row, mend, text
from kl_research.intake.layouts import Layout
from kl_research.intake.privacy import left_out_columns
from kl_research.intake.tables.header_columns import Header
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

_MARKS = (
    *("test", "testopkald", "testkald", "er test", "is test", "test call", "slettet", "er slettet", "deleted"),
    *("annulleret", "aflyst", "cancelled", "canceled", "ugyldig", "invalid", "dublet", "duplicate"),
)
_YES = {"ja", "yes", "true", "1", "j", "y", "x", "sand"}
_NO = {"nej", "no", "false", "0", "n", "", "falsk"}


def refuse_flags(head: list[Row], header: Header, layout: Layout, file: str) -> None:
    """Raise `InputError` where a column nobody mapped says that some rows are several calls, or none."""
    used = {*header.columns.values(), *header.extra, *left_out_columns(layout.leave_out, header.labels)}
    where = f"{file}, row {header.last + 1}"
    for i, label in enumerate(header.labels):
        if i in used or not label:
            continue
        cells = {text(mend(row[i])[0]).casefold() for row in head[header.last + 1 :] if i < len(row)}
        reading = read_header(label)
        if (
            reading
            and reading.word == "calls"
            and not reading.unfit
            and any(c.isdigit() and int(c) > 1 for c in cells)
        ):
            raise InputError(
                where,
                f"numbers above 1 under {label!r} beside a moment, so rows that are several calls",
                "a row a call",
                "ask for a row a call or for calls by month; where each row is one call, leave the column out: "
                f'`leave_out: {{"{label}": "why"}}` in a layout file',
            )
        if fold(label) in {fold(mark) for mark in _MARKS} and cells & _YES and cells <= _YES | _NO:
            yes = next(shown for shown in _shown(head, header, i) if shown.casefold() in _YES)
            raise InputError(
                where,
                f"the column {label!r}, which marks some rows",
                "to be told whether such rows are calls",
                f'to leave them out: `columns: {{status: "{label}"}}` and `statuses: {{test: ["{yes}"], completed: '
                f'[...]}}` in a layout file; to count them: `leave_out: {{"{label}": "why"}}`',
            )


def _shown(head: list[Row], header: Header, column: int) -> list[str]:
    return [without_digits(text(row[column])) for row in head[header.last + 1 :] if column < len(row)]
