"""The catalogue is plain Danish: patterns that readers stumbled over do not come back, and its parts agree."""

from __future__ import annotations

import re

import pytest

from kl_research.findings.words.catalogue import catalogue

BANNED = {
    r"\b(end|som) ventet\b": "forventet",
    r"\bmåned\w* \(\d+ af \d+ md": "skriv måneder ud",
    r"ikke ved, hvornår": "ikke kender datoen",
    r"[Ss]pringet i tallene svarer": "tallene ligger ... under eller over det forventede",
    r"ændrede, hvad der tælles": "fra ... tælles ... med",
    r"ingen indsatser .* at vurdere": "vi kender ikke til indsatser",
    r"\bikke kørt\b": "har ikke egen side i denne udgave",
    r"mens tallene løber": "i den periode, tallene dækker",
    r"midterste halvdel": "halvdelen ligger mellem",
    r"realistisk loft": "den bedste fjerdedel når",
    r"\bmå vente\b": "kan forvente",
    r"råber": "giver ofte falsk alarm",
    r"Placebo": "Kontrol",
    r"Praksissiden|Pakke til møde": "Lægernes brug, Mødeoplæg",
    r"det er ny brug": "Nyt: ...",
    r"\ber ny: ": "Nyt: ...",
    r" {2}|\s[.,;:!?](\s|$)": "a space too many",
    r"\b(en|et|den|det) \1\b": "a word twice",
    r"\b(antallet|tallet) (er|var) (flere|færre)\b": "et antal er højere eller lavere",
    r"\bet (stigning|måned|kommune|enhed|region|indsats|dato)\b": "en",
    r"\ben (fald|opkald|halvår|år|ydernummer|plejecenter|møde)\b": "et",
    r"\b(flere|færre) end forventede\b": "end forventet",
}


def texts() -> dict[str, str]:
    found = {}
    for message in catalogue("da"):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string if isinstance(message.string, str) else " | ".join(map(str, message.string))
            found[key] = forms
    return found


@pytest.mark.parametrize("pattern", BANNED)
def test_a_pattern_that_readers_stumbled_over_does_not_come_back(pattern: str) -> None:
    banned = re.compile(pattern)
    found = {key: text for key, text in texts().items() if banned.search(text.strip())}
    assert not found, f"write {BANNED[pattern]!r}: {dict(list(found.items())[:5])}"


def test_both_languages_hold_the_same_messages_with_the_same_values() -> None:
    holes = re.compile(r"{(\w+)}")
    for message in catalogue("da"):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            other = catalogue("en").get(key)
            assert other is not None, key
            mine, theirs = (set(holes.findall(str(one.string))) for one in (message, other))
            assert mine == theirs, f"{key}: {mine ^ theirs}"
