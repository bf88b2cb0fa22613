"""PowerPoint: the numbers behind its charts, and its tables, each as a sheet of its own.

A chart is read as it was last drawn; the workbook behind it may hold more than anybody saw.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

from kl_research.intake.files.cells import Cell, Row
from kl_research.terms.errors import InputError

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FIRST_DAY = dt.date(1899, 12, 30)
_IS_A_DATE = re.compile(r"[dyå]|mmm", re.IGNORECASE)

Sheet = tuple[str, list[Row], bool]
# What parts that are cut off, encrypted or in an unknown encoding raise.
_BROKEN = (ElementTree.ParseError, LookupError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)


def read_presentation(path: Path, name: str) -> list[Sheet]:
    """Every chart and table, called "slide 3, chart 1"; raises `InputError` where there is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = [sheet for number, slide in _slides(archive) for sheet in _of_slide(archive, number, slide)]
    except _BROKEN as problem:
        raise InputError(
            name, "a presentation that cannot be opened", "a readable one", "open it and save it again"
        ) from problem
    if not found:
        raise InputError(
            name,
            "a presentation without charts and tables",
            "one with numbers",
            "pictures hold none: ask for the table",
        )
    return found


def _slides(archive: zipfile.ZipFile) -> list[tuple[int, str]]:
    """The slides that are shown or hidden, in their order."""
    links = _links(archive, "ppt/presentation.xml")
    show = ElementTree.fromstring(archive.read("ppt/presentation.xml"))
    tags = [tag for tag in show.iter() if tag.tag.endswith("}sldId")]
    return [(n, links[tag.attrib[_LINK]]) for n, tag in enumerate(tags, start=1)]


def _links(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    folder, file = posixpath.split(part)
    beside = f"{folder}/_rels/{file}.rels"
    if beside not in archive.namelist():
        return {}
    tags = ElementTree.fromstring(archive.read(beside))
    return {
        tag.attrib["Id"]: posixpath.normpath(posixpath.join("/", folder, tag.attrib["Target"])).lstrip("/")
        for tag in tags
        if tag.attrib.get("TargetMode") != "External"
    }


def _of_slide(archive: zipfile.ZipFile, number: int, part: str) -> list[Sheet]:
    slide = ElementTree.fromstring(archive.read(part))
    links = _links(archive, part)
    seen = slide.attrib.get("show") != "0"
    title = _title(slide)
    charts = [tag.attrib[_LINK] for tag in slide.iter(f"{_CHART}chart") if _LINK in tag.attrib]
    found = [
        (f"slide {number}, chart {n}", _chart(ElementTree.fromstring(archive.read(links[link]))), seen)
        for n, link in enumerate(charts, start=1)
        if links.get(link) in archive.namelist()
    ]
    tables = [
        (f"slide {number}, table {n}", _table(table), seen)
        for n, table in enumerate(slide.iter(f"{_DRAWING}tbl"), start=1)
    ]
    return [(name, [*title, *rows], shown) for name, rows, shown in [*found, *tables] if rows]


def _title(slide: ElementTree.Element) -> list[Row]:
    """The title of a slide, which may say the year or what the numbers are."""
    for shape in slide.iter(f"{_SLIDE}sp"):
        place = next(shape.iter(f"{_SLIDE}ph"), None)
        if place is not None and place.attrib.get("type") in ("title", "ctrTitle"):
            return [[words]] if (words := _words(shape)) else []
    return []


def _table(table: ElementTree.Element) -> list[Row]:
    return [[_words(cell) or None for cell in row.iter(f"{_DRAWING}tc")] for row in table.iter(f"{_DRAWING}tr")]


def _words(part: ElementTree.Element) -> str:
    lines = ("".join(t.text or "" for t in line.iter(f"{_DRAWING}t")) for line in part.iter(f"{_DRAWING}p"))
    return " ".join(line for line in lines if line)


def _chart(chart: ElementTree.Element) -> list[Row]:
    """Its title, then a column of categories and a column a series; what has no category keeps its place."""
    series = list(chart.iter(f"{_CHART}ser"))
    title = next(chart.iter(f"{_CHART}title"), None)
    above: list[Row] = [[_words(title)]] if title is not None and _words(title) else []
    names: list[Cell] = [next(iter(_points(one, "tx").values()), None) for one in series]
    categories: dict[int, Cell] = {}
    for one in series:
        categories |= _points(one, "cat") or _points(one, "xVal")
    values = [_points(one, "val") or _points(one, "yVal") for one in series]
    places = sorted(set(categories).union(*values)) if series else []
    if not places:
        return []
    rows: list[Row] = [[categories.get(k), *(column.get(k) for column in values)] for k in places]
    return [*above, [None, *names], *rows]


def _points(series: ElementTree.Element, part: str) -> dict[int, Cell]:
    """The points of a part of a series: the innermost level of categories, dates as days, numbers as numbers."""
    held = series.find(f"{_CHART}{part}")
    if held is None:
        return {}
    level = next(held.iter(f"{_CHART}lvl"), held)
    numeric = next(held.iter(f"{_CHART}numCache"), next(held.iter(f"{_CHART}numLit"), None))
    written = "" if numeric is None else (numeric.findtext(f"{_CHART}formatCode") or "")
    form = re.sub(r'"[^"]*"|\[[^\]]*\]', "", written)
    dates = _IS_A_DATE.search(form) is not None
    found: dict[int, Cell] = {}
    for point in level.iter(f"{_CHART}pt"):
        words = point.findtext(f"{_CHART}v") or ""
        cell = words if numeric is None else _number(words, dates)
        found[int(point.attrib["idx"])] = (
            f"{cell * 100:g} %" if "%" in form and isinstance(cell, int | float) else cell
        )
    if not found and part == "tx":
        name = held.findtext(f"{_CHART}v")
        return {0: name} if name else {}
    return found


def _number(words: str, dates: bool) -> Cell:
    try:
        number = float(words)
    except ValueError:
        return words
    if dates and 0 < number < 2_958_466:
        return _FIRST_DAY + dt.timedelta(days=int(number))
    return int(number) if number.is_integer() else number
