"""A call log of any length, quickly: for timing the importer, not for effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from kl_research.simulate.calls import CHANNELS, COMPLETED, STATUS
from kl_research.simulate.exports import CALL_LOG
from kl_research.simulate.place import LAST, ORIGIN
from kl_research.simulate.places import places
from kl_research.terms import municipalities

CHUNK = 1_000_000


def simulate_large(path: Path, rows: int, seed: int) -> Path:
    """Write a call log of exactly `rows` rows in the layout `calls`, in order of time; no two rows are alike.

    Working days and hours from 2020-12 to 2025-02, the municipalities that were there throughout, equally often,
    40 units each; no season and no effects. The same seed gives the same bytes. A million rows take about two
    seconds and 110 MB of disk.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(simulate_large(Path(folder) / "stor_simuleret.csv", rows=5, seed=1).read_bytes().splitlines())
    6
    """
    rng = np.random.default_rng([seed, rows])
    codes = [p.code for p in places() if p.started_from and p.started_from < ORIGIN and not p.connected_to]
    start, rank = _starts(rng, rows)
    # Calls within one second lie in different municipalities, so rows are unique without looking them up.
    municipality = (start * 7919 + rank) % len(codes)
    words = {
        "Kommune": pa.array([municipalities.name(code) for code in codes]),
        "Varighed": pa.array([f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(2701)]),
        "Enhed": pa.array([f"Plejecenter {i}" for i in range(1, 31)] + [f"Bosted {i}" for i in range(1, 11)]),
        "Enhedstype": pa.array(["Plejecenter"] * 30 + ["Bosted"] * 10),
        "Forvaltning": pa.array(["Sundhed og Omsorg"] * 30 + ["Social og Handicap"] * 10),
        "Kanal": pa.array(CHANNELS),
        "Status": pa.array(STATUS),
        "Initiativ": pa.array(["Kommune", "Læge"]),
        "Borger til stede": pa.array(["Ja", "Nej"]),
        "Planlagt": pa.array(["Ja", "Nej"]),
    }
    schema = pa.schema([(name, pa.string()) for name in CALL_LOG])
    options = csv.WriteOptions(include_header=False, delimiter=";", quoting_style="none")
    with path.open("wb") as file:
        file.write((";".join(CALL_LOG) + "\n").encode())
        with csv.CSVWriter(file, schema, write_options=options) as writer:
            for first in range(0, rows, CHUNK):
                part = slice(first, first + CHUNK)
                writer.write_table(_table(rng, words, start[part], municipality[part]).cast(schema))
    return path


def _starts(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Seconds since 1970, sorted, on weekdays from 8 to 16; and the how-manieth call within its second."""
    every = np.arange(np.datetime64(f"{ORIGIN}-01"), np.datetime64(f"{LAST}-01") + np.timedelta64(28, "D"))
    days = np.flatnonzero(np.is_busday(every)) + every[0].astype(np.int64)
    start = np.sort(86400 * days[rng.integers(0, len(days), rows)] + rng.integers(8 * 3600, 16 * 3600, rows))
    order = np.arange(rows)
    opens = np.ones(rows, dtype=bool)
    opens[1:] = start[1:] != start[:-1]
    return start, order - np.maximum.accumulate(np.where(opens, order, 0))


def _table(
    rng: np.random.Generator, words: dict[str, pa.Array], start: np.ndarray, municipality: np.ndarray
) -> pa.Table:
    n = len(start)
    unit = rng.integers(0, 40, n)
    completed = rng.random(n) < COMPLETED
    status = np.where(completed, 0, rng.integers(1, 3, n))
    seconds = np.select([status == 0, status == 1], [60 + rng.integers(0, 2641, n), rng.integers(5, 400, n)], 0)
    index = {
        "Varighed": seconds,
        "Kommune": municipality,
        "Forvaltning": unit,
        "Enhed": unit,
        "Enhedstype": unit,
        "Kanal": (rng.random(n) < 0.1).astype(np.int64),
        "Status": status,
        "Initiativ": (rng.random(n) < 0.2).astype(np.int64),
        "Borger til stede": (rng.random(n) < 0.1).astype(np.int64),
        "Planlagt": (rng.random(n) < 0.3).astype(np.int64),
    }
    columns = {name: words[name].take(pa.array(at)) for name, at in index.items()}
    columns["Starttid"] = pa.array(start.astype("datetime64[s]")).cast(pa.string())
    columns["Ydernummer"] = pa.array(400_000 + municipality * 1000 + 5 * rng.integers(0, 60, n)).cast(pa.string())
    return pa.table({name: columns[name] for name in CALL_LOG})
