"""A study file to fill in, with a first mapping of an export's columns."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from kl_research.errors import InputError


@dataclass(frozen=True)
class Guess:
    """What was made out of an export: a layout of ours, the columns understood, and the headers that were not."""

    layout: str
    understood: dict[str, str]
    unknown: list[str]


def new_study(path: Path, export: Path | None = None) -> list[Path]:
    """Write a commented study file, and a layout file beside it when the export's header is not known by itself.

    Returns what was written. Raises `InputError` when one of them exists already or the export cannot be opened;
    then nothing is written.
    """
    name = re.sub(r"[^a-z0-9_-]+", "-", path.stem.lower()).strip("-_") or "study"
    guess = look_at(export) if export else None
    layout = path.parent / "layouts" / f"{name}.yaml"
    contents = {path: _study_text(name, path, export, guess)}
    if guess is not None and not guess.layout:
        contents[layout] = _layout_text(guess)
    for file in contents:
        if file.exists():
            raise InputError(str(file), "a file of that name", "a new one", "choose another name, or remove it first")
    for file, text in contents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(contents)


def look_at(export: Path) -> Guess:
    """Which layout an export is in and what its columns mean, by its header alone."""
    from kl_research.ingest.layouts import BUILT_IN
    from kl_research.ingest.raw_file import choose_layout
    from kl_research.ingest.reading import open_source
    from kl_research.ingest.words import match

    with tempfile.TemporaryDirectory(prefix="kl-new-") as scratch:
        source = open_source(export, Path(scratch))
        try:
            choice, _ = choose_layout(source, list(BUILT_IN.values()), "auto")
        except InputError:
            # A header is words; a row with digits in it may be data, and data are not copied into a layout file.
            rows = [[str(cell).strip() for cell in row if cell is not None] for row in source.grids[0].head]
            rows = [row for row in rows if sum(bool(cell) for cell in row) > 1]
            first = next((row for row in rows if not any(c.isdigit() for cell in row for c in cell)), [])
            known = {header: found[0] for header in first if (found := match(header))}
            return Guess("", {word: header for header, word in known.items()}, [h for h in first if h not in known])
    labels, columns = choice.header.labels, choice.header.columns
    periods = set(choice.header.periods) | set(choice.header.totals)
    used = set(columns.values()) | periods
    unknown = [label for i, label in enumerate(labels) if i not in used and label]
    return Guess(choice.layout.layout, {word: labels[i] for word, i in columns.items()}, unknown)


def _study_text(name: str, path: Path, export: Path | None, guess: Guess | None) -> str:
    folder = path.parent.absolute()
    raw = Path(os.path.relpath(export.absolute(), folder)).as_posix() if export else "raw/export.csv"
    layout = "auto" if guess is None else guess.layout or name
    understood = "".join(
        f"  # {header!r} is read as {word}\n" for word, header in (guess or _NOTHING).understood.items()
    )
    ignored = "".join(f"  # {header!r} is not used\n" for header in (guess or _NOTHING).unknown)
    return f"""\
# A study: what goes in, what is asked, what comes out. Paths are relative to this file; codes are quoted ("461").
study: {name}
title: {{da: "Brug af Kontakt Læge-appen", en: "Use of the Kontakt Læge app"}}

# The export as received: calls (a row a call), monthly (a row a month), pivot (months across), auto, or the name
# of a file in layouts/. A pattern such as opkald_*.csv names several files; the later one wins.
raw:
  - {{path: {yaml.safe_dump(raw, default_style='"').strip()}, layout: {layout}}}
{understood}{ignored}
municipalities: denmark        # denmark: the 98 municipalities; free: any code in the data
# channels: ["Video"]          # only these values of the channel column

# Who was connected from when (municipality;connected_from;started_from;connected_to). Without it a zero and
# "not connected" cannot be told apart, and every page says so.
# connections: connections.csv
# denominators: denominators.csv     # municipality;measure;value;valid_from, for example population_80plus

# period: {{start: "2020-12", end: "2025-02"}}       # default: what the data cover
completed_seconds: 60          # a call counts as completed from this length on
outcome: calls                 # calls | completed | active_units | active_providers

# What happened when, as well as it is known; date: null is allowed and said on the page.
# events: events/{name}.yaml
pre_months: 24
post_months: 12
equivalence_band: [0.8, 1.25]  # an interval inside it is called "no change"

language: da                   # da | en
disclosure: {{profile: public, threshold: 5, previous_release: null}}
processed: processed-{name}    # internal and complete; never published
out: findings-{name}
"""


_NOTHING = Guess("", {}, [])


def _layout_text(guess: Guess) -> str:
    mapped = "".join(f"  {word}: {_quoted(header)}\n" for word, header in guess.understood.items())
    headers = "".join(f"#   {header}\n" for header in guess.unknown)
    return f"""\
# How the columns of this export are to be read. No header was understood by itself: fill in the mapping.
layout: monthly                # calls: a row a call; monthly: a row a month; pivot: months across
# Needed: municipality, month, calls (monthly); municipality, start (calls); municipality (pivot).
columns:                       # ours: theirs
{mapped or '  municipality: "..."' + chr(10)}# Columns of the export that are not mapped yet:
{headers or "#   (no header row was found)" + chr(10)}"""


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', allow_unicode=True).strip()
