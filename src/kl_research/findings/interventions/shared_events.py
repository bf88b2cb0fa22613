"""Changes that reached every municipality at once, seen from one of them: a table, and no claim."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.findings.html.markup import Fragment, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats, named
from kl_research.findings.words.catalogue import say


def show_shared(effects: Sequence[Effect], name: str, lang: str) -> Fragment:
    """The primary effects of national events in one municipality, as a table with its warning."""
    rows = [_row(effect, lang) for effect in effects if effect.primary]
    if not rows:
        return Fragment("")
    columns = [
        say("shared.column.event", lang),
        say("column.date", lang),
        say("effects.column.verdict", lang),
    ]
    table = html_table(pd.DataFrame(rows, columns=columns), caption=say("shared.table", lang, name=name), lang=lang)
    title = escape(say("shared.title", lang))
    return Fragment(f"<section><h2>{title}</h2>{paragraph(say('shared.note', lang, name=name))}{table}</section>")


def _row(effect: Effect, lang: str) -> tuple[str, str, str]:
    """Without a number: nobody is left to compare with, and intervals of one municipality missed the truth."""
    verdict = say("shared.for_all", lang)
    if effect.earliest_month:
        verdict += " " + say("shared.not_yet", lang, month=formats.month(effect.earliest_month, lang))
    return named.event_title(effect, lang), named.event_date(effect, lang), verdict
