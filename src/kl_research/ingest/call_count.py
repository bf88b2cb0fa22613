"""The second look through a call log: each text replaced by what was decided about it, and the calls counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.ingest.call_log import CallLog
from kl_research.ingest.file_data import DIMENSIONS

RULES = (
    "", "replaced_by_later_file", "subtotal", "unknown_municipality", "christiansoe", "ignored_by_layout", "test_row",
    "other_channel",
)  # fmt: skip


@dataclass(frozen=True)
class Decisions:
    """About every distinct text of a log, in the order of its survey.

    `raw` are the texts as they stand, `shown` what they are called from here on, `rules` what drops their rows;
    `areas` and `area_rules` are those of the `pairs` of code and name, `completed` of the statuses.
    """

    raw: dict[str, list[str]]
    pairs: list[tuple[str, str]]
    areas: list[str]
    area_rules: list[str]
    shown: dict[str, list[str]]
    rules: dict[str, list[str]]
    completed: list[bool]


@dataclass(frozen=True)
class Counted:
    """Calls by month and what they are called, calls by weekday and hour, and rows dropped by rule."""

    rows: pd.DataFrame
    timing: pd.DataFrame
    dropped: dict[str, int]


def count_calls(
    log: CallLog, start: str, seconds: str, decisions: Decisions, completed_seconds: int,
    replaced: list[tuple[dt.date, dt.date]],
) -> Counted:  # fmt: skip
    """Count the log; a row is dropped by the first of its rules in the order of `RULES`."""
    categories = _store(log, decisions)
    joined = " ".join(
        f"LEFT JOIN map_{word} ON map_{word}.raw = coalesce({log.column(word)}, '')" for word in categories
    )
    dims = [word for word in DIMENSIONS if word in categories]
    ids = ", ".join(f"map_{word}.id AS {word}" for word in dims)
    place, area_join = _area(log)
    rules = [f"map_{word}.rule" for word in categories] + [f"{place}.rule"]
    covered = " OR ".join(f"CAST(t AS DATE) BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in replaced)
    late = f"CASE WHEN {covered} THEN 1 ELSE 0 END" if covered else "0"
    done = "map_status.completed" if "status" in categories else "false"
    keys = ["area", *dims, "month"]
    short = ["area", *(["administration"] if "administration" in dims else []), "month", "weekday", "hour"]
    query = f"""
        WITH rows AS (
            SELECT {place}.id AS area{", " + ids if ids else ""}, {done} AS done, s, t,
                CAST(year(t) * 12 + month(t) - 1 AS INTEGER) AS month, CAST(isodow(t) AS TINYINT) AS weekday,
                CAST(hour(t) AS TINYINT) AS hour, {_first_rule([late, *rules])} AS rule
            FROM (SELECT *, {start} AS t, {seconds} AS s FROM log) AS log {joined} {area_join}
            WHERE t IS NOT NULL
        )
        SELECT {", ".join(keys)}, weekday, hour, rule, CAST(grouping({keys[0]}, weekday) AS TINYINT) AS level,
            CAST(count(*) AS INTEGER) AS calls, CAST(count_if(done AND s >= {completed_seconds}) AS INTEGER) AS completed,
            CAST(coalesce(sum(s), 0) AS BIGINT) AS seconds
        FROM rows
        GROUP BY GROUPING SETS ((rule, {", ".join(keys)}), (rule, {", ".join(short)}), (rule))
        HAVING rule = 0 OR grouping({keys[0]}) = 1
    """
    found = log.connection.execute(query).fetchnumpy()
    level = np.asarray(found["level"])
    by_unit, by_hour, by_rule = level == 1, level == 0, level == 3
    rows = _frame(found, by_unit, dims, categories, decisions)
    dropped = {
        RULES[rule]: int(n) for rule, n in zip(found["rule"][by_rule], found["calls"][by_rule], strict=True) if rule
    }
    return Counted(rows, _timing(found, by_hour, categories, decisions), dropped)


def _store(log: CallLog, decisions: Decisions) -> dict[str, list[str]]:
    """A table a column from text to number, rule and completion; the sorted names those numbers stand for."""
    categories: dict[str, list[str]] = {}
    for word in (*DIMENSIONS, "status"):
        if word not in decisions.raw:
            continue
        shown = decisions.shown.get(word, [""] * len(decisions.raw[word]))
        categories[word] = sorted(set(shown))
        table = pd.DataFrame({"raw": decisions.raw[word]})
        table["id"] = _numbers(shown, categories[word])
        table["rule"] = [RULES.index(rule) for rule in decisions.rules[word]]
        table["completed"] = decisions.completed if word == "status" else False
        _create(log, f"map_{word}", table)
    areas = sorted(set(decisions.areas))
    table = pd.DataFrame(decisions.pairs, columns=["code", "municipality"])
    table["id"] = _numbers(decisions.areas, areas)
    table["rule"] = [RULES.index(rule) for rule in decisions.area_rules]
    _create(log, "map_area", table)
    return categories


def _numbers(texts: list[str], categories: list[str]) -> np.ndarray:
    at = {text: i for i, text in enumerate(categories)}
    return np.array([at[text] for text in texts], dtype="int32")


def _create(log: CallLog, name: str, table: pd.DataFrame) -> None:
    log.connection.register("map_frame", table)
    log.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM map_frame")
    log.connection.unregister("map_frame")


def _area(log: CallLog) -> tuple[str, str]:
    words = [word for word in ("code", "municipality") if word in log.header.columns]
    on = " AND ".join(f"map_area.{word} = coalesce({log.column(word)}, '')" for word in words)
    return "map_area", f"LEFT JOIN map_area ON {on}"


def _first_rule(rules: list[str]) -> str:
    """The smallest rule that is not 0, else 0."""
    return f"coalesce(least({', '.join(f'nullif({rule}, 0)' for rule in rules)}, 127), 127) % 127"


def _frame(
    found: dict[str, np.ndarray], part: np.ndarray, dims: list[str], categories: dict[str, list[str]],
    decisions: Decisions,
) -> pd.DataFrame:  # fmt: skip
    areas = sorted(set(decisions.areas))
    columns: dict[str, object] = {"municipality": _categorical(found["area"][part], areas)}
    for word in DIMENSIONS:
        ids = found[word][part] if word in dims else np.zeros(int(part.sum()), dtype="int8")
        columns[word] = _categorical(ids, categories[word] if word in dims else [""])
    columns["month"] = month_categories(found["month"][part])
    for measure in ("calls", "completed"):
        columns[measure] = np.asarray(found[measure][part], dtype="float64")
    columns["seconds"] = np.asarray(found["seconds"][part], dtype="int64")
    return pd.DataFrame(columns)


def _categorical(ids: np.ndarray, categories: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(np.asarray(ids, dtype="int32"), categories=pd.Index(categories, dtype="str"))


def month_categories(numbers: np.ndarray) -> pd.Categorical:
    """Months counted from year 0 as texts "2025-01"."""
    present, codes = np.unique(np.asarray(numbers, dtype="int64"), return_inverse=True)
    return _categorical(codes, [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in present])


def _timing(
    found: dict[str, np.ndarray], part: np.ndarray, categories: dict[str, list[str]], decisions: Decisions
) -> pd.DataFrame:
    areas = np.array(sorted(set(decisions.areas)), dtype=object)
    named = np.array(categories.get("administration", [""]), dtype=object)
    administration = (
        found["administration"][part] if "administration" in categories else np.zeros(int(part.sum()), int)
    )
    table = pd.DataFrame(
        {
            "municipality": areas[np.asarray(found["area"][part], dtype=int)],
            "administration": named[np.asarray(administration, dtype=int)],
            "month": month_categories(found["month"][part]).astype("str"),
            "weekday": np.asarray(found["weekday"][part], dtype="int64"),
            "hour": np.asarray(found["hour"][part], dtype="int64"),
            "calls": np.asarray(found["calls"][part], dtype="int64"),
        }
    )
    return table.sort_values(list(table.columns[:-1]), ignore_index=True)
