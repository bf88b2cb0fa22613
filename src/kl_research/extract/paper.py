"""The words of the package: methods with citations, the reporting checklist, how to cite, and what lies where."""

from __future__ import annotations

import re
from importlib import resources

import pandas as pd
import yaml

import kl_research
from kl_research.batch import keys
from kl_research.disclosure.perturbation import D
from kl_research.effects import Effect
from kl_research.extract.frames import Material
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import event_title, state_words
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name, states_inferred

_DESIGNS = (
    "controlled_interrupted_time_series",
    "few_comparisons",
    "interrupted_time_series",
    "exact_rate_ratio",
    "several_municipalities",
)


def methods(m: Material) -> str:
    """A methods section in Markdown with citations as pandoc reads them; only designs that answered are described."""
    study, lang = m.study, m.who.language
    panel = m.tables["panel"]
    told = [
        say(
            "paper.methods.design",
            lang,
            title=m.study.title_in(m.who.language),
            municipalities=told_of(panel),
            period=period(panel, lang),
            outcome=say(f"outcome.{study.outcome}", lang, n=2),
        ),
        say("paper.methods.window", lang, pre=_months(study.pre_months, lang), post=_months(study.post_months, lang)),
    ]
    told += [say(f"paper.methods.{design}", lang) for design in _DESIGNS if design in _used(m)]
    low, high = (formats.number(limit, lang, 2) for limit in study.equivalence_band)
    tests = len(m.tables["family"])
    told.append(say("paper.methods.verdict", lang, low=low, high=high, tests=tests))
    if m.who.public:
        told.append(say("paper.methods.numbers", lang, d=D))
    else:
        told.append(say("paper.methods.exact", lang, approval=m.approval))
    told.append(
        say(
            "paper.methods.software",
            lang,
            version=kl_research.__version__,
            code=keys.digest_source()[:12],
            python=keys.versions()["python"],
        )
    )
    if m.who.simulated:
        told.insert(0, say("paper.simulated", lang))
    return f"# {say('paper.methods.title', lang)}\n\n{' '.join(told)}\n\n# {say('paper.references', lang)}\n"


def _used(m: Material) -> set[str]:
    """The designs of the answers."""
    return {effect.design for effect in m.primaries if effect.estimate is not None}


def references(text: str) -> str:
    """The entries of the bibliography that a text cites."""
    whole = resources.files("kl_research.extract").joinpath("references.bib").read_text(encoding="utf-8")
    cited = set(re.findall(r"@(\w+)", text))
    entries = [entry.strip() for entry in whole.split("\n\n")]
    found = {match[1]: entry for entry in entries if (match := re.match(r"@\w+\{(\w+),", entry))}
    return "\n\n".join(entry for key, entry in found.items() if key in cited) + "\n"


def checklist(m: Material) -> pd.DataFrame:
    """Every item a report must state, its answer, and the file that holds it."""
    lang = m.who.language
    answers = {**_of_data(m), **_of_effects(m), "people": (say("paper.checklist.authors", lang), "CITATION.cff")}
    columns = [say(f"paper.checklist.{key}", lang) for key in ("item", "answer", "where")]
    order = [
        "design",
        "data",
        "definitions",
        "channels",
        "rows",
        "window",
        "dates",
        "fixed",
        "others",
        "counted",
        "comparison",
        "noise",
        "model",
        "effect",
        "counterfactual",
        "detectable",
        "sensitivity",
        "multiplicity",
        "missing",
        "denominator",
        "small",
        "not_measured",
        "people",
    ]
    none = say("paper.checklist.none", lang)
    return pd.DataFrame(
        [(say(f"paper.item.{key}", lang), answers[key][0] or none, answers[key][1]) for key in order], columns=columns
    )


def _of_data(m: Material) -> dict[str, tuple[str, str]]:
    study, lang, panel = m.study, m.who.language, m.tables["panel"]
    rules = m.quality["rules"]
    used = ", ".join([*rules["dropped"], *rules["repaired"]])
    states = panel["state"].value_counts()
    missing = [
        f"{state_words(str(s), lang, inferred=states_inferred(panel))} {formats.number(int(n), lang)}"
        for s, n in sorted(states.items())
    ]
    channels = [say(f"not_counted.{key}", lang) for key in ("sms", "vdx", "browser")]
    known = [c for c in panel if c not in ("municipality", "month", "state") and not str(c).endswith("_state")]
    named = [str(c) for c in known if c not in ("calls", "completed", "active_units", "active_providers")]
    return {
        "data": (
            say(
                "paper.answer.data",
                lang,
                municipalities=told_of(panel),
                period=period(panel, lang),
                layouts=", ".join(sorted({raw.layout for raw in study.raw})),
            ),
            "data/panel.csv, study.yaml",
        ),
        "definitions": (say("paper.answer.definitions", lang, seconds=study.completed_seconds), "codebook.csv"),
        "channels": ("; ".join(channels), ""),
        "rows": (
            say("paper.answer.rows", lang, rules=used or say("paper.checklist.none", lang)),
            "provenance.json",
        ),
        "missing": ("; ".join(missing), "data/panel.csv"),
        "denominator": (say("paper.answer.denominator", lang, names=", ".join(named)) if named else "", "study.yaml"),
        "small": (say("paper.answer.small", lang, most=m.who.mask_below - 1), "data/"),
        "not_measured": (say("not_measured", lang), ""),
    }


def told_of(panel: pd.DataFrame) -> int:
    """How many municipalities there are numbers of; the panel has the others of the register too."""
    return int(panel.loc[panel["state"].isin(["observed", "suppressed"]), "municipality"].nunique())


def _of_effects(m: Material) -> dict[str, tuple[str, str]]:
    study, lang = m.study, m.who.language
    changes = [event for event in m.events.values() if event.kind != "context"]
    answered = [effect for effect in m.primaries if effect.estimate is not None]
    donors = [effect.n_donors for effect in answered if not effect.details.get("no_comparison") and effect.n_donors]
    threats = sorted({threat.event for effect in m.primaries for threat in effect.threats if threat.event})
    breaks = sum(effect.verdict == "break_in_series" for effect in m.primaries)
    compared = say("paper.answer.comparison.none", lang)
    if donors:
        compared = say("paper.answer.comparison", lang, low=min(donors), high=max(donors))
    dated = sum(event.dated for event in changes)
    window = say(
        "paper.answer.window", lang, pre=_months(study.pre_months, lang), post=_months(study.post_months, lang)
    )
    return {
        "design": ("; ".join(say(f"design.{design}", lang) for design in sorted(_used(m))), "methods.md"),
        "window": (window, "data/results.csv: n_pre, n_post"),
        "dates": (say("paper.answer.dates", lang, dated=dated, n=len(changes)), "register.yaml"),
        "fixed": (say("paper.answer.fixed", lang), "data/models.csv: primary_hash"),
        "others": (", ".join(threats), "register.yaml"),
        "counted": (say("paper.answer.counted", lang, n=breaks), "data/results.csv: verdict"),
        "comparison": (compared, "data/results.csv: n_donors"),
        "noise": (say("paper.answer.noise", lang), "data/models.csv"),
        "model": (f"kl_research {kl_research.__version__}", "methods.md, provenance.json"),
        "effect": (f"{len(answered)} / {len(m.primaries)}", "data/results.csv: estimate, extra_calls"),
        "counterfactual": (formats.number(m.tables["series"]["event"].nunique(), lang), "data/series.csv, figures/"),
        "detectable": ("80 %", "data/results.csv: detectable"),
        "sensitivity": (formats.number(len(m.effects) - len(m.primaries), lang), "data/results.csv, data/checks.csv"),
        "multiplicity": (say("paper.answer.multiplicity", lang, n=len(m.tables["family"])), "data/family.csv"),
    }


def answers(m: Material) -> pd.DataFrame:
    """The primary answers as a table for a paper."""
    lang = m.who.language
    none = "–"
    rows = []
    for e in m.primaries:
        known = e.estimate is not None
        low, high = (formats.number(v, lang, 2) if v is not None else "" for v in (e.conf_low, e.conf_high))
        rows.append(
            (
                event_title(e, lang),
                place(e, m),
                f"{e.n_pre}/{e.n_post}" if e.n_pre or e.n_post else none,
                formats.number(e.estimate or 0, lang, 2) if known else none,
                f"{low}–{high}" if known else none,
                formats.number(e.detectable, lang, 1) if e.detectable else none,
                say(f"verdict.{e.verdict}", lang),
            )
        )
    keys_ = ("column.event", "shown.area", "shown.window", "effects.column.estimate", "effects.column.interval")
    names = [*(say(key, lang) for key in keys_), say("shown.detectable", lang), say("effects.column.verdict", lang)]
    return pd.DataFrame(rows, columns=names)


def measures_table(m: Material) -> tuple[str, pd.DataFrame]:
    """The nation's measures of the last twelve months, with their period."""
    lang = m.who.language
    frame = m.tables["measures"]
    national = frame[(frame["level"] == "national") & frame["value"].notna()]
    last = sorted(p for p in national["period"].unique() if _length(p) == 12)[-1:]
    rows = national[national["period"].isin(last)]
    said = [
        (say(f"measure.{measure}", lang), formats.number(value, lang, 2), unit)
        for measure, value, unit in zip(rows["measure"], rows["value"].astype(float), rows["unit"], strict=True)
    ]
    columns = [say("shown.measure.title", lang), say("column.value", lang), say("shown.unit", lang)]
    named = formats.period(last[0][:7], last[0][8:], lang) if last else ""
    return named, pd.DataFrame(said, columns=columns)


def _length(period_text: str) -> int:
    first, last = period_text.split("/")
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:7]) - int(first[5:7]) + 1


def document(frame: pd.DataFrame, caption: str, lang: str) -> str:
    """A table as a page that Word opens."""
    table = html_table(frame, caption=caption, lang=lang)
    rule = "table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:2pt 6pt}"
    rule += "thead th{border-top:1pt solid;border-bottom:1pt solid}tbody tr:last-child>*{border-bottom:1pt solid}"
    head = f'<meta charset="utf-8"><title>{caption}</title><style>{rule}caption{{text-align:left}}</style>'
    return f'<!DOCTYPE html>\n<html lang="{lang}"><head>{head}</head><body>{table}</body></html>\n'


def latex(frame: pd.DataFrame, caption: str, label: str) -> str:
    """A table as LaTeX, to be put between \\input braces; needs the package booktabs."""
    return str(frame.to_latex(index=False, escape=True, caption=caption, label=f"tab:{label}"))


def markdown(frame: pd.DataFrame) -> str:
    """A table as Markdown."""
    rows = [list(frame.columns), ["---"] * frame.shape[1], *frame.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows) + "\n"


def citation(m: Material) -> str:
    """How the data of the package are cited; the authors are to be filled in."""
    content = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them as below and kl_research as their software.",
        "type": "dataset",
        "title": m.study.title_in(m.who.language) + (" (simulated)" if m.who.simulated else ""),
        "authors": [{"name": "To be filled in by the authors"}],
        "version": f"{m.tables['panel']['month'].max():%Y-%m}",
        "references": [
            {
                "type": "software",
                "title": "kl_research",
                "version": kl_research.__version__,
                "authors": [{"name": "The kl_research authors"}],
            }
        ],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def place(effect: Effect, m: Material) -> str:
    """Where an answer is about."""
    lang = m.who.language
    if effect.level == "event":
        return say("shown.outside", lang, n=effect.n_municipalities)
    if not effect.area:
        return say("shown.nation", lang)
    return REGION_NAMES.get(effect.area) or area_name(m.tables["panel"], effect.area)


def period(panel: pd.DataFrame, lang: str) -> str:
    """The months of the panel in words."""
    first, last = (f"{panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    return formats.period(first, last, lang)


def _months(n: int, lang: str) -> str:
    return say("months", lang, n=n)
