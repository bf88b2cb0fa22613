"""Text that comes from data becomes HTML in one place, so that it stays text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from kl_research.findings.words.catalogue import language, say

# Marks that turn the direction of the text after them (alone in a name they could reorder a whole line), control
# characters but for line breaks and tabs, and what no encoding or XML document can hold.
_TURNING = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROL = (*range(9), *range(11, 32), *range(127, 160))
_UNSEEN = dict.fromkeys([*_TURNING, *_CONTROL, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])
_PERCENT = re.compile(r"(?<=\d) %")
_TAG = re.compile(r"<[^>]*>")
# What a notebook says in place of a blank output; a page leaves it out.
NOTHING_SAID = re.compile(r'<p class="kl-nothing">[^<]*</p>')
MAX_NAME = 120
# Beside the HTML of what our verbs show: the publication gate lets nothing through without it.
DISCLOSED = "application/vnd.kl-research.disclosed+json"


def escape(text: object) -> str:
    """Text for HTML content and attributes; direction marks and control characters are dropped, "95 %" is not broken.

    >>> escape('<b onclick="x">&')
    '&lt;b onclick=&quot;x&quot;&gt;&amp;'
    """
    return html.escape(_PERCENT.sub("\u00a0%", plain(text)), quote=True)


def plain(text: object) -> str:
    """The text without marks that reorder it, without control characters and without halves of characters."""
    return str(text).translate(_UNSEEN)


def shortened(text: object) -> str:
    """A name that fits a line: at most 120 characters."""
    name = " ".join(plain(text).split())
    return name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"


# The app is called by its name: KL alone is the association of the municipalities too.


def address(*parts: str) -> str:
    """A relative address of files and folders called by their code, as a link needs it; safe in an attribute.

    >>> address("..", 'Ærø & "x"', "index.html")
    '../%C3%86r%C3%B8%20%26%20%22x%22/index.html'
    """
    return "/".join(quote(part, safe="") for part in parts)


def paragraph(text: str, kind: str = "") -> str:
    """One paragraph of plain text."""
    return f"<p{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{escape(text)}</p>"


def bullets(items: Iterable[str], kind: str = "") -> str:
    """A list of plain texts; nothing when there is none."""
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f'<ul class="{kind}">{lines}</ul>' if lines and kind else f"<ul>{lines}</ul>" if lines else ""


def folded(summary: str, content: str, kind: str = "") -> str:
    """Something a reader may open: a summary and trusted HTML under it."""
    return f'<details class="{kind or "kl-fold"}"><summary>{escape(summary)}</summary>{content}</details>'


@dataclass(frozen=True)
class Fragment:
    """A piece of a page; shows itself in a notebook. `sentences` are the words in it that `record` may keep."""

    html: str = field(repr=False)
    sentences: tuple[str, ...] = ()

    def __add__(self, other: Any) -> Fragment:
        return Fragment(self.html + other.html, self.sentences + tuple(getattr(other, "sentences", ())))

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        text = " ".join(html.unescape(_TAG.sub(" ", self.html)).split())
        nothing = "" if text or "<svg" in self.html else say("shown.nothing", language())
        shown = self.html + (f'<p class="kl-nothing">{escape(nothing)}</p>' if nothing else "")
        said = " ".join(self.sentences) or nothing or shortened(text) or "…"
        return {"text/html": shown, "text/plain": said, DISCLOSED: {}}


# What a cell shows when there is nothing to say: known to the publication gate, invisible on a page.
NOTHING = Fragment('<div class="kl-nothing"></div>')


def section(title: str, html: str, said: Iterable[str] = (), kind: str = "kl-part") -> Fragment:
    """A part of a page under its heading; `html` is trusted.

    >>> section("A & B", "<p>c</p>").html
    '<section class="kl-part"><h2>A &amp; B</h2><p>c</p></section>'
    """
    return Fragment(f'<section class="{kind}"><h2>{escape(title)}</h2>{html}</section>', tuple(said))
