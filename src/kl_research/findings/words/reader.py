"""Who a finding is for: language, publication edition, smallest number shown, and whether the data are simulated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from kl_research.findings.words.catalogue import has, say
from kl_research.terms.study import Study


@dataclass(frozen=True)
class Reader:
    """The reader of a page; `mask_below` is the smallest count above 0 that everybody may see."""

    language: str = "da"
    edition: str = "internal"
    mask_below: int = 5
    simulated: bool = False

    @property
    def public(self) -> bool:
        """Whether numbers are published ones: perturbed, and small ones written as few."""
        return self.edition == "public"


ForWhom: TypeAlias = Study | Reader | None
"""What pages are written for: a study, a reader, or None for an internal Danish one."""


def say_to(who: Reader, key: str, *, n: Any = None, **values: Any) -> str:
    """The message `key` as this reader may have it: publicly its variant `<key>.public`, if any.

    Where the exact number is 0, a reader of published numbers is told "few or none".

    >>> say_to(Reader("en"), "overview.state.no_calls"), say_to(Reader("en", "public"), "overview.state.no_calls")
    ('no calls in the last year', 'few calls or none in the last year')
    """
    variant = f"{key}.public"
    return say(variant if who.public and has(variant) else key, who.language, n=n, **values)


def noise_note(who: Reader) -> str:
    """Which numbers are perturbed, and what to make of it; empty for a reader whose numbers are all exact.

    >>> noise_note(Reader("en")), noise_note(Reader("en", "own"))[:41]
    ('', "The municipality's own numbers are exact.")
    """
    key = {"public": "noise.note", "own": "noise.own"}.get(who.edition)
    return say(key, who.language, most=who.mask_below - 1) if key else ""


def reader(study: ForWhom = None, *, lang: str | None = None, simulated: bool | None = None) -> Reader:
    """The reader a study is written for; a `Reader` passes through; None is an internal Danish reader.

    >>> reader(None, lang="en")
    Reader(language='en', edition='internal', mask_below=5, simulated=False)
    """
    if study is None:
        who = Reader()
    elif isinstance(study, Reader):
        who = study
    elif isinstance(study, Study):
        rule = study.disclosure
        who = Reader(study.language, rule.edition, rule.mask_below, study.simulated)
    else:
        raise TypeError(f"study= takes a Study or a Reader, not {type(study).__name__}")
    if lang is not None:
        who = replace(who, language=lang)
    return who if simulated is None else replace(who, simulated=simulated)
