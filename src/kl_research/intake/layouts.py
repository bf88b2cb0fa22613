"""Layouts: which of our words each column of an export stands for; three built in, others described in YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from kl_research.intake.columns.durations import Unit
from kl_research.intake.columns.numbers import Marks
from kl_research.intake.privacy import Declaration
from kl_research.terms.errors import InputError
from kl_research.terms.yaml_model import read_model, shown

Grain = Literal["monthly", "pivot", "calls"]
Word = Literal[
    "municipality",
    "code",
    "name",
    "region",
    "month",
    "period_start",
    "period_end",
    "year",
    "calls",
    "completed",
    "active_units",
    "active_providers",
    "administration",
    "unit",
    "unit_type",
    "channel",
    "start",
    "duration",
    "provider",
    "status",
    "initiative",
    "citizen_present",
    "planned",
    "call_id",
]
REQUIRED: dict[Grain, tuple[tuple[str, ...], ...]] = {
    "monthly": (("municipality", "code"), ("month", "period_start"), ("calls",)),
    "pivot": (),
    "calls": (("municipality", "code"), ("start",)),
}
_WORDS: dict[Grain, set[str]] = {
    "monthly": {
        "municipality",
        "code",
        "name",
        "region",
        "month",
        "period_start",
        "period_end",
        "year",
        "calls",
        "completed",
        "active_units",
        "active_providers",
        "administration",
        "unit",
        "unit_type",
        "channel",
        "provider",
    },
    "pivot": {
        "municipality",
        "code",
        "name",
        "region",
        "year",
        "administration",
        "unit",
        "unit_type",
        "channel",
        "provider",
    },
    "calls": {
        "municipality",
        "code",
        "name",
        "region",
        "start",
        "duration",
        "administration",
        "unit",
        "unit_type",
        "provider",
        "channel",
        "status",
        "initiative",
        "citizen_present",
        "planned",
        "call_id",
    },
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MarkTexts(_Strict):
    """Cell texts that stand for a state in this export, such as -1 for suppressed."""

    suppressed: list[str] = []
    missing: list[str] = []
    zero: list[str] = []


class Layout(_Strict):
    """How an export is to be read; every key but `layout` is optional.

    `columns` maps our words to this export's headers (or to column numbers, from 1, where there is none);
    unmapped words are found by the usual headers. `sum_over` names columns whose values are added together.
    `leave_out` names columns that are never looked at, each with the reason why, which is recorded: such as a free
    text whose numbers are no CPR numbers.
    `repeats` says what rows are that nothing tells apart: different ones, added up, or one and the same (`once`).
    `year` is that of months named without one, `hidden` what is done with rows that a workbook hides, and
    `calls_of_each_month` says that the numbers are counts of one month each, whatever a header or title says.
    """

    layout: Grain
    columns: dict[Word, str | int] = {}
    sum_over: list[str] = []
    leave_out: dict[str, Annotated[str, Field(min_length=1)]] = {}
    declare: dict[str, Declaration] = {}
    marks: MarkTexts = MarkTexts()
    statuses: dict[Literal["completed", "not_completed", "test"], list[str]] = {}
    decimal: Literal["comma_decimal", "point_decimal"] | None = None
    dates: Literal["dmy", "mdy"] | None = None
    times: Literal["local", "utc"] | None = None
    duration: Unit | None = None
    year: int | None = None
    calls_of_each_month: bool = False
    hidden: Literal["read", "leave_out"] | None = None
    header: bool = True
    sheet: str | None = None
    check_totals: bool = True
    repeats: Literal["add", "once"] | None = None
    ignore: list[str] = []
    description: str = ""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The name in reports: the built-in's, or the file's."""
        return self._name or self.layout

    @property
    def words(self) -> set[str]:
        """The words this grain knows."""
        return _WORDS[self.layout]

    def number_marks(self) -> Marks:
        """The declared marks, ready for comparison."""
        return Marks(
            *(
                frozenset(m.casefold() for m in group)
                for group in (self.marks.suppressed, self.marks.missing, self.marks.zero)
            )
        )


BUILT_IN: dict[str, Layout] = {grain: Layout(layout=grain) for grain in ("calls", "monthly", "pivot")}


def read_layout(path: Path) -> Layout:
    """A layout file, checked; raises `InputError` with line and key."""
    layout, lines = read_model(path, Layout, "a layout file", "begin with `layout: monthly`")
    layout._name = path.stem
    for word in layout.columns:
        if word not in layout.words:
            raise InputError(
                f"{shown(path)}, line {lines.get(('columns', word), 1)}",
                f"the word {word!r}",
                f"words of a {layout.layout} layout: {', '.join(sorted(layout.words))}",
                "map one of them",
            )
    if wrong := _numbering(layout):
        blamed, found, expected = wrong
        line = lines.get(("columns", blamed)) or lines.get(("header",), 1)
        raise InputError(f"{shown(path)}, line {line}", found, expected, "count the columns of the file from 1")
    return layout


def _numbering(layout: Layout) -> tuple[str, str, str] | None:
    """What is wrong with the numbers under `columns`, if anything: the word, what was found, what was expected."""
    for word, column in layout.columns.items():
        if isinstance(column, int) and column < 1:
            return word, f"column {column} for {word}", "a column from 1 on"
        if isinstance(column, str) and not layout.header:
            return word, f"a header for {word}, and `header: false`", "the number of its column"
    if layout.header:
        return None
    if layout.layout == "pivot":
        return "", "`header: false`", "a pivot whose header names the months"
    for group in REQUIRED[layout.layout]:
        if not any(word in layout.columns for word in group):
            return "", f"`header: false` and no column for {group[0]}", f"`{group[0]}: ...` under `columns`"
    return None


def known_layouts(name: str, folder: Path, where: str = "layout") -> list[Layout]:
    """The layouts a name in a study may mean: a built-in, a file in `folder`, or for `auto` all of them."""
    if name in BUILT_IN:
        return [BUILT_IN[name]]
    if name == "auto":
        files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
        # A layout without header would fit any file: it is taken by name only.
        return [*(layout for layout in map(read_layout, files) if layout.header), *BUILT_IN.values()]
    stem = Path(name).name.removesuffix(".yaml")
    file = folder / f"{stem}.yaml"
    if not file.is_file() and (folder.parent / name).is_file():
        file = folder.parent / name
    if not file.is_file():
        raise InputError(
            where,
            f"the layout {name!r}",
            f"calls, monthly, pivot, auto or a file in {folder.name}/",
            f"write {stem}.yaml there, or choose another",
        )
    return [read_layout(file)]
