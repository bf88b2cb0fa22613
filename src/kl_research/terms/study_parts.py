"""The parts of a study file: raw files, other channels, the period, who publishes, how large a file may be."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from kl_research.terms import months
from kl_research.terms.events import DATE_PATTERN

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Month = Annotated[str, Field(pattern=f"^{months.PATTERN}$")]
Language = Literal["da", "en"]
Titles = Annotated[dict[Language, Annotated[str, Field(min_length=1)]], Field(min_length=1)]
Edition = Literal["public", "own", "internal"]


def _fits(text: str) -> str:
    # More than any disk can hold would end as an error of the system, after the data have been read.
    if not text or len(text) > 1000 or any(len(part.encode()) > 255 for part in text.split("/")):
        raise PydanticCustomError("path", "a path of ordinary length, relative to the file that names it")
    return text


FilePath = Annotated[str, AfterValidator(_fits)]


STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Strict(BaseModel):
    """A part of the study file: unknown keys and values of another kind are refused."""

    model_config = STRICT


class Raw(Strict):
    """One raw file, or several by a pattern, and the layout they are in."""

    path: FilePath
    layout: FilePath = "auto"
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None  # pins one export: any other is refused
    sheet: Annotated[str, Field(min_length=1)] | None = None  # of a workbook or presentation with several
    # What it does to earlier files of the same areas and days; null: replace, unless it looks like a supplement.
    overlap: Literal["replace", "add"] | None = None
    # The months a call log was drawn for: those without a call are then zeros.
    covers: Annotated[str, Field(pattern=f"^{months.PATTERN}(/{months.PATTERN})?$")] | None = None

    def covered_months(self) -> tuple[str, ...]:
        """The months under `covers`; empty without it."""
        first, _, last = (self.covers or "").partition("/")
        return tuple(months.span(first, last or first)) if first else ()


class OtherChannel(Strict):
    """A way to video that is no call in the app: values of the channel column, or files of its own."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    channels: Annotated[list[str], Field(min_length=1)] | None = None
    path: FilePath | None = None
    layout: FilePath = "auto"
    sheet: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> OtherChannel:
        if (self.path is None) == (self.channels is None):
            raise ValueError(f"another channel, {self.name}, that needs either `path` or `channels`")
        return self


class Period(Strict):
    """First and last month of the study; open ends follow the data."""

    start: Month | None = None
    end: Month | None = None


class Disclosure(Strict):
    """Who the pages are for. In the public edition published numbers below `mask_below` are written as few."""

    edition: Edition = "public"
    mask_below: Annotated[int, Field(ge=5, le=100)] = 5


class Publisher(Strict):
    """Who publishes, and what stands about it at the foot of every page; dates as in the register."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    contact: Annotated[str, Field(max_length=200)] = ""
    published: Annotated[str, Field(pattern=DATE_PATTERN)] | None = None
    next_update: Annotated[str, Field(pattern=DATE_PATTERN)] | None = None


_MOST = 2_000_000_000  # what every system's own counters hold


class Limits(Strict):
    """How large a file may be before it is taken for an accident or an attack."""

    unpacked_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    cells: Annotated[int, Field(ge=1_000, le=_MOST)] = 20_000_000
    columns: Annotated[int, Field(ge=10, le=_MOST)] = 2_000
    cell_characters: Annotated[int, Field(ge=100, le=_MOST)] = 100_000
    line_characters: Annotated[int, Field(ge=1_000, le=_MOST)] = 10_000_000
