"""The first look through a call log: which texts its columns hold, what its times are, and that nobody is in it.

Every cell is looked at for CPR numbers: the texts of the key columns and of the durations, each distinct one exactly;
times by having been read as such; all other columns by a pattern over every row, then exactly.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from kl_research.intake.calls.log import CallLog
from kl_research.intake.columns import moments
from kl_research.intake.columns.lost_formats import read_date
from kl_research.intake.columns.places import is_total
from kl_research.intake.files.cells import blank, mend, text
from kl_research.intake.layouts import Layout
from kl_research.intake.privacy import CANDIDATE, Scan, declared_columns, left_out_columns, refusal
from kl_research.intake.quality import FileReport
from kl_research.terms.errors import InputError

KEYS = (
    "code",
    "municipality",
    "name",
    "region",
    "administration",
    "unit",
    "unit_type",
    "provider",
    "channel",
    "status",
    "initiative",
    "citizen_present",
    "planned",
)
_MANY = 1_000_000
_LONGEST_PAUSE = 3  # years: two without any call lie between


@dataclass(frozen=True)
class Survey:
    """What a call log holds: the `texts` by word, `pairs` of code and name, rows, undated, first and last day.

    `days` are the calls a day, `different` the rows with a moment that differ in some cell, `midnights` those at
    0:00, as all are where only days are given.
    """

    texts: dict[str, list[str]]
    pairs: list[tuple[str, str]]
    rows: int
    undated: int
    dates: tuple[dt.date, dt.date] | None
    days: dict[dt.date, int]
    different: int
    midnights: int


def survey(log: CallLog, start: str, layout: Layout, report: FileReport) -> Survey:
    """Look through a log once; raises `InputError` when a cell may hold a CPR number."""
    words = [word for word in (*KEYS, "duration") if word in log.header.columns]
    dated = "FILTER (WHERE t IS NOT NULL)"
    distinct = [f"list(DISTINCT coalesce({log.column(word)}, '')) {dated}" for word in words]
    both = "code" in words and "municipality" in words
    if both:
        pair = f"[coalesce({log.column('code')}, ''), coalesce({log.column('municipality')}, '')]"
        distinct.append(f"list(DISTINCT {pair}) {dated}")
    read = {log.header.columns[word] for word in [*words, "start"]}
    out = left_out_columns(layout.leave_out, log.header.labels)
    others = [i for i in range(log.width) if i not in read | out]
    suspect = " OR ".join(_suspect(i) for i in others) or "false"
    cells = ", ".join(f"c{i}" for i in range(log.width))
    query = f"""
        SELECT count(*), count_if(t IS NULL), min(t), max(t), count_if({suspect}),
            count_if(month(t) = 3 AND hour(t) = 2 AND isodow(t) = 7 AND day(t) >= 25), histogram(CAST(t AS DATE)),
            count(DISTINCT hash({cells})) {dated}, count_if(CAST(t AS TIME) = TIME '00:00:00'),
            {", ".join(distinct)}
        FROM (SELECT *, {start} AS t FROM log)
    """
    found = log.connection.execute(query).fetchall()[0]
    rows, undated, first, last, suspects, odd_hours, days, different, midnights, *lists = found
    texts = {word: sorted(cells or []) for word, cells in zip(words, lists, strict=False)}
    _scan(log, texts, layout)
    if suspects:
        _look(log, others, suspect, layout)
    days = dict(sorted((days or {}).items()))
    _refuse_gap(log, start, days)
    if odd_hours:
        report.decide("hour_that_does_not_exist", str(odd_hours), "clock_change_in_march", log.label("start"))
    single = [(text_, "") for text_ in texts.get("code", [])] or [
        ("", text_) for text_ in texts.get("municipality", [])
    ]
    pairs = sorted((code, name) for code, name in lists[-1]) if both else single
    dates = (first.date(), last.date()) if first else None
    return Survey(texts, pairs, rows, undated, dates, days, different, midnights)


def _refuse_gap(log: CallLog, start: str, days: dict[dt.date, int]) -> None:
    """Refuse a year far from all others: it is a slip, and one call in 2062 makes decades of empty months."""
    years: Counter[int] = Counter()
    for day, calls in days.items():
        years[day.year] += calls
    for before, after in pairwise(sorted(years)):
        if after - before > _LONGEST_PAUSE:
            row = log.find(f"year({start}) = {min(before, after, key=lambda year: years[year])}", limit=1)[0][0]
            raise InputError(
                f"{log.file}, row {row}, column {log.label('start') or log.header.columns['start'] + 1}",
                f"calls in {before}, then none before {after}",
                "calls without years between them",
                "correct the year, or hand over the two spans as a file each",
            )


def _suspect(column: int) -> str:
    return f"CASE WHEN length(c{column}) >= 9 THEN regexp_matches(c{column}, '{CANDIDATE}') ELSE false END"


def _scan(log: CallLog, texts: dict[str, list[str]], layout: Layout) -> None:
    """The texts of the key columns, each looked at once."""
    scan = Scan(log.file, declared_columns(layout.declare, log.header.labels))
    for word in (word for word in KEYS if word in texts):
        column = log.header.columns[word]
        for cell in texts[word]:
            try:
                scan.cell(cell, 0, column, log.label(word))
            except InputError as error:
                row = log.place_of(log.column(word), cell)[0]
                raise refusal(log.file, row, column, log.label(word), declarable="declare" in error.cure) from None
    scan.finish()


def _look(log: CallLog, others: list[int], suspect: str, layout: Layout) -> None:
    """The rows with many digits in columns that nothing else reads, looked at exactly."""
    labels = log.header.labels
    scan = Scan(log.file, declared_columns(layout.declare, labels))
    for row, cells in log.find(suspect, limit=100 * _MANY):
        for i in others:
            scan.cell(cells[i], row, i, labels[i] if i < len(labels) else "")
    scan.finish()


def other_forms(log: CallLog, start: str) -> bool:
    """Whether rows that a quick form of time leaves unread hold a moment in another form."""
    column = log.column("start")
    query = f"SELECT DISTINCT {column} FROM log WHERE ({start}) IS NULL AND {column} IS NOT NULL LIMIT 1000"
    found = [text(row[0]) for row in log.connection.execute(query).fetchall()]
    return any(moments.read_moment(cell, "dmy", epoch=True) or read_date(cell, "dmy") for cell in found)


def drop_undated(log: CallLog, start: str, layout: Layout, report: FileReport) -> None:
    """Rows without a moment that are no calls, dropped by rule; any other is refused with its row."""
    scan = Scan(log.file, left_out=left_out_columns(layout.leave_out, log.header.labels))
    for row, cells in log.find(f"({start}) IS NULL", limit=_MANY):
        scan.rows([cells], row, log.header.labels)
        filled = [text(mend(cell)[0]) for cell in cells if not blank(cell)]
        if not filled:
            report.drop("blank_row")
        elif any(is_total(cell) for cell in filled):
            report.drop("subtotal")
        elif len(filled) == 1:
            report.drop("footnote")
        elif filled == [label for label in log.header.labels if label]:
            report.drop("repeated_header")
        else:
            raise InputError(
                f"{log.file}, row {row}, column {log.label('start') or log.header.columns['start'] + 1}",
                "no moment that is understood",
                "a date with a time, such as 2024-01-31 10:12:13, in every row, or a date alone in every row",
                "correct it there, or map another column to `start` in a layout file",
            )
