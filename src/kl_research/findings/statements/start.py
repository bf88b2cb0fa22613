"""What a municipality that has not begun may expect: what similar ones reached after their start."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kl_research.adoption import ramp_up
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.statement import Comparison, Statement

AGES = (3, 6, 12)


def start(known: Known, code: str) -> Iterator[Statement]:
    """Calls a month after 3, 6 and 12 months: the median of similar municipalities, and the middle half of them."""
    short = known.summaries.get(code)
    if short is None or short.state not in ("not_connected", "not_started"):
        return
    found = ramp_up(known.panel, code, ages=AGES)
    if found.reason:
        return
    rows = found.table[(found.table["measure"] == "calls_per_month") & found.table["median"].notna()]
    ages = {int(age): float(median) for age, median in zip(rows["age"], rows["median"], strict=True)}
    for _, row in rows.iterrows():
        against = Comparison(
            "similar", None, "", "unknown", _number(row["lower"]), _number(row["upper"]), int(row["n"])
        )
        yield Statement(
            "municipality",
            code,
            "start",
            str(int(row["age"])),
            "calls_per_month",
            "/".join(known.year),
            float(row["median"]),
            against,
            certainty="open",
            source="panel",
            values={"age": int(row["age"]), "rule": found.rule, "ages": ages},
        )


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
