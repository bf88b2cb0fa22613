"""A first layout for a file nobody has described yet: what each column seems to be, for a person to confirm."""

from __future__ import annotations

from pathlib import Path

from kl_research.errors import InputError
from kl_research.ingest import words
from kl_research.ingest.any_table import AnyTable, Column, read_any_table
from kl_research.ingest.layouts import REQUIRED, Grain, Layout
from kl_research.ingest.month_cells import read_period
from kl_research.ingest.places import read_place


def propose_layout(path: str | Path) -> str:
    r"""A commented YAML layout for a file: known headers mapped, others guessed by what they hold or left to fill in.

    Guesses are marked as such; no cell of the file is repeated. Raises `InputError` where the file cannot be read.

    Returns the text of the layout.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "export.csv").write_text("Kommune;Måned;Antal opkald\n461;2025-01;7\n", encoding="utf-8")
    ...     "calls: \"Antal opkald\"" in propose_layout(Path(folder, "export.csv"))
    ...
    True
    """
    table = read_any_table(Path(path))
    mapped, guessed = _map(table)
    grain = _grain(table, mapped)
    lines = [
        f"# A first layout for {table.file}. Check every line; a `guess` was chosen by what the column holds.",
        f"# Read as {table.encoding or table.kind}"
        + (f", separator {table.separator!r}" if table.separator else "")
        + f", header in row {table.header_row}, {len(table.rows)} rows.",
        f"layout: {grain}",
        "columns:",
    ]
    words_of = Layout(layout=grain).words
    for word, column in mapped.items():
        if word in words_of:
            lines.append(f"  {word}: {_quoted(column.label)}{'  # guess' if word in guessed else ''}")
    for group in REQUIRED[grain]:
        if not any(word in mapped for word in group):
            lines.append(f"  # {' or '.join(group)}: ...   needed: write the header of the column that holds it")
    used = {column.label for column in mapped.values()}
    left = [c for c in table.columns if c.label and c.label not in used and not read_period(c.label)]
    lines += ["# Columns left out of the panel (their cells are still searched for CPR numbers):"] if left else []
    lines += [f"#   {column.label}: {column.kind}{', ' + column.style if column.style else ''}" for column in left]
    marks = sorted({t for c in table.columns if c.kind == "number" for t, s in
                    zip(c.texts, c.states, strict=True) if s == "suppressed"})  # fmt: skip
    if marks:
        lines.append(f"# Read as hidden small numbers: {', '.join(marks[:5])}")
    return "\n".join(lines) + "\n"


def _map(table: AnyTable) -> tuple[dict[str, Column], set[str]]:
    """Known headers first; then a column of municipalities and one of months, where none was named."""
    mapped: dict[str, Column] = {}
    for column in table.columns:
        found = words.match(column.label) if column.label else None
        if found and found[0] not in mapped:
            mapped[found[0]] = column
    guessed = set()
    for column in table.columns:
        if column in mapped.values() or not column.label:
            continue
        if not {"municipality", "code"} & mapped.keys() and _are_places(column):
            mapped["municipality"] = column
            guessed.add("municipality")
        elif "month" not in mapped and column.kind == "period":
            mapped["month"] = column
            guessed.add("month")
        elif "calls" not in mapped and column.kind == "number":
            mapped["calls"] = column
            guessed.add("calls")
    return mapped, guessed


def _are_places(column: Column) -> bool:
    distinct = list(dict.fromkeys(column.texts))[:50]
    known = 0
    for text in distinct:
        try:
            known += read_place(text, "").kind in ("municipality", "region", "total")
        except InputError:
            continue
    return known > len(distinct) / 2


def _grain(table: AnyTable, mapped: dict[str, Column]) -> Grain:
    if sum(read_period(column.label) is not None for column in table.columns) > 1:
        return "pivot"
    return "calls" if "start" in mapped else "monthly"


def _quoted(label: str) -> str:
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
