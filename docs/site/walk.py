"""Walk the site that `make docs` built in a headless Chromium: links, search, axe-core, requests to elsewhere."""

from __future__ import annotations

import functools
import re
import sys
import threading
import urllib.parse
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.findings.browser import Browser, axe_source, chromium  # noqa: E402

HTML = ROOT / "docs" / "_site" / "html"
RULES = "['wcag2a','wcag2aa','wcag21a','wcag21aa','best-practice']"
AXE = (
    f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations.map("
    "v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))"
)


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a line for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def wait(browser: Browser, expression: str) -> object:
    """The value of an expression once it is true, or its last one."""
    return browser.evaluate(
        f"new Promise(done => {{ let n = 0; const ask = () => {{ const v = {expression}; "
        "(v || n++ > 100) ? done(v) : setTimeout(ask, 100); }; ask(); })"
    )


def go(browser: Browser, url: str, width: int, dark: bool) -> None:
    """Load an address and wait for it."""
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    still = {"name": "prefers-reduced-motion", "value": "reduce"}
    browser.call("Emulation.setEmulatedMedia", features=[scheme, still])
    browser.requests.clear()
    browser.call("Page.navigate", url=url)
    settled = "document.getAnimations().every(one => one.playState !== 'running')"
    wait(browser, f"document.readyState === 'complete' && location.href === {url!r} && {settled}")


def broken_links() -> list[str]:
    """Links within the site, the demo's too, that lead to no file or to no anchor."""
    found = []
    ids: dict[Path, set[str]] = {}
    for page in sorted(HTML.rglob("*.html")):
        for link in re.findall(r'<a\b[^>]*?\bhref="([^"]+)"', page.read_text(encoding="utf-8")):
            path, _, anchor = urllib.parse.unquote(link.replace("&amp;", "&")).partition("#")
            if re.match(r"[a-z]+:", path):
                continue
            target = (page.parent / path.partition("?")[0]).resolve() if path else page
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                found.append(f"{page.relative_to(HTML)}: {link}")
            elif anchor and target.suffix == ".html":
                if target not in ids:
                    ids[target] = set(re.findall(r'\bid="([^"]*)"', target.read_text(encoding="utf-8")))
                found += [] if anchor in ids[target] else [f"{page.relative_to(HTML)}: {link}"]
    return found


def main() -> int:
    """Walk; say what was found; 0 where it was nothing."""
    faults = broken_links()
    if chromium() is None:
        print("\n".join(faults), "\nno Chromium on this machine: links were checked, the rest was not", sep="")
        return 1 if faults else 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}"
    own = [
        page for page in sorted(HTML.rglob("*.html")) if page.relative_to(HTML).parts[0] not in ("_static", "demo")
    ]
    # Words after the command choose pages: `walk.py notebooks/ measured`.
    own = [page for page in own if not sys.argv[1:] or any(word in str(page) for word in sys.argv[1:])]
    with Browser() as browser:
        for page in own:
            print(page.relative_to(HTML), flush=True)
            url = f"{home}/{page.relative_to(HTML).as_posix()}"
            for width, dark in ((1280, False), (400, True)):
                go(browser, url, width, dark)
                browser.evaluate((axe_source() or "") + ";0")
                faults += [f"{url} {width} {'dark' if dark else 'light'}: {one}" for one in browser.evaluate(AXE)]
                faults += [f"{url} asks {one}" for one in browser.requests if not one.startswith((home, "data:"))]
        for base in (home, HTML.as_uri()):  # from a server, and opened as a file
            go(browser, f"{base}/search.html?q=smallest+change", 1280, False)
            found = wait(
                browser, "[...document.querySelectorAll('#search-results li a')].map(a => a.textContent).join('; ')"
            )
            print(f"'smallest change' from {base.partition(':')[0]}: {found}")
            faults += [] if found else [f"search found nothing from {base}"]
            faults += [f"search asks {one}" for one in browser.requests if not one.startswith((home, base, "data:"))]
    server.shutdown()
    print("\n".join(faults))
    print(f"{len(own)} pages walked, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
