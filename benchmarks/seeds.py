"""Clean runs of all 98 municipalities on other seeds: does the gate refuse one?

python benchmarks/seeds.py FIRST LAST

For each seed the demo's raw files are simulated anew and the whole study is run and published, without PDFs. Appends
to `results/seeds.csv`: the seed, and what was refused; exit 1 when anything was.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest

from kl_research.commands.run import run
from kl_research.findings.site import pdf
from kl_research.simulate import simulate
from kl_research.terms.errors import Withheld

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results/seeds.csv"


def refusal_of(seed: int, folder: Path) -> str:
    """What the gates say of the demo drawn with a seed; empty where it is published."""
    shutil.copytree(ROOT / "params", folder / "params")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    simulate(folder / "data/raw/demo", seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "print_pages", lambda _: [])
        try:
            run(folder / "params/demo.yaml", workers=1, quiet=True)
        except Withheld as refused:
            return str(refused)
    return ""


def main(first: int, last: int) -> int:
    """Run the seeds, write each as it is done; returns how many were refused."""
    known = RESULTS.is_file()
    refused = 0
    with RESULTS.open("a", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        if not known:
            table.writerow(["seed", "refused", "what"])
        for seed in range(first, last + 1):
            start = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                what = refusal_of(seed, Path(folder))
            refused += bool(what)
            table.writerow([seed, bool(what), what[:600]])
            stream.flush()
            took = f"{time.perf_counter() - start:.0f} s"
            print(f"seed {seed}: {'refused' if what else 'published'}, {took}", flush=True)
    print(f"{refused} of {last - first + 1} refused")
    return refused


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]), int(sys.argv[2])) else 0)
