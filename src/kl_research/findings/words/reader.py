"""Who a finding is for: language, publication profile, smallest number shown, and whether the data are simulated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kl_research.terms.study import Study


@dataclass(frozen=True)
class Reader:
    """The reader of a page; `threshold` is the smallest count above 0 that everybody may see."""

    language: str = "da"
    profile: str = "internal"
    threshold: int = 5
    simulated: bool = False

    @property
    def public(self) -> bool:
        """Whether small numbers must be hidden."""
        return self.profile == "public"


def reader(study: Any = None, *, lang: str | None = None, simulated: bool | None = None) -> Reader:
    """The reader a study is written for; a `Reader` passes through; None is an internal Danish reader.

    >>> reader(None, lang="en")
    Reader(language='en', profile='internal', threshold=5, simulated=False)
    """
    if study is None:
        who = Reader()
    elif isinstance(study, Reader):
        who = study
    elif isinstance(study, Study):
        rule = study.disclosure
        who = Reader(study.language, rule.profile, rule.threshold, study.simulated)
    else:
        raise TypeError(f"study= takes a Study or a Reader, not {type(study).__name__}")
    if lang is not None:
        who = replace(who, language=lang)
    return who if simulated is None else replace(who, simulated=simulated)
