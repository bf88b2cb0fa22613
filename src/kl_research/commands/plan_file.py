"""The plan file of a coming intervention: who, when, what is expected, what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from kl_research.terms.events import Code, Outcome, Type
from kl_research.terms.study_parts import FilePath, Month, Name, Titles
from kl_research.terms.yaml_model import read_model


class Costs(BaseModel):
    """What the effort costs, and what an extra call is worth to those who pay, if they say so."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    hours: Annotated[float, Field(ge=0)] = 0.0
    hourly: Annotated[float, Field(ge=0)] = 0.0
    money: Annotated[float, Field(ge=0)] = 0.0
    worth_per_call: Annotated[float, Field(gt=0)] | None = None

    def parts(self) -> dict[str, float]:
        """Hours, hourly rate and money, for a sentence."""
        return {"hours": self.hours, "hourly": self.hourly, "money": self.money}


class Stated(BaseModel):
    """A belief about a kind's effect: the likeliest ratio, and the limits of 8 cases in 10."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    ratio: Annotated[float, Field(gt=0, lt=50)]
    low: Annotated[float, Field(gt=0, lt=50)]
    high: Annotated[float, Field(gt=0, lt=50)]

    @model_validator(mode="after")
    def _agree(self) -> Stated:
        if not self.low <= self.ratio <= self.high or self.low == self.high:
            raise ValueError("`ratio` outside `low` to `high`")
        return self


class Plan(BaseModel):
    """A plan file; the keys are those of the file, paths are relative to it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    plan: Name
    study: FilePath
    title: Titles
    question: Annotated[str, Field(min_length=10)]
    type: Type
    municipalities: Annotated[int, Field(ge=1, le=98)] | Annotated[list[Code], Field(min_length=1)]
    start: Month
    steps: Annotated[int, Field(ge=1, le=24)] = 1
    step_months: Annotated[int, Field(ge=0, le=12)] = 0
    months_after: Annotated[int, Field(ge=3, le=36)] = 6
    expected_ratio: Annotated[float, Field(gt=0, lt=50)]
    outcome: Outcome = "calls"
    exposure: Literal["intended", "logged"] = "intended"
    costs: Costs | None = None
    prior: Stated | None = None
    sent: FilePath | None = None
    seed: Annotated[int, Field(ge=0)] = 1
    out: FilePath = "."

    _file: Path = PrivateAttr(default=Path("plan.yaml"))

    @model_validator(mode="after")
    def _agree(self) -> Plan:
        if self.steps > 1 and self.step_months == 0:
            raise ValueError("`steps` above 1 without `step_months` between them")
        if self.steps > self.number:
            raise ValueError("more `steps` than municipalities")
        return self

    @property
    def number(self) -> int:
        """How many municipalities take part."""
        return self.municipalities if isinstance(self.municipalities, int) else len(self.municipalities)

    def title_in(self, language: str) -> str:
        """The title in a language, or in the one there is."""
        titles = {str(code): text for code, text in self.title.items()}
        return titles.get(language) or next(iter(titles.values()))

    @property
    def folder(self) -> Path:
        """Where the registration lies."""
        return Path.resolve(self._file.parent / self.out)

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read and check a plan file; raises `InputError` naming line, key and cure."""
        plan, _ = read_model(path, cls, "a plan file", "see params/plans/poster.yaml")
        plan._file = path.absolute()
        return plan
