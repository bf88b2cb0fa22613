"""The words by which a sentence's direction, verdict or reach is known, in both languages."""

from __future__ import annotations

import re


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


MORE = _words(
    r"\bflere\b",
    r"\bsteget\b",
    r"\bsteg\b",
    r"\bstigning",
    r"\bstiger\b",
    r"\bvokse",
    r"\bmore\b",
    r"\bro?ise",
    r"\brose\b",
)
FEWER = _words(
    r"\bfærre\b",
    r"\bfaldet\b",
    r"\bfaldt\b",
    r"\bfald\b",
    r"\bfalder\b",
    r"\bfewer\b",
    r"\bfell\b",
    r"\bfall(en|ing)?\b",
)
UNSURE = _words(
    r"ingen sikker",
    r"omtrent",
    r"for lille",
    r"no sure",
    r"about as",
    r"about the same",
    r"too small",
    r"ingen ændring",
)
SLIGHTLY = _words(r"\blidt (flere|færre)", r"slightly (more|fewer)")  # within about the same
YEAR = _words(r"året før", r"seneste år\b", r"sidste år\b", r"12 måneder", r"year before", r"last year", r"12 months")
EXPECTED = _words(r"\bforvent", r"\bventet\b", r"\bexpected\b", r"normalt", r"normal\b")
# What a judgement may be told as, by its verdict.
CLAIMS = {
    "increase": _words(
        r"flere (\w+ ){0,2}end (for)?ventet",
        r"gange så (mange|stort) som (for)?ventet",
        r"højere end (for)?ventet",
        r"more (\w+ ){0,2}than expected",
        r"times as many as expected",
        r"higher than expected",
    ),
    "decrease": _words(
        r"færre (\w+ ){0,2}end (for)?ventet",
        r"lavere end (for)?ventet",
        r"fewer (\w+ ){0,2}than expected",
        r"lower than expected",
    ),
    "no_change": _words(r"ingen ændring af betydning", r"no change of importance", r"no important change"),
    "inconclusive": _words(r"kan ikke afgøre\b", r"cannot tell whether"),
    "not_assessable": _words(
        r"for tidligt at vurdere",
        r"kan (endnu )?ikke vurdere",
        r"too early to judge",
        r"cannot (yet )?(judge|assess)",
    ),
}
# An open answer may say that a number differs from the expected, and why that is no claim.
ALSO = {"inconclusive": ("increase", "decrease"), "break_in_series": ("increase", "decrease"), "not_assessable": ()}
NATIONAL = _words(
    r"på landsplan",
    r"i hele landet",
    r"hele landet",
    r"alle kommuner\b",
    r"landets kommuner",
    r"nationwide",
    r"nationally",
    r"across the country",
    r"in the whole country",
    r"all municipalities",
)
# What a sentence about a change says somewhere.
CHANGED = _words(
    r"(for)?ventet|expected|steg|fald|ændring|flere|færre|change|rose|fell|more|fewer",
    r"fordobl|halver|gange så|plejer|virke|doubl|halv|times as|usually|work",
)
NOT_LASTING = _words(r"(stigningen|faldet) holdt ikke", r"(rise|fall) did not last")
UNCERTAIN = _words(r"usikker", r"uncertain", r"anden retning", r"afhænger")
RISING_ADVICE = _words(
    r"stigningen varer ved", r"fasthold stigningen", r"bag stigningen", r"rise lasts", r"behind the rise"
)
FALLING_ADVICE = _words(
    r"faldet varer ved",
    r"bag faldet",
    r"da brugen faldt",
    r"hvor faldet er",
    r"stop faldet",
    r"behind the fall",
    r"when use fell",
)
WAIT = _words(r"vent med at vurdere", r"vent, til der er tal", r"wait to judge", r"wait until there are")
NEW_USE = re.compile(
    r"(?<!ikke )(?<!uden videre )\b(det er ny brug|er øget brug|viser øget brug|it is new use|shows more use)",
    re.IGNORECASE,
)
FALSE_ALARMS = re.compile(r"(\d[\d.,]*)\s+(falske? (advars\w+|alarm\w*)|false (warning|alarm)s?)", re.IGNORECASE)
NEWS = _words(r"^nyt\b", r"siden sidst", r"^nyt:", r"\bnyhed", r"since last time", r"\bnews\b")
CALLS = re.compile(r"(\d[\d.,]*|få|few) (?:opkald|calls)\b")
TIME = re.compile(r"\b\d+ (?:måneder|halvår|uger|år|dage|months|half-years|weeks|years|days)\b")  # "12 months"
_N = r"(\d+(?:[.,]\d+)*)"  # 1.722 and 1,722: thousands in either language
PAIR = re.compile(rf"\b(?!20\d\d\b){_N} (?:opkald|calls)?\s*(?:[^.\d]{{0,60}}?)(?:mod|against) {_N}")
DIFFERENCE = re.compile(rf"{_N} (flere|færre|more|fewer)\b")
SHARE = re.compile(rf"{_N} (?:af|of) (?:de |the |kommunens )?{_N}[^.()%]{{0,60}}\((\d+)\s?%\)")
COMPLETED = _words(r"gennemført", r"completed consultation")
YEAR_NUMBER = re.compile(r"\b(20\d\d)\b")
_LOUD = (
    *(re.compile(r"\d"), MORE, FEWER, UNSURE, YEAR, EXPECTED, NATIONAL, UNCERTAIN, WAIT, NEWS, COMPLETED, NEW_USE),
    *(RISING_ADVICE, FALLING_ADVICE, *CLAIMS.values()),
)


def is_loud(name: str) -> bool:
    """Whether a name would be read as a claim, a number or a direction.

    >>> is_loud("More calls than expected"), is_loud("Team 5"), is_loud("Favrskov")
    (True, True, False)
    """
    return any(pattern.search(name) for pattern in _LOUD)
