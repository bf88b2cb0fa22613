"""The publication gate: in the public edition no page leaves that has not passed.

Our own checks, beside those of a browser: language, one h1 and no jump in headings, text alternatives that say
something, tables with caption and scope, no script but our own, no inline handler or style, no outside address,
no civil registration number, and the app called by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from kl_research.findings.html import recording
from kl_research.findings.html.layout import hash_of
from kl_research.findings.html.markup import DISCLOSED
from kl_research.findings.words.reader import Reader
from kl_research.terms.cpr import names_a_person
from kl_research.terms.errors import Withheld as Withheld
from kl_research.terms.study import NOT_THE_APP

_OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//|^(?:https?|ftp|file|javascript|mailto):", re.IGNORECASE)
_EMPTY_ALT = {"graf", "figur", "figure", "image", "billede", "plot", "chart", "img", "todo"}
_LINKS = ("href", "src", "action", "data", "poster", "srcset", "xlink:href", "formaction", "background")


class _Page(HTMLParser):
    """What the checks need to know of a page, gathered in one pass."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.lang = ""
        self.landmarks: set[str] = set()
        self.policy = ""
        self.text: list[str] = []
        self.inline: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._table: list[set[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._open.append(tag)
        if tag == "html":
            self.lang = given.get("lang", "")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("header", "main", "footer", "nav"):
            self.landmarks.add(tag)
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = given.get("content", "")
        if given.get("id"):
            self.ids.append(given["id"])
        self._attributes(tag, given)
        self._pictures(tag, given)
        self._tables(tag, given)

    def _attributes(self, tag: str, given: dict[str, str]) -> None:
        if any(name.startswith("on") for name in given):
            self.problems.append(f"inline handler in <{tag}>")
        if "style" in given:
            self.problems.append(f"inline style in <{tag}>")
        if tag in ("iframe", "object", "embed", "base", "form", "link"):
            self.problems.append(f"<{tag}> is not allowed")
        for name in _LINKS:
            if _OUTSIDE.match(given.get(name, "").strip()):
                self.problems.append(f"outside address in <{tag} {name}>")

    def _pictures(self, tag: str, given: dict[str, str]) -> None:
        role = given.get("role", "")
        words = given.get("alt") if tag == "img" else given.get("aria-label", "") if tag == "svg" else "-"
        if tag == "svg" and role != "img":
            self.problems.append("<svg> without role img")
        if words != "-" and (words is None or len(words) < 20 or words.strip().lower() in _EMPTY_ALT):
            self.problems.append(f"<{tag}> without a text alternative that says something")

    def _tables(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            self._table.append(set())
        elif self._table and tag == "caption":
            self._table[-1].add("caption")
        elif self._table and tag == "th":
            self._table[-1].add("th")
            if given.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
                self._table[-1].add("th without scope")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass
        if tag == "table" and self._table:
            seen = self._table.pop()
            for needed in ("caption", "th"):
                if needed not in seen:
                    self.problems.append(f"table without {needed}")
            if "th without scope" in seen:
                self.problems.append("table header without scope")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            self.inline.append((self._open[-1], data))
            return
        self.text.append(data)


def unseen(notebook: Any, hidden: Callable[[Any], bool]) -> list[str]:
    """Outputs of an executed notebook that disclosure control has not been through, by cell.

    What the verbs of `kl_research` show has, and says so beside its HTML; printed text, bare tables, drawings and
    figures of one's own (`kl.figure` without `disclosed`) have not. `hidden` says which cells no page shows.
    """
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code" or hidden(cell):
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            ours = recording.MIME in data or DISCLOSED in data
            if not ours and output.get("name") != "stderr":
                kind = output.get("name") or next(iter(data), output.output_type)
                found.append(f"cell {number} shows {kind} that disclosure control has not seen")
    return found


def problems(html: str, who: Reader) -> list[str]:
    """Everything that keeps a page from being published; an empty list when nothing does.

    >>> problems("<html><h1>a</h1></html>", Reader("da", "public"))[0]
    'lang is not da'
    """
    page = _Page()
    page.feed(html)
    found = list(page.problems)
    if page.lang != who.language:
        found.insert(0, f"lang is not {who.language}")
    if page.headings.count(1) != 1:
        found.append(f"{page.headings.count(1)} headings of level 1")
    if any(b > a + 1 for a, b in zip(page.headings, page.headings[1:], strict=False)):
        found.append("a level of headings is skipped")
    for landmark in ("header", "main", "footer"):
        if landmark not in page.landmarks:
            found.append(f"no <{landmark}>")
    if "default-src 'none'" not in page.policy or "unsafe" in page.policy:
        found.append("no strict content-security policy")
    for tag, content in page.inline:
        if hash_of(content) not in page.policy:
            found.append(f"a <{tag}> that is not ours")
    if len(page.ids) != len(set(page.ids)):
        found.append("an id is used twice")
    text = " ".join(page.text)
    found += problems_in_text(text)
    if who.simulated and text.lower().count("simul") == 0:
        found.append("simulated data without the mark")
    return list(dict.fromkeys(found))


def problems_in_text(text: str) -> list[str]:
    """What keeps a text from being published wherever it stands: on a page, a slide or in a workbook.

    >>> problems_in_text("Odense: 41 opkald")
    []
    """
    found = []
    if names_a_person(text):
        found.append("something that looks like a civil registration number")
    if NOT_THE_APP.search(text):
        found.append("the word KL: write Kontakt Læge-appen, or Kommunernes Landsforening")
    return found
