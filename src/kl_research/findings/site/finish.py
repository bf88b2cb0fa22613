"""One executed notebook becomes a page: what a worker of the batch does after each run.

Apart from `site`, for it alone loads nbformat and nbconvert, which cost seconds.

`finish(executed, page) -> record` runs in the worker, once per executed notebook. `page` is plain JSON data:

| key | meaning |
|---|---|
| `html` | path of the page to write, `<out>/<code>/<notebook>.html` or `<out>/overview/<notebook>.html` |
| `area` | municipality code, or "overview" |
| `area_name` | the name a reader knows, "Odense"; for the overview the study's title |
| `notebook` | name of the notebook without suffix |
| `language` | "da" or "en" |
| `edition`, `threshold` | "public" or "internal"; 5 |
| `simulated` | true: watermark on page and figures |
| `foot` | the publisher's lines at the foot |

`record` is plain JSON data: `effects` (effects.effect.to_record), `measures`, `sentences`, `alerts` (lists of
dicts), `title`, `headline`, `figures`, `bytes`, and `withheld`: a list of lines; when it is not empty the public
gate refused the page, no HTML was written, and the run counts as failed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from kl_research.findings.html import checklist, gate, layout, recording
from kl_research.findings.site.exporter import FindingsExporter, is_hidden
from kl_research.findings.words.catalogue import say, say_or
from kl_research.findings.words.reader import Reader


def finish(executed: Path, page: dict[str, Any]) -> dict[str, Any]:
    """Render one executed notebook to `page["html"]` and return what it recorded."""
    who = Reader(page["language"], page["edition"], int(page["mask_below"]), bool(page["simulated"]))
    notebook = nbformat.read(executed, as_version=4)
    found = collect(notebook)
    refused = gate.unseen(notebook, is_hidden) if who.public else []
    exporter = FindingsExporter(
        lang=who.language,
        simulated=who.simulated,
        edition=who.edition,
        steps=False,
        area_name=page["area_name"] if page["area"] != "overview" else "",
        sub=str(page.get("sub", "")),
    )
    exporter.crumbs = _crumbs(page)
    exporter.facts = layout.facts(who)
    exporter.foot = tuple(page.get("foot", ()))
    html, _ = exporter.from_notebook_node(notebook)
    found["withheld"] = [*refused, *gate.problems(html, who), *_unstated(found, html)] if who.public else []
    found["bytes"] = len(html.encode())
    if not found["withheld"]:
        target = Path(page["html"])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(html, encoding="utf-8", newline="\n")
    return found


def _unstated(found: dict[str, Any], html: str) -> list[str]:
    """A page that claims effects states every item of the reporting checklist."""
    missing = checklist.unstated(html) if found["effects"] else []
    return [f"the reporting checklist does not state: {', '.join(missing)}"] if missing else []


def collect(notebook: Any) -> dict[str, Any]:
    """Everything the cells of an executed notebook recorded, put together."""
    found: dict[str, Any] = {part: [] for part in recording.PARTS}
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            content = output.get("data", {}).get(recording.MIME, {})
            parts = [content.get(part, []) for part in recording.PARTS] if isinstance(content, dict) else [None]
            if not all(isinstance(part, list) for part in parts):
                raise ValueError(f"cell {number} recorded something that `kl.record` did not make")
            for part, told in zip(recording.PARTS, parts, strict=True):
                found[part] += told
    plain: dict[str, Any] = json.loads(json.dumps(found))  # nbformat's own types would be imported by who reads it
    return plain


def _crumbs(page: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    lang = page["language"]
    own = (say_or(f"notebook.{page['notebook']}", lang, page["notebook"].replace("_", " ")), "")
    home = (say("front.index", lang), "../index.html")
    return (home, own) if page["area"] == "overview" else (home, (page["area_name"], "index.html"), own)
