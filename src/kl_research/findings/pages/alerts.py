"""The early warning on a page: has use fallen by more than chance explains, since when, and in which part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from kl_research.adoption import Alert, alerts_table, expected_false_alarms
from kl_research.findings.drawing.plots import title_of
from kl_research.findings.html.markup import NOTHING, Fragment, paragraph, section
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms import months
from kl_research.terms.panel import NOT_IN_USE, area_name, area_region, check_area, last_state

WARNED = ("alert", "passed")


def show_alert(
    found: Sequence[Alert],
    panel: pd.DataFrame,
    municipality: str,
    *,
    events: Iterable[Any] = (),
    study: ForWhom = None,
) -> Fragment:
    """One municipality's warning in words, or that there is none; with the rate of false alarms either way.

    `found` is what `kl.alerts` returned; `events` of the register that changed what is counted are named.

    Parameters
    ----------
    found : Sequence[Alert]
        What `kl.alerts` returned.
    events : Iterable[Any], optional
        Those of the register that changed what is counted are named.

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
    >>> from kl_research.adoption import alerts
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> print(show_alert(alerts(panel, only=["001"]), panel, "001", study=reader(lang="en")).sentences[0])
    There is no warning. In the last 12 months no fall has been seen that is larger than the usual variation.
    """
    who = reader(study)
    check_area(panel, municipality)
    title = say("warning.title", who.language)
    one = next((alert for alert in found if alert.municipality == municipality), None)
    if one is None or last_state(panel, municipality) in NOT_IN_USE:
        return NOTHING
    said = alert_sentences(one, who)
    html = "".join(paragraph(text) for text in said) + counting_note(events, panel, municipality, 36, who.language)
    return section(title, html, said)


def counting_note(events: Iterable[Any], panel: pd.DataFrame, municipality: str, length: int, lang: str) -> str:
    """That the last `length` months are not counted alike, where a dated event changed what is counted."""
    last = f"{panel['month'].max():%Y-%m}"
    region = area_region(panel, municipality, last) if municipality else ""
    touching = [
        e
        for e in events
        if e.kind == "measurement"
        and e.dated
        and months.shift(last, 2 - length) <= e.first_month <= last
        and (e.touches(municipality, region) if municipality else e.national)
    ]
    named = [f"{title_of(event, lang)} ({formats.date(event.date, lang)})" for event in touching]
    return paragraph(say("warning.counting", lang, events=formats.listed(named, lang)), "kl-note") if named else ""


def alert_sentences(alert: Alert, who: Reader) -> list[str]:
    """What the watch says of one municipality: the finding, the part that fell, and how far it may be trusted."""
    lang = who.language
    if alert.state == "not_assessable":
        return [say(f"warning.reason.{alert.reason}", lang)]
    years = formats.number(1 / alert.rate, lang)
    if alert.state not in WARNED:
        seen = say("warning.delay.none", lang)
        if alert.delay is not None:
            seen = say("warning.delay", lang, months=say("months", lang, n=alert.delay))
        return [say("warning.quiet", lang), seen, say("warning.rate", lang, years=years)]
    where = parts_sentence(alert, lang)
    return [_lead(alert, who), *([where] if where else []), say("warning.chance", lang, years=years)]


def _lead(alert: Alert, who: Reader) -> str:
    lang = who.language
    return say_to(
        who,
        f"warning.{'passed' if alert.state == 'passed' else alert.kind}",
        since=formats.month(alert.since, lang),
        zeros=say("months", lang, n=alert.zeros),
        now=formats.about(alert.now or 0.0, lang),
        normal=formats.about(alert.normal or 0.0, lang),
    )


def parts_sentence(alert: Alert, lang: str) -> str:
    """Which part fell: unit types where the data name several, else administrations; empty where none stands out."""
    level = next((part.level for part in alert.parts if part.state == "fell"), None)
    said: list[str] = []
    for state in ("fell", "stable"):
        names = [part.part for part in alert.parts if part.level == level and part.state == state]
        if names:
            said.append(say(f"warning.part.{state}", lang, parts=formats.listed(names, lang)))
    return " ".join(said)


def alert_rows(found: Sequence[Alert], panel: pd.DataFrame, *, study: ForWhom = None) -> list[dict[str, Any]]:
    """The rows of alerts.csv, for `kl.record`: one a municipality, `area` its code.

    Parameters
    ----------
    found : Sequence[Alert]
        What `kl.alerts` returned.

    Returns
    -------
    list[dict[str, Any]]
        A list of records with the columns of alerts.csv: months as text, `normal` and `now` in calls a month.

    Examples
    --------
    >>> from kl_research.adoption import alerts
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> alert_rows(alerts(panel, only=["001"]), panel)[0]["state"]
    'quiet'
    """
    table = alerts_table(list(found)).rename(columns={"municipality": "area"})
    rows = table.astype(object).where(table.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def show_alerts(
    found: Sequence[Alert], panel: pd.DataFrame, *, events: Iterable[Any] = (), study: ForWhom = None
) -> Fragment:
    """All municipalities with a warning, those that fell to zero named first, and what chance alone would raise.

    Parameters
    ----------
    found : Sequence[Alert]
        What `kl.alerts` returned.
    events : Iterable[Any], optional
        Those of the register that changed what is counted are named.

    Returns
    -------
    Fragment
        A `Fragment`; rates are false alarms a year.

    Examples
    --------
    >>> from kl_research.adoption import alerts
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> print(show_alerts(alerts(panel, only=["001"]), panel, study=reader(lang="en")).sentences[0])
    The one municipality that can be watched has no warning.
    """
    who = reader(study)
    lang = who.language
    ordered = sorted(found, key=lambda alert: formats.sort_key(area_name(panel, alert.municipality)))
    watched = [alert for alert in ordered if alert.state != "not_assessable"]
    warned = [alert for alert in watched if alert.state == "alert"]
    silent = [area_name(panel, alert.municipality) for alert in warned if alert.kind == "fell_to_zero"]
    key = "warnings.count.only" if len(watched) == 1 else "warnings.count"
    said = [say(key, lang, n=len(warned), watched=formats.number(len(watched), lang))]
    if silent:
        said.append(say_to(who, "warnings.zero", n=len(silent), names=formats.listed(silent, lang)))
    expected = formats.about(expected_false_alarms(list(found)), lang)
    said.append(say("warnings.expected", lang, expected=expected))
    html = "".join(paragraph(text) for text in said)
    html += counting_note(events, panel, "", 36, lang)
    if warned:
        html += html_table(_table(warned, panel, who), caption=say("warnings.table", lang), lang=lang)
    reasons = Counter(alert.reason for alert in ordered if alert.state == "not_assessable")
    if reasons:
        words = [f"{n} {say(f'warnings.reason.{reason}', lang)}" for reason, n in reasons.most_common()]
        html += paragraph(say("warnings.without", lang, reasons=formats.listed(words, lang)), "kl-note")
    title = say("warnings.title", lang)
    return section(title, html, said, "kl-overview")


def _table(warned: Sequence[Alert], panel: pd.DataFrame, who: Reader) -> pd.DataFrame:
    lang = who.language

    def mean(value: float | None) -> str:
        return say("table.none", lang) if value is None else formats.about(value, lang)

    rows = [
        {
            say("overview.column.municipality", lang): area_name(panel, alert.municipality),
            say("warnings.column.what", lang): say_to(who, f"warnings.kind.{alert.kind}"),
            say("warnings.column.since", lang): formats.month(alert.since, lang),
            say("warnings.column.normal", lang): mean(alert.normal),
            say("warnings.column.now", lang): mean(alert.now),
            say("warnings.column.where", lang): parts_sentence(alert, lang),
        }
        for alert in warned
    ]
    return pd.DataFrame(rows)
