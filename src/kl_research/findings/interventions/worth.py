"""What an effort is worth, on a page: what to expect, what it costs, what would have to be true for it to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from kl_research.effects.questions.worth import Worth
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.plots import new_axes
from kl_research.findings.html import layout
from kl_research.findings.html.markup import bullets, escape, paragraph
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader

VIEWS = ("stated", "sceptical", "open", "without_past")
SURE = 0.9  # of ten, so many for a direction to be said


def worth_sentences(found: Worth, n: int, months: int, study: ForWhom = None) -> list[str]:
    """What to expect with its limits, the cost of an extra call, break-even, and what the numbers do not carry."""
    lang = reader(study).language
    rounded = {key: _calls(value, lang) for key, value in (("low", found.low), ("high", found.high))}
    base = formats.about(found.base, lang)
    said = [say("worth.expected", lang, n=n, expected=_calls(found.expected, lang), base=base, **rounded)]
    said.append(say("worth.more", lang, tenths=formats.number(round(10 * found.more), lang)))
    if found.total > 0:
        said.append(_cost(found, months, lang))
    if found.break_even is not None and found.paid is not None:
        needed, tenths = _calls(found.break_even, lang), formats.number(round(10 * found.paid), lang)
        said.append(say("worth.break_even", lang, needed=needed, tenths=tenths))
    said.append(say("worth.past", lang, n=found.past) if found.past else say("worth.no_past", lang))
    if not (found.more >= SURE or found.more <= 1 - SURE):
        said.append(say("worth.undecided", lang))
    return said


def _cost(found: Worth, months: int, lang: str) -> str:
    total = formats.about(found.total, lang)
    if found.each is None:
        return say("worth.cost.none", lang, total=total)
    each = formats.about(found.each, lang)
    least = formats.about(found.each_low or 0.0, lang)
    if found.each_high is None:
        return say("worth.cost.open", lang, total=total, each=each, least=least, n=months)
    return say(
        "worth.cost", lang, total=total, each=each, least=least, most=formats.about(found.each_high, lang), n=months
    )


def _calls(value: float, lang: str) -> str:
    sign = "-" if value < 0 else ""
    return f"{sign}{formats.about(abs(value), lang)}"


def sensitivity(views: Mapping[str, Worth], study: ForWhom = None) -> Figure:
    """Extra calls a month under each belief, with 80 % limits: one picture.

    Examples
    --------
    >>> from kl_research.effects.questions.worth import ORDINARY, Cost, by_prior
    >>> views = by_prior([20.0], Cost(), months=6, past=[], stated=ORDINARY)
    >>> sensitivity(views, reader(lang="en")).table.shape
    (3, 4)
    """
    who = reader(study)
    lang = who.language
    shown = [(say(f"worth.view.{name}", lang), views[name]) for name in VIEWS if name in views]
    ax = new_axes(0.9 + 0.45 * len(shown), lang)
    for i, (_, one) in enumerate(shown):
        ax.plot([one.low, one.high], [-i, -i], color=style.BLUE, linewidth=2.5)
        ax.plot([one.expected], [-i], marker="o", color=style.BLUE, markersize=7)
    ax.axvline(0, color=style.GRID, linewidth=1)
    needed = next(iter(views.values())).break_even
    if needed is not None:
        ax.axvline(needed, color=style.ORANGE, linewidth=1.5, linestyle="--")
        ax.text(needed, 0.55, say("worth.line", lang), color=style.ORANGE, ha="left", va="bottom", fontsize=9)
    ax.set_ylim(-len(shown) + 0.4, 0.9)
    ax.set_yticks([-i for i in range(len(shown))], [label for label, _ in shown])
    ax.set_xlabel(say("worth.axis", lang))
    columns = [say(f"worth.column.{key}", lang) for key in ("view", "expected", "low", "high")]
    rows = [(label, *(round(x, 1) for x in (one.expected, one.low, one.high))) for label, one in shown]
    table = pd.DataFrame(rows, columns=columns)
    alt = say("worth.alt", lang, n=len(shown))
    return figure(ax, title=say("worth.figure", lang), alt=alt, table=table, study=who, disclosed=True)


def worth_page(
    title: str,
    said: Sequence[str],
    views: Mapping[str, Worth],
    basis: Sequence[str],
    exposed: Sequence[str],
    who: Reader,
) -> str:
    """The decision page: what to expect, the picture of beliefs, what it rests on, what was sent."""
    lang = who.language
    body = bullets(said)
    body += f"<h2>{escape(say('worth.title.views', lang))}</h2>{sensitivity(views, who).html}"
    body += f"<h2>{escape(say('worth.title.basis', lang))}</h2>{bullets(basis)}"
    if exposed:
        body += f"<h2>{escape(say('worth.title.sent', lang))}</h2>{bullets(exposed)}"
    body += paragraph(say("worth.note", lang), "kl-note")
    return layout.page(
        who, title=title, body=body, sub=say("worth.sub", lang), foot=layout.Foot(facts=layout.facts(who))
    )
