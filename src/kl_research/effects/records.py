"""An effect as plain data that JSON knows, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from kl_research.effects.effect import Check, Effect, Threat


def to_record(effect: Effect) -> dict[str, Any]:
    """The effect as JSON-ready data; `from_record` is its inverse.

    >>> e = Effect("municipality", "461", "461", "x", "gp_meeting", "calls", "its", threats=(Threat("same_month"),))
    >>> from_record(to_record(e)) == e
    True
    """
    record = {f.name: getattr(effect, f.name) for f in fields(Effect)}
    record["threats"] = [[t.code, t.event, t.month] for t in effect.threats]
    record["checks"] = [[c.name, c.outcome, c.reason, _table(c.table)] for c in effect.checks]
    record["series"] = _table(effect.series)
    return {name: _plain(value) for name, value in record.items()}


def from_record(record: dict[str, Any]) -> Effect:
    """The effect that `to_record` described."""
    values = dict(record)
    values["threats"] = tuple(Threat(*t) for t in record["threats"])
    values["checks"] = tuple(Check(n, o, r, pd.DataFrame(t)) for n, o, r, t in record["checks"])
    values["series"] = pd.DataFrame(record["series"])
    return Effect(**values)


def recorded(records: Iterable[dict[str, Any]]) -> list[Effect]:
    """The effects in records, or in entries that hold a record, in their order."""
    known = ((one["record"] or {}) if "record" in one else one for one in records)
    return [from_record(effect) for record in known for effect in record.get("effects", [])]


def _table(frame: pd.DataFrame) -> dict[str, list[Any]]:
    objects = frame.astype(object).where(frame.notna(), None)
    return {str(column): objects[column].tolist() for column in frame}


def _plain(value: Any) -> Any:
    """NumPy's own numbers and truth values as Python's, which JSON knows."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value
