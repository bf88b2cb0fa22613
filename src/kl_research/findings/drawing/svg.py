"""A matplotlib figure as inline SVG that a strict page accepts: no style attributes, no outside names, few bytes.

Style attributes become presentation attributes (a content-security policy without `unsafe-inline` ignores the
former), identifiers are prefixed so that two figures on a page never collide, coordinates lose needless decimals
and groups what says nothing or is said by each of many neighbours, and ink follows the text colour of the page, so
that dark mode works.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
import xml.etree.ElementTree as ET
from itertools import groupby

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as MplFigure

from kl_research.findings.drawing import style
from kl_research.findings.html.markup import plain

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
_POINTS = 72  # an inch: the unit of an SVG of matplotlib's
_INKS = {style.INK: "currentColor", style.PAPER: "var(--page, #ffffff)", "#000000": "currentColor"}
_NUMBER = re.compile(r"(?:scale|matrix)\([^)]*\)|-?\d+\.\d+")
_COMMAND = re.compile(r"\s*([A-Za-z])\s*")
_PLACES = ("d", "transform", "x", "y", "width", "height", "points")  # what tells neighbours in a drawing apart


def draw(figure: MplFigure, title: str = "") -> str:
    """The figure as one line-free `<svg>` element, the same bytes for the same figure and title."""
    buffer = io.StringIO()
    with mpl.rc_context(style.RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # text stays text, and is drawn with the reader's own fonts
        _lay_out(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return clean(buffer.getvalue(), title)


def _lay_out(figure: MplFigure) -> None:
    """Place the axes as saving would, which draws the whole figure once more only to do so."""
    engine = figure.get_layout_engine()
    if engine is None:
        return
    FigureCanvasSVG(figure)  # texts are measured as the drawing has them
    dpi, figure.dpi = figure.dpi, _POINTS
    engine.execute(figure)
    figure.dpi = dpi
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)


def clean(text: str, title: str = "") -> str:
    """matplotlib's SVG document as an element for a page.

    Two changes on the same day have the same drawing under two titles: identifiers tell them apart.
    """
    root = ET.fromstring(plain(text))
    _drop_metadata(root)
    prefix = "f" + hashlib.sha256((title + text).encode()).hexdigest()[:8]
    names = {name: f"{prefix}-{n}" for n, name in enumerate(dict.fromkeys(re.findall(r"#([\w-]+)", text)))}
    for element in root.iter():
        _plain_style(element)
        _identifiers(element, names)
        _short_numbers(element)
    box = root.get("viewBox", "0 0 432 245")
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("viewBox", box)
    _said_already(root)
    _without_empty(root)
    _gather(root)
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


def _identifiers(element: ET.Element, names: dict[str, str]) -> None:
    own = element.attrib.pop("id", None)
    if own in names:
        element.set("id", names[own])
    for name, value in list(element.attrib.items()):
        if name in ("href", f"{{{XLINK}}}href") and value.startswith("#"):
            del element.attrib[name]
            element.set("href", f"#{names[value[1:]]}")
        elif "url(#" in value:
            element.set(name, re.sub(r"url\(#([\w-]+)\)", lambda m: f"url(#{names[m[1]]})", value))


def _short_numbers(element: ET.Element) -> None:
    """Coordinates to a tenth of a point, curves to a hundredth, scales untouched; "L" after the first is understood.

    >>> glyph = ET.Element("g", transform="translate(10.26 3.04) scale(0.04)")
    >>> _short_numbers(glyph)
    >>> glyph.get("transform")
    'translate(10.3 3) scale(0.04)'
    """
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if element.get("stroke-dashoffset") == "0":
        del element.attrib["stroke-dashoffset"]
    decimals = 2 if "C" in element.get("d", "") else 1
    for name in _PLACES:
        if name in element.attrib:
            element.set(name, _NUMBER.sub(lambda m: _short(m[0], decimals), element.attrib[name]))
    if "d" in element.attrib:
        path = _COMMAND.sub(r"\1", element.attrib["d"]).strip()
        for command in "LC":
            path = re.sub(rf"(?<={command})([^A-Za-z]+){command}", r"\1 ", path)
        element.set("d", path)


def _short(number: str, decimals: int) -> str:
    return number if number[-1] == ")" else f"{float(number):.{decimals}f}".rstrip("0").rstrip(".")


def _said_already(root: ET.Element) -> None:
    """A mark that is used many times draws itself: what it says of itself its uses need not say."""
    marks = {element.get("id"): element for element in root.iter() if element.get("id")}
    for use in root.iter(f"{{{SVG}}}use"):
        mark = marks[use.get("href", "#")[1:]]
        for name in set(use.attrib) & set(mark.attrib) - {"id", *_PLACES}:
            del use.attrib[name]


def _without_empty(parent: ET.Element) -> None:
    """Groups that say nothing give way to what is in them; paths without fill and stroke, and empty parts, go."""
    children = []
    for child in parent:
        _without_empty(child)
        tag, given = child.tag.rpartition("}")[2], child.attrib
        if tag == "g" and not given:
            children += list(child)
        elif not (tag in ("g", "defs") and not len(child)) and not (
            tag == "path" and given.get("fill") == "none" and not {"stroke", "id"} & set(given)
        ):
            children.append(child)
    parent[:] = children


def _gather(parent: ET.Element) -> None:
    """What neighbours of one kind all say is said once, by a group around them."""
    children: list[ET.Element] = []
    for tag, same in groupby(parent, key=lambda child: (child.tag, child.get("fill"), child.get("clip-path"))):
        run = list(same)
        shared = dict.fromkeys(run[0].attrib) if tag[0].rpartition("}")[2] in ("path", "use", "text") else {}
        said = {
            name: run[0].attrib[name]
            for name in shared
            if name not in ("id", "href", "opacity", *_PLACES)
            and all(c.get(name) == run[0].attrib[name] for c in run)
        }
        if len(run) < 3 or not said:
            children += run
            continue
        group = ET.Element(f"{{{SVG}}}g", said)
        for child in run:
            for name in said:
                del child.attrib[name]
        group.extend(run)
        children.append(group)
    for child in parent:
        if child.tag == f"{{{SVG}}}g":
            _gather(child)
    parent[:] = children
