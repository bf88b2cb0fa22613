"""What a report of an effect must state, item by item: a table on the page, which the gate reads.

The items are those of Jandoc 2015 and Turner 2021 (interrupted time series), EPOC, RECORD, StaRI and SQUIRE 2.0 as
far as they concern monthly counts. An item of which nothing is known says so; it is never left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.findings.html.markup import Fragment, escape, folded
from kl_research.findings.words import formats, named, wording
from kl_research.findings.words.catalogue import has, say
from kl_research.findings.words.reader import ForWhom, Reader, noise_note, reader
from kl_research.terms.panel import STATES, area_name, states_inferred

ITEMS = (
    "design",
    "data",
    "definitions",
    "channels",
    "rows",
    "window",
    "date",
    "fixed",
    "others",
    "instrument",
    "comparison",
    "noise",
    "model",
    "size",
    "detectable",
    "sensitivity",
    "tested",
    "missing",
    "denominator",
    "small",
    "not_measured",
)
_FIXED = (
    "data",
    "definitions",
    "channels",
    "rows",
    "model",
    "size",
    "sensitivity",
    "tested",
    "denominator",
    "not_measured",
)
_PROGRAMS = ("kl_research", "numpy", "scipy", "statsmodels")
_ROW = re.compile(r'<tr data-kl-item="(\w+)"><th scope="row">[^<]+</th><td>[^<]+</td></tr>')


def show_checklist(
    effects: Sequence[Effect], panel: pd.DataFrame, municipality: str = "", *, study: ForWhom = None
) -> Fragment:
    """The folded table of all items for the effects of one page; `show_effects` ends with it.

    Returns
    -------
    Fragment
        A `Fragment`.

    References
    ----------
    EPOC and the reporting checklist of `kl_research.findings.html.checklist`.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> from kl_research.effects import controlled_interrupted_time_series as design
    >>> effect = design(panel, events["meeting"], municipality="001")
    >>> "Checklist" in show_checklist([effect], panel, "001", study=reader(lang="en")).html
    True
    """
    who = reader(study)
    lang = who.language
    rows = "".join(
        f'<tr data-kl-item="{item}"><th scope="row">{escape(say(f"checklist.{item}", lang))}</th>'
        f"<td>{escape(text or say('describe.unknown', lang))}</td></tr>"
        for item, text in _said(effects, panel, municipality, who).items()
    )
    caption = escape(say("checklist.caption", lang))
    head = "".join(f'<th scope="col">{escape(say(f"checklist.column.{key}", lang))}</th>' for key in ("item", "said"))
    table = f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    label = escape(f"{say('table.scroll', lang)}: {say('checklist.caption', lang)}")
    box = f'<div class="kl-scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'
    return Fragment(folded(say("checklist.title", lang), box))


def unstated(html: str) -> list[str]:
    """The items that a page with effects does not state."""
    found = set(_ROW.findall(html))
    return [item for item in ITEMS if item not in found]


def _said(effects: Sequence[Effect], panel: pd.DataFrame, municipality: str, who: Reader) -> dict[str, str]:
    lang = who.language
    primaries = [e for e in effects if e.primary]
    judged = [e for e in primaries if e.n_pre or e.n_post]
    dated = [e for e in primaries if e.level != "type"]  # a kind of event has neither a date nor comparisons
    designs = dict.fromkeys(say(f"design.{e.design}", lang) for e in effects if has(f"design.{e.design}"))
    first, last = (f"{panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    name = area_name(panel, municipality) if municipality else say("overview.nation", lang)
    threats = [t.code for e in primaries for t in e.threats]
    hashes = [str(e.details["primary_hash"])[:12] for e in primaries if e.details.get("primary_hash")]
    checks = sum(len(e.checks) for e in primaries)
    values = {
        "name": name,
        "period": formats.period(first, last, lang),
        "most": who.mask_below - 1,
        "n": len(primaries),
        "ways": len(effects) - len(primaries),
        "checks": checks,
        "threats": len(threats),
        "programs": ", ".join(f"{p} {version(p)}" for p in _PROGRAMS),
    }
    texts = {item: say(f"checklist.said.{item}", lang, **values) for item in _FIXED}
    texts["design"] = "; ".join(designs)
    texts["window"] = "; ".join(_window(e, lang) for e in judged) or say("checklist.none_judged", lang)
    texts["date"] = "; ".join(_date(e, lang) for e in dated)
    texts["fixed"] = say("checklist.said.fixed", lang, hashes=", ".join(dict.fromkeys(hashes))) if hashes else ""
    changed = [c for c in threats if c.startswith("measurement")]
    texts["instrument"] = say("checklist.said.instrument" if changed else "checklist.none_near", lang)
    texts["others"] = say("checklist.said.others" if threats else "checklist.none_near", lang, **values)
    texts["comparison"] = " ".join(dict.fromkeys(_comparison(e, lang) for e in dated or primaries))
    noise = "; ".join(filter(None, (_noise(e, lang) for e in judged)))
    texts["noise"] = noise or say("checklist.none_judged" if not judged else "checklist.noise_of_each", lang)
    texts["detectable"] = "; ".join(filter(None, (_detectable(e, lang) for e in judged)))
    texts["missing"] = _missing(panel, municipality, lang)
    exact = noise_note(who) or say("checklist.none_hidden", lang)
    texts["small"] = say("checklist.said.small", lang, **values) if who.public else exact
    return {item: texts.get(item, "") for item in ITEMS}


def _window(effect: Effect, lang: str) -> str:
    pre, post = (say("months", lang, n=n) for n in (effect.n_pre, effect.n_post))
    return f"{named.event_title(effect, lang)}: {say('effects.window', lang, pre=pre, post=post)}"


def _date(effect: Effect, lang: str) -> str:
    return f"{named.event_title(effect, lang)}: {named.event_date(effect, lang)}"


def _comparison(effect: Effect, lang: str) -> str:
    if wording.controlled(effect):
        return say("effects.donors", lang, n=effect.n_donors)
    return say("checklist.no_comparison", lang)


def _noise(effect: Effect, lang: str) -> str:
    known = [(key, effect.details.get(key)) for key in ("dispersion", "rho")]
    return ", ".join(
        f"{say(f'detail.{key}', lang)} {formats.number(float(value), lang, 2)}"
        for key, value in known
        if value is not None
    )


def _detectable(effect: Effect, lang: str) -> str:
    if effect.detectable is None:
        return ""
    ratio = formats.number(effect.detectable, lang, 2)
    return f"{named.event_title(effect, lang)}: {say('checklist.said.detectable', lang, ratio=ratio)}"


def _missing(panel: pd.DataFrame, municipality: str, lang: str) -> str:
    rows = panel[panel["municipality"] == municipality] if municipality else panel
    counts = rows["state"].value_counts()
    words = [
        say(
            "quality.state",
            lang,
            n=int(counts[state]),
            state=named.state_words(state, lang, inferred=states_inferred(panel)),
        )
        for state in STATES
        if state in counts
    ]
    return formats.listed(words, lang)
