"""What the product writes, as one line a file: proof that a rearrangement changed nothing.

    python benchmarks/golden.py FOLDER > before.txt      # on the old state
    python benchmarks/golden.py FOLDER > after.txt       # on the new one
    diff before.txt after.txt

Runs the demo for three municipalities with all overviews, public and internal, then `extract`, `events` and `plan`.
Left out of the hashes is what must differ: in the manifest seconds, versions and the digests of code, data and lock
file; in executed notebooks the times of their cells.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "kl_research.cli"]
AREAS = "330,461,851"
_TIMES = re.compile(rb'"(iopub|shell)\.[a-z_.]+": "[^"]*"|"(start_time|end_time|duration|version)": [^\n]*')


def run(*words: str) -> str:
    """The lines a command prints; its progress goes to the terminal."""
    done = subprocess.run([*COMMAND, *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def digest(path: Path) -> str:
    """The hash of a file without what must differ between two runs."""
    content = path.read_bytes()
    if path.name == "manifest.json":
        manifest = json.loads(content)
        for entry in manifest["runs"]:
            for key in ("seconds", "hashes", "versions"):
                entry.pop(key, None)
        content = json.dumps(manifest, sort_keys=True).encode()
    if path.suffix == ".ipynb":
        content = _TIMES.sub(b"", content)
    return hashlib.sha256(content).hexdigest()[:16]


def main(folder: Path) -> None:
    """Make everything below `folder` and print a line a file."""
    folder = folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "params", folder / "params")
    shutil.copytree(ROOT / "data" / "raw", folder / "data" / "raw")
    study = str(folder / "params" / "demo.yaml")
    lines = []
    for profile in ("public", "internal"):
        run("run", study, "--only", AREAS, "--edition", profile, "--fresh")
        shutil.move(folder / "findings" / "demo", folder / profile)
    run("extract", study, "--out", str(folder / "package"))
    for name, words in {
        "events": ["events", study],
        "plan": ["plan", str(folder / "params/plans/poster.yaml")],
    }.items():
        printed = run(*words).replace(str(folder), "")
        lines.append(f"{hashlib.sha256(printed.encode()).hexdigest()[:16]}  printed by {name}")
    for place in ("public", "internal", "package", "findings"):
        for path in sorted((folder / place).rglob("*")):
            if path.is_file() and path.suffix != ".pdf":  # a browser writes the time into a PDF
                lines.append(f"{digest(path)}  {path.relative_to(folder).as_posix()}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("KL_RESEARCH_CHROMIUM", "")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder to make it in; what is there is removed")
    main(parser.parse_args().folder)
