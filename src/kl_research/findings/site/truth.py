"""A site as the gate of contradictions reads it: its statements and everything that it will publish."""

from __future__ import annotations

from collections.abc import Mapping

from kl_research.findings.consistency.run import Run
from kl_research.findings.pages.area import Site
from kl_research.findings.words import wording
from kl_research.terms.municipalities import REGION_NAMES


def run_of(site: Site, pages: Mapping[str, str]) -> Run:
    """The run of a site; `pages` are HTML, or plain text, by their path below the folder of findings."""
    names = {code: REGION_NAMES.get(code, code) for code in site.regions} | {a.code: a.name for a in site.areas}
    national = [e for area in site.areas for e in area.effects if e.details.get("national")]
    lang = site.who.language
    shared = {words for e in national for words in (wording.event_title(e, lang), wording.event_phrase(e, lang))}
    return Run(site.statements, pages, names, site.who, site.known.last, tuple(sorted(shared)))
