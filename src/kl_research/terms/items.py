"""What a user group follows up: inquiries, change requests, promises, papers. Nothing here moves the numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kl_research.terms import municipalities, register_file
from kl_research.terms.errors import InputError
from kl_research.terms.yaml_model import as_input_error

ItemKind = Literal[
    "inquiry",
    "change_request",
    "agreement",
    "guide",
    "statistics",
    "poster",
    "report",
    "article",
    "meeting",
    "other",
]
Status = Literal["open", "on_hold", "done", "dropped"]
DAY_PATTERN = r"^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


class Item(BaseModel):
    """One thing to follow up; the fields are those of the register file under `items`.

    `owner` is a role or an organisation, never a person; None: nobody has taken it on.

    Examples
    --------
    >>> item = Item(id="g", kind="guide", title={"da": "x"}, owner="MedCom", due="2025-10-28", source="x")
    >>> item.overdue("2025-10-28"), item.overdue("2025-10-29")
    (False, True)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
    kind: ItemKind
    title: Annotated[dict[Literal["da", "en"], Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    owner: Annotated[str, Field(min_length=1)] | None = None
    status: Status = "open"
    due: Annotated[str, Field(pattern=DAY_PATTERN)] | None = None
    link: Annotated[str, Field(pattern=r"^https?://[^\s\"<>]+$")] | None = None
    municipalities: list[Annotated[str, Field(min_length=1)]] = []
    regions: list[Annotated[str, Field(min_length=1)]] = []
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _agree(self) -> Item:
        if self.due is not None:
            try:
                date.fromisoformat(self.due)
            except ValueError:
                raise ValueError(f"no such day as {self.due} under `due`") from None
        return self

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in ("done", "dropped")

    def overdue(self, day: str) -> bool:
        """Whether it should have been settled before a day."""
        return self.due is not None and self.due < day and not self.settled

    def title_in(self, language: str) -> str:
        """The title in a language, or in the one there is."""
        told = [text for code, text in self.title.items() if code == language]
        return (told or list(self.title.values()))[0]


def read_items(path: str | Path, known: str = "denmark") -> list[Item]:
    """The items of a register file, in its order; none where it is a list of events alone.

    Raises `InputError` with the line for an unknown key, status or kind, a day that does not exist, or an id twice.

    Examples
    --------
    >>> [item.id for item in read_items("params/events/demo.yaml") if item.kind == "statistics"]
    ['statistics-midtjylland', 'statistics-on-request']
    """
    entries, lines, base, name = register_file.read(Path(path), "items")
    items: list[Item] = []
    for i, entry in enumerate(entries):
        where = (*base, i)
        try:
            item = Item.model_validate(entry)
        except ValidationError as error:
            raise as_input_error(error, name, lines, where, Item) from None
        line = f"{name}, line {lines[where]}"
        if any(item.id == earlier.id for earlier in items):
            raise InputError(line, f"the id {item.id!r} a second time", "each id once", "rename one of the two")
        if known != "free":
            _check_codes(item, line)
        items.append(item)
    return items


def _check_codes(item: Item, where: str) -> None:
    for key, codes in (
        ("municipalities", municipalities.codes()),
        ("regions", list(municipalities.REGION_NAMES)),
    ):
        for code in getattr(item, key):
            if code not in codes:
                raise InputError(where, f"{code!r} under {key}", "a code of the register", 'codes are text, as "461"')
