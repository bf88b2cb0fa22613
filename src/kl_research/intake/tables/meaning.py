"""What headers and titles say of the numbers below them: understood, refused with what it is, or asked about."""

from __future__ import annotations

from dataclasses import replace

from kl_research.intake.columns.header_words import Reading, read_as
from kl_research.intake.columns.phrases import COUNTS, NAMES, Said, title_says
from kl_research.intake.columns.subjects import names_time, other_subject
from kl_research.intake.layouts import REQUIRED, Layout
from kl_research.intake.quality import What, Why
from kl_research.intake.tables.header_columns import Header
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

Decision = tuple[What, str, Why, str]
_WAY_OUT = "if they are counts of each month all the same, write `calls_of_each_month: true` in a layout file"


def check_meaning(
    header: Header, layout: Layout, where: str, *, sheet: str = "", simulated: bool = False
) -> tuple[Header, list[Decision]]:
    """The header without columns that hold no counts, and what was decided about what it says.

    Raises `InputError` where a needed column, a month or a title says that the numbers are no counts of each month,
    and where a header says something that nobody understands. Titles of `simulated` studies say so, and stand.
    The name of the `sheet` is read as a title is.
    """
    row = f"{where}, row {header.last + 1}"
    decisions: list[Decision] = []
    if not layout.calls_of_each_month and not simulated:
        _check_titles(header, layout, where, sheet)
    columns = dict(header.columns)
    needed = {word for group in REQUIRED[layout.layout] for word in group} | {"month", "duration", "start"}
    for word, column in header.columns.items():
        if not header.labels:
            continue
        label = header.labels[column]
        reading = read_as(label, word)
        if reading.unfit and not layout.calls_of_each_month:
            if word in needed:
                raise _no_counts(row, label, word, reading.unfit)
            del columns[word]
            decisions.append(("column", "left_out", "no_count", label))
        elif reading.unknown and not _answered(layout, word, label):
            if word not in NAMES:
                raise _question(row, label, reading.unknown, word)
            decisions.append(("header", reading.unknown, "not_understood", label))
        if reading.value("zone") == "other" and not layout.times:
            raise InputError(
                row,
                f"the header {label!r}, which names a time zone or a time that is not kept in summer",
                "Danish time or UTC",
                "write `times: local` or `times: utc` in a layout file",
            )
        decisions += _provisional(word, reading, label)
    for column, said in header.said.items():
        decisions += _month(row, header, column, said, layout)
    return replace(header, columns=columns), decisions


def _check_titles(header: Header, layout: Layout, where: str, sheet: str) -> None:
    corner = [
        label
        for i, label in enumerate(header.labels[: min(header.periods, default=0)])
        if i not in header.columns.values()
    ]
    if layout.layout == "calls":
        return  # a row is a call, whatever the title says of the numbers made of them
    titles = [(f"{where}, row {i}", title) for i, title in enumerate(header.titles, 1)]
    for place, title in [
        *titles,
        *((where, text) for text in (*corner, *([sheet] if sheet and "simul" not in sheet.casefold() else []))),
    ]:
        time = "lengths of time" if title in corner and names_time(title) else ""
        if what := title_says(title) or other_subject(title) or time:
            kind = "name of a sheet" if title == sheet else "title"
            raise InputError(place, f"the {kind} {title[:60]!r}, so {what}", "calls of each month", _WAY_OUT)


def _no_counts(row: str, label: str, word: str, what: str) -> InputError:
    wanted = {"month": "months", "duration": "the length of each call", "start": "when each call began"}
    return InputError(
        row,
        f"the header {label!r}, so {what}",
        wanted.get(word, "calls of each month"),
        f"ask for the calls of each month; {_WAY_OUT}"
        if word in COUNTS or word == "month"
        else "ask for the export again",
    )


def _question(row: str, label: str, phrase: str, word: str) -> InputError:
    return InputError(
        row,
        f"the header {label!r}, with {phrase!r}, which is not understood",
        "a header whose every word is known",
        f'if it is the right column, say so in a layout file: `columns: {{{word}: "{label}"}}`',
    )


def _answered(layout: Layout, word: str, label: str) -> bool:
    """Whether a layout names this very header, or its column by number."""
    named = layout.columns.get(word)  # type: ignore[call-overload]
    return isinstance(named, int) or (isinstance(named, str) and fold(named) == fold(label))


def _provisional(word: str, reading: Reading, label: str) -> list[Decision]:
    return [("provisional", "all_months", "header", label)] if word in COUNTS and reading.says("provisional") else []


def _month(row: str, header: Header, column: int, said: tuple[Said, ...], layout: Layout) -> list[Decision]:
    """What is decided about the header of a month; refused where it is of other numbers, or not understood."""
    label = header.labels[column]
    reading = Reading("calls", 0, said)
    if reading.unfit and not layout.calls_of_each_month:
        raise _no_counts(row, label, "calls", reading.unfit)
    if reading.unknown:
        raise InputError(
            row,
            f"the header {label!r}, with {reading.unknown!r}, which is not understood",
            "a month, with nothing beside it but a footnote mark or `foreløbig`",
            "correct the header, or delete the column",
        )
    return [("provisional", header.periods[column].month, "header", label)] if reading.says("provisional") else []
