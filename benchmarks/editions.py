"""Do both editions say the same? Other seeds of the demo, judged internally and in public, without rendering.

`python benchmarks/editions.py --seeds 50` simulates the demo's raw files, reads them, publishes their numbers and
judges the same events on both: those of the demo's register, and one invented event (nothing happened) in each of 12
municipalities drawn anew for every seed. A claim is an increase or a decrease. Seeds already in the table are left
out, so that a run may be stopped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kl_research.commands.data.public_numbers import public_data
from kl_research.disclosure.seals import noise_key
from kl_research.disclosure.window_totals import WindowTotals
from kl_research.effects import evaluate, evaluate_shared
from kl_research.intake import Ingested, ingest
from kl_research.simulate.exports import simulate
from kl_research.terms import months
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.study import Study

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).parent / "results" / "editions.csv"
CLAIMS = ("increase", "decrease")
INVENTED = 12


def judged(seed: int) -> pd.DataFrame:
    """Every judged event of one seed: level, area, event, and in each edition verdict, estimate and interval."""
    with tempfile.TemporaryDirectory() as folder:
        found, study = _read(Path(folder), seed)
    register = study.read_events()
    events = EventRegister([*register.values(), *_invented(found, register, seed)])
    question = study.question.without_detectable()
    data = public_data(found, noise_key(f"editions {seed}".encode()), events, question)
    towns = sorted({code for event in events.values() if not event.national for code in event.municipalities})
    sides = {
        "internal": (found.panel, question),
        "public": (data.panel, replace(question, totals=WindowTotals(data))),
    }
    tables = []
    for side, (panel, asked) in sides.items():
        effects = [e for code in towns for e in evaluate(panel, events, municipality=code, question=asked)]
        effects += [*evaluate_shared(panel, events, question=asked), *evaluate(panel, events, question=asked)]
        rows = [
            (e.level, e.area, e.event, e.verdict, e.estimate, e.conf_low, e.conf_high)
            for e in effects
            if e.primary and e.estimand != "pooled_mean"
        ]
        keys = ["level", "area", "event"]
        columns = [*keys, *(f"{side}_{name}" for name in ("verdict", "estimate", "low", "high"))]
        tables.append(pd.DataFrame(rows, columns=columns).set_index(keys))
    both = pd.concat(tables, axis=1).reset_index()
    return both[both["internal_verdict"].ne("not_assessable") | both["public_verdict"].ne("not_assessable")]


def _read(folder: Path, seed: int) -> tuple[Ingested, Study]:
    simulate(folder, seed=seed, end="2025-02")
    text = (ROOT / "params" / "demo.yaml").read_text(encoding="utf-8")
    text = text.replace("../data/raw/demo", folder.as_posix()).replace("../", f"{ROOT.as_posix()}/")
    text = text.replace("events/demo.yaml", (ROOT / "params/events/demo.yaml").as_posix())
    file = folder / "demo.yaml"
    file.write_text(text, encoding="utf-8")
    study = Study.load(file)
    return ingest(study), study


def _invented(found: Ingested, register: EventRegister, seed: int) -> list[Event]:
    """One event in each of some municipalities that have none, in which nothing happened."""
    rng = np.random.default_rng(seed)
    busy = {code for event in register.values() for code in event.municipalities}
    seen = found.panel[found.panel["state"] == "observed"].groupby("municipality").size()
    free = [code for code in seen.index[seen == seen.max()] if code not in busy]
    chosen = sorted(rng.choice(free, INVENTED, replace=False))
    return [
        Event(
            id=f"invented-{code}", kind="intervention", type="other", municipalities=[code],
            date=months.shift("2023-04", int(rng.integers(12))), source="invented",
        )
        for code in chosen
    ]  # fmt: skip


def summary(table: pd.DataFrame) -> pd.Series:
    """Claims and non-claims of the internal edition, and what became of them in public."""
    internal, public = table["internal_verdict"], table["public_verdict"]
    claims, told = internal.isin(CLAIMS), public.isin(CLAIMS)
    ratio = np.log(table["public_estimate"] / table["internal_estimate"]).abs()
    return pd.Series(
        {
            "seeds": table["seed"].nunique(),
            "claims": claims.sum(),
            "claims_kept": (claims & (internal == public)).sum(),
            "claims_lost": (claims & ~told).sum(),
            "non_claims": (~claims).sum(),
            "non_claims_kept": (~claims & ~told).sum(),
            "non_claims_to_claims": (~claims & told).sum(),
            "reversed": (claims & told & (internal != public)).sum(),
            "assessed_in_one_only": ((internal == "not_assessable") != (public == "not_assessable")).sum(),
            "without_a_number_in_public": table["public_estimate"].isna().sum(),
            "median_difference_percent": 100 * np.expm1(ratio.median()),
        }
    )


def main() -> None:
    """Add what is not in the table yet, and say what all of it shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=50)
    asked = parser.parse_args()
    done = (
        pd.read_csv(TABLE, dtype={"area": "str"}, keep_default_na=False, na_values=[""]) if TABLE.is_file() else None
    )
    for seed in range(101, 101 + asked.seeds):
        if done is not None and seed in set(done["seed"]):
            continue
        start = time.process_time()
        one = judged(seed).assign(seed=seed).round(4)
        done = one if done is None else pd.concat([done, one], ignore_index=True)
        done.to_csv(TABLE, index=False)
        print(seed, len(one), f"{time.process_time() - start:.0f} CPU s", flush=True)
    for name, rows in {"all": done, "invented": done[done["event"].str.startswith("invented")]}.items():
        print(name, summary(rows).round(2).to_dict(), sep="\n", flush=True)


if __name__ == "__main__":
    main()
