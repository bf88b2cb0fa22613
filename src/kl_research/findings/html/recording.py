"""What a notebook found, as data: a mime bundle in its output, which `finish` collects and overviews read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.effects.records import to_record
from kl_research.findings.html.markup import Fragment
from kl_research.findings.words.reader import ForWhom

MIME = "application/vnd.kl-research.record+json"
PARTS = ("effects", "measures", "sentences", "alerts")


@dataclass(frozen=True)
class Record:
    """The findings of one notebook; shows itself as a mime bundle that pages leave out."""

    content: dict[str, list[Any]] = field(repr=False)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        counts = ", ".join(f"{len(self.content[part])} {part}" for part in PARTS)
        return {MIME: self.content, "text/plain": f"recorded: {counts}"}


def record(
    effects: Sequence[Effect] = (),
    measures: pd.DataFrame | None = None,
    sentences: Sequence[str | Fragment] = (),
    alerts: Sequence[dict[str, Any]] = (),
    *,
    study: ForWhom = None,  # the same in every verb of a notebook
) -> Record:
    """Keep the findings of a notebook; the last line of its last cell.

    `sentences` may be texts or what `description` and its like returned. Effects are kept complete; their sentences
    are made when the site is written, after disclosure control.

    The columns of effects and measures are those of results.csv and measures.csv.

    Parameters
    ----------
    effects : Sequence[Effect], optional
        Kept complete; their sentences are made when the site is written, after disclosure control.
    measures : DataFrame | None, optional
        Rows of `kl.measure_table`.
    sentences : Sequence[str | Fragment], optional
        Texts, or what `kl.description` and its like returned.
    alerts : Sequence[dict[str, Any]], optional
        Rows of `kl.alert_rows`.

    Returns
    -------
    Record
        A `Record`.

    Examples
    --------
    >>> effect = Effect("national", "", "", "x", "release", "calls", "its")
    >>> len(record(effects=[effect], sentences=["Use rose."]).content["effects"])
    1
    """
    said: list[str] = []
    for item in sentences:
        said += list(item.sentences) if isinstance(item, Fragment) else [str(item)]
    rows = [] if measures is None else measures.astype(object).where(measures.notna(), None).to_dict("records")
    return Record(
        {
            "effects": [to_record(effect) for effect in effects],
            "measures": rows,
            "sentences": list(dict.fromkeys(said)),
            "alerts": [dict(alert) for alert in alerts],
        }
    )
