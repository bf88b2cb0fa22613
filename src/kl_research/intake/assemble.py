"""Raw files to panel: each file read, the files merged, the state of every month decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from kl_research.intake import side_files
from kl_research.intake.beside import BESIDE, beside, other_channels
from kl_research.intake.calls.count import Replaced
from kl_research.intake.columns.channels import is_other_channel
from kl_research.intake.corrections import correct, read_corrections
from kl_research.intake.file_data import DIMENSIONS, FileData
from kl_research.intake.files.reading import sha256
from kl_research.intake.panel_table import build_panel
from kl_research.intake.quality import note
from kl_research.intake.raw_file import Opened, open_raw
from kl_research.intake.together.coverage import cover
from kl_research.intake.together.lost_zeros import refuse_lost_zeros
from kl_research.intake.together.merging import change, merge, refuse_supplement
from kl_research.terms import months as calendar
from kl_research.terms.errors import InputError
from kl_research.terms.panel import states_inferred
from kl_research.terms.study import Study
from kl_research.terms.study_parts import OtherChannel
from kl_research.terms.temporary import folder
from kl_research.terms.user_key import user_key

# How many rows a spreadsheet or an export can hold, with a header or without: a file of just as many may be cut off.
LIMITS = {65_535, 65_536, 1_048_575, 1_048_576, 5_000, 10_000, 50_000, 100_000, 1_000_000}
ACTIVITY = ["municipality", *DIMENSIONS, "month", "calls", "completed", "seconds"]
# Above this, the repeated texts of `activity` are kept as categories: the same words in a tenth of the memory.
_MANY_ROWS = 1_000_000
TIMING = ["municipality", "administration", "month", "weekday", "hour", "calls"]


@dataclass(frozen=True)
class Ingested:
    """What raw files became: the panel, calls by unit (`activity`), calls by hour (`timing`), and the report;
    `connections` are the rows of the connections file, months as text; `beside` counts other channels and how
    calls came about."""

    panel: pd.DataFrame
    activity: pd.DataFrame
    timing: pd.DataFrame
    quality: dict[str, Any]
    connections: pd.DataFrame = field(default_factory=lambda: _connections(None))
    beside: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=BESIDE))


def ingest(study: Study) -> Ingested:
    r"""Read a study's raw files; nothing is written.

    Parameters
    ----------
    study : Study
        A loaded study: `kl.Study.load(file)`.

    Returns
    -------
    Ingested
        An `Ingested`: `panel` (a row a municipality and month), `activity`, `timing`, `connections`, `quality`.

    Raises
    ------
    InputError
        For anything that is not understood, naming file, row and column, never a cell that may identify a person.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> from kl_research.terms.study import Study
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.csv").write_text("Kommune;Måned;Antal opkald\n461;2025-01;7\n", encoding="utf-8")
    ...     _ = Path(folder, "s.yaml").write_text("{study: s, title: {da: s, en: s}, raw: [{path: a.csv}], out: out}")
    ...     panel = ingest(Study.load(Path(folder, "s.yaml"))).panel
    ...
    >>> panel.loc[panel["calls"].notna(), ["municipality", "calls"]].values.tolist()
    [['461', 7]]
    """
    free, named = study.municipalities == "free", study.areas_named
    with folder() as scratch:
        secret = user_key(simulated=study.simulated)
        _check_pins(study)
        _check_files(study)
        opened = [
            open_raw(path, entry, study, scratch / str(i), secret)
            for i, (path, entry) in enumerate(study.raw_entries())
        ]
        files, log_changes = _read(opened)
        corrected: list[dict[str, Any]] = []
        if study.corrections:
            path = study.path(study.corrections)
            files, corrected = correct(files, read_corrections(path), path.name)
        clinics = side_files.read_clinics(study.path(study.clinics), scratch, secret) if study.clinics else None
        connections = denominators = None
        if study.connections:
            connections = side_files.read_connections(study.path(study.connections), scratch, free=free, named=named)
        if study.denominators:
            denominators = side_files.read_denominators(
                study.path(study.denominators), scratch, free=free, named=named
            )
            _check_offset(study, denominators)
    if study.alone:  # side files may be those of the whole country
        connections = connections and [row for row in connections if row.municipality == study.alone]
        denominators = None if denominators is None else denominators[denominators["municipality"] == study.alone]
    channels, apart = _channels(study, files)
    if apart:
        named_apart = [OtherChannel(name=channel[:60], channels=[channel]) for channel in apart]
        found = ingest(study.with_changes(other_channels=named_apart))
        found.quality["notes"] += [note("channels_beside", channel) for channel in apart]
        return found
    side_files_: dict[str, Iterable[str]] = {}
    if study.connections and connections is not None:
        side_files_[study.connections] = [row.municipality for row in connections]
    if study.denominators and denominators is not None:
        side_files_[study.denominators] = denominators["municipality"]
    refuse_lost_zeros(files, side_files_, free=free)
    coverage = cover(files)
    files = coverage.files
    rows, overrides = merge(files)
    panel, notes = build_panel(rows, coverage, study, connections, denominators)
    if provisional := _provisional(files):
        panel = panel.assign(provisional=panel["month"].dt.strftime("%Y-%m").isin(provisional))
    first, last = panel["month"].min(), panel["month"].max()
    inside = rows["month"].isin(calendar.span(f"{first:%Y-%m}", f"{last:%Y-%m}"))
    activity = _activity(rows[inside])
    if clinics is not None:
        activity["clinic"] = activity["provider"].map(clinics).fillna("").astype("str")
        if ((activity["clinic"] == "") & (activity["provider"] != "")).any():
            notes.append(note("providers_without_clinic"))
    notes += [note("channels_added", channel) for channel in channels]
    notes += [note("rows_at_a_limit")] if any(file.report.rows_in in LIMITS for file in files) else []
    notes += [note("identical_rows", area) for area in sorted({a for file in files for a in file.identical})]
    quality = _quality(files, log_changes + overrides, panel, notes) | {"corrections": corrected}
    span = (f"{first:%Y-%m}", f"{last:%Y-%m}")
    others = other_channels(study, lambda one: ingest(one).panel, *span)
    side = beside(files, others, *span)
    return Ingested(panel, activity, _timing(files, *span), quality, _connections(connections), side)


def _connections(rows: list[side_files.Connection] | None) -> pd.DataFrame:
    columns = [part.name for part in fields(side_files.Connection)]
    return pd.DataFrame([asdict(row) for row in rows or []], columns=columns).astype("str")


def _read(opened: list[Opened]) -> tuple[list[FileData], list[dict[str, Any]]]:
    """Every file; an earlier call log is read again without what later logs hold: their areas, on their days."""
    files = [raw.read() for raw in opened]
    changes: list[dict[str, Any]] = []
    for i, file in enumerate(files):
        later = [k for k in range(i + 1, len(files)) if _same_days(file, files[k]) and file.areas & files[k].areas]
        if not later:
            continue
        reread = opened[i].read([Replaced(*dates, f.areas) for f in (files[k] for k in later) if (dates := f.dates)])
        unsure = [files[k] for k in later if opened[k].entry.overlap is None]
        refuse_supplement(file, file.rows, reread.rows, unsure)
        changes += _log_changes(file, reread, [files[k] for k in later])
        files[i] = reread
    return files, changes


def _same_days(file: FileData, later: FileData) -> bool:
    """Whether a later log replaces days of an earlier one."""
    if later.added or file.dates is None or later.dates is None:
        return False
    return later.dates[0] <= file.dates[1] and later.dates[1] >= file.dates[0]


def _log_changes(file: FileData, reread: FileData, later: list[FileData]) -> list[dict[str, Any]]:
    """What the later logs changed in the months an earlier one had counted."""
    found = []
    keys = ["municipality", "month"]
    for measure in ("calls", "completed"):
        if measure not in file.rows or not all(measure in f.rows for f in later):
            continue
        before = file.rows.groupby(keys, observed=True)[measure].sum()
        rest = reread.rows.groupby(keys, observed=True)[measure].sum()
        replaced = before.sub(rest, fill_value=0)
        new = pd.concat([f.rows for f in later]).groupby(keys, observed=True)[measure].sum()
        both = rest.add(new, fill_value=0)
        for key in replaced.index[replaced > 0]:
            found += change(file.report.file, later[-1].report.file, key, measure, before, both)
    return found


def _check_pins(study: Study) -> None:
    for path, pinned in study.pins().items():
        if path.is_file() and sha256(path) != pinned:
            raise InputError(
                path.name,
                "another content than the study pins",
                f"sha256 {pinned[:12]}...",
                "restore the pinned export, or renew `sha256` when the new one is meant",
            )


def _check_files(study: Study) -> None:
    for key in ("connections", "denominators", "corrections", "clinics"):
        named = getattr(study, key)
        if named and not study.path(named).is_file():
            cure = "check the path; it is relative to the study file"
            raise InputError(study.where(key), f"no file {named}", "an existing file", cure)


def _provisional(files: list[FileData]) -> set[str]:
    """The months that the last file to hold them calls provisional."""
    found: set[str] = set()
    for file in files:
        said = {d["decided"] for d in file.report.decisions if d["what"] == "provisional"}
        months = set(file.rows["month"].astype(str))
        found = (found - months) | (months if "all_months" in said else said)
    return found


def _channels(study: Study, files: list[FileData]) -> tuple[list[str], list[str]]:
    """Where a study says nothing of channels: those that are added together, and those known not to be the app's.

    Raises `InputError` for a channel that no row has, and where no channel may be the app's.
    """
    told = [file.rows["channel"] for file in files if "channel" in file.present]
    kept = {channel for column in told for channel in column.unique()}
    absent = [channel for channel in study.channels or [] if told and channel not in kept]
    if absent:
        cure = "write it as the column does"
        raise InputError(
            study.where("channels"), f"no row of the channel {absent[0]!r}", "channels in the data", cure
        )
    named = sorted({str(channel) for channel in kept} - {""})
    if study.channels or study.other_channels or len(named) < 2:
        return [], []
    others = [channel for channel in named if is_other_channel(channel)]
    if not others or study.municipalities == "free":
        return named, []
    if others == named and "" not in kept:
        raise InputError(
            next(file.report.file for file in files if "channel" in file.present),
            f"calls of the channels {', '.join(named[:8])}",
            "calls of the app, or a study that says which channels count",
            'write `channels: ["..."]` in the study with those to be counted; they are added together',
        )
    return [], others


def _check_offset(study: Study, denominators: pd.DataFrame) -> None:
    if study.offset and study.offset not in set(denominators["measure"]):
        raise InputError(
            study.where("offset"),
            repr(study.offset),
            ", ".join(sorted(set(denominators["measure"]))),
            "choose a measure of the denominators file",
        )


def _activity(rows: pd.DataFrame) -> pd.DataFrame:
    """Observed calls by unit and month; hidden and missing cells are in the panel only."""
    table = rows[rows["calls_state"] == "observed"].reindex(columns=ACTIVITY)
    order = np.zeros(len(table), dtype="int64")
    for column in ACTIVITY[:7]:
        codes, texts = table[column].cat.codes.to_numpy("int64"), table[column].cat.categories
        order = order * max(len(texts), 1) + codes
    table = table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    month = table["month"].cat
    table["month"] = pd.to_datetime(month.categories).to_numpy("datetime64[s]")[month.codes]
    for column in ("calls", "completed", "seconds"):
        table[column] = table[column].astype("Int64")
    return table if len(table) > _MANY_ROWS else table.astype(dict.fromkeys(ACTIVITY[:6], "str"))


def _timing(files: list[FileData], first: str, last: str) -> pd.DataFrame:
    tables = [file.timing for file in files if file.timing is not None]
    if not tables:
        empty = pd.DataFrame({column: pd.Series(dtype="str") for column in TIMING})
        return empty.astype({"month": "datetime64[s]", "weekday": "int64", "hour": "int64", "calls": "int64"})
    table = pd.concat(tables)
    table = table[(table["month"] >= first) & (table["month"] <= last)]
    table = table.groupby(TIMING[:-1], as_index=False)[["calls"]].sum()
    table["month"] = pd.to_datetime(table["month"]).astype("datetime64[s]")
    return table


def _extent(file: FileData) -> dict[str, Any]:
    """What is used of a file: its calls, its first and last day (or month), how many areas it names."""
    first, last = file.dates or (file.first, file.last)
    calls = int(file.rows["calls"].sum()) if "calls" in file.rows else 0
    return {"calls": calls, "first": str(first), "last": str(last), "areas": len(file.areas)}


def _quality(
    files: list[FileData], overrides: list[dict[str, Any]], panel: pd.DataFrame, notes: list[str]
) -> dict[str, Any]:
    reports = [file.report.as_dict() | _extent(file) for file in files]
    states = panel["state"].value_counts()
    return {
        "files": reports,
        "rows": {
            "in": sum(report["rows_in"] for report in reports),
            "kept": sum(report["rows_kept"] for report in reports),
            "dropped": sum(sum(report["dropped"].values()) for report in reports),
        },
        "overrides": overrides,
        "months": {"first": f"{panel['month'].min():%Y-%m}", "last": f"{panel['month'].max():%Y-%m}"},
        "states": {state: int(n) for state, n in sorted(states.items())},
        "states_inferred": states_inferred(panel),
        "notes": notes,
    }
