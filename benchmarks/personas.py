"""Twelve readers: does their first page give the fact they came for? `python benchmarks/personas.py FOLDER`."""

from __future__ import annotations

import csv
import html
import re
import sys
from pathlib import Path

import yaml

_HIDDEN = re.compile(r"<(style|script|svg)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def text_of(page: Path) -> str:
    """What a reader of a page sees, in one line."""
    shown = _TAG.sub(" ", _HIDDEN.sub("", page.read_text(encoding="utf-8")))
    return " ".join(html.unescape(shown).split())


def main(folder: Path) -> int:
    """Print each reader with found or missing; the number of those without their fact."""
    readers = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    with (folder / "statements.csv").open(encoding="utf-8", newline="") as stream:
        known = {row["statement"]: row for row in csv.DictReader(stream)}
    missing = 0
    for one in readers:
        page = folder / one["page"]
        text = text_of(page) if page.is_file() else ""
        said = re.search(one["fact"], text) is not None
        there = one["statement"] in known
        sentence = known[one["statement"]]["sentence"] if there else ""
        agrees = not sentence or " ".join(sentence.split()) in text or one["page"].endswith("one_page.html")
        missing += not (said and there)
        print(f"{'found' if said and there else 'MISSING'}{'' if agrees else ' (other words)'}: {one['who']}")
    print(f"{len(readers) - missing} of {len(readers)}")
    return missing


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
