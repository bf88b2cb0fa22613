"""Every notebook in JupyterLab, in a real browser: does it run, is something cut off, when is the first figure there?

    python benchmarks/lab.py FOLDER [NAME ...]

Lab is opened as benchmarks/newcomer.py does; each notebook is opened without its stored outputs, the menu's "run all"
is clicked, and what it shows is looked at: cells that failed, cells that stored something and show nothing, tables
wider than their place. Pictures of the first figure go to FOLDER, to be looked at; the table is results/lab.md.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from newcomer import CELLS, FAILED, NOT_OURS, ROOT, Watched, _address
from newcomer import click_run_all as run_all

from kl_research.commands.demo import write_demo

RESULTS = ROOT / "benchmarks" / "results" / "lab.md"
HEAD = """# Every notebook in JupyterLab

Made by `python benchmarks/lab.py FOLDER`: Chromium, 1440 by 1000, a fresh home, the demo, a load of {load} on two
cores. Seconds are since "run all" was clicked; the kernel had started. Cut off: tables wider than their place.
{n} of {all} notebooks.

| notebook | seconds | first figure | failed cells | blank outputs | cut off | console errors |
|---|---:|---:|---:|---:|---:|---:|
"""
FIGURE = "document.querySelector('.jp-NotebookPanel .jp-OutputArea-output :is(svg, img, canvas)')"
CUT = (
    "[...document.querySelectorAll('.jp-NotebookPanel .jp-OutputArea-output table')].filter(t => {"
    "const place = t.closest('.jp-OutputArea-output').getBoundingClientRect();"
    "return t.getBoundingClientRect().right > place.right + 2 || t.scrollWidth > t.clientWidth + 2})"
    ".map(t => t.textContent.trim().slice(0, 60))"
)
# How much each code cell shows: letters, or a picture.
SHOWN = (
    f"{CELLS}.map(c => c.querySelector('.jp-OutputArea')?.innerText.trim().length || "
    "(c.querySelector('.jp-OutputArea :is(svg, img, canvas, iframe)') ? 1 : 0))"
)


def main() -> None:
    """Open, run and look at each."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    names = sys.argv[2:] or sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    rows = []
    with tempfile.TemporaryDirectory(prefix="kl-home-") as home:
        study = write_demo(Path(home) / "kl-demo", "da")
        kept = {path.stem: path.read_bytes() for path in (study.parent.parent / "notebooks").glob("*.ipynb")}
        for name, content in kept.items():
            (study.parent.parent / "notebooks" / f"{name}.ipynb").write_bytes(without_outputs(content))
        settings = Path(home) / ".jupyter" / "jupyter_server_config.json"
        settings.parent.mkdir()
        settings.write_text('{"ServerApp": {"allow_root": true}}')
        # All cells are there to be looked at, also those out of sight.
        user = Path(home) / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
        user.mkdir(parents=True)
        (user / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
        env = {**os.environ, "HOME": home, "LANG": "da_DK.UTF-8", "BROWSER": "true", "KL_LANGUAGE": ""}
        log = Path(home) / "log"
        words = [sys.executable, "-m", "kl_research.cli", "lab", str(study), "--", "--allow-root"]
        with log.open("w") as stream:
            lab = subprocess.Popen(words, cwd=ROOT, env=env, stderr=stream, start_new_session=True)
        try:
            address = _address(log)
            for name in names:
                with Watched() as browser:  # a new one each: an old one asks whether to leave a notebook unsaved
                    browser.call("Page.navigate", url=address)
                    browser.until(f"{CELLS}.length", "Lab opens")
                    rows.append(look(browser, address, name, folder, kept[name]))
                print(rows[-1], flush=True)
                load = " ".join(f"{one:.0f}" for one in os.getloadavg())
                head = HEAD.format(load=load, n=len(rows), all=len(kept))
                RESULTS.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
        finally:
            os.killpg(lab.pid, signal.SIGTERM)
            lab.wait(timeout=60)


def look(browser: Watched, address: str, name: str, folder: Path, kept: bytes) -> str:
    """One notebook: a row of the table."""
    browser.complaints.clear()
    at = address.partition("?")[0].partition("/lab")[0]
    browser.evaluate("window.left = 1")  # Lab's address and title do not tell one notebook from another
    browser.call("Page.navigate", url=f"{at}/doc/tree/notebooks/{name}.ipynb")
    browser.until(f"!window.left && {CELLS}.length > 3", f"{name} opens", 600)
    run_all(browser)
    began = time.monotonic()
    browser.evaluate("window.firstFigure = 0; 0")
    figure = ""
    while time.monotonic() - began < 420:
        if not figure and browser.evaluate(f"Boolean({FIGURE})"):
            figure = f"{time.monotonic() - began:.0f} s"
        busy = browser.evaluate(
            f"{CELLS}.filter(c => c.querySelector('.jp-InputPrompt')?.textContent.includes('*')).length"
        )
        ran = browser.evaluate(
            f"{CELLS}.some(c => /\\d/.test(c.querySelector('.jp-InputPrompt')?.textContent || ''))"
        )
        if ran and not busy:
            break
        time.sleep(0.2)
    seconds = time.monotonic() - began
    failed = browser.evaluate(f"document.querySelectorAll('.jp-NotebookPanel {FAILED}').length")
    cut = browser.evaluate(CUT)
    blank = blanks(browser, kept)
    browser.evaluate(f"({FIGURE} || {CELLS}.at(-1)).scrollIntoView({{block: 'center'}})")
    time.sleep(1)
    browser.picture(folder / f"{name}.png")
    complaints = [c for c in browser.complaints if not NOT_OURS.search(c)]
    for told in (*cut, *blank, *complaints):
        print(f"  {name}: {told[:200]}", flush=True)
    values = (name, f"{seconds:.0f} s", figure, failed, len(blank), len(cut), len(complaints))
    return f"| {' | '.join(map(str, values))} |"


def without_outputs(content: bytes) -> bytes:
    """The notebook as it was before it was run."""
    notebook = nbformat.reads(content.decode(), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bytes(nbformat.writes(notebook).encode())


def blanks(browser: Watched, kept: bytes) -> list[str]:
    """Cells whose stored output is something to see, and that show nothing."""
    stored = nbformat.reads(kept.decode(), as_version=4)
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    shown = json.loads(browser.evaluate(f"JSON.stringify({SHOWN})"))
    return [
        f"cell {n} shows nothing: {cell.source[:60]!r}"
        for n, (cell, seen) in enumerate(zip(code, shown, strict=False), start=1)
        if cell.outputs and not seen
    ]


if __name__ == "__main__":
    main()
