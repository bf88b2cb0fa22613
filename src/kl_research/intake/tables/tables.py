"""Monthly tables and pivots: rows of municipalities kept, totals checked against their parts and never added in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from kl_research.intake.columns import pseudonyms
from kl_research.intake.columns.areas import read_areas
from kl_research.intake.columns.months import refuse_other_periods
from kl_research.intake.columns.places import Place, is_test, is_total
from kl_research.intake.file_data import DIMENSIONS, FileData
from kl_research.intake.files.cells import Row, text
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import Drop, FileReport, Rule
from kl_research.intake.tables.header_columns import Header
from kl_research.intake.tables.rows import Body, LongRows, long_rows, read_body
from kl_research.intake.tables.totals import check_totals, named_sums, unnamed_sums
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

DROPPED: dict[str, Drop] = {
    "region": "subtotal",
    "total": "subtotal",
    "unknown": "unknown_municipality",
    "test": "test_row",
    "christiansoe": "christiansoe",
    "ignored": "ignored_by_layout",
}


def read_table(
    rows: list[Row],
    header: Header,
    layout: Layout,
    report: FileReport,
    *,
    free: bool,
    channels: Container[str] | None,
    secret: bytes,
    named: Mapping[str, str],
) -> FileData:
    """A monthly table or pivot as `FileData`."""
    header = _with_area_columns(rows, header, report, free=free)
    body = read_body(rows, header, layout, report, free=free)
    if not body.rows:
        raise InputError(report.file, "a header and no rows", "rows of data", "ask for the export again")
    try:
        places = read_areas(
            body.keys.get("code"),
            body.keys.get("municipality"),
            report.file,
            body.numbers[0],
            free=free,
            ignore=layout.ignore,
            named=named,
        )
    except InputError as error:
        if "contradict" not in error.found:  # that columns name weeks is more to the point than an unknown area
            refuse_other_periods(list(header.periods.values()), f"{report.file}, row {header.last + 1}")
        raise
    _refuse_blank(places, body, report)
    long = long_rows(body, header, layout, report)
    rules = [_rule(place, body, i, channels) for i, place in enumerate(places)]
    check_totals(places, body, long, report, refuse=layout.check_totals)
    if layout.check_totals:
        sums = unnamed_sums(places, body, long, rules, report.file)
        rules = ["subtotal" if i in sums else rule for i, rule in enumerate(rules)]
        sums = named_sums(places, body, long, rules)
        rules = ["subtotal" if i in sums else rule for i, rule in enumerate(rules)]
    rules = _drop_repeats(rules, places, body, long, header, report, repeats=layout.repeats)
    for rule in rules:
        if rule:
            report.drop(rule)
    report.rows_kept = sum(rule == "" for rule in rules)
    frame = _frame(places, rules, body, long, secret)
    months = [month for k, month in enumerate(long.months) if places[long.source[k]].kind == "municipality"]
    if not months:
        raise InputError(report.file, "no row of a municipality", "municipalities", "check layout and file")
    present = {word for word in DIMENSIONS if word in body.keys} | set(long.measures)
    return FileData(
        report,
        False,
        frame,
        frozenset(present),
        min(months),
        max(months),
        frozenset(place.code for place in places if place.kind == "municipality"),
        turned=bool(header.periods),
        names=_labels(places, body, "name"),
        regions=_labels(places, body, "region") if free else {},
    )


def _refuse_blank(places: list[Place], body: Body, report: FileReport) -> None:
    """A row of nobody is one thing, a cell left blank another: whose numbers it holds is not guessed."""
    columns = [body.keys[word] for word in ("code", "municipality") if word in body.keys]
    dimensions = [body.keys[word] for word in DIMENSIONS if word in body.keys]
    for i, place in enumerate(places):
        if place.kind == "unknown" and not any(c[i] for c in columns) and not any(is_total(c[i]) for c in dimensions):
            raise InputError(
                f"{report.file}, row {body.numbers[i]}",
                "a blank municipality",
                "a municipality in every row",
                "fill it in; it is carried down only where each stands on the first row of its block",
            )


def _with_area_columns(rows: list[Row], header: Header, report: FileReport, *, free: bool) -> Header:
    """Where no header names the area, the leading columns are looked at: figures are codes, words are names.

    Among areas that no register holds, figures that several names share are no codes: postal districts, say.
    """
    if {"municipality", "code"} & header.columns.keys():
        return header
    columns = dict(header.columns)
    found: dict[str, int] = {}
    held: dict[str, list[str]] = {}
    for column in range(min(header.periods)):
        if column in columns.values():
            continue
        cells = [text(row[column]) if column < len(row) else "" for row in rows[header.last + 1 :]]
        filled = [cell for cell in cells if cell]
        word = "code" if sum(cell.isdigit() for cell in filled) > len(filled) / 2 else "municipality"
        if filled and word not in found:
            found[word], held[word] = column, cells
    if free and len(found) > 1 and len({*zip(*held.values(), strict=True)}) > len({*held["code"]}):
        del found["code"]
    for word, column in found.items():
        columns[word] = column
        report.decide("area_column", str(column + 1), "codes_in_it" if word == "code" else "names_in_it")
    if not {"municipality", "code"} & columns.keys():
        raise InputError(report.file, "no column of municipalities", "a column Kommune", "map it in a layout file")
    return replace(header, columns=columns)


def _rule(place: Place, body: Body, i: int, channels: Container[str] | None) -> Rule:
    """The rule that drops a row; empty for a row that is kept."""
    if place.kind != "municipality":
        return DROPPED[place.kind]
    dimensions = {word: body.keys[word][i] for word in DIMENSIONS if word in body.keys}
    if any(is_total(value) for value in dimensions.values()):
        return "subtotal"
    if is_test(dimensions.get("unit", "")) or is_test(dimensions.get("channel", "")):
        return "test_row"
    if channels is not None and "channel" in dimensions and dimensions["channel"] not in channels:
        return "other_channel"
    return ""


def _drop_repeats(
    rules: list[Rule],
    places: list[Place],
    body: Body,
    long: LongRows,
    header: Header,
    report: FileReport,
    *,
    repeats: str | None,
) -> list[Rule]:
    """Rows given twice with the same values are kept once; with different ones they are refused, or added up.

    `repeats` is that of the layout: `add` keeps and counts them all.
    """
    by_row: dict[int, list[int]] = defaultdict(list)
    for k, i in enumerate(long.source):
        by_row[i].append(k)
    seen: dict[tuple[object, ...], tuple[int, tuple[object, ...]]] = {}
    result = list(rules)
    added = 0
    by_month = not header.periods or "year" in header.columns
    for i, rule in enumerate(rules):
        if rule:
            continue
        dimensions = tuple(body.keys[word][i] for word in DIMENSIONS if word in body.keys)
        extra = tuple(text(body.rows[i][column]) for column in header.extra)
        months = tuple(long.months[k] for k in by_row[i]) if by_month else ()
        key = (places[i].code, dimensions, extra, months)
        values = tuple((c.values[k], c.states[k]) for c in long.measures.values() for k in by_row[i])
        if key not in seen:
            seen[key] = (i, values)
        elif repeats == "add":
            added += 1
        elif seen[key][1] == values:
            result[i] = "duplicate_row"
        else:
            first = body.numbers[seen[key][0]]
            month = f" in {months[0]}" if months else ""
            raise InputError(
                f"{report.file}, rows {first} and {body.numbers[i]}",
                f"municipality {places[i].code}{month} twice with different values",
                "each once",
                "remove one; if other columns tell them apart, list those under `sum_over` in a layout file; to add "
                "up what nothing tells apart, write `repeats: add` there",
            )
    if added:
        report.decide("identical_rows", str(added), "added_up")
    return result


def _frame(places: list[Place], rules: list[Rule], body: Body, long: LongRows, secret: bytes) -> pd.DataFrame:
    keep = [k for k, i in enumerate(long.source) if rules[i] == ""]
    source = [long.source[k] for k in keep]
    data: dict[str, object] = {"municipality": [places[i].code for i in source]}
    for word in DIMENSIONS:
        column = body.keys.get(word)
        data[word] = [column[i] for i in source] if column else [""] * len(source)
    if "provider" in body.keys:
        known = {
            text: pseudonyms.pseudonym(pseudonyms.number_of(text), secret) for text in set(body.keys["provider"])
        }
        data["provider"] = [known[body.keys["provider"][i]] for i in source]
    data["month"] = [long.months[k] for k in keep]
    for measure, column_ in long.measures.items():
        data[measure] = [np.nan if (v := column_.values[k]) is None else v for k in keep]
        data[f"{measure}_state"] = [column_.states[k] for k in keep]
    frame = pd.DataFrame(data)
    texts = ["municipality", *DIMENSIONS, "month", *(f"{measure}_state" for measure in long.measures)]
    return frame.astype(dict.fromkeys(texts, "category"))


def _labels(places: list[Place], body: Body, word: str) -> dict[str, str]:
    """The last name (or region) that rows give each area."""
    if word not in body.keys:
        return {}
    return {p.code: t for p, t in zip(places, body.keys[word], strict=True) if p.kind == "municipality" and fold(t)}
