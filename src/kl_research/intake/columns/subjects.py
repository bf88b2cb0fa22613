"""What a text says is counted where that is not calls: minutes, users, units, a sample."""

from __future__ import annotations

import re

_HOW = (
    r"(?:antal(?:let)?(?: af)?|samle[dt]e?|totale?t?|unikke|aktive|forskellige|tilsluttede|registrerede|nye|"
    r"(?:total )?number of|total|unique|active|distinct|registered|new)"
)
_TIME = (
    r"(?:\w*minut(?:ter)?|minutes?|\w*sekund(?:er)?|seconds?|\w*(?:tale|opkalds|kalds)tid\w*|\w*varighed\w*|"
    r"durations?|talk ?time|min\.?|sek\.?)"
)
_PEOPLE = r"(?:\w*brugere?|borgere?|patienter|beboere|medarbejdere|users?|citizens?|patients|residents|logins?)"
_PLACES = (
    r"(?:enheder|plejecentre|plejehjem|bosteder|botilbud|klinikker|lægehuse|læger|ydernumre|units|clinics|"
    r"practices|doctors|care (?:homes|centres))"
)
_CALLS = re.compile(r"(?<!\w)(?:video\w*|\w*(?:opkald|konsultation)\w*|kald|calls?|consultations?|samtaler)(?!\w)")
_STARTS = [
    ("lengths of time", re.compile(rf"(?:{_HOW}\s+)*{_TIME}(?!\w)"), re.compile(r"antal (?:video)?opkald|opkald og")),
    ("people", re.compile(rf"(?:{_HOW}\s+)*{_PEOPLE}(?!\w)"), _CALLS),
    ("places", re.compile(rf"(?:{_HOW}\s+)+{_PLACES}(?!\w)"), _CALLS),
]
_SAMPLE = re.compile(r"(?<!\w)(?:stikprøve\w*|(?:random )?sample of|hver(?:t|anden) \d+\. (?:opkald|kald))")
_WITHIN = re.compile(rf"(?<!\w){_TIME}(?!\w)")


def other_subject(title: str) -> str:
    """What a title, or the name of a sheet, says is counted below it; empty where it may be calls.

    >>> other_subject("Samtaleminutter 2024"), other_subject("Unikke brugere"), other_subject("Opkald over 5 min.")
    ('lengths of time', 'people', '')
    """
    lower = " ".join(title.casefold().split()).strip(" .:-")
    if _SAMPLE.search(lower):
        return "a sample"
    return next((what for what, begins, but in _STARTS if begins.match(lower) and not but.search(lower)), "")


def names_time(text: str) -> bool:
    """Whether a short text, such as the corner of a table, speaks of lengths of time anywhere.

    >>> names_time("Kommune / samtaletid (min.)"), names_time("Kommune")
    (True, False)
    """
    return _WITHIN.search(text.casefold()) is not None
