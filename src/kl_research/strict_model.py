"""A pydantic complaint told in the words of the file: line, key, what was found, what to do."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kl_research import strict_yaml
from kl_research.errors import InputError
from kl_research.strict_yaml import Lines

Model = TypeVar("Model", bound=BaseModel)

# What is expected of a text, by key, in place of its pattern.
_MONTH = 'a month in quotes, such as "2024-09"'
IN_WORDS = {
    "date": 'a month "2024-09", a day "2024-09-15", a window such as a season "2024-09/2024-11", or null',
    "until": _MONTH,
    "start": _MONTH,
    "end": _MONTH,
    "month": _MONTH,
    "id": "small letters a-z, digits and hyphens, such as odense-leader-meeting",
    "study": "small letters a-z, digits, hyphens and underscores, such as poster_2025",
    "equivalence_band": "two numbers, such as [0.8, 1.25]",
    "sha256": "64 digits and letters a-f",
}


def read_model(path: Path, model: type[Model], what: str, cure: str) -> tuple[Model, Lines]:
    """A YAML file as a checked model, with the line of each key; raises `InputError` naming line, key and cure.

    `what` says what such a file is ("a study file"), `cure` what to do with one that holds no keys.
    """
    content, lines = strict_yaml.read(path)
    name = strict_yaml.shown(path)
    if not isinstance(content, dict):
        raise InputError(f"{name}, line 1", "no keys", what, cure)
    try:
        return model.model_validate(content), lines
    except ValidationError as error:
        raise as_input_error(error, name, lines, (), model) from None


def as_input_error(
    error: ValidationError, name: str, lines: Lines, base: tuple[str | int, ...], model: type[BaseModel]
) -> InputError:
    """The first complaint as an `InputError`; `base` is the path of the checked value within the file."""
    first = error.errors(include_url=False)[0]
    path = (*base, *first["loc"])
    line = _line(path, lines)
    where = f"{name}, line {line}" if line else name
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "the entry")
    found = first.get("input")
    kind = first["type"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, _fields(model), n=1)
        known = f"; known are {', '.join(model.model_fields)}" if len(path) == len(base) + 1 else ""
        cure = f"did you mean {near[0]}?" if near else f"remove it{known}"
        return InputError(where, f"the unknown key {key!r}", "a known key", cure)
    if kind == "missing":
        return InputError(where, f"no key {key!r}", f"the key {key!r}", f"add a line `{key}: ...`")
    if kind == "too_short" and not found:
        return InputError(where, f"nothing under {key}", "at least one entry", "write one there")
    if key in IN_WORDS and kind != "value_error":
        years = kind == "string_pattern_mismatch" and key in ("date", "until", "start", "end")
        cure = f"correct it there{', with a year from 1900 to 2099' if years else ''}"
        return InputError(where, f"{_short(found)} under {key}", IN_WORDS[key], cure)
    if kind == "string_type" and isinstance(found, int) and not isinstance(found, bool):
        return InputError(
            where,
            f"{found} without quotes under {key}",
            f'"{found}"',
            "quote it: codes are text, and YAML turns 0147 into 103",
        )
    if kind == "value_error":
        problem = str(first["ctx"]["error"])
        blamed = re.search("`(.*?)`", problem)  # the key whose line to show where two contradict each other
        line = _line((*path, blamed[1]), lines) if blamed else line
        where = f"{name}, line {line}" if line else name
        return InputError(where, problem, "an entry that agrees with itself", "correct it there")
    expected = first["msg"].replace("Input should be ", "").replace("String should", "text that should")
    return InputError(where, f"{_short(found)} under {key}", expected, "correct it there")


def _line(path: tuple[Any, ...], lines: Lines) -> int | None:
    for end in range(len(path), -1, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


def _fields(model: type[BaseModel]) -> list[str]:
    names = list(model.model_fields)
    for field in model.model_fields.values():
        for inner in getattr(field.annotation, "__args__", (field.annotation,)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                names += _fields(inner)
    return names


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
