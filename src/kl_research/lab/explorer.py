"""A page inside JupyterLab: choose municipality, event, design and window, and see the effect change.

The effect is shown first, the checks and what could have been seen a moment later. The choice can be saved as a
parameters file, with which `explore.ipynb` runs unattended.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import pandas as pd
import yaml

from kl_research.effects import (
    Check,
    Effect,
    placebo_in_space,
    placebo_in_time,
    pre_trend,
    without_trigger_months,
)
from kl_research.effects.designs.registry import DESIGNS
from kl_research.effects.span import touches
from kl_research.findings.drawing.plots import title_of
from kl_research.findings.html.markup import paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.interventions.effects import drawable, effect_figure
from kl_research.findings.interventions.results import tell_effect
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.wording import check_table
from kl_research.terms.errors import InputError
from kl_research.terms.events import EventRegister
from kl_research.terms.panel import area_name, read_panel
from kl_research.terms.question import Question
from kl_research.terms.study import Study

OFFERED = {design.name: design.ask for design in DESIGNS if design.explored}
NOTEBOOK = "explore.ipynb"


@dataclass(frozen=True)
class Choice:
    """What is asked; with `study_file` the parameters of `explore.ipynb`. No municipality: the whole country."""

    municipality: str
    event: str
    design: str
    pre_months: int
    post_months: int


class Explorer:
    """The page; `choice` and `effect` are what it shows now. Made by `explore`."""

    def __init__(self, study: Study, panel: pd.DataFrame, events: EventRegister, choice: Choice) -> None:
        self._study, self._panel, self._events = study, panel, events
        self.choice, self.effect, self.checks = choice, _NONE, tuple[Check, ...]()
        lang = study.language
        self._answer, self._figure, self._checks, self._saved = (widgets.HTML() for _ in range(4))
        self.municipality = _dropdown("municipality", self._areas(), choice.municipality, lang)
        self.event = _dropdown("event", self._events_of(choice.municipality), choice.event, lang)
        designs = [(say(f"design.{name}", lang), name) for name in OFFERED]
        self.design = _dropdown("design", designs, choice.design, lang)
        self.pre_months = _slider("pre_months", 3, 48, choice.pre_months, lang)
        self.post_months = _slider("post_months", 1, 24, choice.post_months, lang)
        self.save = widgets.Button(description=say("explore.save", lang), icon="save")
        self.save.on_click(lambda _: self._write())
        self.municipality.observe(self._moved, "value")
        for control in (self.event, self.design, self.pre_months, self.post_months):
            control.observe(self._changed, "value")
        warning = widgets.HTML(_STYLE + paragraph(say("explore.warning", lang)))
        controls = [self.municipality, self.event, self.design, self.pre_months, self.post_months, self.save]
        self.page = widgets.VBox([warning, *controls, self._saved, self._answer, self._figure, self._checks])
        self._ask()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.page._repr_mimebundle_(**options)

    def _areas(self) -> list[tuple[str, str]]:
        names = {area_name(self._panel, code): code for code in sorted(set(self._panel["municipality"]))}
        touched = {n: c for n, c in names.items() if self._events_of(c)}
        nation = [(say("shown.nation", self._study.language), "")] if self._events_of("") else []
        return [*nation, *((name, touched[name]) for name in sorted(touched, key=formats.sort_key))]

    def _events_of(self, code: str) -> list[tuple[str, str]]:
        """The events to judge in an area, its own before the national ones."""
        found = [e for e in self._events.values() if e.kind != "context" and touches(e, code or None, self._panel)]
        own = sorted(found, key=lambda event: event.national)
        return [(title_of(event, self._study.language), event.id) for event in own]

    def _moved(self, change: Any) -> None:
        """Another municipality has other events; the one asked for stays where it is one of them."""
        options = self._events_of(change["new"])
        kept = self.event.value if self.event.value in {event for _, event in options} else options[0][1]
        self.event.unobserve(self._changed, "value")
        self.event.options = options
        self.event.value = kept
        self.event.observe(self._changed, "value")
        self._changed()

    def _changed(self, _: Any = None) -> None:
        controls = (self.municipality, self.event, self.design, self.pre_months, self.post_months)
        self.choice = Choice(*(control.value for control in controls))
        self._ask()

    def _ask(self) -> None:
        """Show the effect at once; then draw it; then check it."""
        lang = self._study.language
        self._saved.value = ""
        self._checks.value = paragraph(say("explore.working", lang))
        self.effect = self._design(self._question().without_detectable())
        self._answer.value = f'<div role="status">{tell_effect(self.effect, lang).html(lang)}</div>'
        self._figure.value = effect_figure(self.effect, study=self._study).html if drawable(self.effect) else ""
        if self.effect.estimate is None:
            self._checks.value, self.checks = "", ()
            return
        self.effect, self.checks = self._design(self._question()), self._check()
        self.effect = self.effect.replace(checks=self.checks)
        self._checks.value = self._checked()

    def _design(self, question: Question) -> Effect:
        design, event = OFFERED[self.choice.design], self._events[self.choice.event]
        return design(self._panel, event, municipality=self.choice.municipality or None, question=question)

    def _question(self) -> Question:
        choice = self.choice
        return replace(self._study.question, pre_months=choice.pre_months, post_months=choice.post_months)

    def _check(self) -> tuple[Check, ...]:
        """The checks that answer at once: only the rank test has every other municipality in it already."""
        controlled = "donor_changes" in self.effect.details
        asked = [placebo_in_time, pre_trend, without_trigger_months, *([placebo_in_space] if controlled else [])]
        design, event = OFFERED[self.choice.design], self._events[self.choice.event]
        about, municipality = (design, self._panel, event), self.choice.municipality or None
        return tuple(check(*about, municipality=municipality, question=self._question()) for check in asked)

    def _checked(self) -> str:
        lang = self._study.language
        key = "explore.detectable" if self.effect.detectable else "explore.detectable.none"
        times = formats.number(self.effect.detectable or 0, lang, 2)
        table = html_table(check_table(self.checks, lang), caption=say("explore.checks", lang), lang=lang)
        return f'<div class="lab-result">{table}</div>' + paragraph(say(key, lang, times=times))

    def write(self, path: str | Path) -> Path:
        """Write the choice as a parameters file for `papermill explore.ipynb OUT.ipynb -f FILE`; returns its path."""
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        study = Path(os.path.relpath(self._study.file)).as_posix()
        text = yaml.safe_dump({"study_file": study, **asdict(self.choice)}, sort_keys=False, allow_unicode=True)
        file.write_text(f"# {self._command(file)}\n{text}", encoding="utf-8")
        return file

    def _command(self, file: Path) -> str:
        return f"papermill {NOTEBOOK} explored.ipynb -f {Path(os.path.relpath(file)).as_posix()}"

    def _write(self) -> None:
        area = self.choice.municipality or "national"
        file = self.write(self._study.file.parent / "explored" / f"{area}-{self.choice.event}.yaml")
        path = Path(os.path.relpath(file)).as_posix()
        lang = self._study.language
        self._saved.value = paragraph(say("explore.saved", lang, path=path, command=self._command(file)))


def explore(
    study: Study | str | Path,
    *,
    municipality: str = "",
    event: str = "",
    design: str = "controlled_interrupted_time_series",
    pre_months: int = 24,
    post_months: int = 12,
) -> Explorer:
    """The interactive page on a study that has been ingested; show it as the last line of a cell.

    The example needs what `kl-research ingest params/demo.yaml` writes, so it is skipped here; the notebook
    explore.ipynb runs the same lines.

    Parameters
    ----------
    study : Study | str | Path
        A `Study`, or the path of its file.
    municipality : str, default ''
        A code of the panel; empty for the whole country (its national events).
    event : str, default ''
        An id of the register; empty for the first that concerns the municipality.
    design : str, default 'controlled_interrupted_time_series'
        controlled_interrupted_time_series, interrupted_time_series or exact_rate_ratio.
    pre_months, post_months : int, default 24
        At most so many months before and after; the window rule may leave fewer.

    Returns
    -------
    Explorer
        An `Explorer`: `choice`, `effect` (rate ratio with interval) and `checks` are what the page shows, `write`
        keeps the choice as a parameters file.

    Raises
    ------
    InputError
        Without processed data, or for an unknown choice.

    References
    ----------
    The designs' own.

    Examples
    --------
    >>> import kl_research as kl
    >>> page = kl.explore("params/demo.yaml", municipality="851")    # doctest: +SKIP
    >>> page.pre_months.value = 12                                   # doctest: +SKIP
    >>> page.effect.verdict                                          # doctest: +SKIP
    """
    loaded = study if isinstance(study, Study) else Study.load(study)
    panel, events = read_panel(loaded.data_folder), loaded.read_events()
    wanted = [e for e in events.values() if e.kind != "context"]
    if municipality:
        _known("municipality", municipality, sorted(set(panel["municipality"])))
    wanted = [e for e in wanted if touches(e, municipality or None, panel)]
    if not wanted:
        raise InputError("explore", "no event to judge", "an intervention in the register", "choose another area")
    ids = [e.id for e in sorted(wanted, key=lambda e: e.national)]
    chosen = Choice(municipality, event or ids[0], design, pre_months, post_months)
    _known("event", chosen.event, ids)
    _known("design", design, list(OFFERED))
    return Explorer(loaded, panel, events, chosen)


def _known(what: str, value: str, choices: list[str]) -> None:
    if value not in choices:
        raise InputError(f"explore, {what}", repr(value), ", ".join(choices[:20]), "choose one of them")


def _dropdown(key: str, options: list[tuple[str, str]], value: str, lang: str) -> widgets.Dropdown:
    return widgets.Dropdown(options=options, value=value, description=say(f"explore.{key}", lang), **_LOOK)


def _slider(key: str, least: int, most: int, value: int, lang: str) -> widgets.IntSlider:
    return widgets.IntSlider(
        min=least, max=most, value=value, description=say(f"explore.{key}", lang), continuous_update=False, **_LOOK
    )


_LOOK: dict[str, Any] = {"style": {"description_width": "12rem"}, "layout": {"width": "40rem", "max_width": "100%"}}
# Lab draws a figure as wide as its window is.
_STYLE = "<style>.kl-figure{margin:1rem 0;max-width:44rem}.kl-figure svg{width:100%;height:auto}</style>"
_NONE = Effect("", "", "", "", "", "", "")
