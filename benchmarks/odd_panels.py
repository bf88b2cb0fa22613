"""Odd panels, as somebody makes them who has read README and docs alone; the table is results/odd_panels.md.

    python benchmarks/odd_panels.py

Every panel is given to functions that take one, twice: as it is, and through `kl.check_panel`. Held means: an answer
whose numbers are finite, in order and, where it can be known, right; or one line of an `InputError`. Panels that only
look different (rows in another order, months as text) must get the plain one's very answer once they were checked.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import kl_research as kl
from kl_research.effects.example import drawn_activity, drawn_example

RESULTS = Path(__file__).resolve().parent / "results" / "odd_panels.md"
BASE, EVENTS = drawn_example()
Frame = pd.DataFrame


@dataclass(frozen=True)
class Odd:
    """One odd panel: its kind, how it is made of the plain one, and what must come of it."""

    what: str
    kind: str  # same: the plain answer; refused: one line; quiet: nothing may be claimed; any: finite and in order
    make: Callable[[Frame], Any]


def _calls(values: Callable[[np.ndarray], Any], state: str = "observed") -> Callable[[Frame], Frame]:
    """The panel with other calls, made from an array (municipalities, months)."""

    def make(frame: Frame) -> Frame:
        new = np.asarray(values(frame["calls"].to_numpy(dtype=float).reshape(30, 36).copy()))
        return frame.assign(calls=new.ravel(), state=state)

    return make


def _put(value: Any, column: str = "calls") -> Callable[[Frame], Frame]:
    """One cell of the panel replaced: that of "001" in the last month but one."""

    def make(frame: Frame) -> Frame:
        frame = frame.astype({column: object})
        frame.loc[34, column] = value
        return frame

    return make


def _set(rows: slice, columns: slice, value: float) -> Callable[[np.ndarray], np.ndarray]:
    def make(calls: np.ndarray) -> np.ndarray:
        calls[rows, columns] = value
        return calls

    return make


def _hidden(state: str, months: slice, who: slice = slice(0, 1)) -> Callable[[Frame], Frame]:
    """Some months of some municipalities without a number, in a state."""

    def make(frame: Frame) -> Frame:
        where = np.zeros((30, 36), dtype=bool)
        where[who, months] = True
        at = where.ravel()
        return frame.assign(calls=frame["calls"].mask(at), state=frame["state"].mask(at, state))

    return make


def _donors(n: int) -> Callable[[Frame], Frame]:
    return lambda frame: frame[frame["municipality"] <= f"{n + 1:03d}"]


def _months(first: int, last: int) -> Callable[[Frame], Frame]:
    return lambda frame: frame[(frame.index % 36 >= first) & (frame.index % 36 < last)]


ALL = slice(None)
PANELS = [
    Odd("rows in another order", "same", lambda f: f.sample(frac=1, random_state=1)),
    Odd("index of text", "same", lambda f: f.set_index(pd.Index([f"r{i}" for i in range(len(f))]))),
    Odd("months as text 2024-01", "same", lambda f: f.assign(month=f["month"].dt.strftime("%Y-%m"))),
    Odd("months as text 2024-01-01", "same", lambda f: f.assign(month=f["month"].dt.strftime("%Y-%m-%d"))),
    Odd("months as periods", "same", lambda f: f.assign(month=f["month"].dt.to_period("M"))),
    Odd("months in nanoseconds", "same", lambda f: f.assign(month=f["month"].astype("datetime64[ns]"))),
    Odd("counts as floats", "same", lambda f: f.assign(calls=f["calls"].astype(float))),
    Odd("counts as int64", "same", lambda f: f.assign(calls=f["calls"].astype("int64"))),
    Odd("counts as objects", "same", lambda f: f.assign(calls=f["calls"].astype(object))),
    Odd("codes as categories", "same", lambda f: f.assign(municipality=f["municipality"].astype("category"))),
    Odd("a column of its own", "same", lambda f: f.assign(note="x", score=1.5)),
    Odd("columns in another order", "same", lambda f: f[f.columns[::-1]]),
    Odd("a month twice", "refused", lambda f: pd.concat([f, f.iloc[[34]]])),
    Odd("a month left out", "refused", lambda f: f.drop(index=34)),
    Odd("a month of mid-month", "refused", lambda f: f.assign(month=f["month"] + pd.Timedelta(days=14))),
    Odd("a month nobody reads", "refused", _put("spring", "month")),
    Odd("months as numbers 202401", "refused", lambda f: f.assign(month=f["month"].dt.strftime("%Y%m").astype(int))),
    Odd("a month that is empty", "refused", _put(pd.NaT, "month")),
    Odd("months with a time zone", "any", lambda f: f.assign(month=f["month"].dt.tz_localize("Europe/Copenhagen"))),
    Odd("a negative count", "refused", _put(-1)),
    Odd("a count of a half", "refused", _put(7.5)),
    Odd("an empty count in an observed month", "refused", _put(np.nan)),
    Odd("an infinite count", "refused", _put(math.inf)),
    Odd("a count as a word", "refused", _put("many")),
    Odd("true for a count", "any", _put(True)),
    Odd("a count beyond 64 bits", "refused", _put(1e300)),
    Odd("codes as numbers", "refused", lambda f: f.assign(municipality=f["municipality"].astype(int))),
    Odd("a code that is empty", "refused", _put("", "municipality")),
    Odd("a state nobody knows", "refused", _put("seen", "state")),
    Odd("states in capitals", "refused", lambda f: f.assign(state="OBSERVED")),
    Odd("a count in a month that is missing", "refused", _put("missing", "state")),
    Odd("no rows", "refused", lambda f: f.iloc[:0]),
    Odd("no column calls", "refused", lambda f: f.drop(columns="calls")),
    Odd("no column state", "refused", lambda f: f.drop(columns="state")),
    Odd("two columns calls", "refused", lambda f: pd.concat([f, f[["calls"]]], axis=1)),
    Odd("a list in place of a frame", "refused", lambda f: [1, 2]),
    Odd("nothing in place of a frame", "refused", lambda f: None),
    Odd("a wide table of months and codes", "refused", lambda f: kl.wide(f)),
    Odd("the same number everywhere", "quiet", _calls(lambda c: np.full(c.shape, 20))),
    Odd("zeros everywhere", "quiet", _calls(lambda c: c * 0)),
    Odd("ones everywhere", "quiet", _calls(lambda c: c * 0 + 1)),
    Odd("no change in any", "quiet", _calls(lambda c: np.tile(c[1:2], (30, 1)))),
    Odd("zeros in the municipality alone", "quiet", _calls(_set(slice(0, 1), ALL, 0))),
    Odd("one call in all, after", "quiet", _calls(lambda c: _set(slice(0, 1), slice(30, 31), 1)(c * 0))),
    Odd("all donors silent", "quiet", _calls(_set(slice(1, None), ALL, 0))),
    Odd("half of the donors silent", "any", _calls(_set(slice(15, None), ALL, 0))),
    Odd("constant donors", "any", _calls(_set(slice(1, None), ALL, 20))),
    Odd("nothing before", "any", _calls(_set(slice(0, 1), slice(0, 24), 0))),
    Odd("nothing after", "any", _calls(_set(slice(0, 1), slice(24, None), 0))),
    Odd("a million a month", "any", _calls(lambda c: c * 50_000)),
    Odd("a thousand million a month", "any", _calls(lambda c: c * 5e7)),
    Odd("near the limit of 64 bits", "refused", _calls(lambda c: c * 0 + 9e18)),
    Odd("one month of a million", "any", _calls(_set(slice(0, 1), slice(28, 29), 1e6))),
    Odd("every other month zero", "any", _calls(lambda c: c * (np.arange(36) % 2))),
    Odd(
        "growth of 20 % a month in all",
        "quiet",
        _calls(lambda c: np.tile(np.round(20 * 1.2 ** np.arange(36)), (30, 1))),
    ),
    *(Odd(f"{n} donors", "any" if n else "quiet", _donors(n)) for n in (0, 1, 2, 3, 5, 19)),
    *(Odd(f"{n} months before", "any" if n > 2 else "quiet", _months(24 - n, 36)) for n in (0, 1, 2, 3, 6, 12)),
    *(Odd(f"{n} months after", "any" if n > 2 else "quiet", _months(0, 24 + n)) for n in (0, 1, 2, 3, 6)),
    Odd("one month", "quiet", _months(24, 25)),
    *(
        Odd(f"all months {s}", "quiet", _hidden(s, ALL))
        for s in ("missing", "suppressed", "not_connected", "not_started")
    ),
    Odd("every other month missing", "any", _hidden("missing", slice(0, None, 2))),
    Odd("months after suppressed", "quiet", _hidden("suppressed", slice(24, None))),
    Odd("all donors missing", "any", _hidden("missing", ALL, slice(1, None))),
    Odd("nobody connected before", "quiet", _hidden("not_connected", slice(0, 24), ALL)),
    Odd("the last 12 months missing in all", "quiet", _hidden("missing", slice(24, None), ALL)),
]


def functions(event: Any) -> dict[str, Callable[[Any], Any]]:
    """Every public function that takes a panel and an event, or a panel alone."""
    about = {"municipality": "001"}
    design = kl.controlled_interrupted_time_series
    quick = kl.Question().without_detectable()
    designs = (
        "controlled_interrupted_time_series",
        "exact_rate_ratio",
        "interrupted_time_series",
        "newey_west_its",
        "structural_time_series",
        "synthetic_did",
    )
    found: dict[str, Callable[[Any], Any]] = {
        name: lambda panel, name=name: getattr(kl, name)(panel, event, **about, question=quick) for name in designs
    }
    several = event.model_copy(update={"municipalities": ["001", "002", "003"]})
    found["several_municipalities"] = lambda panel: kl.several_municipalities(panel, several, question=quick)
    for name in ("placebo_in_time", "placebo_in_space", "pre_trend", "without_trigger_months"):
        found[name] = lambda panel, name=name: getattr(kl, name)(design, panel, event, **about, question=quick)
    found["evaluate"] = lambda panel: kl.evaluate(panel, EVENTS, **about, question=quick)
    found["assess"] = lambda panel: kl.assess(panel, event, **about)
    found["change_points"] = lambda panel: kl.change_points(panel, municipality="001")
    found["alerts"] = lambda panel: kl.alerts(panel)
    found["control_chart"] = lambda panel: kl.control_chart(panel, "001")
    found["measure_table"] = lambda panel: kl.measure_table(panel, drawn_activity(kl.check_panel(panel)))
    found["panel_summary"] = lambda panel: str(kl.panel_summary(panel, "en"))
    found["plot_trend"] = lambda panel: kl.plot_trend(panel, "001") and None
    return found


def wrong(answer: Any, odd: Odd) -> str:
    """What is wrong with an answer, empty where nothing is."""
    for one in answer if isinstance(answer, list) else [answer]:
        if not isinstance(one, kl.Effect):
            continue
        numbers = [one.estimate, one.conf_low, one.conf_high, one.p_value]
        if any(n is not None and not math.isfinite(n) for n in numbers):
            return f"{one.design}: a number that is not finite"
        low, middle, high = one.conf_low, one.estimate, one.conf_high
        if None not in (low, middle, high) and not low <= middle * (1 + 1e-9) <= high * (1 + 2e-9):
            return f"{one.design}: estimate {middle:.3g} outside {low:.3g} to {high:.3g}"
        if one.verdict == "not_assessable" and not one.reason:
            return f"{one.design}: not assessable without a reason"
        claims = one.primary or not isinstance(answer, list)
        if odd.kind == "quiet" and claims and one.verdict in ("increase", "decrease") and one.design in OURS:
            return f"{one.design}: {one.verdict} claimed"
        if kl.sentence(one, "da").strip() == "":
            return f"{one.design}: no sentence"
    return ""


OURS = ("controlled_interrupted_time_series", "several_municipalities", "few_comparisons")


def told(answer: Any) -> str:
    """An answer as text, to be compared."""
    if isinstance(answer, list):
        return "\n".join(map(told, answer))
    return answer.to_string() if isinstance(answer, Frame | pd.Series) else str(answer)


def tried(odd: Odd, function: Callable[[Any], Any], plain: str, checked: bool) -> str:
    """What is wrong with what a function makes of a panel; empty: it held."""
    panel = odd.make(BASE.copy())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            answer = function(kl.check_panel(panel) if checked else panel)
    except kl.InputError as error:
        if "\n" in str(error):
            return "a refusal of several lines"
        return f"refused: {error}" if odd.kind == "same" and checked else ""
    except Warning as warning:
        return f"a warning: {type(warning).__name__}: {warning}"
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
    if odd.kind == "refused":
        return f"answered: {told(answer)[:80]!r}"
    if odd.kind == "same" and told(answer) != plain:
        return "another answer than the plain panel's"
    return wrong(answer, odd)


def main() -> None:
    """All panels to all functions, and the table."""
    asked = functions(EVENTS["meeting"])
    plain = {name: told(function(BASE)) for name, function in asked.items()}
    counted: Counter[tuple[str, str]] = Counter()
    failed = []
    for odd, checked, (name, function) in product(PANELS, (False, True), asked.items()):
        fault = tried(odd, function, plain[name], checked)
        plt.close("all")
        counted[odd.kind, "held" if not fault else "not"] += 1
        if fault:
            failed.append(f"- {odd.what}{' (checked)' if checked else ''}, `{name}`: {fault}")
            print(failed[-1], flush=True)
    lines = ["# Odd panels", "", "Made by `python benchmarks/odd_panels.py`, which says what held means.", ""]
    lines += ["| must | panels | tried | held |", "|---|---:|---:|---:|"]
    for kind, words in KINDS.items():
        panels = sum(odd.kind == kind for odd in PANELS)
        held, other = counted[kind, "held"], counted[kind, "not"]
        lines.append(f"| {words} | {panels} | {held + other} | {held} |")
    RESULTS.write_text("\n".join([*lines, "", *failed, ""]), encoding="utf-8")
    print("\n".join(lines[4:]))


KINDS = {
    "same": "get the plain panel's answer",
    "refused": "be refused in one line",
    "quiet": "claim nothing",
    "any": "be finite and in order, or refused in one line",
}

if __name__ == "__main__":
    main()
