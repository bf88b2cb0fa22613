"""The second look through a call log: calls counted by what was decided about their texts.

Each text is counted under its number, all numbers of a row packed into one: grouping by one number instead of eight
texts is what makes ten million calls a matter of seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.intake.calls.circumstances import CIRCUMSTANCES
from kl_research.intake.calls.log import CallLog
from kl_research.intake.file_data import DIMENSIONS
from kl_research.intake.quality import Drop, Rule

RULES: tuple[Rule, ...] = (
    "",
    "replaced_by_later_file",
    "subtotal",
    "unknown_municipality",
    "christiansoe",
    "ignored_by_layout",
    "test_row",
    "other_channel",
)
_MONTHS = 12 * 3000
_WEEKHOURS = 8 * 24


@dataclass(frozen=True)
class Replaced:
    """The days of a later log and the areas it holds: calls there are counted from that log."""

    first: dt.date
    last: dt.date
    areas: frozenset[str]


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
    """Calls by month and what they are called, by weekday and hour, and how they came about; rows dropped by rule."""

    rows: pd.DataFrame
    timing: pd.DataFrame
    dropped: dict[Drop, int]
    circumstances: pd.DataFrame | None = None


def count_calls(
    log: CallLog,
    start: str,
    seconds: str,
    decisions: Decisions,
    completed_seconds: int,
    replaced: Sequence[Replaced],
    source: str,
) -> Counted:
    """Count the log, or what stands for it (`source`); a row is dropped by the first of its rules in `RULES`."""
    dims = [word for word in DIMENSIONS if word in decisions.raw]
    area = _area(log, decisions)
    numbers = {"area": (area, len(decisions.pairs))} | {
        word: (_number(log, word, log.column(word), decisions.raw[word]), len(decisions.raw[word])) for word in dims
    }
    month = ("CAST(year(t) * 12 + month(t) - 1 AS INTEGER)", _MONTHS)
    rule = (_rule(log, decisions, replaced), len(RULES))
    by_unit = {"rule": rule, **numbers, "month": month}
    by_hour = {"rule": rule, "area": numbers["area"]}
    by_hour |= {"administration": numbers["administration"]} if "administration" in dims else {}
    asked = [word for word in CIRCUMSTANCES if word in decisions.shown]
    office = ("CAST(isodow(t) <= 5 AND hour(t) BETWEEN 8 AND 15 AS INTEGER)", 2)
    by_side = {"rule": rule, "area": numbers["area"], "month": month, "office": office}
    by_side |= {w: (_number(log, w, log.column(w), decisions.raw[w]), len(decisions.raw[w])) for w in asked}
    by_hour |= {"month": month, "weekhour": ("isodow(t) * 24 + hour(t)", _WEEKHOURS)}
    done = (
        _among(log.column("status"), _true(decisions.raw["status"], decisions.completed))
        if "status" in decisions.raw
        else "false"
    )
    side = ", side_key" if asked else ""
    query = f"""
        SELECT unit_key, hour_key{side}, CAST(count(*) AS INTEGER) AS calls,
            CAST(count_if(done AND s >= {completed_seconds}) AS INTEGER) AS completed,
            CAST(coalesce(sum(s), 0) AS BIGINT) AS seconds
        FROM (
            SELECT {_packed(by_unit)} AS unit_key, {_packed(by_hour)} AS hour_key, {_packed(by_side)} AS side_key,
                {done} AS done, s
            FROM (SELECT *, {start} AS t, {seconds} AS s FROM {source} AS log) WHERE t IS NOT NULL
        )
        GROUP BY GROUPING SETS ((unit_key), (hour_key){", (side_key)" if asked else ""})
    """
    units, hours, sides = _Parts(by_unit), _Parts(by_hour), _Parts(by_side)
    for batch in log.connection.sql(query).to_arrow_reader(1_000_000):
        of_unit, of_hour = (
            batch[f"{name}_key"].is_valid().to_numpy(zero_copy_only=False) for name in ("unit", "hour")
        )
        sums = {name: batch[name].to_numpy(zero_copy_only=False) for name in ("calls", "completed", "seconds")}
        units.add(batch["unit_key"].drop_null().to_numpy(), {k: v[of_unit] for k, v in sums.items()})
        hours.add(batch["hour_key"].drop_null().to_numpy(), {k: v[of_hour] for k, v in sums.items()})
        if asked:
            rest = ~(of_unit | of_hour)
            sides.add(batch["side_key"].drop_null().to_numpy(), {k: v[rest] for k, v in sums.items()})
    circumstances = _circumstances(sides, decisions, asked) if asked else None
    return Counted(_rows(units, decisions, dims), _timing(hours, decisions), units.dropped(), circumstances)


class _Parts:
    """Packed numbers with their sums, unpacked as they arrive, each into the smallest type that holds it."""

    def __init__(self, parts: dict[str, tuple[str, int]]) -> None:
        self.sizes = {name: max(n, 1) for name, (_, n) in parts.items()}
        self.found: dict[str, list[np.ndarray]] = {
            name: [] for name in (*self.sizes, "calls", "completed", "seconds")
        }
        self.by_rule = np.zeros(len(RULES), dtype="int64")

    def add(self, keys: np.ndarray, sums: dict[str, np.ndarray]) -> None:
        unpacked = {}
        for name, n in reversed(self.sizes.items()):
            keys, rest = np.divmod(keys, n)
            unpacked[name] = rest.astype(np.min_scalar_type(-n))
        self.by_rule += np.bincount(unpacked["rule"], sums["calls"], len(RULES)).astype("int64")
        kept = unpacked["rule"] == 0
        for name, values in (unpacked | sums).items():
            self.found[name].append(values if kept.all() else values[kept])

    def take(self, name: str) -> np.ndarray:
        """A column, once: its parts are given up as they are joined."""
        parts = self.found.pop(name)
        return np.concatenate(parts) if parts else np.zeros(0, dtype="int64")

    def dropped(self) -> dict[Drop, int]:
        return {rule: int(n) for rule, n in zip(RULES, self.by_rule, strict=True) if rule and n}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _among(cell: str, texts: list[str]) -> str:
    return f"coalesce({cell}, '') IN ({', '.join(_quoted(text) for text in texts)})" if texts else "false"


def _true(texts: list[str], flags: list[bool]) -> list[str]:
    return [text for text, flag in zip(texts, flags, strict=True) if flag]


def _number(log: CallLog, name: str, cell: str, texts: list[str]) -> str:
    """SQL for the number of a cell's text among the distinct ones."""
    log.enumerate(f"texts_{name}", texts)
    return f"enum_code(TRY_CAST(coalesce({cell}, '') AS texts_{name}))"


def _pair(log: CallLog) -> str:
    return f"coalesce({log.column('code')}, '') || chr(31) || coalesce({log.column('municipality')}, '')"


def _area(log: CallLog, decisions: Decisions) -> str:
    words = [word for word in ("code", "municipality") if word in log.header.columns]
    if len(words) == 2:
        return _number(log, "pair", _pair(log), ["\x1f".join(pair) for pair in decisions.pairs])
    return _number(log, words[0], log.column(words[0]), decisions.raw[words[0]])


def _rule(log: CallLog, decisions: Decisions, replaced: Sequence[Replaced]) -> str:
    """SQL for the number of the first rule that drops a row, 0 for a row that counts."""
    conditions: dict[str, list[str]] = {rule: [] for rule in RULES}
    for later in replaced:
        held = [pair for pair, code in zip(decisions.pairs, decisions.areas, strict=True) if code in later.areas]
        days = f"CAST(t AS DATE) BETWEEN DATE '{later.first}' AND DATE '{later.last}'"
        conditions["replaced_by_later_file"].append(f"({days} AND {_in_areas(log, held)})")
    for rule in RULES[1:]:
        pairs = [pair for pair, own in zip(decisions.pairs, decisions.area_rules, strict=True) if own == rule]
        if pairs:
            conditions[rule].append(_in_areas(log, pairs))
        for word, rules in decisions.rules.items():
            texts = [text for text, own in zip(decisions.raw.get(word, []), rules, strict=True) if own == rule]
            if texts:
                conditions[rule].append(_among(log.column(word), texts))
    cases = [f"WHEN {' OR '.join(c)} THEN {RULES.index(rule)}" for rule, c in conditions.items() if c]
    return f"CASE {' '.join(cases)} ELSE 0 END" if cases else "0"


def _in_areas(log: CallLog, pairs: list[tuple[str, str]]) -> str:
    if "code" in log.header.columns and "municipality" in log.header.columns:
        return _among(_pair(log), ["\x1f".join(pair) for pair in pairs])
    word = "code" if "code" in log.header.columns else "municipality"
    return _among(log.column(word), [pair[0] or pair[1] for pair in pairs])


def _packed(parts: dict[str, tuple[str, int]]) -> str:
    """Several numbers as one: each times the sizes of those after it."""
    size = 1
    for _, n in parts.values():
        size *= max(n, 1)
    kind = "BIGINT" if size < 2**62 else "HUGEINT"
    packed = f"CAST(0 AS {kind})"
    for expression, n in parts.values():
        packed = f"({packed} * {max(n, 1)} + {expression})"
    return packed


def _rows(units: _Parts, decisions: Decisions, dims: list[str]) -> pd.DataFrame:
    """One row a month and set of names; different spellings of one name are added together."""
    columns: dict[str, tuple[np.ndarray, list[str]]] = {"municipality": _renamed(units.take("area"), decisions.areas)}
    size = len(columns["municipality"][0])
    for word in DIMENSIONS:
        numbers, names = (units.take(word), decisions.shown[word]) if word in dims else (np.zeros(size, "int8"), [""])
        columns[word] = _renamed(numbers, names)
    columns["month"] = _month_names(units.take("month"))
    sums = {name: units.take(name) for name in ("calls", "completed", "seconds")}
    if any(len(set(names)) < len(names) for names in (decisions.areas, *(decisions.shown[word] for word in dims))):
        key = np.zeros(size, dtype=object if _large(columns) else "int64")
        for codes, texts in columns.values():
            key = key * len(texts) + codes
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        columns = {name: (codes[first], texts) for name, (codes, texts) in columns.items()}
        sums = {name: np.bincount(group, values, len(first)).astype("int64") for name, values in sums.items()}
    table: dict[str, object] = {name: _categorical(*columns[name]) for name in columns}
    table |= {"calls": sums["calls"].astype("float64"), "completed": sums["completed"].astype("float64")}
    return pd.DataFrame(table | {"seconds": sums["seconds"]}, copy=False)


def _large(columns: dict[str, tuple[np.ndarray, list[str]]]) -> bool:
    size = 1
    for _, texts in columns.values():
        size *= len(texts)
    return size >= 2**62


def _renamed(numbers: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Numbers of raw texts as numbers of the sorted distinct names they stand for."""
    texts = sorted(set(names))
    at = {text: i for i, text in enumerate(texts)}
    return np.array([at[name] for name in names], dtype=np.min_scalar_type(-max(len(texts), 1)))[numbers], texts


def _month_names(numbers: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Months counted from year 0 as texts "2025-01"."""
    if not len(numbers):
        return numbers, ["1900-01"]
    first, last = int(numbers.min()), int(numbers.max())
    return numbers - first, [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1)]


def _categorical(codes: np.ndarray, texts: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype="str"), validate=False)


def _timing(hours: _Parts, decisions: Decisions) -> pd.DataFrame:
    named = decisions.shown.get("administration", [""])
    areas, weekhours, (months, names) = hours.take("area"), hours.take("weekhour"), _month_names(hours.take("month"))
    administration = hours.take("administration") if "administration" in hours.found else np.zeros(len(areas), "int8")
    table = pd.DataFrame(
        {
            "municipality": np.array(decisions.areas, dtype=object)[areas],
            "administration": np.array(named, dtype=object)[administration],
            "month": np.array(names, dtype=object)[months],
            "weekday": (weekhours // 24).astype("int64"),
            "hour": (weekhours % 24).astype("int64"),
            "calls": hours.take("calls").astype("int64"),
        }
    )
    return table.groupby(list(table.columns[:-1]), as_index=False, sort=True)[["calls"]].sum()


def _circumstances(sides: _Parts, decisions: Decisions, asked: list[str]) -> pd.DataFrame:
    """Calls by what each circumstance says, one circumstance at a time: municipality, month, kind, value, calls, and
    how many of them were made in office hours.
    """
    areas, (months, names) = sides.take("area"), _month_names(sides.take("month"))
    office, calls = sides.take("office"), sides.take("calls").astype("int64")
    whole = pd.DataFrame(
        {
            "municipality": np.array(decisions.areas, dtype=object)[areas],
            "month": np.array(names, dtype=object)[months],
            "calls": calls,
            "in_office_hours": calls * (office == 1),
        }
    )
    blocks = [
        whole.assign(kind=word, value=np.array(decisions.shown[word], dtype=object)[sides.take(word)])
        for word in asked
    ]
    keys = ["municipality", "month", "kind", "value"]
    return pd.concat(blocks).groupby(keys, as_index=False)[["calls", "in_office_hours"]].sum()
