"""Pages looked at in a real browser: axe-core, the keyboard, no script, no request, no wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.findings.browser import Browser, axe_source, chromium

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")

PAGES = [
    "index.html",
    "461/index.html",
    "461/intervention_effect.html",
    "561/index.html",
    "265/index.html",
    "461/data_quality.html",
    "461/one_page.html",
    "901/intervention_effect.html",
    "overview/all_municipalities.html",
    "regions/1083.html",
    "national.html",
    "clinics.html",
    "accessibility.html",
]
RULES = "['wcag2a','wcag2aa','wcag21a','wcag21aa','best-practice']"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    pytest.importorskip("websocket", reason="websocket-client is not installed")
    with Browser() as one:
        yield one


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(browser: Browser, site: Path, page: str, dark: bool, width: int):
    source = axe_source()
    if source is None:
        pytest.skip("axe-core is not installed (package axe-core-python, or KL_AXE with its path)")
    browser.open(site / page, width, dark)
    browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    browser.evaluate(source + ";0")
    found = browser.evaluate(
        f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))"
    )
    assert found == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_nobody_for_anything_and_is_no_wider_than_a_phone(browser: Browser, site: Path, page: str):
    browser.open(site / page, 320)
    assert [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in browser.requests if url.startswith("file:")]) == 1
    assert browser.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_index_is_walked_with_the_keyboard_alone(browser: Browser, site: Path):
    browser.open(site / "index.html")
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.className") == "kl-skip"
    browser.press("Enter")
    assert browser.evaluate("document.activeElement.id") == "indhold"
    seen: list[str] = []
    for _ in range(6):
        browser.press("Tab")
        name = "document.activeElement.id || document.activeElement.textContent.trim()"
        seen.append(browser.evaluate(name))
        if seen[-1] == "soeg":
            break
    assert "soeg" in seen
    for letter in "odense":
        browser.press(letter)
    rows = (
        "[...document.querySelectorAll('.kl-index tbody tr')].filter(r => !r.hidden).map(r => r.cells[0].textContent)"
    )
    assert browser.evaluate(rows) == ["Odense"]
    assert "1" in browser.evaluate("document.getElementById('fundet').textContent")
    for _ in range(6):
        browser.press("Backspace", "\b")
    for _ in range(12):
        browser.press("Tab")
        if browser.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    first = browser.evaluate(rows)
    browser.press("Enter")
    assert browser.evaluate("document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "ascending"
    browser.press("Enter")
    assert browser.evaluate("document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "descending"
    assert browser.evaluate(rows) != first


def test_the_index_is_whole_without_script(browser: Browser, site: Path):
    browser.open(site / "index.html", script=False)
    assert browser.evaluate("document.querySelectorAll('.kl-index tbody tr').length") == 7
    assert browser.evaluate("getComputedStyle(document.querySelector('.kl-tools')).display") == "none"
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_hostile_names_are_text(browser: Browser, site: Path):
    for page in ("index.html", "901/index.html", "904/intervention_effect.html", "overview/all_municipalities.html"):
        browser.open(site / page)
        assert browser.evaluate("document.querySelectorAll('img[onerror], main script').length") == 0
        assert browser.evaluate("document.body.textContent.includes('\\u202e')") is False


def test_the_map_is_searched_in_the_list_below_it(browser: Browser, site: Path):
    browser.open(site / "national.html")
    browser.evaluate("document.getElementById('find').focus()")
    for letter in "odense":
        browser.press(letter)
    shown = "[...document.querySelectorAll('.kl-towns li')].filter(r => !r.hidden).map(r => r.textContent)"
    (row,) = browser.evaluate(shown)
    assert row.startswith("Odense: ")
    assert browser.evaluate("document.querySelector('.kl-towns').parentNode.open") is True
    browser.open(site / "national.html", script=False)
    assert browser.evaluate("document.querySelectorAll('.kl-towns li').length") == 3
    assert browser.evaluate("getComputedStyle(document.querySelector('.kl-tools')).display") == "none"
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
