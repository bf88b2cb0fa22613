"""A headless Chromium driven over its own protocol: enough to look at pages, press keys and run axe-core."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FLAGS = [
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


def chromium() -> str | None:
    """The browser, when there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("KL_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def axe_source() -> str | None:
    """axe-core's script: KL_AXE names the file, else the package axe-core-python carries it."""
    if path := os.environ.get("KL_AXE"):
        return Path(path).read_text(encoding="utf-8")
    if find_spec("axe_core_python") is None:
        return None
    return resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


class Browser:
    """One page of a browser; a context manager."""

    def __enter__(self) -> Browser:
        import websocket

        self._folder = tempfile.mkdtemp(prefix="kl-chromium-")
        program = chromium()
        assert program
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self._folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = self._port()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            target = next(t for t in json.load(answer) if t["type"] == "page")
        self._socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=120, suppress_origin=True)
        self._number = itertools.count(1)
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _port(self) -> int:
        file = Path(self._folder) / "DevToolsActivePort"
        for _ in range(300):
            if file.is_file() and (text := file.read_text()).strip():
                return int(text.split()[0])
            time.sleep(0.1)
        raise TimeoutError("Chromium did not start")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol; events that arrive meanwhile are looked at for requests."""
        number = next(self._number)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            self._note(message)
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])

    def open(self, page: Path, width: int = 1280, dark: bool = False, script: bool = True) -> None:
        """Load a page at a width, in light or dark mode, and wait until it stands."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.requests.clear()
        self.call("Page.navigate", url=page.resolve().as_uri())
        for _ in range(200):
            state = self.evaluate("document.readyState + location.href")
            if state.startswith("complete") and page.name in state:
                return
            time.sleep(0.05)
        raise TimeoutError(str(page))

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; promises are awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """One key: a character, or "Tab", "Enter", "ArrowDown"."""
        codes = {"Tab": 9, "Backspace": 8, "Enter": 13, "ArrowDown": 40, " ": 32}
        values = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
        typed = text or {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyDown", **values, **({"text": typed} if typed else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **values)
