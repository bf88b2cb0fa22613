"""The tables of a release: results, panel, measures, alerts, sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.adoption import TABLE_COLUMNS
from kl_research.effects.effect import RESULT_COLUMNS, Effect, results_table
from kl_research.effects.records import recorded
from kl_research.findings.html.tables import csv_text
from kl_research.findings.pages.area import Site
from kl_research.findings.pages.beside import channel_measures
from kl_research.findings.site.chances import name_of
from kl_research.findings.statements.phrases import phrase
from kl_research.findings.words.reader import Reader
from kl_research.findings.words.wording import sentence
from kl_research.terms.panel import check_panel

STATEMENT_COLUMNS = [
    "statement",
    "level",
    "area",
    "kind",
    "measure",
    "period",
    "value",
    "compared_with",
    "compared_period",
    "compared_value",
    "direction",
    "certainty",
    "caveats",
    "source",
    "sentence",
]
_NOT_PUBLISHED = ("name", "region", "state_source")
_KEY = ["measure", "level", "area", "part", "period"]


def tables(
    out: Path,
    site: Site,
    windows: pd.DataFrame | None,
) -> list[Path]:
    """Write every table of the contract; returns the files."""
    panel, areas, entries, who = site.panel, site.areas, site.entries, site.who
    overview = [e for e in entries if e["area"] == "overview"]
    effects = [effect for area in areas for effect in area.effects]
    frames = {
        "panel": panel_table(panel),
        "results": results(effects, overview),
        "measures": pd.concat([all_measures(entries, site.measures), _by_channel(site)], ignore_index=True),
        "alerts": _rows(entries, "alerts"),
        "sentences": _sentences(entries, effects, who),
        "statements": statements_table(site),
    }
    if windows is not None:
        frames["windows"] = windows
    return write_tables(out, frames, who)


def _by_channel(site: Site) -> pd.DataFrame:
    """Calls by channel of the municipalities with pages of their own."""
    others = {
        area.code: (site.beside(area.code), area.summary)
        for area in site.areas
        if site.beside is not None and area.entries and area.summary is not None
    }
    return channel_measures(site.panel, site.activity, others)


def panel_table(panel: pd.DataFrame) -> pd.DataFrame:
    """The columns of the panel that are published."""
    return panel.drop(columns=[c for c in panel if c in _NOT_PUBLISHED or str(c).endswith("_drawn")])


def write_tables(out: Path, frames: Mapping[str, pd.DataFrame], who: Reader) -> list[Path]:
    """Tables as CSV by name, the panel and the results as Parquet too; returns the files."""
    written = []
    for name, frame in frames.items():
        marked = frame.assign(simulated=True) if who.simulated else frame
        marked = marked.assign(edition="own") if who.edition == "own" else marked
        path = out / f"{name}.csv"
        path.write_text(csv_text(marked), encoding="utf-8", newline="\n")
        written.append(path)
        if name in ("panel", "results"):
            parquet = out / f"{name}.parquet"
            (check_panel(frame) if name == "panel" else frame).to_parquet(parquet, index=False)
            written.append(parquet)
    return written


def all_measures(entries: Sequence[dict[str, Any]], measures: pd.DataFrame) -> pd.DataFrame:
    """What the notebooks recorded of municipalities, with regions and nation from the table of all measures."""
    own = _rows(entries, "measures")
    own = own[own["level"] == "municipality"] if "measure" in own else measures.iloc[:0]
    above = measures[measures["level"].isin(["region", "national"])]
    both = [own[TABLE_COLUMNS].astype(object), above[TABLE_COLUMNS].astype(object)]
    return pd.concat(both, ignore_index=True).drop_duplicates(_KEY, ignore_index=True)


def results(effects: Sequence[Effect], overview: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row an effect, sorted; effects recorded by overviews (regions, nation) after those of municipalities."""
    own = {name_of(e): e for e in effects}
    for effect in recorded(overview):
        own.setdefault(name_of(effect), effect)
    frame = results_table([own[key] for key in sorted(own)])
    return frame[RESULT_COLUMNS]


def statements_table(site: Site) -> pd.DataFrame:
    """One row a statement: what is true of an area, its comparison, how sure it is, and its sentence."""
    names = {area.code: area.name for area in site.areas}
    rows = []
    for one in site.statements:
        against = one.compared
        held = (against.with_, against.period, against.value, against.direction) if against else ("", "", None, "")
        words = phrase(one, names.get(one.area, ""), site.who)
        sure = (one.certainty, "; ".join(one.caveats), one.source, words)
        rows.append((one.id, one.level, one.area, one.kind, one.measure, one.period, one.value, *held, *sure))
    return pd.DataFrame(rows, columns=STATEMENT_COLUMNS)


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
