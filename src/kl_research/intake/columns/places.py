"""Area cells: a municipality, a total of several, an unknown place, or a test; nothing else is let through."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from kl_research.terms import municipalities
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

Kind = Literal["municipality", "region", "total", "unknown", "test", "christiansoe", "ignored"]

_TOTALS = {
    "ialt",
    "total",
    "totalt",
    "hovedtotal",
    "grandtotal",
    "sum",
    "samlet",
    "subtotal",
    "alle",
    "all",
    "heledanmark",
    "helelandet",
    "alldenmark",
    "danmark",
    "denmark",
    "landet",
    "national",
    "allekommuner",
    "kommuneralt",
    "kommunerialt",
    "landstotal",
    "mellemtotal",
    "samtlige",
    "samtligekommuner",
    "helekommunen",
    "alleenheder",
    "allekanaler",
    "alletyper",
    "alleforvaltninger",
}
_UNKNOWN = {
    "",
    "ukendt",
    "unknown",
    "tom",
    "na",
    "ikkeoplyst",
    "uoplyst",
    "blank",
    "none",
    "null",
    "nan",
    "ukendtkommune",
    "ingenkommune",
    "ikkeangivet",
    "notapplicable",
}
# Also used by DuckDB, whose patterns know no look-ahead.
TEST = r"^(?:test|testkommune|testenhed|testbruger|testopkald|testdata|demokommune)\d*(?:[^0-9a-zæøå]|$)"
_TEST = re.compile(TEST)
_REGIONS = {fold(name.removeprefix("Region ")): code for code, name in municipalities.REGION_NAMES.items()}


@dataclass(frozen=True)
class Place:
    """What an area cell names; `code` for a municipality or a region."""

    kind: Kind
    code: str = ""


def is_test(written: str) -> bool:
    """Whether a name is that of a test: its first word says so.

    >>> is_test("Test 2"), is_test("TESTKOMMUNE"), is_test("Testcenter Vest")
    (True, True, False)
    """
    return _TEST.match(written.casefold()) is not None


def is_total(written: str) -> bool:
    """Whether a cell says "I alt", "Total", "Hovedtotal" or the like.

    >>> is_total("I alt"), is_total("Odense i alt"), is_total("Odense")
    (True, True, False)
    """
    return fold(written) in _TOTALS or re.search(r"\b(?:i alt|total|subtotal)\s*:?$", written.casefold()) is not None


def read_place(written: str, where: str) -> Place:
    """What an area cell of a Danish export names; raises `InputError` for a name nobody knows.

    >>> read_place("101 København", "row 2").code, read_place("Region Syddanmark", "row 3").code
    ('101', '1083')
    >>> read_place("Region Fyn", "row 4")
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: row 4: found 'Region Fyn'; ...
    """
    if other := _other_than_municipality(written):
        return other
    try:
        return Place("municipality", municipalities.lookup(written, where))
    except InputError as error:
        raise InputError(where, without_digits(error.found), error.expected, error.cure) from None


def names_municipality(written: str) -> bool:
    """Whether `read_place` would find a municipality, without a search for near names where it would not.

    >>> names_municipality("101 København"), names_municipality("Region Syddanmark"), names_municipality("Aften")
    (True, False, False)
    """
    return _other_than_municipality(written) is None and municipalities.is_municipality(written)


def _other_than_municipality(written: str) -> Place | None:
    folded = fold(written)
    if folded in _UNKNOWN:
        return Place("unknown")
    if is_test(written):
        return Place("test")
    if re.fullmatch(r"0?411(?:\D.*)?", written) or folded in ("christiansoe", "christianso"):
        return Place("christiansoe")
    if region := _region(written, folded):
        return Place("region", region)
    if folded in _TOTALS or re.fullmatch(r"0{1,3}(?:\s.*)?", written):
        return Place("total")
    return None


def _region(written: str, folded: str) -> str:
    if re.fullmatch(r"(?:0?8[1-5]|108[1-6])(?:[\s:–-]+(\D.*))?", written):
        code = written.split()[0].split("-")[0].rstrip(":").lstrip("0")
        return code if len(code) == 4 else f"10{code}"
    name = re.sub(r"^region(?:en)?", "", folded)
    name = re.sub(r"ialt$|total$", "", name)
    return _REGIONS.get(name, "") if folded.startswith("region") or name == folded else ""


def read_free(written: str) -> Place:
    """What an area cell of any other country's export names: a total, nothing, or itself.

    >>> read_free("-").kind, read_free("София").code
    ('unknown', 'София')
    """
    folded = fold(written)  # which keeps Latin letters and digits only
    if folded in _UNKNOWN and (folded or not any(map(str.isalnum, written))):
        return Place("unknown")
    if is_total(written):
        return Place("total")
    return Place("municipality", written)
