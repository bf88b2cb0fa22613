"""A study file to fill in, with a first mapping of an export's columns."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

import yaml

from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.temporary import folder

if TYPE_CHECKING:
    from kl_research.intake.files.reading import Source
    from kl_research.intake.layouts import Layout

_DANISH = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True)
class Meant:
    """What is said of an export: the code of the one municipality that it is of, and the sheet that is meant."""

    municipality: str = ""
    sheet: str | None = None


def new_study(path: Path, export: Path | None = None, meant: Meant = Meant()) -> list[Path]:
    """Write a commented study file, an event register beside it, a layout file when the export needs one, and a plan.

    Returns what was written. Raises `InputError` when one of them exists already, the export cannot be read, names no
    municipality and nobody says whose it is, or a name or header may hold a CPR number; then nothing is written.
    """
    from kl_research.intake.privacy import Scan
    from kl_research.terms.municipalities import lookup

    for named in (path, export or path):
        Scan(named.name).cell(named.stem, 0, 0)
    stem = normalize("NFC", path.stem.lower()).translate(_DANISH)
    name = re.sub(r"[^a-z0-9_-]+", "-", stem)[:60].strip("-_") or "study"
    if meant.municipality:
        meant = replace(meant, municipality=lookup(meant.municipality, "--municipality"))
    known = known_header(export, meant) if export else None
    contents = {
        path: _study_text(name, path, export, known, meant),
        path.parent / "events" / f"{name}.yaml": _REGISTER,
    }
    if export and known is None:
        from kl_research.intake import propose_layout

        contents[path.parent / "layouts" / f"{name}.yaml"] = propose_layout(
            export, municipality=meant.municipality, sheet=meant.sheet
        )
    contents[path.parent / "plans" / f"{name}.yaml"] = _plan_text(name, path)
    for file in contents:
        if file.exists():
            raise InputError(str(file), "a file of that name", "a new one", "choose another name, or remove it first")
    for file, text in contents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(contents)


def guessed_in(path: Path) -> list[str]:
    """What a layout file that was just written guesses: the columns and the number format marked so."""
    text = path.read_text(encoding="utf-8")
    return re.findall(r"^ *(\w+): .*# guess", text, re.MULTILINE) if path.parent.name == "layouts" else []


@dataclass(frozen=True)
class Known:
    """An export whose header is understood: its layout, the columns that are used, and those that are not."""

    layout: str
    used: dict[str, str]
    unused: list[str]


def known_header(export: Path, meant: Meant) -> Known | None:
    """What an export's columns mean by its header alone; None where that says too little."""
    from kl_research.intake.choice import choose_layout, only_sheet, with_municipality
    from kl_research.intake.files.reading import open_source
    from kl_research.intake.layouts import BUILT_IN
    from kl_research.intake.privacy import Scan

    with folder() as scratch:
        source = open_source(export, scratch)
        if meant.sheet:
            source = only_sheet(source, meant.sheet)
        usual = list(BUILT_IN.values())
        if meant.municipality:
            source = with_municipality(source, meant.municipality, usual)
        try:
            choice, _ = choose_layout(source, usual, "auto")
        except InputError as error:
            if "data in several sheets" in error.found:
                raise InputError(error.where, error.found, error.expected, 'say which: --sheet "..."') from None
            if not meant.municipality and _is_of_one(source, usual):
                raise InputError(
                    source.name,
                    "no column of municipalities",
                    "one, or whose numbers these are",
                    "say it: --municipality 461",
                ) from None
            return None
        Scan(source.name).rows(choice.grid.head[: choice.header.last + 1], 1)
    labels, columns = choice.header.labels, choice.header.columns
    used = {*columns.values(), *choice.header.periods, *choice.header.totals}
    unused = [label for i, label in enumerate(labels) if i not in used and label]
    mapped = {word: labels[i] for word, i in columns.items() if not (choice.grid.changed and i == 0)}
    return Known(choice.layout.layout, mapped, unused)


def _is_of_one(source: Source, layouts: Sequence[Layout]) -> bool:
    """Whether a file would be read if it were known whose it is."""
    from kl_research.intake.choice import with_municipality

    try:
        return any(grid.changed for grid in with_municipality(source, "461", layouts).grids)
    except InputError:
        return False


def _study_text(name: str, path: Path, export: Path | None, known: Known | None, meant: Meant) -> str:
    folder = path.parent.absolute()
    raw = Path(os.path.relpath(export.absolute(), folder)).as_posix() if export else "raw/export.csv"
    # null, 2024 and 0147 are no text to YAML.
    quoted = name if name[0].isalpha() and yaml.safe_load(name) == name else f'"{name}"'
    layout = known.layout if known else quoted if export else "auto"
    columns = (
        [f"  # {without_digits(header)!r} is read as {word}\n" for word, header in known.used.items()]
        if known
        else []
    )
    columns += [f"  # {without_digits(header)!r} is not used\n" for header in known.unused] if known else []
    sheet = f", sheet: {_in_quotes(meant.sheet)}" if meant.sheet else ""
    registers = "denmark: the 98; free: any code in the data; or one code"
    whose = (
        f'municipalities: "{meant.municipality}"          # these files hold the numbers of this municipality alone'
        if meant.municipality
        else f"municipalities: denmark        # {registers}"
    )
    edition = (
        "{edition: internal}       # exact numbers, for the municipality itself; public: perturbed, for everybody"
        if meant.municipality
        else "{edition: public, mask_below: 5}"
    )
    overview = "[]" if meant.municipality else "[all_municipalities]"
    return f"""\
# A study: what goes in, what is asked, what comes out. Paths are relative to this file; codes are quoted ("461").
study: {quoted}
title: {{da: "Brug af Kontakt Læge-appen", en: "Use of the Kontakt Læge app"}}

# The export as received: calls (a row a call), monthly (a row a month), pivot (months across), auto, or the name
# of a file in layouts/. A pattern such as opkald_*.csv names several files; the later one wins.
raw:
  - {{path: {_in_quotes(raw)}, layout: {layout}{sheet}}}
{"".join(columns)}
{whose}
# channels: ["Video"]          # only these values of the channel column

# Who was connected from when (municipality;connected_from;started_from;connected_to). Without it a zero and
# "not connected" cannot be told apart, and every page says so.
# connections: connections.csv
# denominators: denominators.csv     # municipality;measure;value;valid_from, for example population_80plus

# period: {{start: "2020-12", end: "2025-02"}}       # default: what the data cover
completed_seconds: 60          # a call counts as completed from this length on
outcome: calls                 # calls | completed | active_units | active_providers

events: events/{name}.yaml     # what happened when, as well as it is known
pre_months: 24
post_months: 12
equivalence_band: [0.8, 1.25]  # an interval inside it is called "no change"

notebooks: [data_quality, adoption, intervention_effect]     # the pages of each municipality
overview: {overview:60} # the pages about all of them
language: da                   # da | en
disclosure: {edition}
processed: processed-{name}    # internal and complete; never published
out: findings-{name}
"""


def _in_quotes(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**6).strip()


def _plan_text(name: str, path: Path) -> str:
    return f"""\
# A plan of something that is to come, made before it begins: change what is below, then run
# `kl-research plan plans/{name}.yaml`, which says what could be seen and registers the plan in `out`.
plan: coming-poster            # the id that the event gets in the register once it has begun
study: ../{path.name}
title: {{da: "Plakaten: gør den en forskel?", en: "The poster: does it make a difference?"}}
question: "Bliver der foretaget flere opkald i de kommuner, der får plakaten?"
type: poster                   # as in the register
municipalities: 8              # so many, drawn by lot; or a list of codes: ["461", "851"]
start: "2099-01"               # the first month with it: change this
steps: 1                       # groups that start one after another
months_after: 6                # months followed after each start
expected_ratio: 1.3            # the effect one hopes for: calls with it over calls without
out: ../plans-{name}
"""


_REGISTER = """\
# What happened, where and when. Judged are events of kind `intervention`; a change of what is counted is a
# `measurement`, everything else that explains the numbers is `context`. Take out the # of the example, change it,
# and remove the last line.
#
# - id: odense-leader-meeting
#   kind: intervention             # intervention | measurement | context
#   type: leader_meeting           # leader_meeting gp_meeting klu_meeting reimplementation boost poster webinar
#                                  # release onboarding lighthouse agreement support_start support_end report other
#   municipalities: ["461"]        # or regions: ["1083"], or national: true; codes are quoted
#   date: "2025-01"                # a month, a day, from-to "2024-09/2024-11", or null: not known yet
#   impact: step                   # step | step_and_slope | pulse | ramp: decided before looking at the numbers
#   expected: increase             # increase | decrease | unknown
#   title: {da: "Ledermøde i Odense", en: "Leader meeting in Odense"}
#   source: "minutes of the user group, spring 2025"
[]
"""
