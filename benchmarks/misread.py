"""Files meant to be misread, drawn and judged: read to the truth in them, refused with one line, or wrong in silence.

    python benchmarks/misread.py --files 5000 --seed 0

Prints a table by kind and writes it to `benchmarks/results/misread.csv`, with `about_misread.json` beside it. A file
that is refused although a reading is true is counted too: that is the price of asking.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.ingest.misread import draw_file
from tests.ingest.test_misread import outcome

RESULTS = Path(__file__).parent / "results"
COLUMNS = ["files", "read", "refused", "refused_though_readable", "wrong", "fault"]


def judge(seed: int) -> tuple[str, str, bool, str]:
    """Kind, outcome, whether a reading is true, and why, of the file of a seed."""
    file = draw_file(seed)
    with tempfile.TemporaryDirectory() as folder:
        try:
            result, why = outcome(Path(folder), file)
        except Exception as problem:  # a fault is an outcome, and the worst
            result, why = "fault", repr(problem)[:200]
    return file.kind, result, file.truth is not None, f"{file.what}: {why}"


def main() -> None:
    """Draw, judge, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    os.environ["KL_RESEARCH_CONFIG"] = tempfile.mkdtemp()
    began = time.perf_counter()
    judged = []
    for seed in range(asked.seed, asked.seed + asked.files):
        kind, result, readable, why = judge(seed)
        judged.append((kind, result, readable))
        if result in ("wrong", "fault"):
            print(f"{seed}: {result}: {kind}: {why}", file=sys.stderr)
    found = pd.DataFrame(judged, columns=["kind", "result", "readable"])
    rows = {
        kind: {
            "files": len(part),
            **{result: int((part["result"] == result).sum()) for result in ("read", "refused", "wrong", "fault")},
            "refused_though_readable": int(((part["result"] == "refused") & part["readable"]).sum()),
        }
        for kind, part in found.groupby("kind", sort=False)
    }
    table = pd.DataFrame.from_dict(rows, orient="index")[COLUMNS].rename_axis("kind")
    table.loc["all"] = table.sum()
    print(table.to_string())
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "misread.csv", lineterminator="\n")
    about = {
        "table": "misread",
        "first_seed": asked.seed,
        "files": asked.files,
        "seconds": round(time.perf_counter() - began),
        "python": platform.python_version(),
        **{name: version(name) for name in ("pandas", "duckdb", "openpyxl", "python-calamine")},
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
    }
    (RESULTS / "about_misread.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
