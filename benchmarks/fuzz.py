"""Coverage-guided fuzzing of everything that reads what others wrote.

    pip install atheris
    python benchmarks/fuzz.py TARGET --seconds 600        one target; a fault is kept in fuzz-faults/
    python benchmarks/fuzz.py --list

The rule: input of any kind is read, or refused with an `InputError` of one line. Anything else is a fault, as is a
CPR number in the words of a refusal. The interesting inputs that were found stand as tests in tests/hostile/.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["kl_research"]):
    from kl_research.findings.html import markup, tables
    from kl_research.intake import assemble, corrections, layouts
    from kl_research.intake.columns import durations, moments, numbers
    from kl_research.intake.columns import months as month_cells
    from kl_research.terms import events, municipalities, study
    from kl_research.terms.errors import InputError
    from kl_research.intake.tables import unknown as any_table  # isort: skip
    from kl_research.intake import raw_file, side_files  # isort: skip

CPR = "010100-1234"  # the form of a CPR number, and nobody's
MEMORY = Path("/dev/shm")  # a fuzzer writes a file an input
FOLDER = Path(tempfile.mkdtemp(prefix="kl-fuzz-", dir=MEMORY if MEMORY.is_dir() else None))
SEEDS = Path(__file__).resolve().parents[1] / "params"
RESULTS = Path(__file__).parent / "results" / "fuzz.csv"
STUDY = 'study: f\ntitle: {da: "f"}\nraw: [{path: raw.csv, layout: auto}]\nout: findings\n'

MONTHS = ("januar 2024", "2024-02", "202403", "Apr-24", "2024M05", "01-06-2024", "45474", "2024K3", "uge 32 2024")
NUMBERS = ("0", "7", "1.633", "642.242", "12,5", "1 204", "<5", "..", "*", "-1", "1e9", "nan", "12 %", "5 (2)", "--")
AREAS = ("Odense", "461", "0461", "461 Odense", "Åarhus", "AArhus", "Region Syddanmark", "I alt", "Esbjærg", "NA")
WORDS = ("Kommune", "Måned", "Antal opkald", "Kode", "Enhed", "Starttid", "Varighed", "Kanal", "Gennemført", "År")
TIMES = (
    "2024-03-31 02:30:00",
    "27-10-2024 02:15",
    "2024-05-01T10:00:00Z",
    "03/04/24 9.15",
    "00:03:20",
    "200",
    "3:20",
)
ODD = ("", " ", "\x00", "\ufeff", "\u202e", "=1+1", "<script>", "💊" * 9, "x" * 3000, CPR, '"', "\r", "\ud7ff", "٣")


def _cell(data: atheris.FuzzedDataProvider) -> str:
    groups = (MONTHS, NUMBERS, AREAS, WORDS, TIMES, ODD)
    kind = data.ConsumeIntInRange(0, len(groups))
    if kind == len(groups):
        return data.ConsumeUnicodeNoSurrogates(12)
    group = groups[kind]
    return group[data.ConsumeIntInRange(0, len(group) - 1)]


# Headers that are understood, and what stands below each of their columns.
KNOWN = (
    (("Kommune", "Måned", "Antal opkald"), (AREAS[:5], MONTHS[:4], NUMBERS)),
    (("Kommune", "Starttid", "Varighed", "Enhed"), (AREAS[:5], TIMES[:3], TIMES[4:], AREAS)),
    (("Kommune", "Januar 2024", "Februar 2024", "I alt"), (AREAS, NUMBERS, NUMBERS, NUMBERS)),
)
DATES = ("2024-01-01", "2024-03", "", "2023-12-31", "01-06-2024", "45474", "uge 32 2024")
BESIDE = (
    (("kommune", "tilsluttet", "startet", "aftale"), (AREAS[:5], DATES, DATES, DATES)),
    (("kommune", "mål", "værdi", "gyldig_fra"), (AREAS[:5], WORDS, NUMBERS, DATES)),
    (("ydernummer", "klinik"), (NUMBERS, WORDS)),
)


def _table(data: atheris.FuzzedDataProvider, known: tuple[Any, ...] = KNOWN) -> bytes:
    """A table whose header is mostly understood, with mostly plausible cells below."""
    header, columns = known[data.ConsumeIntInRange(0, len(known) - 1)]
    rows = [[_cell(data) if data.ConsumeIntInRange(0, 19) == 0 else label for label in header]]
    for _ in range(data.ConsumeIntInRange(1, 10)):
        strange = data.ConsumeIntInRange(0, 3 * len(columns))
        rows.append(
            [
                _cell(data) if k == strange else group[data.ConsumeIntInRange(0, min(len(group) - 1, 1 + strange))]
                for k, group in enumerate(columns)
            ]
        )
    mark = data.PickValueInList([";", ",", "\t", "|"])
    text = "\n".join(mark.join(row) for row in rows)
    return text.encode(data.PickValueInList(["utf-8", "utf-8-sig", "utf-16", "cp1252"]), "replace")


def _written(name: str, content: bytes) -> Path:
    path = FOLDER / name
    path.write_bytes(content)
    return path


def _ingest(name: str, content: bytes) -> None:
    _written(name, content)
    file = _written("study.yaml", STUDY.replace("raw.csv", name).encode())
    assemble.ingest(study.Study.load(file))


def whole_file(raw: bytes) -> None:
    """Any bytes as a raw export."""
    _ingest("raw.csv", raw)


def table(raw: bytes) -> None:
    """A plausible table as a raw export."""
    path = _written("raw.csv", _table(atheris.FuzzedDataProvider(raw)))
    raw_file.open_raw(path, "auto", _study(), FOLDER, b"secret").read([])


@cache
def _study() -> study.Study:
    return study.Study.load(_written("study.yaml", STUDY.encode()))


def unknown_table(raw: bytes) -> None:
    """A plausible table looked at before there is a layout."""
    any_table.read_any_table(_written("any.csv", _table(atheris.FuzzedDataProvider(raw))))


def beside(raw: bytes) -> None:
    """The files beside the raw ones."""
    data = atheris.FuzzedDataProvider(raw)
    which = data.ConsumeIntInRange(0, 2)
    path = _written("beside.csv", _table(data, BESIDE[which : which + 1]))
    if which == 0:
        side_files.read_connections(path, FOLDER, free=False)
    elif which == 1:
        side_files.read_denominators(path, FOLDER, free=False)
    else:
        side_files.read_clinics(path, FOLDER, b"secret")


def cells(raw: bytes) -> None:
    """Numbers, months, moments, durations and names, a column at a time."""
    data = atheris.FuzzedDataProvider(raw)
    column = [_cell(data) for _ in range(data.ConsumeIntInRange(1, 8))]
    readers: tuple[Callable[[], object], ...] = (
        lambda: numbers.read_numbers(column, "column"),
        lambda: month_cells.settle([p for cell in column if (p := month_cells.read_period(cell))], "column"),
        lambda: [moments.read_moment(cell) for cell in column],
        lambda: durations.read_durations(column, "Varighed", "column"),
        lambda: [municipalities.lookup(cell) for cell in column],
    )
    readers[data.ConsumeIntInRange(0, len(readers) - 1)]()


def study_file(raw: bytes) -> None:
    """A study."""
    study.Study.load(_written("study.yaml", raw))


def register(raw: bytes) -> None:
    """An event register."""
    for event in events.read_events(_written("events.yaml", raw)).values():
        if event.dated:
            assert event.first_month <= event.last_month
            assert event.pre_end < event.post_start


def layout(raw: bytes) -> None:
    """A layout and a list of corrections."""
    path = _written("layout.yaml", raw)
    try:
        layouts.read_layout(path)
    except InputError:
        corrections.read_corrections(path)


def html(raw: bytes) -> None:
    """A page's text, attribute and table cell hold any string without becoming markup."""
    import pandas as pd

    data = atheris.FuzzedDataProvider(raw)
    texts = [_cell(data) for _ in range(4)]
    shown = str(markup.escape(texts[0]))
    assert "<" not in shown, "markup in a text"
    assert '"' not in shown, "a quote that ends an attribute"
    made = str(tables.html_table(pd.DataFrame({"a": texts[2:]}), caption=texts[1], lang="da"))
    assert "<script" not in made, "markup in a table"


YAML_SEEDS = {"study_file": "demo.yaml", "register": "events/demo.yaml", "layout": "layouts/immuni.yaml"}
TARGETS: dict[str, Callable[[bytes], None]] = {
    f.__name__: f for f in (whole_file, table, unknown_table, beside, cells, study_file, register, layout, html)
}


class Count:
    """What was tried, refused and found, until the time is up."""

    def __init__(self, name: str, seconds: int, seed: int) -> None:
        self.name, self.seconds, self.seed, self.started = name, seconds, seed, time.monotonic()
        self.tried = self.refused = 0
        self.faults: set[str] = set()

    def one(self, raw: bytes) -> None:
        """One input; each kind of fault is kept once and fuzzing goes on."""
        if time.monotonic() - self.started > self.seconds:
            self._store()
            os._exit(0)  # libFuzzer ends no other way from within
        self.tried += 1
        try:
            TARGETS[self.name](raw)
        except InputError as refusal:
            self.refused += 1
            told = str(refusal)
            if "\n" in told:
                self._keep("a refusal of several lines", raw)
            if CPR in told:
                self._keep("a CPR number in a refusal", raw)
        except Exception as fault:
            frames = [f for f in traceback.extract_tb(fault.__traceback__) if "kl_research" in f.filename]
            last = frames[-1] if frames else None
            self._keep(f"{type(fault).__name__} at {Path(last.filename).name}:{last.lineno}" if last else "?", raw)

    def _store(self) -> None:
        """A line of results/fuzz.csv, in the place of an earlier one of this target and seed."""
        print(f"{self.name}: {self.tried} inputs, {self.refused} refused, {len(self.faults)} faults", flush=True)
        key = f"{self.name},{self.seed},"
        head = "target,seed,seconds,inputs,refused,faults,load"
        line = f"{key}{self.seconds},{self.tried},{self.refused},{len(self.faults)},{os.getloadavg()[0]:.1f}"
        kept = RESULTS.read_text(encoding="utf-8").splitlines()[1:] if RESULTS.is_file() else []
        lines = sorted([*(other for other in kept if not other.startswith(key)), line])
        RESULTS.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")

    def _keep(self, what: str, raw: bytes) -> None:
        if what not in self.faults:
            self.faults.add(what)
            folder = Path("fuzz-faults")
            folder.mkdir(exist_ok=True)
            (folder / f"{self.name}-{len(self.faults)}").write_bytes(raw)
            print(f"{self.name}: {what}", flush=True)


def main() -> None:
    """Fuzz one target for a time and print how many inputs were tried and refused."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("target", nargs="?", choices=TARGETS)
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--list", action="store_true")
    asked.add_argument("--again", type=Path, help="one kept input, with its traceback")
    told = asked.parse_args()
    if told.list or told.target is None:
        print("\n".join(f"{name:14} {f.__doc__}" for name, f in TARGETS.items()))
        return
    if told.again:
        TARGETS[told.target](told.again.read_bytes())
        return
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    if told.target in YAML_SEEDS:
        whole = (SEEDS / YAML_SEEDS[told.target]).read_text(encoding="utf-8")
        (corpus / "seed").write_text(whole[: whole.rfind("\n- ", 0, 3000) + 1 or None], encoding="utf-8")
    draw = random.Random(told.seed)
    for k in range(50):
        (corpus / f"drawn{k}").write_bytes(draw.randbytes(400))
    words = [
        sys.argv[0],
        "-len_control=0",
        f"-seed={told.seed}",
        "-max_len=6000",
        "-timeout=30",
        "-verbosity=0",
        "-rss_limit_mb=3000",
    ]
    atheris.Setup([*words, str(corpus)], Count(told.target, told.seconds, told.seed).one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
