"""Whether our batch and plain papermill make the same of every notebook: compared cell by cell.

    python benchmarks/batch_outputs.py [--area 461] [--only NOTEBOOK]

Both execute each notebook of the project on the demo; then clock times, temporary paths and random ids are taken out
of both (`batch.worker.tidy`), and all that is left must be equal, figures included. Exit code 1 where one is not.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
FIGURE = re.compile(r'"image/(?:png|svg)|data:image/(?:png|svg)|<svg')


def runs(area: str, out: Path) -> list[Any]:
    """One run of each notebook, with the parameters it declares."""
    from kl_research.batch import Run
    from kl_research.batch.plan import parameters_of
    from kl_research.commands.data.kept import keep
    from kl_research.commands.data.prepare import load_study, prepare

    study = load_study(ROOT / "params" / "demo.yaml")
    keep(prepare(study))
    known = {"study_file": study.file.name, "municipality": area}
    return [
        Run(
            path,
            area,
            {name: known[name] for name in parameters_of(path) if name in known},
            out / path.name,
            folder=study.file.parent,
        )
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    ]


def plain(run: Any, output: Path) -> None:
    import papermill

    from kl_research.batch.worker import tidy

    papermill.execute_notebook(
        run.notebook, output, run.parameters, cwd=run.folder, kernel_name="python3", progress_bar=False
    )
    tidy(output)


def differing(one: Path, other: Path) -> list[str]:
    """The cells that differ, and whether anything beside them does."""
    first, second = (json.loads(path.read_text(encoding="utf-8")) for path in (one, other))
    pairs = zip(first["cells"], second["cells"], strict=False)
    found = [f"cell {number}" for number, (a, b) in enumerate(pairs, start=1) if a != b]
    found += [key for key in first | second if key != "cells" and first.get(key) != second.get(key)]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--area", default="461")
    parser.add_argument("--only", default="", help="One notebook, by name.")
    asked = parser.parse_args()
    os.environ.update(ONE_THREAD)
    from kl_research.batch import execute

    different = 0
    with tempfile.TemporaryDirectory(prefix="kl-bench-") as folder:
        todo = [run for run in runs(asked.area, Path(folder) / "ours") if asked.only in ("", run.notebook.stem)]
        for outcome in execute(todo):
            run, other = outcome.run, Path(folder) / outcome.run.notebook.name
            if outcome.status != "ok" or outcome.note:
                print(f"{run.notebook.name:32} {outcome.status} {outcome.error} {outcome.note}")
                different += 1
                continue
            plain(run, other)
            where = differing(run.output, other)
            figures = len(FIGURE.findall(other.read_text(encoding="utf-8")))
            size = other.stat().st_size / 1024
            print(
                f"{run.notebook.name:32} {'DIFFERENT: ' + ', '.join(where) if where else 'identical'}"
                f" ({size:.0f} kB, {figures} figures)",
                flush=True,
            )
            different += bool(where)
    print(f"{len(todo) - different} of {len(todo)} notebooks identical")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
