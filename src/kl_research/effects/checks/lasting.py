"""Did a change last? The last half of the months after, against the months before and against the first half."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from kl_research.effects.checks.placebo import row
from kl_research.effects.effect import Check, Effect, Threat
from kl_research.effects.usable import LEAST_MONTHS
from kl_research.effects.window import Window

NAME = "lasting"
BACK = 0.10  # p-value of the way back from the first half to the last: a caveat, which takes no claim away


def lasting(primary: Effect, window: Window, again: Callable[[Window], Effect]) -> Check:
    """Failed where the last half is back at the expected: no longer clear, and clearly less than the first half.

    `again` asks the design of another window. Not possible without a comparison: the own trend would take a way
    back for its course.
    """
    half = window.n_post // 2
    if half < LEAST_MONTHS:
        return Check(NAME, "not_possible", "too_few_months_after")
    if primary.details.get("comparison") != "donors":
        return Check(NAME, "not_possible", "no_donors")
    early, late = window.post[:half], window.post[half:]
    last = again(replace(window, post=late, left_out=(*window.left_out, *early)))
    way = again(replace(window, pre=early, post=late, left_out=()))
    if last.estimate is None or way.estimate is None or way.p_value is None:
        return Check(NAME, "not_possible", last.reason or way.reason)
    turned = (way.estimate < 1) == ((primary.estimate or 1.0) > 1)
    back = not last.excludes_one and turned and way.p_value <= BACK
    table = pd.DataFrame([row("last_half", last), row("last_against_first", way)])
    return Check(NAME, "failed" if back else "passed", table=table)


def not_lasting(effect: Effect, checks: tuple[Check, ...]) -> tuple[Threat, ...]:
    """What is said beside a claim that did not last."""
    back = any(check.name == NAME and check.outcome == "failed" for check in checks)
    code = {"increase": "rise_did_not_last", "decrease": "fall_did_not_last"}.get(effect.verdict)
    return (Threat(code),) if back and code else ()
