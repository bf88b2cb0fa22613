"""Time run forward: is an event answerable when we said so, and is what can be claimed then what we said?

python benchmarks/forecast.py --runs 500     # results/forecast.csv; --first 250 --runs 250 does the second half

A simulated register: 40 municipalities of 3, 10 and 40 calls a month (kinds B, C, D of `drawn.py`), one event that
still waits for months, and neighbours: events of its own before and after it, national ones, events of a random share
of the others, some of them undated. Told with the data to month 51; found by judging with 3, 6 and 12 months more.

The stored table is of 90 registers (--first 100 --runs 90). What can be claimed later depends on the donors' own luck
then (their critical value and spread), so a forecast of it stays wide. Noise from the window's own months before
alone did worse than the mean over three earlier stretches.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from drawn import MEANS, draw
from register import FIRST, panel_of
from seed import SEED

from kl_research.effects.counts import counts_of
from kl_research.effects.designs.choice import choose_primary, expected_after, run_on_window
from kl_research.effects.questions.forecast import answerable_from, smallest_visible
from kl_research.effects.window import window_of
from kl_research.terms import months
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.question import Question

NOW, LAST, AREAS = 51, 76, 40
AHEAD = (3, 6, 12)
NEAR = 0.15
RESULTS = Path(__file__).parent / "results"


def register(rng: np.random.Generator) -> EventRegister:
    """The event asked about, first, and its neighbours."""
    local = rng.random() < 0.8
    start = int(rng.integers(NOW - 4, NOW + 2))
    found = [_event("asked", start, ["001"] if local else None)]
    if local and rng.random() < 0.4:
        found.append(_event("before", start - int(rng.integers(4, 20)), ["001"]))
    if local and rng.random() < 0.4:
        found.append(_event("after", start + int(rng.integers(2, 14)), ["001"]))
    found += [_event(f"nation{k}", start + int(rng.integers(-18, 12)), None) for k in range(int(rng.integers(0, 3)))]
    busy = rng.choice([0.1, 0.3, 0.6, 0.9])
    for i in range(2, AREAS + 1):
        if rng.random() < busy:
            at = None if rng.random() < 0.1 else NOW + int(rng.integers(-24, 12))
            found.append(_event(f"other{i}", at, [f"{i:03d}"]))
    return EventRegister(found)


def _event(name: str, start: int | None, codes: list[str] | None) -> Event:
    where: dict[str, object] = {"municipalities": codes} if codes else {"national": True}
    date = None if start is None else months.shift(FIRST, start)
    return Event(id=name, kind="intervention", type="boost", date=date, source="drawn", **where)  # type: ignore[arg-type]


def one(run: int) -> list[dict[str, object]]:
    """Told and found for one register: a row for "from when", one for each number of months ahead."""
    rng = np.random.default_rng([SEED, 22, run])
    events = register(rng)
    event = events["asked"]
    code = event.municipalities[0] if event.municipalities else None
    means = np.array(MEANS)[rng.integers(0, 3, AREAS)]
    kind, rho = str(rng.choice(["B", "C", "D"])), float(rng.choice([0.3, 0.6]))
    y = draw(kind, rng, 1, means, np.arange(LAST), LAST, rho=rho)[0]
    whole = panel_of(y)
    question = Question("calls", seed=run)

    def to(month: int) -> pd.DataFrame:
        return whole[whole["month"] <= pd.Timestamp(f"{months.shift(FIRST, month - 1)}-01")].reset_index(drop=True)

    def judged(month: int):  # type: ignore[no-untyped-def]
        panel = to(month)
        counts = counts_of(panel, question)
        assert counts is not None
        return counts, window_of(counts, panel, event, code, question)

    now = to(NOW)
    about = {"run": run, "level": "local" if code else "national", "mean": means[0] if code else 0, "kind": kind}
    told = answerable_from(now, event, municipality=code, question=question)
    reached = (a for a in range(LAST - NOW) if judged(NOW + a)[1].assessable)
    first = next(reached, None)
    found = "" if first is None else months.shift(FIRST, NOW + first - 1)
    rows: list[dict[str, object]] = [
        {**about, "what": "from", "told": told, "found": found, "by_rule": judged(NOW)[1].earliest_month}
    ]
    for seen in smallest_visible(now, event, municipality=code, question=question, ahead=AHEAD):
        counts, window = judged(NOW + seen.ahead)
        later = None
        if window.assessable:
            design = choose_primary(window, expected_after(counts, window), local=code is not None)
            later = run_on_window(counts, window, event, design, question).detectable
            about = {**about, "design": design, "n_post": window.n_post}
        rows.append({**about, "what": f"ratio in {seen.ahead}", "told": seen.ratio, "found": later})
    return rows


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """By question: how many, and the share that came as told."""
    found = []
    asked = rows[rows["what"] == "from"]
    for name, part in (("all", asked), *asked.groupby("level")):
        right = (part["told"].fillna("") == part["found"].fillna("")).mean()
        found.append(("answerable from", name, len(part), right, np.nan))
    ratios = rows[rows["what"] != "from"].copy()
    told, later = (pd.to_numeric(ratios[c]).fillna(50.0) for c in ("told", "found"))
    ratios["off"] = np.log(told / later)
    for by in ("level", "design", "what"):
        for name, part in ratios.groupby(by):
            near = ((part["off"] <= np.log(1 + NEAR)) & (part["off"] >= np.log(1 - NEAR))).mean()
            found.append(("ratio", name, len(part), near, float(np.exp(part["off"].median()))))
    off = ratios["off"]
    near = ((off <= np.log(1 + NEAR)) & (off >= np.log(1 - NEAR))).mean()
    found.append(("ratio", "all", len(ratios), near, float(np.exp(off.median()))))
    return pd.DataFrame(found, columns=["question", "of", "n", "as_told", "median_told_over_found"]).round(3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--raw", type=Path, default=None, help="keep every told and found in this file")
    args = parser.parse_args()
    made = pd.DataFrame([row for run in range(args.first, args.first + args.runs) for row in one(run)])
    if args.raw:
        made.to_csv(args.raw, index=False)
    print(summary(made).to_string(index=False))
    if args.runs >= 500:
        summary(made).to_csv(RESULTS / "forecast.csv", index=False)
