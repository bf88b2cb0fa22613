"""Odd commands, studies, files and folders, as strangers to the code make them; the table is results/odd_words.md.

    python benchmarks/odd_words.py [KIND ...]

Each is one command in a fresh folder with a small study that works. Held means: exit code 2 (the input was refused)
or 1 (the machine failed) with one line on the terminal that is no error of ours, and the files as they were; or exit
code 0 and, where `right` says so, the panel that the plain study gives.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kl_research.cli import main as main_of_the_command

RESULTS = Path(__file__).resolve().parent / "results" / "odd_words.md"
STUDY = """\
study: small
title: {da: "Lille", en: "Small"}
raw:
  - {path: raw.csv, layout: monthly}
events: events.yaml
notebooks: []
overview: []
disclosure: {edition: internal}
out: findings
"""
EVENTS = (
    '- {id: m, kind: intervention, type: gp_meeting, municipalities: ["461"], date: "2024-06", source: "minutes"}\n'
)
MONTHS = ("januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november")
RAW = "Kommune;Måned;Antal opkald\n" + "".join(
    f"{name};{month} 2024;{7 + 3 * k + n}\n"
    for k, name in enumerate(("Odense", "Esbjerg", "Aarhus"))
    for n, month in enumerate(MONTHS)
)
PLAN = (Path(__file__).resolve().parents[1] / "params" / "plans" / "poster.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Odd:
    """One attempt: what is done to the folder, the words of the command, and the codes that are right."""

    kind: str
    what: str
    words: tuple[str, ...]
    do: Callable[[Path], object] = lambda folder: None
    codes: tuple[int, ...] = (2,)
    right: bool = False  # the panel must be the plain study's


MADE_FIRST = ("processed-small",)  # commands on a study read its files first, as `ingest` does
INGEST = ("ingest", "study.yaml", "--quiet")


def _write(name: str, content: str | bytes) -> Callable[[Path], object]:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def _words() -> list[Odd]:
    """Odd arguments of every command."""
    lines = """
    ingest
    ingest nowhere.yaml
    ingest .
    ingest raw.csv
    ingest study.yaml study.yaml
    ingest study.yaml --only 461
    ingst study.yaml
    run
    run study.yaml --only 999
    run study.yaml --only Odense
    run study.yaml --only ,,
    run study.yaml --region 461
    run study.yaml --region 1083,1084
    run study.yaml --workers 0
    run study.yaml --workers -1
    run study.yaml --workers many
    run study.yaml --half 2024
    run study.yaml --half 2024H3
    run study.yaml --half 1999H1
    run study.yaml --edition secret
    run study.yaml --edition own
    run study.yaml --language sv
    run study.yaml --scheduler nowhere
    run study.yaml --scheduler tcp://127.0.0.1:1
    run study.yaml --only 461 --region 1083 --dry-run --half x
    status study.yam
    events nowhere.yaml
    events study.yaml --language no
    compare findings
    compare findings nothing
    compare . .
    compare raw.csv raw.csv
    compare findings findings --tolerance -1
    table study.yaml
    table study.yaml --measure cals --by region --period 2024
    table study.yaml --measure calls --by regions --period 2024
    table study.yaml --measure calls --by region --period 2024-13
    table study.yaml --measure calls --by region --period 2024H1/2024H2
    table study.yaml --measure calls --by region --period 2023
    table study.yaml --measure calls --by region --period ""
    table study.yaml --measure calls --by region --period 2024-09/2024-03
    plan nowhere.yaml
    plan study.yaml
    plan raw.csv
    register check nowhere.yaml
    register check study.yaml --date 2025-02-30
    register check study.yaml --date tomorrow
    meeting study.yaml --date 28-10-2025x
    meeting study.yaml --since nowhere
    meeting study.yaml --date ""x
    decide study.yaml --plan nowhere.yaml
    decide study.yaml --plan study.yaml
    decide study.yaml
    new study.yaml
    new new.yaml nowhere.csv
    new new.yaml raw.csv --municipality Odens
    new new.yaml raw.csv --municipality 000
    new new.yaml raw.csv --sheet 3
    new .
    extract study.yaml
    extract study.yaml --out study.yaml
    extract study.yaml --out p --edition internal
    extract study.yaml --out p --plan nowhere.yaml
    simulate --out d
    simulate --out d --seed -1
    simulate --out d --seed x
    simulate --out d --seed 1 --start 2024-13
    simulate --out d --seed 1 --start 2025-01 --end 2024-01
    simulate --out study.yaml --seed 1
    validate --data nowhere
    lab nowhere.yaml
    lab raw.csv
    demo .
    demo study.yaml
    register
    register add nowhere.yaml
    """
    found = [
        Odd("arguments", words, tuple(word.strip('"') for word in words.split()), codes=(1, 2))
        for words in map(str.strip, lines.strip().splitlines())
    ]
    return [
        *found,
        Odd("arguments", "no words at all", (), codes=(0, 2)),
        Odd("arguments", "--verson", ("--verson",)),
    ]


def _study(what: str, old: str, new: str, codes: tuple[int, ...] = (2,), right: bool = False) -> Odd:
    assert old in STUDY, old
    return Odd("study files", what, INGEST, _write("study.yaml", STUDY.replace(old, new)), codes, right)


def _studies() -> list[Odd]:
    """Study files that are broken, each in another way."""
    whole = {
        "an empty file": "",
        "blanks": "  \n\n",
        "a list": "- study: small\n",
        "a word": "small",
        "a number": "7",
        "a comment alone": "# study\n",
        "two documents": STUDY + "---\n" + STUDY,
        "tabs": STUDY.replace("  -", "\t-"),
        "an open quote": STUDY.replace('"Lille"', '"Lille'),
        "an open brace": STUDY.replace("}\nevents", "\nevents"),
        "a key twice": STUDY + "seed: 1\nseed: 2\n",
        "JSON cut off": '{"study": "small", "title"',
        "a Python tag": STUDY + "seed: !!python/object/apply:os.getcwd []\n",
        "an alias to nothing": STUDY + "seed: *x\n",
        "an alias of itself": STUDY + "channels: &a [*a]\n",
        "ten thousand levels": "study: " + "[" * 10_000,
        "a key that is a list": STUDY + "[1, 2]: 3\n",
        "a key that is a number": STUDY + "7: 3\n",
        "a long integer": STUDY + f"seed: {'9' * 5000}\n",
        "binary": bytes(range(256)),
        "UTF-16": STUDY.encode("utf-16"),
        "Latin-1": STUDY.replace("Lille", "Små tal").encode("latin-1"),
        "a zero byte": STUDY.encode() + b"\0",
    }
    found = [Odd("study files", what, INGEST, _write("study.yaml", text)) for what, text in whole.items()]
    found += [
        Odd(
            "study files",
            "UTF-8 with a mark",
            INGEST,
            _write("study.yaml", b"\xef\xbb\xbf" + STUDY.encode()),
            (0,),
            True,
        ),
        Odd(
            "study files", "Windows line ends", INGEST, _write("study.yaml", STUDY.replace("\n", "\r\n")), (0,), True
        ),
        Odd("study files", "no line end", INGEST, _write("study.yaml", STUDY.rstrip()), (0,), True),
    ]
    edits = {
        "no study": ("study: small\n", ""),
        "a name with a slash": ("study: small", "study: a/b"),
        "a name of dots": ("study: small", "study: .."),
        "a name of 300 letters": ("study: small", f"study: {'a' * 300}"),
        "no title": ('title: {da: "Lille", en: "Small"}\n', ""),
        "a title in Swedish": ("da: ", "sv: "),
        "an empty title": ('{da: "Lille", en: "Small"}', "{}"),
        "no raw": ("raw:\n  - {path: raw.csv, layout: monthly}\n", ""),
        "raw is text": ("\n  - {path: raw.csv, layout: monthly}", " raw.csv"),
        "raw is empty": ("\n  - {path: raw.csv, layout: monthly}", " []"),
        "a layout nobody knows": ("monthly", "montly"),
        "a layout as a path up": ("monthly", "../../x"),
        "raw is a folder": ("raw.csv", "."),
        "raw is a pattern without files": ("raw.csv", "*.xlsx"),
        "raw is a device": ("raw.csv", "/dev/zero"),
        "raw is a link of the web": ("raw.csv", "https://example.invalid/x.csv"),
        "events is a folder": ("events.yaml", "."),
        "events is the study": ("events.yaml", "study.yaml"),
        "events is the export": ("events.yaml", "raw.csv"),
        "out is a file": ("out: findings", "out: raw.csv"),
        "out is empty": ("out: findings", 'out: ""'),
        "out is here": ("out: findings", "out: ."),
        "processed inside out": ("out: findings", "out: findings\nprocessed: findings/p"),
        "processed is out": ("out: findings", "out: findings\nprocessed: findings"),
        "no out": ("out: findings\n", ""),
        "out is a number": ("out: findings", "out: 7"),
        "a seed below zero": ("out:", "seed: -1\nout:"),
        "a seed of a half": ("out:", "seed: .5\nout:"),
        "pre_months of 1": ("out:", "pre_months: 1\nout:"),
        "pre_months as text": ("out:", "pre_months: two\nout:"),
        "a band upside down": ("out:", "equivalence_band: [1.25, .8]\nout:"),
        "a band of words": ("out:", "equivalence_band: [a, b]\nout:"),
        "a band with nan": ("out:", "equivalence_band: [.nan, 1.2]\nout:"),
        "a band without end": ("out:", "equivalence_band: [.5, .inf]\nout:"),
        "a period upside down": ("out:", 'period: {start: "2025-01", end: "2024-01"}\nout:'),
        "a period in words": ("out:", "period: last year\nout:"),
        "a period of month 13": ("out:", 'period: {start: "2024-13"}\nout:'),
        "an unknown design": ("out:", "primary: did\nout:"),
        "an unknown outcome": ("out:", "outcome: minutes\nout:"),
        "an unknown language": ("out:", "language: en-GB\nout:"),
        "an unknown edition": ("internal", "secret"),
        "a mask of minus one": ("internal", "public, mask_below: -1"),
        "areas by name": ("out:", "municipalities: [Odense]\nout:"),
        "a code without quotes": ("out:", "municipalities: 461\nout:"),
        "half of another kind": ("out:", "half: 2024Q1\nout:"),
        "a contradiction policy": ("out:", "contradictions: ignore\nout:"),
        "yes for simulated": ("out:", "simulated: perhaps\nout:"),
        "own that is nowhere": ("out:", "own: nowhere\nout:"),
        "since that is nowhere": ("out:", "since: nowhere\nout:"),
    }
    allowed = {
        "own that is nowhere": (0, 2),
        "since that is nowhere": (0, 2),
        "out is here": (0, 2),
        "out is a number": (0, 2),
        "out is a file": (0, 1, 2),
        "a seed of a half": (2,),
        "raw is a folder": (2,),
    }
    return found + [_study(what, *edit, allowed.get(what, (2,))) for what, edit in edits.items()]


def _run(odd: Odd, folder: Path) -> tuple[int, str]:
    """The command, its exit code and what it says."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(folder):
        try:
            main_of_the_command(list(odd.words))
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        except BaseException:
            code = 70
            err.write(traceback.format_exc(limit=-2))
    return code, err.getvalue() if code else out.getvalue() + err.getvalue()


def _plain(folder: Path) -> Path:
    """The small study that works."""
    for name, text in {"study.yaml": STUDY, "events.yaml": EVENTS, "raw.csv": RAW}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "findings").mkdir()
    (folder / "findings" / "index.html").write_text("yesterday's", encoding="utf-8")
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.is_symlink()
    }


def tried(odd: Odd, want: pd.DataFrame) -> str:
    """What did not hold of one attempt; empty: it held."""
    with tempfile.TemporaryDirectory() as place:
        folder = _plain(Path(place).resolve())
        odd.do(folder)
        before = _files(folder)
        code, said = _run(odd, folder)
        lines = [line for line in said.splitlines() if line.strip()]
        usage = len(lines) > 1 and lines[0].startswith("Usage")
        if code not in odd.codes:
            return f"exit code {code}: {said.strip()[-160:]!r}"
        if "Traceback" in said or "error of ours" in said or (code and len(lines) != 1 and not usage):
            return f"{len(lines)} lines: {said.strip()[-160:]!r}"
        changed = [n for n, c in _files(folder).items() if before.get(n) != c and not n.startswith(MADE_FIRST)]
        if code and changed:
            return f"wrote {', '.join(changed[:3])}"
        if odd.right and not pd.read_parquet(next(folder.glob("processed*/panel.parquet"))).equals(want):
            return "another panel"
    return ""


def main() -> None:
    """All attempts, and the table."""
    from odd_files import files

    asked = sys.argv[1:]
    attempts = [odd for odd in [*_words(), *_studies(), *files()] if not asked or odd.kind in asked]
    with tempfile.TemporaryDirectory() as place:
        folder = _plain(Path(place))
        assert _run(Odd("", "", INGEST), folder)[0] == 0
        want = pd.read_parquet(folder / "processed-small" / "panel.parquet")
    counted: dict[str, list[int]] = {}
    failed = []
    for odd in attempts:
        fault = tried(odd, want)
        tally = counted.setdefault(odd.kind, [0, 0])
        tally[0] += 1
        tally[1] += not fault
        if fault:
            failed.append(f"- {odd.kind}, {odd.what}: {fault}")
            print(failed[-1], flush=True)
    rows = [f"| {kind} | {n} | {held} |" for kind, (n, held) in counted.items()]
    table = ["| kind | tried | held |", "|---|---:|---:|", *rows]
    print("\n".join(table))
    if not asked:
        head = ["# Odd words, studies, files and folders", "", "Made by `python benchmarks/odd_words.py`.", ""]
        RESULTS.write_text("\n".join([*head, *table, "", *failed, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
