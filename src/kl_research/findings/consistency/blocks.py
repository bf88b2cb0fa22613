"""Rendered pages as blocks of text, each with its place: page, area, heading, and in a table its row and column."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_HIDDEN = re.compile(r"<(style|script|svg)\b.*?</\1>", re.DOTALL)
_ALT = re.compile(r'aria-label="([^"]+)"')
_BLOCK = re.compile(r"<(h[1-6]|p|li|caption|summary|figcaption|th|td|title|table)\b([^>]*)>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SAY = re.compile(r'data-say="([^"]*)"')
_CODE = re.compile(r"[^/]+")


@dataclass(frozen=True)
class Block:
    """One element's text. `area` is the code of the page's municipality or region; `row` the header of its row."""

    page: str
    area: str
    tag: str
    text: str
    heading: str = ""
    row: str = ""
    column: str = ""
    caption: str = ""
    says: str = ""


def blocks(pages: Mapping[str, str], rows: Mapping[str, str]) -> Iterator[Block]:
    """The blocks of every page; `rows` gives the code of a municipality by its name, for tables of several."""
    for page, text in pages.items():
        yield from _of_page(page, text, rows) if "<" in text else _of_text(page, text, rows)


def area_of(page: str) -> str:
    """The area a page is about: its folder, or the region's code; empty for pages about all.

    >>> area_of("710/index.html"), area_of("regions/1082.html"), area_of("national.html")
    ('710', '1082', '')
    """
    folder, _, name = page.rpartition("/")
    if folder.endswith("regions"):
        return name.partition(".")[0]
    return "" if folder in ("", "overview") else folder.rpartition("/")[2]


def _named(words: str, rows: Mapping[str, str]) -> str:
    """The municipality that a line on a page about all is about: the one it begins with."""
    return rows.get(re.split(r"[:,]", words, maxsplit=1)[0], "")


def _of_text(page: str, text: str, rows: Mapping[str, str]) -> Iterator[Block]:
    for line in filter(None, map(str.strip, text.splitlines())):
        yield Block(page, area_of(page) or _named(line, rows), "p", line)


def _of_page(page: str, text: str, rows: Mapping[str, str]) -> Iterator[Block]:
    columns: list[str] = []
    several = not area_of(page) or page.startswith("regions/")  # elsewhere a row may be a part called as an area
    area, heading, caption, header, at = area_of(page), "", "", "", 0
    for alt in _ALT.findall(text):
        yield Block(page, area, "alt", html.unescape(alt))
    text = _HIDDEN.sub("", text)
    in_head = False
    for match in _BLOCK.finditer(text):
        tag, given = match.group(1), match.group(2)
        end = text.find(f"</{tag}>", match.end())
        if tag == "table":
            caption, columns, header, at = "", [], "", 0
            continue
        words = " ".join(html.unescape(_TAG.sub("", text[match.end() : end])).split())
        if tag in ("h1", "h2", "h3"):
            heading = words
        if tag == "caption":
            caption = words
        if tag == "th" and "col" in given:
            columns.append(words)
            in_head = True
            continue
        if tag == "th":
            header, at, in_head = words, 1, False
        says = _SAY.search(given)
        where, column = area or _named(words, rows), ""
        if tag == "td":
            column = columns[at] if at < len(columns) else ""
            at += 1
            where = rows.get(header, area) if several else area
        if words and not in_head:
            yield Block(
                page,
                where,
                tag,
                words,
                heading,
                header if tag == "td" else "",
                column,
                caption,
                says.group(1) if says else "",
            )
        in_head = False
