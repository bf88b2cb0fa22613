"""A release's effects computed again, by whoever has its folder and this package, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.disclosure.handed_out import read_handed_out
from kl_research.disclosure.window_totals import WindowTotals
from kl_research.effects import evaluate, evaluate_shared, local_effects, pooled_types
from kl_research.effects.effect import Effect, results_table
from kl_research.effects.questions.split import decompose
from kl_research.terms.errors import InputError
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.question import Question

EFFECT = ["level", "area", "event", "type", "outcome", "design", "estimand"]
NUMBERS = ["estimate", "conf_low", "conf_high", "p_value", "verdict"]


def read_release(folder: str | Path) -> tuple[pd.DataFrame, EventRegister, Question]:
    """Panel, register and question of a public release, from its folder alone.

    Returns what `kl.evaluate` takes. Raises `InputError` for a folder without the files of a release.
    """
    where = Path(folder)
    data = read_handed_out(where)
    asked = _json(where / "manifest.json")["asked"]
    events = EventRegister([Event.model_validate({**one, "source": "-"}) for one in _json(where / "events.json")])
    low, high = asked["equivalence_band"]
    question = Question(
        outcome=asked["outcome"],
        pre_months=asked["pre_months"],
        post_months=asked["post_months"],
        band=(low, high),
        offset=asked["offset"],
        seed=asked["seed"],
        totals=WindowTotals(data),
    )
    return data.panel, events, question


def recompute(folder: str | Path) -> pd.DataFrame:
    """Every effect of a public release, as published and as computed again from the folder's own numbers.

    Returns a row an effect of `results.csv`: what it is about, estimate, interval, p-value and verdict, and the same
    with `_again`; empty where this folder does not let it be computed. Raises `InputError` for another folder.
    """
    where = Path(folder)
    panel, events, question = read_release(where)
    codes = dict.fromkeys([*EFFECT, "municipality"], "str")
    told = pd.read_csv(where / "results.csv", dtype=codes, keep_default_na=False, na_values={"estimate": ""})
    towns = sorted(set(told.loc[told["level"] == "municipality", "area"]))
    primary = _json(where / "manifest.json")["asked"]["primary"]
    again = results_table(_effects(panel, events, question, towns, primary)).drop_duplicates(EFFECT)
    numbers = [*EFFECT, *NUMBERS]
    for name in NUMBERS[:-1]:
        told[name] = pd.to_numeric(told[name])
    return told[numbers].merge(again[numbers], on=EFFECT, how="left", suffixes=("", "_again"))


def _effects(
    panel: pd.DataFrame, events: EventRegister, question: Question, towns: list[str], primary: str
) -> list[Effect]:
    """What the notebooks of a release record: single municipalities, several together, kinds of event, the nation."""
    found: list[Effect] = []
    for code in towns:
        found += evaluate(panel, events, municipality=code, primary=primary, question=question)
        found += decompose(panel, events, municipality=code, question=question)
    single = local_effects(panel, events, question=question)
    found += evaluate_shared(panel, events, question=question)
    found += pooled_types(single, panel, events, question=question)
    return found + evaluate(panel, events, primary=primary, question=question)


def _json(path: Path) -> Any:
    if not path.is_file():
        raise InputError(str(path.parent), f"no {path.name}", "the folder of a public release", "name another folder")
    return json.loads(path.read_text(encoding="utf-8"))
