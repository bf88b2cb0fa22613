"""A newcomer in a real browser: JupyterLab opens, the start notebook runs, the interactive page answers.

`python benchmarks/newcomer.py [FOLDER]` opens `kl-research lab` as somebody does who never used it (a fresh home, a
Danish system), clicks the menu's "run all", follows the link to the interactive page, changes its controls and times
the answers. Needs Chromium. Pictures go to FOLDER; the lines printed are kept in results/newcomer.md.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from findings.browser import Browser, chromium  # noqa: E402

# Lab looks for a source map of its own style sheets and for an update feed; neither is ours.
NOT_OURS = re.compile(r"favicon|\.map\b", re.IGNORECASE)
CELLS = "[...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')]"
FAILED = '[data-mime-type="application/vnd.jupyter.error"]'
CHANGED = """
(async (label, change) => {
  const area = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output .widget-vbox');
  const parts = {answer: '[role=status]', figure: '.kl-figure', checks: '.widget-html:last-child table'};
  const was = Object.fromEntries(Object.entries(parts).map(([k, s]) => [k, area.querySelector(s)?.outerHTML]));
  const seen = {}, start = performance.now();
  change(area);
  while (performance.now() - start < 8000 && Object.keys(seen).length < 3) {
    for (const [k, s] of Object.entries(parts)) {
      const now = area.querySelector(s)?.outerHTML;
      if (!(k in seen) && now && now !== was[k]) seen[k] = Math.round(performance.now() - start);
    }
    await new Promise(done => setTimeout(done, 5));
  }
  return seen;
})
"""


class Watched(Browser):
    """A browser that keeps what the console complains of."""

    def __enter__(self) -> Watched:
        self.complaints: list[str] = []
        super().__enter__()
        self.call("Log.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=1440, height=1000, deviceScaleFactor=1, mobile=False)
        return self

    def _note(self, message: dict[str, Any]) -> None:
        super()._note(message)
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"].get("text")))
        if method == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.complaints.append(" ".join(str(a.get("value", a.get("description", ""))) for a in params["args"]))
        if method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    def until(self, expression: str, what: str, seconds: float = 300) -> float:
        """Wait for something to be true in the page; returns the seconds it took."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            if self.evaluate(f"Boolean({expression})"):
                return time.monotonic() - start
            time.sleep(0.1)
        self.picture(Path(tempfile.gettempdir()) / "newcomer-waits.png")
        raise TimeoutError(what)

    def click(self, element: str) -> None:
        """A click of the mouse in the middle of an element."""
        self.evaluate(f"{element}.scrollIntoView({{block: 'center'}})")
        time.sleep(0.3)
        box = self.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({element}.getBoundingClientRect())")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
        time.sleep(0.3)

    def picture(self, path: Path) -> None:
        """What the window shows."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


def click_run_all(browser: Watched) -> None:
    """Open the menu and choose "run all", once the kernel is there."""
    idle = "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator')"
    browser.until(f"{idle}?.dataset.status === 'idle'", "the kernel is there")
    labels = "[...document.querySelectorAll('.lm-MenuBar-itemLabel')]"
    menu = f"{labels}.find(e => ['Run', 'Kør'].includes(e.textContent))"
    browser.until(menu, "the menu")
    browser.click(menu)
    item = "document.querySelector('.lm-Menu-item[data-command=\"runmenu:run-all\"]')"
    browser.until(item, "run all in the menu")
    browser.click(item)


def run_all(browser: Watched, name: str) -> float:
    """Choose "run all", wait for the last cell; returns the seconds. A failed cell is an error."""
    browser.until(f"document.querySelector('.jp-NotebookPanel') && {CELLS}.length > 3", f"{name} opens")
    click_run_all(browser)
    start = time.monotonic()
    # The last cell of every notebook records what was found.
    done = f"{CELLS}.at(-1).textContent.includes('recorded:')"
    browser.until(f"{CELLS}.at(-1) && ({CELLS}.at(-1).scrollIntoView(), {done})", f"{name} runs through")
    failed = browser.evaluate(
        "document.querySelectorAll('[data-mime-type=\"application/vnd.jupyter.error\"]').length"
    )
    assert not failed, f"{name}: {failed} cells failed"
    return time.monotonic() - start


def change(browser: Watched, what: str, script: str) -> dict[str, int]:
    """Milliseconds until answer, figure and checks are others, after a change of a control."""
    found = browser.evaluate(f"({CHANGED})({json.dumps(what)}, area => {{ {script} }})")
    time.sleep(1)
    return dict(found)


def choose(number: int, value: str) -> str:
    """A script that chooses an option by its text in the number-th list."""
    return (
        f"const list = area.querySelectorAll('select')[{number}];"
        # ipywidgets writes blanks as no-break spaces
        "list.selectedIndex = [...list.options].findIndex("
        f"o => o.textContent.replaceAll('\\u00a0', ' ').includes({json.dumps(value)}));"
        "list.dispatchEvent(new Event('change', {bubbles: true}));"
    )


def visit(folder: Path) -> list[str]:
    """The whole visit; returns what it found, a line each. Lab saves what it shows; the notebooks are put back."""
    notebooks = {path: path.read_bytes() for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    told = []
    with tempfile.TemporaryDirectory(prefix="kl-home-") as home:
        env = {**os.environ, "HOME": home, "LANG": "da_DK.UTF-8", "BROWSER": "true", "KL_LANGUAGE": ""}
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # Jupyter refuses root, which a container is
            settings = Path(home) / ".jupyter" / "jupyter_server_config.json"
            settings.parent.mkdir()
            settings.write_text('{"ServerApp": {"allow_root": true}}')
        words = [sys.executable, "-m", "kl_research.cli", "lab", "params/demo.yaml"]
        start = time.monotonic()
        log = Path(home) / "log"
        with log.open("w") as stream:
            lab = subprocess.Popen(words, cwd=ROOT, env=env, stderr=stream, start_new_session=True)
        try:
            address = _address(log)
            with Watched() as browser:
                browser.call("Page.navigate", url=address)
                browser.until(f"{CELLS}.length", "Lab opens on the start notebook")
                told.append(f"lab: open on {browser.evaluate('location.pathname')}, {time.monotonic() - start:.0f} s")
                told.append(f"lab: language {browser.evaluate('document.documentElement.lang')}")
                told.append(f"start: ran through in {run_all(browser, 'start'):.0f} s, no cell failed")
                first = "fetch('/api/kernelspecs').then(r => r.json()).then(s => s.default)"
                told.append(f"lab: first kernel of the launcher {browser.evaluate(first)}")
                browser.evaluate(f"{CELLS}[0].scrollIntoView()")
                time.sleep(1)
                browser.picture(folder / "start.png")
                link = "document.querySelector('.jp-RenderedMarkdown a[href*=\"explore.ipynb\"]')"
                browser.until(link, "the link to the interactive page")
                browser.click(link)
                browser.until("document.title.includes('explore')", "the interactive page opens")
                told.append(f"explore: ran through in {run_all(browser, 'explore'):.0f} s")
                controls = ".jp-NotebookPanel:not(.lm-mod-hidden) .widget-vbox select"
                browser.until(f"document.querySelector({json.dumps(controls)})", "the controls")
                for what, script in (
                    ("another municipality", choose(0, "Slagelse")),
                    ("another design", choose(2, "Afbrudt tidsserieanalyse")),
                    ("another event", choose(1, "OK22")),
                    ("the first design again", choose(2, "Udviklingen her")),
                    ("the whole country", choose(0, "hele landet")),
                ):
                    times = ", ".join(f"{k} {v} ms" for k, v in sorted(change(browser, what, script).items()))
                    told.append(f"explore: {what}: {times}")
                browser.evaluate(f"document.querySelector({json.dumps(controls)}).scrollIntoView()")
                time.sleep(1)
                browser.picture(folder / "explore.png")
                complaints = [c for c in browser.complaints if not NOT_OURS.search(c)]
                told.append(f"console: {len(complaints)} errors")
                told += [f"  {complaint[:300]}" for complaint in complaints]
        finally:
            os.killpg(lab.pid, signal.SIGTERM)
            lab.wait(timeout=30)
            time.sleep(2)
            for path, content in notebooks.items():
                if path.read_bytes() != content:
                    path.write_bytes(content)
            shutil.rmtree(ROOT / "notebooks" / ".ipynb_checkpoints", ignore_errors=True)
    return told


def _address(log: Path) -> str:
    """Where Lab says it is, with its token."""
    for _ in range(3000):  # the data are ingested first
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\w+", log.read_text()):
            return found[0]
        time.sleep(0.1)
    raise TimeoutError(log.read_text()[-2000:])


if __name__ == "__main__":
    if chromium() is None:
        sys.exit("no Chromium: name one in KL_CHROMIUM")
    pictures = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    pictures.mkdir(parents=True, exist_ok=True)
    print(*visit(pictures), sep="\n")
