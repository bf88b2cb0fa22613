"""The 98 municipalities: codes, names, aliases and their dated region.

Facts: Statistics Denmark, FOLK1A (codes, names, regions); aliases as seen in real files. Region Østdanmark
replaces Hovedstaden and Sjælland on 1 January 2027 (Act on a health-care reform, 2025); its official code
was not known to us when this was written, so `1086` is provisional.

A lookup normalises spelling and nothing more: what is not in the register is refused with near names.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources

from kl_research.terms.errors import InputError

REGION_NAMES = {
    "1081": "Region Nordjylland",
    "1082": "Region Midtjylland",
    "1083": "Region Syddanmark",
    "1084": "Region Hovedstaden",
    "1085": "Region Sjælland",
    "1086": "Region Østdanmark",
}
_CODE = re.compile(r"0?(\d{3})(?:[\s:,–-]+(\D.*))?")  # alone or with a name behind it
_EAST_FROM = "2027-01"
_EAST = {"1084": "1086", "1085": "1086"}


@cache
def _register() -> dict[str, tuple[str, str]]:
    text = resources.files("kl_research.terms").joinpath("register/municipalities.csv").read_text(encoding="utf-8")
    return {row["code"]: (row["name"], row["region"]) for row in csv.DictReader(text.splitlines())}


def codes() -> list[str]:
    """The 98 codes, in numerical order.

    >>> len(codes()), codes()[0]
    (98, '101')
    """
    return list(_register())


def name(code: str) -> str:
    """The name without "Kommune".

    >>> name("461")
    'Odense'
    """
    return _register()[code][0]


def region(code: str, month: str) -> str:
    """The region a municipality belongs to in a month.

    >>> region("101", "2026-12"), region("101", "2027-01"), region("461", "2027-01")
    ('1084', '1086', '1083')
    """
    today = _register()[code][1]
    return _EAST.get(today, today) if month >= _EAST_FROM else today


def region_members(region_code: str, month: str) -> list[str]:
    """The municipalities of a region in a month.

    >>> len(region_members("1086", "2027-01")), len(region_members("1086", "2026-12"))
    (46, 0)
    """
    return [code for code in codes() if region(code, month) == region_code]


@lru_cache(maxsize=20_000)  # the same headers and names, again and again
def fold(text: str, *, danish: bool = True) -> str:
    """Lower case, no accents, no punctuation; å, æ, ø spelled out (`danish`) or reduced to one letter.

    >>> fold("Høje-Taastrup "), fold("Århus"), fold("Dragør", danish=False)
    ('hoejetaastrup', 'aarhus', 'dragor')
    """
    text = unicodedata.normalize("NFC", text).casefold()
    letters = {"å": "aa", "æ": "ae", "ø": "oe"} if danish else {"å": "a", "æ": "ae", "ø": "o"}
    text = "".join(letters.get(c, c) for c in text)
    text = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^a-z0-9]", "", text)


@cache
def _spellings() -> dict[str, str]:
    """Every folded spelling that means exactly one municipality."""
    text = resources.files("kl_research.terms").joinpath("register/aliases.csv").read_text(encoding="utf-8")
    known = [(name_, code) for code, (name_, _) in _register().items()]
    known += [(row["alias"], row["code"]) for row in csv.DictReader(text.splitlines())]
    found: dict[str, set[str]] = {}
    for spelling, code in known:
        for danish in (True, False):
            key = fold(spelling, danish=danish)
            for variant in (key, f"{key}kommune", f"{key}skommune", f"{key}kommunes"):
                found.setdefault(variant, set()).add(code)
    return {key: next(iter(match)) for key, match in found.items() if len(match) == 1}


def lookup(text: str, where: str = "municipality") -> str:
    """The code of a municipality written as code, name, alias, or code and name together.

    Raises `InputError` for anything else, naming near spellings, and for a code that contradicts its name.

    >>> lookup("0101"), lookup("Århus Kommune"), lookup("101 København"), lookup("Dragor")
    ('101', '751', '101', '155')
    >>> lookup("Odnse")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: municipality: found 'Odnse'; expected one of the 98 municipalities. Near ...
    """
    code, cleaned = _found(text)
    if not code:
        raise InputError(where, repr(cleaned), "one of the 98 municipalities", _advice(cleaned))
    if not _agree(code, cleaned):
        raise InputError(
            where,
            f"{cleaned!r}, where {code} is {name(code)}",
            "a code and a name that agree",
            "correct the code or the name in the source",
        )
    return code


def is_municipality(text: str) -> bool:
    """Whether `lookup` would know it. Faster than asking `lookup`, which searches near spellings of unknown names.

    >>> is_municipality("101 København"), is_municipality("101 Odense"), is_municipality("Odnse")
    (True, False, False)
    """
    code, cleaned = _found(text)
    return bool(code) and _agree(code, cleaned)


def _found(text: str) -> tuple[str, str]:
    """The code that a text begins with or names, empty for none, and the text in its usual form."""
    cleaned = " ".join(text.split())
    # "Odense (461)" and "DK-461" say the same as "461 Odense" and "461".
    if turned := re.fullmatch(r"(\D+?)\s*[(\[]0?(\d{3})[)\]]", cleaned):
        cleaned = f"{turned[2]} {turned[1]}"
    cleaned = re.sub(r"^DK[ -]?(?=0?\d{3}$)", "", cleaned, flags=re.IGNORECASE)
    match = _CODE.fullmatch(cleaned)
    if match and match[1] in _register():
        return match[1], cleaned
    spellings = _spellings()
    return spellings.get(fold(cleaned)) or spellings.get(fold(cleaned, danish=False)) or "", cleaned


def _agree(code: str, cleaned: str) -> bool:
    match = _CODE.fullmatch(cleaned)
    return not (match and match[1] == code and match[2]) or _spellings().get(fold(match[2])) == code


@cache
def _towns() -> dict[str, str]:
    """Towns and abbreviations, folded, to the municipality they lie in: proposed, never taken."""
    text = resources.files("kl_research.terms").joinpath("register/towns.csv").read_text(encoding="utf-8")
    return {fold(row["town"]): row["code"] for row in csv.DictReader(text.splitlines())}


def proposal(text: str) -> str:
    """The code of the municipality that is probably meant by a name nobody knows; empty for no idea.

    >>> proposal("Kbh."), proposal("Hobro"), proposal("Odnse"), proposal("Oslo")
    ('101', '846', '461', '')
    """
    own = fold(text).removesuffix("kommune")
    if own in _towns():
        return _towns()[own]
    near = difflib.get_close_matches(own, _spellings(), n=1, cutoff=0.8)
    return _spellings()[near[0]] if near else ""


def _advice(text: str) -> str:
    if re.fullmatch(r"0?411", text) or "christians" in fold(text):
        return "Christiansø (411) belongs to no municipality; leave its rows out or declare them as ignored"
    names = {fold(name_): name_ for name_, _ in _register().values()}
    near = difflib.get_close_matches(fold(text), names, n=3, cutoff=0.7)
    if town := _towns().get(fold(text).removesuffix("kommune")):
        line = f'areas_named: {{"{text}": "{town}"}}'
        return f"write `{line}` in the study where {name(town)} is meant; none is taken silently"
    if near:
        return f"near names: {', '.join(names[key] for key in near)}; correct the source, none is taken silently"
    return "correct the source, or set `municipalities: free` when these are not Danish municipalities"
