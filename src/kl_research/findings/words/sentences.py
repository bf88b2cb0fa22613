"""Every sentence and word a page can show, with an example, for a Danish reader to correct.

`python -m kl_research.findings.words.sentences > sentences.md` writes the list; a correction goes into
locale/da.po under the key beside the sentence. The numbers are invented.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from kl_research.findings.words.catalogue import catalogue, say

_HOLE = re.compile(r"{(\w+)}")
# What an example puts into a place; a place that is not named here shows its own name in »«.
EXAMPLES: dict[str, tuple[str, str]] = {
    "name": ("Odense", "Odense"),
    "area": ("Odense", "Odense"),
    "names": ("Odense og Ærø", "Odense and Ærø"),
    "period": ("marts 2024 til februar 2025", "March 2024 to February 2025"),
    "year": ("2024", "2024"),
    "earlier": ("2. halvår 2023", "second half of 2023"),
    "month": ("april 2025", "April 2025"),
    "first": ("januar 2023", "January 2023"),
    "last": ("februar 2025", "February 2025"),
    "date": ("1. maj 2025", "1 May 2025"),
    "now": ("18", "18"),
    "since": ("december 2024", "December 2024"),
    "calls": ("198", "198"),
    "before": ("12", "12"),
    "after": ("18", "18"),
    "expected": ("12", "12"),
    "percent": ("15 %", "15%"),
    "share": ("29 %", "29%"),
    "times": ("3,4", "3.4"),
    "ratio": ("1,50", "1.50"),
    "detectable": ("24", "24"),
    "low": ("5", "5"),
    "high": ("24", "24"),
    "most": ("4", "4"),
    "n": ("3", "3"),
    "interval": ("95 %-konfidensinterval: 15-95 % flere", "95% confidence interval: 15-95% more"),
    "range": ("mellem et fald på 12 % og en stigning på 15 %", "between a fall of 12% and a rise of 15%"),
    "change": ("et fald på 12 %", "a fall of 12%"),
    "event": ("ledermødet", "the leader meeting"),
    "Event": ("Ledermødet", "The leader meeting"),
    "the": ("ledermødet", "the leader meeting"),
    "title": ("Stort ledermøde", "Large leader meeting"),
    "outcome": ("opkald", "calls"),
    "number": ("antallet af opkald", "the number of calls"),
    "Number": ("Antallet af opkald", "The number of calls"),
    "events": ("»Nyt login« (marts 2025)", "»New login« (March 2025)"),
    "months": ("3 måneder", "3 months"),
    "level": ("pr. måned", "a month"),
    "part": ("52", "52"),
    "whole": ("177", "177"),
    "of": ("14", "14"),
    "active": ("13", "13"),
    "units": ("7", "7"),
    "rows": ("13.000", "13,000"),
    "kept": ("12.900", "12,900"),
    "dropped": ("100", "100"),
    "hash": ("4f3a…", "4f3a…"),
    "page": ("Udbredelse og brug", "Adoption and use"),
    "state": ("ikke tilsluttet", "not connected"),
    "value": ("22,4", "22.4"),
    "m3": ("43", "43"),
    "m6": ("47", "47"),
    "m12": ("52", "52"),
    "normal": ("12", "12"),
    "all": ("98", "98"),
    "connected": ("76", "76"),
}


def example(key: str, lang: str) -> str:
    """A message with invented values.

    >>> example("region.active", "en")
    '13 of 14 connected municipalities had calls.'
    """
    message = catalogue(lang).get(key)
    forms: Any = message.string if message is not None else ""
    text = forms if isinstance(forms, str) else " ".join(forms)
    side = 0 if lang == "da" else 1
    values = {name: EXAMPLES[name][side] if name in EXAMPLES else f"»{name}«" for name in _HOLE.findall(text)}
    if not isinstance(forms, str):
        return say(key, lang, **{**values, "n": 3})
    return text.format(**values) if values else text


def lines() -> Iterator[str]:
    """The list as Markdown, in the order of the catalogue: whole sentences first, then words and labels."""
    keys = [m.id if isinstance(m.id, str) else m.id[0] for m in catalogue("da") if m.id]
    told = {key: example(key, "da") for key in keys}
    sentences = [key for key in keys if told[key].endswith((".", "?", "!"))]
    yield "# Sætninger på siderne, til en dansk læser"
    yield ""
    yield "Tallene er opdigtede. Ret i `src/kl_research/findings/words/locale/da.po` under nøglen."
    for title, chosen in (("Sætninger", sentences), ("Ord", [key for key in keys if key not in set(sentences)])):
        yield from ("", f"## {title}", "", "| nøgle | dansk | English |", "|---|---|---|")
        for key in chosen:
            cells = (told[key], example(key, "en"))
            yield f"| `{key}` | " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
