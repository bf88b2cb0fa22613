"""Tables that a paper must have: flow of municipalities, baseline, TIDieR, protocol, and what a claim depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.extract.frames import Material
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import event_title
from kl_research.terms.events import Event
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name

_CLOSED = ("not_connected", "not_started", "not_begun")
_TIDIER = ("name", "why", "what", "who", "where", "when", "tailoring", "how_well")
VIEWS = ("sceptical", "ordinary", "open")


def flow(m: Material) -> pd.DataFrame:
    """How many municipalities there were at each step, from the register to an assessed intervention."""
    panel, lang = m.tables["panel"], m.who.language
    codes = set(panel["municipality"])
    open_ = set(panel.loc[~panel["state"].isin(_CLOSED), "municipality"])
    seen = set(panel.loc[panel["state"] == "observed", "municipality"])
    own = [e for e in m.primaries if e.level == "municipality"]
    touched = {e.area for e in own}
    assessed = {e.area for e in own if e.estimate is not None}
    donors = {code for e in own for code in e.details.get("donors", [])}
    steps = {
        "all": len(codes),
        "connected": len(open_),
        "observed": len(seen),
        "with_event": len(touched),
        "assessed": len(assessed),
        "not_assessed": len(touched - assessed),
        "donors": len(donors),
    }
    rows = [(say(f"paper.flow.{key}", lang), n) for key, n in steps.items()]
    return pd.DataFrame(rows, columns=[say("paper.flow.step", lang), say("paper.flow.n", lang)])


def baseline(m: Material) -> pd.DataFrame:
    """Calls a month before each assessed intervention: the municipality's, and its comparison municipalities'."""
    panel, lang = m.tables["panel"], m.who.language
    calls = panel.assign(text=panel["month"].dt.strftime("%Y-%m")).pivot(
        index="text", columns="municipality", values="calls"
    )
    calls = calls.astype("float64")
    rows = []
    for e in m.primaries:
        if e.level != "municipality" or e.estimate is None or e.series.empty:
            continue
        before = list(e.series.loc[e.series["period"] == "before", "month"])
        others = [code for code in e.details.get("donors", []) if code in calls]
        means = calls.loc[calls.index.isin(before), others].mean()
        own = calls.loc[calls.index.isin(before), e.area].mean()
        quarter, middle, upper = (means.quantile(q) if len(means) else float("nan") for q in (0.25, 0.5, 0.75))
        numbers = tuple(_number(x, lang) for x in (own, middle, quarter, upper))
        rows.append((event_title(e, lang), area_name(panel, e.area), len(before), len(others), *numbers))
    keys = ("event", "area", "months", "donors", "own", "median", "quarter", "upper")
    return pd.DataFrame(rows, columns=[say(f"paper.baseline.{key}", lang) for key in keys])


def _number(value: Any, lang: str) -> str:
    return "" if pd.isna(value) else formats.number(float(value), lang, 1)


def dependence(m: Material) -> pd.DataFrame:
    """What each answer depends on: the growth at which a claim falls, and its probability under three beliefs."""
    rows = []
    for e in m.primaries:
        if e.estimate is None:
            continue
        told: Mapping[str, Any] = e.details.get("probability") or {}
        chances = [told.get(view, {}).get("rise") for view in VIEWS]
        rows.append((e.level, e.area, e.event, e.verdict, e.breakdown_slope, *chances))
    names = [f"probability_rise_{view}" for view in VIEWS]
    return pd.DataFrame(rows, columns=["level", "area", "event", "verdict", "breakdown_slope", *names])


def tidier(m: Material) -> str:
    """Each intervention after the TIDieR check list (Hoffmann 2014), as far as the register tells, in Markdown."""
    lang = m.who.language
    parts = [f"# {say('paper.tidier.title', lang)}", say("paper.tidier.lead", lang)]
    for event in m.events.values():
        if event.kind != "intervention":
            continue
        told = _told(event, [e for e in m.primaries if e.event == event.id], lang)
        lines = [
            f"- **{say(f'paper.tidier.{key}', lang)}**: {told.get(key) or say('paper.tidier.unknown', lang)}"
            for key in _TIDIER
        ]
        parts.append(f"## {told['name']}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _told(event: Event, effects: Sequence[Effect], lang: str) -> dict[str, str]:
    titles = {str(code): text for code, text in event.title.items()}
    where = [*event.municipalities, *(REGION_NAMES.get(code, code) for code in event.regions)]
    tags = [say(f"tag.{tag}", lang) for tag in event.tags]
    used = sorted({f"{e.n_pre}/{e.n_post}" for e in effects if e.n_post})
    return {
        "name": titles.get(lang) or titles.get("da") or event.id,
        "why": say(f"register.choice.{event.expected}", lang),
        "what": "; ".join([say(f"register.choice.{event.type}", lang), *tags]),
        "where": say("shown.nation", lang) if event.national else ", ".join(where),
        "when": formats.date(event.date, lang) if event.date and "/" not in event.date else (event.date or ""),
        "how_well": say("paper.tidier.months", lang, months=", ".join(used)) if used else "",
    }


def protocol(registration: Mapping[str, Any], lang: str) -> str:
    """A protocol from a registered plan: what was fixed before outcomes were read, and its hash."""
    fixed = registration["fixed"]
    titles = fixed["title"]
    lines = [f"# {say('paper.protocol.title', lang)}: {titles.get(lang) or next(iter(titles.values()))}", ""]
    shown = {
        "question": fixed["question"],
        "design": f"{fixed['design']}; {fixed['test']}",
        "outcome": fixed["outcome"],
        "municipalities": ", ".join(f"{code} ({start})" for start, code in fixed["allocation"]),
        "window": f"{fixed['pre_months']} / {fixed['months_after']}",
        "expected": formats.number(fixed["expected_ratio"], lang, 2),
        "analysis": fixed["analysed_as"],
        "decision": "; ".join(fixed["decision"]),
        "data": fixed["data_until"],
        "hash": registration["hash"],
    }
    lines += [f"- **{say(f'paper.protocol.{key}', lang)}**: {value}" for key, value in shown.items()]
    return "\n".join(lines) + "\n"
