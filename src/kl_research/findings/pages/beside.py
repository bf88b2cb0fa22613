"""Beside the calls of a municipality, never added to them: other ways to video, and how the calls came about."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from kl_research.adoption import TABLE_COLUMNS, measure_table
from kl_research.adoption.cut import Activity
from kl_research.adoption.summary import Period, Summary
from kl_research.disclosure.cells import pieces
from kl_research.findings.drawing.dots import Pair, pairs
from kl_research.findings.html.markup import escape, paragraph, shortened
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import calls_words, count_words, is_few
from kl_research.findings.words.reader import Reader
from kl_research.terms import months

HOW = ("initiative", "citizen_present", "planned")
_NOISE = 10  # two published numbers differ by their noise alone by at most so much
_SHARE_FROM = 20


def other_channels_part(table: pd.DataFrame, short: Summary, name: str, who: Reader) -> str:
    """Calls in the app and contacts by every other way, the last 12 months and the 12 before; empty without any."""
    lang = who.language
    others = table[table["kind"] == "channel"]
    if not len(others):
        return ""
    rows = [(say("beside.app", lang), calls_words(short.last, who), calls_words(short.before, who))]
    drawn = [Pair(rows[0][0], short.last.calls or 0, short.before.calls or 0, _dots_say(*rows[0][1:], lang))]
    said = []
    for value, own in others.groupby("value"):
        now, then = (_total(own, period) for period in (short.last, short.before))
        rows.append((shortened(value), count_words(now, who), count_words(then, who)))
        drawn.append(Pair(rows[-1][0], now, then, _dots_say(*rows[-1][1:], lang)))
        said.append(say(_moved(short, now, then, who), lang, channel=shortened(value)))
    columns = [say("beside.column.way", lang), *(_period(period, lang) for period in (short.last, short.before))]
    caption = say("beside.channels.caption", lang, name=name)
    html = f"<h2>{escape(say('beside.channels', lang))}</h2>" + paragraph(say("beside.channels.note", lang))
    whole = short.last.whole and short.before.whole
    if whole and not any(is_few(n, who) for row in drawn for n in (row.now, row.before)):
        alt = "; ".join(f"{row.name}: {row.words[0]}, {row.words[1]}" for row in drawn)
        title = said[0].partition(". ")[0].removesuffix(".")
        way, now_column, before_column = columns
        picture = pairs(drawn, title, f"{caption}. {alt}.", (way, now_column, before_column), who).html
        html += f'<div class="kl-dots">{picture}</div>'
    else:
        html += html_table(pd.DataFrame(rows, columns=columns), caption=caption, lang=lang)
    return html + "".join(paragraph(text) for text in said)


def _dots_say(now: str, before: str, lang: str) -> tuple[str, str]:
    return say("front.parts.now", lang, calls=now), say("front.parts.before", lang, calls=before)


def channel_measures(
    panel: pd.DataFrame, activity: Activity | None, others: Mapping[str, tuple[pd.DataFrame, Summary]]
) -> pd.DataFrame:
    """Calls a channel, as rows of measures of the level `channel`: those counted where there are several, and others.

    `others` gives each municipality's counts beside its calls; these are part of no municipality's calls.
    """
    if not others:
        return pd.DataFrame(columns=TABLE_COLUMNS)
    own = panel[panel["municipality"].isin(list(others))]
    found = measure_table(own, activity, levels=["channel"], only=["calls"])
    several = found.groupby("area")["part"].transform("nunique") > 1
    rows = [
        {
            "measure": "calls",
            "level": "channel",
            "area": code,
            "part": shortened(value),
            "period": f"{period.first}/{period.last}",
            "numerator": float(calls),
            "value": float(calls),
            "unit": "calls",
            "reason": "",
            "caution": "",
        }
        for code, (table, short) in others.items()
        for value, counts in table[table["kind"] == "channel"].groupby("value")
        for period in (short.last, short.before)
        for calls in [_total(counts, period)]
    ]
    beside = pd.DataFrame(rows, columns=TABLE_COLUMNS, dtype=object)
    return pd.concat([found[several].astype(object), beside], ignore_index=True)


def how_part(table: pd.DataFrame, short: Summary, name: str, who: Reader) -> str:
    """Who took the initiative, whether the citizen was there, planned or acute, in the last 12 months and before."""
    lang = who.language
    known = table[table["kind"].isin(HOW)]
    rows, said = [], []
    for kind in HOW:
        own = known[known["kind"] == kind]
        parts = {str(value): part for value, part in own.groupby("value")}
        totals = {value: _total(part, short.last) for value, part in parts.items()}
        for value, part in parts.items():
            words = say(f"beside.{kind}.{value or 'unsaid'}", lang)
            counts = [count_words(_total(part, period), who) for period in (short.last, short.before)]
            rows.append((say(f"beside.{kind}", lang), words, *counts))
        if kind == "citizen_present" and totals.get("no"):
            said.append(_without_citizen(totals, who))
    if not rows:
        return ""
    columns = [say(f"beside.column.{key}", lang) for key in ("question", "answer")]
    columns += [_period(period, lang) for period in (short.last, short.before)]
    html = f"<h2>{escape(say('beside.how', lang))}</h2>" + "".join(paragraph(text) for text in said)
    caption = say("beside.how.caption", lang, name=name)
    return html + html_table(pd.DataFrame(rows, columns=columns), caption=caption, lang=lang)


def _without_citizen(totals: dict[str, int], who: Reader) -> str:
    """How many consultations were held without the citizen, of those of which that is known."""
    without, known = totals["no"], totals["no"] + totals.get("yes", 0)
    if is_few(without, who) or known < _SHARE_FROM:
        return say("beside.without.count", who.language, calls=count_words(without, who))
    share = formats.percent(without / known, who.language)
    return say(
        "beside.without.share",
        who.language,
        calls=count_words(without, who),
        known=count_words(known, who),
        share=share,
    )


def _total(rows: pd.DataFrame, period: Period) -> int:
    """The number of a period: its own window, else the sum of the fewest, or of its months."""
    calls = rows.groupby(["first", "last"])["calls"].sum()
    published = (rows["first"] < rows["last"]).any()
    told = set(calls.index)
    each = [(month, month) for month in months.span(period.first, period.last)]
    spans = pieces(period.first, period.last, told) if published else each
    return int(calls.reindex(spans, fill_value=0).sum())


def _moved(short: Summary, now: int, then: int, who: Reader) -> str:
    """Whether the two moved against each other by more than chance (and the noise of published numbers) explains."""
    if not (short.last.whole and short.before.whole):
        return "beside.moved.unknown"
    app = _direction(short.last.calls or 0, short.before.calls or 0, who)
    other = _direction(now, then, who)
    if app * other < 0:
        return "beside.moved.from_app" if app < 0 else "beside.moved.to_app"
    return "beside.moved.both" if app and app == other else "beside.moved.no"


def _direction(now: int, then: int, who: Reader) -> int:
    least = 2 * math.sqrt(now + then)
    if who.public:
        least = max(least, _NOISE)
    return 0 if abs(now - then) <= least else 1 if now > then else -1


def _period(period: Period, lang: str) -> str:
    return formats.period(period.first, period.last, lang)
