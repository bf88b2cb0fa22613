"""Whether office files can be written, and their names; asked by every command, so it loads nothing."""

from __future__ import annotations

from importlib.util import find_spec

MEETING = "meeting.pptx"
MAIL = "mail.txt"


def workbook_name(code: str) -> str:
    """The name of a municipality's workbook in its folder."""
    return f"{code}.xlsx"


def is_installed() -> bool:
    """Whether the extra `office` is there."""
    return all(find_spec(name) is not None for name in ("pptx", "xlsxwriter"))
