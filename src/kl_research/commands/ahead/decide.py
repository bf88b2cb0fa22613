"""What an effort is worth before it is made: cost from the plan, effect from the kind's past or a stated belief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kl_research.batch.state import put
from kl_research.commands.ahead.sent import exposure_lines, read_sent
from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.plan_file import Plan
from kl_research.effects.effect import Effect
from kl_research.effects.questions.worth import ORDINARY, Cost, KindPrior, Worth, by_prior, stated_prior
from kl_research.findings.interventions.worth import worth_page, worth_sentences
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader, reader
from kl_research.terms import municipalities
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study

YEAR = 12


@dataclass(frozen=True)
class Basis:
    """What a decision rests on: the plan, its municipalities with their calls a month, the kind's past effects."""

    planned: Plan
    codes: tuple[str, ...]
    monthly: tuple[float, ...]
    past: tuple[Effect, ...]
    exposed: tuple[str, ...]
    title: str
    who: Reader

    @property
    def cost(self) -> Cost:
        """The plan's cost, nothing where it says nothing."""
        costs = self.planned.costs
        return Cost() if costs is None else Cost(costs.hours, costs.hourly, costs.money, costs.worth_per_call)

    @property
    def prior(self) -> KindPrior:
        """The belief the plan states, else the ordinary one."""
        stated = self.planned.prior
        return ORDINARY if stated is None else stated_prior(stated.ratio, stated.low, stated.high)

    def views(self, cost: Cost | None = None, prior: KindPrior | None = None) -> dict[str, Worth]:
        """What the effort is worth under each belief."""
        return by_prior(
            self.monthly,
            cost or self.cost,
            months=self.planned.months_after,
            past=self.past,
            stated=prior or self.prior,
            seed=self.planned.seed,
        )


def decide(file: Path, plan: Path, language: str | None = None) -> list[str]:
    """Write the decision page beside the plan's registration; returns its sentences and the path.

    Raises `InputError` for a plan of another study, or an effort in municipalities without calls.
    """
    basis = read_basis(file, plan, language)
    views = basis.views()
    said = worth_sentences(views["stated"], len(basis.codes), basis.planned.months_after, basis.who)
    page = basis.planned.folder / f"{basis.planned.plan}-worth.html"
    html = worth_page(basis.title, said, views, _rests_on(basis), basis.exposed, basis.who)
    put(page, html.encode())
    return [*said, str(page)]


def read_basis(file: Path, plan: Path, language: str | None = None) -> Basis:
    """Everything a decision rests on, from the study's data as its edition may see them."""
    from kl_research.intake import read_question
    from kl_research.terms.panel import read_panel, wide

    planned = Plan.load(plan)
    study = load_study(file, language)
    if Path.resolve(planned._file.parent / planned.study) != study.file.resolve():
        raise InputError(f"{plan.name}, study", planned.study, str(file), "name the plan's own study")
    keep(prepare(study))
    panel, question = read_panel(study.data_folder), read_question(study)
    calls = wide(panel).tail(YEAR)
    codes = _codes(planned, panel, study)
    known = {code: float(calls[code].mean()) for code in codes if code in calls and calls[code].notna().any()}
    if not known or sum(known.values()) == 0:
        where = f"{plan.name}, municipalities"
        raise InputError(
            where, "none with calls in the last year", "municipalities that use the app", "choose others"
        )
    who = reader(study)
    start = planned.start
    exposed: Sequence[str] = ()
    if planned.sent:
        log = read_sent(Path.resolve(planned._file.parent / planned.sent))
        exposed = exposure_lines(codes, start, planned.type, log, panel, question, who.language)
    title = planned.title_in(who.language)
    past = _past(study, panel, planned.type, question)
    return Basis(planned, tuple(known), tuple(known.values()), past, tuple(exposed), title, who)


def _codes(planned: Plan, panel: Any, study: Study) -> list[str]:
    """The plan's municipalities: those it names, or as many as its lots draw."""
    from kl_research.effects.questions.planning import allocate, basis_of

    if isinstance(planned.municipalities, list):
        return planned.municipalities
    basis = basis_of(panel, outcome="calls", pre_months=study.pre_months, months_after=planned.months_after)
    if basis is None:
        where, cure = f"{planned._file.name}, municipalities", 'name them: ["461", "851"]'
        raise InputError(where, "a number, and fewer than 20 to draw from", "codes", cure)
    lots = allocate(basis.codes, planned.number, planned.start, planned.steps, planned.step_months, planned.seed)
    return sorted(lots["municipality"])


def _past(study: Study, panel: Any, type_: str, question: Any) -> tuple[Effect, ...]:
    """The kind's effects that count for pooling, judged one municipality at a time."""
    from kl_research.effects.questions.kinds import local_effects, poolable

    own = {event.id: event for event in study.read_events().values() if event.type == type_}
    return tuple(poolable(local_effects(panel, own, question=question), type_)) if own else ()


def _rests_on(basis: Basis) -> list[str]:
    lang = basis.who.language
    known = municipalities.codes()
    names = [municipalities.name(code) if code in known else code for code in basis.codes]
    names.sort(key=formats.sort_key)
    lines = [say("worth.where", lang, names=formats.listed(names, lang), n=len(names))]
    costs = basis.planned.costs
    if costs is not None:
        parts = {key: formats.number(value, lang) for key, value in costs.parts().items()}
        lines.append(say("worth.costs", lang, **parts))
    lines.append(say("worth.prior.stated" if basis.planned.prior else "worth.prior.ordinary", lang))
    return [*lines, say("worth.method", lang)]
