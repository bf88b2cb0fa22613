"""Parts of the pack from the register: dates to fetch, questions to ask, what was promised; by owner."""

from __future__ import annotations

from kl_research.commands.ahead.asked import Asked
from kl_research.commands.register.check import by_owner, dates_to_fetch
from kl_research.findings.meeting.pack import Part, Table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say


def questions_part(asked: Asked) -> Part:
    """Dates to fetch and open questions, by whom to ask."""
    lang = asked.who.language
    fetch = dates_to_fetch(asked.study, asked.panel)
    rows = [(one.owner, say("meeting.kind.date", lang), one.sentence(lang)) for one in fetch]
    open_ = [item for item in asked.study.read_items() if item.kind == "inquiry" and not item.settled]
    nobody = say("register.check.nobody", lang)
    rows += [(i.owner or nobody, say("register.choice.inquiry", lang), i.title_in(lang)) for i in open_]
    rows.sort(key=lambda row: formats.sort_key(row[0]))
    header = tuple(say(f"meeting.column.{key}", lang) for key in ("owner", "kind", "what"))
    table = Table(say("meeting.questions.table", lang), header, tuple(rows), (), (3, 2, 7))
    lead = say("meeting.questions.lead", lang, dates=len(fetch), questions=len(open_))
    return Part("questions", say("meeting.questions.title", lang), lead, (), (table,) if rows else ())


def follow_up_part(asked: Asked) -> Part:
    """What was promised and is not settled, by owner; what is overdue is marked."""
    lang = asked.who.language
    items = [i for i in asked.study.read_items() if not i.settled and i.kind not in ("inquiry", "meeting")]
    overdue = [item for item in items if item.due is not None and item.due <= asked.day]
    rows = [
        (
            item.owner or say("register.check.nobody", lang),
            say(f"register.choice.{item.kind}", lang),
            item.title_in(lang),
            " ".join(filter(None, (formats.date(item.due, lang) if item.due else "", _state(item.status, lang)))),
        )
        for item in by_owner(items)
    ]
    header = tuple(say(f"meeting.column.{key}", lang) for key in ("owner", "kind", "what", "due"))
    lead = say("meeting.follow.lead", lang, n=len(items), due=len(overdue))
    table = Table(say("meeting.follow.table", lang), header, tuple(rows), (), (3, 2, 6, 2))
    return Part("follow", say("meeting.follow.title", lang), lead, (), (table,) if rows else ())


def _state(status: str, lang: str) -> str:
    return "" if status == "open" else say(f"register.choice.{status}", lang)
