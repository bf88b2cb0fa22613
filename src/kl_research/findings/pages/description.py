"""What a municipality's page begins with: description first, judgement later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kl_research.adoption import Period, Summary, summary
from kl_research.adoption.cut import Activity
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.plots import draw_series, title_of
from kl_research.findings.drawing.series import Series, series_of
from kl_research.findings.html.markup import Fragment, bullets, escape, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import state_words
from kl_research.findings.words.numbers import calls_range, calls_words, count_words, is_few, partly
from kl_research.findings.words.reader import ForWhom, Reader, reader, say_to
from kl_research.terms.panel import area_name, area_region, check_area, states_inferred

_ROWS = ("calls", "completed", "per_month", "active_units", "active_providers", "months")


def description(
    panel: pd.DataFrame,
    activity: Activity | None,
    municipality: str,
    *,
    study: ForWhom = None,
    with_channels: bool = True,
) -> Fragment:
    """The last 12 months beside the 12 before: sentences, a table, and what is not counted.

    `activity` may be None; units are then not described.

    Parameters
    ----------
    activity : Activity | None
        As `kl.read_activity` gives it; None: units are not described.
    with_channels : bool, default True
        Whether channels are told too.

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
    >>> print(*description(panel, None, "001", study=reader(lang="en")).sentences)
    In the last 12 months (January 2024 to December 2024) there were 473 calls in 001, against 252 in the 12
    months before.
    """
    who = reader(study)
    name = area_name(panel, municipality)
    short = summary(panel, activity, municipality)
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
        return [say_to(who, f"describe.state.{short.state}", name=name, month=left)]
    now, then = short.last, short.before
    values = {"period": formats.period(now.first, now.last, lang), "name": name, "calls": calls_range(now, who)}
    comparable = now.whole and then.whole
    if is_few(now.most, who):
        said = [say("describe.calls.few", lang, **values)]
    elif now.most == 0:
        said = [say("describe.calls.zero", lang, **values)]
    elif comparable:
        said = [say("describe.calls", lang, before=calls_range(then, who), **values)]
    else:
        said = [say("describe.calls.only", lang, **values)]
    if now.months_suppressed:
        said.append(say("describe.suppressed", lang, months=_months(now.months_suppressed, lang)))
    if not now.whole:
        said.append(
            say("describe.incomplete", lang, months=_months(now.months_observed + now.months_suppressed, lang))
        )
    if now.most == 0 and short.last_use and not who.public:
        said.append(say("describe.last_use", lang, month=formats.month(short.last_use, lang)))
    units, earlier = now.active_units, then.active_units
    if units:
        one = "describe.unit" if units == 1 and not is_few(units, who) else "describe.units"
        known = earlier is not None and comparable
        if known and is_few(units, who) and is_few(earlier, who):
            return [*said, say("describe.units.few", lang)]
        values = {"n": count_words(units, who), "before": count_words(earlier, who)}
        key = f"{one}.only" if not known else "describe.unit.one" if one == "describe.unit" else one
        said.append(formats.capital(say(key, lang, **values)))
    return said


def _months(n: int, lang: str) -> str:
    return say("months", lang, n=n)


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
                row[label] = _per_month(period, who)
            elif key == "calls":
                row[label] = calls_words(period, who)
            elif key == "completed":
                done = count_words(period.completed, who)
                row[label] = partly(done, period.months_completed, period, who)
            else:
                row[label] = count_words(getattr(period, key), who)
        rows.append(row)
    known = [row for row in rows if set(list(row.values())[1:]) != {say("describe.unknown", lang)}]
    return html_table(pd.DataFrame(known), caption=say("describe.table", lang, name=name), lang=lang, kind="kl-two")


def _per_month(period: Period, who: Reader) -> str:
    if period.calls_per_month is None or is_few(period.calls, who):
        return count_words(period.calls if period.calls_per_month is not None else None, who)
    return formats.about(period.calls_per_month, who.language)


def not_counted(study: ForWhom = None) -> Fragment:
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
    title: str = "",
    study: ForWhom = None,
) -> Figure | Fragment:
    """The municipality's series as a finished figure, events by name, their dates in the note.

    Where there is no number to show the words say so; an empty figure would only puzzle.

    Parameters
    ----------
    title : str, optional
        The finding; without one the title says what is drawn.

    Returns
    -------
    Figure | Fragment
        A `Figure` with the series (counts a month) as its table, or a `Fragment` in words.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

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
    seen = series_of(panel, municipality, measure)
    region = area_region(panel, municipality, f"{panel['month'].max():%Y-%m}")
    marked = [e for e in events if e.dated and e.kind != "context" and e.touches(municipality, region)]
    touching = marked if len(seen.table) else []
    if not len(seen.known):
        return Fragment(paragraph(say("trend.none", lang, name=name) + ".", "kl-note"))
    ax = draw_series(seen, measure, touching, who)
    number = say(f"number_of.{measure}", lang)
    level = say("level.per.month", lang)
    first, last = seen.table["month"].iloc[0], seen.table["month"].iloc[-1]
    title = title or say(
        "trend.title",
        lang,
        Number=number[:1].upper() + number[1:],
        name=name,
        level=level,
        period=formats.period(first, last, lang),
    )
    alt = _alt(seen, number, name, level, who)
    table = series_table(seen, measure, who, inferred=states_inferred(panel))
    return figure(ax, title=title, alt=alt, table=table, study=who, disclosed=True, note=_note(seen, touching, who))


def _alt(seen: Series, number: str, name: str, level: str, who: Reader) -> str:
    known, lang = seen.known, who.language
    low, high, last = (known.iloc[int(i)] for i in (known["value"].argmin(), known["value"].argmax(), -1))
    return say(
        "trend.alt",
        lang,
        number=number,
        name=name,
        level=level,
        first=formats.month(known["month"].iloc[0], lang),
        last=formats.month(last["month"], lang),
        least=count_words(low["value"], who),
        least_when=formats.month(low["month"], lang),
        most=count_words(high["value"], who),
        most_when=formats.month(high["month"], lang),
        latest=count_words(last["value"], who),
        latest_when=formats.month(last["month"], lang),
    )


def series_table(seen: Series, measure: str, who: Reader, *, inferred: bool = False) -> pd.DataFrame:
    """The table behind a series: month, count or state in words."""
    lang = who.language
    values = [
        state_words(state, lang, inferred=inferred) if pd.isna(value) else count_words(value, who)
        for value, state in zip(seen.table["value"], seen.table["state"], strict=True)
    ]
    periods = [formats.month(month, lang) for month in seen.table["month"]]
    count = f"{say(f'outcome.{measure}', lang, n=2)} {say('level.per.month', lang)}"
    return pd.DataFrame({say("column.period", lang): periods, count[:1].upper() + count[1:]: values})


def _note(seen: Series, events: list[Any], who: Reader) -> str:
    lang = who.language
    parts = []
    if (seen.table["state"] == "suppressed").any():
        parts.append(say("trend.suppressed", lang))
    if len(seen.table):
        first, last = seen.table["month"].iloc[0], seen.table["month"].iloc[-1]
        inside = sorted((e for e in events if first <= e.first_month <= last), key=lambda e: (e.first_month, e.id))
        words = [
            say("trend.event", lang, title=title_of(event, lang), date=formats.date(event.date, lang))
            for event in inside
        ]
        if words:
            parts.append(say("trend.events", lang, events="; ".join(words)))
    return " ".join(parts)
