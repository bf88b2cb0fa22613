"""The forms of a CPR number, DDMMYY-NNNN: what no text of a study may hold and no line we write repeats.

One list of forms serves the search of raw files (`ingest.privacy`) and the withholding in messages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CERTAIN = re.compile(r"(?<![\d.,-])(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{2}-\d{4}(?!\d)")
_POSSIBLE = re.compile(r"(?<!\d)\d\d(?:0[1-9]|1[0-2])\d\d[-‐‑–—. ]{0,2}\d{4}(?!\d)")
_BARE = re.compile(r"(?<![\w.,-])(\d\d)(\d\d)\d{6}(?![\w-])")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SIGN = r"[\s.:_/*|+#=~()\[\]{}‐‑‒–—−-]"
# After a comma, a year is a year.
_COMMA = r"[,;]\s{1,3}(?!(?:19|20)\d\d(?!\d))"
_IN_DATE = r"[\s./*_-]{1,3}"
_CALLED = (
    r"(?:l(?:ø|oe|o)be?\W{0,2}(?:nr|nummer)|lb\W{0,2}(?:nr|nummer)|lnr|nr|nummer|serial|"
    r"(?:de )?sidste (?:4|fire)(?: cifre)?)"
)
_SERIAL = r"\d{4}(?!\d)"
_ONE_BY_ONE = r"[\s._/*-]{1,3}"
# What moments and numbers look like too is left out: 20240131-1012, 1201.901234, 120190,1234, 31-12-24 10:12.
_WRITTEN = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d)(?P<d>\d\d)(?P<m>\d\d)\d\d(?:{_SIGN}{{1,6}}|{_COMMA}){_SERIAL}",
        rf"(?<!\d)(?P<d>\d\d){_IN_DATE}(?P<m>\d\d){_IN_DATE}\d\d(?:{_SIGN}{{0,6}}|{_COMMA}){_SERIAL}",
        rf"(?<!\d)(?P<d>\d\d)(?P<m>\d\d)\s{{1,4}}\d\d{_SERIAL}",
        # With a word for the serial number between.
        rf"(?<!\d)(?P<d>\d\d)(?:{_IN_DATE})?(?P<m>\d\d)(?:{_IN_DATE})?\d\d[,;]?{_SIGN}{{0,4}}{_CALLED}{_SIGN}{{0,4}}{_SERIAL}",
        # The serial number in two parts; a time of day has a point or a colon there.
        rf"(?<!\d)(?P<d>\d\d)(?:{_IN_DATE})?(?P<m>\d\d)(?:{_IN_DATE})?\d\d[\s-]{{1,4}}\d\d\s{{1,3}}\d\d(?!\d|[.:]\d)",
        # Digits in groups of other sizes, and one by one.
        r"(?<!\d)(?P<d>\d\d)(?P<m>\d\d)\d\s{1,3}\d{5}(?!\d)",
        r"(?<!\d)(?P<d>\d\d)(?P<m>\d\d)\s{1,3}\d{4}\s{1,3}\d\d(?!\d)",
        r"(?<!\d)(?P<d>\d\d)(?P<m>\d[\s-]{1,3}\d)\d\d[\s-]{1,3}\d{4}(?!\d)",
        r"(?<!\d)(?P<d>\d\d)(?P<m>\d\s{1,3}\d)\d{6}(?!\d)",
        r"(?<!\d)(?P<d>\d\d)(?P<m>\d\d)\d{3}\s{1,3}\d{3}(?!\d)",
        rf"(?<!\d)(?<!\d[.,])(?P<d>\d{_ONE_BY_ONE}\d){_ONE_BY_ONE}(?P<m>\d{_ONE_BY_ONE}\d)(?:{_ONE_BY_ONE}\d){{6}}"
        r"(?!\d|[.,]\d)",
        rf"(?<!\d)19\d\d(?P<s>[\s./-]?)(?P<m>\d\d)(?P=s)(?P<d>\d\d){_SIGN}{{1,6}}{_SERIAL}",
        rf"(?<!\d)(?P<d>\d\d)(?P<s>[\s./-]?)(?P<m>\d\d)(?P=s)19\d\d{_SIGN}{{1,6}}{_SERIAL}",
    )
]
# Ten digits that a spreadsheet shows in thousands: 1.010.901.234.
GROUPED = re.compile(r"(?<!\d)(?<!\d[.,])(?P<d>\d)(?P<s>[.,'’ ])\d{3}(?P=s)\d{3}(?P=s)\d{3}(?!\d|[.,]\d)")
# A provider number has six digits; in a spreadsheet it loses its zero.
_NUMBER = re.compile(r"\d(?: ?\d){4,}")
_UNSEEN = re.compile(r"\\u(?:061c|180e|200[b-f]|202[a-e]|206[0-9]|feff)|\\xad")
WITHHELD = "(number withheld)"


def plausible(day: int, month: int, *, raised: bool = False) -> bool:
    """Whether day and month can begin a CPR number; `raised` allows the day plus 60 of replacement numbers.

    >>> plausible(29, 2), plausible(31, 4), plausible(61, 1), plausible(61, 1, raised=True)
    (True, False, False, True)
    """
    if raised and day > 60:
        day -= 60
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def written(text: str) -> Iterator[re.Match[str]]:
    """Every CPR number in a text that is written with something between date and serial number, or within the date.

    >>> [match[0] for match in written("010190.1234, 01.01.90 1234, 0101 901234, 2024-01-31 10:12, 20240131-1012")]
    ['010190.1234', '01.01.90 1234', '0101 901234']
    """
    for form in _WRITTEN:
        for match in form.finditer(text):
            day, month = (int(re.sub(r"\D", "", match[part])) for part in ("d", "m"))
            if plausible(day, month, raised=True):
                yield match


def names_a_person(text: str) -> bool:
    """Whether something in a text looks like a CPR number: a date solidly written and four digits, with a hyphen or
    without. On a page, where numbers stand side by side, other signs between them say nothing.

    >>> names_a_person("ring til 010199-1234"), names_a_person("0101991234"), names_a_person("2024-01-0199")
    (True, True, False)
    """
    bare = any(plausible(int(match[1]), int(match[2])) for match in _BARE.finditer(text))
    return bare or _CERTAIN.search(text) is not None


def may_name_a_person(text: str) -> bool:
    """The same of one text by itself, with whatever stands between the digits.

    >>> may_name_a_person("samtale med 010190 1234"), may_name_a_person("den 05.06.2024 kl. 10.15")
    (True, False)
    """
    return names_a_person(text) or any(written(text))


def without_numbers(text: str) -> str:
    """The text with everything that could be a CPR number withheld.

    >>> without_numbers("found '010199 1234' in row 3, '1.010.901.234' in row 4")
    "found '(number withheld)' in row 3, '(number withheld)' in row 4"
    """
    # Signs that nobody sees hide nothing, written as they are or as Python shows them.
    text = _UNSEEN.sub("", "".join(c for c in text if unicodedata.category(c) != "Cf"))
    for found in {match[0] for match in written(text)}:
        text = text.replace(found, WITHHELD)
    return _POSSIBLE.sub(WITHHELD, GROUPED.sub(WITHHELD, text))


def without_digits(text: str) -> str:
    """A cell's text for a message: five digits and more could be a provider number, and are withheld.

    >>> without_digits("Læge 087654"), without_digits("2024-13")
    ('Læge (number withheld)', '2024-13')
    """
    return _NUMBER.sub(WITHHELD, text)
