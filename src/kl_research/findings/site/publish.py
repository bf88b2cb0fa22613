"""The tables of a release: results, panel, measures, alerts, sentences; small numbers hidden where all may read."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.adoption import TABLE_COLUMNS, measure_table
from kl_research.adoption.cut import Level
from kl_research.effects.effect import RESULT_COLUMNS, Effect, recorded, results_table
from kl_research.findings.html.tables import csv_text
from kl_research.findings.pages.area import Area
from kl_research.findings.suppression.effects import for_reader, windows_of
from kl_research.findings.suppression.measures import dominated, public_measures, without_dominated
from kl_research.findings.suppression.series import MEASURES, audit, public_panel, series, told
from kl_research.findings.words.reader import Reader
from kl_research.findings.words.wording import sentence
from kl_research.terms.panel import area_region, check_panel
from kl_research.terms.study import Study

AUDIT = "disclosure_audit.csv"  # what was hidden and why; stays with the processed data
_KEY = ["measure", "level", "area", "part", "period"]
_name = attrgetter("level", "area", "event", "type", "outcome", "design", "estimand")
_SPAN = ["municipality", "measure", "first", "last", "reason", "event"]


def tables(
    out: Path,
    study: Study,
    panel: pd.DataFrame,
    areas: Sequence[Area],
    entries: Sequence[dict[str, Any]],
    who: Reader,
    activity: pd.DataFrame | None = None,
) -> list[Path]:
    """Write every table of the contract, and beside the processed data the audit; returns the former's files."""
    safe = public_panel(panel, who.threshold) if who.public else panel
    overview = [e for e in entries if e["area"] == "overview"]
    effects = [effect for area in areas for effect in area.effects]
    measured = public_measures(all_measures(entries, panel, activity, who), panel, who)
    measured = measured[measured.pop("published")].reset_index(drop=True)
    why = dominated(measured, activity, who)
    if who.public:
        study.processed_folder.mkdir(parents=True, exist_ok=True)
        listed = audited(panel, areas, overview, measured.assign(reason=why)[why != ""], who)
        (study.processed_folder / AUDIT).write_text(csv_text(listed), encoding="utf-8", newline="\n")
    frames = {
        "panel": safe,
        "results": results(effects, overview, panel, who),
        "measures": without_dominated(measured, why),
        "alerts": _rows(entries, "alerts"),
        "sentences": _sentences(entries, effects, who),
    }
    written = []
    for name, frame in frames.items():
        marked = frame.assign(simulated=True) if who.simulated else frame
        path = out / f"{name}.csv"
        path.write_text(csv_text(marked), encoding="utf-8", newline="\n")
        written.append(path)
        if name in ("panel", "results"):
            parquet = out / f"{name}.parquet"
            (check_panel(safe) if name == "panel" else frame).to_parquet(parquet, index=False)
            written.append(parquet)
    return written


def all_measures(
    entries: Sequence[dict[str, Any]], panel: pd.DataFrame, activity: pd.DataFrame | None, who: Reader
) -> pd.DataFrame:
    """What the notebooks recorded of municipalities, the regions and the nation; in the public profile every
    municipality beside them, run or not, since what may be told of a total depends on all.

    `published` says which rows a release has: what the notebooks recorded of municipalities, and all above them.
    """
    last = f"{panel['month'].max():%Y-%m}"
    regional = any(area_region(panel, code, last) for code in panel["municipality"].unique())
    levels: list[Level] = ["region", "national"] if regional else ["national"]
    if who.public:
        levels.insert(0, "municipality")
    every = measure_table(panel, activity, levels=levels)
    own = _rows(entries, "measures")
    own = own[own["level"] == "municipality"] if "measure" in own else every.iloc[:0]
    both = [
        own[TABLE_COLUMNS].assign(published=True).astype(object),
        every.assign(published=every["level"] != "municipality").astype(object),
    ]
    rows = pd.concat(both, ignore_index=True).drop_duplicates(_KEY, ignore_index=True)
    return rows.astype({"published": bool})


def audited(
    panel: pd.DataFrame,
    areas: Sequence[Area],
    overview: Sequence[dict[str, Any]],
    dominated: pd.DataFrame,
    who: Reader,
) -> pd.DataFrame:
    """Everything hidden and why, for the house: counts (`disclosure.audit`), rates and effects.

    Reasons beside those of counts: few_contributors and dominance (`contributors`) of a rate; of an effect, from the
    first month before to the last after, hidden_month (its two means are told, its numbers are not), window (what it
    says would give a count away: its verdict alone is told) and few_municipalities (a sum of two or three).
    """
    period = dominated["period"].astype(str)
    rates = dominated.rename(columns={"area": "municipality"}).assign(
        first=period.str[:7], last=period.str[-7:], event=""
    )
    rows = []
    both = [(area.code, own) for area in areas for own in zip(area.as_recorded, area.effects, strict=True)]
    for code, (true, safe) in both:
        if safe.details.get("hidden"):
            months = sorted(month for window in windows_of([true]) for month in window)
            ends = (months[0], months[-1]) if months else ("", "")
            reason = "hidden_month" if "mean_after" in safe.details else "window"
            rows.append((code, true.outcome, *ends, reason, true.event))
    for effect in recorded(overview):
        if effect.level == "event" and "mean_after" in effect.details:
            rows.append(("", effect.outcome, "", "", "few_municipalities", effect.event))
    effects = pd.DataFrame(rows, columns=_SPAN).drop_duplicates()
    return pd.concat([audit(panel, who.threshold).assign(event=""), rates[_SPAN], effects], ignore_index=True)


def told_table(panel: pd.DataFrame, areas: Sequence[Area], who: Reader) -> pd.DataFrame:
    """Every total that this release tells (`disclosure.told`), and those of the windows of effects with numbers."""
    windows = []
    for effect in [e for area in areas for e in area.effects if _tells(e)]:
        choice = effect.details.get("primary_choice") or {}
        own = series(panel, effect.municipality, effect.outcome).set_index("month")["value"]
        for side in (choice.get("pre"), choice.get("post")):
            if side and side == own.loc[side[0] : side[-1]].index.tolist() and own[side].notna().all():
                windows.append((effect.municipality, effect.outcome, side[0], side[-1], int(own[side].sum())))
    table = told(panel, who.threshold)
    more = pd.DataFrame(windows, columns=table.columns)
    return pd.concat([table, more], ignore_index=True).drop_duplicates() if windows else table


def _tells(effect: Effect) -> bool:
    """Whether an effect's numbers tell the totals of its window."""
    return effect.outcome in MEASURES and (effect.estimate is not None or "mean_after" in effect.details)


def results(
    effects: Sequence[Effect], overview: Sequence[dict[str, Any]], panel: pd.DataFrame, who: Reader
) -> pd.DataFrame:
    """One row an effect, sorted; effects recorded by overviews (regions, nation) after those of municipalities."""
    own = {_name(e): e for e in effects}
    for effect in for_reader(recorded(overview), panel, who):
        own.setdefault(_name(effect), effect)
    frame = results_table([own[key] for key in sorted(own)])
    return frame[RESULT_COLUMNS]


def _rows(entries: Sequence[dict[str, Any]], part: str) -> pd.DataFrame:
    rows = [row for e in entries if e.get("record") for row in e["record"].get(part, [])]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["area"])


def _sentences(entries: Sequence[dict[str, Any]], effects: Sequence[Effect], who: Reader) -> pd.DataFrame:
    """Every sentence with its place: those the notebooks showed, and those of the primary effects."""
    rows = [
        (e["area"], e["notebook"], "", text)
        for e in entries
        if e.get("record")
        for text in e["record"].get("sentences", [])
    ]
    rows += [(e.area, "index", e.event, sentence(e, who.language)) for e in effects if e.primary]
    return pd.DataFrame(rows, columns=["area", "page", "event", "sentence"])
