"""A known truth written the way real exports are: every dialect a choice of encoding, container, style and junk."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import zipfile
from dataclasses import dataclass
from typing import Any

import openpyxl
import pandas as pd

from kl_research.terms import municipalities

MONTHS = ("2023-11", "2023-12", "2024-01", "2024-02", "2024-05")
NAMES = [
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
]
ENGLISH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
REGION = {"101": "1084", "461": "1083", "751": "1082", "492": "1083", "169": "1084", "400": "1084", "820": "1081"}
HIDDEN, ABSENT = "suppressed", "missing"

Truth = dict[tuple[str, str], int | str]


@dataclass(frozen=True)
class Dialect:
    """One way of writing; every field is one of the choices in `CHOICES`."""

    layout: str
    container: str
    encoding: str
    number: str
    month: str
    area: str
    mark: str
    junk: frozenset[str]


CHOICES: dict[str, tuple[str, ...]] = {
    "layout": ("monthly", "blocks", "year_and_month", "pivot", "pivot_totals", "pivot_two_rows"),
    "container": (";", ",", "\t", "|", "xlsx", "zip", "parquet"),
    "encoding": ("utf-8", "utf-8-sig", "utf-16", "cp1252", "twice"),
    "number": ("plain", "point", "comma", "nbsp", "float", "bracket"),
    "month": (
        "iso",
        "long",
        "short",
        "dashed",
        "statbank",
        "dmy",
        "written",
        "sas",
        "english",
        "digits",
        "slash",
        "serial",
    ),
    "area": ("name", "code", "zero_code", "both", "municipality", "ascii", "upper", "alias"),
    "mark": ("<5", "< 5", "*", ".."),
}
JUNK = ("titles", "blank", "footnote", "unknown", "test", "christiansoe", "repeated_header", "wide_blanks")
ALIASES = {"101": "Copenhagen", "751": "Århus", "820": "Vesthimmerland", "400": "Bornholms Regionskommune"}


def draw_truth(seed: int) -> tuple[Truth, dict[tuple[str, str], int]]:
    """What the panel must hold, and the numbers behind the hidden ones (which only totals know)."""
    draws = random.Random(seed)
    truth: Truth = {}
    behind = {}
    for code in REGION:
        for month in MONTHS:
            kind = draws.choice(["small", "small", "large", "zero", HIDDEN, ABSENT])
            value = {"small": draws.randint(1, 999), "large": draws.randint(1000, 2_000_000), "zero": 0}.get(kind)
            behind[code, month] = draws.randint(1, 4) if kind == HIDDEN else value or 0
            truth[code, month] = kind if value is None else value
    # A first number shown in every month, so that no month of a monthly table is lost.
    truth |= {("461", month): 1234 + i for i, month in enumerate(MONTHS)}
    behind |= {("461", month): 1234 + i for i, month in enumerate(MONTHS)}
    return truth, behind


def write(dialect: Dialect, seed: int) -> tuple[str, bytes, Truth]:
    """File name, bytes, and the truth in them."""
    truth, behind = draw_truth(seed)
    rows = _table(dialect, truth, behind)
    if "titles" in dialect.junk:
        rows = [["Opkald i Kontakt Læge-appen", *[""] * (len(rows[0]) - 1)], ["Enhed: antal"], [], *rows]
    if "blank" in dialect.junk:
        rows.insert(len(rows) - 2, [])
    if "footnote" in dialect.junk:
        rows += [[], ["Kilde: leverandøren. Tal under 5 er skjult."], ["Udtrukket i juni"]]
    name, content = write_container(dialect.container, dialect.encoding, rows)
    return name, content, truth


def _table(dialect: Dialect, truth: Truth, behind: dict[tuple[str, str], int]) -> list[list[Any]]:
    if dialect.layout.startswith("pivot"):
        return _pivot(dialect, truth, behind)
    pad = "  " if "wide_blanks" in dialect.junk else ""
    if dialect.layout == "year_and_month":
        header = ["Kommune" + pad, "År", "Måned", "Antal opkald" + pad]
    else:
        header = ["Kommune" + pad, "Måned", "Antal opkald" + pad]
    rows: list[list[Any]] = [header]
    for code in REGION:
        first = True
        for month in MONTHS:
            value = truth[code, month]
            if value == ABSENT and dialect.mark != "..":
                continue  # half of the dialects leave the row out, half leave the cell empty
            area = write_area(dialect, code) if first or dialect.layout != "blocks" else ""
            first = False
            shown = "" if value == ABSENT else _number(dialect, value)
            if dialect.layout == "year_and_month":
                rows.append([area, month[:4], NAMES[int(month[5:]) - 1], shown])
            else:
                rows.append([area, _month(dialect, month), shown])
    return rows + _junk_rows(dialect, header, lambda name: [name, *rows[1][1:-1], _number(dialect, 7)])


def _junk_rows(dialect: Dialect, header: list[Any], row: Any) -> list[list[Any]]:
    found = []
    for kind, name in (("unknown", "Ukendt"), ("test", "Testkommune"), ("christiansoe", "Christiansø")):
        if kind in dialect.junk:
            found.append(row(name))
    return found + ([header] if "repeated_header" in dialect.junk and not dialect.layout.endswith("rows") else [])


def _pivot(dialect: Dialect, truth: Truth, behind: dict[tuple[str, str], int]) -> list[list[Any]]:
    totals = dialect.layout == "pivot_totals"
    header = ["Kommune", *(_month(dialect, month) for month in MONTHS), *(["I alt"] if totals else [])]
    rows: list[list[Any]] = [header]
    if dialect.layout == "pivot_two_rows":
        rows = [["", "2023", "", "2024", "", ""], ["Kommune", *(NAMES[int(month[5:]) - 1] for month in MONTHS)]]
    ordered = sorted(REGION, key=lambda code: REGION[code])
    for i, code in enumerate(ordered):
        cells = ["" if (v := truth[code, m]) == ABSENT else _number(dialect, v) for m in MONTHS]
        rows.append([write_area(dialect, code), *cells, *([_sum(dialect, behind, [code], MONTHS)] if totals else [])])
        last_of_region = i + 1 == len(ordered) or REGION[ordered[i + 1]] != REGION[code]
        if totals and last_of_region:
            members = [c for c in ordered if REGION[c] == REGION[code]]
            rows.append(_total(dialect, municipalities.REGION_NAMES[REGION[code]], behind, members))
    if totals:
        return [*rows, _total(dialect, "I alt", behind, ordered)]
    return rows + _junk_rows(dialect, header, lambda name: [name, *[_number(dialect, 7)] * len(MONTHS)])


def _total(dialect: Dialect, name: str, behind: dict[tuple[str, str], int], members: list[str]) -> list[Any]:
    return [name, *(_sum(dialect, behind, members, (m,)) for m in MONTHS), _sum(dialect, behind, members, MONTHS)]


def _sum(dialect: Dialect, behind: dict[tuple[str, str], int], members: list[str], months: tuple[str, ...]) -> Any:
    return _number(dialect, sum(behind[code, month] for code in members for month in months))


def _number(dialect: Dialect, value: int | str) -> Any:
    if value == HIDDEN:
        return dialect.mark
    assert isinstance(value, int)
    grouped = f"{value:,}"
    forms: dict[str, Any] = {
        "plain": value if dialect.container in ("xlsx", "parquet") else str(value),
        "point": grouped.replace(",", "."),
        "comma": grouped,
        "nbsp": grouped.replace(",", "\u00a0"),
        "float": f"{value}.0",
        "bracket": f"{grouped.replace(',', '.')} (48)",
    }
    return forms[dialect.number]


def _month(dialect: Dialect, month: str) -> Any:
    year, number = month[:4], int(month[5:])
    first = dt.date(int(year), number, 1)
    forms: dict[str, Any] = {
        "iso": month,
        "long": f"{NAMES[number - 1]} {year}",
        "short": f"{NAMES[number - 1][:3]}. {year}",
        "dashed": f"{NAMES[number - 1][:3]}-{year[2:]}",
        "statbank": f"{year}M{number:02d}",
        "dmy": f"{first:%d-%m-%Y}",
        "written": f"1. {NAMES[number - 1]} {year}",
        "sas": f"{ENGLISH[number - 1][:3].upper()}{year}",
        "english": f"{ENGLISH[number - 1]} {year}",
        "digits": f"{year}{number:02d}",
        "slash": f"{number:02d}/{year}",
        "serial": first if dialect.container in ("xlsx", "parquet") else str((first - dt.date(1899, 12, 30)).days),
    }
    return forms[dialect.month]


def write_area(dialect: Dialect, code: str) -> str:
    """A municipality as the dialect writes it."""
    name = municipalities.name(code)
    plain = name.translate(str.maketrans({"ø": "oe", "æ": "ae", "å": "aa", "Ø": "Oe", "Æ": "Ae", "Å": "Aa"}))
    forms = {
        "name": name,
        "code": code,
        "zero_code": f"0{code}",
        "both": f"{code} {name}",
        "municipality": f"{name} Kommune",
        "ascii": plain,
        "upper": name.upper(),
        "alias": ALIASES.get(code, name),
    }
    return forms[dialect.area]


def write_container(container: str, encoding: str, rows: list[list[Any]]) -> tuple[str, bytes]:
    """File name and bytes of rows in a container and an encoding."""
    if container == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([None if cell == "" else cell for cell in row])
        out = io.BytesIO()
        book.save(out)
        return "raw.xlsx", out.getvalue()
    if container == "parquet":
        width = max(len(row) for row in rows)
        table = pd.DataFrame([[*row, *[""] * (width - len(row))] for row in rows]).astype("str")
        out = io.BytesIO()
        table.columns = [f"Column{i}" for i in range(width)]
        table.to_parquet(out)
        return "raw.parquet", out.getvalue()
    text = io.StringIO(newline="")
    separator = ";" if container == "zip" else container
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    written = text.getvalue()
    if encoding == "twice":
        content = written.encode("utf-8").decode("latin-1").encode("utf-8")
    else:
        content = written.encode(encoding)
    if container != "zip":
        return "raw.csv", content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("udtræk.csv", content)
    return "raw.zip", packed.getvalue()
