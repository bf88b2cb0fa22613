"""What a batch survives, and what it leaves behind; each answer becomes a part of results/endurance.md.

    python benchmarks/endurance.py kill --times 100    kill -9 at a random moment, run again, compare with a calm run
    python benchmarks/endurance.py renames             the same at each renaming of a file, with strace
    python benchmarks/endurance.py soak --times 20     batches with a month more each: memory, files, seconds
    python benchmarks/endurance.py same                1 to 3 workers, other locale, zone, hash seed: same bytes
    python benchmarks/endurance.py versions --python .venv-lowest/bin/python    results under other versions

The study is the small one of tests/test_run.py (three areas, four notebooks), or with `--demo 461,851` the demo's
for those municipalities. Compared is every file under findings and under the processed data, without the seconds
that runs took.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from kl_research.batch import keys

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from cards import write_card  # noqa: E402
from test_run import COUNTS, contents, project  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "endurance.md"
TITLE = "# What a batch survives, and what it leaves behind\n\nEach part is written by the command that it names.\n"
Left = dict[str, bytes]


def _command(folder: Path, demo: str, python: str = sys.executable) -> list[str]:
    """The run of a fresh project."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = [python, "-m", "kl_research.cli", "run"]
    if not demo:
        project(folder, *COUNTS)
        return [*words, str(folder / "params" / "small.yaml")]
    for name in ("params", "notebooks", "data/raw/demo"):
        shutil.copytree(ROOT / name, folder / name)
    return [*words, str(folder / "params" / "demo.yaml"), "--only", demo]


def _calm(folder: Path, *more: str, demo: str = "", python: str = sys.executable, **env: str) -> Left:
    """What one undisturbed run leaves in a fresh project."""
    words = [*_command(folder, demo, python), *more]
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, **env})
    return _left(folder)


def _left(folder: Path) -> Left:
    """Every file that a run leaves, without how long its runs took."""
    found = {f"findings/{name}": content for name, content in contents(folder / "findings").items()}
    found |= {f"processed/{name}": content for name, content in contents(folder / "data" / "processed").items()}
    for manifest in (folder / "findings").rglob("manifest.json"):
        found["findings/manifest.json"] = manifest.read_bytes()
    timeless = {name: re.sub(rb'"seconds": [\d.e-]+', b'"seconds": 0', content) for name, content in found.items()}
    return {name: content for name, content in timeless.items() if not name.endswith("/published.json")}


def _kinds(left: Left) -> str:
    counted = Counter(Path(name).suffix[1:] for name in left)
    return f"{len(left)} files: " + ", ".join(f"{n} {kind}" for kind, n in counted.most_common())


def _traces(folder: Path) -> list[str]:
    """Half files, and kernels and browsers that nobody owns any more."""
    half = [
        path.name for path in folder.rglob("*") if path.name.endswith(".part") or path.name.startswith(".ingest-")
    ]
    orphans = [
        f"{p.info['name']} {p.info['pid']}"
        for p in psutil.process_iter(["name", "pid", "cwd", "ppid", "cmdline"])
        if str(folder) in str(p.info["cwd"]) or (p.info["ppid"] == 1 and _is_our_browser(p.info["cmdline"]))
    ]
    return half + orphans


def _is_our_browser(words: list[str] | None) -> bool:
    return any("user-data-dir" in word and "/kl-" in word for word in words or ())


def kill(top: Path, demo: str, times: int, seed: int) -> Iterator[str]:
    """Kill the command at random moments of its run; the next run must end as if nothing had happened."""
    draw = random.Random(seed)
    started = time.monotonic()
    expected = _calm(top / "project", demo=demo)
    length = time.monotonic() - started
    unfinished = 0

    def kills() -> Iterator[list[str]]:
        nonlocal unfinished
        for _ in range(times):
            words = _command(top / "project", demo)
            with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as command:
                time.sleep(draw.uniform(0, length))
                unfinished += command.poll() is None
                command.send_signal(signal.SIGKILL)
            yield words

    yield from _run_again(top / "project", expected, kills())
    yield f"moments over {length:.1f} s ({unfinished} before the end), seed {seed}"


def renames(top: Path, demo: str) -> Iterator[str]:
    """Kill the command at each renaming of a file, when what is on the disk changes; asks for strace."""

    def kills() -> Iterator[list[str]]:
        for n in itertools.count(1):
            words = _command(top / "project", demo)
            at = ["-e", "trace=rename", "-e", f"inject=rename:signal=KILL:when={n}"]
            if not subprocess.run(["strace", "-o", os.devnull, *at, *words], capture_output=True).returncode:
                return  # there is no n-th
            yield words

    yield from _run_again(top / "project", _calm(top / "project", demo=demo), kills())


def _run_again(folder: Path, expected: Left, kills: Iterator[list[str]]) -> Iterator[str]:
    """After each kill the same command once more: whether it is refused, what it leaves, and what else is left."""
    others = set(_traces(folder))  # of somebody else
    n, different, traces, refused = 0, 0, 0, 0
    for words in kills:
        n += 1
        refused += subprocess.run(words, capture_output=True, check=False).returncode != 0
        different += _left(folder) != expected
        time.sleep(0.5)  # kernels of the killed run leave with its pipes
        if left := set(_traces(folder)) - others:
            traces += 1
            yield f"left half a second after the next run: {', '.join(sorted(left))}"
    yield f"{n} kills; {_kinds(expected)}"
    yield f"refused or failed when run again {refused}; other files {different}; half files or orphans {traces}"


def soak(top: Path, times: int) -> Iterator[str]:
    """Batches in one process, a month more each: what it holds after the second, it holds after the last."""
    from kl_research.commands.run import run

    project(top / "project", *COUNTS)
    own = psutil.Process()
    calls = top / "project" / "data" / "calls.csv"
    yield f"{'batch':>5} {'MB':>6} {'descriptors':>11} {'children':>8} {'temporary':>9} {'seconds':>7} {'files':>5}"
    for n in range(1, times + 1):
        added = [f"{area};{2025 + n // 12}-{n % 12 + 1:02d};{10 + n}\n" for area in "ABC"]
        calls.write_text(calls.read_text(encoding="utf-8") + "".join(added), encoding="utf-8")
        write_card(calls)
        began = time.monotonic()
        run(top / "project" / "params" / "small.yaml", fresh=True)
        ours = list(top.parent.glob(f"kl-{own.pid}-*"))
        children = len(own.children(recursive=True))
        held = f"{n:5} {own.memory_info().rss / 1e6:6.0f} {own.num_fds():11} {children:8} {len(ours):9}"
        files = sum(path.is_file() for path in (top / "project").rglob("*"))
        yield f"{held} {time.monotonic() - began:7.0f} {files:5}"


def same(top: Path, demo: str) -> Iterator[str]:
    """The same study under everything that must not matter."""
    calm = _calm(top / "a", demo=demo)
    yield f"the demo for {demo}; {_kinds(calm)}" if demo else f"the small study; {_kinds(calm)}"
    for name, more, env in (
        ("again", (), {}),
        ("1 worker, C locale", ("--workers", "1"), {"LC_ALL": "C"}),
        ("2 workers, zone of Kiritimati", ("--workers", "2"), {"TZ": "Pacific/Kiritimati"}),
        ("3 workers, hash seed 7, another folder", ("--workers", "3"), {"PYTHONHASHSEED": "7"}),
    ):
        found = _calm(top / ("b" if "folder" in name else "a"), *more, demo=demo, **env)
        other = sorted(name for name in calm.keys() | found.keys() if calm.get(name) != found.get(name))
        yield f"{name:40} {f'{len(other)} differ: ' + ', '.join(other[:9]) if other else 'identical'}"


NUMBERS = """
import json, sys
import kl_research as kl
from kl_research.effects.records import to_record
study = kl.Study.load("params/demo.yaml")
found, events = kl.ingest(study), study.read_events()
effects = [e for c in sys.argv[1].split(",") for e in kl.evaluate(found.panel, events, municipality=c)]
measures = kl.measure_table(found.panel, found.activity, found.timing)
told = {"effects": [to_record(e) for e in effects]}
for name, table in (("measures", measures), ("panel", found.panel)):
    told[name] = json.loads(table.to_json(orient="records", double_precision=15))
print(json.dumps(told, default=str))
"""


def versions(demo: str, python: str) -> Iterator[str]:
    """The same source under another interpreter's versions: value by value, how far its numbers are from ours."""
    script = f"from importlib.metadata import version; print(*(version(p) for p in {keys.PACKAGES!r}))"
    theirs = subprocess.run([python, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    yield "there: " + ", ".join(f"{name} {found}" for name, found in zip(keys.PACKAGES, theirs, strict=True))
    here, there = (
        json.loads(
            subprocess.run(
                [interpreter, "-W", "ignore", "-c", NUMBERS, demo],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
                cwd=ROOT,
            ).stdout
        )
        for interpreter in (sys.executable, python)
    )
    for table in here:
        ours, others = dict(_values(here[table])), dict(_values(there[table]))
        apart = {name: _apart(str(ours.get(name, "")), str(others.get(name, ""))) for name in ours | others}
        texts, furthest = (
            [name for name, far in apart.items() if far is None],
            max(apart, key=lambda k: apart[k] or 0),
        )
        yield f"{table:9} {len(apart):6} values, {len(texts)} texts differ, at most {apart[furthest] or 0:.1e} apart"
        if apart[furthest] or texts:
            yield f"{'':9} furthest {furthest} {ours.get(furthest)}; texts {', '.join(texts[:5]) or 'none'}"


def _values(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of nested lists and mappings under the way to it."""
    if isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _values(value, f"{name}/{key}")
    else:
        yield name, content


def _apart(ours: str, theirs: str) -> float | None:
    """Relative difference of two cells; None where their texts differ and are no numbers."""
    if ours == theirs:
        return 0.0
    try:
        a, b = float(ours), float(theirs)
    except ValueError:
        return None
    return abs(a - b) / max(abs(a), abs(b)) if a or b else 0.0


def main() -> None:
    """Ask one of the five, and write its answer in the place of the one before."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=["kill", "renames", "soak", "same", "versions"])
    asked.add_argument("--demo", default="", metavar="CODES", help="the demo for these municipalities")
    asked.add_argument("--times", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--python", default=sys.executable, help="the interpreter with other versions")
    told = asked.parse_args()
    top = Path(tempfile.mkdtemp(prefix="kl-endurance-"))
    load = os.getloadavg()[0]
    answers = {
        "kill": lambda: kill(top, told.demo, told.times, told.seed),
        "renames": lambda: renames(top, told.demo),
        "soak": lambda: soak(top, told.times),
        "same": lambda: same(top, told.demo),
        "versions": lambda: versions(told.demo or "461,851,265", told.python),
    }
    lines = []
    for line in answers[told.what]():
        print(line, flush=True)
        lines.append(line)
    shutil.rmtree(top, ignore_errors=True)
    with_what = ", ".join(f"{name} {found}" for name, found in keys.versions().items())
    words = " ".join(word for word in sys.argv[1:] if "/" not in word and word != "--python")
    store(f"## {words}", [f"{with_what}; load {load:.1f} to {os.getloadavg()[0]:.1f}", "", "```", *lines, "```"])


def store(heading: str, lines: list[str]) -> None:
    """One part of the results, in the place of an earlier one under the same heading."""
    known = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else TITLE
    first, *parts = known.split("\n## ")
    found = {part.partition("\n")[0]: part for part in parts}
    found[heading[3:]] = "\n".join([heading[3:], "", *lines, ""])
    RESULTS.write_text("\n## ".join([first, *(found[name].rstrip("\n") + "\n" for name in sorted(found))]), "utf-8")


if __name__ == "__main__":
    main()
