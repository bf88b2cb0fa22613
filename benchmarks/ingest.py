"""Ten million calls to panel, every cell searched for CPR numbers, against DuckDB alone grouping the same file.

    python benchmarks/ingest.py [--rows 10000000] [--folder FOLDER]

Prints the table and writes it to benchmarks/results/ingest.csv. The file is made by `simulate_large` (about 110 MB
a million rows) in FOLDER, or in a temporary folder that is removed afterwards. Each side runs in a process of its
own, three times, in turns, so that a busy machine is shared fairly; the median counts.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results" / "ingest.csv"
HARDEST_RATIO, MOST_MEMORY_MB = 4.0, 1500

ALONE = """
import duckdb
connection = duckdb.connect()
connection.execute("SET memory_limit='700MB'")
connection.execute("SET preserve_insertion_order=false")
connection.execute("SET enable_progress_bar=false")
connection.execute("SET temp_directory='{folder}/spill'")
rows = connection.execute('''
    SELECT count(*), CAST(sum(n) AS BIGINT) FROM (
        SELECT Kommune, Forvaltning, Enhed, Enhedstype, Ydernummer, Kanal, date_trunc('month', Starttid) AS month,
            count(*) AS n, count_if(Status = 'Gennemført' AND Varighed >= TIME '00:01:00') AS completed
        FROM read_csv('{file}', delim=';', types={{'Varighed': 'TIME', 'Ydernummer': 'VARCHAR'}}) GROUP BY ALL
    )
''').fetchall()[0]
found = {{"rows_in": rows[1], "rows_kept": rows[1], "dropped": 0, "entries": rows[0]}}
"""
OURS = """
import kl_research as kl
ingested = kl.ingest(kl.Study.load('{study}'))
rows = ingested.quality["rows"]
found = {{"rows_in": rows["in"], "rows_kept": rows["kept"], "dropped": rows["dropped"],
         "entries": len(ingested.activity)}}
assert int(ingested.panel["calls"].sum()) == rows["kept"]
"""
MEASURED = """
import json, resource, time
began, cpu = time.perf_counter(), time.process_time()
{body}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(found | {{"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu,
                          "peak_mb": peak}}))
"""


def measure(body: str) -> dict[str, float]:
    script = MEASURED.format(body=body)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def run(folder: Path, rows: int) -> list[dict[str, object]]:
    from kl_research.simulate import simulate_large

    file = folder / f"calls_{rows}_simuleret.csv"
    if not file.exists():
        simulate_large(file, rows, seed=1)
    study = folder / "study.yaml"
    study.write_text(
        'study: benchmark\ntitle: {da: "x"}\nsimulated: true\n'
        f"raw: [{{path: {file.name}, layout: calls}}]\nout: out\n",
        encoding="utf-8",
    )
    bodies = {
        "duckdb alone": ALONE.format(file=file.as_posix(), folder=folder.as_posix()),
        "kl_research.intake": OURS.format(study=study.as_posix()),
    }
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in bodies}
    for _ in range(3):
        for name, body in bodies.items():
            measured[name].append(measure(body))
    table = []
    for name, runs in measured.items():
        middle = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        table.append({"what": name, "file_mb": round(file.stat().st_size / 1e6)} | middle)
    for row in table:
        for key in ("seconds", "cpu_seconds"):
            row[f"{key}_ratio"] = round(float(row[key]) / float(table[0][key]), 2)  # type: ignore[arg-type]
            row[key] = round(float(row[key]), 1)  # type: ignore[arg-type]
        row["peak_mb"] = round(float(row["peak_mb"]))  # type: ignore[arg-type]
        row |= {
            "cores": os.cpu_count(),
            "load_at_end": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else "",
        }
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.folder:
        table = run(asked.folder, asked.rows)
    else:
        with tempfile.TemporaryDirectory(prefix="kl-benchmark-") as folder:
            table = run(Path(folder), asked.rows)
    for row in table:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    ours = table[1]
    kept = ours["rows_in"] == ours["rows_kept"] + ours["dropped"] == asked.rows  # type: ignore[operator]
    good = kept and float(ours["seconds_ratio"]) <= HARDEST_RATIO and float(ours["peak_mb"]) <= MOST_MEMORY_MB  # type: ignore[arg-type]
    print("within its limits" if good else f"NOT within {HARDEST_RATIO} times and {MOST_MEMORY_MB} MB")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
