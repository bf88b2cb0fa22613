"""A statement on a page: its words, with its name beside them, so that the gate can hold them against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kl_research.findings.html.markup import escape
from kl_research.findings.statements.phrases import heading, phrase
from kl_research.findings.statements.statement import Statement
from kl_research.findings.words.reader import Reader
from kl_research.findings.words.wording import brief

BRIEF = "brief:"  # before the name of a statement that is told in brief


def said(one: Statement, name: str, who: Reader, tag: str = "p", kind: str = "") -> str:
    """A statement as one element; nothing where there is nothing to say.

    >>> said(Statement("municipality", "710", "level", "calls", value=9), "Favrskov", Reader("en"))
    '<p data-say="municipality/710/level/calls">Favrskov had 9 calls from .</p>'
    """
    text = phrase(one, name, who)
    css = f' class="{kind}"' if kind else ""
    return f'<{tag}{css} data-say="{escape(one.id)}">{escape(text)}</{tag}>' if text else ""


def said_in_brief(one: Statement, who: Reader) -> str:
    """A judgement in brief as a paragraph, which the gate holds against the brief of the same judgement."""
    text = brief(one.effect, who.language) if one.effect is not None else ""
    return f'<p data-say="{BRIEF}{escape(one.id)}">{escape(text)}</p>'


def said_list(some: Iterable[Statement], name: str, who: Reader, kind: str = "") -> str:
    """Statements as a list."""
    items = "".join(said(one, name, who, "li") for one in some)
    return f"<ul{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{items}</ul>" if items else ""


def headed(one: Statement, name: str, who: Reader, among: Sequence[Statement]) -> str:
    """A statement as the heading of a page, after the name where it does not hold it already."""
    text = heading(one, name, who, among)
    return text if name in text else f"{name}: {text}"
