"""Attempts of a stranger on a public folder, each with what it found; the list is `results/disclosure.md`.

    python benchmarks/strangers.py STUDY.yaml [--own CODE] [--write]

The study was run with `own:` and holds secrets that can be told apart: names of units, provider numbers, quotes. The
attempts use the public folder alone; the complete data beside it are opened only to say whether one was right.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from kl_research.disclosure.perturbation import D, table
from kl_research.terms.panel import COUNTS, read_panel
from kl_research.terms.study import Study

Attempt = tuple[str, str, str]
"""Kind, what was tried, and what it gave: empty where it held."""
RESULTS = Path(__file__).parent / "results" / "disclosure_attempts.csv"
HIDDEN = {
    "comments": r"comments\d*\.xml",
    "hidden sheets": r'state="(?:very)?[Hh]idden"',
    "hidden rows": r'<(?:row|col)[^>]*hidden="1"',
    "formulas": r"<c [^>]*><f>",
    "links outside": r'TargetMode="External"',
    "notes of slides": r"notesSlide\d",
    "macros": "vbaProject",
    "custom properties": r"docProps/custom",
    "revisions": r"revisionHeaders",
}
EXACT = float(np.diff(table()[-1], prepend=0)[D])  # how often noise is 0


def texts(folder: Path) -> dict[str, str]:
    """By file, all that can be read in it; workbooks and decks are opened, those inside them too."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if path.suffix in (".xlsx", ".pptx"):
            found[name] = _unzipped(content)
        elif path.suffix == ".parquet":
            found[name] = pd.read_parquet(path).to_csv(index=False) + content.decode("latin-1")
        elif path.suffix == ".pdf":
            told = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=False)
            found[name] = told.stdout.decode("utf-8", "replace") + content.decode("latin-1")
        else:
            found[name] = content.decode("utf-8", "replace")
    return found


def _unzipped(content: bytes) -> str:
    parts = []
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            inner = archive.read(name)
            parts.append(
                f"{name}\n" + (_unzipped(inner) if name.endswith(".xlsx") else inner.decode("utf-8", "replace"))
            )
    return "\n".join(parts)


def secrets(study: Study) -> dict[str, set[str]]:
    """What must be nowhere, by what it is."""
    activity = pd.read_parquet(study.processed_folder / "activity.parquet")
    raw = [path for path, _ in study.raw_files()]
    beside = [study.path(other.path) for other in study.other_channels if other.path]
    register = study.path(study.events).read_text(encoding="utf-8") if study.events else ""
    rows = [len(path.read_text(encoding="utf-8").splitlines()) for path in raw]
    return {
        "name of a unit": set(activity["unit"]) - {""},
        "pseudonym of a provider number": set(activity["provider"]) - {""},
        "provider number": set(re.findall(r";(\d{6});", raw[0].read_text(encoding="utf-8"))),
        "name of a raw file": {path.name for path in [*raw, *beside]},
        "checksum of a raw file": {hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in [*raw, *beside]},
        "count of raw rows": {f'"{n}"' for n in rows} | {f" {n}," for n in rows},
        "source or quote of the register": set(re.findall(r'(?:source|quote): "([^"]{8,})"', register)),
        "path of this machine": {study.file.parent.as_posix(), str(Path.home())},
        "key, keys or u": {'"u"', "cell_key", "noise_key"},
    }


def names(folder: Path, hidden: dict[str, set[str]]) -> Iterator[Attempt]:
    """Every secret looked for in every kind of file."""
    by_kind: dict[str, str] = {}
    for name, text in texts(folder).items():
        by_kind[Path(name).suffix] = by_kind.get(Path(name).suffix, "") + text
    for suffix, text in sorted(by_kind.items()):
        for what, values in hidden.items():
            seen = sum(re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", text) is not None for value in values)
            yield (
                "names, paths, checksums",
                f"{what} in {suffix[1:]} files",
                f"{seen} of {len(values)}" if seen else "",
            )


def numbers(folder: Path, study: Study) -> Iterator[Attempt]:
    """Is any published count the true one oftener than noise of 0 allows, or further than D from it?"""
    true, told = read_panel(study.processed_folder), pd.read_csv(folder / "panel.csv", dtype={"municipality": "str"})
    true["month"] = true["month"].dt.strftime("%Y-%m-%d")
    both = told.merge(true, on=["municipality", "month"], suffixes=("", "_true"))
    for name in COUNTS:
        pair = both[[name, f"{name}_true"]].dropna().astype("int64")
        pair = pair[pair[f"{name}_true"] > 0]
        off = (pair[name] - pair[f"{name}_true"]).abs()
        for least, most in ((1, 4), (5, 9), (10, 10**6)):
            here = off[pair[f"{name}_true"].between(least, most)]
            limit = EXACT + 0.25 + 3 * np.sqrt(0.25 / max(len(here), 1))  # cut numbers are exact oftener
            yield (
                "counts",
                f"{name} of {least} to {most} taken as they stand",
                f"{(here == 0).mean():.2f} exact" if (len(here) and (here == 0).mean() > limit) else "",
            )
    calls = both[["calls", "completed", "calls_true", "completed_true"]].dropna()
    calls = calls[calls["calls_true"] > calls["completed_true"]]
    exact = (calls["calls"] - calls["completed"] == calls["calls_true"] - calls["completed_true"]).mean()
    yield "differences", "calls less completed, by month", f"{exact:.2f} exact" if exact > 0.35 else ""


def differences(folder: Path, study: Study) -> Iterator[Attempt]:
    """One published total less others of the months in it: is the month left over known?"""
    true = read_panel(study.processed_folder)
    true = true[true["state"] == "observed"].assign(m=true["month"].dt.strftime("%Y-%m"))
    exact = {(code, m): int(n) for code, m, n in zip(true["municipality"], true["m"], true["calls"], strict=True)}
    codes = {"area": "str", "first": "str", "last": "str"}
    rows = pd.read_csv(folder / "windows.csv", dtype=codes)
    rows = rows[(rows["measure"] == "calls") & (rows["level"] == "municipality")]
    told = {(a, f, t): n for a, f, t, n in zip(rows["area"], rows["first"], rows["last"], rows["drawn"], strict=True)}
    by_ends: dict[str, list[bool]] = {}
    for (area, first, last), n in told.items():
        for (other, begin, end), less in told.items():
            if other != area or not (first <= begin and end <= last) or (begin, end) == (first, last):
                continue
            if (begin == first) == (end == last):
                continue
            left = (end, last) if begin == first else (first, begin)
            months = [m for (code, m) in exact if code == area and left[0] <= m <= left[1]]
            rest = [m for m in months if not begin <= m <= end]
            value = sum(exact[area, m] for m in rest)
            if rest and 1 <= value <= 4:
                by_ends.setdefault(f"a stretch of {len(rest)} months", []).append(n - less == value)
    for what, right in sorted(by_ends.items()):
        limit = 0.25 + 3 * np.sqrt(0.1875 / len(right))
        yield (
            "differences",
            f"two totals that differ in {what}",
            f"{np.mean(right):.2f} exact" if (np.mean(right) > limit) else "",
        )


def ratios(folder: Path) -> Iterator[Attempt]:
    """A ratio that is not the one of the counts told beside it was made of other counts."""
    rows = pd.read_csv(folder / "measures.csv", dtype={"area": "str"})
    rows = rows[rows["denominator"].gt(0) & rows["numerator"].notna() & rows["value"].notna()]
    for measure, own in rows.groupby("measure"):
        ratio = (own["numerator"] / own["denominator"]).to_numpy()
        value = own["value"].to_numpy()
        scale = np.median(value[ratio > 0] / ratio[ratio > 0]) if (ratio > 0).any() else 1.0
        cut = np.minimum(ratio, 1.0) if own["unit"].iloc[0] == "share" else ratio * scale
        off = ~np.isclose(value, cut, rtol=1e-3)
        yield (
            "ratios",
            f"{measure} against its numerator and denominator",
            f"{off.sum()} of {len(own)}" if off.any() else "",
        )


def reports(folder: Path) -> Iterator[Attempt]:
    """What tells of single rows in reports."""
    quality, manifest = (json.loads((folder / name).read_text()) for name in ("quality.json", "manifest.json"))
    for word in ("identical_rows", "replaced_by", "correction", "long_calls", "hidden_rows", "archive",
                 "calls_before_connection", "calls_after_disconnection", "rows", "overrides", "sha256"):  # fmt: skip
        yield "reports", f"{word} in quality.json", "told" if f'"{word}' in json.dumps(quality) else ""
    for word in ("source_hash", "donor_changes", "traceback", "Error"):
        yield "reports", f"{word} in manifest.json", "told" if word in json.dumps(manifest) else ""
    for name in ("receipt.html", "run_phases.csv", ".ipynb", ".log", "activity.parquet", "ingest.json", ".site.turn"):
        there = [path.name for path in folder.rglob("*") if path.name.endswith(name)]
        yield "reports", f"{name} in the folder", ", ".join(there)
    events = json.loads((folder / "events.json").read_text())
    for field in ("quote", "source", "status", "owner", "link", "tags"):
        yield "reports", f"{field} in events.json", "told" if any(field in event for event in events) else ""


def office(folder: Path) -> Iterator[Attempt]:
    """Properties, comments and hidden parts of office files, and of PDF."""
    told = {name: text for name, text in texts(folder).items() if name.endswith((".xlsx", ".pptx", ".pdf"))}
    whole = "\n".join(told.values())
    makers = set(re.findall(r"<(?:dc:creator|cp:lastModifiedBy)>([^<]*)<", whole)) - {"Kontakt Læge-appen"}
    yield "office", "who made and changed it", ", ".join(makers)
    stamp = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ|D:20\d{12}"
    times = set(re.findall(stamp, whole)) - {
        "2000-01-01T00:00:00Z",
        "D:20000101000000",
    }
    yield "office", "when it was made", ", ".join(sorted(times)[:3])
    for what, pattern in HIDDEN.items():
        seen = re.findall(pattern, whole)
        yield "office", f"{what} in workbooks and decks", f"{len(seen)}" if seen else ""


def owned(public: Path, own: Path, code: str) -> Iterator[Attempt]:
    """Does the own edition of one tell more of others than the public one?"""
    keys = {"panel.csv": ["municipality", "month"], "measures.csv": ["measure", "level", "area", "part", "period"]}
    for name, columns in keys.items():
        frames = [
            pd.read_csv(folder / name, dtype="str", keep_default_na=False).set_index(columns)
            for folder in (public, own)
        ]
        area = "municipality" if name == "panel.csv" else "area"
        shared = [f[f.index.get_level_values(area) != code].sort_index() for f in frames]
        both = shared[0].index.intersection(shared[1].index)
        for column in shared[0].columns.intersection(shared[1].columns):
            off = (shared[0].loc[both, column] != shared[1].loc[both, column]).sum()
            yield "own editions", f"{column} of others in {name}", f"{off} differ" if off else ""
        more = len(shared[1].index.difference(shared[0].index))
        yield "own editions", f"rows of others in {name} that the public file lacks", f"{more}" if more else ""
    for page in sorted(own.glob("regions/*.html")):
        mine = code in page.read_text() and not (public / "regions" / page.name).is_file()
        yield "own editions", f"a region that is not public: {page.name}", "there" if mine else ""


def main() -> None:
    """Print the attempts by kind; with `--write`, store the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path)
    parser.add_argument("--own", default="")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    study = Study.load(asked.study)
    out = study.out_folder
    tried = [
        *names(out, secrets(study)),
        *numbers(out, study),
        *differences(out, study),
        *ratios(out),
        *reports(out),
        *office(out),
    ]
    if asked.own:
        own = study.path(study.own) / asked.own
        hidden = {what: {v for v in values if "unit" not in what} for what, values in secrets(study).items()}
        tried += [("own editions", f"{what}, own: {kind}", gave) for kind, what, gave in names(own, hidden)]
        tried += owned(out, own, asked.own)
    found = pd.DataFrame(tried, columns=["kind", "tried", "gave"])
    held = found.assign(held=found["gave"] == "").groupby("kind", sort=False)["held"].agg(["size", "sum"])
    print(held.set_axis(["tried", "held"], axis=1), found[found["gave"] != ""].to_string(index=False), sep="\n\n")
    if asked.write:
        found.to_csv(RESULTS, index=False)


if __name__ == "__main__":
    main()
