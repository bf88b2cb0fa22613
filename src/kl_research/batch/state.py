"""What is known of every run between two commands: an entry and a record a run, under the processed data.

`<processed>/runs/<area>.<notebook>.json` holds the entry that goes into manifest.json; beside it lie `.ipynb`, the
executed notebook, and `.html`, its page, which is published with all others. `<processed>/records/` holds what the
notebooks recorded, under the same names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RUNS, RECORDS = "runs", "records"
OVERVIEW = "overview"  # the area of runs that are about the whole study
Entry = dict[str, Any]


def json_bytes(content: Any) -> bytes:
    """Content as the bytes of a JSON file, the same for the same content."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()


def write_json(path: Path, content: Any) -> None:
    """JSON, put into its place."""
    put(path, json_bytes(content))


def put(path: Path, content: bytes) -> None:
    """Write aside and rename, so that a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """The content of a JSON file; None when it is absent or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def executed_path(processed: Path, name: str) -> Path:
    """Where a run's executed notebook is kept."""
    return processed / RUNS / f"{name}.ipynb"


def page_path(processed: Path, name: str) -> Path:
    """Where a run's page is kept until the site is published."""
    return processed / RUNS / f"{name}.html"


def save(processed: Path, name: str, entry: Entry, record: dict[str, Any] | None) -> None:
    """Keep what became of a run; the record first, so that an entry never lacks its record."""
    record_path = processed / RECORDS / f"{name}.json"
    if record is None:
        record_path.unlink(missing_ok=True)
    else:
        write_json(record_path, record)
    write_json(processed / RUNS / f"{name}.json", entry)


def forget(processed: Path, name: str) -> None:
    """Remove a run that the study no longer has."""
    for path in (
        processed / RUNS / f"{name}.json",
        executed_path(processed, name),
        page_path(processed, name),
        processed / RECORDS / f"{name}.json",
    ):
        path.unlink(missing_ok=True)


def entries(processed: Path) -> dict[str, Entry]:
    """Every entry kept, by the run's name."""
    found = {path.stem: read_json(path) for path in sorted((processed / RUNS).glob("*.json"))}
    return {name: entry for name, entry in found.items() if isinstance(entry, dict)}


def read_record(processed: Path, name: str) -> dict[str, Any] | None:
    """What one run recorded, or None."""
    found = read_json(processed / RECORDS / f"{name}.json")
    return found if isinstance(found, dict) else None


def read_records(processed: str | Path) -> list[dict[str, Any]]:
    """What the municipalities' notebooks recorded, in the order of area and notebook, with `area` and `notebook`.

    `processed` is the folder of processed data. An overview notebook reads this instead of other notebooks.

    Parameters
    ----------
    processed : str | Path
        The folder of processed data.

    Returns
    -------
    list[dict[str, Any]]
        Dictionaries with `effects`, `measures`, `sentences`, `alerts` (see `kl.record`); none before a run.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     read_records(folder)
    ...
    []
    """
    folder = Path(processed)
    found = []
    for path in sorted((folder / RECORDS).glob("*.json")):
        area, _, notebook = path.stem.rpartition(".")  # an area may be called St. Olav
        record = read_json(path)
        if isinstance(record, dict) and area != OVERVIEW:
            found.append({**record, "area": area, "notebook": notebook})
    return found
