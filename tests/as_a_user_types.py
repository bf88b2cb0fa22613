"""A user's script that type checkers are asked about (`make types`): ten public names, none of them `Any`."""

from __future__ import annotations

from typing import Literal, assert_type

import pandas as pd
from matplotlib.axes import Axes

import kl_research as kl


def script() -> None:
    """Never run: only its types are looked at."""
    study = kl.Study.load("params/demo.yaml")
    assert_type(study, kl.Study)
    panel = kl.read_panel(study.processed_folder)
    assert_type(panel, pd.DataFrame)
    events = kl.read_events("params/events/demo.yaml")
    assert_type(events, kl.EventRegister)
    event = events["aalborg-reimplementation"]
    assert_type(event, kl.Event)
    question = kl.Question(pre_months=12)
    effect = kl.controlled_interrupted_time_series(panel, event, municipality="851", question=question)
    assert_type(effect, kl.Effect)
    assert_type(effect.estimate, float | None)
    assert_type(effect.summary(), str)
    assert_type(effect.plot(), Axes)
    assert_type(effect.to_frame(), pd.DataFrame)
    check = kl.placebo_in_time(kl.interrupted_time_series, panel, event, municipality="851")
    assert_type(check.outcome, Literal["passed", "failed", "informational", "not_possible"])
    assert_type(kl.evaluate(panel, events, municipality="851"), list[kl.Effect])
    assert_type(kl.results_table([effect]), pd.DataFrame)
    assert_type(kl.sentence(effect, "da"), str)
    assert_type(kl.wide(panel), pd.DataFrame)
