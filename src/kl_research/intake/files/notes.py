"""Texts that a workbook or presentation keeps out of sight: comments, properties, headers and footers, notes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

_TAG = re.compile(rb"<[^>]*>")
_PAGE = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^>]*>([^<]*)(?=<)")
_COMMENT = re.compile(
    rb"<(?:\w+:)?(?:comment|threadedComment)\b.*?</(?:\w+:)?(?:comment|threadedComment)>", re.DOTALL
)
_ANNOTATION = re.compile(rb"<office:annotation\b.*?</office:annotation>", re.DOTALL)
_PROPERTY = re.compile(rb">([^<>]+)(?=<)")
# Where a drawing holds text: boxes on the sheet.
_DRAWN = re.compile(rb"<a:p\b.*?</a:p>", re.DOTALL)


def hidden_texts(path: Path, kind: str) -> Iterator[tuple[str, str]]:
    """Every such text of a workbook, with the place it stands in; nothing for files of other kinds."""
    if kind not in ("xlsx", "ods", "pptx"):
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            for place, pattern in _places(name):
                for match in pattern.finditer(archive.read(name)):
                    yield place, unescape(_TAG.sub(b"", match[match.lastindex or 0]).decode("utf-8", "replace"))


def _places(name: str) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    if name.startswith("docProps/") or name == "meta.xml":
        yield "its document properties", _PROPERTY
    elif re.match(r"xl/(?:threadedC|c)omments", name):
        yield "a comment", _COMMENT
    elif name.startswith("xl/drawings/"):
        yield "a text box", _DRAWN
    elif re.match(r"ppt/(?:slides|notesSlides)/[^/]*\.xml", name):
        yield "the text of a slide or its notes", _DRAWN
    elif name.startswith("ppt/comments/"):
        yield "a comment", _PROPERTY
    elif name.startswith("xl/worksheets/"):
        yield "the header or footer of a sheet", _PAGE
    elif name == "content.xml":
        yield "a comment", _ANNOTATION
