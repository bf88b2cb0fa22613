"""A coming intervention, registered before its outcomes exist: power, allocation, page, and later a check.

`kl-research plan PLAN.yaml` writes into the plan's `out` folder: `<plan>.json`, the registration with its hash;
`<plan>.html`, the page; `<plan>-allocation.csv`, who starts when. The registration is never overwritten. Run again
with the same plan it is checked: that nothing in it was changed, and, once the register of the study holds the event,
that the analysis follows it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kl_research.batch.state import put
from kl_research.commands.data.kept import data_to_judge
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.plan_file import Plan
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.events import Event
from kl_research.terms.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from kl_research.effects.questions.planning import Basis

RUNS = 200
_DESIGN = {1: "controlled_interrupted_time_series", 2: "several_municipalities", 3: "random_effects"}
_TEST = {
    1: "rank of the studentised change among the comparison municipalities",
    2: "randomisation over who was chosen",
    3: "randomisation over who started when",
}
_NOT_FIXED = {"out", "study", "costs", "prior", "sent"}  # what is no part of the registration
OTHERS = (1, 3, 5, 8, 12, 20)  # numbers of municipalities shown beside the plan's own


def plan(file: Path, language: str | None = None) -> list[str]:
    """Register a plan, or check the one registered; the lines to print. Raises `InputError`."""
    from kl_research.effects.questions.planning import basis_of

    planned = Plan.load(file)
    study = load_study(Path.resolve(planned._file.parent / planned.study), language)
    prepared = prepare(study)
    panel, _ = data_to_judge(prepared)
    stored = planned.folder / f"{planned.plan}.json"
    if stored.is_file():
        return check(planned, study, json.loads(stored.read_text(encoding="utf-8")), panel)
    last = f"{panel['month'].max():%Y-%m}"
    if planned.start <= last:
        raise InputError(
            f"{file.name}, start",
            f"{planned.start}, and data to {last}",
            "a start after the last month of data",
            "a plan can only be registered before its outcomes have been read",
        )
    basis = basis_of(panel, outcome=planned.outcome, pre_months=study.pre_months, months_after=planned.months_after)
    if basis is None:
        raise InputError(
            file.name, "fewer than 20 municipalities to plan with", "20 or more", "see `kl-research events`"
        )
    _known(planned, basis, file)
    registration = register(planned, study, basis)
    tables = power_tables(planned, basis)
    return _write(planned, study, panel, registration, tables)


def _known(planned: Plan, basis: Basis, file: Path) -> None:
    given = planned.municipalities
    unknown = [code for code in given if code not in basis.codes] if isinstance(given, list) else []
    if unknown:
        raise InputError(
            f"{file.name}, municipalities",
            f"{unknown[0]!r}",
            "municipalities observed in every month before",
            f"choose among these {len(basis.codes)}: {', '.join(basis.codes)}",
        )
    if planned.number > len(basis.codes) // 2:
        raise InputError(
            f"{file.name}, municipalities",
            f"{planned.number} of {len(basis.codes)}",
            "at most half of them",
            "somebody must be left to compare with",
        )


def register(planned: Plan, study: Study, basis: Basis) -> dict[str, Any]:
    """What is fixed before outcomes are read: question, who and when, primary design, decision rule; and its hash."""
    from kl_research.effects.questions.planning import allocate

    lots = allocate(
        basis.codes, planned.municipalities, planned.start, planned.steps, planned.step_months, planned.seed
    )
    fixed = {
        **planned.model_dump(mode="json", exclude=_NOT_FIXED),
        "study": study.study,
        "allocation": sorted([row["start"], row["municipality"]] for row in lots.to_dict("records")),
        "design": _DESIGN[min(planned.number, 2) if planned.steps == 1 else 3],
        "test": _TEST[min(planned.number, 2) if planned.steps == 1 else 3],
        "impact": "step",
        "analysed_as": "intended to treat: as allocated, whoever took part",
        "pre_months": study.pre_months,
        "band": list(study.equivalence_band),
        "decision": [
            "increase or decrease: the 95 % interval excludes 1 and the placebo checks agree",
            f"no change: the interval lies within {study.equivalence_band[0]} to {study.equivalence_band[1]}",
            "otherwise inconclusive, told with what could have been seen",
        ],
        "data_until": basis.last_month,
    }
    return {"fixed": fixed, "hash": _hash(fixed)}


def _hash(fixed: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fixed, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def power_tables(planned: Plan, basis: Basis, runs: int = RUNS) -> dict[str, pd.DataFrame]:
    """`own`: power of the plan by ratio; `others`: power at the expected ratio by number of municipalities."""
    import pandas as pd

    from kl_research.effects.questions.planning import RATIOS, planned_power

    asked: dict[str, Any] = {
        "months_after": planned.months_after,
        "runs": runs,
        "seed": planned.seed,
    }
    ratios = sorted({*RATIOS, planned.expected_ratio})
    own = planned_power(basis, treated=planned.municipalities, ratios=ratios, steps=planned.steps, **asked)
    rows = []
    for k in sorted({*OTHERS, planned.number}):
        if k <= len(basis.codes) // 2:
            steps = min(planned.steps, k)
            found = planned_power(basis, treated=k, ratios=[planned.expected_ratio], steps=steps, **asked)
            rows.append((k, planned.expected_ratio, float(found["power"].iloc[0])))
    return {"own": own, "others": pd.DataFrame(rows, columns=["municipalities", "ratio", "power"])}


def _write(
    planned: Plan, study: Study, panel: pd.DataFrame, registration: dict[str, Any], tables: dict[str, pd.DataFrame]
) -> list[str]:
    from kl_research.effects.questions.planning import smallest_found
    from kl_research.findings.html.tables import csv_text
    from kl_research.findings.interventions.plan import allocation_table, plan_page, plan_sentences

    planned.folder.mkdir(parents=True, exist_ok=True)
    page = planned.folder / f"{planned.plan}.html"
    smallest = smallest_found(tables["own"])
    put(page, plan_page(registration, tables, smallest, panel, study).encode())
    lots = planned.folder / f"{planned.plan}-allocation.csv"
    put(lots, csv_text(allocation_table(registration, panel, study)).encode())
    stored = planned.folder / f"{planned.plan}.json"
    text = json.dumps(registration, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    put(stored, text.encode())  # last: a plan whose page was not written is not registered
    said = plan_sentences(registration, tables, smallest, study)
    return [*said, f"registered: {registration['hash']}", *(str(path) for path in (page, lots, stored))]


def check(planned: Plan, study: Study, stored: dict[str, Any], panel: pd.DataFrame) -> list[str]:
    """Whether the registration is whole, the plan file still says the same, and the study's register follows it.

    Raises `InputError` when the registration or the plan file was changed after registering.
    """
    fixed = stored.get("fixed", {})
    if stored.get("hash") != _hash(fixed):
        raise InputError(
            f"{planned.plan}.json",
            "a content its hash does not fit",
            "the registration as it was written",
            "take it back from the archive: a registration is never edited",
        )
    now = planned.model_dump(mode="json", exclude=_NOT_FIXED)
    changed = [key for key, value in now.items() if fixed.get(key) != value]
    if changed:
        raise InputError(
            f"{planned._file.name}, {changed[0]}",
            f"{now[changed[0]]!r} where {fixed.get(changed[0])!r} was registered",
            "the plan as registered",
            "take it back, or give the new plan a name of its own",
        )
    lines = [f"registered: {stored['hash']}", "the plan file says what was registered"]
    return lines + _followed(fixed, study, panel)


def _followed(fixed: dict[str, Any], study: Study, panel: pd.DataFrame) -> list[str]:
    """One line for each thing that the register or the study does otherwise; one that says so when nothing is."""
    events = study.read_events()
    starts: dict[str, list[str]] = {}
    for start, code in fixed["allocation"]:
        starts.setdefault(start, []).append(code)
    names = {
        start: fixed["plan"] if len(starts) == 1 else f"{fixed['plan']}-{i}" for i, start in enumerate(starts, 1)
    }
    last = f"{panel['month'].max():%Y-%m}"
    lines = []
    for start, codes in starts.items():
        event = events.get(names[start])
        if event is None or event.kind == "context":
            needed = months.shift(start, fixed["months_after"] - 1)
            lines.append(f"not in the register yet: event {names[start]}; data to {last}, needed to {needed}")
        else:
            lines += _differences(event, start, codes, fixed)
    for key, now in (("pre_months", study.pre_months), ("band", list(study.equivalence_band))):
        if fixed[key] != now:
            lines.append(f"differs: {key} of the study is {now}, registered {fixed[key]}")
    if study.post_months < fixed["months_after"]:
        lines.append(f"differs: post_months of the study is {study.post_months}, registered {fixed['months_after']}")
    return lines or ["the analysis follows the registration"]


def _differences(event: Event, start: str, codes: list[str], fixed: dict[str, Any]) -> list[str]:
    told = {
        "municipalities": (sorted(event.municipalities), sorted(codes)),
        "date": ((event.date or "unknown")[:7], start),
        "type": (event.type, fixed["type"]),
        "outcome": (event.outcome or "calls", fixed["outcome"]),
        "impact": (event.impact, fixed["impact"]),
    }
    return [
        f"differs: {key} of event {event.id} is {now}, registered {then}"
        for key, (now, then) in told.items()
        if now != then
    ]
