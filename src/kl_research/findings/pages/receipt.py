"""The receipt of an ingest: what came in and what it was taken for, on a page and in a terminal.

One minute's look finds what no rule can: a total that somebody knows, a month that cannot be, another column.
For whoever made the export and runs the study; it holds exact numbers and is never published.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from kl_research.findings.html import layout
from kl_research.findings.html.markup import escape, paragraph, shortened
from kl_research.findings.html.tables import html_table
from kl_research.findings.pages.quality import told_overrides
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say, say_or
from kl_research.findings.words.reader import Reader
from kl_research.terms.panel import area_name

_LARGEST = 8
_IN_TERMINAL = 12
_EYE = " "  # the column of blocks, which the page draws
_BLOCKS = " ▁▂▃▄▅▆▇█"
_WIDE, _HIGH = 720, 120


@dataclass(frozen=True)
class Part:
    """A part of the receipt: a table under its title, and what is said of it; `drawn` stands above the table."""

    title: str
    table: pd.DataFrame
    said: str = ""
    drawn: str = ""


def receipt(quality: dict[str, Any], panel: pd.DataFrame, who: Reader) -> list[Part]:
    """The parts of the receipt, in the order in which one checks an export."""
    lang, files = who.language, quality["files"]
    counted = panel.assign(key=panel["month"].dt.strftime("%Y-%m"))
    return [
        _files(files, lang),
        *_remarks(files, lang),
        _columns(files, lang),
        _rules(files, quality.get("overrides", []), lang),
        _sums(files, lang),
        _months(counted, quality["known_in_part"], lang),
        _areas(counted, lang),
        _largest(counted, lang),
    ]


def receipt_page(quality: dict[str, Any], panel: pd.DataFrame, title: str, who: Reader) -> str:
    """The receipt as a page of its own."""
    lang = who.language
    body = paragraph(say("receipt.lead", lang), "kl-lead")
    for part in receipt(quality, panel, who):
        body += f"<section><h2>{escape(part.title)}</h2>{paragraph(part.said) if part.said else ''}{part.drawn}"
        table = part.table.drop(columns=_EYE, errors="ignore")
        body += (html_table(table, caption=part.title, lang=lang) if len(table) else "") + "</section>"
    return layout.page(
        who, title=say("receipt.title", lang, study=title), body=body, foot=layout.Foot(facts=layout.facts(who))
    )


def receipt_lines(quality: dict[str, Any], panel: pd.DataFrame, who: Reader) -> list[str]:
    """The receipt as lines for a terminal; long tables are cut, and say so."""
    lang = who.language
    lines: list[str] = []
    for part in receipt(quality, panel, who):
        lines += ["", f"{part.title}:"]
        lines += [f"  {part.said}"] if part.said else []
        lines += _aligned(part.table.head(_IN_TERMINAL), lang)
        if len(part.table) > _IN_TERMINAL:
            lines.append(f"  {say('receipt.more', lang, n=len(part.table) - _IN_TERMINAL)}")
    return lines[1:]


def _aligned(table: pd.DataFrame, lang: str) -> list[str]:
    """A table as lines, numbers to the right; texts that say much are cut."""
    if not len(table):
        return []
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table]
    rows = [[str(column) for column in table], *([_shown(cell, lang) for cell in row] for row in table.to_numpy())]
    widths = [max(len(row[k]) for row in rows) for k in range(len(numeric))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in rows
    ]


def _shown(cell: Any, lang: str) -> str:
    if cell is None or cell is pd.NA or cell != cell:
        return "-"
    return formats.number(cell, lang) if isinstance(cell, int | float) else str(cell)[:90]


def _frame(rows: list[tuple[Any, ...]], lang: str, *keys: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[say(f"receipt.column.{key}", lang) for key in keys], dtype=object)
    return frame.convert_dtypes() if rows else frame


def _files(files: list[dict[str, Any]], lang: str) -> Part:
    rows = [
        (
            shortened(file["file"]),
            " ".join([say_or(f"decided.{file['layout']}", lang, file["layout"]), shortened(file["sheet"])]).strip(),
            file["rows_in"],
            file["rows_kept"],
            file["calls"],
            formats.date(file["first"], lang),
            formats.date(file["last"], lang),
            file["areas"],
        )
        for file in files
    ]
    keys = ("file", "read_as", "rows", "used", "calls", "first", "last", "areas")
    return Part(say("receipt.files", lang), _frame(rows, lang, *keys))


def _remarks(files: list[dict[str, Any]], lang: str) -> list[Part]:
    """The lines above and below each table, which may say what no rule understands."""
    rows = [(shortened(file["file"]), remark) for file in files for remark in file["remarks"]]
    return [Part(say("receipt.remarks", lang), _frame(rows, lang, "file", "remark"))] if rows else []


def _columns(files: list[dict[str, Any]], lang: str) -> Part:
    """What each column was taken for; files that are alike share a line."""
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for file in files:
        alike.setdefault(tuple(file["used_as"].items()), []).append(shortened(file["file"]))
    rows = [
        (names[0] if len(names) == 1 else say("receipt.and_others", lang, file=names[0], n=len(names) - 1), *pair)
        for used, names in alike.items()
        for pair in ((shortened(header), say_or(f"receipt.word.{word}", lang, word)) for word, header in used)
    ]
    left = sorted(
        {d["column"] for f in files for d in f["decisions"] if d["what"] in ("column", "left_out") and "column" in d}
    )
    said = say("receipt.unused", lang, columns=formats.listed(map(shortened, left), lang)) if left else ""
    return Part(say("receipt.columns", lang), _frame(rows, lang, "file", "header", "taken_for"), said)


def _rules(files: list[dict[str, Any]], overrides: list[dict[str, Any]], lang: str) -> Part:
    rows = [
        (shortened(file["file"]), say(f"receipt.{part}", lang), say(f"rule.{rule}", lang), n)
        for file in files
        for part in ("dropped", "repaired")
        for rule, n in file[part].items()
    ]
    replaced = " ".join(told_overrides(overrides, lang))
    said = replaced or ("" if rows else say("receipt.nothing_left_out", lang))
    return Part(say("receipt.rules", lang), _frame(rows, lang, "file", "what", "rule", "n"), said)


def _sums(files: list[dict[str, Any]], lang: str) -> Part:
    agree = sum(file["sums"]["agree"] for file in files)
    rows = [
        (shortened(file["file"]), place, stated, ours, stated - ours)
        for file in files
        for place, stated, ours in file["sums"]["differ"]
    ]
    key = "receipt.sums.differ" if rows else "receipt.sums.agree" if agree else "receipt.sums.none"
    said = say(key, lang, agree=formats.number(agree, lang), differ=formats.number(len(rows), lang))
    return Part(say("receipt.sums", lang), _frame(rows, lang, "file", "place", "stated", "ours", "difference"), said)


def _months(panel: pd.DataFrame, in_part: dict[str, int], lang: str) -> Part:
    """All calls by year and month, with a line of blocks a year for the eye."""
    by_month = panel.groupby("key")["calls"].sum(min_count=1)
    highest = max(float(by_month.fillna(0).max()), 1.0)
    rows = []
    for year, keys in groupby(by_month.index, key=lambda key: key[:4]):
        own = {int(key[5:]): by_month[key] for key in keys}
        cells = [None if n not in own or pd.isna(own[n]) else int(own[n]) for n in range(1, 13)]
        rows.append(
            (year, *cells, sum(cell or 0 for cell in cells), "".join(_block(cell, highest) for cell in cells))
        )
    names = [formats.month(f"2024-{n:02d}", lang, short=True).split(" ")[0] for n in range(1, 13)]
    columns = [say("receipt.column.year", lang), *names, say("receipt.column.all", lang), _EYE]
    table = pd.DataFrame(rows, columns=columns, dtype=object).convert_dtypes()
    empty = [key for key, calls in by_month.items() if pd.isna(calls) or calls == 0]
    said = say(
        "receipt.months.empty", lang, months=formats.listed([formats.month(str(key), lang) for key in empty], lang)
    )
    said = said if empty else say("receipt.months.full", lang)
    if in_part["calls"]:
        numbers = {"calls": formats.number(in_part["calls"], lang), "n": formats.number(in_part["months"], lang)}
        said += " " + say("receipt.months.in_part", lang, **numbers)
    title = say("receipt.months", lang)
    drawn = _bars([None if pd.isna(calls) else int(calls) for calls in by_month], title)
    return Part(title, table, said, drawn)


def _block(calls: int | None, highest: float) -> str:
    return "·" if calls is None else _BLOCKS[0 if not calls else 1 + round((len(_BLOCKS) - 2) * calls / highest)]


def _bars(calls: list[int | None], title: str) -> str:
    """A bar a month; a month without numbers is a gap with a dash below."""
    step, highest = _WIDE / max(len(calls), 1), max([n or 0 for n in calls] + [1])
    marks = []
    for i, n in enumerate(calls):
        high = 2 if n is None else max(1, round(_HIGH * n / highest))
        fill = 'fill="none" stroke="currentColor" stroke-dasharray="2"' if n is None else 'fill="#1f77b4"'
        marks.append(
            f'<rect x="{i * step:.1f}" y="{_HIGH - high}" width="{max(step - 2, 1):.1f}" height="{high}" {fill}/>'
        )
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {_WIDE} {_HIGH + 2}" width="{_WIDE}"'
        f' height="{_HIGH + 2}">{"".join(marks)}</svg>'
    )


def _areas(panel: pd.DataFrame, lang: str) -> Part:
    rows = []
    for code, own in panel.groupby("municipality", sort=False):
        used = own[own["calls"].fillna(0) > 0]
        if not len(used) and not own["state"].isin(["observed", "suppressed"]).any():
            continue
        first, last = (formats.month(used["key"].agg(side), lang) if len(used) else None for side in ("min", "max"))
        without = int(own["state"].isin(["missing", "suppressed"]).sum())
        rows.append((area_name(panel, str(code)), int(own["calls"].sum()), first, last, without))
    rows.sort(key=lambda row: (-row[1], formats.sort_key(row[0])))
    silent = panel["municipality"].nunique() - len(rows)
    said = say("receipt.areas.silent", lang, n=silent) if silent else ""
    return Part(say("receipt.areas", lang), _frame(rows, lang, "area", "calls", "first", "last", "without"), said)


def _largest(panel: pd.DataFrame, lang: str) -> Part:
    seen = panel[panel["calls"].notna()]
    usual = seen.groupby("municipality")["calls"].median()
    top = seen.sort_values(["calls", "municipality", "key"], ascending=[False, True, True]).head(_LARGEST)
    rows = [
        (area_name(panel, code), formats.month(key, lang), int(calls), round(float(usual[code]), 1))
        for code, key, calls in zip(top["municipality"], top["key"], top["calls"], strict=True)
    ]
    return Part(say("receipt.largest", lang), _frame(rows, lang, "area", "month", "calls", "usual"))
