"""Pages as tagged PDF, printed by a Chromium that is already there; without one there are no PDFs.

Mail programs drop HTML attachments, so a municipality's one page is a PDF too. The browser is started once, driven
over its own protocol, and asked for nothing but files on this machine. KL_RESEARCH_CHROMIUM names it where it is not
found under its usual names.
"""

from __future__ import annotations

import base64
import ctypes
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kl_research.terms.errors import InputError
from kl_research.terms.temporary import folder

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]
_DATE = re.compile(rb"/(CreationDate|ModDate) \(D:[^)]*\)")
_NODE = re.compile(rb"\(node\d{8}\)")
_WAIT = 60.0
_PR_SET_PDEATHSIG = 1


def browser() -> str | None:
    """The browser that would print; None when there is none, or the extra `pdf` is not installed.

    A named one that is no program is an `InputError`.
    """
    named = os.environ.get("KL_RESEARCH_CHROMIUM")
    if named and shutil.which(named) is None:
        where = "KL_RESEARCH_CHROMIUM"
        raise InputError(where, "no program of that name", "a Chromium", "correct the path or unset it")
    if find_spec("websocket") is None:
        return None
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


def print_pages(pages: Sequence[tuple[Path, Path]]) -> list[Path]:
    """Print each (page, pdf); returns the PDFs made: none without a browser, the first few when it ends early."""
    program, made = browser(), list[Path]()
    if program is None or not pages:
        return made
    with folder() as profile, closing(_printed(program, profile, [source for source, _ in pages])) as contents:
        for (_, target), content in zip(pages, contents, strict=False):
            target.write_bytes(content)
            made.append(target)
    return made


def _printed(program: str, profile: Path, sources: Sequence[Path]) -> Generator[bytes]:
    """The PDF of one page after the other, as long as the browser lives."""
    from websocket import WebSocketException

    command = [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet, preexec_fn=_tied_to_us())
    except (OSError, subprocess.SubprocessError):
        return
    try:
        with closing(_Page(_port(profile, process))) as page:
            for source in sources:
                yield _print(page, source)
    except (OSError, TimeoutError, RuntimeError, WebSocketException):
        return
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tied_to_us() -> Callable[[], object] | None:
    """What the browser's process does before it is one: ask to be killed with us, so that a killed run leaves none.

    Linux only; elsewhere a browser whose run was killed stays until somebody ends it.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _print(page: _Page, source: Path) -> bytes:
    page.call("Page.navigate", url=source.resolve().as_uri())
    page.until("Page.loadEventFired")
    # In a sheet sent by mail a link to the next page leads nowhere, and would name a folder of this machine.
    page.call("Runtime.evaluate", expression="document.querySelectorAll('a').forEach(a => a.removeAttribute('href'))")
    answer = page.call(
        "Page.printToPDF",
        generateTaggedPDF=True,
        generateDocumentOutline=True,
        preferCSSPageSize=True,
        printBackground=False,
        paperWidth=8.27,
        paperHeight=11.69,
        marginTop=0.5,
        marginBottom=0.5,
        marginLeft=0.6,
        marginRight=0.6,
    )
    content = base64.b64decode(answer["data"])
    # The clock has no place in the file: the same page gives the same bytes.
    content = _DATE.sub(
        lambda m: (
            b"/"
            + m[1]
            + b" ("
            + b"D:20000101000000+00'00'"[: len(m[0]) - len(m[1]) - 4].ljust(len(m[0]) - len(m[1]) - 4)
            + b")"
        ),
        content,
    )
    return _renamed(content)


def _renamed(content: bytes) -> bytes:
    """Nodes of the structure tree named by their rank: the browser counts them through all pages it has printed."""
    ranks = {name: b"(node%08d)" % rank for rank, name in enumerate(sorted(set(_NODE.findall(content))))}
    return _NODE.sub(lambda found: ranks[found[0]], content)


def _port(profile: Path, browser: subprocess.Popen[bytes]) -> int:
    file = profile / "DevToolsActivePort"
    end = time.monotonic() + _WAIT
    while time.monotonic() < end and browser.poll() is None:
        if file.is_file() and (text := file.read_text()).strip():
            return int(text.split()[0])
        time.sleep(0.05)
    raise TimeoutError("the browser did not start")


class _Page:
    """The one page of the browser, spoken to over a web socket."""

    def __init__(self, port: int) -> None:
        import websocket

        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=_WAIT) as answer:
            target = next(t for t in json.load(answer) if t["type"] == "page")
        # A printed page comes as base64 text of megabytes; that it is UTF-8 would be checked byte by byte in Python.
        self._socket = websocket.create_connection(
            target["webSocketDebuggerUrl"], timeout=_WAIT, suppress_origin=True, skip_utf8_validation=True
        )
        self._number = itertools.count(1)
        self._events: list[str] = []
        self.call("Page.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._number)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = self._next()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error'].get('message')}")
                return dict(message["result"])

    def until(self, event: str) -> None:
        while event not in self._events:
            self._next()
        self._events.clear()

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        if "method" in message:
            self._events.append(message["method"])
        return message

    def close(self) -> None:
        self._socket.close()
