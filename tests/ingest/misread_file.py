"""What files meant to be misread are made of: areas, counts, months as people write them, ways to save a table."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openpyxl

AREAS = {"Odense": "461", "Vejle": "630", "Aarhus": "751"}
YEAR = 2024
DANISH = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)
SHORT = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
MONTHLY = ["Kommune", "Måned", "Antal opkald"]

Truth = dict[tuple[str, str], int]
Rows = list[list[Any]]


@dataclass(frozen=True)
class Misread:
    """A drawn file: its kind, what was done to it, name and content, and the calls by area and month in it.

    `seconds` is the length of all calls of a log, where it has one.
    """

    kind: str
    what: str
    name: str
    content: bytes
    truth: Truth | None
    seconds: int | None = None


def draw_counts(draws: random.Random, months: int = 6) -> Truth:
    return {(code, f"{YEAR}-{m:02d}"): draws.randint(0, 400) for code in AREAS.values() for m in range(1, months + 1)}


def table(truth: Truth, header: list[str], value: Callable[[str, str], Any] | None = None) -> Rows:
    own = value or (lambda code, month: truth[code, month])
    names = {code: name for name, code in AREAS.items()}
    return [header, *([names[code], month, own(code, month)] for code, month in truth)]


def pivot(truth: Truth, labels: dict[str, Any], value: Callable[[str, str], Any] | None = None) -> Rows:
    own = value or (lambda code, month: truth[code, month])
    return [
        ["Kommune", *labels.values()],
        *([name, *(own(code, month) for month in labels)] for name, code in AREAS.items()),
    ]


def save(draws: random.Random, rows: Rows, container: str = "") -> tuple[str, bytes]:
    if (container or draws.choice(("csv", "xlsx"))) == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        out = io.BytesIO()
        book.save(out)
        return "raw.xlsx", out.getvalue()
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=draws.choice(";\t")).writerows(rows)
    return "raw.csv", text.getvalue().encode(draws.choice(("utf-8", "utf-8-sig", "utf-16")))


def beside(draws: random.Random, name: str, phrase: str, *, brackets: bool = False) -> str:
    """A name and a phrase beside it, in one of the ways people write that."""
    ways = ["{0} ({1})", "{0} [{1}]", "{0}({1})"] + (
        [] if brackets else ["{0}, {1}", "{0} - {1}", "{0} {1}", "{0}: {1}"]
    )
    written = draws.choice(ways).format(name, phrase)
    return draws.choice((written, written, written.upper(), f" {written} "))


def month_labels(draws: random.Random, truth: Truth) -> dict[str, Any]:
    form = draws.choice(("{s}-{y2}", "{d} {y}", "{s}. {y}", "{y}M{m}", "{y}-{m}", "{m}-{y}", "{m}-{y2}", "M{m} {y}"))
    return {
        month: form.format(
            s=SHORT[int(month[5:]) - 1], d=DANISH[int(month[5:]) - 1], y=month[:4], y2=month[2:4], m=month[5:]
        )
        for month in sorted({month for _, month in truth})
    }
