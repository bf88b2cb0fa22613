"""The charts of slides, as data, from the numbers that the pages show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.findings.drawing.labels import short_name
from kl_research.findings.drawing.plots import title_of
from kl_research.findings.interventions.effects import later_months
from kl_research.findings.office.slides import Band, Chart, Line
from kl_research.findings.words import formats, named
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader
from kl_research.terms import months
from kl_research.terms.events import Event

YEAR = 12
NAME = 56  # characters of an event's name on a chart


def trend_chart(counts: pd.Series, name: str, who: Reader, events: Iterable[tuple[str, str]] = ()) -> Chart | None:
    """Calls a month with their mean over 12 months, to the last month; `counts` by month. None without a number.

    Examples
    --------
    >>> counts = pd.Series([float(n) for n in range(14)], index=months.span("2024-01", "2025-02"))
    >>> chart = trend_chart(counts, "Odense", Reader("en"))
    >>> chart.lines[1].values[-2:], chart.categories[-1]
    ((6.5, 7.5), '2025-02')
    """
    if not counts.notna().any():
        return None
    lang, known = who.language, counts.dropna()
    highest = str(known.idxmax())
    alt = say(
        "office.trend.alt",
        lang,
        name=name,
        first=formats.month(counts.index[0], lang),
        last=formats.month(counts.index[-1], lang),
        most=formats.number(known.max(), lang),
        most_when=formats.month(highest, lang),
        latest=formats.number(known.iloc[-1], lang),
    )
    lines = [Line(say("office.monthly", lang), _values(counts), "quiet")]
    mean = counts.rolling(YEAR).mean().round(1)
    if mean.notna().sum() > 1:
        lines.append(Line(say("office.yearly", lang), _values(mean)))
    else:
        lines = [Line("", _values(counts))]
    axis = say("office.axis", lang, outcome=formats.capital(say("outcome.calls", lang, n=2)))
    return Chart("months", tuple(counts.index), tuple(lines), alt, axis, events=tuple(events))


def effect_chart(effect: Effect, panel: pd.DataFrame, who: Reader) -> Chart | None:
    """What was counted, to the last month, and the expected course with its band; of the outcome that was judged."""
    series = effect.series
    if series.empty or not series["observed"].notna().any() or "counterfactual" not in series:
        return None
    lang = who.language
    table = series.set_index("month")
    later = later_months(effect, panel)
    span = months.span(str(table.index[0]), str(table.index[-1] if later is None else later.index[-1]))
    counted = pd.to_numeric(table["observed"], errors="coerce").astype("float64").reindex(span)
    if later is not None:
        counted = counted.fillna(later)
    expected, low, high = (
        pd.to_numeric(table[name], errors="coerce").astype("float64").reindex(span).round(1)
        if name in table
        else pd.Series(float("nan"), span)
        for name in ("counterfactual", "low", "high")
    )
    number = named.number_words(effect, lang)
    event = named.event_phrase(effect, lang)
    first, end = (formats.month(month, lang) for month in (span[0], span[-1]))
    lines = [Line(say("office.counted", lang), _values(counted))]
    if expected.notna().any():
        lines.append(Line(say("office.expected", lang), _values(expected), "expected"))
    names = (say("office.low", lang), say("office.width", lang))
    band = Band(names, _values(low), _values(high)) if (low.notna() & high.notna()).any() else None
    date = str(effect.details.get("event_date") or "")[:7]
    axis = say("office.axis", lang, outcome=formats.capital(named.outcome_words(effect, lang)))
    alt = say("office.effect.alt", lang, number=number, first=first, last=end, event=event)
    marked = ((date, short_name(named.event_title(effect, lang), NAME)),) if date in span else ()
    return Chart("months", tuple(span), tuple(lines), alt, axis, band, marked)


def bars_chart(
    halves: Mapping[str, tuple[float | None, float | None]], now: str, before: str, who: Reader
) -> Chart | None:
    """Two periods beside each other, a place a row in the order given; None where there is no number."""
    shown = {name: pair for name, pair in halves.items() if pair != (None, None)}
    if not shown:
        return None
    lines = (
        Line(now, tuple(pair[0] for pair in shown.values())),
        Line(before, tuple(pair[1] for pair in shown.values()), "quiet"),
    )
    n = formats.number(len(shown), who.language)
    return Chart("bars", tuple(shown), lines, say("office.bars.alt", who.language, n=n, now=now, before=before))


def marks(events: Sequence[Event], first: str, last: str, lang: str) -> tuple[tuple[str, str], ...]:
    """The dated events of a period, each by its month and its name."""
    dated = [e for e in events if e.dated and e.kind != "context" and first <= e.first_month <= last]
    dated.sort(key=lambda event: (event.first_month, event.id))
    return tuple((event.first_month, short_name(title_of(event, lang), NAME)) for event in dated)


def _values(series: pd.Series) -> tuple[float | None, ...]:
    return tuple(None if value != value else float(value) for value in series)
