"""Time run forward: is an event answerable when we said so, and is what can be claimed then what we said?

python benchmarks/forecast.py --runs 500       # results/forecast.csv; --first 250 --runs 250 does the second half
python benchmarks/forecast.py possible --runs 60    # results/forecast_possible.csv: how well it could be told at best

A simulated register: 40 municipalities of 3, 10 and 40 calls a month (kinds B, C, D of `drawn.py`), one event that
still waits for months, and neighbours: events of its own before and after it, national ones, events of a random share
of the others, some of them undated. Told with the data to month 51; found by judging with 3, 6 and 12 months more.

`near`: found within 15 % of told. `inside`: found within the range told (8 of 10 promised). `one_number`: told as one
number, its range being within 15 %; `near_of_them`: how often that came.

possible: the same register and months up to now, and the months after drawn 10 times from the process itself, latent
rates and all. `spread`: the standard deviation of the log of what is found over these futures. `near_at_best`: the
share of them within 15 % of the middle of the *others*: nobody who knows everything but the future does better. Under
the rank test that is far from 90 %: what must be passed is the largest or second largest change of 19 to 39 others,
and most of the months it is made of are still to come. No forecast can be told as one number there, so a range is.

Stored: told of 500 registers (from 6000 on; how wide the ranges are was set on others, 5000 to 5300), possible of 74
(from 2000 on). The tables are written for 500 and 60 runs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from drawn import LATENT, MEANS, draw
from register import FIRST, panel_of
from seed import SEED

from kl_research.effects.counts import Counts, counts_of
from kl_research.effects.designs import controlled
from kl_research.effects.designs.choice import choose_primary, expected_after, run_on_window
from kl_research.effects.questions.forecast import answerable_from, smallest_visible
from kl_research.effects.window import Window, window_of
from kl_research.terms import months
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.question import Question

NOW, LAST, AREAS = 51, 76, 40
AHEAD = (3, 6, 12)
NEAR = 0.15
RESULTS = Path(__file__).parent / "results"
controlled.HORIZONS = ()  # of no use here, and four fifths of the time


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


def world(run: int) -> tuple[Event, np.random.Generator, np.ndarray, str, float]:
    """The event with its register, and what the counts are drawn from: means, kind, autocorrelation."""
    rng = np.random.default_rng([SEED, 22, run])
    events = register(rng)
    means = np.array(MEANS)[rng.integers(0, 3, AREAS)]
    return events["asked"], rng, means, str(rng.choice(["B", "C", "D"])), float(rng.choice([0.3, 0.6]))


def judged(y: np.ndarray, month: int, event: Event, question: Question) -> tuple[Counts, Window]:
    """What a judgement with the data to a month computes with."""
    panel = panel_of(y[:, :month])
    counts = counts_of(panel, question)
    assert counts is not None
    return counts, window_of(counts, panel, event, _area(event), question)


def _area(event: Event) -> str | None:
    return event.municipalities[0] if event.municipalities else None


def found_in(y: np.ndarray, month: int, event: Event, question: Question) -> dict[str, object]:
    """What the judgement says could be seen, with its design; nothing where it cannot be judged."""
    counts, window = judged(y, month, event, question)
    if not window.assessable:
        return {}
    design = choose_primary(window, expected_after(counts, window), local=_area(event) is not None)
    ratio = run_on_window(counts, window, event, design, question).detectable
    return {"design": design, "n_post": window.n_post, "found": ratio}


def one(run: int) -> list[dict[str, object]]:
    """Told and found for one register: a row for "from when", one for each number of months ahead."""
    event, rng, means, kind, rho = world(run)
    code = _area(event)
    y = draw(kind, rng, 1, means, np.arange(LAST), LAST, rho=rho)[0]
    question = Question("calls", seed=run)
    now = panel_of(y[:, :NOW])
    about = {"run": run, "level": "local" if code else "national", "mean": means[0] if code else 0, "kind": kind}
    told = answerable_from(now, event, municipality=code, question=question)
    reached = (a for a in range(LAST - NOW) if judged(y, NOW + a, event, question)[1].assessable)
    first = next(reached, None)
    found = "" if first is None else months.shift(FIRST, NOW + first - 1)
    by_rule = judged(y, NOW, event, question)[1].earliest_month
    rows: list[dict[str, object]] = [{**about, "what": "from", "told": told, "found": found, "by_rule": by_rule}]
    for seen in smallest_visible(now, event, municipality=code, question=question, ahead=AHEAD):
        later = found_in(y, NOW + seen.ahead, event, question)
        told_of = {"told": seen.ratio, "low": seen.low, "high": seen.high, "one_number": seen.sure}
        rows.append({**about, "what": f"ratio in {seen.ahead}", **told_of, **later})
    return rows


def futures_of(run: int, futures: int) -> list[dict[str, object]]:
    """What is found with the same past and the months after drawn anew, for each number of months ahead."""
    event, rng, means, kind, rho = world(run)
    x, slope, closed = (
        rng.standard_normal((AREAS, LAST)),
        rng.normal(0.0, 0.01, (AREAS, 1)),
        rng.random((AREAS, LAST)),
    )
    past = rng.poisson(_rates(kind, means, rho, x, slope, closed))
    rows = []
    for k in range(futures):
        again = np.random.default_rng([SEED, 23, run, k])
        for part, drawn in ((x, again.standard_normal), (closed, again.random)):
            part[:, NOW:] = drawn((AREAS, LAST - NOW))
        y = again.poisson(_rates(kind, means, rho, x, slope, closed)).astype(float)
        y[:, :NOW] = past[:, :NOW]
        for ahead in AHEAD:
            found = found_in(y, NOW + ahead, event, Question("calls", seed=run))
            rows += [{"run": run, "ahead": ahead, **found}] if found else []
    return rows


def _rates(
    kind: str, means: np.ndarray, rho: float, x: np.ndarray, slope: np.ndarray, closed: np.ndarray
) -> np.ndarray:
    """The monthly rates of `drawn.draw`, from what is drawn, so that a part of that can be drawn again."""
    times, variance, latent = np.arange(LAST), np.log1p(LATENT), x.copy()
    for t in range(1, LAST):
        latent[:, t] = rho * latent[:, t - 1] + np.sqrt(1 - rho**2) * x[:, t]
    rate = means[:, None] * np.exp(np.sqrt(variance) * latent - variance / 2)
    if kind == "C":
        month = times % 12
        rate = rate * np.where(month == 6, 0.5, np.where(month == 11, 0.75, 1.0)) * 1.015 ** (times - times.mean())
    if kind == "D":
        rate = rate * np.exp(slope * (times - times.mean())) * (closed > 1 / 30)
    return rate


def possible(rows: pd.DataFrame) -> pd.DataFrame:
    """How far what is found varies over the futures of one past, by design."""
    rows["log"] = np.log(rows["found"].fillna(50.0))
    cases = []
    for (_, _, design), part in rows.groupby(["run", "ahead", "design"]):
        x = part["log"].to_numpy()
        if len(x) >= 5:
            off = np.array([np.median(np.delete(x, i)) - x[i] for i in range(len(x))])
            cases.append((design, x.std(ddof=1), _near(off).mean()))
    frame = pd.DataFrame(cases, columns=["design", "spread", "near_at_best"])
    parts = [*frame.groupby("design"), ("all", frame)]
    return pd.DataFrame(
        [(name, len(p), p["spread"].mean(), p["near_at_best"].mean()) for name, p in parts],
        columns=["design", "cases", "spread", "near_at_best"],
    ).round(3)


def _near(off: np.ndarray) -> np.ndarray:
    """Whether told over found, as a log, is within 15 %."""
    return (off <= np.log(1 + NEAR)) & (off >= np.log(1 - NEAR))


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """By question: how many, and the share that came as told."""
    found = []
    asked = rows[rows["what"] == "from"]
    for name, part in (("all", asked), *asked.groupby("level")):
        right = (part["told"].fillna("") == part["found"].fillna("")).mean()
        found.append(("answerable from", name, len(part), right, *[np.nan] * 4))
    ratios = rows[rows["what"] != "from"].copy()
    told, later, low, high = (pd.to_numeric(ratios[c]).fillna(50.0) for c in ("told", "found", "low", "high"))
    ratios["off"], ratios["near"] = np.log(told / later), _near(np.log(told / later))
    ratios["inside"] = (low <= later) & (later <= high)
    parts = [("all", ratios), *(pair for by in ("level", "design", "what", "kind") for pair in ratios.groupby(by))]
    for name, part in parts:
        sure = part[part["one_number"].astype(bool)]
        typical = float(np.exp(part["off"].median()))
        row = ("ratio", name, len(part), part["near"].mean(), typical, part["inside"].mean(), len(sure) / len(part))
        found.append((*row, sure["near"].mean()))
    columns = ["question", "of", "n", "near", "median_told_over_found", "inside", "one_number", "near_of_them"]
    return pd.DataFrame(found, columns=columns).round(3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["told", "possible"], default="told")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--raw", type=Path, default=None, help="keep every told and found in this file")
    args = parser.parse_args()
    make, tell = (one, summary) if args.what == "told" else (lambda run: futures_of(run, 10), possible)
    rows: list[dict[str, object]] = []
    for run in range(args.first, args.first + args.runs):
        rows += make(run)
        if args.raw:
            pd.DataFrame(rows).to_csv(args.raw, index=False)
    table = tell(pd.DataFrame(rows))
    print(table.to_string(index=False))
    if args.runs >= (500 if args.what == "told" else 60):
        table.to_csv(RESULTS / ("forecast.csv" if args.what == "told" else "forecast_possible.csv"), index=False)
