"""What a municipality's page begins with: description first, judgement later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kl_research.adoption import Summary
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.plots import draw_series
from kl_research.findings.html.markup import Fragment, bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.suppression.measure_words import (
    _partial,
    _range,
    period_words,
    shown_calls,
    shown_count,
    shown_members,
)
from kl_research.findings.suppression.series import Shown, shown
from kl_research.findings.suppression.summaries import HIDDEN, summary_for
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import has, say
from kl_research.findings.words.reader import Reader, reader
from kl_research.terms.panel import area_name, area_region, check_area

_ROWS = ("calls", "completed", "per_month", "active_units", "active_providers", "months")


def description(
    panel: pd.DataFrame,
    activity: pd.DataFrame | None,
    municipality: str,
    *,
    study: Any = None,
    with_channels: bool = True,
) -> Fragment:
    """The last 12 months beside the 12 before: sentences, a table, and what is not counted.

    In the public profile small totals are hidden. `activity` may be None; units are then not described.

    Returns a `Fragment`. Raises `InputError` for a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> print(*description(panel, None, "001", study=reader(lang="en")).sentences)
    In the last 12 months (January 2024 to December 2024) there were 473 calls in 001, against 252 in the 12
    months before.
    """
    who = reader(study)
    name = area_name(panel, municipality)
    short = summary_for(panel, activity, municipality, who)
    said = describe_sentences(short, name, who)
    html = "".join(paragraph(text, "kl-lead") for text in said[:1]) + "".join(paragraph(t) for t in said[1:])
    if not short.idle:
        html += _table(short, name, who)
    described = Fragment(f'<section class="kl-description">{html}</section>', tuple(said))
    return described + not_counted(who) if with_channels else described


def describe_sentences(short: Summary, name: str, who: Reader) -> list[str]:
    """The description in words."""
    lang = who.language
    if short.idle or short.state == "missing":
        left = formats.month(short.last_use, lang) if short.last_use else ""
        return [say(f"describe.state.{short.state}", lang, name=name, month=left)]
    now, then = short.last, short.before
    values = {"period": formats.period(now.first, now.last, lang), "name": name, "calls": _range(now, who)}
    comparable = now.whole and then.whole and then.calls != HIDDEN
    if now.calls == HIDDEN:
        said = [say("describe.calls.hidden", lang, **values)]
    elif now.most == 0:
        said = [say("describe.calls.zero", lang, **values)]
    elif comparable:
        said = [say("describe.calls", lang, before=_range(then, who), **values)]
    else:
        said = [say("describe.calls.only", lang, **values)]
    if now.months_suppressed:
        said.append(say("describe.suppressed", lang, months=_months(now.months_suppressed, lang)))
    if not now.whole:
        said.append(
            say("describe.incomplete", lang, months=_months(now.months_observed + now.months_suppressed, lang))
        )
    if now.most == 0 and short.last_use:
        said.append(say("describe.last_use", lang, month=formats.month(short.last_use, lang)))
    units, earlier = now.active_units, then.active_units
    if units and units != HIDDEN:
        one = "describe.unit" if units == 1 else "describe.units"
        known = earlier is not None and comparable and earlier != HIDDEN
        values = {"n": shown_members(units, who), "before": shown_members(earlier, who)}
        said.append(say(one if known and units != 1 else f"{one}.one" if known else f"{one}.only", lang, **values))
    return said


def _months(n: int, lang: str) -> str:
    return say("months", lang, n=n)


def members_note(who: Reader) -> str:
    """Why units and provider numbers are in groups, as HTML; nothing internally."""
    return paragraph(say("members.note", who.language), "kl-note") if who.public else ""


def _table(short: Summary, name: str, who: Reader) -> str:
    lang = who.language
    periods = {formats.period(p.first, p.last, lang): p for p in (short.last, short.before)}
    rows: list[dict[str, str]] = []
    for key in _ROWS:
        row = {say("column.what", lang): say(f"describe.row.{key}", lang)}
        for label, period in periods.items():
            if key == "months":
                row[label] = formats.number(period.months_observed, lang)
            elif key == "per_month":
                mean = period.calls_per_month
                row[label] = formats.about(mean, lang) if mean is not None else shown_count(period.calls, who)
            elif key == "calls":
                row[label] = shown_calls(period, who)
            elif key == "completed":
                done = shown_count(period.completed, who)
                row[label] = _partial(done, period.completed, period.months_completed, period, who)
            else:
                count = shown_members if key.startswith("active_") else shown_count
                row[label] = count(getattr(period, key), who)
        rows.append(row)
    known = [row for row in rows if set(list(row.values())[1:]) != {say("describe.unknown", lang)}]
    return html_table(pd.DataFrame(known), caption=say("describe.table", lang, name=name), lang=lang, kind="kl-two")


def not_counted(study: Any = None) -> Fragment:
    """The channels that the statistics do not see."""
    lang = reader(study).language
    items = [say(f"not_counted.{key}", lang) for key in ("sms", "vdx", "browser")]
    html = (
        f'<section class="kl-box"><h2>{escape(say("not_counted.title", lang))}</h2>'
        f"{bullets(items)}{paragraph(say('not_counted.mean', lang))}</section>"
    )
    return Fragment(html)


def trend(
    panel: pd.DataFrame,
    municipality: str,
    *,
    measure: str = "calls",
    events: Iterable[Any] = (),
    study: Any = None,
) -> Figure | Fragment:
    """The municipality's series as a finished figure, with the events that touch it numbered in the note.

    Where there is no number to show the words say so; an empty figure would only puzzle.

    Returns a `Figure` with the series (counts a month) as its table, or a `Fragment` in words.
    Raises `InputError` for a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> trend(panel, "001", study=reader(lang="en")).title
    'The number of calls in 001 per month, January 2022 to December 2024'
    """
    who = reader(study)
    check_area(panel, municipality)
    lang = who.language
    name = area_name(panel, municipality)
    seen = shown(panel, municipality, measure, threshold=who.threshold if who.public else None)
    region = area_region(panel, municipality, f"{panel['month'].max():%Y-%m}")
    marked = [e for e in events if e.dated and e.kind != "context" and e.touches(municipality, region)]
    touching = marked if len(seen.table) else []
    if not seen.table["value"].notna().any():
        none = (say("trend.none", lang, name=name) + ".", say("suppressed.all", lang) if not seen.level else "")
        return Fragment("".join(paragraph(text, "kl-note") for text in none if text))
    ax = draw_series(seen, measure, touching, who)
    number = say(f"number_of.{measure}", lang)
    level = say(f"level.per.{seen.level or 'all'}", lang)
    first, last = seen.table["first"].iloc[0], seen.table["last"].iloc[-1]
    title = say(
        "trend.title",
        lang,
        Number=number[:1].upper() + number[1:],
        name=name,
        level=level,
        period=formats.period(first, last, lang),
    )
    alt, table = _alt(seen, number, name, level, lang), series_table(seen, measure, lang)
    return figure(ax, title=title, alt=alt, table=table, study=who, disclosed=True, note=_note(seen, touching, who))


def _alt(seen: Shown, number: str, name: str, level: str, lang: str) -> str:
    known = seen.table[seen.table["value"].notna()]
    ends = (known["per_month"].argmin(), known["per_month"].argmax(), -1)
    low, high, last = (known.iloc[int(i)] for i in ends)
    return say(
        "trend.alt",
        lang,
        number=number,
        name=name,
        level=level,
        first=formats.month(known["first"].iloc[0], lang),
        last=formats.month(last["last"], lang),
        least=_mean(low["per_month"], seen, lang),
        least_when=period_words(low["period"], lang),
        most=_mean(high["per_month"], seen, lang),
        most_when=period_words(high["period"], lang),
        latest=_mean(last["per_month"], seen, lang),
        latest_when=period_words(last["period"], lang),
    )


def series_table(seen: Shown, measure: str, lang: str) -> pd.DataFrame:
    """The table behind a series: period, count or state in words."""
    values = [
        say(f"state.{state}", lang) if pd.isna(value) else _mean(value, seen, lang)
        for value, state in zip(seen.table["per_month"], seen.table["state"], strict=True)
    ]
    periods = [period_words(period, lang) for period in seen.table["period"]]
    count = f"{say(f'outcome.{measure}', lang, n=2)} {say('level.per.month', lang)}"
    table = pd.DataFrame({say("column.period", lang): periods, count[:1].upper() + count[1:]: values})
    return table


def _mean(value: float, seen: Shown, lang: str) -> str:
    return formats.number(value, lang, 1 if seen.coarser else 0)


def _note(seen: Shown, events: list[Any], who: Reader) -> str:
    lang = who.language
    parts = []
    if seen.coarser:
        key = "suppressed.levels" if seen.level else "suppressed.all"
        level = say(f"level.per.{seen.level or 'all'}", lang)
        parts.append(say(key, lang, most=who.threshold - 1, level=level))
    if seen.level == "month" and (seen.table["state"] == "suppressed").any():
        parts.append(say("trend.suppressed", lang))
    if len(seen.table):
        first, last = seen.table["first"].iloc[0], seen.table["last"].iloc[-1]
        inside = sorted((e for e in events if first <= e.first_month <= last), key=lambda e: (e.first_month, e.id))
        words = [
            say("trend.event", lang, n=n, title=title_of(event, lang), date=formats.date(event.date, lang))
            for n, event in enumerate(inside, start=1)
        ]
        if words:
            parts.append(say("trend.events", lang, events="; ".join(words)))
    return " ".join(parts)


def title_of(event: Any, lang: str) -> str:
    """A register entry's own title, else the word for its type."""
    own = event.title.get(lang) or event.title.get("da")
    if own:
        return str(own)
    key = f"event.type.{event.type}"
    return say(key if has(key) else "event.type.unknown", lang)
