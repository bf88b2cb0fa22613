"""An effect as plain sentences: the tone of the domain's section 8, one kind of sentence a verdict or reason.

Nothing is estimated here. Numbers come from the fields of an `Effect` and from its `details`: `mean_before`,
`mean_after`, `expected_after` (per month), `event_title_da`, `event_title_en`, `event_date`, `event_titles`
(id of another event to its title). Whatever is absent is left out of the sentence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from kl_research.effects.effect import Check, Effect, Threat
from kl_research.findings.words import formats, intervals
from kl_research.findings.words.catalogue import has, say, say_or
from kl_research.findings.words.content import breakdown, ruled_out
from kl_research.findings.words.formats import capital
from kl_research.findings.words.named import event_phrase, event_title, number_words, outcome_words, threat_summary

SMALL_MEAN = 10  # calls a month under which a reader is told that small numbers swing
_OWN_PAST = (  # reasons
    "moved_before",
    "moving_before",
    "unusual_before",
    "just_begun",
    "too_short_before",
    "season_unseen",
    "same_size",
    "restless",
)
_SAME = 0.02  # ratios that differ by less are the same fall to a reader
_WITHOUT_SUFFIX = ("effect.national", "effect.joint")
_MEETINGS = ("leader_meeting", "gp_meeting", "klu_meeting", "webinar")


def sentence(effect: Effect, lang: str = "da") -> str:
    """What an effect says, in a few sentences of `lang` ("da" or "en").

    Returns
    -------
    str
        Text: numbers are rounded to what the data carry, intervals are 95 %.

    Examples
    --------
    >>> from kl_research.effects.effect import Effect
    >>> print(sentence(Effect("municipality", "661", "661", "m", "gp_meeting", "calls", "its",
    ...                       verdict="not_assessable", reason="undated"), "en"))
    We cannot judge the effect of the meeting with the municipality's GPs, because we do not know when it was held.
    """
    return " ".join(part for part in _parts(effect, lang) if part)


def headline(effect: Effect, lang: str = "da") -> str:
    """The first sentence, or the two that belong together, and what is to be held against them: for an index."""
    certain = effect.replace(unstable=False, threats=tuple(t for t in effect.threats if not _beside_a_claim(t)))
    growth = breakdown(effect, lang)
    parts = [part for part in _parts(certain, lang) if part and part != growth]
    told = parts[:1]
    if effect.verdict in ("increase", "decrease") and effect.level != "national":
        told += parts[1:-1][-1:]
    told += [part for part in _parts(effect, lang) if part and part not in (*parts, growth)]
    return " ".join(told)


def brief(effect: Effect, lang: str = "da") -> str:
    """The headline, and from when on there can be an answer."""
    parts = [headline(effect, lang)]
    if effect.earliest_month:
        parts.append(say("reason.earliest", lang, month=formats.month(effect.earliest_month, lang)))
    return " ".join(parts)


def _beside_a_claim(threat: Threat) -> bool:
    return threat.code.startswith("trigger") or _did_not_last(threat)


def _did_not_last(threat: Threat) -> bool:
    return threat.code.endswith("did_not_last")


def _parts(effect: Effect, lang: str) -> list[str]:
    speak = {
        "increase": _changed,
        "decrease": _changed,
        "no_change": _no_change,
        "inconclusive": _inconclusive,
        "not_assessable": _not_assessable,
        "break_in_series": _break,
    }[effect.verdict]
    parts = speak(effect, lang)
    if effect.unstable:
        parts.append(say("effect.unstable", lang))
    return parts


def check_table(checks: Sequence[Check], lang: str) -> pd.DataFrame:
    """What was asked of an effect, and how it came out."""
    rows = [
        (say_or(f"check.{c.name}", lang, c.name.replace("_", " ")), say(f"check.{c.outcome}", lang)) for c in checks
    ]
    return pd.DataFrame(rows, columns=[say(f"effects.column.{key}", lang) for key in ("check", "result")])


def _changed(effect: Effect, lang: str) -> list[str]:
    if effect.level == "national":
        return _national_change(effect, lang)
    before, after, expected = (_mean(effect, key) for key in ("mean_before", "mean_after", "expected_after"))
    event, range_ = event_phrase(effect, lang), intervals.label(effect, lang)
    fell = effect.verdict == "decrease"
    parts: list[str] = []
    if fell and controlled(effect) and after is not None and _steady(effect, before, after, expected):
        values = {"before": formats.about(before or 0, lang), "after": formats.about(after, lang)}
        parts.append(
            say(
                "effect.decrease.change",
                lang,
                Number=capital(number_words(effect, lang)),
                event=event,
                **values,
            )
        )
        parts.append(
            say("effect.decrease.fall", lang, percent=intervals.size(effect.estimate, lang), interval=range_)
        )
    else:
        if after is not None:
            outcome = outcome_words(effect, lang, after)
            parts.append(say(_lasting(effect), lang, event=event, after=formats.about(after, lang), outcome=outcome))
        elif expected is None:
            parts.append(say("effect.after.untold", lang, Number=capital(number_words(effect, lang)), event=event))
        if expected is not None:
            key = "effect.expected.controlled" if controlled(effect) else "effect.expected.alone"
            parts.append(say(key, lang, expected=formats.about(expected, lang)))
        if effect.estimate is not None:
            parts.append(how_much(effect, lang))
        parts += [say(f"threat.{t.code}", lang) for t in effect.threats if t.code.startswith("trigger")]
    parts += [say(f"threat.{t.code}", lang) for t in effect.threats if _did_not_last(t)]
    parts.append(breakdown(effect, lang))
    if effect.details.get("national"):
        parts.append(say("effect.national.no_control", lang))
    else:
        parts.append(
            say("effect.other_causes", lang) if controlled(effect) else say("effect.no_control", lang, event=event)
        )
    return parts


def how_much(effect: Effect, lang: str) -> str:
    """How far a claim lies from the expected, with its interval in the same unit."""
    stem = "effect.joint" if effect.level == "event" else "effect"
    return _ratio(effect, lang, stem, interval=intervals.label(effect, lang))


def _steady(effect: Effect, before: float | None, after: float, expected: float | None) -> bool:
    """Whether the others stood still, so that the fall is the one from before to after."""
    if before is None or expected is None or effect.estimate is None or effect.level == "event" or before <= 0:
        return False
    return abs(expected - before) <= 0.1 * before and abs(after / before - effect.estimate) <= _SAME


def _lasting(effect: Effect) -> str:
    """A pulse is judged while it lasts, everything else after it began."""
    return "effect.during.mean" if effect.impact == "pulse" else "effect.after.mean"


def _ratio(effect: Effect, lang: str, stem: str, **values: str) -> str:
    """More or fewer, in percent, or as times where the interval is."""
    estimate = effect.estimate or 1.0
    if effect.verdict == "increase" and intervals.in_times(effect) and math.isfinite(intervals.limits(effect)[1]):
        key = f"{stem}.times" if stem in _WITHOUT_SUFFIX else f"{stem}.increase.times"
        return say(key, lang, times=intervals.times(estimate, lang), **values)
    key = f"{stem}.{effect.verdict}" + ("" if stem in _WITHOUT_SUFFIX else ".ratio")
    return say(key, lang, percent=intervals.size(estimate, lang), **values)


def _national_change(effect: Effect, lang: str) -> list[str]:
    event = _national_event(effect, lang)
    values = {"number": number_words(effect, lang), "event": event, "interval": intervals.label(effect, lang)}
    return [_ratio(effect, lang, "effect.national", **values), say("effect.national.no_control", lang)]


def _national_event(effect: Effect, lang: str) -> str:
    return event_phrase(effect, lang, dated=True)


def _no_change(effect: Effect, lang: str) -> list[str]:
    before, after = _mean(effect, "mean_before"), _mean(effect, "mean_after")
    if effect.level == "national":
        values = {"number": number_words(effect, lang), "event": _national_event(effect, lang)}
        parts = [say("effect.national.no_change", lang, **values)]
    else:
        parts = [say(_when_it("effect.no_change", effect), lang, event=event_phrase(effect, lang))]
    parts.append(_means(effect, lang, "effect.no_change", before, after))
    expected = _mean(effect, "expected_after")
    if before is not None and expected is not None and formats.about(before, lang) != formats.about(expected, lang):
        key = "effect.expected.controlled" if controlled(effect) else "effect.expected.alone"
        parts.append(say(key, lang, expected=formats.about(expected, lang)))
    if effect.conf_low is not None:
        parts.append(say("effect.no_change.range", lang, range=intervals.between(effect, lang)))
    if effect.level == "national":
        parts.append(say("effect.national.no_control", lang))
    return parts


def _means(effect: Effect, lang: str, stem: str, before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    texts = {"before": formats.about(before, lang), "after": formats.about(after, lang)}
    outcome = outcome_words(effect, lang, before)
    same = texts["before"] == texts["after"]
    if stem == "effect.no_change":
        key = f"{stem}.same" if same else f"{stem}.means"
    else:
        key = f"{stem}.small" if before < SMALL_MEAN else f"{stem}.means"
    return say(_when_it(key, effect), lang, outcome=outcome, **texts)


def _when_it(key: str, effect: Effect) -> str:
    """The message of a pulse speaks of the months it lasted, never of months after."""
    return f"{key}.during" if effect.impact == "pulse" else key


def _inconclusive(effect: Effect, lang: str) -> list[str]:
    before, after, expected = (_mean(effect, key) for key in ("mean_before", "mean_after", "expected_after"))
    if effect.level == "national":
        values = {"number": number_words(effect, lang), "event": _national_event(effect, lang)}
        parts = [say("effect.national.inconclusive", lang, **values)]
    else:
        parts = [say("effect.inconclusive", lang, event=event_phrase(effect, lang))]
    explained = effect.reason in ("placebo_disagrees", *_OWN_PAST) and effect.reason != "season_unseen"
    parts.append(_means(effect, lang, "effect.no_change" if explained else "effect.inconclusive", before, after))
    number = capital(number_words(effect, lang))
    if explained and effect.estimate is not None and effect.conf_low is not None:
        change = intervals.lies(effect.estimate, lang)
        parts.append(say("effect.inconclusive.size", lang, change=change, interval=intervals.label(effect, lang)))
    differs = say("effect.differs.lower" if (effect.estimate or 1.0) < 1 else "effect.differs.higher", lang)
    if effect.reason == "suppressed_months":
        return [*parts, say("effect.inconclusive.suppressed", lang)]
    if effect.reason in _OWN_PAST:
        values = {"Number": number, "event": event_phrase(effect, lang), "differs": differs}
        return [*parts, say(f"effect.inconclusive.{effect.reason}", lang, **values)]
    if effect.reason == "placebo_disagrees" or effect.excludes_one:
        # A clear difference that municipalities without the event have too: more calls would not have told it apart.
        return [*parts, say("effect.inconclusive.placebo", lang, Number=number, differs=differs)]
    parts.append(ruled_out(effect, lang))
    if effect.detectable is not None:
        base = expected if expected is not None else before
        if base is not None:
            level = formats.about(base * effect.detectable, lang)
            parts.append(say("effect.inconclusive.detectable", lang, Number=number, detectable=level))
        else:
            rise = intervals.size(effect.detectable, lang)
            parts.append(say("effect.inconclusive.detectable_ratio", lang, Number=number, percent=rise))
    return parts


def _not_assessable(effect: Effect, lang: str) -> list[str]:
    reason = effect.reason
    event = event_phrase(effect, lang, dated=reason not in ("undated", "not_connected"))
    parts: list[str] = []
    if reason == "undated" and effect.type in _MEETINGS:
        parts.append(say("reason.undated.meeting", lang, event=event))
    else:
        key = f"reason.{reason}" if has(f"reason.{reason}") else "reason.other"
        parts.append(say(key, lang, event=event, outcome=outcome_words(effect, lang)))
    if reason == "too_few_months_after":
        if effect.n_post == 0:
            parts.append(say("reason.too_few_months_after.none", lang))
        else:
            have = say("full_months", lang, n=effect.n_post)
            parts.append(say("reason.too_few_months_after.have", lang, months=have))
    if reason == "too_few_calls":
        parts.append(say("reason.too_few_calls.means", lang))
    if effect.earliest_month and reason in ("too_few_months_after", "after_data", "too_few_calls"):
        parts.append(say("reason.earliest", lang, month=formats.month(effect.earliest_month, lang)))
    if reason in ("too_few_months_after", "after_data", "undated"):
        parts.append(threat_summary(effect, lang))
    if reason == "overlapping_event":
        parts.append(threat_summary(effect, lang, "threat.close"))
    return parts


def _break(effect: Effect, lang: str) -> list[str]:
    date, event = effect.details.get("event_date"), event_phrase(effect, lang, dated=True)
    if effect.type == "release":
        first = say("effect.break.release", lang, event=event)
    elif date:
        first = say("effect.break.other", lang, event=event_title(effect, lang), date=formats.date(str(date), lang))
    else:
        first = say("effect.break.undated", lang, Event=capital(event))
    parts = [first, say("effect.break.not_use", lang)]
    if effect.estimate is not None and effect.conf_low is not None:
        change = intervals.lies(effect.estimate, lang)
        parts.append(say("effect.break.jump", lang, change=change, interval=intervals.label(effect, lang)))
    return parts


def controlled(effect: Effect) -> bool:
    """Whether other municipalities stood beside this one in the calculation."""
    # A design without comparison may still know how many municipalities could have been compared with.
    return effect.n_donors > 0 and not effect.details.get("no_comparison")


def _mean(effect: Effect, key: str) -> float | None:
    value = effect.details.get(key)
    return None if value is None else float(value)
