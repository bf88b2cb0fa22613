"""A register file: a list of events, or `events:` and `items:`, a list each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from kl_research.terms import yaml_model
from kl_research.terms.errors import InputError

Part = Literal["events", "items"]
PARTS: tuple[Part, ...] = ("events", "items")


def read(file: Path, part: Part) -> tuple[list[Any], yaml_model.Lines, tuple[str | int, ...], str]:
    """The entries of one part, the lines of the file, the path of the part in them, and the file's name in messages.

    Raises `InputError` for a file that is neither, and for an entry without keys.
    """
    content, lines = yaml_model.read(file, "write [] where there are no events")
    name = yaml_model.shown(file)
    base: tuple[str | int, ...] = ()
    if isinstance(content, dict):
        unknown = [key for key in content if key not in PARTS]
        if unknown:
            where = f"{name}, line {lines[(unknown[0],)]}"
            expected, cure = "a list of events, or `events:` and `items:`", "begin each event with `- id:`"
            raise InputError(where, f"the key {unknown[0]!r}", expected, cure)
        base, content = (part,), content.get(part) or []
    elif part == "items":
        content = []
    if not isinstance(content, list):
        where = f"{name}, line {lines.get(base, 1)}"
        expected, cure = f"a list of {part}, each beginning with `- id:`", "see the register of the demo"
        raise InputError(where, "no list", expected, cure)
    for i, entry in enumerate(content):
        if not isinstance(entry, dict):
            where = f"{name}, line {lines[(*base, i)]}"
            raise InputError(
                where, f"an entry that is no {part[:-1]}", "keys and values", "begin each entry with `- id:`"
            )
    return content, lines, base, name
