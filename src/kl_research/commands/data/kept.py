"""What an ingest leaves in the processed folder, and how later commands find it."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kl_research.batch.lock import lock
from kl_research.batch.progress import tell
from kl_research.batch.state import read_json, write_json
from kl_research.terms.errors import InputError
from kl_research.terms.study import PUBLIC_FOLDER, Study

if TYPE_CHECKING:
    import pandas as pd

    from kl_research.findings.words.reader import Reader
    from kl_research.intake import Ingested
    from kl_research.terms.question import Question

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
RECEIPT = "receipt.html"
# Any of these shows that a folder of processed data is ours; the lock is there first.
_OURS = {*FILES, RECEIPT, "ingest.json", ".lock"}
_ASIDE = ".ingest-"
_MOST_NOTED = 8


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


def check_processed(study: Study) -> None:
    """Refuse a folder for the processed data that holds other things: it is closed to everybody but its owner."""
    folder = study.processed_folder.resolve()
    if not folder.exists():
        return
    where, expected = study.where("processed"), "a folder of its own"
    if not folder.is_dir():
        raise InputError(where, f"{study.processed}: a file", expected, "name a new folder")
    mine = [study.file.resolve(), *(path.resolve() for path, _ in study.raw_files())]
    held = any(path.is_relative_to(folder) for path in mine)
    inside = {path.name for path in folder.iterdir() if not path.name.startswith(".")}  # .gitkeep, ours put aside
    if held or (inside and not inside & _OURS):
        found = "the folder of the study or its raw files" if held else "a folder with other files"
        raise InputError(where, f"{study.processed}: {found}", expected, "name a new folder")


def kept_ingest(study: Study) -> Prepared | None:
    """What the last ingest left, current or not; None when it left nothing whole."""
    folder = study.processed_folder
    kept = read_json(folder / "ingest.json")
    if not isinstance(kept, dict) or not all((folder / name).is_file() for name in FILES):
        return None
    return Prepared(study, kept["key"], kept["areas"], kept["regions"], None, kept.get("parts", {}))


def read_or_take_panel(prepared: Prepared) -> pd.DataFrame:
    """The panel as the study's edition has it, from memory when it was just ingested, else from its folder."""
    from kl_research.terms.panel import read_panel

    study, found = prepared.study, prepared.ingested
    if found is None:
        return read_panel(study.data_folder)
    if study.disclosure.edition == "internal":
        return found.panel
    from kl_research.commands.data.public_numbers import public_data

    return public_data(found, _noise_key(study), study.read_events(), study.question).panel


def _noise_key(study: Study) -> bytes:
    from kl_research.disclosure.seals import noise_key
    from kl_research.terms.user_key import user_key

    return noise_key(user_key(simulated=study.simulated))


def data_to_judge(prepared: Prepared) -> tuple[pd.DataFrame, Question]:
    """Panel and question as the study's edition sees them: what a command tells is what the pages will say.

    From memory when it was just ingested, else from the processed folder.
    """
    from kl_research.commands.data.public_numbers import public_data
    from kl_research.disclosure.seals import noise_key
    from kl_research.disclosure.window_totals import WindowTotals
    from kl_research.intake import read_question
    from kl_research.terms.panel import read_panel
    from kl_research.terms.user_key import user_key

    study, found = prepared.study, prepared.ingested
    if found is None:
        return read_panel(study.data_folder), read_question(study)
    if study.disclosure.edition == "internal":
        return found.panel, study.question
    key = noise_key(user_key(simulated=study.simulated))
    data = public_data(found, key, study.read_events(), study.question)
    return data.panel, replace(study.question, totals=WindowTotals(data))


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
    for killed in folder.glob(f"{_ASIDE}*"):
        shutil.rmtree(killed)
    with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=folder) as aside:
        write_processed(prepared.ingested, Path(aside))
        _write_numbers(prepared, Path(aside), folder)
        write_receipt(prepared, Path(aside) / RECEIPT)
        private(folder / PUBLIC_FOLDER)  # keeps the records of the public edition's runs
        (folder / "ingest.json").unlink(missing_ok=True)  # while files change, nothing is vouched for
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
    from kl_research.commands.data.public_numbers import measure_spans, public_data
    from kl_research.commands.data.public_report import public_report
    from kl_research.commands.data.told_before import check_told_before
    from kl_research.disclosure.published import write_published
    from kl_research.disclosure.seals import check_fingerprint, released_key

    study, found = prepared.study, prepared.ingested
    assert found is not None
    key = _noise_key(study)
    free = prepared.new_key or study.simulated  # whose key everybody knows
    check_fingerprint(key, released_key(before / PUBLIC_FOLDER), new_key=free)
    tell("computing the measures")
    levels = [level for level in LEVELS[:3] if level != "region" or set(prepared.regions.values()) - {""}]
    measures = measure_table(found.panel, found.activity, levels=levels, periods=measure_spans(found.panel))
    measures.to_parquet(target / "measures.parquet", index=False)
    tell("computing the published numbers")
    data = public_data(found, key, study.read_events(), study.question)
    check_told_before(before, found.panel, data.panel, new_key=free)
    write_published(data, target / PUBLIC_FOLDER, key)
    write_json(target / PUBLIC_FOLDER / "quality.json", public_report(found.quality, data))


def private(folder: Path) -> Path:
    """A folder made when it is not there, and closed to everybody but its owner."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


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
