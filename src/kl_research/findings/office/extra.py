"""Whether office files can be written; asked by every command, so it loads nothing."""

from __future__ import annotations

from importlib.util import find_spec


def is_installed() -> bool:
    """Whether the extra `office` is there."""
    return all(find_spec(name) is not None for name in ("pptx", "xlsxwriter"))
