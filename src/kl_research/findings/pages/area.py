"""What the site knows of one municipality: its numbers, its runs, its effects, and the one line that sums it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kl_research.adoption import Summary, summaries
from kl_research.adoption.cut import Activity
from kl_research.adoption.cutting import told_regions
from kl_research.effects.effect import Effect
from kl_research.effects.records import recorded
from kl_research.findings.consistency.run import Run
from kl_research.findings.pages.description import describe_sentences, trend
from kl_research.findings.pages.similar import compared_measures
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.made import make_statements
from kl_research.findings.statements.phrases import heading
from kl_research.findings.statements.statement import Statements
from kl_research.findings.words import formats, named, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import is_shared
from kl_research.findings.words.numbers import calls_range, calls_words, is_few
from kl_research.findings.words.reader import Reader
from kl_research.terms import municipalities
from kl_research.terms.events import Event
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name, area_region
from kl_research.terms.study import Study

# The most telling verdict first.
ORDER = ("increase", "decrease", "break_in_series", "no_change", "inconclusive", "not_assessable")


@dataclass(frozen=True)
class Area:
    """One municipality of the index: what is known of it, and what its pages found."""

    code: str
    name: str
    region: str
    status: str
    summary: Summary | None
    headline: str
    entries: tuple[dict[str, Any], ...] = ()
    effects: tuple[Effect, ...] = field(default=(), repr=False)

    @property
    def whole(self) -> bool:
        """Whether every page of it was made: only then does no effect mean no event."""
        return all(entry["status"] == "ok" for entry in self.entries)

    @property
    def calls(self) -> int | None:
        """Calls in the last 12 months, at least; None where nothing is known."""
        last = self.summary.last if self.summary else None
        if last is None or last.months_observed + last.months_suppressed == 0:
            return None
        return last.least


@dataclass(frozen=True)
class Site:
    """Everything a kind of page is made from; each kind has a function `pages(site) -> {path under out: HTML}`."""

    study: Study
    panel: pd.DataFrame = field(repr=False)
    quality: dict[str, Any] = field(repr=False)
    activity: Activity | None = field(repr=False)
    entries: Sequence[dict[str, Any]] = field(repr=False)
    areas: Sequence[Area] = field(repr=False)
    who: Reader
    since: Sequence[str] = ()  # sentences on what changed since the release before
    measures: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)  # all measures of the edition
    beside: Callable[[str], pd.DataFrame] | None = None  # counts beside a municipality's calls
    _made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What several pages share, made by the first that asks."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def trend(self, code: str) -> str:
        """A municipality's key figure as HTML."""
        level = self.statements.one(code, "level", "calls")
        name = area_name(self.panel, code)
        title = f"{name}: {heading(level, name, self.who)}" if level is not None else ""
        made: str = self.once(
            f"trend {code}",
            lambda: trend(self.panel, code, events=self.register, title=title, study=self.who).html,
        )
        return made

    @property
    def register(self) -> list[Event]:
        """The events of the register."""
        events: list[Event] = self.once("register", lambda: list(self.study.read_events().values()))
        return events

    @property
    def statements(self) -> Statements:
        """What is true of every area; pages only phrase it."""
        made: Statements = self.once("statements", lambda: make_statements(self.known, self.compared))
        return made

    @property
    def compared(self) -> pd.DataFrame:
        """The measures that municipalities are compared by."""
        made: pd.DataFrame = self.once("compared", lambda: compared_measures(self.panel, self.activity, self.who))
        return made

    @property
    def known(self) -> Known:
        """What the statements are made from."""
        made: Known = self.once("known", self._known)
        return made

    def _known(self) -> Known:
        records = [entry["record"] for entry in self.entries if entry.get("record")]
        overview = [entry for entry in self.entries if entry["area"] == "overview"]
        return Known(
            self.panel,
            self.activity,
            self.measures,
            {area.code: area.summary for area in self.areas if area.summary is not None},
            {area.code: area.effects for area in self.areas},
            [effect for effect in recorded(overview) if effect.primary],
            {row["area"]: row for record in records for row in record.get("alerts", [])},
            self.register,
            self.who,
            self.study.half,
        )

    @property
    def regions(self) -> list[str]:
        """Codes of the regions that there are numbers of."""
        told: list[str] = self.once("regions", lambda: told_regions(self.panel, self.activity))
        return told


def areas(
    study: Study,
    panel: pd.DataFrame,
    entries: Sequence[dict[str, Any]],
    activity: Activity | None,
    who: Reader,
) -> list[Area]:
    """Every municipality of the study in Danish order, those without a run too."""
    known = set(panel["municipality"])
    codes = set(municipalities.codes()) | known if study.municipalities == "denmark" else known
    last = panel["month"].max().strftime("%Y-%m")
    short_of = summaries(panel, activity)
    found = []
    for code in codes:
        own = tuple(e for e in entries if e["area"] == code)
        short = short_of.get(code)
        effects = _effects(own, panel, who)
        name = area_name(panel, code)
        region = area_region(panel, code, last)
        status = _status(own, short, effects)
        found.append(Area(code, name, region, status, short, _headline(effects, short, name, who), own, effects))
    return sorted(found, key=lambda area: formats.sort_key(area.name))


def _effects(entries: Sequence[dict[str, Any]], panel: pd.DataFrame, who: Reader) -> tuple[Effect, ...]:
    return tuple(recorded(entries))


def _status(entries: Sequence[dict[str, Any]], short: Summary | None, effects: Sequence[Effect]) -> str:
    """What a reader finds behind the name: a judgement, one that waits, a description, or why there is none."""
    states = {e["status"] for e in entries}
    for status in ("failed", "withheld"):
        if status in states:
            return status
    if short is None or short.state == "missing":
        return "no_data"
    if short.idle:
        return short.state
    if "ok" not in states:
        return "not_run"
    own = [e for e in effects if e.primary and not is_shared(e)]
    if any(e.verdict != "not_assessable" for e in own):
        return "assessed"
    return "waiting" if own else "described"


def _headline(effects: Sequence[Effect], short: Summary | None, name: str, who: Reader) -> str:
    """The most telling answer about an event of its own, else the year beside the year before."""
    own = [effect for effect in effects if effect.primary and not is_shared(effect)]
    if own and short is not None and short.state == "active":
        return wording.headline(min(own, key=lambda e: ORDER.index(e.verdict)), who.language)
    return short_description(short, name, who) if short is not None else ""


def short_description(short: Summary, name: str, who: Reader) -> str:
    """The description in a few words, for a table that already says which municipality and period."""
    lang, now, then = who.language, short.last, short.before
    if short.idle or short.state == "missing":
        return describe_sentences(short, name, who)[0]
    if is_few(now.most, who):
        return say("index.short.few", lang)
    if now.most == 0:
        return say("index.short.zero", lang)
    if now.whole and then.whole:
        return say("index.short.calls", lang, calls=calls_words(now, who), before=calls_words(then, who))
    known = now.months_observed + now.months_suppressed
    key = "index.short.calls.only" if now.whole else "index.short.calls.partial"
    return say(key, lang, calls=calls_range(now, who), known=known)


def run_of(site: Site, pages: Mapping[str, str]) -> Run:
    """A site as the gate of contradictions reads it: its statements, and all that it will publish.

    `pages` are HTML, or plain text, by their path below the folder of findings.
    """
    names = {code: REGION_NAMES.get(code, code) for code in site.regions} | {a.code: a.name for a in site.areas}
    national = [e for area in site.areas for e in area.effects if e.details.get("national")]
    lang = site.who.language
    shared = {words for e in national for words in (named.event_title(e, lang), named.event_phrase(e, lang))}
    dated = [(title, event.date or "") for event in site.register for title in event.title.values()]
    return Run(site.statements, pages, names, site.who, site.known.last, tuple(sorted(shared)), tuple(dated))


def place_of(site: Site, effect: Effect) -> str:
    """Where an answer is about: a municipality, those an event took place in, several of a kind, the country."""
    lang = site.who.language
    if effect.area:
        return area_name(site.panel, effect.area)
    own = [code for event in site.register if event.id == effect.event for code in event.municipalities]
    if own:
        return formats.listed(sorted((area_name(site.panel, code) for code in own), key=formats.sort_key), lang)
    return formats.capital(say("office.several" if effect.level == "type" else "overview.nation", lang))
