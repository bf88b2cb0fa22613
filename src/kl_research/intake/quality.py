"""What happened to each file: rows in, kept, dropped and repaired by named rule, and every decision taken.

Rules, decisions and reasons are codes; `findings` puts them into words.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError

_LONGEST_REMARK = 90
# Lines of a mail around a pasted table: who wrote it to whom.
_MAIL = re.compile(
    r"^(?:>\s*)*(?:(?:fra|til|sendt|dato|emne|cc|from|to|sent|date|subject)\s*:|(?:hej|kære|hi|dear|hilsen|mvh|vh|"
    r"(?:med )?(?:venlig|bedste|mange) hilsen|(?:kind |best )?regards|tlf|tel|mobil|phone)\b)|@|https?://|"
    r"(?-i:^[A-ZÆØÅ][\w.-]*(?: [A-ZÆØÅ][\w.-]*){1,3}$)",
    re.IGNORECASE,
)

# Every code a report may hold; the catalogue has words for each, mypy sees that no other is written down.
Drop = Literal[
    "blank_row",
    "repeated_header",
    "footnote",
    "subtotal",
    "unknown_municipality",
    "test_row",
    "christiansoe",
    "ignored_by_layout",
    "other_channel",
    "duplicate_row",
    "replaced_by_later_file",
    "month_in_part",
    "correction",
    "hidden_row",
    "month_to_come",
]
Repair = Literal[
    "double_encoding",
    "midnight",
    "filled_down",
    "bracket_removed",
    "percent_sign_removed",
    "space_in_number_removed",
    "correction",
]
What = Literal[
    "archive",
    "encoding",
    "formula_errors",
    "hidden_rows",
    "layout",
    "separator",
    "titles",
    "header",
    "column",
    "area_column",
    "number_format",
    "mark",
    "provisional",
    "year",
    "months_to_come",
    "long_calls",
    "date_order",
    "time_format",
    "duration_unit",
    "hour_that_does_not_exist",
    "reading",
    "row_totals",
    "column_totals",
    "replaced_by",
    "identical_rows",
    "left_out",
    "correction",
    "circumstance",
]
Why = Literal[
    "byte_order_mark",
    "zero_bytes",
    "valid_utf8",
    "not_valid_utf8",
    "only_file_in_zip",
    "read_as_missing",
    "named_in_study",
    "only_header_that_fits",
    "most_columns_understood",
    "header_found_with_it",
    "rows_above_the_header",
    "months_or_words_in_two_rows",
    "not_in_layout",
    "codes_in_it",
    "names_in_it",
    "no_separators",
    "only_reading",
    "only_reading_as_counts",
    "both_readings_agree",
    "other_columns_of_the_file",
    "total_is_the_sum",
    "declared",
    "usual_meaning",
    "number_above_12",
    "first_days_of_months",
    "both_orders_agree",
    "points_between",
    "local_time",
    "offset_written",
    "declared_utc",
    "written_out",
    "header",
    "minutes_not_plausible",
    "hours_not_plausible",
    "fractions",
    "clock_change_in_march",
    "rows_of_unequal_length",
    "sum_of_parts",
    "sum_of_months",
    "several_totals",
    "later_file_wins",
    "corrections_file",
    "each_counted",
    "counted_once",
    "no_times_in_it",
    "added_up",
    "no_count",
    "not_understood",
    "written_in_the_month",
    "title",
    "parts_of_a_day",
    "above_three_hours",
    "no_calls_yet",
]
# Values of `decided` that are words of ours; others are names, signs, numbers and patterns, shown as they are.
Decided = Literal[
    "calls",
    "monthly",
    "pivot",
    "two_rows",
    "left_out",
    "plain",
    "comma_decimal",
    "point_decimal",
    "dmy",
    "mdy",
    "iso",
    "zoned",
    "various",
    "days_alone",
    "seconds",
    "minutes",
    "h:m:s",
    "m:s",
    "h:m",
    "row_by_row",
    "checked",
    "hours",
    "milliseconds",
    "days",
    "all_months",
    "column_added",
    "spaces",
    "other",
    "turned",
    "municipalities_down",
]
# About the whole; those of one thing carry it after a colon, `denominator_incomplete:doctors`.
Note = Literal[
    "areas_without_any_call_taken_as_not_started",
    "calls_before_connection",
    "calls_after_disconnection",
    "first_month_unfinished",
    "last_month_unfinished",
    "month_in_part",
    "month_without_any_call",
    "logs_of_different_areas",
    "identical_rows",
    "municipalities_absent_from_raw_files",
    "municipalities_not_in_connections",
    "providers_without_clinic",
    "denominator_incomplete",
    "denominator_unused",
    "denominator_zero",
    "denominator_begins_late",
    "denominator_revised",
    "only_in_denominators",
    "only_in_connections",
    "start_taken_from_first_call",
    "channels_added",
    "channels_beside",
    "known_in_part",
    "rows_at_a_limit",
]


def note(code: Note, *of: object) -> str:
    """A note as it is written down: its code, then what it is about.

    >>> note("month_in_part", "2024-07"), note("last_month_unfinished")
    ('month_in_part:2024-07', 'last_month_unfinished')
    """
    return ":".join([code, *map(str, of)])


Rule = Drop | Literal[""]  # empty: the row is kept
Reason = Why | Literal[""]


@dataclass
class Sums:
    """The sums that a file states itself, held against its rows: how many agree, and the places of those that do not.

    `differ` holds place, stated and ours; a file is refused for one, unless its layout says `check_totals: false`.
    """

    agree: int = 0
    differ: list[tuple[str, float, float]] = field(default_factory=list)


@dataclass
class FileReport:
    """The record of one raw file, filled while it is read.

    Examples
    --------
    >>> report = FileReport("opkald.csv", "0" * 64)
    >>> report.rows_in, report.rows_kept = 3, 2
    >>> report.drop("subtotal")
    >>> report.as_dict()["dropped"]
    {'subtotal': 1}
    """

    file: str
    sha256: str
    layout: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header_row: int = 0
    rows_in: int = 0
    rows_kept: int = 0
    dropped: Counter[Drop] = field(default_factory=Counter)
    repaired: Counter[Repair] = field(default_factory=Counter)
    decisions: list[dict[str, str]] = field(default_factory=list)
    used_as: dict[str, str] = field(default_factory=dict)  # our word: the header of the column it was read from
    sums: Sums = field(default_factory=lambda: Sums())
    remarks: list[tuple[str, str]] = field(default_factory=list)  # place and text of lines above and below the table

    def drop(self, rule: Drop, rows: int = 1) -> None:
        """Count rows left out by a rule."""
        if rows:
            self.dropped[rule] += rows

    def compare(self, place: str, stated: float, ours: float, *, agree: bool, refuse: bool, cure: str) -> None:
        """Hold a sum that the file states against ours; raises `InputError` where they differ, if asked to."""
        if agree:
            self.sums.agree += 1
        elif refuse:
            found = f"a total of {stated:g} where its parts make {ours:g}"
            raise InputError(f"{self.file}, {place}", found, "a total equal to the sum of its parts", cure)
        else:
            self.sums.differ.append((place, stated, ours))

    def repair(self, rule: Repair, cells: int = 1) -> None:
        """Count cells mended by a rule."""
        if cells:
            self.repaired[rule] += cells

    def decide(self, what: What, decided: str, why: Reason, column: str = "") -> None:
        """Write a decision down, once."""
        entry = {"what": what, "decided": decided, "why": why}
        if column:
            entry["column"] = column
        if entry not in self.decisions:
            self.decisions.append(entry)

    def as_dict(self) -> dict[str, Any]:
        """The record as plain values; raises when a row is neither kept nor dropped, which is a fault of ours."""
        if self.rows_in != self.rows_kept + sum(self.dropped.values()):
            raise RuntimeError(
                f"{self.file}: {self.rows_in} rows in, {self.rows_kept} kept, {dict(self.dropped)} dropped"
            )
        return {
            "file": self.file,
            "sha256": self.sha256,
            "layout": self.layout,
            "encoding": self.encoding,
            "separator": self.separator,
            "sheet": self.sheet,
            "header_row": self.header_row,
            "rows_in": self.rows_in,
            "rows_kept": self.rows_kept,
            "dropped": dict(sorted(self.dropped.items())),
            "repaired": dict(sorted(self.repaired.items())),
            "decisions": self.decisions,
            "used_as": self.used_as,
            "remarks": [
                without_digits(remark)[:_LONGEST_REMARK] for _, remark in self.remarks if not _MAIL.search(remark)
            ],
            "sums": {"agree": self.sums.agree, "differ": [list(one) for one in self.sums.differ]},
        }
