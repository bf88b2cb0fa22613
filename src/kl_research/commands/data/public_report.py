"""The quality report as it goes out: how files were read, and nothing that only the true numbers tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kl_research.disclosure.published import Published
from kl_research.intake.quality import note
from kl_research.intake.side_files import Connection
from kl_research.intake.states import without_start

_DECISIONS = (
    "encoding", "layout", "separator", "header", "column", "area_column", "number_format", "mark", "provisional",
    "year", "date_order", "time_format", "duration_unit", "reading", "row_totals", "column_totals", "left_out",
    "circumstance",
)  # fmt: skip
"""How a file was read. What counts rows, names a file or says why numbers changed is not among them."""
_WHY_IT_CHANGED = ("correction", "replaced_by_later_file")
_NOTES = (
    "first_month_unfinished", "last_month_unfinished", "month_in_part", "logs_of_different_areas",
    "providers_without_clinic", "denominator_incomplete", "denominator_unused", "denominator_zero",
    "denominator_begins_late", "denominator_revised", "only_in_denominators", "only_in_connections",
)  # fmt: skip
"""Notes on what a file covers, and on files without calls. Those on calls are made again from published numbers."""


def public_report(quality: dict[str, Any], data: Published) -> dict[str, Any]:
    """A quality report without counts of rows, names and checksums of files, and single calls.

    A rule is told without how often it was used.
    """
    rules = {
        part: sorted({rule for file in quality["files"] for rule in file[part]} - {*_WHY_IT_CHANGED})
        for part in ("dropped", "repaired")
    }
    files = [
        {"layout": file["layout"], "decisions": [one for one in file["decisions"] if one["what"] in _DECISIONS]}
        for file in quality["files"]
    ]
    notes = [one for one in quality["notes"] if one.partition(":")[0] in _NOTES]
    kept = {key: quality[key] for key in ("months", "states_inferred")}
    return {"rules": rules, "files": files, **kept, "notes": [*notes, *_of_calls(quality, data)]}


def _of_calls(quality: dict[str, Any], data: Published) -> Iterator[str]:
    """Notes on calls that published numbers bear out."""
    panel, national = data.panel, data["areas"]
    rows = [Connection(*row) for row in data["connections"].itertuples(index=False, name=None)]
    waiting = set(panel.loc[panel["state"] == "not_started", "municipality"])
    yield from (note("start_taken_from_first_call", code) for code in sorted(waiting & {*without_start(rows)}))
    if not quality["states_inferred"]:
        used = set(panel.loc[panel["calls"] > 0, "municipality"]) - {row.municipality for row in rows}
        yield from (note("municipalities_not_in_connections", code) for code in sorted(used))
    if len(data["hours"]):  # a log was read
        none = national[(national["level"] == "national") & (national["calls"] == 0)]
        yield from (note("month_without_any_call", f"{month:%Y-%m}") for month in none["month"])
