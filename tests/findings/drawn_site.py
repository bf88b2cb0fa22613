"""A small site of drawn numbers, hostile names among them, written as a run writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd

import kl_research as kl
from kl_research.adoption.cut import Activity
from kl_research.commands.data.public_numbers import measure_spans, public_data
from kl_research.disclosure.published import Look, Published
from kl_research.effects.effect import Check, Threat
from kl_research.findings.handouts.handouts import write_handouts
from kl_research.findings.html import layout
from kl_research.findings.site.finish import finish
from kl_research.findings.site.site import Data, write_site
from kl_research.intake import Ingested
from kl_research.terms.panel import area_name, check_panel, with_areas
from kl_research.terms.study import Study
from tests.findings.drawn import effect, means, notebook
from tests.findings.drawn import series as effect_series
from tests.small_runs import printing

HOSTILE = {
    "901": '<img src=x onerror="alert(1)">',
    "902": "=HYPERLINK(\"x\")+cmd|' /C calc'!A0",
    "903": "Plejecenter \u202egnivel\u202c " + "lang " * 100,
    "904": "</script><script>alert(2)</script> 😀",
}

STUDY = """
study: proeve
title: {da: "Kontakt Læge-appen: prøve", en: "Kontakt Læge app: trial"}
simulated: true
raw:
  - {path: intet.csv}
municipalities: free
disclosure: {edition: EDITION, mask_below: 5}
language: LANG
processed: ../forarbejde
out: ../fund
"""

QUALITY: dict[str, Any] = {
    "files": [
        {
            "file": "=opkald_simuleret.csv",
            "sha256": "0" * 64,
            "layout": "calls",
            "encoding": "utf-8",
            "separator": ";",
            "sheet": "",
            "header_row": 1,
            "rows_in": 120,
            "rows_kept": 118,
            "dropped": {"subtotal": 2},
            "repaired": {"spaces": 3},
            "decisions": [{"what": "encoding", "decided": "utf-8", "why": "bom"}],
        }
    ],
    "rows": {"in": 120, "kept": 118, "dropped": 2},
    "overrides": [],
    "months": {"first": "2023-01", "last": "2025-02"},
    "states": {},
    "states_inferred": False,
    "notes": [],
}


def drawn_panel() -> pd.DataFrame:
    """Six areas over 26 months: ordinary, small, not connected, and four with hostile names."""
    rng = np.random.default_rng(3)
    months = pd.date_range("2023-01-01", periods=26, freq="MS")
    rows: list[tuple[Any, ...]] = []
    for code, mean in {"461": 14, "561": 3, "265": 0, "901": 9, "902": 20, "903": 6, "904": 2}.items():
        for month in months:
            connected = code != "265"
            calls = int(rng.poisson(mean)) if connected else pd.NA
            rows.append((code, month, "observed" if connected else "not_connected", calls))
    frame = pd.DataFrame(rows, columns=["municipality", "month", "state", "calls"])
    names = {"461": "Odense", "561": "Esbjerg", "265": "Roskilde", **HOSTILE}
    frame["population_80plus"] = 4000.0
    return with_areas(
        with_areas(check_panel(frame), "name", names), "region", dict.fromkeys(("461", "561", "901"), "1083")
    )


def drawn_activity(panel: pd.DataFrame) -> pd.DataFrame:
    """The calls of every month at one of three units and by one of nine provider numbers."""
    rng = np.random.default_rng(4)
    rows = panel[panel["calls"].fillna(0) > 0].loc[:, ["municipality", "month", "calls"]].reset_index(drop=True)
    turn = rng.integers(0, 9, len(rows))
    names = [HOSTILE[code] for code in sorted(HOSTILE)][:3]
    return rows.assign(
        administration="",
        unit=[names[t % 3] for t in turn],
        unit_type="plejecenter",
        channel="Video",
        provider=[f"p{t}" for t in turn],
        completed=rows["calls"],
        seconds=rows["calls"] * 300,
    )


def study(folder: Path, edition: str = "public", lang: str = "da") -> Study:
    """A study file in a folder of its own, loaded."""
    (folder / "params").mkdir(parents=True)
    file = folder / "params" / "proeve.yaml"
    file.write_text(STUDY.replace("EDITION", edition).replace("LANG", lang), encoding="utf-8")
    return Study.load(file)


def with_users(panel: pd.DataFrame, activity: pd.DataFrame) -> pd.DataFrame:
    """The panel with the active units and provider numbers of its observed months, as ingest makes it."""
    keys = ["municipality", "month"]
    users = activity.groupby(keys)[["unit", "provider"]].nunique().reset_index()
    users = users.rename(columns={"unit": "active_units", "provider": "active_providers"})
    both = panel.merge(users, how="left", on=keys)
    for name in ("active_units", "active_providers"):
        both[name] = both[name].fillna(0).astype("Int64").where(both["state"] == "observed")
    return check_panel(both)


def published(panel: pd.DataFrame, activity: pd.DataFrame | None = None) -> Published:
    """The public data set of drawn numbers, with a key of the tests."""
    columns = ["municipality", "administration", "month", "weekday", "hour", "calls"]
    timing = pd.DataFrame(columns=columns).astype({"weekday": "int64", "hour": "int64", "calls": "int64"})
    use = drawn_activity(panel).iloc[:0] if activity is None else activity
    first = f"{panel['month'].min():%Y-%m}"
    codes = sorted(panel.loc[panel["state"] != "not_connected", "municipality"].unique())
    known = {"municipality": codes, "administration": "", "unit_type": "", "connected_from": first}
    later = dict.fromkeys(("connected_to", "planned_from", "agreement_signed"), "")
    connections = pd.DataFrame({**known, "started_from": first, **later})
    return public_data(Ingested(panel, use, timing, QUALITY, connections), b"a key of the tests")


def build(folder: Path, edition: str = "public", lang: str = "da") -> Path:
    """The site; returns its folder."""
    one, panel = study(folder, edition, lang), drawn_panel()
    use = drawn_activity(panel)
    panel = with_users(panel, use)
    activity: Activity = use
    data = Data(panel, QUALITY, activity, kl.measure_table(panel, activity, periods=measure_spans(panel)))
    if edition == "public":
        told = published(panel, use)
        panel, activity = told.panel, Look(told)
        data = Data(panel, QUALITY, activity, told["measures"], told["windows"])
    entries = []
    for code in ("461", "561", "265", *HOSTILE):
        pages = {
            "intervention_effect": [
                kl.trend(panel, code, study=one),
                kl.show_effects(_effects(code, panel), panel, municipality=code, study=one),
                kl.record(_effects(code, panel), study=one),
            ],
            "data_quality": [
                kl.quality_report(QUALITY, panel, code, study=one),
                kl.description(panel, activity, code, study=one),
            ],
        }
        entries += [_page(folder, one, panel, code, name, shown) for name, shown in pages.items()]
    shown = [kl.national_trend(panel, activity, study=one), kl.show_municipalities(panel, activity, study=one)]
    entries.append(_page(folder, one, panel, "overview", "all_municipalities", shown))
    with printing():
        write_site(one, data, entries, also=write_handouts)
    return one.out_folder


def _effects(code: str, panel: pd.DataFrame) -> list[Any]:
    if code == "265":
        return [effect(municipality=code, area=code, verdict="not_assessable", reason="not_connected", n_donors=0)]
    own = panel[panel["municipality"] == code]["calls"].fillna(0).astype(float).tolist()
    months = [f"{m:%Y-%m}" for m in sorted(panel["month"].unique())]
    details = means(
        sum(own[:18]) / 18,
        sum(own[18:]) / 8,
        sum(own[:18]) / 18,
        primary_choice={"pre": months[:18], "post": months[18:]},
        event_title_da=HOSTILE.get(code, "Ledermøde"),
        event_titles={"x": {"da": HOSTILE["901"]}},
    )
    one = effect(
        municipality=code,
        area=code,
        verdict="inconclusive",
        estimate=1.1,
        conf_low=0.7,
        conf_high=1.6,
        p_value=0.6,
        detectable=1.8,
        n_pre=18,
        n_post=8,
        details=details,
        series=effect_series(own, 8, sum(own[:18]) / 18),
        checks=(Check("placebo_in_time", "passed"),),
        threats=(Threat("measurement_near", "x", "2024-11"),),
    )
    return [one, one.replace(primary=False, design="interrupted_time_series")]


def _page(folder: Path, one: Study, panel: pd.DataFrame, area: str, name: str, shown: list[Any]) -> dict[str, Any]:
    executed = folder / f"{area}.{name}.ipynb"
    nbformat.write(notebook(*shown), executed)
    html = one.out_folder / area / f"{name}.html"
    page = {
        "html": str(html),
        "area": area,
        "area_name": "" if area == "overview" else area_name(panel, area),
        "notebook": name,
        "language": one.language,
        "edition": one.disclosure.edition,
        "mask_below": 5,
        "simulated": True,
        "foot": list(layout.foot(one, one.language)),
    }
    record = finish(executed, page)
    status = "withheld" if record["withheld"] else "ok"
    return {
        "area": area,
        "notebook": name,
        "status": status,
        "error": "; ".join(record["withheld"]),
        "record": record,
        "html": str(html) if status == "ok" else "",
    }
