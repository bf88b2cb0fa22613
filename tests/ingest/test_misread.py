"""Files meant to be misread are read to the truth in them, or refused with one line; never wrong in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from kl_research.intake import Ingested, ingest
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study
from tests.ingest.misread import KINDS, draw_file
from tests.ingest.misread_file import AREAS, Misread, Truth

CONNECTED = "municipality;connected_from;started_from\n" + "".join(f"{c};2020-01;2020-01\n" for c in AREAS.values())


def outcome(folder: Path, file: Misread) -> tuple[str, str]:
    """`read`, `refused` with its line, or `wrong` with what differs."""
    (folder / file.name).write_bytes(file.content)
    (folder / "connections.csv").write_text(CONNECTED, encoding="utf-8")
    (folder / "study.yaml").write_text(
        f'study: misread\ntitle: {{da: "x"}}\nraw: [{{path: {file.name}, layout: auto}}]\n'
        "connections: connections.csv\nout: out\n",
        encoding="utf-8",
    )
    try:
        found = ingest(Study.load(folder / "study.yaml"))
    except InputError as error:
        line = str(error)
        return ("refused", line) if "\n" not in line else ("wrong", "a refusal of several lines")
    if file.truth is None:
        return "wrong", "no reading is true"
    return _compare(found, file, file.truth)


def _compare(found: Ingested, file: Misread, truth: Truth) -> tuple[str, str]:
    rows = found.panel[["municipality", "month", "state", "calls"]].itertuples(index=False)
    read = {(code, f"{m:%Y-%m}"): int(n) for code, m, state, n in rows if state == "observed"}
    if "last_month_unfinished" in found.quality["notes"]:  # the log ends early by chance, and that is told
        truth = {key: n for key, n in truth.items() if key in read or key[1] < max(month for _, month in truth)}
    if read != truth:
        return "wrong", f"{len(set(read.items()) ^ set(truth.items()))} cells differ"
    if file.seconds is not None and abs(found.activity["seconds"].sum() - file.seconds) > 0.01 * file.seconds:
        return "wrong", f"{found.activity['seconds'].sum()} seconds instead of {file.seconds}"
    return "read", ""


@pytest.mark.parametrize("seed", range(4 * len(KINDS)))
def test_no_file_is_read_wrong_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setenv("KL_RESEARCH_CONFIG", str(tmp_path / "config"))
    file = draw_file(seed)
    result, why = outcome(tmp_path, file)
    assert result != "wrong", f"{file.kind}, {file.what}: {why}"
