"""Words: a statement said otherwise, a direction or an advice against the numbers, a verdict or its caveat lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from kl_research.findings.consistency import vocabulary as word
from kl_research.findings.consistency.blocks import Block
from kl_research.findings.consistency.readback import number, read
from kl_research.findings.consistency.run import Contradiction, Run, sentences
from kl_research.findings.html.markup import plain
from kl_research.findings.html.said import BRIEF, headed
from kl_research.findings.statements.events import NOT_LASTING
from kl_research.findings.statements.phrases import part_name
from kl_research.findings.statements.statement import Statement
from kl_research.findings.statements.strongest import strongest
from kl_research.findings.words import named
from kl_research.findings.words.catalogue import has, say
from kl_research.findings.words.wording import brief

OTHERWISE, DIRECTION, ADVICE = (
    "a statement said otherwise",
    "a direction against the numbers",
    "advice against the trend",
)
VERDICT, CAVEAT, DURING = (
    "two verdicts of one event",
    "a verdict without its caveat",
    "after for months that were during",
)
NATIONAL, WAITING, COUNTING = (
    "national words about a local event",
    "waiting where a date is missing",
    "counting told as use",
)


def said_otherwise(run: Run) -> Iterator[Contradiction]:
    """What is marked as a statement is that statement's phrase; a front page's heading is its strongest finding."""
    known = {one.id: one for one in run.statements}
    for block in run.blocks:
        if block.says:
            one = known.get(block.says.removeprefix(BRIEF))
            words = _told(run, one, block) if one is not None else "no such statement"
            if words != block.text:
                yield Contradiction(OTHERWISE, block.text[:300], block.page, words, block.says)
    for block in run.blocks:
        if block.tag == "h1" and block.page.endswith(("/index.html", "/one_page.html")) and block.area in run.names:
            own = run.statements.of(block.area)
            found = strongest(own, run.last)
            if found is not None:
                title = headed(found.first, run.names[block.area], run.who, own)
                if block.text != " ".join(plain(title).split()):
                    yield Contradiction(OTHERWISE, block.text, block.page, title, found.first.id)


def _told(run: Run, one: Statement, block: Block) -> str:
    """What a block that is marked as a statement has to say."""
    if block.says.startswith(BRIEF) and one.effect is not None:
        return " ".join(plain(brief(one.effect, run.lang)).split())
    return run.words(one)


def directions(run: Run) -> Iterator[Contradiction]:
    """A sentence about the year, or about a part of it, goes the way the numbers go."""
    for one in run.statements:
        if one.level != "municipality" or one.kind not in ("level", "part") or one.measure != "calls":
            continue
        if one.direction in ("unknown", "began", "ended") or one.area not in run.names:
            continue
        label = part_name(one.subject, run.lang) if one.kind == "part" else run.names[one.area]
        others = [part_name(s.subject, run.lang) for s in run.statements.of(one.area, "part") if s.id != one.id]
        for block in run.about(one.area):
            if block.tag in ("th", "td", "alt", "title") or block.says:
                continue
            for text in sentences(run.bare(block.text)):
                if _about(text, label, others, one.kind) and (problem := _against(text, one.direction)):
                    yield Contradiction(DIRECTION, f"{text[:300]} ({problem})", block.page, run.words(one), one.id)


def _about(text: str, label: str, others: list[str], kind: str) -> bool:
    if word.EXPECTED.search(text) or re.search(r"halvår|half|enhed|unit|ydernum|provider|kommuner", text):
        return False
    here = text.casefold()
    if kind == "part":
        return here.startswith(label.casefold()) and not any(other.casefold() in here for other in others)
    if (begins := re.match(r"[^:.]{2,60}: ", text)) and label not in begins.group():
        return False  # "Sygepleje: flere opkald" is about a part, whatever the part is called elsewhere
    spoken = label in text or re.search(r"\b(opkald|calls|brugen|use)\b", text)
    named = any(other.casefold() in here for other in others)
    return bool(word.YEAR.search(text) and spoken and not named and not re.search(r"\b(uden|without)\b", here))


def _against(text: str, direction: str) -> str:
    up, down = bool(word.MORE.search(text)), bool(word.FEWER.search(text))
    if up == down or word.UNSURE.search(text):
        return ""
    told = "more" if up else "fewer"
    if direction == "same" and word.SLIGHTLY.search(text):
        return ""
    return "" if told == direction else f"told as {told}, counted as {direction}"


def advice(run: Run) -> Iterator[Contradiction]:
    """Advice about a rise where something rises, about a fall where it falls; no waiting for a missing date."""
    for code in run.names:
        own = run.statements.of(code)
        if not own:
            continue
        ways = {one.direction for one in own if one.kind in ("level", "part", "judgement")}
        ways |= {"fewer" for one in own if one.kind == "warning" and one.subject == "alert"}
        year = next((one for one in own if one.kind == "level" and one.measure == "calls"), None)
        answers = [one for one in own if one.kind == "judgement"]
        undated = bool(answers) and all(one.values.get("reason") == "undated" for one in answers)
        for block in run.about(code):
            falls = year is not None and year.direction == "fewer"
            if year is not None and word.RISING_ADVICE.search(run.bare(block.text)) and (falls or "more" not in ways):
                yield run.against(ADVICE, block, year)
            rises = year is not None and year.direction == "more"
            # Where the year rose, a part of it may have fallen that no statement is about.
            excused = rises or bool(ways & {"fewer", "ended"})
            if year is not None and word.FALLING_ADVICE.search(run.bare(block.text)) and not excused:
                yield run.against(ADVICE, block, year)
            if undated and word.WAIT.search(run.bare(block.text)):
                yield run.against(WAITING, block, answers[0])


def verdicts(run: Run) -> Iterator[Contradiction]:
    """An event has one verdict, told with its caveats, and during for what was a pulse."""
    for one in run.statements:
        if one.kind != "judgement" or one.effect is None or one.level != "municipality" or one.area not in run.names:
            continue
        others = [_names(s, run.lang) for s in run.statements.of(one.area, "judgement") if s.id != one.id]
        mine = _names(one, run.lang)
        for block in run.about(one.area):
            if block.tag in ("th", "title", "alt"):
                continue
            told = _asides(run.lang).sub("", block.text)
            here = f"{block.heading} {told}".casefold()
            if not any(name in here for name in mine):
                continue
            alone = not any(name in here for names in others for name in names)
            text = told if alone else " ".join(t for t in sentences(told) if _mentions(t, mine))
            if alone or text:
                yield from _judged(run, block, one, text)


@cache
def _asides(lang: str) -> re.Pattern[str]:
    """What is no judgement of today: the sentence that only names other events near one, and last time's answer."""
    begins, _, _ = say("threat.close", lang, events="\0").partition("\0")
    was, _, _ = say("meeting.was", lang, verdict="\0").partition("\0")
    return re.compile(rf"{re.escape(begins)}.*?\.(?=\s+[A-ZÆØÅ]|$)|\({re.escape(was)}[^)]*\)")


def _mentions(text: str, names: list[str]) -> bool:
    return any(name in text.casefold() for name in names)


def _names(one: Statement, lang: str) -> list[str]:
    effect = one.effect
    assert effect is not None
    found = [named.event_title(effect, lang), named.event_phrase(effect, lang)]
    return list(dict.fromkeys(name.casefold() for name in found))


def _judged(run: Run, block: Block, one: Statement, text: str) -> Iterator[Contradiction]:
    effect = one.effect
    assert effect is not None
    verdict, text = effect.verdict, run.bare(text)
    told = [name for name, pattern in word.CLAIMS.items() if pattern.search(text)]
    allowed = {verdict, *word.ALSO.get(verdict, ())}
    wrong = [name for name in told if name not in allowed]
    open_words = word.CLAIMS["inconclusive"].search(text) or word.UNCERTAIN.search(text)
    if verdict in word.ALSO and set(told) & {"increase", "decrease"} and not open_words:
        wrong = wrong or told
    if wrong and not (verdict == "no_change" and wrong == ["inconclusive"]):
        yield run.against(VERDICT, block, one)
    elif told == [verdict] and not all(_with(text, code, run.lang) for code in one.caveats):
        yield run.against(CAVEAT, block, one)
    if effect.impact == "pulse":
        phrase = re.escape(named.event_phrase(effect, run.lang))
        if re.search(rf"\b(efter|after) {phrase}", text, re.IGNORECASE):
            yield run.against(DURING, block, one)


def while_it_lasted(run: Run) -> Iterator[Contradiction]:
    """On pages of several municipalities too, months that were during an event are not told as after it."""
    judged = [(one, one.effect) for one in run.statements if one.kind == "judgement" and one.level != "type"]
    told = [(named.event_phrase(e, run.lang), e.impact == "pulse", one) for one, e in judged if e is not None]
    steps = {phrase for phrase, pulse, _ in told if not pulse}
    pulses = {phrase: one for phrase, pulse, one in told if pulse and phrase not in steps}
    for phrase, one in pulses.items():
        after = re.compile(rf"\b(efter|after) {re.escape(phrase)}", re.IGNORECASE)
        for block in run.blocks:
            if not block.area and after.search(block.text):
                yield run.against(DURING, block, one)


def _with(text: str, code: str, lang: str) -> bool:
    if code in NOT_LASTING:
        return word.NOT_LASTING.search(text) is not None
    if word.UNCERTAIN.search(text):
        return True
    return has(f"threat.{code}") and say(f"threat.{code}", lang) in text


def local_and_national(run: Run) -> Iterator[Contradiction]:
    """A sentence about the whole country is not about an event of a few municipalities."""
    local: dict[str, Statement] = {}
    for one in run.statements:
        effect = one.effect if one.kind == "judgement" and one.level in ("municipality", "event") else None
        if effect is not None and not effect.details.get("national"):
            local |= dict.fromkeys(_names(one, run.lang), one)
    shared = [name.casefold() for name in run.shared]
    names = [name for name in local if name not in shared and len(name) > 8]
    for block in run.blocks:
        if block.tag in ("title", "th", "caption", "h2") or not word.NATIONAL.search(run.bare(block.text)):
            continue
        here = block.text.casefold()
        named_here = [name for name in names if name in here]
        if not named_here or any(name in here for name in shared):
            continue
        for text in sentences(run.bare(block.text)):
            if word.NATIONAL.search(text) and word.CHANGED.search(text):
                yield run.against(NATIONAL, block, local[named_here[0]])
                break


def counting(run: Run) -> Iterator[Contradiction]:
    """Where a part only now is counted, its calls are not told as more use."""
    for one in run.statements:
        if (
            one.kind == "judgement"
            and "counting" in one.caveats
            and one.level == "municipality"
            and one.area in run.names
        ):
            for block in run.about(one.area):
                if word.NEW_USE.search(run.bare(block.text)):
                    yield run.against(COUNTING, block, one)


def expectations(run: Run) -> Iterator[Contradiction]:
    """What a coming start may bring: one number an age."""
    for one in run.statements:
        if one.kind != "start":
            continue
        age = say("months", run.lang, n=int(one.values["age"]))
        for block in run.about(one.area):
            found = read("ramp.age", block.text, run.lang) or {}
            if found.get("months") == age and number(found.get("median", "")) != number(_shown(one, run)):
                yield run.against("a number with two values", block, one)


def _shown(one: Statement, run: Run) -> str:
    return (read("ramp.age", run.words(one), run.lang) or {}).get("median", "")
