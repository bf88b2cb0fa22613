"""What a contradiction does: it stops the publication and says how to go on, or marks what is published."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kl_research.findings.consistency.run import Contradiction
from kl_research.findings.html.markup import paragraph
from kl_research.findings.html.tables import csv_text
from kl_research.findings.words.catalogue import say
from kl_research.terms.errors import Withheld

FILE = "contradictions.csv"
_NAMED = 5  # contradictions in one message
_CURE = (
    "Correct the data or the register where one of the two is wrong. Where both are right the check is wrong: report "
    "it, and publish meanwhile with `contradictions: mark` in the study file, which says so on every page"
)


def refused(found: Sequence[Contradiction]) -> Withheld:
    """The error: both sentences with their files, and what to do."""
    more = [f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
    return Withheld(f"{'; '.join([*map(str, found[:_NAMED]), *more])}. {_CURE}")


def marked(html: str, found: Sequence[Contradiction], lang: str) -> str:
    """A page that says under its heading that the run contradicts itself.

    >>> marked("<h1>Ærø</h1>", [Contradiction("a kind", "9 calls", "a.html", "8 calls", "b.html")], "en")[:40]
    '<h1>Ærø</h1><p class="kl-lead">Note: the'
    """
    note = paragraph(say("contradictions.mark", lang, n=len(found)), "kl-lead")
    return html.replace("</h1>", f"</h1>{note}", 1)


def table(found: Sequence[Contradiction]) -> str:
    """Every contradiction as CSV: its kind, and both sentences with their files."""
    rows = [(one.kind, one.where, one.one, one.where_other, one.other) for one in found]
    return csv_text(pd.DataFrame(rows, columns=["kind", "file", "sentence", "other_file", "other_sentence"]))
