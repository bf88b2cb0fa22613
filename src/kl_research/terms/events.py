"""The event register: interventions, changes of the instrument, and context, as people remember them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from kl_research.terms import months, municipalities, register_file, yaml_model
from kl_research.terms.errors import InputError
from kl_research.terms.yaml_model import as_input_error

Kind = Literal["intervention", "measurement", "context"]
Type = Literal[
    "leader_meeting",
    "gp_meeting",
    "klu_meeting",
    "reimplementation",
    "boost",
    "poster",
    "webinar",
    "release",
    "onboarding",
    "lighthouse",
    "agreement",
    "support_start",
    "support_end",
    "report",
    "other",
]
Impact = Literal["step", "step_and_slope", "pulse", "ramp"]
Outcome = Literal["calls", "completed", "active_units", "active_providers"]
Code = Annotated[str, Field(min_length=1)]

_DAY = rf"{months.PATTERN}(-(0[1-9]|[12]\d|3[01]))?"
DATE_PATTERN = rf"^{_DAY}(/{_DAY})?$"


class Event(BaseModel):
    """One entry of the register; the fields are those of the register file.

    Months are derived once, here: `first_month` and `last_month` of the date (equal unless it is a window),
    `post_start` (first month that counts as after) and `pre_end` (last month that counts as before).

    Raises `InputError` through `read_events`, pydantic's ValidationError when made by hand.

    Examples
    --------
    >>> event = Event(id="meeting", kind="intervention", type="gp_meeting", national=True, date="2025-01", source="x")
    >>> event.pre_end, event.post_start
    ('2024-12', '2025-02')
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
    kind: Kind
    type: Type
    municipalities: list[Code] = []
    regions: list[Code] = []
    national: bool = False
    administration: str | None = None
    unit_type: str | None = None
    date: Annotated[str, Field(pattern=DATE_PATTERN)] | None
    roll_in_months: Annotated[int, Field(ge=0, le=24)] | None = None
    anticipation_months: Annotated[int, Field(ge=0, le=24)] = 0
    until: Annotated[str, Field(pattern=f"^{months.PATTERN}$")] | None = None
    impact: Impact = "step"
    outcome: Outcome | None = None
    measurement_share: Annotated[float, Field(ge=0, le=1)] | None = None
    expected: Literal["increase", "decrease", "unknown"] = "unknown"
    title: dict[Literal["da", "en"], str] = {}
    tags: list[str] = []
    quote: str | None = None
    source: Annotated[str, Field(min_length=1)]

    _register: EventRegister | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _agree(self) -> Event:
        named = [bool(self.municipalities), bool(self.regions), self.national]
        if sum(named) != 1:
            raise ValueError("give exactly one of municipalities, regions, national: true")
        for day in (self.date or "").split("/"):
            if len(day) == 10 and not _exists(day):
                raise ValueError(f"no such day as {day} under `date`")
        if self.date and "/" in self.date and self.first_month > self.last_month:
            raise ValueError("the window in `date` ends before it begins")
        if self.until and not self.date:
            raise ValueError("`until` without `date`")
        if self.until and self.until < self.first_month:
            raise ValueError("`until` lies before `date`")
        return self

    @property
    def dated(self) -> bool:
        """Whether the date is known, at least as a window."""
        return self.date is not None

    @property
    def first_month(self) -> str:
        """The month of the date, or the first month of its window."""
        return self._dates()[0][:7]

    @property
    def last_month(self) -> str:
        """The month of the date, or the last month of its window."""
        return self._dates()[1][:7]

    @property
    def post_start(self) -> str:
        """The first month that counts as after: a month known only as such, or begun before, is mixed."""
        first, last = self._dates()
        if self.roll_in_months is not None:
            least = 1 if first != last else 0
            return months.shift(last[:7], max(self.roll_in_months, least))
        if self.impact == "pulse":
            return first[:7]
        return last[:7] if first == last and last.endswith("-01") and len(last) == 10 else months.shift(last[:7], 1)

    @property
    def pre_end(self) -> str:
        """The last month that counts as before."""
        return months.shift(self.first_month, -1 - self.anticipation_months)

    def _dates(self) -> tuple[str, str]:
        if self.date is None:
            raise ValueError(f"event {self.id} has no date")
        first, _, last = self.date.partition("/")
        return first, last or first

    def touches(self, code: str, region: str) -> bool:
        """Whether the event takes place in a municipality of a region; national events touch all."""
        return self.national or code in self.municipalities or region in self.regions

    def others(self) -> list[Event]:
        """The other entries of the register this event was read from; none when it stands alone."""
        return [] if self._register is None else [event for event in self._register.values() if event.id != self.id]


def _exists(day: str) -> bool:
    try:
        return bool(date.fromisoformat(day))
    except ValueError:
        return False


class _NoSuchEvent(InputError, KeyError):
    """An id that is not in the register; a KeyError too, as `in` and `get` of a mapping expect."""


class EventRegister(Mapping[str, Event]):
    """Events by id, in the order of the file.

    A mapping: `register["id"]` is an `Event`, or raises `InputError` with the ids that are nearest.

    Examples
    --------
    >>> event = Event(id="meeting", kind="intervention", type="gp_meeting", national=True, date="2025-01", source="x")
    >>> register = EventRegister([event])
    >>> list(register), "other" in register
    (['meeting'], False)
    >>> register["meting"]
    Traceback (most recent call last):
    kl_research.terms.events._NoSuchEvent: register: found no event 'meting'; expected an id of the register. Did
    you mean meeting?
    """

    def __init__(self, events: list[Event]) -> None:
        self._events = {event.id: event for event in events}
        for event in events:
            event._register = self

    def __getitem__(self, key: str) -> Event:
        if key not in self._events:
            near = get_close_matches(str(key), self._events, 1) or list(self._events)[:5]
            raise _NoSuchEvent(
                "register", f"no event {key!r}", "an id of the register", f"did you mean {', '.join(near)}?"
            )
        return self._events[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __repr__(self) -> str:
        return f"<{len(self)} events>"  # an address would make every executed notebook another file


def read_events(path: str | Path, municipalities: str = "denmark") -> EventRegister:
    """Read and check a register file; returns an `EventRegister`.

    Parameters
    ----------
    path : str | Path
        The register, a YAML file.
    municipalities : Literal['denmark', 'free'], default 'denmark'
        Which codes are known: those of Denmark, or any ("free").

    Returns
    -------
    EventRegister
        The events by id, in the order of the file.

    Raises
    ------
    InputError
        With the line number for an unknown key, an impossible date, an unknown municipality, an unquoted code, two
        identical ids, or an `until` before its `date`.

    Examples
    --------
    >>> read_events("params/events/demo.yaml")["odense-leader-meeting"].date
    '2025-01'
    """
    entries, lines, base, name = register_file.read(Path(path), "events")
    events: list[Event] = []
    for i, entry in enumerate(entries):
        at = (*base, i)
        event = _event(entry, at, lines, name)
        if any(event.id == earlier.id for earlier in events):
            where = f"{name}, line {lines[(*at, 'id')]}"
            first = next(k for k, earlier in enumerate(events) if earlier.id == event.id)
            found = f"the id {event.id!r} a second time, first in line {lines[(*base, first, 'id')]}"
            raise InputError(where, found, "each id once", "rename one of the two")
        if municipalities != "free":
            _check_codes(event, at, lines, name)
        events.append(event)
    return EventRegister(events)


def _event(entry: dict[str, Any], at: tuple[str | int, ...], lines: yaml_model.Lines, name: str) -> Event:
    try:
        return Event.model_validate(entry)
    except ValidationError as error:
        told = as_input_error(error, name, lines, at, Event)
    raise InputError(f"{told.where}{_named(entry.get('id'))}", told.found, told.expected, told.cure)


def _named(id_: Any) -> str:
    """The entry's id, so that it is found after lines have moved."""
    return f", event {id_!r}" if isinstance(id_, str) and 0 < len(id_) <= 80 else ""


def _check_codes(event: Event, at: tuple[str | int, ...], lines: yaml_model.Lines, name: str) -> None:
    known = {"municipalities": municipalities.codes(), "regions": list(municipalities.REGION_NAMES)}
    for key, all_codes in known.items():
        for k, code in enumerate(getattr(event, key)):
            if code not in all_codes:
                where = f"{name}, line {lines.get((*at, key, k), lines[at])}, event {event.id!r}"
                raise InputError(where, f"{code!r} under {key}", "a code of the register", _advice(key, code))


def _advice(key: str, written: str) -> str:
    """What to write instead, for a place given by name: Odense is "461"."""
    if key == "regions":
        own = municipalities.fold(written).removeprefix("region").strip()
        named = {code: name for code, name in municipalities.REGION_NAMES.items() if own in municipalities.fold(name)}
        code, name = next(iter(named.items())) if len(named) == 1 else ("", "")
        return f'{name} is "{code}"' if code else 'codes are text, such as "1083"'
    try:
        code = municipalities.lookup(written)
    except InputError:
        return 'codes are text, such as "461"'
    return f'{municipalities.name(code)} is "{code}"'
