"""Parts of the pack about what happened: since last time, who has fallen, who fell silent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from kl_research.commands.ahead.asked import Asked, Before
from kl_research.effects.effect import Effect
from kl_research.effects.questions.lock_out import lock_outs
from kl_research.findings.handouts.charts import bars_chart
from kl_research.findings.interventions.event_lock_outs import event_words
from kl_research.findings.meeting.pack import Part, Table
from kl_research.findings.statements.events import judgement
from kl_research.findings.statements.phrases import heading
from kl_research.findings.words import formats, intervals
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader, say_to
from kl_research.findings.words.wording import headline, how_much
from kl_research.terms import months
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name

YEAR = 12


def since_part(asked: Asked, before: Before | None) -> Part:
    """What moved: use by region in the months that are new, and answers that are new or other."""
    lang = asked.who.language
    first = months.shift(before.last, 1) if before and before.last and before.last < asked.last else ""
    first = first or months.shift(asked.last, -5)
    pairs, nation = _use(asked, (first, asked.last))
    rows = tuple(
        (name, *(formats.number(n, lang) for n in pair), _change(pair, lang)) for name, pair in pairs.items()
    )
    changed = [text for effect in asked.effects if (text := _moved(asked, effect, before))]
    period = formats.period(first, asked.last, lang)
    lead = f"{formats.capital(period)}: {nation}"
    said = changed or [say("meeting.since.nothing", lang)]
    if before is None and changed:
        said = [say("meeting.since.first", lang), *changed]
    header = tuple(say(f"meeting.column.{key}", lang) for key in ("region", "now", "year_before", "change"))
    table = Table(say("meeting.since.use", lang, period=period), header, rows, (1, 2), (3, 2, 2, 3))
    chart = bars_chart(pairs, period, header[2].lower(), asked.who)
    title = say("meeting.since.title", lang)
    return Part("since", title, lead, tuple(said), (table,) if rows else (), chart=chart)


def _use(asked: Asked, span: tuple[str, str]) -> tuple[dict[str, tuple[float, float]], str]:
    """Calls by region beside the same months a year before, and the nation's in words."""
    from kl_research.adoption import measure_table
    from kl_research.adoption.cut import Level
    from kl_research.adoption.cutting import told_regions

    lang = asked.who.language
    earlier = (months.shift(span[0], -YEAR), months.shift(span[1], -YEAR))
    if earlier[0] < f"{asked.panel['month'].min():%Y-%m}":
        return {}, say("meeting.use.unknown", lang)
    levels: list[Level] = ["region", "national"] if told_regions(asked.panel, asked.activity) else ["national"]
    table = measure_table(asked.panel, asked.activity, levels=levels, periods=[span, earlier], only=["calls"])
    value = {(row["area"], row["period"]): row["value"] for _, row in table.iterrows() if row["part"] == ""}
    known = {str(row["area"]) for _, row in table.iterrows() if row["level"] == "region"}

    def both(area: str) -> tuple[float, float] | None:
        pair = tuple(value.get((area, "/".join(s))) for s in (span, earlier))
        return None if any(v is None or pd.isna(v) for v in pair) else (float(pair[0]), float(pair[1]))  # type: ignore[arg-type]

    names = {code: str(REGION_NAMES.get(code, code)) for code in known}
    pairs = {
        names[code]: pair
        for code in sorted(names, key=lambda code: formats.sort_key(names[code]))
        if (pair := both(code)) is not None
    }
    nation = next((str(a) for a in table.loc[table["level"] == "national", "area"]), "")
    pair = both(nation)
    if pair is None:
        return pairs, say("meeting.use.unknown", lang)
    told = say("meeting.use", lang, now=formats.number(pair[0], lang), then=formats.number(pair[1], lang))
    return pairs, told


def _change(pair: tuple[float, float], lang: str) -> str:
    now, then = pair
    if not then or abs(now / then - 1) < 0.1:
        return say("meeting.same", lang)
    return intervals.change(now / then, lang)


def _moved(asked: Asked, effect: Effect, before: Before | None) -> str:
    """An answer that is another than last time; without a last time, every answer there is."""
    lang = asked.who.language
    name = formats.capital(area_name(asked.panel, effect.area) if effect.area else say("shown.nation", lang))
    event = event_words(asked.events[effect.event], lang)
    old = before.verdicts.get((effect.level, effect.area, effect.event)) if before else None
    if before is None:
        return f"{name}: {told(effect, lang)}" if effect.verdict != "not_assessable" else ""
    if old == effect.verdict:
        return ""
    was = (
        say("meeting.was", lang, verdict=say(f"verdict.{old}", lang))
        if old
        else say("meeting.new", lang, event=event)
    )
    return f"{name}: {told(effect, lang)} ({was})"


def warnings_part(asked: Asked) -> Part:
    """Who has fallen by more than chance, and who fell silent at a change of the last year, by region."""
    from kl_research.adoption import alerts

    lang, who = asked.who.language, asked.who
    fallen = [one for one in alerts(asked.panel, None) if one.state == "alert"]
    rows = [
        (asked.region(a.municipality), area_name(asked.panel, a.municipality), _alert_words(a, who)) for a in fallen
    ]
    header = tuple(say(f"meeting.column.{key}", lang) for key in ("region", "municipality", "what"))
    tables = [Table(say("meeting.warnings.table", lang), header, _sorted(rows), (), (3, 3, 5))] if rows else []
    silent: list[tuple[str, ...]] = []
    lines: list[str] = []
    for event in asked.events.values():
        if not (event.national and event.dated and event.kind == "intervention"):
            continue
        if event.first_month < months.shift(asked.last, -YEAR):
            continue
        found = lock_outs(asked.panel, event)
        if found.reason:
            if found.earliest_month:
                month = formats.month(found.earliest_month, lang)
                lines.append(say("meeting.silent.wait", lang, event=event_words(event, lang), month=month))
            continue
        silent = [
            (
                asked.region(one.municipality),
                area_name(asked.panel, one.municipality),
                say("meeting.silent.sure" if one.beyond_chance else "meeting.silent.maybe", lang),
            )
            for one in found.fallen
        ]
        sure = sum(one.beyond_chance for one in found.fallen)
        month = formats.month(found.first_month, lang)
        lines.append(say_to(who, "meeting.silent", n=sure, event=event_words(event, lang), month=month))
        title = say("meeting.silent.table", lang, event=event_words(event, lang))
        if silent:
            tables.append(Table(title, header, _sorted(silent), (), (3, 3, 5), lines[-1]))
        break  # the others of the same days have the same months after, and the same silent ones
    lead = say("meeting.warnings.lead", lang, n=len(fallen))
    return Part("warnings", say("meeting.warnings.title", lang), lead, tuple(lines), tuple(tables))


def _alert_words(alert: Any, who: Reader) -> str:
    lang = who.language
    since, normal = formats.month(alert.since, lang), formats.about(alert.normal or 0, lang)
    if (alert.now or 0) * alert.months < who.mask_below:
        return say_to(who, "meeting.alert.none", since=since, normal=normal)
    return say("meeting.alert", lang, since=since, now=formats.about(alert.now, lang), normal=normal)


def _sorted(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(rows, key=lambda row: [formats.sort_key(cell) for cell in row[:2]]))


def told(effect: Effect, lang: str) -> str:
    """An answer in brief: what is claimed, how sure, and its size with its interval; else the headline."""
    if effect.verdict not in ("increase", "decrease") or effect.level == "national":
        return headline(effect, lang)
    return f"{heading(judgement(effect, effect.level, effect.area), '', Reader(lang))}. {how_much(effect, lang)}"
