"""A matplotlib figure as inline SVG that a strict page accepts: no style attributes, no outside names, few bytes.

Style attributes become presentation attributes (a content-security policy without `unsafe-inline` ignores the
former), identifiers are prefixed so that two figures on a page never collide, coordinates lose needless decimals,
and ink follows the text colour of the page, so that dark mode works.
"""

from __future__ import annotations

import hashlib
import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure as MplFigure

from kl_research.findings import style
from kl_research.findings.markup import plain

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
_INKS = {style.INK: "currentColor", style.PAPER: "var(--page, #ffffff)", "#000000": "currentColor"}
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def draw(figure: MplFigure, title: str = "") -> str:
    """The figure as one line-free `<svg>` element, the same bytes for the same figure and title."""
    buffer = io.StringIO()
    with mpl.rc_context(style.RC):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return clean(buffer.getvalue(), title)


def clean(text: str, title: str = "") -> str:
    """matplotlib's SVG document as an element for a page.

    Two changes on the same day have the same drawing under two titles: identifiers tell them apart.
    """
    root = ET.fromstring(text)
    _drop_metadata(root)
    prefix = "f" + hashlib.sha256((title + text).encode()).hexdigest()[:8]
    used = set(re.findall(r"#([\w-]+)", text))
    for element in root.iter():
        _plain_style(element)
        element.text = plain(element.text) if element.text else element.text
        _identifiers(element, prefix, used)
        for name in ("d", "transform", "x", "y", "width", "height", "stroke-width", "points"):
            if name in element.attrib:
                element.set(name, _NUMBER.sub(lambda m: f"{float(m[0]):.2f}", element.get(name, "")))
    box = root.get("viewBox", "0 0 432 245")
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("viewBox", box)
    root.set("stroke-linejoin", "round")
    root.set("font-family", "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif")
    ET.register_namespace("", SVG)
    svg = ET.tostring(root, encoding="unicode")
    svg = svg.replace(f' xmlns:ns0="{XLINK}"', "").replace("ns0:href", "href")
    return re.sub(r">\s+<", "><", svg).strip()


def _drop_metadata(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)


def _plain_style(element: ET.Element) -> None:
    declared = element.attrib.pop("style", "")
    for declaration in filter(None, (part.strip() for part in declared.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            size = re.search(r"([\d.]+)px", value)
            element.set("font-size", size[1] if size else "10")
        elif name == "font-size":
            element.set("font-size", value.removesuffix("px"))
        elif name not in ("font-family", "stroke-linejoin", "stroke-linecap"):
            element.set(name, value)
    for name in ("fill", "stroke"):
        if element.get(name) in _INKS:
            element.set(name, _INKS[element.get(name, "")])


def _identifiers(element: ET.Element, prefix: str, used: set[str]) -> None:
    own = element.attrib.pop("id", None)
    if own in used:
        element.set("id", f"{prefix}-{own}")
    for name, value in list(element.attrib.items()):
        if name in ("href", f"{{{XLINK}}}href") and value.startswith("#"):
            del element.attrib[name]
            element.set("href", f"#{prefix}-{value[1:]}")
        elif "url(#" in value:
            element.set(name, value.replace("url(#", f"url(#{prefix}-"))
