"""A plan on a page: what could be found, who starts when, and what was fixed before any outcome was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kl_research.effects.questions.planning import smallest_found
from kl_research.findings.html import layout
from kl_research.findings.html.markup import Fragment, bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats, intervals
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, reader
from kl_research.terms.panel import area_name, check_area

LOW = 0.8  # power under which a plan is told to be too small


def plan_sentences(
    registration: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], smallest: float | None, study: ForWhom = None
) -> list[str]:
    """The power in plain words, what would do better, and how exposure is treated."""
    lang = reader(study).language
    fixed = registration["fixed"]
    own = tables["own"]
    power = float(own.loc[own["ratio"] == fixed["expected_ratio"], "power"].iloc[0])
    k = len(fixed["allocation"])
    change = intervals.change(fixed["expected_ratio"], lang)
    values = {
        "power": formats.percent(power, lang),
        "change": change,
        "months": say("months", lang, n=fixed["months_after"]),
    }
    said = [say("plan.power", lang, n=k, **values)]
    if smallest is None:
        said.append(say("plan.smallest.none", lang))
    else:
        said.append(say("plan.smallest", lang, change=intervals.change(smallest, lang)))
    if power < LOW:
        others = tables["others"]
        enough = others[others["power"] >= LOW]
        if len(enough):
            said.append(say("plan.more", lang, n=int(enough["municipalities"].min()), change=change))
        else:
            said.append(say("plan.never", lang, change=change))
    said.append(say("plan.false", lang, share=formats.percent(float(own["false_alarms"].iloc[0]), lang)))
    said.append(say(f"plan.exposure.{fixed['exposure']}", lang))
    return said


def show_power(tables: Mapping[str, pd.DataFrame], *, study: ForWhom = None) -> Fragment:
    """The two tables of `power_tables` as tables of a page."""
    lang = reader(study).language
    own = [
        (intervals.change(r, lang), formats.percent(p, lang)) for r, p in tables["own"][["ratio", "power"]].to_numpy()
    ]
    others = [
        (int(row["municipalities"]), formats.percent(row["power"], lang))
        for row in tables["others"].to_dict("records")
    ]
    power = say("plan.column.power", lang)
    first = pd.DataFrame(own, columns=[say("plan.column.change", lang), power])
    second = pd.DataFrame(others, columns=[say("plan.column.n", lang), power])
    html = html_table(first, caption=say("plan.table.own", lang), lang=lang)
    ratio = float(tables["others"]["ratio"].iloc[0])
    html += html_table(
        second, caption=say("plan.table.others", lang, change=intervals.change(ratio, lang)), lang=lang
    )
    return Fragment(html)


def show_outlook(
    tables: Mapping[str, pd.DataFrame],
    panel: pd.DataFrame,
    municipality: str,
    *,
    months_after: int,
    study: ForWhom = None,
) -> Fragment:
    """`outlook` on a page: the smallest effect one municipality alone would show, and what several would.

    Parameters
    ----------
    tables : Mapping[str, DataFrame]
        What `kl.outlook` returned.

    Returns
    -------
    Fragment
        A `Fragment`.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> own = pd.DataFrame({"ratio": [1.5, 2.0], "power": [0.4, 0.9], "false_alarms": 0.0})
    >>> others = pd.DataFrame({"municipalities": [8], "ratio": [1.5], "power": [0.9]})
    >>> shown = show_outlook({"own": own, "others": others}, panel, "001", months_after=6, study=reader(lang="en"))
    >>> print(*shown.sentences)
    In 001 alone a rise of 90% would be the smallest effect found in 80% of cases, with 6 months after the
    start. With 8 municipalities a rise of 50% would be found in 90% of cases.
    """
    lang = reader(study).language
    check_area(panel, municipality)
    own, others = tables["own"], tables["others"]
    said = []
    months = say("months", lang, n=months_after)
    name = area_name(panel, municipality)
    if own.empty:
        said.append(say("outlook.no_candidate", lang, name=name))
    elif (smallest := smallest_found(own)) is None:
        said.append(say("outlook.nothing", lang, name=name, months=months))
    else:
        said.append(say("outlook.alone", lang, name=name, months=months, change=intervals.change(smallest, lang)))
    for row in others.to_dict("records"):
        change, power = intervals.change(row["ratio"], lang), formats.percent(row["power"], lang)
        said.append(say("outlook.several", lang, n=int(row["municipalities"]), change=change, power=power))
    html = "".join(paragraph(text) for text in said)
    if len(own) and len(others):
        html += show_power(tables, study=study).html
    return Fragment(f'<section class="kl-effect">{html}</section>', tuple(said))


def allocation_table(registration: Mapping[str, Any], panel: pd.DataFrame, study: ForWhom = None) -> pd.DataFrame:
    """Who starts when: municipality, its code, start."""
    lang = reader(study).language
    rows = [
        (area_name(panel, code), code, formats.month(start, lang))
        for start, code in registration["fixed"]["allocation"]
    ]
    return pd.DataFrame(rows, columns=[say(f"plan.column.{c}", lang) for c in ("municipality", "code", "start")])


def plan_page(
    registration: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    smallest: float | None,
    panel: pd.DataFrame,
    study: ForWhom,
) -> str:
    """The pre-registration page: question, power, allocation, primary design, decision rule, hash."""
    who = reader(study)
    lang = who.language
    fixed = registration["fixed"]
    title = fixed["title"].get(lang) or next(iter(fixed["title"].values()))
    parts = [paragraph(fixed["question"], "kl-lead")]
    said = plan_sentences(registration, tables, smallest, who)
    parts.append(f"<h2>{escape(say('plan.title.power', lang))}</h2>{''.join(paragraph(t) for t in said)}")
    parts.append(show_power(tables, study=who).html)
    lots = html_table(allocation_table(registration, panel, who), caption=say("plan.table.lots", lang), lang=lang)
    parts.append(f"<h2>{escape(say('plan.title.lots', lang))}</h2>{paragraph(say('plan.lots', lang))}{lots}")
    low, high = (formats.number(value, lang, 2) for value in fixed["band"])
    rules = [
        say("plan.rule.outcome", lang, outcome=say(f"outcome.{fixed['outcome']}", lang, n=2)),
        say("plan.rule.window", lang, pre=fixed["pre_months"], post=fixed["months_after"]),
        say("plan.rule.design", lang, design=say(f"design.{fixed['design']}", lang)),
        say("plan.rule.itt", lang),
        say("plan.rule.change", lang),
        say("plan.rule.none", lang, low=low, high=high),
        say("plan.rule.else", lang),
    ]
    parts.append(f"<h2>{escape(say('plan.title.fixed', lang))}</h2>{bullets(rules)}")
    until = formats.month(fixed["data_until"], lang)
    parts.append(paragraph(say("plan.hash", lang, until=until, hash=registration["hash"]), "kl-note"))
    return layout.page(
        who,
        title=title,
        body="".join(parts),
        sub=say("plan.sub", lang, start=formats.month(fixed["start"], lang)),
        foot=layout.Foot(facts=[fixed["study"], f"sha256 {registration['hash']}"]),
    )
