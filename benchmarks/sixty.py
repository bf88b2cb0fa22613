"""Numbers drawn at random from pages, slides and sheets, held against the CSVs of the release.

`python benchmarks/sixty.py FOLDER [SEED]`: FOLDER is the `out` of a run with the extra `office`. Draws 20 numbers
each from tables of pages, charts of slides and cells of workbooks, and looks them up in panel.csv or statements.csv.
Writes `results/sixty.csv`; exit 1 when one disagrees. A number written as few agrees with 0 to 4.
"""

from __future__ import annotations

import csv
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from openpyxl import load_workbook
from pptx import Presentation

from kl_research.findings.consistency.blocks import blocks
from kl_research.findings.consistency.readback import number
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.terms.municipalities import REGION_NAMES, codes, name

LANG, EACH, SEED = "da", 20, 21
Drawn = tuple[str, str, str, float | None]  # file, where in it, as shown, what the CSV says


def _frame(folder: Path, file: str) -> pd.DataFrame:
    return pd.read_csv(folder / file, dtype={"municipality": str, "area": str, "period": str})


def half_years(folder: Path) -> dict[tuple[str, str, str], float]:
    """Calls of every municipality's and region's half-years, from statements.csv."""
    told = _frame(folder, "statements.csv")
    told = told[(told["kind"] == "half_year") & (told["measure"] == "calls")]
    found = {(row.level, row.area, row.period): row.value for row in told.itertuples()}
    return found | {(row.level, row.area, row.compared_period): row.compared_value for row in told.itertuples()}


def pages(folder: Path) -> Iterator[Drawn]:
    """Cells of tables: months of a municipality, half-years of regions, and the year on the index."""
    panel, halves = _frame(folder, "panel.csv"), half_years(folder)
    said = _frame(folder, "statements.csv").set_index("statement")
    months = {formats.month(m[:7], LANG): m[:7] for m in panel["month"].astype(str).unique()}
    calls = panel.assign(month=panel["month"].astype(str).str[:7]).set_index(["municipality", "month"])["calls"]
    by_name = {name(code): code for code in codes()}
    column = f"{say('outcome.calls', LANG, n=2)} {say('level.per.month', LANG)}".capitalize()
    spans = {
        say("region.column.calls", LANG, period=say(f"period.H{n}", LANG, year=year)): f"{year}-{a}/{year}-{b}"
        for year in range(2021, 2026)
        for n, a, b in ((1, "01", "06"), (2, "07", "12"))
    }
    texts = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in [*folder.glob("*/index.html"), *folder.glob("regions/*.html"), folder / "index.html"]
    }
    for block in blocks(texts, by_name):
        if block.tag != "td":
            continue
        where, code = f"{block.row} | {block.column}", block.area
        if block.column == column and block.row in months and code in by_name.values():
            yield block.page, where, block.text, calls.get((code, months[block.row]))
        elif block.column in spans and block.row in by_name and number(block.text) is not None:
            yield block.page, where, block.text, halves.get(("municipality", by_name[block.row], spans[block.column]))
        elif block.column == say("index.column.calls", LANG) and number(block.text) is not None:
            one = f"municipality/{by_name.get(block.row, '')}/level/calls"
            yield block.page, where, block.text, said["value"].get(one)


def slides(folder: Path) -> Iterator[Drawn]:
    """Points of the charts inside the presentations: half-years of municipalities and of regions."""
    known = half_years(folder)
    places = {name(code): ("municipality", code) for code in codes()}
    places |= {words: ("region", code) for code, words in REGION_NAMES.items()}
    for path in sorted([folder / "meeting.pptx", *folder.glob("regions/*.pptx")]):
        for n, slide in enumerate(Presentation(str(path)).slides, start=1):
            for shape in slide.shapes:
                if not shape.has_chart:
                    continue
                plot = shape.chart.plots[0]
                for series in plot.series:
                    half = re.fullmatch(r"([12])\. halvår (\d{4})", series.name)
                    for place, value in zip(plot.categories, series.values, strict=True):
                        if half and value is not None and str(place) in places:
                            first, last = ("01", "06") if half[1] == "1" else ("07", "12")
                            told = known.get((*places[str(place)], f"{half[2]}-{first}/{half[2]}-{last}"))
                            where = f"slide {n}: {place}, {series.name}"
                            yield path.relative_to(folder).as_posix(), where, f"{value:g}", told


def sheets(folder: Path) -> Iterator[Drawn]:
    """Cells of the workbooks: months against panel.csv."""
    panel = _frame(folder, "panel.csv")
    panel["month"] = panel["month"].astype(str).str[:7]
    known = panel.set_index(["municipality", "month"])
    heads = {say(f"sheet.{key}", LANG): key for key in ("calls", "completed", "active_units", "active_providers")}
    for path in sorted(folder.glob("*/*.xlsx")):
        book = load_workbook(path)
        if say("sheet.months", LANG) not in book.sheetnames:
            continue
        rows = list(book[say("sheet.months", LANG)].iter_rows(min_row=3, values_only=True))
        for row in rows[1:]:
            for head, value in zip(rows[0], row, strict=True):
                if head in heads and value is not None:
                    month = f"{row[0]:%Y-%m}"
                    file = path.relative_to(folder).as_posix()
                    yield file, f"{month} | {head}", f"{value:g}", known.loc[(path.stem, month), heads[head]]


def agrees(shown: str, known: float | None) -> bool:
    """Whether a number as shown is the CSV's; words why there is none agree with an empty cell."""
    if known is None or pd.isna(known):
        return known is not None and number(shown) is None and shown != say("few", LANG)
    return 0 <= known < 5 if shown == say("few", LANG) else number(shown) == float(known)


def main(folder: Path, seed: int) -> int:
    """Draw, look up, write; returns how many disagree."""
    draw, wrong = random.Random(seed), 0
    with (Path(__file__).parent / "results/sixty.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["kind", "file", "where", "shown", "csv", "agrees"])
        for kind, found in (("page", pages), ("slide", slides), ("sheet", sheets)):
            for file, where, shown, known in draw.sample(list(found(folder)), EACH):
                wrong += not agrees(shown, known)
                table.writerow([kind, file, where, shown, known, agrees(shown, known)])
    print(f"{3 * EACH - wrong} of {3 * EACH} agree (seed {seed})")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else SEED) else 0)
