"""The study file: what goes in, what is asked, what comes out; strict, so that nothing is silently ignored."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, Literal
from unicodedata import normalize

from pydantic import BaseModel, Field, PrivateAttr, field_validator, model_validator

from kl_research.terms import yaml_model
from kl_research.terms.errors import InputError
from kl_research.terms.events import EventRegister, Outcome, read_events
from kl_research.terms.items import Item, read_items
from kl_research.terms.municipalities import codes
from kl_research.terms.question import Question
from kl_research.terms.study_parts import (
    STRICT,
    Disclosure,
    FilePath,
    Language,
    Limits,
    Name,
    OtherChannel,
    Period,
    Publisher,
    Raw,
    Titles,
)
from kl_research.terms.yaml_model import read_model

DEMO = "demo"  # a name in place of a file
_SOURCE = Path(__file__).resolve().parents[3]  # the source tree, where this is not an installed package

PUBLIC_FOLDER, PUBLIC_SEALS = "public", "checksums.json"  # the public data set within the processed data
OWN_MARK = "own.json"  # marks the data of one municipality's own edition


HalfYear = Annotated[str, Field(pattern=r"^20\d\dH[12]$")]


class Study(BaseModel):
    """A study, loaded from its file by `Study.load`; paths are relative to that file.

    The keys are those of the study file. Raises `InputError` naming line, key and cure (`load`).

    Examples
    --------
    >>> study = Study.load("params/demo.yaml")
    >>> study.study, study.pre_months
    ('demo', 24)
    >>> study.processed_folder.name
    'demo'
    """

    model_config = STRICT

    study: Name
    title: Titles
    simulated: bool = False
    raw: Annotated[list[Raw], Field(min_length=1)]
    channels: Annotated[list[str], Field(min_length=1)] | None = None
    other_channels: list[OtherChannel] = []  # shown beside the calls, never added to them
    municipalities: str = "denmark"  # denmark, free, or the code of the one municipality whose files these are
    areas_named: dict[Annotated[str, Field(min_length=1)], Annotated[str, Field(min_length=1)]] = {}
    connections: FilePath | None = None
    denominators: FilePath | None = None
    offset: str | None = None
    period: Period = Period()
    completed_seconds: Annotated[int, Field(ge=0, le=86400)] = 60
    outcome: Outcome = "calls"
    events: FilePath | None = None
    pre_months: Annotated[int, Field(ge=3, le=120)] = 24
    post_months: Annotated[int, Field(ge=3, le=120)] = 12
    equivalence_band: Annotated[list[float], Field(min_length=2, max_length=2)] = [0.8, 1.25]
    # auto: chosen by rule from the period before; a declared design answers for every event, or says why it cannot.
    primary: str = "auto"
    corrections: FilePath | None = None
    clinics: FilePath | None = None
    notebooks: list[Name] = ["data_quality", "adoption", "intervention_effect"]
    overview: list[Name] = ["all_municipalities"]
    half: HalfYear | None = None  # the half-year of the regions' packs; the last whole one where none is named
    language: Language = "da"
    disclosure: Disclosure = Disclosure()
    own: FilePath | None = None
    since: FilePath | None = None
    # Sentences that cannot both be true: stop the publication, or publish and say so on every page.
    contradictions: Literal["refuse", "mark"] = "refuse"
    publisher: Publisher | None = None
    limits: Limits = Limits()
    seed: Annotated[int, Field(ge=0)] = 1
    processed: FilePath | None = None
    out: FilePath

    _file: Path = PrivateAttr(default=Path("study.yaml"))
    _lines: yaml_model.Lines = PrivateAttr(default_factory=dict)

    @field_validator("municipalities", mode="before")
    @classmethod
    def _is_a_register(cls, given: Any) -> Any:
        if isinstance(given, list):
            raise ValueError(f"a list of areas, where a register is named: {_chosen_by_only(given)}")
        if isinstance(given, str) and given not in ("denmark", "free", *codes()):
            raise ValueError(f"`municipalities: {given}`, which is no register and no code: {_of_one(given)}")
        return given

    @model_validator(mode="after")
    def _agree(self) -> Study:
        low, high = self.equivalence_band
        if not 0 < low < 1 < high:
            raise ValueError("an `equivalence_band` that does not hold one number below 1 and one above")
        if self.beside & set(self.channels or []):
            raise ValueError("a channel under both `channels` and `other_channels`")
        if self.period.start and self.period.end and self.period.start > self.period.end:
            raise ValueError("a `period` that ends before it starts")
        if self.municipalities != "free" and (unknown := set(self.areas_named.values()) - set(codes())):
            raise ValueError(f"`areas_named` with {sorted(unknown)[0]!r}, which is no code of a municipality")
        return self

    @classmethod
    def load(cls, path: str | Path) -> Study:
        """Read and check a study file; raises `InputError` naming line, key and cure.

        `demo` is the study that comes along: the nearest `params/demo.yaml` in the working folder or above it, else
        that of the source tree.
        """
        file = _demo_file() if str(path) == DEMO else Path(path)
        study, lines = read_model(file, cls, "a study file", "`kl-research new` writes one to fill in")
        study._file, study._lines = file.absolute(), lines
        if study.processed_folder.is_relative_to(study.out_folder):
            raise InputError(
                study.where("processed"),
                "`processed` inside `out`",
                "two separate folders",
                "processed data are never published",
            )
        return study

    @property
    def alone(self) -> str:
        """The code of the one municipality that the study is about; empty for a study of several."""
        return "" if self.municipalities in ("denmark", "free") else self.municipalities

    @property
    def beside(self) -> frozenset[str]:
        """The values of the channel column that are counted as series of their own."""
        return frozenset(value for other in self.other_channels for value in other.channels or [])

    @property
    def file(self) -> Path:
        """The study file itself."""
        return self._file

    def where(self, *key: str | int) -> str:
        """A key of the study file for an error: its name and line, "demo.yaml, line 6, raw"."""
        line = self._lines.get(key)
        return f"{self._file.name}{f', line {line}' if line else ''}, {key[0]}"

    def path(self, text: str) -> Path:
        """A path of the study file as an absolute one."""
        return Path(os.path.realpath(self._file.parent / text))  # which a loop of links does not stop

    @property
    def out_folder(self) -> Path:
        """Where findings go."""
        return self.path(self.out)

    @property
    def processed_folder(self) -> Path:
        """Where the complete internal data go."""
        return self.path(self.processed or f"processed-{self.study}")

    @property
    def data_folder(self) -> Path:
        """What pages and notebooks of the study's edition read: the complete data, or the public data set in it."""
        folder = self.processed_folder
        marked = any((folder / mark).is_file() for mark in (PUBLIC_SEALS, OWN_MARK))
        if self.disclosure.edition == "internal" or marked:
            return folder
        return folder / PUBLIC_FOLDER

    @property
    def question(self) -> Question:
        """What the study asks of every event, for `kl.evaluate` and the designs."""
        low, high = self.equivalence_band
        return Question(self.outcome, self.pre_months, self.post_months, (low, high), self.offset, self.seed)

    def read_events(self) -> EventRegister:
        """The study's event register, empty when it names none."""
        if self.events is None:
            return EventRegister([])
        return read_events(self.path(self.events), self.municipalities)

    def read_items(self) -> list[Item]:
        """What the register says is to be followed up, none when the study names no register."""
        return [] if self.events is None else read_items(self.path(self.events), self.municipalities)

    def raw_files(self) -> list[tuple[Path, str]]:
        """Every raw file with its layout: list order, then sorted names; raises `InputError` when none is found."""
        return [(path, raw.layout) for path, raw in self.raw_entries()]

    def raw_entries(self) -> list[tuple[Path, Raw]]:
        """Every raw file with the entry of the study that names it, in the order of `raw_files`."""
        found: list[tuple[Path, Raw]] = []
        for i, raw in enumerate(self.raw):
            matches = self._matches(raw)
            if not matches:
                cure = "check the path; it is relative to the study file"
                if "[" in raw.path:
                    cure += ", and brackets in it stand for one of the letters between them"
                elif self.path(raw.path).is_dir():
                    cure = f"this is a folder: name the files in it, as {raw.path.rstrip('/')}/*.csv does"
                raise InputError(self.where("raw", i), f"no file {raw.path}", "an existing file or pattern", cure)
            found += [(match, raw) for match in matches]
        return found

    def pins(self) -> dict[Path, str]:
        """The raw files that the study pins to one content, with its hash; raises when a pin names several files."""
        found: dict[Path, str] = {}
        for i, raw in enumerate(self.raw):
            if not raw.sha256:
                continue
            matches = self._matches(raw)
            if len(matches) > 1:
                where, cure = self.where("raw", i), "name the one export that is pinned"
                raise InputError(where, f"a pin on {len(matches)} files", "a pin on one file", cure)
            found |= {match: str(raw.sha256) for match in matches}
        return found

    def _matches(self, raw: Raw) -> list[Path]:
        """The file of that very name, brackets and all, else those that fit it as a pattern, sorted."""
        written = Path(raw.path)
        folder = self.path(str(written.parent))
        if (folder / written.name).is_file():
            return [folder / written.name]
        # Some systems store å as two characters: names are compared as they are read.
        pattern = normalize("NFC", written.name)
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in inside if fnmatch(normalize("NFC", path.name), pattern) and path.is_file()]

    def title_in(self, lang: str) -> str:
        """The title in a language, else in the one there is."""
        titles = {str(key): words for key, words in self.title.items()}
        return titles.get(lang) or next(iter(titles.values()))

    def with_changes(self, **changes: Any) -> Study:
        """The same study with some keys replaced, as `--language` or `--edition` do."""
        changed = self.model_copy(update=changes)
        changed._file, changed._lines = self._file, self._lines
        return changed


def _demo_file() -> Path:
    here = Path.cwd()
    if Path(DEMO).is_file():
        return Path(DEMO)
    for folder in (here, *here.parents, _SOURCE):
        if (folder / "params" / "demo.yaml").is_file():
            return folder / "params" / "demo.yaml"
    expected = "a folder that `kl-research demo` has written, or one below it"
    raise InputError(
        DEMO, "no params/demo.yaml from here upwards", expected, "run `kl-research demo`, or name a study"
    )


def _of_one(written: str) -> str:
    """What to write instead, with the code of a municipality given by name."""
    from kl_research.terms.municipalities import lookup, name

    try:
        code = lookup(written)
    except InputError:
        return 'write `denmark`, `free`, or the code of one municipality in quotes, such as "461"'
    return f'write "{code}" for {name(code)} alone'


def _chosen_by_only(names: list[Any]) -> str:
    """How areas are chosen instead, with the code of a municipality given by name."""
    from kl_research.terms.municipalities import lookup, name

    try:
        code = lookup(str(names[0]))
    except (InputError, IndexError):
        return "write `denmark`, and choose areas with --only"
    return f"{name(code)} is {code}; write `denmark`, and choose it with --only {code}"


NOT_THE_APP = re.compile(r"(?<![\w-])KL(?![\w-])")
