"""What every command needs before it starts: the study, its data, its areas.

Ingest is skipped when nothing it reads has changed; what it left behind is described in `<processed>/ingest.json`,
so that a command with nothing to do never loads pandas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from kl_research.batch import keys
from kl_research.batch.progress import tell
from kl_research.commands.data.chosen import find_notebook
from kl_research.commands.data.kept import Prepared, check_processed, kept_ingest
from kl_research.commands.data.places_named import PARTS, check_places
from kl_research.terms.errors import InputError
from kl_research.terms.study import NOT_THE_APP, PUBLIC_FOLDER, Study

if TYPE_CHECKING:
    from kl_research.intake import Ingested

# What the pages do not depend on: where they are put, and which of them there are.
NOT_IN_PAGES = {"out", "processed", "notebooks", "overview", "contradictions", "half"}
# What an area's folder or a region's page cannot be called: on Windows too, and where the site has files of its own.
_NO_NAME = re.compile(
    r""".*[<>:"/\\|?*#%].*|[. ].*|.*[. ]|(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?"""
    r"|overview|regions|national|.*\.(?:html|pdf|csv|json|parquet)",
    re.IGNORECASE,
)
# Letters of the Cyrillic and the Greek alphabet that nobody tells from Latin ones.
_LOOK_ALIKE = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd",
    "ABEKMHOPCTYXaeopcyxijsABEZHIKMNOPTYXov",
)
_LONGEST = 150  # bytes: with a notebook's name and a suffix, no file system takes more than 255


def load_study(file: Path, language: str | None = None, edition: str | None = None, half: str | None = None) -> Study:
    """The study, with what the command line changes."""
    study = Study.load(file)
    study.read_events()  # a register that will be refused is refused before anything is written
    for name in (*study.notebooks, *study.overview):
        find_notebook(study, name)
    if language:
        study = study.with_changes(language=language)
    if half:
        study = study.with_changes(half=half)
    if edition:
        study = study.with_changes(disclosure=study.disclosure.model_copy(update={"edition": edition}))
    if study.primary != "auto":  # the registry of designs loads the statistics, which most commands need not
        from kl_research.effects.designs.registry import check_declared

        check_declared(study.primary, study.where("primary"))
    if study.disclosure.edition == "own":
        expected, cure = (
            "public or internal",
            "name a folder under `own:`, they are made beside the public",
        )
        raise InputError(study.where("disclosure"), "edition own", expected, cure)
    if study.disclosure.edition == "public":
        _check_titles(study)
    return study


def _check_titles(study: Study) -> None:
    """Refuse a title that the publication gate would withhold its pages for, after all the runs."""
    told = {study.where("title"): study.title_in(study.language)}
    for event in study.read_events().values():
        title = event.title.get(study.language) or event.title.get("da", "")
        told[f"{study.events}, event {event.id!r}, title"] = title
    for where, title in told.items():
        if NOT_THE_APP.search(title):
            expected, cure = (
                "a title that a public page may have",
                "write Kontakt Læge-appen, or Kommunernes Landsforening",
            )
            raise InputError(where, repr(title), expected, cure)


def prepare(study: Study, *, fresh: bool = False, new_key: bool = False) -> Prepared:
    """Ingest the study's raw files, or take what an earlier ingest left when nothing it reads has changed.

    What was left is checked where it will be published: a file of the public data set that was changed is refused.
    Raises `InputError` also for an event of an area that the data do not have.
    """
    check_processed(study)
    prepared = _prepare(study, fresh=fresh)
    check_places(study, prepared.areas, prepared.regions.values(), prepared.parts)
    if study.half:
        _check_half(prepared, study.half)
    return replace(prepared, new_key=new_key)


def _prepare(study: Study, *, fresh: bool) -> Prepared:
    kept = None if fresh else kept_ingest(study)
    if kept is not None and kept.key == ingest_key(study):
        if study.disclosure.edition == "public":
            _check_public(study)
        return kept
    tell("reading the raw files")
    from kl_research.intake import ingest
    from kl_research.terms.panel import area_name, area_region

    if study.simulated:
        _check_simulated(study)
    found = ingest(study)
    panel = found.panel
    _check_columns(study, found)
    last = f"{panel['month'].max():%Y-%m}"
    codes = sorted(set(panel["municipality"]))
    areas = {code: area_name(panel, code) for code in codes}
    regions = {code: area_region(panel, code, last) for code in codes}
    _check_names(study, "an area", areas)
    _check_names(study, "a region", set(regions.values()) - {""})
    parts = {key: sorted(set(found.activity[key]) - {""}) for key in PARTS}
    return Prepared(study, ingest_key(study), areas, regions, found, parts)


def _check_half(prepared: Prepared, half: str) -> None:
    """Refuse a half-year that the data do not hold whole, with the same half-year before it."""
    from kl_research.adoption import half_years
    from kl_research.findings.statements.above import last_half_years
    from kl_research.terms.panel import read_panel

    study, found = prepared.study, prepared.ingested
    panel = found.panel if found is not None else read_panel(study.processed_folder)
    first, last = (f"{panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    names = [f"{start[:4]}H{1 if start.endswith('-01') else 2}" for start, _ in half_years(first, last)]
    there = [name for name in names if last_half_years(first, last, name) is not None]
    if half not in there:
        expected = (
            f"one of {', '.join(there)}" if there else "data of two half-years a year apart, which are not here"
        )
        raise InputError(study.where("half"), repr(half), expected, "name one of these, or none for the last")


def _check_public(study: Study) -> None:
    """Refuse a public data set of which a file was changed or cut short since it was written."""
    from kl_research.disclosure.seals import check_published, noise_key
    from kl_research.terms.user_key import user_key

    check_published(study.processed_folder / PUBLIC_FOLDER, noise_key(user_key(simulated=study.simulated)))


def _check_simulated(study: Study) -> None:
    """Refuse `simulated: true` for files that `simulate` did not make: the key of simulated studies is public.

    `simulate` writes a card beside each file, with the file's checksum.
    """
    for path in _made_by_simulate(study):
        card = path.with_name(f"{path.name}.kilde.yaml")
        made = card.is_file() and f"sha256: {keys.digest_file(path)}" in card.read_text(encoding="utf-8")
        if not made:
            expected = "a file that `kl-research simulate` made, with its card beside it"
            cure = "leave `simulated` out: the noise of simulated studies is known to everybody"
            raise InputError(study.where("simulated"), f"`simulated: true`, and {path.name}", expected, cure)


def _made_by_simulate(study: Study) -> list[Path]:
    others = [study.path(other.path) for other in study.other_channels if other.path]
    return [*(path for path, _ in study.raw_files()), *others]


def _check_columns(study: Study, found: Ingested) -> None:
    """Refuse an offset that is no number of the data, and channels where no file tells any."""
    panel, activity = found.panel, found.activity
    numbers = sorted(map(str, panel.select_dtypes("number")))
    if study.offset and study.offset not in numbers:
        expected = f"a number that the data have: {', '.join(numbers)}"
        raise InputError(
            study.where("offset"), repr(study.offset), expected, "name one of these, or leave `offset` out"
        )
    if study.channels and len(activity) and not (activity["channel"] != "").any():
        expected, cure = "a column of channels in the data", "leave `channels` out, or map the column in a layout"
        raise InputError(study.where("channels"), f"{study.channels[0]!r}, and no channels", expected, cure)


def _check_names(study: Study, kind: str, codes: Iterable[str]) -> None:
    """Refuse names that cannot be a folder or a page: findings are written where an area's name in the data says."""
    seen: dict[str, str] = {}
    for code in sorted(codes):
        if _NO_NAME.fullmatch(code) or not code.isprintable() or len(code.encode()) > _LONGEST:
            found = f"{kind} called"
            expected = (
                f"a name for a folder: at most {_LONGEST} bytes, none of / \\ : < > | ? * # % and quotation marks"
            )
        elif (looks := _looks(code)) in seen:
            found = f"{kind} called {seen[looks]!r}, and one called"
            expected = "names that differ in more than capital letters or look-alikes of another alphabet"
        else:
            seen[looks] = code
            continue
        shown = repr(code if len(code) <= 60 else f"{code[:57]}...")
        raise InputError(study.where("raw"), f"{found} {shown}", expected, "rename it in a copy of the export")


def _looks(name: str) -> str:
    """What a name looks like: letters of other alphabets and widths as the Latin ones they resemble.

    >>> _looks("\u041edense") == _looks("\uff2fdense") == _looks("ODENSE"), _looks("Århus")
    (True, 'århus')
    """
    return normalize("NFKC", name).translate(_LOOK_ALIKE).casefold()


def ingest_key(study: Study) -> dict[str, str]:
    """What an ingest depends on, by part: raw files, files beside them, study keys, project source, versions."""
    raw = [(path.name, layout, keys.digest_file(path)) for path, layout in study.raw_files()]
    named = (study.connections, study.denominators, study.corrections, study.clinics)
    beside = [study.path(name) for name in named if name]
    beside += [study.path(other.path) for other in study.other_channels if other.path]
    beside += sorted(study.path("layouts").glob("*.yaml"))  # `auto` may choose any of them
    beside += [study.path(raw.layout) for raw in study.raw if is_file(raw.layout)]
    asked = study.model_dump(
        mode="json", exclude=NOT_IN_PAGES | {"language", "disclosure", "events", "title", "publisher"}
    )
    return {
        "raw files": keys.digest(raw),
        "files beside them": keys.digest_files(beside),
        "study": keys.digest(asked),
        "dates of events": keys.digest(_dates(study)),
        "code": keys.digest_source(),
        "versions": keys.digest(keys.versions()),
    }


def _dates(study: Study) -> list[dict[str, object]]:
    """What of the register decides the windows of the public data."""
    deciding = {"id", "kind", "municipalities", "regions", "national", "date", "until", "impact"}
    deciding |= {"roll_in_months", "anticipation_months"}
    return [event.model_dump(mode="json", include=deciding) for event in study.read_events().values() if event.dated]


def is_file(layout: str) -> bool:
    """Whether a layout is named by its file."""
    return "/" in layout or layout.endswith((".yaml", ".yml"))
