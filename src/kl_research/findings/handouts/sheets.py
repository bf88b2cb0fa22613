"""One municipality's workbook: in short, month by month, all measures, its efforts, and what the columns mean."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from kl_research.adoption import measures
from kl_research.effects.effect import Effect
from kl_research.findings.office.sheets import Column, Sheet
from kl_research.findings.pages.area import Area, Site
from kl_research.findings.statements.phrases import heading, phrase
from kl_research.findings.statements.strongest import strongest
from kl_research.findings.words import formats, named, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader, noise_note
from kl_research.terms import months
from kl_research.terms.panel import states_inferred

_COUNTS = ("calls", "completed", "active_units", "active_providers")
_EVENTS = {"event": 28, "date": 14, "outcome": 13, "verdict": 14, "before": 10, "after": 10, "expected": 11}
_MEANS = ("before", "after", "expected")
_HALVES = 4  # half-years on the sheet of measures; measures.csv has all periods
_RATIOS = ("ratio", "low", "high")
_FORMS = {"share": "share", "0 (equal) to 1 (one unit makes all)": "two"}  # of units of measures
_WHOLE = {"calls", "consultations", "minutes", "months"}
_OF_SEVERAL = ("municipalities_", "top_two_municipalities")  # measures that say nothing of one municipality


def municipality_sheets(site: Site, area: Area) -> list[Sheet]:
    """The sheets of one municipality; those with nothing to show are left out."""
    made = (_short(site, area), _months(site, area), _measures(site, area), _events(area, site.who))
    shown = [sheet for sheet in made if sheet.rows]
    return [*shown, _codebook(shown, site.who.language)]


# What is said in short, in this order: the kind of statement and the key of its label.
_SAID = {
    "state": "sheet.said.use",
    "level": "sheet.said.use",
    "rest": "sheet.said.parts",
    "part": "sheet.said.parts",
    "units": "sheet.said.units",
    "largest": "sheet.said.units",
    "carried": "sheet.said.units",
    "warning": "sheet.said.use",
    "start": "sheet.said.start",
    "judgement": "sheet.said.events",
    "circumstance": "sheet.said.place",
    "similar": "sheet.said.similar",
    "advice": "sheet.said.advice",
}


def _short(site: Site, area: Area) -> Sheet:
    """Everything that is said of the municipality, the finding its page begins with first."""
    who, lang = site.who, site.who.language
    own = site.statements.of(area.code)
    found = strongest(own, f"{site.panel['month'].max():%Y-%m}")
    rows = []
    if found is not None:
        title = f"{heading(found.first, area.name, who, own).rstrip('.')}."
        rows.append((say("sheet.said.first", lang), title))
    told = [one for one in own if one.kind in _SAID]
    for one in sorted(told, key=lambda one: list(_SAID).index(one.kind)):
        if text := phrase(one, area.name, who):
            rows.append((say(_SAID[one.kind], lang), text))
    rows += [(say("not_counted.title", lang), say(f"not_counted.{key}", lang)) for key in ("sms", "vdx", "browser")]
    notes = [note] if (note := noise_note(who)) else []
    notes += [say("simulated.long", lang)] if who.simulated else []
    rows += [(say("sheet.notes", lang), text) for text in (*notes, say("not_measured", lang))]
    columns = (Column(say("sheet.what", lang), "wrap", 30), Column(say("sheet.text", lang), "wrap", 95))
    title = say("sheet.title.short", lang, name=area.name)
    return Sheet(say("sheet.short", lang), title, columns, tuple(dict.fromkeys(rows)))


def _months(site: Site, area: Area) -> Sheet:
    """The months as they are in panel.csv, with the state of each in words."""
    lang, panel = site.who.language, site.panel
    own = panel[panel["municipality"] == area.code]
    counts = [name for name in _COUNTS if name in own and own[name].notna().any()]
    inferred = states_inferred(panel)
    rows = []
    for row in own[["month", "state", *counts]].itertuples(index=False, name=None):
        month, state, *values = row
        words = named.state_words(state, lang, inferred=inferred)
        rows.append((month.date(), words, *_plain(values)))
    columns = [Column(say("sheet.month", lang), "month", 12), Column(say("sheet.state", lang), "text", 24)]
    columns += [Column(say(f"sheet.{name}", lang), "count", 16) for name in counts]
    title = say("sheet.title.months", lang, name=area.name)
    return Sheet(say("sheet.months", lang), title, tuple(columns), tuple(rows), upright=True)


def _plain(values: Iterable[Any]) -> list[float | None]:
    return [None if value is None or str(value) in ("<NA>", "nan") else float(value) for value in values]


def _measures(site: Site, area: Area) -> Sheet:
    """A measure a row and a period a column, from the same records as measures.csv."""
    lang = site.who.language
    found: dict[str, dict[str, tuple[float | None, str]]] = {}
    for entry in area.entries:
        for row in (entry.get("record") or {}).get("measures", []):
            if row.get("level") == "municipality" and row.get("area") == area.code and not row.get("part"):
                value = row.get("value")
                known = value is not None and value == value
                found.setdefault(row["measure"], {})[row["period"]] = (value if known else None, row["unit"])
    order = [m.id for m in measures() if m.id in found and not m.id.startswith(_OF_SEVERAL)]
    last = f"{site.panel['month'].max():%Y-%m}"
    periods = _periods({period for one in found.values() for period in one}, last)
    rows, forms = [], []
    for name in order:
        values = [found[name].get(period, (None, ""))[0] for period in periods]
        if any(value is not None for value in values):
            rows.append((say(f"measure.{name}", lang), *values))
            forms.append(_form(next(unit for _, unit in found[name].values())))
    columns = [Column(say("sheet.measure", lang), "wrap", 48)]
    columns += [Column(_period_words(period, lang), "one", 12) for period in periods]
    title = say("sheet.title.measures", lang, name=area.name)
    return Sheet(say("sheet.measures", lang), title, tuple(columns), tuple(rows), forms=tuple(forms))


def _form(unit: str) -> str:
    return _FORMS.get(unit, "count" if unit in _WHOLE else "one")


def _periods(found: Iterable[str], last: str) -> list[str]:
    """The last twelve months and those before, calendar years, the last half-years, and all months; newest first.

    >>> _periods({"2023-01/2023-12", "2024-01/2024-12", "2024-07/2024-12", "2024-12/2025-02"}, "2025-02")
    ['2024-01/2024-12', '2024-07/2024-12', '2023-01/2023-12']
    """
    newest = sorted(found, key=lambda p: (p[8:], p), reverse=True)
    halves = [p for p in newest if _months_of(p) == 6 and p[5:7] in ("01", "07")][:_HALVES]
    longer = [
        p for p in newest if (_months_of(p) == 12 and p[5:7] == "01") or (p[8:] == last and _months_of(p) >= 12)
    ]
    longer += [p for p in newest if _months_of(p) == 12 and p[8:] == months.shift(last, -12)]
    chosen = {*halves, *longer}
    return sorted(chosen, key=lambda p: (p[8:], _months_of(p)), reverse=True)


def _months_of(period: str) -> int:
    return months.number(period[8:]) - months.number(period[:7]) + 1


def _period_words(period: str, lang: str) -> str:
    first, last = period[:7], period[8:]
    if first[:4] == last[:4] and first[5:] == "01" and last[5:] == "12":
        return first[:4]
    if _months_of(period) == 6 and first[5:] in ("01", "07"):
        return say(f"period.H{1 if first[5:] == '01' else 2}", lang, year=first[:4])
    return f"{formats.month(first, lang, short=True)} - {formats.month(last, lang, short=True)}"


def _primaries(area: Area) -> list[Effect]:
    """The answers about the municipality's own events, the oldest first; those about everybody are the country's."""
    own = [effect for effect in area.effects if effect.primary and not named.is_shared(effect)]
    return sorted(own, key=lambda effect: (str(effect.details.get("event_date") or "9999"), effect.event))


def _events(area: Area, who: Reader) -> Sheet:
    """The primary answers, as in results.csv: ratios with two decimals, means a month with one."""
    lang = who.language
    rows = []
    for effect in _primaries(area):
        means = [effect.details.get(key) for key in ("mean_before", "mean_after", "expected_after")]
        high = effect.conf_high if effect.conf_high is None or effect.conf_high < 1e6 else None
        rows.append(
            (
                named.event_title(effect, lang),
                named.event_date(effect, lang),
                formats.capital(named.outcome_words(effect, lang)),
                formats.capital(say(f"verdict.{effect.verdict}", lang)),
                *(None if mean is None else round(float(mean), 1) for mean in means),
                effect.estimate,
                effect.conf_low,
                high,
                _month(effect.earliest_month),
                wording.sentence(effect, lang),
            )
        )
    columns = [
        Column(say(f"sheet.{name}", lang), "one" if name in _MEANS else "wrap", width)
        for name, width in _EVENTS.items()
    ]
    columns += [Column(say(f"sheet.{name}", lang), "two", 11) for name in _RATIOS]
    columns += [Column(say("sheet.earliest", lang), "month", 12), Column(say("sheet.sentence", lang), "wrap", 60)]
    title = say("sheet.title.events", lang, name=area.name)
    return Sheet(say("sheet.events", lang), title, tuple(columns), tuple(rows))


def _month(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(f"{text}-01") if text else None


def _codebook(shown: Sequence[Sheet], lang: str) -> Sheet:
    """Every column and measure of the other sheets with its meaning."""
    words = {say(f"sheet.{key}", lang): say(f"sheet.of.{key}", lang) for key in ("month", "state", *_COUNTS)}
    of_events = (*_EVENTS, *_RATIOS, "earliest", "sentence")
    events = {say(f"sheet.{key}", lang): say(f"sheet.of.{key}", lang) for key in of_events}
    rows = []
    for sheet in shown[1:]:
        if sheet.name == say("sheet.measures", lang):
            known = {say(m.name_key, lang): f"measure.how.{m.id}" for m in measures()}
            rows += [(sheet.name, str(row[0]), say(known[str(row[0])], lang)) for row in sheet.rows]
            continue
        meaning = events if sheet.name == say("sheet.events", lang) else words
        rows += [(sheet.name, column.heading, meaning[column.heading]) for column in sheet.columns]
    columns = [
        Column(say(f"sheet.{key}", lang), "wrap", width)
        for key, width in (("sheet", 12), ("column", 48), ("meaning", 80))
    ]
    return Sheet(say("sheet.codebook", lang), say("sheet.title.codebook", lang), tuple(columns), tuple(rows))
