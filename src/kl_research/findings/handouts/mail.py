"""A text to paste in a mail: what the municipality's page says first, plain and short."""

from __future__ import annotations

from kl_research.findings.office.extra import workbook_name
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.statements.phrases import heading, phrase
from kl_research.findings.statements.strongest import strongest
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say


def mail_text(site: Site, area: Area, foot: str) -> str:
    """Subject, the strongest finding and what is said beside it, what could be done, and where there is more."""
    who, lang, last = site.who, site.who.language, f"{site.panel['month'].max():%Y-%m}"
    own = site.statements.of(area.code)
    marks = [say("simulated.long", lang)] if who.simulated else []
    marks += [say(f"page.{who.edition}", lang)] if not who.public else []
    parts = [
        say("mail.subject", lang, name=area.name, month=formats.month(last, lang)),
        say("mail.hello", lang),
        *marks,
        say("mail.lead", lang, name=area.name),
    ]
    found = strongest(own, last)
    if found is not None:
        title = f"{heading(found.first, area.name, who, own).rstrip('.')}."
        parts.append(" ".join((title, phrase(found.first, area.name, who))))
        parts += [phrase(one, area.name, who) for one in found.beside]
    advice = [phrase(one, area.name, who) for one in own if one.kind == "advice"]
    if advice:
        parts.append("\n".join([say("one.could", lang), *(f"- {text}" for text in advice)]))
    parts += [
        say("one.not_counted.also", lang, channels=say("one.not_counted", lang)),
        say("mail.more", lang, file=workbook_name(area.code)),
        foot,
    ]
    return "\n\n".join(dict.fromkeys(part for part in parts if part)) + "\n"
