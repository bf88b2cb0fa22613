"""A draft of the accessibility statement; what only the publisher knows stands in square brackets."""

from __future__ import annotations

from pathlib import Path

from kl_research.findings.html import layout
from kl_research.findings.html.markup import bullets, escape, paragraph
from kl_research.findings.pages.area import Site
from kl_research.findings.words.catalogue import say

NAME = "accessibility.html"
_PARTS = {
    "status": ("conformance", "method"),
    "limits": ("figures", "tables", "pdf"),
    "contact": ("feedback", "authority"),
    "fill": (),
}
BLANKS = ("publisher", "address", "email", "phone", "date", "checked_by")


def pages(site: Site) -> dict[Path, str]:
    """The one page."""
    lang = site.who.language
    blanks = {name: f"[{say(f'statement.blank.{name}', lang)}]" for name in BLANKS}
    html = paragraph(say("statement.lead", lang, **blanks), "kl-lead")
    for part, texts in _PARTS.items():
        html += f"<h2>{escape(say(f'statement.{part}', lang))}</h2>"
        html += "".join(paragraph(say(f"statement.{part}.{text}", lang, **blanks)) for text in texts)
    html += paragraph(say("statement.fill.text", lang)) + bullets(blanks.values())
    crumbs = [(say("front.index", lang), "index.html"), (say("statement.title", lang), "")]
    return {Path(NAME): layout.page(site.who, title=say("statement.title", lang), body=html, crumbs=crumbs)}
