"""Tables for a page (caption, scope, local numbers) and for a spreadsheet (codes survive, formulas do not run)."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache

import numpy as np
import pandas as pd

from kl_research.findings.html.markup import escape, plain
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say

CARDS = ("kl-two", "kl-cards")  # kinds of table whose rows become cards on a phone
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def html_table(frame: pd.DataFrame, *, caption: str, lang: str, kind: str = "") -> str:
    """A frame as an accessible table: the first column heads the rows; numbers are written the language's way.

    Columns of text are shown as they are, so a caller who wants another format passes text.
    """
    numeric = {column: pd.api.types.is_numeric_dtype(frame[column]) for column in frame}
    head = "".join(
        f'<th scope="col"{" class=kl-n" if numeric[column] else ""}>{escape(column)}</th>' for column in frame
    )

    def label(column: object) -> str:  # what a cell is of, where rows become cards on a phone
        return f' data-label="{escape(column)}"' if kind in CARDS else ""

    rows = []
    for values in frame.itertuples(index=False, name=None):
        cells = [
            f'<th scope="row">{_cell(value, lang)}</th>'
            if i == 0
            else f"<td{' class=kl-n' if numeric[column] else ''}{label(column)}>{_cell(value, lang)}</td>"
            for i, (column, value) in enumerate(zip(frame.columns, values, strict=True))
        ]
        rows.append("<tr>" + "".join(cells) + "</tr>")
    name = escape(caption)
    return (
        f'<div class="kl-scroll" role="region" tabindex="0" aria-label="{escape(say("table.scroll", lang))}: {name}">'
        f'<table class="{kind or "kl-table"}"><caption>{name}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(value: object, lang: str) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return f'<span class="kl-none">{escape(say("table.none", lang))}</span>'
    if isinstance(value, bool):
        return escape(say("yes" if value else "no", lang))
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        return formats.number(value, lang)
    if isinstance(value, float):
        return formats.number(value, lang, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
    return escape(value)


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV a spreadsheet opens unchanged: text quoted, formulas neutralised, decimals points.

    >>> print(csv_text(pd.DataFrame({"municipality": ["0461"], "unit": ["=2+2"], "calls": [3], "rate": [None]})))
    "municipality","unit","calls","rate"
    "0461","'=2+2",3,
    <BLANKLINE>
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow([harmless(str(column)) for column in frame.columns])
    writer.writerows(zip(*(_column(frame.iloc[:, i]) for i in range(frame.shape[1])), strict=True))
    # csv writes None as "" with quotes; an absent number is an empty cell.
    return re.sub(r'(?<=[,\n])"\0"(?=[,\n])', "", out.getvalue())


def _column(values: pd.Series) -> list[object]:
    """The cells of a column; whole numbers and texts, which most are, at once."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "i":
        return list(values.tolist())
    if isinstance(values.dtype, pd.StringDtype) and not values.hasnans:
        code, texts = pd.factorize(values)
        safe = [harmless(str(text)) for text in texts]
        return [safe[i] for i in code.tolist()]
    return [_value(value) for value in values.tolist()]


def _value(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value) or value is pd.NaT:
        return "\0"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return harmless(str(value))


@lru_cache(10_000)  # the same few codes and reasons, in a hundred thousand cells
def harmless(text: str) -> str:
    """A text cell that a spreadsheet shows and never runs."""
    text = plain(text)
    return "'" + text if text.startswith(_FORMULA) else text
