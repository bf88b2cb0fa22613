"""An entry added to a register file: text is put in after the last one, everything else stays byte for byte."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from kl_research.terms.errors import InputError
from kl_research.terms.events import read_events
from kl_research.terms.items import read_items
from kl_research.terms.register_file import Part

_PLAIN = ("id", "kind", "type", "expected", "status", "impact", "outcome")  # words of a list, written without quotes


def add_entry(file: Path, part: Part, entry: dict[str, Any], known: str = "denmark") -> None:
    """Add an event or an item to a register; comments, order and quotes of the file are kept.

    The new text is read again before it replaces the file: it must hold the old entries and the new one. Raises
    `InputError`, and leaves the file as it was, where it does not.
    """
    before = file.read_bytes()
    text = before.decode("utf-8-sig")
    new = with_entry(text, part, entry, file.name)
    if "\r\n" in text:
        new = new.replace("\r\n", "\n").replace("\n", "\r\n")
    content = (b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b"") + new.encode()
    with tempfile.TemporaryDirectory(prefix=".register-", dir=file.parent) as aside:
        trial = Path(aside) / file.name
        trial.write_bytes(content)
        kept = _entries(file, part, known)
        if _entries(trial, part, known) != [*kept, entry["id"]]:
            raise InputError(
                file.name, "a file that cannot be added to", "a list of entries", "add the entry by hand"
            )
        trial.replace(file)


def _entries(file: Path, part: Part, known: str) -> list[str]:
    asked: Any = known
    events = read_events(file, asked)
    items = read_items(file, asked)
    return list(events) if part == "events" else [item.id for item in items]


def with_entry(text: str, part: Part, entry: dict[str, Any], name: str = "register") -> str:
    """The text of a register with one more entry.

    >>> print(with_entry('- id: a  # the first\\n', "events", {"id": "b", "date": None}))
    - id: a  # the first
    <BLANKLINE>
    - id: b
      date: null
    <BLANKLINE>
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(root, yaml.SequenceNode) and part == "items":
        return _two_parts(text, root, entry)
    found = _list_of(root, part) if root is not None else None
    if found is None:
        lead = f"{text.rstrip()}\n\n" if text.strip() else ""
        head = f"{part}:\n" if part == "items" or isinstance(root, yaml.MappingNode) else ""
        return lead + head + entry_text(entry, 0)
    lines = text.splitlines(keepends=True)
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if not found.value:  # [] or nothing: written over
        line, column = found.start_mark.line, found.start_mark.column
        before = lines[line][:column].rstrip()
        lines[line : found.end_mark.line + 1] = [*([f"{before}\n"] if before else []), entry_text(entry, 0)]
        return "".join(lines)
    if found.flow_style:
        where = f"{name}, line {found.start_mark.line + 1}"
        raise InputError(where, "a list in brackets", "entries that begin with `- id:`", "write it so, then add")
    last = _last_line(found.value[-1])
    lines[last + 1 : last + 1] = ["\n", entry_text(entry, found.start_mark.column)]
    return "".join(lines)


def _two_parts(text: str, root: yaml.SequenceNode, entry: dict[str, Any]) -> str:
    """A register of events alone gets its two names."""
    lines = text.splitlines()
    line = root.start_mark.line
    lines[line:line] = ["events:"]
    return "\n".join(lines).rstrip() + "\n\nitems:\n" + entry_text(entry, 0)


def _list_of(root: yaml.Node, part: Part) -> yaml.CollectionNode | None:
    if isinstance(root, yaml.SequenceNode):
        return root
    assert isinstance(root, yaml.MappingNode)
    lists = (value for key, value in root.value if key.value == part)
    return next((value for value in lists if isinstance(value, yaml.SequenceNode)), None)


def _last_line(node: yaml.Node) -> int:
    """The last line that an entry is written on, comments after it left out."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark.line - (1 if node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line else 0)


def entry_text(entry: dict[str, Any], indent: int) -> str:
    """An entry as lines of YAML, texts in quotes."""
    lead = " " * indent
    lines = [f"{key}: {_value(key, value)}" for key, value in entry.items()]
    return "".join(f"{lead}{'- ' if i == 0 else '  '}{line}\n" for i, line in enumerate(lines))


def _value(key: str, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_value('', v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value("id" if key == "tags" else "", v) for v in value) + "]"
    return str(value) if key in _PLAIN else json.dumps(value, ensure_ascii=False)
