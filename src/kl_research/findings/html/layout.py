"""The frame of every page: one jinja template, one style sheet, a policy that lets nothing in from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kl_research import __version__
from kl_research.findings.html.markup import plain
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader, noise_note
from kl_research.terms.study import Study


@cache
def asset(name: str) -> str:
    """A file of the templates folder as text."""
    return (
        resources.files("kl_research.findings.html").joinpath(f"templates/{name}").read_text(encoding="utf-8").strip()
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("kl_research.findings.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def policy(css: str, script: str = "") -> str:
    """The content-security policy of a page: its own style and script by hash, pictures in the page, nothing else."""
    rules = ["default-src 'none'", f"style-src {hash_of(css)}", "img-src data:"]
    if script:
        rules.append(f"script-src {hash_of(script)}")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def hash_of(text: str) -> str:
    """A script or style as the policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@dataclass(frozen=True)
class Foot:
    """What stands below a page: lines that are read, and facts that are folded away."""

    lines: Sequence[str] = ()
    facts: Sequence[str] = ()


NO_FOOT = Foot()


def page(
    who: Reader,
    *,
    title: str,
    body: str,
    sub: str = "",
    crumbs: Sequence[tuple[str, str]] = (),
    foot: Foot = NO_FOOT,
    script: str = "",
) -> str:
    """A whole page around `body`, which is trusted HTML; everything else is text and is escaped here."""
    return render(
        "layout.html.j2",
        who,
        title=plain(title),
        heading=plain(title),
        sub=plain(sub),
        body=body,
        crumbs=[(plain(words), link) for words, link in crumbs],
        noise=noise_note(who),
        facts=[plain(fact) for fact in foot.facts],
        foot=[plain(line) for line in foot.lines],
        script=script,
        css=asset("page.css"),
        policy=policy(asset("page.css"), script),
        edition=who.edition,
        simulated=who.simulated,
    )


def render(template: str, who: Reader, **values: Any) -> str:
    """A template with the reader's language: `say('key')` and `lang` are known in it."""

    def words(key: str, **more: Any) -> str:
        return say(key, who.language, **more)

    return _environment().get_template(template).render(lang=who.language, say=words, **values)


def foot(study: Study, lang: str) -> tuple[str, ...]:
    """What completed means, who publishes, when, when next, and whom to ask."""
    definition = say("foot.completed", lang, seconds=study.completed_seconds)
    known = study.publisher
    if known is None:
        return (definition,)
    lines = [definition, say("foot.publisher", lang, name=known.name)]
    for key in ("published", "next_update"):
        if day := getattr(known, key):
            lines.append(say(f"foot.{key}", lang, date=formats.date(day, lang)))
    return (*lines, *([say("foot.contact", lang, contact=known.contact)] if known.contact else []))


def facts(who: Reader) -> tuple[str, ...]:
    """What is folded at the foot of every page: the version."""
    return (say("page.fact.version", who.language, version=__version__),)
