"""A `Chart` as a native chart of PowerPoint: editable, its data in a workbook inside, labels at the ends of lines."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from kl_research.findings.html.markup import plain
from kl_research.findings.html.tables import harmless
from kl_research.findings.office.slides import Band, Chart, Line
from kl_research.findings.words import formats

INK, QUIET, BLUE, PALE, ORANGE, GRID = "1A1A1A", "5E6670", "1F5F92", "8FB4D2", "A84D0E", "D5D9DD"
BAND = "F3D9C4"
_COLOUR = {"main": BLUE, "quiet": PALE, "expected": ORANGE}
_WIDTH = {"main": 2.75, "quiet": 1.25, "expected": 2.25}  # points
GAP = 0.07  # of the plot's height, between two labels
ROW = 0.055  # of the plot's height, a row of names of events
_NUMBER = "#,##0"
_EVENTS = "·"  # the column of the chart's data that only places names of events
_DANISH = {"da": "[$-406]mmm yyyy", "en": "[$-809]mmm yyyy"}
_ACROSS = 0.1  # inches a character of a label takes
_LEFT, _RIGHT, _TALL = (
    0.8,
    2.3,
    0.86,
)  # room beside the plot in inches, for the axis and for labels; height as a share


def add_chart(slide: Any, chart: Chart, place: Sequence[int], lang: str) -> Any:
    """Put the chart on a slide, `place` being left, top, width and height; returns its frame."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    inches = place[2] / 914400
    plot = inches - _LEFT - _RIGHT
    data = CategoryChartData(number_format="General")
    if chart.kind == "months":
        data.categories = [datetime.date.fromisoformat(f"{month}-01") for month in chart.categories]
    else:
        data.categories = [harmless(name) for name in chart.categories]
    for line in _series(chart, plot):
        data.add_series(harmless(line.name), line.values)
    kind = XL_CHART_TYPE.LINE if chart.kind == "months" else XL_CHART_TYPE.BAR_CLUSTERED
    frame = slide.shapes.add_chart(kind, *place, data)
    drawn = frame.chart
    drawn.has_legend = drawn.has_title = False
    drawn.font.size, drawn.font.color.rgb = _points(14), _rgb(INK)
    if chart.kind == "months":
        _months(drawn, chart, lang, plot)
        _inner_plot(drawn, _LEFT / inches, plot / inches)
    else:
        _bars(drawn, chart, lang)
    return frame


def _series(chart: Chart, plot: float) -> list[Line]:
    """The series of a chart in the order they are drawn: its lines, the band, and a row for each row of events."""
    lines = list(chart.lines)
    if chart.band is not None:
        low, width = _widths(chart.band)
        lines += [Line(chart.band.names[0], low, "expected"), Line(chart.band.names[1], width, "expected")]
    top = _top(chart, plot)
    for level, names in enumerate(_levels(chart, plot)):
        at = top * (1 - ROW * (level + 0.7))
        lines.append(Line(_EVENTS, tuple(at if c in names else None for c in chart.categories), "quiet"))
    return lines


def _widths(band: Band) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Lower limit and height of the band; it opens from a point, for an area falls to zero where there is nothing."""
    low, width = list(band.low), list[float | None]()
    for lower, upper in zip(band.low, band.high, strict=True):
        width.append(None if lower is None or upper is None else upper - lower)
    first = next((i for i, value in enumerate(width) if value is not None), 0)
    if first:
        low[first - 1], width[first - 1] = low[first], 0.0
    return tuple(low), tuple(width)


def _levels(chart: Chart, plot: float) -> list[dict[str, str]]:
    """Names of events by month, in rows: two that would overlap on a plot so many inches wide are in two rows."""
    names: dict[str, str] = {}
    for month, name in chart.events:
        if month in chart.categories:
            names[month] = f"{names[month]} · {name}" if month in names else name
    rows: list[dict[str, str]] = []
    ends: list[float] = []
    for month in sorted(names):
        at = chart.categories.index(month) / len(chart.categories)
        long = len(names[month]) * _ACROSS / plot
        start, end = (at - long, at) if _to_the_left(chart, month) else (at, at + long)
        level = next((i for i, taken in enumerate(ends) if taken < start), len(rows))
        if level == len(rows):
            rows.append({})
            ends.append(0.0)
        rows[level][month], ends[level] = names[month], end
    return rows


def _to_the_left(chart: Chart, month: str) -> bool:
    return chart.categories.index(month) > 0.6 * len(chart.categories)


def _top(chart: Chart, plot: float) -> float:
    """The end of the axis: above everything that is drawn, with room for the names of events, at a round number."""
    limits = chart.band.high if chart.band is not None else ()
    values = [v for line in (*(line.values for line in chart.lines), limits) for v in line if v is not None]
    most = max(values, default=1) * 1.05 / (1 - ROW * len(_levels(chart, plot))) if values else 1
    step = next(s * 10**n for n in range(9) for s in (1, 2, 5) if most <= 6 * s * 10**n)
    return float(step * max(1, -(-most // step)))


def _months(drawn: Any, chart: Chart, lang: str, plot: float) -> None:
    from pptx.enum.chart import XL_LABEL_POSITION, XL_MARKER_STYLE

    top = _top(chart, plot)
    _axes(drawn, chart, top)
    _months_axis(drawn.category_axis, len(chart.categories), lang)
    series = list(drawn.plots[0].series)
    ends = _ends(chart, top)
    for number, (line, one) in enumerate(zip(chart.lines, series, strict=False)):
        one.smooth = False
        one.format.line.color.rgb, one.format.line.width = _rgb(_COLOUR[line.role]), _points(_WIDTH[line.role])
        one.marker.style = XL_MARKER_STYLE.NONE
        if line.role == "expected":
            one.format.line.dash_style = _dash()
        if number in ends:
            at, moved = ends[number]
            colour = QUIET if line.role == "quiet" else _COLOUR[line.role]
            _label(one, at, line.name, XL_LABEL_POSITION.RIGHT, colour, moved=moved)
    levels = _levels(chart, plot)
    for row, marks in zip(levels, series[len(series) - len(levels) :], strict=True):
        marks.smooth = False
        marks.format.line.fill.background()
        marks.marker.style = XL_MARKER_STYLE.NONE
        for month, name in row.items():
            side = XL_LABEL_POSITION.LEFT if _to_the_left(chart, month) else XL_LABEL_POSITION.RIGHT
            _label(marks, chart.categories.index(month), name, side, INK, bold=False)
        marks._element.insert_element_before(_drop_lines(), "c:cat", "c:val", "c:smooth", "c:extLst")
    if chart.band is not None:
        at = len(chart.lines)
        _as_band(series[at]._element, series[at + 1]._element)


def _ends(chart: Chart, top: float) -> dict[int, tuple[int, float]]:
    """Where each line ends, and how far (a share of the chart) its label is moved down from the one above."""
    found = []
    for number, line in enumerate(chart.lines):
        known = [i for i, value in enumerate(line.values) if value is not None]
        if known and line.name:
            found.append((line.values[known[-1]] or 0.0, number, known[-1]))
    ends, above = {}, 2.0
    for value, number, at in sorted(found, reverse=True):
        height = min(value / top, above - GAP)
        ends[number] = (at, (value / top - height) * _TALL)
        above = height
    return ends


def _bars(drawn: Any, chart: Chart, lang: str) -> None:
    from pptx.enum.chart import XL_LABEL_POSITION, XL_TICK_LABEL_POSITION

    _axes(drawn, chart, None)
    drawn.value_axis.visible = False
    drawn.value_axis.has_major_gridlines = False
    drawn.category_axis.reverse_order = True
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 45, -5
    plot.vary_by_categories = False
    for line, one in zip(chart.lines, plot.series, strict=True):
        one.format.fill.solid()
        one.format.fill.fore_color.rgb = _rgb(_COLOUR[line.role])
        colour = INK if line.role == "main" else QUIET
        labels = one.data_labels
        labels.show_value, labels.number_format, labels.number_format_is_linked = True, _NUMBER, False
        labels.position = XL_LABEL_POSITION.OUTSIDE_END
        labels.font.size, labels.font.color.rgb = _points(12), _rgb(colour)
        first = next((i for i, value in enumerate(line.values) if value is not None), None)
        if first is not None and len(chart.lines) > 1:
            text = f"{formats.number(line.values[first] or 0, lang)}  ({line.name})"
            _label(one, first, text, XL_LABEL_POSITION.OUTSIDE_END, colour, size=12)


def _axes(drawn: Any, chart: Chart, top: float | None) -> None:
    from pptx.enum.chart import XL_TICK_MARK

    value, category = drawn.value_axis, drawn.category_axis
    value.minimum_scale = 0
    if top is not None:
        value.maximum_scale = top
    value.major_gridlines.format.line.color.rgb = _rgb(GRID)
    value.major_gridlines.format.line.width = _points(0.75)
    value.format.line.fill.background()
    value.major_tick_mark = category.major_tick_mark = XL_TICK_MARK.NONE
    value.tick_labels.number_format, value.tick_labels.number_format_is_linked = _NUMBER, False
    value.tick_labels.font.size = category.tick_labels.font.size = _points(14)
    category.format.line.color.rgb = _rgb(QUIET)
    if chart.axis and chart.kind == "months":
        value.has_title = True
        frame = value.axis_title.text_frame
        frame.text = chart.axis
        frame.paragraphs[0].runs[0].font.size, frame.paragraphs[0].runs[0].font.bold = _points(12), False


def _months_axis(axis: Any, months: int, lang: str) -> None:
    """A month is written every year, half-year or quarter, counted from the first."""
    every = 12 if months > 30 else 6 if months > 15 else 3
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = _DANISH[lang], False
    element = axis._element
    for tag in ("baseTimeUnit", "majorUnit", "majorTimeUnit"):
        for old in element.findall(_c(tag)):
            element.remove(old)
    for tag, value in (("baseTimeUnit", "months"), ("majorUnit", every), ("majorTimeUnit", "months")):
        element.append(_xml(f"<c:{tag} {{ns}} val='{value}'/>"))
    body = element.find(_c("txPr")).find("{http://schemas.openxmlformats.org/drawingml/2006/main}bodyPr")
    body.set("rot", "0")
    body.set("vert", "horz")


def _label(
    series: Any,
    at: int,
    text: str,
    position: Any,
    colour: str,
    *,
    bold: bool = True,
    size: int = 14,
    moved: float = 0.0,
) -> None:
    label = series.points[at].data_label
    label.position = position
    frame = label.text_frame
    frame.text = plain(text)
    run = frame.paragraphs[0].runs[0]
    run.font.size, run.font.bold, run.font.color.rgb = _points(size), bold, _rgb(colour)
    frame.word_wrap = False
    if moved:
        layout = (
            f"<c:layout {{ns}}><c:manualLayout><c:x val='0'/><c:y val='{moved:.4f}'/></c:manualLayout></c:layout>"
        )
        label._dLbl.find(_c("idx")).addnext(_xml(layout))


def _as_band(low: Any, width: Any) -> None:
    """Move two series from the lines to a stacked area beneath them: the lower unseen, the upper the band."""
    lines = low.getparent()
    ids = "".join(f"<c:axId val='{element.get('val')}'/>" for element in lines.findall(_c("axId")))
    area = _xml(
        f"<c:areaChart {{ns}}><c:grouping val='stacked'/><c:varyColors val='0'/>{ids}</c:areaChart>",
    )
    for series, inside in ((low, "<a:noFill/>"), (width, f"<a:solidFill><a:srgbClr val='{BAND}'/></a:solidFill>")):
        for tag in ("marker", "smooth", "spPr", "dLbls"):
            for element in series.findall(_c(tag)):
                series.remove(element)
        series.find(_c("tx")).addnext(_xml(f"<c:spPr {{ns}}>{inside}<a:ln><a:noFill/></a:ln></c:spPr>"))
        area.find(_c("axId")).addprevious(series)
    lines.addprevious(area)


def _drop_lines() -> Any:
    """Error bars of all of the height, which are lines down to the axis."""
    return _xml(
        "<c:errBars {ns}><c:errDir val='y'/><c:errBarType val='minus'/><c:errValType val='percentage'/>"
        f"<c:noEndCap val='1'/><c:val val='100'/><c:spPr><a:ln w='12700'><a:solidFill><a:srgbClr val='{QUIET}'/>"
        "</a:solidFill><a:prstDash val='sysDash'/></a:ln></c:spPr></c:errBars>"
    )


def _inner_plot(drawn: Any, left: float, width: float) -> None:
    area = drawn._chartSpace.chart.plotArea
    for old in area.findall(_c("layout")):
        area.remove(old)
    parts = "".join(
        f"<c:{tag} val='{value}'/>" for tag, value in zip("xywh", (left, 0.03, width, _TALL), strict=True)
    )
    area.insert(
        0,
        _xml(
            "<c:layout {ns}><c:manualLayout><c:layoutTarget val='inner'/><c:xMode val='edge'/>"
            f"<c:yMode val='edge'/>{parts}</c:manualLayout></c:layout>"
        ),
    )


def _xml(text: str) -> Any:
    """An element of a chart from its XML, with `{ns}` in place of the names' origins."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    return parse_xml(text.replace("{ns}", nsdecls("c", "a"), 1))


def _c(tag: str) -> str:
    return f"{{http://schemas.openxmlformats.org/drawingml/2006/chart}}{tag}"


def _rgb(value: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(value)


def _points(value: float) -> Any:
    from pptx.util import Pt

    return Pt(value)


def _dash() -> Any:
    from pptx.enum.dml import MSO_LINE_DASH_STYLE

    return MSO_LINE_DASH_STYLE.DASH
