"""The processed folder: what ingest leaves behind, and how it is read again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.disclosure.published import Look, read_published
from kl_research.disclosure.seals import is_published
from kl_research.disclosure.window_totals import WindowTotals
from kl_research.intake.assemble import Ingested
from kl_research.intake.own import OwnLook, is_own, read_own
from kl_research.terms.errors import InputError
from kl_research.terms.panel import write_panel
from kl_research.terms.question import Question
from kl_research.terms.study import Study


def write_processed(ingested: Ingested, folder: str | Path) -> Path:
    """Write panel, activity, timing and connections (Parquet) and quality.json; the folder is made when absent."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    write_panel(ingested.panel, target)
    for name in ("activity", "timing", "connections", "beside"):
        getattr(ingested, name).to_parquet(target / f"{name}.parquet", index=False)
    text = json.dumps(ingested.quality, ensure_ascii=False, indent=1)
    (target / "quality.json").write_text(text + "\n", encoding="utf-8")
    return target


def read_activity(folder: str | Path) -> pd.DataFrame | Look | OwnLook:
    """Calls by municipality, administration, unit, provider pseudonym, channel and month.

    A public data set holds no rows of calls: there the published numbers are looked up instead (`Look`), and
    whatever takes `activity` takes either.

    `folder` is a study's processed folder, a row is what one unit and provider did in a month: `calls`, `completed`
    and `seconds` are sums. Internal: never published.

    Parameters
    ----------
    folder : str | Path
        A study's processed folder, `study.processed_folder`, or the public data set in it.

    Returns
    -------
    DataFrame | Look | OwnLook
        A row a combination, `month` its first day, `seconds` of video, the rest counts.

    Raises
    ------
    InputError
        When nothing was ingested into it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> use = pd.DataFrame({"municipality": ["461"], "unit": ["A"], "calls": [3]})
    >>> with TemporaryDirectory() as folder:
    ...     use.to_parquet(f"{folder}/activity.parquet")
    ...     read_activity(folder)["calls"].tolist()
    ...
    [3]
    """
    if is_own(folder):
        return read_own(folder)[0]
    if is_published(folder):
        return Look(read_published(folder))
    return pd.read_parquet(_file(folder, "activity.parquet"))


def read_question(study: Study) -> Question:
    """What a study asks of every event; in the public edition with the published totals of every window.

    Parameters
    ----------
    study : Study
        A loaded study that was ingested.

    Returns
    -------
    Question
        A `Question`, for `kl.evaluate` and the designs.

    Raises
    ------
    InputError
        When nothing was ingested.

    Examples
    --------
    >>> study = Study.load("params/demo.yaml")
    >>> internal = study.disclosure.model_copy(update={"edition": "internal"})
    >>> read_question(study.with_changes(disclosure=internal)).pre_months
    24
    """
    if is_own(study.data_folder):
        return replace(study.question, totals=read_own(study.data_folder)[1])
    if not is_published(study.data_folder):
        return study.question
    return replace(study.question, totals=WindowTotals(read_published(study.data_folder)))


def read_measures(folder: str | Path, municipality: str | None = None) -> pd.DataFrame:
    """All adoption measures, as `kl.measure_table` makes them, over the standard periods and calendar years.

    `folder` is a study's processed folder, or the public data set in it; `municipality` chooses one, None all of them
    with regions and nation.

    Parameters
    ----------
    folder : str | Path
        A study's processed folder, or the public data set in it.
    municipality : str | None, optional
        A municipality's code; None: all of them, with regions and nation.

    Returns
    -------
    DataFrame
        The columns of `kl.measure_table`.

    Raises
    ------
    InputError
        When nothing was ingested into it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> rows = pd.DataFrame({"measure": ["calls"], "level": ["municipality"], "area": ["461"], "value": [3.0]})
    >>> with TemporaryDirectory() as folder:
    ...     rows.to_parquet(f"{folder}/measures.parquet")
    ...     len(read_measures(folder, "461")), len(read_measures(folder, "101"))
    ...
    (1, 0)
    """
    chosen = [("level", "==", "municipality"), ("area", "==", municipality)] if municipality is not None else None
    return pd.read_parquet(_file(folder, "measures.parquet"), filters=chosen)


def read_timing(folder: str | Path) -> pd.DataFrame:
    """Calls by municipality, administration, month, weekday (1 = Monday) and hour; empty when no log was read.

    `folder` is a study's processed folder; hours are 0-23, local time.

    Returns
    -------
    DataFrame
        Columns municipality, administration, month, weekday, hour, calls.

    Raises
    ------
    InputError
        When nothing was ingested.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     pd.DataFrame({"weekday": [1], "hour": [9], "calls": [3]}).to_parquet(f"{folder}/timing.parquet")
    ...     read_timing(folder)["hour"].tolist()
    ...
    [9]
    """
    if is_published(folder):
        return read_published(folder)["hours"].copy()
    return pd.read_parquet(_file(folder, "timing.parquet"))


def read_connections(folder: str | Path) -> pd.DataFrame:
    """The connections file as months ("2024-10", empty for none): municipality, administration, unit_type,
    connected_from, started_from, connected_to, planned_from, agreement_signed; no rows when the study names none.

    Returns
    -------
    DataFrame
        Text columns: municipality, administration, unit_type, connected_from, started_from, connected_to,
        planned_from, agreement_signed.

    Raises
    ------
    InputError
        When nothing was ingested into the folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> known = pd.DataFrame({"municipality": ["461"], "connected_from": ["2024-10"]})
    >>> with TemporaryDirectory() as folder:
    ...     known.to_parquet(f"{folder}/connections.parquet")
    ...     read_connections(folder)["connected_from"].tolist()
    ...
    ['2024-10']
    """
    return pd.read_parquet(_file(folder, "connections.parquet"))


def read_beside(folder: str | Path, municipality: str) -> pd.DataFrame:
    """Counts of a municipality beside its calls, by window: other channels, and how calls came about.

    `folder` is a study's processed folder, or the public data set in it. Raises `InputError` before any ingest.

    Returns columns kind (channel, initiative, citizen_present, planned), value, first, last, calls; months as text.
    Of the complete data, single months and `in_office_hours` too.
    """
    if is_published(folder):
        table = read_published(folder)["beside"]
        own = table[(table["level"] == "municipality") & (table["area"] == municipality)]
        return own[["kind", "value", "first", "last", "calls"]].reset_index(drop=True)
    table = pd.read_parquet(_file(folder, "beside.parquet"), filters=[("municipality", "==", municipality)])
    month = table["month"].dt.strftime("%Y-%m")
    return table.assign(first=month, last=month)[["kind", "value", "first", "last", "calls", "in_office_hours"]]


def read_quality(folder: str | Path) -> dict[str, Any]:
    """What was read, kept, dropped, repaired and decided, as ingest wrote it: counts of rows, and codes of rules.

    `folder` is a study's processed folder.

    Returns
    -------
    dict[str, Any]
        What quality.json holds: `rows`, `files`, `months`, `states`, `overrides`, `notes`.

    Raises
    ------
    InputError
        When nothing was ingested into it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "quality.json").write_text('{"rows": {"in": 9}}')
    ...     read_quality(folder)["rows"]
    ...
    {'in': 9}
    """
    content: dict[str, Any] = json.loads(_file(folder, "quality.json").read_text(encoding="utf-8"))
    return content


def _file(folder: str | Path, name: str) -> Path:
    path = Path(folder) / name
    if not path.is_file():
        raise InputError(
            str(folder), f"no {name}", "a folder of processed data", "run `kl-research ingest STUDY.yaml` first"
        )
    return path
