"""One raw file: opened, scanned, its layout chosen and said why, then read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kl_research.intake import privacy
from kl_research.intake.beside import kept_channels
from kl_research.intake.calls.calls import Settings, read_calls
from kl_research.intake.calls.count import Replaced
from kl_research.intake.calls.flags import refuse_flags
from kl_research.intake.calls.parts import refuse_parts_of_calls
from kl_research.intake.choice import Choice, choose_layout, only_sheet, with_municipalities_down, with_municipality
from kl_research.intake.file_data import FileData
from kl_research.intake.files.notes import hidden_texts
from kl_research.intake.files.reading import Source, open_source
from kl_research.intake.layouts import known_layouts
from kl_research.intake.quality import Drop, FileReport, Why
from kl_research.intake.tables import plausible
from kl_research.intake.tables.contradictions import channels_elsewhere, check_counts, refuse_other_measures
from kl_research.intake.tables.meaning import check_meaning
from kl_research.intake.tables.sheets import check_sheet
from kl_research.intake.tables.tables import read_table
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study
from kl_research.terms.study_parts import Raw


@dataclass(frozen=True)
class Opened:
    """A raw file whose layout is settled; `read` reads it, leaving out days that later call logs cover."""

    source: Source
    choice: Choice
    study: Study
    scratch: Path
    secret: bytes
    why: Why
    entry: Raw

    def read(self, replaced: Sequence[Replaced] = ()) -> FileData:
        """The file as `FileData` with a fresh report; raises `InputError` for what its months cannot be."""
        try:
            data, overlap = self._checked(tuple(replaced)), self.entry.overlap
        except InputError as error:
            now = {"turned": "months down", "municipalities_down": "municipalities down"}
            if not (shape := now.get(self.choice.grid.changed)):
                raise
            raise InputError(f"{error.where} ({shape})", error.found, error.expected, error.cure) from None
        _check_alone(self.study, data, self.source.name)
        covers = self.entry.covered_months()
        return replace(data, added=overlap == "add", replaces=overlap == "replace", covers=covers)

    def _checked(self, replaced: tuple[Replaced, ...]) -> FileData:
        choice = self.choice
        data = self._read(replaced)
        if choice.left_out:
            data.report.dropped -= Counter[Drop]({"blank_row": choice.left_out})
            data.report.drop("hidden_row", choice.left_out)
        if word := channels_elsewhere(data):
            columns = dict(choice.header.columns)
            columns["channel"] = columns.pop(word)
            again = replace(choice, header=replace(choice.header, columns=columns))
            return replace(self, choice=again)._checked(replaced)
        if not data.log:
            if not choice.layout.calls_of_each_month:
                refuse_other_measures(choice.grid.head, choice.header, self.source.name)
            check_counts(data, declared=choice.layout.calls_of_each_month)
        else:
            data.report.remarks = [("above the table", title) for title in choice.header.titles]
            refuse_flags(choice.grid.head, choice.header, choice.layout, self.source.name)
            if not (choice.layout.repeats or "call_id" in choice.header.columns):
                refuse_parts_of_calls(choice.grid.rows(), choice.header, self.source.name)
        if self.study.simulated:  # may lie in the future
            return data
        if not data.log:
            return plausible.check_table(data)
        plausible.check_log(data, choice.grid.rows(), choice.header.columns["start"], self.source.name)
        return data

    def _read(self, replaced: tuple[Replaced, ...]) -> FileData:
        source, choice, study = self.source, self.choice, self.study
        report = _report(source, choice, self.why)
        free = study.municipalities == "free"
        if choice.layout.layout == "calls":
            settings = Settings(
                study.completed_seconds, free, kept_channels(study), self.secret, replaced, study.areas_named
            )
            return read_calls(source, choice.grid, choice.header, choice.layout, report, self.scratch, settings)
        if self.entry.covers:
            raise InputError(
                study.where("raw"),
                f"`covers` for {source.name}, a table by month",
                "`covers` for logs of calls",
                "leave it out: in a table a month without a row is missing",
            )
        return read_table(
            list(choice.grid.rows()),
            choice.header,
            choice.layout,
            report,
            free=free,
            channels=kept_channels(study),
            secret=self.secret,
            named=study.areas_named,
        )


def open_raw(path: Path, entry: Raw, study: Study, scratch: Path, secret: bytes) -> Opened:
    """Open a raw file, look at every cell for CPR numbers, and settle its layout."""
    scratch.mkdir(parents=True, exist_ok=True)
    privacy.Scan(path.name).cell(path.stem, 0, 0)
    source = open_source(path, scratch, study.limits)
    privacy.Scan(path.name).cell(source.content.stem, 0, 0)
    for place, note in hidden_texts(source.content, source.kind):
        privacy.Scan(path.name).note(note, place)
    layouts = known_layouts(entry.layout, study.path("layouts"), study.where("raw"))
    if entry.sheet:
        source = only_sheet(source, entry.sheet)
    if study.alone:
        source = with_municipality(source, study.alone, layouts)
    elif study.municipalities != "free":
        source = with_municipalities_down(source)
    choice, why = choose_layout(source, layouts, entry.layout)
    _scan(source, choice)
    header, decisions = check_meaning(
        choice.header, choice.layout, source.name, sheet=choice.grid.sheet, simulated=study.simulated
    )
    grid, hidden = check_sheet(choice.grid, header, choice.layout, source.name)
    if hidden:
        decisions.append(("hidden_rows", str(len(hidden)), "declared", ""))
    choice = replace(
        choice,
        grid=grid,
        header=header,
        decisions=tuple(decisions),
        left_out=len(hidden) if grid is not choice.grid else 0,
    )
    return Opened(source, choice, study, scratch, secret, why, entry)


def _check_alone(study: Study, data: FileData, file: str) -> None:
    others = sorted(data.areas - {study.alone}) if study.alone else []
    if others:
        raise InputError(
            file,
            f"rows of {', '.join(others[:5])}{' and others' if len(others) > 5 else ''}",
            f"rows of {study.alone} alone, as {study.where('municipalities')} says",
            "write `municipalities: denmark`, and choose pages with --only",
        )


def _scan(source: Source, choice: Choice) -> None:
    """Every cell of the file but the rows of a call log that DuckDB reads itself."""
    direct = choice.layout.layout == "calls" and source.kind in ("csv", "parquet")
    declared = privacy.declared_columns(choice.layout.declare, choice.header.labels)
    for grid in source.grids:
        if grid.separator and grid is not choice.grid:
            continue
        own = grid is choice.grid
        out = privacy.left_out_columns(choice.layout.leave_out, choice.header.labels) if own else frozenset[int]()
        scan = privacy.Scan(source.name, declared if own else {}, out)
        privacy.Scan(source.name).cell(grid.sheet, 0, 0)
        if own and choice.header.last >= 0:
            privacy.Scan(source.name).rows(grid.head[: choice.header.last + 1], 1)
        below = choice.header.last + 1 if own else 0
        rows = grid.head[below:] if direct and own else list(grid.rows())[below:]
        scan.rows(rows, below + 1, choice.header.labels if own else ())
        if not (direct and own):
            scan.finish()


def _report(source: Source, choice: Choice, why: Why) -> FileReport:
    report = FileReport(source.name, source.sha256)
    report.layout = choice.layout.name
    report.encoding = source.encoding
    report.separator = choice.grid.separator
    report.sheet = choice.grid.sheet
    report.header_row = choice.header.last + 1
    for decision in source.decisions:
        report.decide(*decision)
    report.decide("layout", choice.layout.name, why)
    if choice.grid.separator:
        report.decide("separator", choice.grid.separator, "header_found_with_it")
    if choice.grid.changed:
        report.decide("area_column", choice.grid.changed, "named_in_study")
    if choice.header.first > 0:
        report.decide("titles", str(choice.header.first), "rows_above_the_header")
    if choice.header.last > choice.header.first:
        report.decide("header", "two_rows", "months_or_words_in_two_rows")
    for header, reason in choice.layout.leave_out.items():
        report.decide("left_out", reason, "declared", header)
    for what, decided, reason, column in choice.decisions:
        report.decide(what, decided, reason, column)
    named = {
        word: i
        for word, i in choice.header.columns.items()
        if not (choice.grid.changed in ("column_added", "turned") and i == 0)
    }
    report.used_as = {w: choice.header.labels[i] if choice.header.labels else str(i + 1) for w, i in named.items()}
    left = {column for what, _, _, column in choice.decisions if what == "column"}
    used = {*choice.header.columns.values(), *choice.header.periods, *choice.header.totals, *choice.header.extra}
    for i, label in enumerate(choice.header.labels):
        if i not in used and label and label not in left:
            report.decide("column", "left_out", "not_in_layout", label)
    return report
