"""The decision in JupyterLab: change costs and belief, and see what the effort would have to bring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import numpy as np

from kl_research.commands.ahead.decide import Basis, read_basis
from kl_research.effects.questions.worth import Cost, KindPrior
from kl_research.findings.html.markup import bullets
from kl_research.findings.interventions.worth import sensitivity, worth_sentences
from kl_research.findings.words.catalogue import say


class WorthForm:
    """The form; `controls` are its fields, `said` and `picture` what it shows now. Made by `worth_form`."""

    def __init__(self, basis: Basis) -> None:
        self._basis, lang = basis, basis.who.language
        cost = basis.cost
        start = {
            "hours": cost.hours,
            "hourly": cost.hourly,
            "money": cost.money,
            "worth": cost.worth or 0.0,
            "ratio": float(np.exp(basis.prior.mean)),
        }
        wide = {"style": {"description_width": "18em"}, "layout": widgets.Layout(width="32em")}
        self.controls = {
            key: widgets.BoundedFloatText(
                value=value,
                min=0.1 if key == "ratio" else 0,
                max=1e9,
                description=say(f"worth.form.{key}", lang),
                **wide,
            )
            for key, value in start.items()
        }
        self.said, self.picture = widgets.HTML(), widgets.HTML()
        for control in self.controls.values():
            control.observe(lambda _: self._show(), "value")
        self.page = widgets.VBox([*self.controls.values(), self.said, self.picture])
        self._show()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.page._repr_mimebundle_(**options)

    def _show(self) -> None:
        value = {key: float(control.value) for key, control in self.controls.items()}
        cost = Cost(value["hours"], value["hourly"], value["money"], value["worth"] or None)
        own = self._basis.prior
        views = self._basis.views(cost, KindPrior(float(np.log(value["ratio"])), own.sd, own.spread))
        basis = self._basis
        said = worth_sentences(views["stated"], len(basis.codes), basis.planned.months_after, basis.who)
        self.said.value = f'<div role="status">{bullets(said)}</div>'
        self.picture.value = sensitivity(views, basis.who).html


def worth_form(study: str | Path, plan: str | Path) -> WorthForm:
    """The form for a plan of a study; costs and belief begin as the plan says."""
    return WorthForm(read_basis(Path(study), Path(plan)))
