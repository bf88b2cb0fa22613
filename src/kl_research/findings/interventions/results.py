"""What a notebook says of our results: accessible HTML there, plain text in a terminal.

`Effect`, `Check` and their like are records without a sentence; `notebook` registers the functions here for them.
What is shown is for the researcher: nothing is hidden, and a public page withholds a cell that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kl_research.findings.drawing.plots import title_of
from kl_research.findings.html.markup import paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats, intervals, named, wording
from kl_research.findings.words.catalogue import language, say, say_or
from kl_research.findings.words.named import state_words, threats
from kl_research.terms import municipalities
from kl_research.terms.panel import COUNTS, STATES, check_panel, month_text, states_inferred

Rows = Sequence[tuple[str, str]]
# A notebook centres what heads a row and sets captions like text.
_STYLE = (
    "<style>.lab-result th,.lab-result td,.lab-result caption{text-align:left!important;vertical-align:top}"
    ".lab-result caption{font-weight:600;padding:.3rem 0}.lab-result th[scope=row]{font-weight:400}"
    ".lab-result td{max-width:46rem}</style>"
)


@dataclass(frozen=True)
class Told:
    """A result in words: a title, sentences, what is known of it, and the tables behind it (caption, frame)."""

    title: str
    sentences: Sequence[str] = ()
    rows: Rows = ()
    tables: Sequence[tuple[str, Any]] = ()

    def html(self, lang: str) -> str:
        """Sentences and tables with caption and scope."""
        parts = [paragraph(text) for text in self.sentences]
        if self.rows:
            frame = pd.DataFrame(self.rows, columns=[say("column.what", lang), say("column.value", lang)])
            parts.append(html_table(frame, caption=self.title, lang=lang))
        parts += [html_table(frame, caption=caption, lang=lang) for caption, frame in self.tables if len(frame)]
        # The pages' own marks say that disclosure control has been passed; here it has not.
        body = "".join(parts).replace('class="kl-', 'class="lab-').replace("class=kl-", "class=lab-")
        return f'<div lang="{lang}" class="lab-result">{_STYLE}{body}</div>'

    def text(self) -> str:
        """The same for a terminal."""
        wide = max((len(name) for name, _ in self.rows), default=0)
        lines = [self.title, *self.sentences, *(f"  {name:<{wide}}  {value}" for name, value in self.rows)]
        for caption, frame in self.tables:
            if len(frame):
                lines += [caption, frame.to_string(index=False)]
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True)
class Shown:
    """Something told that shows itself; `kl.panel_summary` returns one."""

    told: Told
    lang: str

    def __repr__(self) -> str:
        return self.told.text()

    def _repr_html_(self) -> str:
        return self.told.html(self.lang)


def tell_effect(effect: Any, lang: str) -> Told:
    """An effect: its sentence, its numbers, and its checks."""

    def ratio(value: float | None) -> str:
        return "" if value is None else formats.number(value, lang, 2)

    low, high = intervals.limits(effect) if effect.estimate is not None else (0.0, 0.0)
    window = ""
    if effect.n_pre or effect.n_post:
        pre, post = (say("months", lang, n=n) for n in (effect.n_pre, effect.n_post))
        window = say("shown.window.value", lang, pre=pre, post=post)
    times = ratio(effect.detectable)
    rows = [
        ("outcome", say(f"outcome.{named.outcome_key(effect)}", lang, n=2)),
        ("design", say_or(f"design.{effect.design}", lang, effect.design)),
        ("verdict", say(f"verdict.{effect.verdict}", lang)),
        ("estimate", ratio(effect.estimate)),
        ("interval", f"{ratio(low)}-{ratio(high)}" if effect.estimate is not None and high < 1e6 else ""),
        ("p_value", "" if effect.p_value is None else formats.number(effect.p_value, lang, 3)),
        ("window", window),
        ("donors", formats.number(effect.n_donors, lang) if effect.n_donors else ""),
        ("detectable", say("shown.times", lang, times=times) if times else ""),
        ("reason", effect.reason),
        ("earliest", formats.month(effect.earliest_month, lang) if effect.earliest_month else ""),
        ("threats", " ".join(threats(effect, lang))),
    ]
    title = say("shown.effect", lang, title=named.event_title(effect, lang), area=_place(effect.area, lang))
    tables = [(say("effects.checks", lang), wording.check_table(effect.checks, lang))] if effect.checks else []
    return Told(title, [wording.sentence(effect, lang)], _known("shown", rows, lang), tables)


def tell_check(check: Any, lang: str) -> Told:
    """A check: its outcome and the table behind it."""
    rows = [("effects.column.result", say(f"check.{check.outcome}", lang)), ("shown.check.code", check.reason)]
    title = say("shown.check", lang, name=say_or(f"check.{check.name}", lang, check.name.replace("_", " ")))
    return Told(title, (), _known("", rows, lang), [(say("shown.check.table", lang), check.table)])


def tell_window(window: Any, lang: str) -> Told:
    """Which months and municipalities an answer rests on, or why there is none."""

    def span(used: Sequence[str]) -> str:
        if not used:
            return ""
        first, last = (formats.month(month, lang) for month in (used[0], used[-1]))
        return say("shown.months", lang, first=first, last=last, n=say("months", lang, n=len(used)))

    rows = [
        ("area", _place(window.municipality, lang)),
        ("before", span(window.pre)),
        ("left_out", span(window.left_out)),
        ("after", span(window.post)),
        ("donors", str(len(window.donors)) if window.donors else ""),
        ("reason", window.reason),
        ("earliest", formats.month(window.earliest_month, lang) if window.earliest_month else ""),
        ("threats", ", ".join(f"{t.code} {t.event} {t.month}".strip() for t in window.threats)),
    ]
    return Told(say("shown.window.title", lang, event=window.event), (), _known("shown", rows, lang))


def tell_event(event: Any, lang: str) -> Told:
    """One entry of the register."""
    rows = [
        ("column.date", _date(event, lang)),
        ("column.kind", say(f"kind.{event.kind}", lang)),
        ("shown.type", event.type),
        ("shown.where", _where(event, lang)),
        ("shown.impact", event.impact),
        ("shown.expected", event.expected),
        ("shown.tags", ", ".join(event.tags)),
        ("shown.source", event.source),
    ]
    title = say("shown.event", lang, title=title_of(event, lang))
    return Told(title, (), _known("", rows, lang))


def tell_register(events: Any, lang: str) -> Told:
    """The register as one table, in its own order."""
    columns = [say(key, lang) for key in ("column.event", "column.date", "column.kind", "shown.where")] + ["id"]
    rows = [
        (title_of(e, lang), _date(e, lang), say(f"kind.{e.kind}", lang), _where(e, lang), e.id)
        for e in events.values()
    ]
    return Told("", (), (), [(say("shown.events", lang), pd.DataFrame(rows, columns=columns))])


def tell_measure(measure: Any, lang: str) -> Told:
    """A measure's entry in the code book."""
    rows = [
        ("definition", measure.definition),
        ("formula", measure.formula),
        ("unit", measure.unit),
        ("source", measure.source),
    ]
    return Told(say("shown.measure", lang, title=say(measure.name_key, lang)), (), _known("shown", rows, lang))


def panel_summary(panel: pd.DataFrame, lang: str | None = None) -> Shown:
    """What a panel holds: period, municipalities, months by state, totals; shows itself in a notebook.

    Units: municipality-months, and calls (consultations, units, providers) summed over them. `lang` is "da" or "en",
    by default the notebook's.

    Returns
    -------
    Shown
        A `Shown`.

    Raises
    ------
    InputError
        When the frame is no panel.

    References
    ----------
    The panel's own columns.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> print(panel_summary(panel, "en"))
    The panel: January 2022 to December 2024
      Municipalities       30
      Municipality-months  1,080
      Months: counted      1,080
      In all: calls        21,817
    """
    speak = lang or language()
    table = check_panel(panel)
    months = month_text(table)
    rows = [
        (say("shown.panel.municipalities", speak), formats.number(table["municipality"].nunique(), speak)),
        (say("shown.panel.rows", speak), formats.number(len(table), speak)),
    ]
    states = table["state"].value_counts()
    for state in STATES:
        if state in states:
            name = say("shown.panel.state", speak, state=state_words(state, speak, inferred=states_inferred(panel)))
            rows.append((name, formats.number(int(states[state]), speak)))
    for count in COUNTS[:2]:
        if count in table:
            name = say("shown.panel.total", speak, what=say(f"outcome.{count}", speak, n=2))
            rows.append((name, formats.number(int(table[count].sum()), speak)))
    said = [say("shown.panel.inferred", speak)] if states_inferred(panel) else []
    period = formats.period(months.min(), months.max(), speak)
    return Shown(Told(say("shown.panel", speak, period=period), said, rows), speak)


def _known(stem: str, rows: Sequence[tuple[str, str]], lang: str) -> Rows:
    """The rows that say something, with their names in words."""
    return [(say(f"{stem}.{key}" if stem else key, lang), value) for key, value in rows if value]


def _date(event: Any, lang: str) -> str:

    return formats.date(event.date, lang) if event.dated else say("event.undated", lang)


def _where(event: Any, lang: str) -> str:

    if event.national:
        return say("shown.everywhere", lang)
    if event.regions:
        return say("shown.region", lang, codes=", ".join(event.regions))
    return ", ".join(_place(code, lang) for code in event.municipalities)


def _place(code: str, lang: str) -> str:

    if not code:
        return say("shown.nation", lang)
    return f"{municipalities.name(code)} ({code})" if code in municipalities.codes() else code
