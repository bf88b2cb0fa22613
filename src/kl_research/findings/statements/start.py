"""What a municipality that has not begun may expect: what similar ones reached after their start."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kl_research.adoption import RampUp, ramp_ups
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.statement import Comparison, Statement

AGES = (3, 6, 12)


def expected_starts(known: Known) -> dict[str, RampUp]:
    """What similar municipalities reached, by each that has not begun."""
    waiting = [c for c, short in known.summaries.items() if short.state in ("not_connected", "not_started")]
    return ramp_ups(known.panel, waiting, ages=AGES)


def start(known: Known, found: RampUp | None) -> Iterator[Statement]:
    """Calls a month after 3, 6 and 12 months: the median of similar municipalities, and the middle half of them."""
    if found is None or found.reason:
        return
    rows = found.table[(found.table["measure"] == "calls_per_month") & found.table["median"].notna()]
    ages = {int(age): float(median) for age, median in zip(rows["age"], rows["median"], strict=True)}
    for _, row in rows.iterrows():
        against = Comparison(
            "similar", None, "", "unknown", _number(row["lower"]), _number(row["upper"]), int(row["n"])
        )
        yield Statement(
            "municipality",
            found.municipality,
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
