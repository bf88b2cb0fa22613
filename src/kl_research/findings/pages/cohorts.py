"""Time in use: how long until the first call, who is still there a year later, and at which hours calls are made."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from kl_research.adoption import FirstUse, Spread, hours, office_hours_share
from kl_research.adoption.hours import of_municipality
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import figure
from kl_research.findings.drawing.plots import new_axes
from kl_research.findings.html.markup import NOTHING, Fragment, paragraph, section
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words, is_few
from kl_research.findings.words.reader import ForWhom, reader

AGES = (1, 3, 6, 12)
LEAST_OF_SHARE = 20  # of so many published units a share is told


def show_first_use(found: FirstUse, *, study: ForWhom = None) -> Fragment:
    """Months from connection to the first call over municipalities: Kaplan-Meier, as the share that has begun.

    Parameters
    ----------
    found : FirstUse
        What `kl.time_to_first_use` returned.

    Returns
    -------
    Fragment
        A `Fragment` in months.

    Examples
    --------
    >>> from kl_research.adoption import time_to_first_use
    >>> months = pd.date_range("2025-01-01", periods=4, freq="MS")
    >>> panel = pd.concat(pd.DataFrame({"municipality": str(i), "month": months, "state":
    ...     ["not_connected", "not_started", "observed", "observed"], "calls": [None, None, 1, 2]}) for i in range(5))
    >>> show_first_use(time_to_first_use(panel), study=reader(lang="en")).sentences
    ('5 municipalities were connected within the data; 5 have made a call.', 'Half had made their first call 1
    month after connection at the latest.')
    """
    who = reader(study)
    lang = who.language
    title = say("first_use.title", lang)
    if found.reason:
        text = say(f"first_use.reason.{found.reason}", lang, n=found.n)
        return section(title, paragraph(text), (text,))
    values = {"n": found.n, "began": formats.number(found.began, lang)}
    said = [say("first_use.count", lang, **values)]
    if found.median is None:
        said.append(say("first_use.median.none", lang))
    else:
        said.append(say("first_use.median", lang, months=say("months", lang, n=int(found.median))))
    if found.excluded:
        said.append(say("first_use.excluded", lang, n=found.excluded))
    curve = found.curve
    ax = new_axes(lang=lang)
    with mpl.rc_context(style.RC):
        time = np.append(0, curve["time"])
        low, high = (np.append(0, 1 - curve[side].fillna(curve["survival"])) for side in ("high", "low"))
        ax.fill_between(time, low, high, step="post", color=style.BLUE, alpha=0.2, linewidth=0)
        ax.step(time, np.append(0, 1 - curve["survival"]), where="post", color=style.BLUE)
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_locator(mpl.ticker.FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        ax.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda v, _: formats.percent(v, lang)))
        ax.set_xlabel(say("first_use.x", lang))
        ax.set_ylabel(say("first_use.y", lang))
    percents = [
        [formats.percent(1 - v, lang) if v == v else "" for v in curve[c]] for c in ("survival", "high", "low")
    ]
    table = pd.DataFrame(
        dict(
            zip(
                (say(f"first_use.column.{key}", lang) for key in ("months", "waiting", "begun", "low", "high")),
                (curve["time"].astype("int64"), curve["at_risk"], *percents),
                strict=True,
            )
        )
    )
    drawn = figure(
        ax,
        title=said[1].removesuffix("."),
        alt=say("first_use.alt", lang, **values),
        table=table,
        study=who,
        disclosed=True,
    )
    html = "".join(paragraph(text) for text in said) + drawn.html
    return section(title, html, said)


def show_retention(found: pd.DataFrame, *, study: ForWhom = None) -> Fragment:
    """Of the units that began in the same year, how many used the app 1, 3, 6 and 12 months later.

    `found` is what `kl.retention` returned of the whole country, cohorts by year.

    Parameters
    ----------
    found : DataFrame
        What `kl.retention` returned of the whole country, cohorts by year.

    Returns
    -------
    Fragment
        A `Fragment`: a row a year, shares with their counts.

    Examples
    --------
    >>> rows = pd.DataFrame({"area": "", "cohort": "2024", "age": [0, 1], "numerator": [20, 15], "denominator": 20})
    >>> "75%" in show_retention(rows.assign(value=rows["numerator"] / 20), study=reader(lang="en")).html
    True
    """
    who = reader(study)
    lang = who.language
    rows, said = [], []
    for cohort, part in found.groupby("cohort", sort=True):
        at = part.set_index("age")
        cells = [_share(at, age, who) for age in AGES]
        if any(cells):
            size = int(at["denominator"].loc[0])
            rows.append([str(cohort), count_words(size, who), *(c or "–" for c in cells)])
        if cells[-1] and at["denominator"].get(AGES[-1]) == at["denominator"].loc[0]:
            said.append(say("retention.sentence", lang, cohort=cohort, share=cells[-1]))
    if not rows:
        return NOTHING
    ages = [say("retention.column.age", lang, months=say("months", lang, n=age)) for age in AGES]
    names = [say("retention.column.cohort", lang), say("retention.column.size", lang), *ages]
    html = "".join(paragraph(text) for text in said)
    html += html_table(pd.DataFrame(rows, columns=names), caption=say("retention.table", lang), lang=lang)
    html += paragraph(say("retention.note", lang), "kl-note")
    title = say("retention.title", lang)
    return section(title, html, said)


def _share(at: pd.DataFrame, age: int, who: Any) -> str:
    if age not in at.index:
        return ""
    part, whole = (int(at[column].loc[age]) for column in ("numerator", "denominator"))
    lang, words = who.language, {"part": count_words(part, who), "whole": count_words(whole, who)}
    if (who.public and whole < LEAST_OF_SHARE) or is_few(part, who):
        return say("measures.parts", lang, **words)
    return say("reach.of", lang, share=formats.percent(part / whole, lang), **words)


def show_hours(timing: pd.DataFrame, *, study: ForWhom = None) -> Fragment:
    """Weekday and hour of the calls as shares: booked calls keep office hours, acute ones need not.

    For the whole country; a table without any call log says that times are not known.

    Returns
    -------
    Fragment
        A `Fragment`; hours are local time.

    Examples
    --------
    >>> rows = pd.DataFrame({"weekday": [2, 6], "hour": [9, 20], "calls": [8, 2]})
    >>> show_hours(rows, study=reader(lang="en")).sentences[0]
    '80% of the calls begin Monday to Friday between 8 and 16.'
    """
    who = reader(study)
    lang = who.language
    title = say("hours.title", lang)
    days, clock = hours(timing), hours(timing, by="hour")
    if days.empty:
        text = say("hours.unknown", lang)
        return section(title, paragraph(text), (text,))
    inside = float(office_hours_share(timing.assign(area=""), by="area")["value"].iloc[0])
    share = formats.percent(inside, lang)
    said = [say("hours.office", lang, share=share), say("hours.meaning", lang)]
    ax = new_axes(lang=lang, height=2.8)
    with mpl.rc_context(style.RC):
        ax.bar(clock["hour"], clock["value"], color=style.BLUE, width=0.86)
        ax.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
        ax.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda v, _: formats.percent(v, lang)))
        ax.set_xticks(range(0, 24, 3))
        ax.set_xlabel(say("hours.x", lang))
        ax.set_ylabel(say("hours.y", lang))
    names = {"hour": say("hours.x", lang), "value": say("hours.y", lang)}
    table = clock[["hour", "value"]].assign(value=[formats.percent(v, lang) for v in clock["value"]])
    drawn = figure(
        ax,
        title=said[0].removesuffix("."),
        alt=say("hours.alt", lang, share=share),
        table=table.rename(columns=names),
        study=who,
        disclosed=True,
    )
    week = pd.DataFrame(
        {
            say("hours.weekday", lang): [say(f"weekday.{day}", lang) for day in days["weekday"]],
            say("hours.y", lang): [formats.percent(value, lang) for value in days["value"]],
        }
    )
    html = "".join(paragraph(text) for text in said) + drawn.html
    html += html_table(week, caption=say("hours.table", lang), lang=lang)
    return section(title, html, said)


def show_hours_of(timing: pd.DataFrame, municipality: str, *, study: ForWhom = None) -> Fragment:
    """Weekday and hour of a municipality's calls as counts; nothing where its times are not known.

    Parameters
    ----------
    timing : pd.DataFrame
        What `kl.read_timing` returned.
    municipality : str
        Its code.

    Returns
    -------
    Fragment
        A `Fragment`; hours are local time.

    Examples
    --------
    >>> rows = pd.DataFrame({"municipality": "461", "weekday": [2, 6], "hour": [9, 20], "calls": [18, 6]})
    >>> show_hours_of(rows, "461", study=reader(lang="en")).sentences[0]
    '75% of the calls begin Monday to Friday between 8 and 16.'
    """
    who = reader(study)
    lang = who.language
    own = of_municipality(timing, municipality)
    days, clock = hours(own), hours(own, by="hour")
    if days.empty:
        return NOTHING
    within = office_hours_share(own.assign(whole=""), by="whole").iloc[0]
    said = []
    if within["denominator"] >= LEAST_OF_SHARE and not is_few(within["numerator"], who):
        said.append(say("hours.office", lang, share=formats.percent(float(within["value"]), lang)))
    if who.edition == "own":  # times are not among what a municipality's own edition has exact
        said.append(say("hours.as_published", lang))
    calls = say("describe.row.calls", lang)
    week = pd.DataFrame(
        {
            say("hours.weekday", lang): [say(f"weekday.{day}", lang) for day in days["weekday"]],
            calls: [count_words(n, who) for n in days["numerator"]],
        }
    )
    used = clock[clock["numerator"] > 0]
    day = pd.DataFrame({say("hours.x", lang): used["hour"], calls: [count_words(n, who) for n in used["numerator"]]})
    html = "".join(paragraph(text) for text in said) + html_table(week, caption=say("hours.table", lang), lang=lang)
    html += html_table(day, caption=say("hours.table.hour", lang), lang=lang)
    return section(say("hours.title", lang), html, said)


def show_spread(found: Spread, who: str = "unit", *, study: ForWhom = None) -> Fragment:
    """The curve of first use in words, or why none is fitted; `who` as in `kl.spread`.

    Parameters
    ----------
    found : Spread
        What `kl.spread` returned.

    Returns
    -------
    Fragment
        A `Fragment`.

    Examples
    --------
    >>> show_spread(Spread("logistic", 4, reason="too_few_adopters"), study=reader(lang="en")).sentences
    ('No curve of the spread is shown: only 4 units have used the app, and at least 15 are needed.',)
    """
    reads = reader(study)
    lang = reads.language
    n = f"{formats.number(found.adopters, lang)} {say(f'spread.who.{who}', lang)}"
    if found.reason:
        said = say(f"spread.reason.{found.reason}", lang, n=n)
    else:
        when = formats.month(found.inflection, lang)
        said = say("spread.fitted", lang, n=n, final=formats.about(found.final or 0.0, lang), when=when)
    title = say("spread.title", lang)
    return section(title, paragraph(said), (said,))


def show_delays(found: pd.DataFrame, names: dict[str, str], *, study: ForWhom = None) -> Fragment:
    """Months between plan, agreement, connection and start: the median of each step, and who is still waiting.

    Parameters
    ----------
    found : DataFrame
        What `kl.delays` returned.
    names : dict[str, str]
        The municipalities' names by code.

    Returns
    -------
    Fragment
        A `Fragment`; `found` is what `kl.delays` returned, `names` the municipalities' names by code.

    Examples
    --------
    >>> rows = {"municipality": "265", "administration": "", "step": "plan_to_start", "from": "2024-10", "to": ""}
    >>> rows = pd.DataFrame([{**rows, "months": 4, "waiting": True}])
    >>> "Roskilde" in show_delays(rows, {"265": "Roskilde"}, study=reader(lang="en")).html
    True
    """
    lang = reader(study).language
    if found.empty:
        return NOTHING
    rows = []
    for step, part in found.groupby("step", sort=False):
        done, waiting = part[~part["waiting"]], part[part["waiting"]]
        middle = formats.about(float(done["months"].median()), lang) if len(done) else "–"
        who = formats.listed([names.get(code, code) for code in waiting["municipality"].unique()], lang)
        rows.append([say(f"delays.step.{step}", lang), len(done), middle, who or "–"])
    columns = [say(f"delays.column.{key}", lang) for key in ("step", "n", "median", "waiting")]
    html = html_table(pd.DataFrame(rows, columns=columns), caption=say("delays.table", lang), lang=lang)
    return section(say("delays.title", lang), html + paragraph(say("delays.note", lang), "kl-note"))
