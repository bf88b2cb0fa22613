"""Calls that stand in a log more than once: an export that was tried again, or one call id on several rows.

Identical rows are counted as they stand and told, unless the layout says `repeats: once`; with a column of call ids
a call counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kl_research.intake.calls.log import CallLog
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import FileReport
from kl_research.terms.errors import InputError

_ONCE = "once"


@dataclass(frozen=True)
class Repeats:
    """What to count instead of the view `log` (`source`), how many rows that leaves out, and whose rows stand twice.

    `areas` are texts of the area columns, code and name, as the survey's pairs have them.
    """

    source: str = "log"
    left_out: int = 0
    areas: Mapping[tuple[str, str], int] = field(default_factory=dict)


def read_repeats(log: CallLog, start: str, rows: int, different: int, layout: Layout, report: FileReport) -> Repeats:
    """What stands twice among the `rows` with a moment, of which `different` differ in some column."""
    if "call_id" in log.header.columns:
        return _by_id(log, start, rows, report)
    if rows == different:
        return Repeats()
    columns = ", ".join(f"c{i}" for i in range(log.width))
    dated = f"FROM log WHERE ({start}) IS NOT NULL"
    query = (
        f"SELECT {_area(log)}, sum(n - 1) FROM (SELECT {columns}, count(*) AS n {dated} GROUP BY ALL HAVING n > 1)"
    )
    found = log.connection.execute(f"{query} GROUP BY ALL").fetchall()
    n = int(sum(row[2] for row in found))
    areas = {(code, name): int(rows_) for code, name, rows_ in found}
    if not n:
        return Repeats()
    if layout.repeats == _ONCE:
        report.decide("identical_rows", str(n), "counted_once")
        return Repeats(f"(SELECT DISTINCT {columns} FROM log)", n)
    report.decide("identical_rows", str(n), "declared" if layout.repeats else "each_counted")
    return Repeats(areas={} if layout.repeats else areas)


def _area(log: CallLog) -> str:
    cells = (f"coalesce({log.column(w)}, '')" if w in log.header.columns else "''" for w in ("code", "municipality"))
    return ", ".join(cells)


def _by_id(log: CallLog, start: str, rows: int, report: FileReport) -> Repeats:
    """One row a call id; rows without an id stand for themselves."""
    id_, label = log.column("call_id"), log.label("call_id")
    used = ", ".join(sorted({f"c{i}" for i in log.header.columns.values()}))
    dated = f"({start}) IS NOT NULL AND coalesce({id_}, '') <> ''"
    once = f"SELECT DISTINCT {used} FROM log WHERE {dated}"
    twice = f"SELECT {id_} FROM ({once}) GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
    if clash := log.connection.execute(twice).fetchall():
        text = clash[0][0].replace("'", "''")
        first, second = [row for row, _ in log.find(f"{id_} = '{text}'")][:2]
        raise InputError(
            f"{log.file}, rows {first} and {second}, column {label}",
            "one call id with different contents",
            "one call a call id",
            "map a column that numbers calls under `call_id` in a layout file, or leave this one out there",
        )
    source = f"({once} UNION ALL SELECT {used} FROM log WHERE coalesce({id_}, '') = '')"
    kept = log.connection.execute(f"SELECT count(*) FROM {source} WHERE ({start}) IS NOT NULL").fetchall()[0][0]
    if rows > kept:
        report.decide("identical_rows", str(rows - kept), "counted_once", label)
    return Repeats(source, rows - int(kept))
