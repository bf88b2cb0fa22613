"""A presentation: one finding a slide, with native charts; `deck(slides, path, about)` is all a caller needs.

    from kl_research.findings.office.slides import About, Chart, Line, Slide
    chart = Chart("bars", ("Odense", "Aalborg"), (Line("2. halvår 2024", (41, 12)),), "Opkald i to kommuner")
    deck([Slide("Odense ringer mest.", chart=chart)], Path("meeting.pptx"), About("Møde", foot="MedCom"))

Slides are plain data (`office.slides`); the office packages are loaded when a file is written. Needs the extra
`office`: `office.extra.is_installed()` says whether it is there. The same slides give the same bytes.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kl_research.findings.html.markup import plain
from kl_research.findings.office.native import GRID, INK, ORANGE, QUIET, add_chart
from kl_research.findings.office.slides import TITLE_CHARACTERS, About, Grid, Slide
from kl_research.findings.office.zipped import MADE, steady

_WIDE, _HIGH, _EDGE = 13.333, 7.5, 0.6  # inches
_TOP, _BOTTOM = 1.75, 6.75
_TEXT = 3.7  # width of the text beside a chart
_INCH = 914400


def deck(slides: Sequence[Slide], path: Path, about: About) -> Path:
    """Write a presentation: a first slide with its title, then a slide a finding. Returns the path.

    Needs python-pptx (extra `office`). The foot of every slide has the source, the date, the marks and its number.
    """
    show = _empty(about)
    cover = show.slides.add_slide(show.slide_layouts[0])
    cover.shapes.title.text = plain(about.title)
    cover.shapes.title.text_frame.paragraphs[0].runs[0].font.size = _points(40)
    frame = cover.placeholders[1].text_frame
    frame.text = plain(about.subtitle)
    for mark in about.marks:
        run = frame.add_paragraph().add_run()
        run.text, run.font.color.rgb, run.font.bold = plain(mark), _rgb(ORANGE), True
    _foot(cover, about, number=False)
    for slide in slides:
        page = show.slides.add_slide(show.slide_layouts[1])
        _fill(page, slide, about.language)
        _foot(page, about)
    _in_language(show, about.language)
    made = io.BytesIO()
    show.save(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(steady(made.getvalue()))
    return path


def _empty(about: About) -> Any:
    """A wide presentation with two layouts in our look: what is changed by hand later keeps it."""
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    show.slide_width, show.slide_height = Inches(_WIDE), Inches(_HIGH)
    for layout in list(show.slide_layouts):
        if layout.name not in ("Title Slide", "Title Only"):
            show.slide_layouts.remove(layout)
    first, second = show.slide_layouts
    for owner in (show.slide_master, first, second):
        for shape in list(owner.placeholders):
            _settle(shape, first=owner is first)
    _title_style(show.slide_master)
    core = show.core_properties
    core.title, core.author, core.last_modified_by = plain(about.title), plain(about.author), plain(about.author)
    core.subject, core.keywords = plain(about.foot), plain(", ".join(about.marks))
    core.language = "da-DK" if about.language == "da" else "en-GB"
    core.created = core.modified = core.last_printed = MADE
    core.revision = 1
    return show


def _settle(shape: Any, *, first: bool) -> None:
    """A placeholder of master or layout in its place on the wide slide."""
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    places = {
        KIND.TITLE: (_EDGE, 0.45, _WIDE - 2 * _EDGE, 1.15),
        KIND.CENTER_TITLE: (_EDGE, 2.0, _WIDE - 2 * _EDGE, 1.6),
        KIND.SUBTITLE: (_EDGE, 3.7, _WIDE - 2 * _EDGE, 1.8),
        KIND.BODY: (_EDGE, _TOP, _WIDE - 2 * _EDGE, _BOTTOM - _TOP),
        KIND.FOOTER: (_EDGE, 6.9, 11.2, 0.4),
        KIND.SLIDE_NUMBER: (_WIDE - _EDGE - 0.8, 6.9, 0.8, 0.4),
    }
    kind = shape.placeholder_format.type
    if kind not in places:  # the date: ours is in the foot
        shape._element.getparent().remove(shape._element)
        return
    shape.left, shape.top, shape.width, shape.height = (round(v * _INCH) for v in places[kind])


def _title_style(master: Any) -> None:
    """Titles bold; everything to the left but the number of the slide; no inner margin at the sides."""
    style = master._element.find(f".//{_p('titleStyle')}/{_a('lvl1pPr')}/{_a('defRPr')}")
    style.set("sz", "2800")
    style.set("b", "1")
    for paragraph in master._element.find(f".//{_p('titleStyle')}"):
        paragraph.set("algn", "l")
    for owner in (master, *master.slide_layouts):
        for shape in owner.placeholders:
            body = shape._element.txBody.find(_a("bodyPr"))
            kind = str(shape.placeholder_format.type)
            body.set("anchor", "b" if kind.startswith("CENTER") else "ctr" if kind[:4] in ("FOOT", "SLID") else "t")
            body.set("lIns", "0")
            body.set("rIns", "0")
            if not kind.startswith("SLIDE_NUMBER"):
                for paragraph in shape._element.iter(_a("lvl1pPr")):
                    paragraph.set("algn", "l")


def _fill(page: Any, slide: Slide, lang: str) -> None:
    title = page.shapes.title
    title.text = plain(slide.title)
    if len(slide.title) > TITLE_CHARACTERS:
        title.text_frame.paragraphs[0].runs[0].font.size = _points(22)
    beside = bool(slide.lines) and (slide.chart is not None or slide.grid is not None)
    width = _WIDE - 2 * _EDGE - ((_TEXT + 0.3) if beside else 0)
    place = [round(v * _INCH) for v in (_EDGE, _TOP, width, _BOTTOM - _TOP)]
    if slide.chart is not None:
        frame = add_chart(page, slide.chart, place, lang)
        _describe(frame, slide.chart.alt)
    elif slide.grid is not None:
        _table(page, slide.grid, place)
    if slide.notes:
        page.notes_slide.notes_text_frame.text = plain("\n".join(slide.notes))
    if slide.lines:
        left = _WIDE - _EDGE - _TEXT if beside else _EDGE
        _paragraphs(page, slide.lines, left, _TEXT if beside else _WIDE - 2 * _EDGE, large=not beside)


def _paragraphs(page: Any, lines: Sequence[str], left: float, width: float, *, large: bool) -> None:
    """The text of a slide, as large as it may be: no line is cut."""
    box = page.shapes.add_textbox(*(round(v * _INCH) for v in (left, _TOP, width, _BOTTOM - _TOP)))
    frame = box.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = 0
    size = next(size for size in (20 if large else 18, 16, 14, 12) if size == 12 or _fits(lines, width, size))
    for i, text in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = plain(text).replace(" %", "\u00a0%")
        run.font.size, run.font.color.rgb = _points(size), _rgb(INK)
        paragraph.space_after = _points(size * 0.6)


def _fits(lines: Sequence[str], width: float, size: int) -> bool:
    """Whether the lines fit the height, at about half an em a character."""
    across = width * 72 / (size * 0.5)
    rows = sum(-(-len(line) // across) for line in lines)
    return (rows * 1.2 + len(lines) * 0.6) * size <= (_BOTTOM - _TOP) * 72


def _table(page: Any, grid: Grid, place: Sequence[int]) -> None:
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    left, top, width, height = place
    rows = [grid.header, *grid.rows]
    frame = page.shapes.add_table(len(rows), len(grid.header), left, top, width, min(height, len(rows) * 380000))
    _describe(frame, grid.alt)
    table = frame.table
    _plain_look(table)
    shares = grid.widths or (1.0,) * len(grid.header)
    for column, share in zip(table.columns, shares, strict=True):
        column.width = round(width * share / sum(shares))
    size = grid.size if len(rows) <= 13 else 12
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            cell = table.cell(r, c)
            cell.text = plain(text)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.margin_top = cell.margin_bottom = 30000
            cell.margin_left = 0 if c == 0 else 91440
            _rule_below(cell, heavy=r == 0)
            for paragraph in cell.text_frame.paragraphs:
                paragraph.alignment = PP_ALIGN.RIGHT if c in grid.numbers else PP_ALIGN.LEFT
                for run in paragraph.runs:
                    run.font.size, run.font.bold, run.font.color.rgb = _points(size), r == 0, _rgb(INK)


def _plain_look(table: Any) -> None:
    """No coloured fields: PowerPoint's "No Style, No Grid"."""
    table._tbl.tblPr.find(_a("tableStyleId")).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
    table.horz_banding = False


def _rule_below(cell: Any, *, heavy: bool) -> None:
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    colour, width = (INK, 12700) if heavy else (GRID, 9525)
    rule = f"<a:lnB {nsdecls('a')} w='{width}'><a:solidFill><a:srgbClr val='{colour}'/></a:solidFill></a:lnB>"
    cell._tc.get_or_add_tcPr().append(parse_xml(rule))


def _foot(page: Any, about: About, *, number: bool = True) -> None:
    """Source, date and marks at the foot as the layout's own placeholders, and the marks that must not be missed."""
    layout = page.slide_layout
    for shape in layout.placeholders:
        kind = str(shape.placeholder_format.type)
        if kind.startswith("FOOTER") or (kind.startswith("SLIDE_NUMBER") and number):
            page.shapes._spTree.append(copy.deepcopy(shape._element))
    for shape in page.placeholders:
        if str(shape.placeholder_format.type).startswith("FOOTER"):
            paragraph = shape.text_frame.paragraphs[0]
            for text, colour in [*((mark, ORANGE) for mark in about.marks), (about.foot, QUIET)]:
                run = paragraph.add_run()
                run.text, run.font.size, run.font.color.rgb = plain(f"{text}   "), _points(12), _rgb(colour)


def _describe(frame: Any, alt: str) -> None:
    frame._element.nvGraphicFramePr.cNvPr.set("descr", plain(alt))


def _in_language(show: Any, lang: str) -> None:
    code = "da-DK" if lang == "da" else "en-GB"
    notes = [slide.notes_slide for slide in show.slides if slide.has_notes_slide]
    for owner in (*show.slides, *notes, *show.slide_layouts, show.slide_master):
        for tag in ("rPr", "endParaRPr", "defRPr"):
            for element in owner._element.iter(_a(tag)):
                element.set("lang", code)
        for run in owner._element.iter(_a("r")):
            run.get_or_add_rPr().set("lang", code)


def _a(tag: str) -> str:
    return f"{{http://schemas.openxmlformats.org/drawingml/2006/main}}{tag}"


def _p(tag: str) -> str:
    return f"{{http://schemas.openxmlformats.org/presentationml/2006/main}}{tag}"


def _points(value: float) -> Any:
    from pptx.util import Pt

    return Pt(value)


def _rgb(value: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(value)
