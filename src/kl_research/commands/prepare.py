"""What every command needs before it starts: the study, its data, its areas.

Ingest is skipped when nothing it reads has changed; what it left behind is described in `<processed>/ingest.json`,
so that a command with nothing to do never loads pandas.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kl_research.batch import keys
from kl_research.batch.lock import lock
from kl_research.batch.progress import tell
from kl_research.batch.state import read_json, write_json
from kl_research.commands.places_named import PARTS, check_places
from kl_research.terms.errors import InputError
from kl_research.terms.study import NOT_THE_APP, PUBLIC_FOLDER, Study

if TYPE_CHECKING:
    import pandas as pd

    from kl_research.findings.words.reader import Reader
    from kl_research.intake import Ingested

FILES = (
    "panel.parquet",
    "activity.parquet",
    "timing.parquet",
    "connections.parquet",
    "beside.parquet",
    "measures.parquet",
    "quality.json",
    f"{PUBLIC_FOLDER}/checksums.json",
)
# What the pages do not depend on: where they are put, and which of them there are.
NOT_IN_PAGES = {"out", "processed", "notebooks", "overview"}
RECEIPT = "receipt.html"
_ASIDE = ".ingest-"
_MOST_NOTED = 8
# What an area's folder or a region's page cannot be called: on Windows too, and where the site has files of its own.
_NO_NAME = re.compile(
    r""".*[<>:"/\\|?*#%].*|[. ].*|.*[. ]|(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?"""
    r"|overview|regions|national|.*\.(?:html|pdf|csv|json|parquet)",
    re.IGNORECASE,
)
_LONGEST = 150  # bytes: with a notebook's name and a suffix, no file system takes more than 255


@dataclass(frozen=True)
class Prepared:
    """A study with its data at hand: `areas` is code to name, `regions` code to region code, `parts` the names of
    administrations and unit types.

    `ingested` is None when the processed data on disk are still those of the raw files. `new_key` accepts another key
    of the noise than that of the last release.
    """

    study: Study
    key: dict[str, str]
    areas: dict[str, str]
    regions: dict[str, str]
    ingested: Ingested | None
    parts: dict[str, list[str]] = field(default_factory=dict)
    new_key: bool = False


def load_study(file: Path, language: str | None = None, edition: str | None = None) -> Study:
    """The study, with what the command line changes."""
    study = Study.load(file)
    study.read_events()  # a register that will be refused is refused before anything is written
    for name in (*study.notebooks, *study.overview):
        find_notebook(study, name)
    if language:
        study = study.with_changes(language=language)
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
    prepared = _prepare(study, fresh=fresh)
    check_places(study, prepared.areas, prepared.regions.values(), prepared.parts)
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


def _check_public(study: Study) -> None:
    """Refuse a public data set of which a file was changed or cut short since it was written."""
    from kl_research.disclosure.seals import check_published, noise_key
    from kl_research.intake.columns import pseudonyms

    check_published(study.processed_folder / PUBLIC_FOLDER, noise_key(pseudonyms.key(simulated=study.simulated)))


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
        elif code.casefold() in seen:
            found = f"{kind} called {seen[code.casefold()]!r}, and one called"
            expected = "names that differ in more than capital letters"
        else:
            seen[code.casefold()] = code
            continue
        shown = repr(code if len(code) <= 60 else f"{code[:57]}...")
        raise InputError(study.where("raw"), f"{found} {shown}", expected, "rename it in a copy of the export")


def kept_ingest(study: Study) -> Prepared | None:
    """What the last ingest left, current or not; None when it left nothing whole."""
    folder = study.processed_folder
    kept = read_json(folder / "ingest.json")
    if not isinstance(kept, dict) or not all((folder / name).is_file() for name in FILES):
        return None
    return Prepared(study, kept["key"], kept["areas"], kept["regions"], None, kept.get("parts", {}))


def read_or_take_panel(prepared: Prepared) -> pd.DataFrame:
    """The panel, from memory when it was just ingested, else from the processed folder."""
    from kl_research.terms.panel import read_panel

    if prepared.ingested is not None:
        return prepared.ingested.panel
    return read_panel(prepared.study.processed_folder)


def keep(prepared: Prepared) -> None:
    """`replace_data` under the study's lock: no batch in progress has its data changed under it."""
    if prepared.ingested is not None:
        with lock(private(prepared.study.processed_folder), prepared.study.file.name):
            replace_data(prepared)


def replace_data(prepared: Prepared) -> None:
    """What `prepare` ingested into the study's processed folder, aside first, then by renaming; the lock is held."""
    if prepared.ingested is None:
        return
    import tempfile

    from kl_research.intake import write_processed

    folder = private(prepared.study.processed_folder)
    (folder / "ingest.json").unlink(missing_ok=True)  # first: while files change, nothing is vouched for
    for killed in folder.glob(f"{_ASIDE}*"):
        shutil.rmtree(killed)
    with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=folder) as aside:
        write_processed(prepared.ingested, Path(aside))
        _write_numbers(prepared, Path(aside), folder)
        write_receipt(prepared, Path(aside) / RECEIPT)
        private(folder / PUBLIC_FOLDER)  # keeps the records of the public edition's runs
        for path in sorted(Path(aside).rglob("*.*")):
            path.replace(folder / path.relative_to(aside))
    content = {
        "key": prepared.key,
        "areas": prepared.areas,
        "regions": prepared.regions,
        "parts": prepared.parts,
    }
    write_json(folder / "ingest.json", content)


def write_receipt(prepared: Prepared, path: Path) -> None:
    """What came in, as a page for whoever runs the study."""
    from kl_research.findings.pages.receipt import receipt_page

    study, found = prepared.study, prepared.ingested
    assert found is not None
    page = receipt_page(found.quality, found.panel, study.title_in(study.language), _internal(study))
    path.write_text(page, encoding="utf-8", newline="\n")


def receipt_of(prepared: Prepared) -> list[str]:
    """The same as lines for a terminal."""
    from kl_research.findings.pages.receipt import receipt_lines

    assert prepared.ingested is not None
    return receipt_lines(prepared.ingested.quality, prepared.ingested.panel, _internal(prepared.study))


def _internal(study: Study) -> Reader:
    from kl_research.findings.words.reader import Reader

    return Reader(study.language, simulated=study.simulated)


def _write_numbers(prepared: Prepared, target: Path, before: Path) -> None:
    """All measures, made once: of the complete data, and the public data set; the key of the last release is kept."""
    from kl_research.adoption import LEVELS, measure_table
    from kl_research.commands.public_numbers import measure_spans, public_data
    from kl_research.disclosure.published import write_published
    from kl_research.disclosure.seals import check_fingerprint, noise_key, released_key
    from kl_research.intake.columns import pseudonyms

    study, found = prepared.study, prepared.ingested
    assert found is not None
    key = noise_key(pseudonyms.key(simulated=study.simulated))
    check_fingerprint(key, released_key(before / PUBLIC_FOLDER), new_key=prepared.new_key)
    tell("computing the measures")
    levels = [level for level in LEVELS[:3] if level != "region" or set(prepared.regions.values()) - {""}]
    measures = measure_table(found.panel, found.activity, levels=levels, periods=measure_spans(found.panel))
    measures.to_parquet(target / "measures.parquet", index=False)
    tell("computing the published numbers")
    write_published(public_data(found, key, study.read_events(), study.question), target / PUBLIC_FOLDER, key)
    write_json(target / PUBLIC_FOLDER / "quality.json", public_quality(found.quality))


def public_quality(quality: dict[str, Any]) -> dict[str, Any]:
    """The quality report without what would tell a count: rows by file, names and checksums of files."""
    rules = {
        part: sorted({rule for file in quality["files"] for rule in file[part]}) for part in ("dropped", "repaired")
    }
    decided = [{"layout": file["layout"], "decisions": file["decisions"]} for file in quality["files"]]
    kept = ("months", "states_inferred", "notes")
    return {"rules": rules, "files": decided, **{key: quality[key] for key in kept}}


def summary(prepared: Prepared) -> list[str]:
    """What an ingest made of the raw files: rows in, kept, dropped by rule; months, areas and their states; notes."""
    assert prepared.ingested is not None
    quality = prepared.ingested.quality
    dropped: Counter[str] = Counter()
    for file in quality["files"]:
        dropped.update(file["dropped"])
    rules = f" ({', '.join(f'{rule} {n:,}' for rule, n in dropped.most_common())})" if dropped else ""
    rows, months, files, areas = quality["rows"], quality["months"], len(quality["files"]), len(prepared.areas)
    states = ", ".join(f"{n:,} {state}" for state, n in quality["states"].items())
    lines = [
        f"{files} file{'s' if files > 1 else ''}: {rows['in']:,} rows in, {rows['kept']:,} kept,"
        f" {rows['dropped']:,} dropped{rules}",
        f"{months['first']} to {months['last']}, {areas} area{'s' if areas > 1 else ''}; months: {states}"
        + (" (inferred: no connections file)" if quality["states_inferred"] else ""),
    ]
    return lines + _notes(quality["notes"])


def _notes(notes: list[str]) -> list[str]:
    """Notes as codes, a line for those of one kind: what each is about, the first few of many."""
    about: dict[str, list[str]] = {}
    for one in notes:
        code, _, what = one.partition(":")
        about.setdefault(code, []).append(what)
    lines = []
    for code, things in about.items():
        shown = ", ".join(thing for thing in things[:_MOST_NOTED] if thing)
        more = f" and {len(things) - _MOST_NOTED} more" if len(things) > _MOST_NOTED else ""
        lines.append(f"note: {code}{f' ({shown}{more})' if shown else ''}")
    return lines


def private(folder: Path) -> Path:
    """A folder made when it is not there, and closed to everybody but its owner."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


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


def choose(prepared: Prepared, only: list[str], region: str | None) -> list[str]:
    """The areas a command is about; raises `InputError` for a code the data do not have."""
    for code in only:
        if code not in prepared.areas:
            raise InputError("--only", repr(code), "a code in the data, such as 461", _advice(code, prepared.areas))
    if region is not None and region not in prepared.regions.values():
        known = ", ".join(sorted(set(prepared.regions.values()) - {""})) or "none: these areas have no regions"
        raise InputError("--region", repr(region), f"one of: {known}", "give the region's code")
    chosen = [code for code in prepared.areas if not only or code in only]
    return [code for code in chosen if region is None or prepared.regions[code] == region]


def _advice(written: str, areas: dict[str, str]) -> str:
    """What to write instead: "Odense is 461"."""
    from kl_research.terms.municipalities import fold, lookup

    code = next((code for code, name in areas.items() if fold(name) == fold(written)), "")
    with suppress(InputError):
        code = code or lookup(written)
    return f"{areas[code]} is {code}" if code in areas else "codes are separated by commas"


def find_notebook(study: Study, name: str) -> Path:
    """A notebook by name: beside the study's folder first, then the ones that came with the package."""
    package = Path(__file__).resolve().parents[1]
    folders = [study.path("../notebooks"), package / "notebooks", package.parents[1] / "notebooks"]
    for folder in folders:
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb"
    known = sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
    near = get_close_matches(name, known, 1)
    where = study.where("notebooks" if name in study.notebooks else "overview")
    expected = f"{name}.ipynb in {folders[0]}, or one of {', '.join(known)}"
    raise InputError(where, f"no notebook {name!r}", expected, f"did you mean {near[0]}?" if near else "write one")
