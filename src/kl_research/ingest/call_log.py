"""A call log in DuckDB: read out of core, grouped by what its cells say, so that Python only sees distinct texts.

Every cell is looked at for CPR numbers: texts that are grouped by, among the groups; times and durations by having
been read as such; all other columns by a pattern over every row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from kl_research.errors import InputError
from kl_research.ingest.cells import Row, blank, mend, text
from kl_research.ingest.header import Header
from kl_research.ingest.places import TEST, is_total
from kl_research.ingest.quality import FileReport
from kl_research.ingest.reading import Grid, Source

KEYS = (
    "municipality",
    "code",
    "name",
    "region",
    "administration",
    "unit",
    "unit_type",
    "provider",
    "channel",
    "status",
)
_SHORT = ("municipality", "code", "administration", "channel", "status")
# Nine digits or more with little between them, or the letters of a replacement number: what the exact scan looks at.
_CANDIDATE = r"(?:\d[^0-9A-Za-z]{0,3}){6}[0-9A-Za-z]{3}"


@dataclass
class CallLog:
    """A call log opened in DuckDB as the view `log`, all cells text in columns c0, c1, ...

    `first_row` is the row in the file of its first row; `rows()` gives its rows again, for finding one in an error.
    """

    connection: duckdb.DuckDBPyConnection
    header: Header
    width: int
    file: str
    first_row: int
    path: Path

    def column(self, word: str) -> str:
        """The SQL column of one of our words."""
        return f"c{self.header.columns[word]}"

    def distinct(self, column: str) -> list[str]:
        """The distinct texts of a column, sorted; an empty cell is an empty text."""
        found = self.connection.execute(f"SELECT DISTINCT coalesce({column}, '') AS t FROM log ORDER BY t").fetchall()
        return [row[0] for row in found]

    def find(self, condition: str, limit: int = 1000) -> list[tuple[int, list[str]]]:
        """Rows that meet a condition, with their row in the file."""
        columns = ", ".join(f"c{i}" for i in range(self.width))
        query = (
            f"SELECT * FROM (SELECT row_number() OVER () AS n, {columns} FROM log) WHERE {condition} LIMIT {limit}"
        )
        found = self.connection.execute(query).fetchall()
        return [(row[0] - 1 + self.first_row, ["" if v is None else v for v in row[1:]]) for row in found]


def open_log(source: Source, grid: Grid, header: Header, scratch: Path, report: FileReport) -> CallLog:
    """The call log as a DuckDB view: straight from the file where it is plain, else from a mended copy in `scratch`."""
    connection = duckdb.connect()
    connection.execute("SET memory_limit='900MB'")
    connection.execute("SET preserve_insertion_order=false")
    connection.execute(f"SET temp_directory='{scratch}'")
    connection.execute("SET TimeZone='UTC'")
    width = max(len(header.labels), max(header.columns.values()) + 1)
    if source.kind == "csv" and source.encoding in ("utf-8", "utf-8-sig"):
        skip = _lines_above(source, grid, header)
        try:
            _view(connection, source.content, grid.separator, skip, width)
            connection.execute("SELECT count(*) FROM log").fetchall()
            return CallLog(connection, header, width, source.name, header.last + 2, source.content)
        except duckdb.Error:
            report.decide("reading", "row_by_row", "rows_of_unequal_length")
    copy = scratch / f"{source.sha256[:16]}.csv"
    _write_copy(grid.rows(), header, width, copy, report, source.name)
    _view(connection, copy, ";", 0, width)
    return CallLog(connection, header, width, source.name, header.last + 2, copy)


def _view(connection: duckdb.DuckDBPyConnection, path: Path, separator: str, skip: int, width: int) -> None:
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    file = str(path).replace("'", "''")
    connection.execute(
        f"CREATE OR REPLACE VIEW log AS SELECT * FROM read_csv('{file}', delim='{separator}', quote='\"', escape='\"', "
        f"header=false, skip={skip}, auto_detect=false, columns={{{names}}}, null_padding=false, encoding='utf-8', "
        "new_line='" + _new_line(path) + "')"
    )


def _new_line(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(1 << 16)
    return "\\r\\n" if b"\r\n" in start else "\\n" if b"\n" in start else "\\r"


def _lines_above(source: Source, grid: Grid, header: Header) -> int:
    with source.content.open(encoding=source.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=grid.separator)
        for _ in range(header.last + 1):
            next(reader)
        return reader.line_num


def _write_copy(rows: Iterator[Row], header: Header, width: int, copy: Path, report: FileReport, name: str) -> None:
    """The rows below the header as plain UTF-8, short rows filled up; a row with too many cells is refused."""
    with copy.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
        for number, row in enumerate(rows, start=1):
            if number <= header.last + 1:
                continue
            cells = [text(cell) for cell in row]
            if any(cells[width:]):
                raise InputError(
                    f"{name}, row {number}", f"{len(cells)} cells under {width} headers", "one cell a header",
                    "a separator inside a cell? quote it, or export again",
                )  # fmt: skip
            writer.writerow([*cells[:width], *([""] * (width - len(cells)))])


@dataclass(frozen=True)
class Groups:
    """What a call log counts up to.

    `calls`: distinct key texts and month, with calls, long_enough, seconds; `timing`: short keys, test, month,
    weekday, hour, calls; `dates`: first and last day; `odd_hours`: calls in the hour that spring leaves out.
    """

    calls: pd.DataFrame
    timing: pd.DataFrame
    dates: tuple[Any, Any]
    odd_hours: int
    rows_in: int


def group(
    log: CallLog,
    start: str,
    seconds: str,
    completed_seconds: int,
    report: FileReport,
    replaced: list[tuple[Any, Any]],
) -> Groups:
    """Group the log by its key texts; `start` and `seconds` are SQL expressions over a row of it.

    Calls on days within the spans `replaced` are left out and counted as dropped.
    """
    present = [key for key in KEYS if key in log.header.columns]
    keys = ", ".join(f"coalesce({log.column(key)}, '') AS {key}" for key in present)
    grouped = {log.header.columns[key] for key in present} | {
        log.header.columns[word] for word in ("start", "duration") if word in log.header.columns
    }
    others = [i for i in range(log.width) if i not in grouped]
    suspects = " OR ".join(f"regexp_matches(c{i}, '{_CANDIDATE}')" for i in others) or "false"
    test = f"regexp_matches(lower(unit), '{TEST}')" if "unit" in present else "false"
    short = [key for key in _SHORT if key in present]
    covered = " OR ".join(f"CAST(t AS DATE) BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in replaced)
    left_out = 0
    if covered:
        counted = log.connection.execute(f"SELECT count_if({covered}) FROM (SELECT {start} AS t FROM log)").fetchone()
        left_out = int(counted[0]) if counted else 0
        report.drop("replaced_by_later_file", left_out)
    query = f"""
        WITH read AS (SELECT {keys}, {start} AS t, {seconds} AS s, {suspects} AS suspect FROM log),
        rows AS (
            SELECT *, CAST(date_trunc('month', t) AS DATE) AS month, isodow(t) AS weekday, hour(t) AS hour, {test} AS test
            FROM read {"" if not covered else f"WHERE t IS NULL OR NOT ({covered})"}
        )
        SELECT {", ".join(present)}, month, test, weekday, hour, grouping(weekday) AS whole,
            count(*) AS calls, count_if(s >= {completed_seconds}) AS long_enough, sum(s) AS seconds, count(s) AS timed,
            min(t) AS first, max(t) AS last, count_if(suspect) AS suspects,
            count_if(month(t) = 3 AND hour(t) = 2 AND isodow(t) = 7 AND day(t) >= 25) AS odd_hours,
            max(s) AS longest
        FROM rows
        GROUP BY GROUPING SETS (({", ".join(present)}, month), ({", ".join(short)}, month, test, weekday, hour))
    """
    table = log.connection.execute(query).df()
    whole = table["whole"] == 1
    calls = table[whole].drop(columns=["test", "weekday", "hour", "whole"]).reset_index(drop=True)
    timing = table.loc[~whole, [*short, "month", "test", "weekday", "hour", "calls"]].reset_index(drop=True)
    _check_suspects(log, others, int(calls["suspects"].sum()))
    dated = calls.dropna(subset=["month"])
    dates = (dated["first"].min().date(), dated["last"].max().date()) if len(dated) else (None, None)
    return Groups(calls, timing, dates, int(calls["odd_hours"].sum()), left_out + int(calls["calls"].sum()))


def _check_suspects(log: CallLog, others: list[int], suspects: int) -> None:
    """The rows with many digits in columns that nothing else reads, looked at exactly."""
    if not suspects:
        return
    from kl_research.ingest.privacy import Scan

    scan = Scan(log.file)
    condition = " OR ".join(f"regexp_matches(c{i}, '{_CANDIDATE}')" for i in others)
    labels = log.header.labels
    for row, cells in log.find(condition, limit=10_000_000):
        for i in others:
            scan.cell(cells[i], row, i, labels[i] if i < len(labels) else "")
    scan.finish()


def unread_rows(log: CallLog, start: str, report: FileReport) -> int:
    """Rows without a moment that are no calls, dropped by rule; any other is refused with its row."""
    found = log.find(f"({start}) IS NULL", limit=100_000)
    column = log.header.columns["start"]
    for row, cells in found:
        filled = [text(mend(cell)[0]) for cell in cells if not blank(cell)]
        if not filled:
            report.drop("blank_row")
        elif any(is_total(cell) for cell in filled):
            report.drop("subtotal")
        elif len(filled) == 1:
            report.drop("footnote")
        elif [c for c in filled] == [label for label in log.header.labels if label]:
            report.drop("repeated_header")
        else:
            raise InputError(
                f"{log.file}, row {row}, column {log.header.labels[column] if log.header.labels else column + 1}",
                "no moment that is understood", "a date with a time, such as 2024-01-31 10:12:13",
                "correct it, or describe the column in a layout file",
            )  # fmt: skip
    return len(found)
