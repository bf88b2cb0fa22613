"""A release's effects computed again, by whoever has its folder and this package, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.batch.state import write_json
from kl_research.commands.out_folder import ASKED, MANIFEST
from kl_research.disclosure.handed_out import all_windows, read_handed_out
from kl_research.disclosure.published import read_published
from kl_research.disclosure.window_totals import WindowTotals
from kl_research.effects import evaluate, evaluate_shared, local_effects, pooled_types
from kl_research.effects.effect import Effect, results_table
from kl_research.effects.questions.split import decompose
from kl_research.findings.pages.area import Area
from kl_research.findings.site.publish import tables
from kl_research.findings.site.site import register_text
from kl_research.findings.words.reader import reader
from kl_research.intake import read_measures, read_question
from kl_research.terms.errors import InputError
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import read_panel
from kl_research.terms.question import Question
from kl_research.terms.study import Study

EFFECT = ["level", "area", "event", "type", "outcome", "design", "estimand"]
NUMBERS = ["estimate", "conf_low", "conf_high", "p_value", "verdict"]


def read_release(folder: str | Path) -> tuple[pd.DataFrame, EventRegister, Question]:
    """Panel, register and question of a public release, from its folder alone.

    Returns a frame and what else `kl.evaluate` takes.
    Raises `InputError` for a folder without the files of a release.

    Examples
    --------
    >>> read_release("params")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: params: found no panel.csv; expected the folder of a public release. ...
    """
    where = Path(folder)
    data = read_handed_out(where)
    asked = _json(where / MANIFEST)["asked"]
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

    Examples
    --------
    >>> recompute("params")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: params: found no panel.csv; expected the folder of a public release. ...
    """
    where = Path(folder)
    panel, events, question = read_release(where)
    codes = dict.fromkeys([*EFFECT, "municipality"], "str")
    told = pd.read_csv(where / "results.csv", dtype=codes, keep_default_na=False, na_values={"estimate": ""})
    towns = sorted(set(told.loc[told["level"] == "municipality", "area"]))
    primary = _json(where / MANIFEST)["asked"]["primary"]
    above = set(told["level"]) - {"municipality"}
    again = results_table(_effects(panel, events, question, towns, primary, above)).drop_duplicates(EFFECT)
    numbers = [*EFFECT, *NUMBERS]
    for name in NUMBERS[:-1]:
        told[name] = pd.to_numeric(told[name])
    return told[numbers].merge(again[numbers], on=EFFECT, how="left", suffixes=("", "_again"))


def write_release(study: Study, municipalities: Sequence[str]) -> Path:
    """The files of a release that effects are computed from, with those of some municipalities' own events.

    For who has a study and no release of it yet: `kl-research run` writes them with all pages.

    Returns the folder, beside the study's processed data. Raises `InputError` when nothing was ingested.

    Examples
    --------
    >>> nothing = Study.load("params/demo.yaml").with_changes(processed="never-ingested")
    >>> write_release(nothing, ["851"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: ...: found no panel.parquet; expected a folder of processed data. ...
    """
    public = study.with_changes(disclosure=study.disclosure.model_copy(update={"edition": "public"}))
    panel, events, question = read_panel(public.data_folder), public.read_events(), read_question(public)
    where = study.processed_folder / "release"
    where.mkdir(parents=True, exist_ok=True)
    found = _effects(panel, events, question, municipalities, public.primary, set())
    shown = [Area("", "", "", "", None, "", effects=tuple(found))]
    measures = read_measures(public.data_folder).iloc[:0]
    windows = all_windows(read_published(public.data_folder))
    tables(where, panel, shown, [], reader(public), measures, windows)
    (where / "events.json").write_text(register_text(public), encoding="utf-8")
    write_json(where / MANIFEST, {"asked": public.model_dump(mode="json", include=ASKED)})
    return where


def _effects(
    panel: pd.DataFrame,
    events: EventRegister,
    question: Question,
    towns: Sequence[str],
    primary: str,
    above: set[str],
) -> list[Effect]:
    """What the notebooks of a release record: of single municipalities, and of the levels `above` them."""
    found: list[Effect] = []
    for code in towns:
        found += evaluate(panel, events, municipality=code, primary=primary, question=question)
        found += decompose(panel, events, municipality=code, question=question)
    if "event" in above:
        found += evaluate_shared(panel, events, question=question)
    if "type" in above:
        found += pooled_types(local_effects(panel, events, question=question), panel, events, question=question)
    if "national" in above:
        found += evaluate(panel, events, primary=primary, question=question)
    return found


def _json(path: Path) -> Any:
    if not path.is_file():
        raise InputError(str(path.parent), f"no {path.name}", "the folder of a public release", "name another folder")
    return json.loads(path.read_text(encoding="utf-8"))
