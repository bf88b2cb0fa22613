"""Places: a municipality's state on every page, news that is old, and warnings that the run does not bear out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from kl_research.findings.consistency import vocabulary as word
from kl_research.findings.consistency.halves import half_words
from kl_research.findings.consistency.readback import number, read
from kl_research.findings.consistency.run import Contradiction, Run
from kl_research.findings.statements.statement import NATION, Statement
from kl_research.findings.statements.strongest import IDLE
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import has, say

STATE, COUNT, NEWS, ALARMS = (
    "two states of one municipality",
    "another number of municipalities",
    "news older than the half-year",
    "warnings that the run does not bear out",
)
_KEYS = ("overview.state", "status", "state", "map.state", "tile.state")


def states(run: Run) -> Iterator[Contradiction]:
    """Not connected, not started and their like: the same on the index, the region's page, the map and its own."""
    words = _state_words(run.lang)
    for one in run.statements:
        if one.kind != "state" or one.area not in run.names:
            continue
        mine = {text for text, names in words.items() if one.subject in names}
        for block in run.about(one.area):
            text = block.text.casefold().rstrip(".")
            of_a_month = word.YEAR_NUMBER.search(block.row)  # the state of a month, in the data behind a chart
            other = block.tag == "td" and text in words and text not in mine
            of_a_period = one.subject == "left" and "not_connected" in words.get(text, ()) and _of_numbers(block.page)
            if other and not of_a_month and not of_a_period and not _earlier(run, block.column, one):
                yield run.against(STATE, block, one, one.subject)
            elif block.tag == "li" and _listed(text, run.names[one.area], words) - {one.subject}:
                if text.partition(": ")[2] not in mine:
                    yield run.against(STATE, block, one, one.subject)
            elif block.tag in ("p", "li", "h1"):
                told = _told(block.text, run.lang, run.names[one.area])
                if told and told != one.subject:
                    yield run.against(STATE, block, one, one.subject)
            elif (
                block.tag == "td" and one.subject in IDLE and block.row == run.names[one.area] and number(block.text)
            ) and block.column == say("index.column.calls", run.lang):
                yield run.against(STATE, block, one, one.subject)


def counted(run: Run) -> Iterator[Contradiction]:
    """How many municipalities are in use, not connected, not begun: as many as have that state."""
    state = Counter(one.subject for one in run.statements if one.kind == "state")
    active = next((s for s in run.statements if s.level == NATION and s.measure == "municipalities_active"), None)
    known = {("nation.waiting", "n"): state["not_connected"], ("nation.waiting", "m"): state["not_started"]}
    if active is not None and active.value is not None:
        known["index.lead.national", "n"] = int(active.value)
    for block in run.blocks:
        if block.area or block.tag not in ("p", "li"):
            continue
        for (key, hole), n in known.items():
            told = (read(key, block.text, run.lang) or {}).get(hole)
            if told and number(told) != float(n):
                yield Contradiction(COUNT, block.text[:300], block.page, f"{n}", "statements.csv")


def _state_words(lang: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for state in IDLE:
        for key in _KEYS:
            name = f"{key}.{state}"
            if has(name):
                found.setdefault(say(name, lang).casefold(), set()).add(state)
    return found


def _told(text: str, lang: str, name: str) -> str:
    for state in IDLE:
        for key in (f"describe.state.{state}", f"heading.{state}"):
            if has(key) and (found := read(key, text, lang)) is not None and found.get("name", "").endswith(name):
                return state
    return ""


def _listed(text: str, name: str, words: dict[str, set[str]]) -> set[str]:
    """The states that a line of the map's list may tell: "Roskilde: not connected"."""
    begins, _, rest = text.partition(": ")
    return words.get(rest, set()) if begins == name.casefold() else set()


def _of_numbers(page: str) -> bool:
    """A page of measures, whose cells tell why a period has no number: one of a notebook."""
    folder, _, name = page.rpartition("/")
    return bool(folder) and folder != "regions" and name not in ("index.html", "one_page.html")


def _earlier(run: Run, column: str, one: Statement) -> bool:
    """Whether a column is about a time before the last 12 months, when the state was another; or about a month."""
    halves = [other.period for other in run.statements if other.kind == "half_year" and other.level == "region"][:1]
    if halves and half_words(halves[0], run.lang) in column:
        return str(one.values.get("since", "")) > halves[0][:7]
    years = [int(year) for year in word.YEAR_NUMBER.findall(column)]
    return not column or (bool(years) and min(years) < int(run.last[:4]))


def old_news(run: Run) -> Iterator[Contradiction]:
    """A region's half-year tells as news only what fell in it."""
    halves = [s for s in run.statements if s.kind == "half_year" and s.level == "region"]
    if not halves or halves[0].compared is None:
        return
    start, before = halves[0].period[:7], halves[0].compared.period[:7]
    earlier = say("region.earlier", run.lang)
    judged = [
        s for s in run.statements if s.kind == "judgement" and s.level == "municipality" and s.effect is not None
    ]
    old = [s for s in judged if s.period and s.period[-7:][:7] < start and s.direction in ("more", "fewer")]
    for block in run.blocks:
        if not block.page.startswith("regions/") or block.heading == earlier:
            continue
        old_heading = block.tag in ("h2", "h3") and word.NEWS.search(block.text)
        if old_heading and max(_years(block.text), default=9999) < int(start[:4]):
            yield run.against(NEWS, block, halves[0], formats.month(start, run.lang))
        if block.tag not in ("p", "li"):
            continue
        claims = word.CLAIMS["increase"].search(run.bare(block.text)) or word.CLAIMS["decrease"].search(
            run.bare(block.text)
        )
        for one in old:
            if claims and block.text.startswith(f"{run.names.get(one.area, '?')}:"):
                yield run.against(NEWS, block, one)
        years = _years(run.bare(block.text))
        news = word.NEWS.search(block.heading) or word.NEWS.search(block.text)
        if news and years and max(years) < int(before[:4]):
            yield run.against(NEWS, block, halves[0], formats.month(start, run.lang))


def _years(text: str) -> list[int]:
    return [int(year) for year in word.YEAR_NUMBER.findall(text)]


def alarms(run: Run) -> Iterator[Contradiction]:
    """As many warnings as the run has, and as many false ones as its rate gives.

    An overview watches every municipality; where only some were run (`--only`) the two are of other places.
    """
    warned = [s for s in run.statements if s.kind == "warning"]
    alerts = [s for s in warned if s.subject == "alert"]
    expected = sum(float(s.values.get("rate") or 0) for s in warned)
    counted = [(block, read("warnings.count", block.text, run.lang)) for block in run.blocks if not block.area]
    of_others = {block.page for block, found in counted if found and number(found["watched"]) != float(len(warned))}
    for block, found in counted:
        if block.page in of_others:
            continue
        if found and warned and number(found.get("n", "")) not in (None, float(len(alerts))):
            yield Contradiction(ALARMS, block.text, block.page, f"{len(alerts)} / {len(warned)}", "alerts.csv")
        for told in word.FALSE_ALARMS.findall(run.bare(block.text)):
            value = number(told[0])
            if value is not None and warned and abs(value - expected) > max(0.15 * expected, 0.6):
                yield Contradiction(ALARMS, block.text[:300], block.page, f"{expected:.1f}", "alerts.csv")


def listed_alarms(run: Run) -> Iterator[Contradiction]:
    """As many municipalities in the table of warnings as the sentence above it counts; also on a page of others."""
    rows = Counter(
        block.page for block in run.blocks if block.tag == "th" and block.caption == say("warnings.table", run.lang)
    )
    _, begins, ends = re.split("[\0\1]", say("warnings.count", run.lang, n="\0", watched="\1"))
    for block in run.blocks:
        if block.tag == "p" and begins in block.text and ends.rstrip(".") in block.text and rows[block.page]:
            told = number(block.text.partition(begins)[0])
            if told != float(rows[block.page]):
                listed = f"{say('warnings.table', run.lang)}: {rows[block.page]}"
                yield Contradiction(ALARMS, block.text[:300], block.page, listed, block.page)


def definitions(run: Run) -> Iterator[Contradiction]:
    """A page that speaks of completed consultations says what completed means, and all say the same."""
    seconds: dict[str, str] = {}
    for page, text in run.pages.items():
        if "<" in text and word.COMPLETED.search(text):
            if not _defines(text, run.lang):
                said = say("foot.completed", run.lang)
                yield Contradiction("completed without its definition", page, page, said, page)
            elif found := read("foot.completed", text, run.lang):
                seconds[page] = found["seconds"]
    usual = Counter(seconds.values()).most_common(1)
    for page, told in seconds.items():
        if told != usual[0][0]:
            other = next(name for name, one in seconds.items() if one == usual[0][0])
            yield Contradiction("completed defined otherwise", f"{told} s", page, f"{usual[0][0]} s", other)


def what_is_counted(run: Run) -> Iterator[Contradiction]:
    """The one big number of a page is of calls; beside its period nothing is called completed."""
    years = {one.area: one for one in run.statements if one.kind == "level" and one.measure == "calls"}
    for block in run.blocks:
        one = years.get(block.area)
        if (
            one is None
            or block.tag != "p"
            or block.says
            or not block.page.endswith(("/index.html", "/one_page.html"))
        ):
            continue
        first, _, last = one.period.partition("/")
        if formats.period(first, last, run.lang) in block.text and word.COMPLETED.search(run.bare(block.text)):
            yield run.against("another measure than is counted", block, one)


def _defines(text: str, lang: str) -> bool:
    before = say("foot.completed", lang).partition("{")[0].strip()
    return before in text
