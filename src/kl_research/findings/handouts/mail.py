"""A text to paste in a mail: what the municipality's page says first, plain and short."""

from __future__ import annotations

from kl_research.findings.handouts.sheets import municipality_file
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.pages.description import describe_sentences
from kl_research.findings.words import formats, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.wording import is_shared, sentence

MOST = 2  # efforts in a mail; the page has all


def mail_text(site: Site, area: Area, foot: str) -> str:
    """Subject, what the numbers say, the latest efforts, what is not counted, and where there is more."""
    who, lang = site.who, site.who.language
    month = formats.month(f"{site.panel['month'].max():%Y-%m}", lang)
    said = describe_sentences(area.summary, area.name, who) if area.summary is not None else []
    own = [effect for effect in area.effects if effect.primary and not is_shared(effect)]
    efforts = [f"- {wording.event_title(e, lang)}: {sentence(e, lang)}" for e in own[:MOST]]
    marks = [say("simulated.long", lang)] if who.simulated else []
    marks += [say(f"page.{who.edition}", lang)] if not who.public else []
    parts = [
        say("mail.subject", lang, name=area.name, month=month),
        say("mail.hello", lang),
        *marks,
        say("mail.lead", lang, name=area.name),
        " ".join(said),
        *((say("mail.efforts", lang) + "\n" + "\n".join(efforts),) if efforts else ()),
        f"{say('not_counted.title', lang)}: {say('one.not_counted', lang)}",
        say("mail.more", lang, file=municipality_file(area.code)),
        foot,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
