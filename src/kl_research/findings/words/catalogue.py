"""All words a reader sees, in one catalogue a language: keyed messages in locale/da.po and locale/en.po.

A message is fetched by key and filled with values that are already formatted (`formats`). A message with a plural
form chooses by `n`. An unknown key is an error, never an empty string on a page.
"""

from __future__ import annotations

import os
from importlib import resources
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from kl_research.findings.words.formats import number

LANGUAGES = ("da", "en")


def _read(lang: str) -> Catalog:
    with resources.files("kl_research.findings.words").joinpath(f"locale/{lang}.po").open("rb") as file:
        return read_po(file, locale=lang, abort_invalid=True)


# Read when imported: a warm kernel then has them from its template.
_CATALOGUES = {lang: _read(lang) for lang in LANGUAGES}


def catalogue(lang: str) -> Catalog:
    """The catalogue of a language; raises `ValueError` for a language there is none for."""
    if lang not in LANGUAGES:
        raise ValueError(f"language {lang!r}: choose one of {', '.join(LANGUAGES)}")
    return _CATALOGUES[lang]


def say(key: str, lang: str, *, n: Any = None, **values: Any) -> str:
    """The message `key` in `lang`, with `{names}` filled in; a number `n` chooses the plural form and fills `{n}`.

    >>> say("outcome.calls", "da", n=2), say("months", "en", n=1), say("months", "da", n=1200)
    ('opkald', '1 month', '1.200 måneder')
    """
    message = catalogue(lang).get(key)
    if message is None or not message.string:
        raise KeyError(f"no message {key!r} in {lang}.po")
    forms: Any = message.string
    one = isinstance(n, int | float) and abs(n) == 1
    text = forms if isinstance(forms, str) else str(forms[0] if one else forms[1])
    if n is not None:
        values["n"] = n if isinstance(n, str) else number(n, lang)
    return text.format(**values) if values else text


def say_or(key: str, lang: str, otherwise: str) -> str:
    """The message `key`, or other words where there is none; codes that come from elsewhere may be newer."""
    return say(key, lang) if has(key) else otherwise


def has(key: str, lang: str = "da") -> bool:
    """Whether there is a message under a key; codes that come from elsewhere may be newer than the catalogue."""
    message = catalogue(lang).get(key)
    return message is not None and bool(message.string)


def language() -> str:
    """The language results speak in a notebook: KL_LANGUAGE, which `kl-research lab` sets, else Danish."""
    return "en" if os.environ.get("KL_LANGUAGE") == "en" else "da"
