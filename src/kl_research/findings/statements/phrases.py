"""A statement in words: a heading of one line, and a sentence or two. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kl_research.findings.statements.events import NOT_LASTING
from kl_research.findings.statements.statement import Statement, slight
from kl_research.findings.words import formats, named, wording
from kl_research.findings.words.catalogue import has, say, say_or
from kl_research.findings.words.numbers import count_words, is_few, part_words, value_words
from kl_research.findings.words.reader import Reader, say_to
from kl_research.terms.municipalities import REGION_NAMES

UNITS = {"units_active": "share"}


def heading(one: Statement, name: str, who: Reader, among: Sequence[Statement] = ()) -> str:
    """A statement as the heading of a page, without a full stop; `among` are the others of the area.

    >>> from kl_research.findings.statements.statement import Comparison
    >>> one = Statement("municipality", "710", "level", "calls", value=9, compared=Comparison("year_before", 4))
    >>> heading(one, "Favrskov", Reader("en"))
    '9 calls in the last year'
    """
    lang = who.language
    if one.kind == "state":
        return say(f"heading.{one.subject}", lang, name=name) if has(f"heading.{one.subject}") else name
    if one.kind == "start":
        ages = one.values["ages"]
        calls = formats.listed([formats.number(max(value, 1), lang) for value in ages.values()], lang)
        return say("heading.start", lang, name=name, calls=calls, ages=formats.listed(map(str, ages), lang))
    if one.kind == "warning":
        since = formats.month(str(one.values["since"]), lang)
        return say_to(who, f"heading.warning.{one.values['kind']}", since=since)
    if one.kind == "rest":
        return say(f"heading.rest.{way(one, who)}", lang, without=part_name(one.subject, lang))
    if one.kind == "judgement" and one.effect is not None:
        return _judged(one, lang)
    if one.kind == "part":
        return _part_heading(one, lang, among)
    if one.kind == "largest":
        return _largest_heading(one, lang)
    if one.kind == "carried":
        return say("heading.carried", lang)
    if one.kind == "level":
        few = is_few(one.value, who)
        if one.direction == "unknown" and "incomplete" in one.caveats and not few:
            n = int(one.values["months"])
            return say("heading.level.incomplete", lang, n=n, calls=count_words(one.value, who))
        key = "few" if few else way(one, who)
        return say(f"heading.level.{key}", lang, calls=count_words(one.value, who))
    return phrase(one, name, who)


def phrase(one: Statement, name: str, who: Reader) -> str:
    """A statement as a sentence or two; empty where nothing is to be said of it.

    >>> from kl_research.findings.statements.statement import Comparison
    >>> one = Statement("municipality", "710", "part", "Home nursing", value=29,
    ...                 compared=Comparison("year_before", 68, direction="fewer"))
    >>> phrase(one, "Favrskov", Reader("en"))
    'Home nursing: 29 calls against 68 the year before, 39 fewer.'
    """
    lang = who.language
    if one.kind == "state":
        when = one.values.get("last_use") or ""
        known = has(f"describe.state.{one.subject}")
        values = {"name": name, "month": formats.month(when, lang) if when else ""}
        return say_to(who, f"describe.state.{one.subject}", **values) if known else ""
    if one.kind == "judgement" and one.effect is not None:
        return wording.sentence(one.effect, lang)
    if one.kind == "advice":
        earliest = str(one.values.get("earliest") or "")
        month = formats.month(earliest, lang) if earliest else ""
        event = named.event_title(one.effect, lang) if one.effect is not None else ""
        part = part_name(str(one.values.get("part", "")), lang)
        return say(f"advice.{one.subject}", lang, part=part, month=month, event=event)
    if one.kind == "circumstance":
        return _circumstance(one, lang)
    maker = {"level": _level, "part": _part, "rest": _rest, "units": _units, "start": _start, "similar": _similar}
    maker |= {"largest": _largest, "carried": _carried, "warning": _warning}
    return maker[one.kind](one, name, who) if one.kind in maker else ""


def part_name(raw: str, lang: str) -> str:
    """A part of a municipality within a sentence: "plejecentrene", else as the data name it.

    >>> part_name("Plejecenter", "da"), part_name("Center Nord", "da")
    ('plejecentrene', 'Center Nord')
    """
    return say_or(f"part.the.{raw.casefold()}", lang, raw)


def way(one: Statement, who: Reader) -> str:
    """A direction as it is worded: about the same may be slightly more, or slightly fewer."""
    before = one.compared.value if one.compared else None
    if one.direction != "same" or one.value is None or before is None:
        return one.direction
    return slight(one.value, before, public=who.public)


def _values(one: Statement, name: str, who: Reader) -> dict[str, str]:
    before = one.compared.value if one.compared else None
    first, _, last = one.period.partition("/")
    diff = abs((one.value or 0) - (before or 0))
    return {
        "name": name,
        "period": formats.period(first, last or first, who.language) if first else "",
        "calls": count_words(one.value, who),
        "before": count_words(before, who),
        "diff": formats.number(diff, who.language),
    }


def _level(one: Statement, name: str, who: Reader) -> str:
    if one.measure != "calls":
        return ""
    few = is_few(one.value, who)
    key = "few" if few else "zero" if one.value == 0 else way(one, who)
    key = "unknown" if key in ("began", "ended") else key
    text = say(f"statement.level.{key}", who.language, **_values(one, name, who))
    if "incomplete" in one.caveats:
        n = int(one.values["months"])
        text += " " + say("statement.level.incomplete", who.language, n=n, of=one.values["of"])
    return text + (" " + say("statement.level.chance", who.language) if one.certainty == "open" and not few else "")


def _part(one: Statement, name: str, who: Reader) -> str:
    lang = who.language
    values = _values(one, name, who) | {"part": part_name(one.subject, lang)}
    values["Part"] = formats.capital(values["part"])
    before = one.compared.value if one.compared else None
    both_few = before is not None and is_few(one.value, who) and is_few(before, who)
    return say("statement.part.both_few" if both_few else f"statement.part.{way(one, who)}", lang, **values)


def _rest(one: Statement, name: str, who: Reader) -> str:
    lang = who.language
    values = _values(one, name, who) | {"without": part_name(one.subject, lang)}
    values["fresh"] = count_words(one.values["calls"], who)
    values["Without"] = formats.capital(values["without"])
    text = say(f"statement.rest.{way(one, who)}", lang, **values)
    since = str(one.values["since"])
    key = "statement.rest.since" if since else "statement.rest.new"
    return text + " " + say(key, lang, since=formats.date(since, lang) if since else "", **values)


def _units(one: Statement, name: str, who: Reader) -> str:
    lang, whole = who.language, float(one.values["whole"])
    if is_few(whole, who):
        return ""
    row = pd.Series({"numerator": one.value, "denominator": whole})
    part, of = (part_words(row, column, who) for column in ("numerator", "denominator"))
    none = is_few(one.value, who) or not one.value
    text = say_to(who, "units.new.none" if none else "units.new", n=whole, part=part, whole=of)
    if one.values["calls"] is not None and not none:
        calls, total = one.values["calls"], one.values["calls_whole"]
        share = formats.percent(calls / total, lang) if total else ""
        shown = {"part": count_words(calls, who), "whole": count_words(total, who), "share": share}
        text += " " + say("units.calls_of_new", lang, **shown)
    return text


def _start(one: Statement, name: str, who: Reader) -> str:
    lang, against = who.language, one.compared
    if against is None or against.low is None or against.high is None:
        return ""
    shown = {key: formats.about(value, lang) for key, value in (("lower", against.low), ("upper", against.high))}
    months = say("months", lang, n=int(one.values["age"]))
    return say("ramp.age", lang, median=formats.about(one.value or 0, lang), months=months, **shown)


def _similar(one: Statement, name: str, who: Reader) -> str:
    lang, against = who.language, one.compared
    if against is None or one.value is None or against.low is None or against.high is None:
        return ""
    row = pd.Series({"measure": one.measure, "unit": UNITS.get(one.measure, ""), "value": 0.0})
    shown = {key: value_words(pd.Series({**row, "value": v}), who) for key, v in _of_peers(one).items()}
    measure = say(f"measure.{one.measure}", lang)
    return say(f"statement.similar.{one.direction}", lang, Measure=formats.capital(measure), of=against.n, **shown)


def _of_peers(one: Statement) -> dict[str, float]:
    against = one.compared
    return {
        "value": one.value or 0.0,
        "low": (against and against.low) or 0.0,
        "high": (against and against.high) or 0.0,
    }


def _largest(one: Statement, name: str, who: Reader) -> str:
    lang, told = who.language, one.values
    shown = {
        "calls": formats.number(one.value or 0, lang),
        "whole": formats.number(told["whole"], lang),
        "share": formats.percent(told["share"], lang),
        "left": formats.about(told["left"], lang),
    }
    text = say("statement.largest", lang, **shown)
    if told["two"] is not None and told["share"] < 1:
        two = {"calls": formats.number(told["two"], lang), "share": formats.percent(told["share_two"], lang)}
        text = say("statement.largest.two", lang, **two) + " " + text
    return text


def _carried(one: Statement, name: str, who: Reader) -> str:
    row = pd.Series({"numerator": one.value, "denominator": one.values["whole"]})
    part, whole = (part_words(row, column, who) for column in ("numerator", "denominator"))
    least = one.values["least"]
    if is_few(one.values["whole"], who):
        return say("concentration.carried.all_few", who.language, least=least)
    return formats.capital(say("concentration.carried", who.language, n=part, least=least, whole=whole))


def _warning(one: Statement, name: str, who: Reader) -> str:
    lang, told = who.language, one.values
    if one.subject not in ("alert", "passed"):
        return say("warning.quiet", lang)
    shown = {
        "since": formats.month(str(told["since"]), lang),
        "now": formats.about(float(told["now"] or 0), lang),
        "normal": formats.about(float(told["normal"] or 0), lang),
        "zeros": say("months", lang, n=int(told.get("zeros") or 0)),
    }
    return say_to(who, f"warning.{'passed' if one.subject == 'passed' else told['kind']}", **shown)


def _circumstance(one: Statement, lang: str) -> str:
    titles = one.values["title"]
    title = titles.get(lang) or titles.get("da") or say_or(f"event.type.{one.values['type']}", lang, one.subject)
    date = str(one.values["date"])
    if date and formats.month(date[:7], lang) not in title and date[:4] not in title:
        title = f"{title} ({formats.date(date, lang)})"
    region = str(one.values["region"])
    return f"{REGION_NAMES.get(region, region)}: {title}." if region else f"{title}."


def _judged(one: Statement, lang: str) -> str:
    effect = one.effect
    assert effect is not None
    event = named.event_phrase(effect, lang)
    during = "during" if effect.impact == "pulse" else "after"
    date = effect.details.get("event_date")
    if effect.verdict == "break_in_series" and date:
        return say("heading.judgement.break_in_series.dated", lang, date=formats.date(str(date), lang))
    if effect.verdict not in ("increase", "decrease"):
        return say(f"heading.judgement.{effect.verdict}", lang, event=event)
    outcome = named.outcome_words(effect, lang)
    key = f"heading.judgement.{effect.verdict}.{during}"
    text = say(key, lang, outcome=outcome, event=event)
    if faded := next((code for code in NOT_LASTING if code in one.caveats), ""):
        return say(f"heading.{faded}", lang, text=text)
    return say("heading.unsure", lang, text=text) if one.certainty == "unstable" or one.caveats else text


def _part_heading(one: Statement, lang: str, among: Sequence[Statement]) -> str:
    level = one.values["level"]
    others = [s for s in among if s.kind == "part" and s.values["level"] == level and s.id != one.id]
    steady = [part_name(s.subject, lang) for s in others if s.direction == "same"]
    key = "more" if one.direction == "more" else "fewer"
    part = part_name(one.subject, lang)
    if steady and len(steady) == len([s for s in others if s.value]):
        return say(f"heading.part.{key}.steady", lang, part=part, n=len(steady), others=formats.listed(steady, lang))
    return say(f"heading.part.{key}", lang, part=part)


def _largest_heading(one: Statement, lang: str) -> str:
    share, two = one.values["share"], one.values["share_two"]
    if share >= 0.8 or two is None:
        return say("heading.largest.one", lang, share=formats.percent(share, lang))
    return say("heading.largest.two", lang, share=formats.percent(two, lang))
