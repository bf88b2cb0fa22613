"""Which events of a register can be judged, by which designs, and if not, why and from when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kl_research.commands.data.kept import data_to_judge
from kl_research.commands.data.places_named import unseen_parts
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.question import Question
from kl_research.terms.study import Study

LEAST_DONORS = 19  # below it the controlled design is no primary (methods.md, section 3)

if TYPE_CHECKING:
    import pandas as pd

    from kl_research.effects.questions.forecast import Visible
    from kl_research.effects.window import Window


@dataclass(frozen=True)
class Answer:
    """What can be said of one event in one area (None: the nation): its window, and what could be seen of it."""

    event: Event
    area: str | None
    name: str
    window: Window
    visible: list[Visible]

    def row(self) -> dict[str, Any]:
        """The answer as JSON-ready data."""
        window = self.window
        return {
            **_described(self.event),
            "area": self.area or "",
            "name": self.name,
            "outcome": window.outcome,
            "assessable": window.assessable,
            "reason": window.reason,
            "earliest_month": window.earliest_month,
            "n_pre": window.n_pre,
            "n_post": window.n_post,
            "n_donors": len(window.donors),
            "designs": _designs(window).split(", ") if window.assessable else [],
            "threats": [asdict(threat) for threat in window.threats],
            "visible": [asdict(one) for one in self.visible],
        }


def event_list(file: Path, language: str | None = None) -> list[str]:
    """A heading an event and a line an area, in the order of the register; raises `InputError`.

    Reads the numbers of the study's edition: those of the last ingest when it is current; ingests in memory otherwise
    and writes nothing.
    """
    study, events, parts, answers = _asked(file, language)
    lines: list[str] = []
    for event, group in answers:
        heading = f"{event.id} ({event.kind}, {event.type}, {event.date or 'undated'})"
        if event.kind == "context":
            lines.append(f"{heading}: shown beside the trend, no effect of its own to estimate")
            continue
        lines.append(heading)
        lines += [f"  {said}" for said in unseen_parts(event, parts)]
        for answer in group:
            lines += _lines(study, events, answer)
    return lines


def event_rows(file: Path, language: str | None = None) -> list[dict[str, Any]]:
    """The same as data: a row an event and area, one row for a context event."""
    *_, answers = _asked(file, language)
    rows: list[dict[str, Any]] = []
    for event, group in answers:
        rows += [_described(event)] if event.kind == "context" else [answer.row() for answer in group]
    return rows


def _described(event: Event) -> dict[str, Any]:
    return {"event": event.id, "kind": event.kind, "type": event.type, "date": event.date}


def _asked(
    file: Path, language: str | None
) -> tuple[Study, EventRegister, dict[str, list[str]], Iterator[tuple[Event, Iterator[Answer]]]]:
    study = load_study(file, language)
    prepared = prepare(study)
    panel, question = data_to_judge(prepared)
    events = study.read_events()
    answers = ((event, _answers(panel, event, prepared.areas, question)) for event in events.values())
    return study, events, prepared.parts, answers


def _answers(panel: pd.DataFrame, event: Event, names: dict[str, str], question: Question) -> Iterator[Answer]:
    from kl_research.effects import assess
    from kl_research.effects.questions.forecast import smallest_visible

    for code, name in _areas(event, panel, names):
        asked: dict[str, Any] = {"municipality": code, "question": question}
        window = assess(panel, event, **asked)
        yield Answer(event, code, name, window, smallest_visible(panel, event, **asked))


def _areas(event: Event, panel: pd.DataFrame, names: dict[str, str]) -> Iterator[tuple[str | None, str]]:
    from kl_research.terms.panel import area_region

    if event.national:
        yield None, "national"
        return
    month = event.first_month if event.dated else f"{panel['month'].max():%Y-%m}"
    for code, name in names.items():
        if event.touches(code, area_region(panel, code, month)):
            yield code, f"{name} ({code})"


def _lines(study: Study, events: EventRegister, answer: Answer) -> list[str]:
    event, name, window = answer.event, answer.name, answer.window
    if window.assessable:
        counted = f"{window.n_pre} months before, {window.n_post} after"
        lines = [f"  {name}, {window.outcome}: assessable ({counted}; {_compared(window)}) by {_designs(window)}"]
    else:
        when = f"; earliest with data to {window.earliest_month}" if window.earliest_month else ""
        yet = " yet" if window.earliest_month or window.reason in ("undated", "after_data") else ""
        lines = [f"  {name}: not assessable{yet}{when} ({window.reason})"]
        lines.append(f"    {_sentence(study, event, window)}")
    if event.dated and event.first_month != event.last_month:
        lines.append(f"    date: some time from {event.first_month} to {event.last_month}; those months are left out")
    if window.assessable and event.kind == "measurement":
        lines.append("    a change of the instrument: a break in the series, its effect on use told as bounds")
    seen = _visible(answer.visible, event.dated)
    threats = [_threat(events, threat.event, threat.code) for threat in window.threats]
    more = [f"    threats: {'; '.join(threats)}"] if threats else []
    more += [f"    smallest rise that could be seen: {seen}"] if seen else []
    return lines + more


def _visible(found: list[Visible], dated: bool) -> str:
    """The smallest ratio seen with 80 % probability: now, and with the data of 3, 6 and 12 more months."""
    if not found:
        return ""
    words = []
    for one in found:
        when = "now" if one.ahead == 0 else f"in {one.ahead} months"
        after = f"{one.months_after} after"
        words.append(f"{_ratio(one)} {when} ({after})" if dated else f"{_ratio(one)} with {after}")
    now = "not yet; " if dated and found[0].ahead else ""
    return now + ", ".join(words)


def _ratio(one: Visible) -> str:
    """One number where the months to come hardly move it, else the range that holds it in 8 of 10 cases."""
    if one.ratio is None or one.low is None:
        return "none below x50"
    if one.sure:
        return f"x{one.ratio:.2f}"
    return f"x{one.low:.1f} to x{one.high:.1f}" if one.high is not None else f"x{one.low:.1f} or more"


def _compared(window: Window) -> str:
    if not window.municipality:
        return "no control, everything else of the time is in it"
    few = f", fewer than {LEAST_DONORS}" if len(window.donors) < LEAST_DONORS else ""
    return f"{len(window.donors)} municipalities to compare with{few}"


def _designs(window: Window) -> str:
    compared = ["controlled_interrupted_time_series"] if len(window.donors) >= LEAST_DONORS else []
    few = ["few_comparisons"] if window.busy is not None else []
    return ", ".join([*compared, *few, "interrupted_time_series"])


def _threat(events: EventRegister, event: str, code: str) -> str:
    if event not in events:
        return code
    other = events[event]
    # A register that says so itself: the date stands for one nobody gave, so the event is as good as undated.
    assumed = f", {other.source.partition(';')[0]}" if other.source.startswith("assumed") else ""
    return f"{event} ({other.date or 'undated'}{assumed}, {code})"


def _sentence(study: Study, event: Event, window: Window) -> str:
    from kl_research.effects.verdict import not_assessable
    from kl_research.findings.words.wording import sentence

    return sentence(not_assessable(event, window, ""), study.language)
