"""A pydantic complaint told in the words of the file: line, key, what was found, what to do."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from kl_research.terms.cpr import may_name_a_person
from kl_research.terms.errors import InputError

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


# Keys of earlier versions, with what to write instead.
REPLACED = {
    "profile": "write `disclosure: {edition: public, mask_below: 5}`, or edition: internal",
    "threshold": "write `disclosure: {edition: public, mask_below: 5}`: published 0 to 4 are then written as few",
    "previous_release": "remove it; for what is new since an earlier release write `since: FOLDER`",
}


def read_model(path: Path, model: type[Model], what: str, cure: str) -> tuple[Model, Lines]:
    """A YAML file as a checked model, with the line of each key; raises `InputError` naming line, key and cure.

    `what` says what such a file is ("a study file"), `cure` what to do with one that holds no keys.
    """
    content, lines = read(path)
    name = shown(path)
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
    if kind == "extra_forbidden" and key in REPLACED:
        return InputError(where, f"the key {key!r} of an earlier version", "edition and mask_below", REPLACED[key])
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
    if kind == "string_type" and isinstance(found, float):
        where_ = f"a number without quotes under {key}"
        return InputError(where, where_, "text in quotes", "quote it as it is written: YAML turns 4.10 into 4.1")
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


MAX_BYTES = 2_000_000
MAX_DEPTH = 12
# What the escapes \x08 and \ud800 write: control characters and halves of characters, which no page can hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Lines = dict[tuple[str | int, ...], int]


def shown(path: Path) -> str:
    """A file's name in messages; with its folder where a study, its register and its layout may share a name."""
    return f"{path.parent.name}/{path.name}" if path.parent.name in ("events", "layouts") else path.name


def read(path: Path, empty: str = "`kl-research new` writes one to fill in") -> tuple[Any, Lines]:
    """The content of a YAML file and the line of every key and item in it; `empty` says what to do without any.

    Raises `InputError` for a missing, empty, oversized or malformed file, a key given twice, an alias, an
    unquoted number with a leading zero, an unquoted date, and what may be a CPR number.
    """
    where = shown(path)
    if not path.is_file():
        raise InputError(
            str(path),
            "no such file",
            "a YAML file",
            "check the path; it is relative to the file that names it",
        )
    if path.stat().st_size > MAX_BYTES:
        raise InputError(
            where,
            "a file above 2 MB",
            "a study or register of ordinary size",
            "check that this is the right file",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            root = _compose(text, where, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError:
            root = _compose(text, where, yaml.SafeLoader)  # twenty times slower, with better words for what is wrong
    except UnicodeDecodeError:
        raise InputError(where, "bytes that are not UTF-8", "a UTF-8 text file", "save the file as UTF-8") from None
    except yaml.YAMLError as error:
        problem = str(getattr(error, "problem", None) or "something else")
        # A key without its colon is noticed where the next line begins; what is wrong stands where the key does.
        mark = getattr(error, "context_mark" if "expected ':'" in problem else "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        found = "a line without a colon" if "expected ':'" in problem else f"what is no YAML: {problem}"
        raise InputError(where + line, found, "valid YAML", "check indentation, colons and quotes there") from None
    for number, comment in enumerate(text.splitlines(), start=1):
        if "#" in comment and may_name_a_person(comment.partition("#")[2]):
            cure = "remove it: files of a study are handed on, comments and all"
            raise InputError(f"{where}, line {number}", "what may be a CPR number", "no personal identifiers", cure)
    if root is None:
        raise InputError(where, "nothing but comments" if text.strip() else "an empty file", "a YAML document", empty)
    lines: Lines = {}
    _check(root, (), lines, where)
    try:
        return yaml.SafeLoader("").construct_document(root), lines
    except (yaml.YAMLError, ValueError):  # such as an integer of five thousand digits
        raise InputError(where, "a value that YAML cannot make", "plain values", "quote it") from None


def _compose(text: str, where: str, loader: Any) -> yaml.Node | None:
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        line = f"{where}, line {event.start_mark.line + 1}" if event.start_mark else where
        if isinstance(event, yaml.AliasEvent):
            raise InputError(
                line, f"the alias *{event.anchor}", "plain values", "write the value out where it is used"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise InputError(line, f"more than {MAX_DEPTH} levels", "a flat file", "check the indentation")
    return yaml.compose(text, Loader=loader)


# Words, numbers, lists and keys; no tag makes anything else of them.
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq")}


def _check(node: yaml.Node, path: tuple[str | int, ...], lines: Lines, where: str) -> None:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    here = f"{where}, line {line}"
    if node.tag == "tag:yaml.org,2002:timestamp":
        raise InputError(here, f"{node.value} without quotes", f'"{node.value}"', "quote dates")
    if node.tag not in _TAGS:
        raise InputError(here, "a tag", "plain values", "remove what begins with `!`, or quote it")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = f"{where}, line {key_node.start_mark.line + 1}"
            merged = key_node.tag == "tag:yaml.org,2002:merge"
            if not isinstance(key_node, yaml.ScalarNode) or merged or _UNWRITABLE.search(key):
                raise InputError(here, "a key that is not a word", "plain keys", "write the keys out")
            if key_node.tag != "tag:yaml.org,2002:str":
                cure = "quote it: YAML reads it as something else than a word"
                raise InputError(here, f"the key {key} without quotes", f'"{key}"', cure)
            if key in seen:
                raise InputError(here, f"the key {key!r} a second time", "each key once", "remove one of the two")
            seen.add(key)
            lines[(*path, key)] = key_node.start_mark.line + 1
            _check(value_node, (*path, key), lines, where)
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            _check(item, (*path, i), lines, where)
    elif isinstance(node, yaml.ScalarNode):
        _check_scalar(node, here)


# Plain words that YAML 1.1 takes for something else: NO and on for truths, 1:30 and 0x1F for numbers.
_OTHERWISE = {
    "tag:yaml.org,2002:bool": (re.compile("true|false", re.IGNORECASE), "true or false", "true or false"),
    "tag:yaml.org,2002:int": (re.compile(r"[-+]?\d+"), "plain digits", "another number"),
    "tag:yaml.org,2002:null": (re.compile("null|~|"), "null", "nothing"),
}


def _check_scalar(node: yaml.ScalarNode, here: str) -> None:
    if _UNWRITABLE.search(node.value):
        raise InputError(here, "an escape that makes no letter", "text", "remove what follows the backslash there")
    if may_name_a_person(node.value):
        cure = "remove it: texts of a study stand on pages"
        raise InputError(here, "what may be a CPR number", "no personal identifiers", cure)
    if not node.style and (kind := _OTHERWISE.get(node.tag)) and not kind[0].fullmatch(node.value):
        expected = f'{kind[1]}, or "{node.value}" in quotes'
        raise InputError(here, f"{node.value} without quotes", expected, f"quote it: YAML reads it as {kind[2]}")
    if not node.style and re.fullmatch(r"0\d+", node.value):
        raise InputError(
            here,
            f"{node.value} without quotes",
            f'"{node.value}"',
            "quote it: YAML reads some numbers with a leading zero as octal",
        )
