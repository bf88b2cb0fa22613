"""Contradictions planted in the rendered demo: which does the gate refuse?

python benchmarks/planted.py [STUDY] [FILE]; FILE is planted.yaml, or planted_again.yaml

Runs the demo of the named municipalities (what is up to date is not run again), keeps what the gate is given, plants
each line of FILE alone, and writes `results/` FILE `.csv`. Exit 1 when more than one in ten is published.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from kl_research.commands import out_folder
from kl_research.commands.run import run
from kl_research.findings.consistency.gate import contradictions
from kl_research.findings.consistency.run import Contradiction, Run
from kl_research.findings.handouts import handouts
from kl_research.findings.site import site

HERE = Path(__file__).parent
NAMED = ["101", "147", "265", "330", "461", "561", "661", "710", "751", "820", "851"]


def given_to_the_gate(study: Path, only: list[str]) -> list[Run]:
    """What the gate reads when a study is published: the pages, then the handouts."""
    given: list[Run] = []

    def keep(real: Callable[[Run], list[Contradiction]]) -> Callable[[Run], list[Contradiction]]:
        def check(read: Run) -> list[Contradiction]:
            given.append(read)
            return real(read)

        return check

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "contradictions", keep(site.contradictions))
        patch.setattr(handouts, "contradictions", keep(handouts.contradictions))
        patch.setattr(out_folder, "_stands", lambda *_: False)  # publish again, though nothing has changed
        run(study, only=only, quiet=True)
    return given


def plant(read: Run, on: str, was: str, planted: str) -> Run:
    """The run with every occurrence on one page replaced; an error where there is none."""
    pattern = re.compile(was.replace(" ", r"(?: |\n|\xa0|&nbsp;)+"), re.DOTALL)
    text, n = pattern.subn(planted, read.pages[on])
    if not n:
        raise SystemExit(f"{on} does not say: {was}")
    return replace(read, pages={**read.pages, on: text})


def main(study: Path, file: str) -> bool:
    """Plant each; whether more than one in ten of those planted was published."""
    reads = given_to_the_gate(study, NAMED)
    lines = yaml.safe_load(HERE.joinpath(file).read_text(encoding="utf-8"))
    with (HERE / "results" / file).with_suffix(".csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["kind", "page", "planted", "refused", "as"])
        passed = 0
        for line in lines:
            read = next(one for one in reads if line["page"] in one.pages)
            found = contradictions(plant(read, line["page"], line["was"], line["is"]))
            passed += not found
            table.writerow([line["kind"], line["page"], line["is"], bool(found), found[0].kind if found else ""])
    print(f"{len(lines) - passed} of {len(lines)} refused")
    return passed > len(lines) / 10


if __name__ == "__main__":
    study = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "params/demo.yaml"
    sys.exit(main(study, sys.argv[2] if len(sys.argv) > 2 else "planted.yaml"))
