"""A call log as a view in DuckDB, which reads it out of core; all its cells are text until somebody has decided."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from kl_research.intake.files.cells import Row, text
from kl_research.intake.files.pasted import SPACES
from kl_research.intake.files.reading import Grid, Source
from kl_research.intake.files.text_file import breaks_lines
from kl_research.intake.quality import FileReport
from kl_research.intake.tables.header_columns import Header
from kl_research.terms.errors import InputError

# What DuckDB may hold at a time; beyond it, it spills into the scratch folder.
MEMORY = "700MB"


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
    plain: bool

    def column(self, word: str) -> str:
        """The SQL column of one of our words."""
        return f"c{self.header.columns[word]}"

    def label(self, word: str) -> str:
        """The header of one of our words' columns; empty in a file without header."""
        return self.header.labels[self.header.columns[word]] if self.header.labels else ""

    def distinct(self, column: str) -> list[str]:
        """The distinct texts of a column, sorted; an empty cell is an empty text."""
        found = self.connection.execute(f"SELECT DISTINCT coalesce({column}, '') AS t FROM log ORDER BY t").fetchall()
        return [row[0] for row in found]

    def enumerate(self, name: str, texts: list[str]) -> None:
        """Make the texts an enumeration, so that a cell's number among them is found by hash."""
        self.connection.execute(f"DROP TYPE IF EXISTS {name}")
        self.connection.register("text_frame", pd.DataFrame({"raw": pd.Series(texts, dtype="str")}))
        self.connection.execute(f"CREATE TYPE {name} AS ENUM (SELECT raw FROM text_frame)")
        self.connection.unregister("text_frame")

    def count(self, word: str, texts: list[str]) -> int:
        """Rows whose cell under one of our words is one of some texts."""
        marks = ", ".join("?" for _ in texts)
        found = self.connection.execute(f"SELECT count(*) FROM log WHERE {self.column(word)} IN ({marks})", texts)
        return int(found.fetchall()[0][0])

    def filled(self, word: str) -> int:
        """Rows that hold something under one of our words."""
        found = self.connection.execute(f"SELECT count(*) FROM log WHERE coalesce({self.column(word)}, '') <> ''")
        return int(found.fetchall()[0][0])

    def place_of(self, column: str, cell: str) -> tuple[int, int]:
        """Row and column number of the first row with a text in a column."""
        quoted = cell.replace("'", "''")
        found = self.find(f"coalesce({column}, '') = '{quoted}'", limit=1)
        return (found[0][0] if found else 0), int(column[1:])

    def find(self, condition: str, limit: int = 1000) -> list[tuple[int, list[str]]]:
        """Rows that meet a condition, with their row in the file."""
        columns = ", ".join(f"c{i}" for i in range(self.width))
        query = (
            f"SELECT * FROM (SELECT row_number() OVER () AS n, {columns} FROM log) WHERE {condition} LIMIT {limit}"
        )
        found = self.connection.execute(query).fetchall()
        return [(row[0] - 1 + self.first_row, ["" if v is None else v for v in row[1:]]) for row in found]


def open_log(
    source: Source, grid: Grid, header: Header, scratch: Path, report: FileReport, *, copy: bool = False
) -> CallLog:
    """The call log as a DuckDB view: straight from the file where it is plain, else from a mended copy in `scratch`.

    `copy` asks for the mended copy: rows of unequal length stop DuckDB, and are filled up (or refused) there.
    """
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit='{MEMORY}'")
    connection.execute("SET preserve_insertion_order=false")
    connection.execute("SET enable_progress_bar=false")
    connection.execute(f"SET temp_directory='{scratch}'")
    connection.execute("SET TimeZone='UTC'")
    width = max(len(header.labels), max(header.columns.values()) + 1)
    plain = source.kind == "csv" and source.encoding in ("utf-8", "utf-8-sig")
    plain = plain and not (copy or grid.changed or grid.separator == SPACES)
    # Cells over several lines are copied, as our own reader tells them from rows that a quotation mark swallowed.
    if plain and not breaks_lines(source.content):
        skip = _lines_above(source, grid, header)
        _view(connection, source.content, grid.separator, skip, width)
        return CallLog(connection, header, width, source.name, header.last + 2, plain=True)
    path = scratch / "copy.csv"
    _write_copy(grid.rows(), header, width, path, report, source.name)
    _view(connection, path, ";", 0, width)
    return CallLog(connection, header, width, source.name, header.last + 2, plain=False)


def _view(connection: duckdb.DuckDBPyConnection, path: Path, separator: str, skip: int, width: int) -> None:
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    # DuckDB takes a path for a pattern: p[1].csv would be p1.csv.
    file = re.sub(r"([*?\[])", r"[\1]", str(path)).replace("'", "''")
    options = f"delim='{separator}', quote='\"', escape='\"', header=false, skip={skip}, auto_detect=false"
    options += f", columns={{{names}}}, null_padding=false, encoding='utf-8', new_line='{_new_line(path)}'"
    options += ", hive_partitioning=false"
    connection.execute(f"CREATE OR REPLACE VIEW log AS SELECT * FROM read_csv('{file}', {options})")


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
                    f"{name}, row {number}",
                    f"{len(cells)} cells under {width} headers",
                    "one cell a header",
                    "a separator inside a cell? quote it, or export again",
                )
            writer.writerow([*cells[:width], *([""] * (width - len(cells)))])
