"""The form of a CPR number, DDMMYY-NNNN: what no text of a study may hold and no line we write repeats.

Raw files are searched more closely where they come in, see `ingest.privacy`.
"""

from __future__ import annotations

import re

_CERTAIN = re.compile(r"(?<![\d.,-])(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{2}-\d{4}(?!\d)")
_POSSIBLE = re.compile(r"(?<!\d)\d\d(?:0[1-9]|1[0-2])\d\d[-‐‑–—. ]{0,2}\d{4}(?!\d)")


def names_a_person(text: str) -> bool:
    """Whether something in a text looks like a CPR number: a date solidly written, a hyphen, four digits.

    >>> names_a_person("ring til 010199-1234"), names_a_person("2024-01-0199")
    (True, False)
    """
    return _CERTAIN.search(text) is not None


def without_numbers(text: str) -> str:
    """The text with everything that could be a CPR number withheld.

    >>> without_numbers("found '010199 1234' in row 3")
    "found '(number withheld)' in row 3"
    """
    return _POSSIBLE.sub("(number withheld)", text)
