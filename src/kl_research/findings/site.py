"""The folder a reader opens: one page a run, a front page per municipality, the index, and the tables.

How the batch and `run.py` call it
----------------------------------
`finish(executed, page) -> record` runs in the worker, once per executed notebook. `page` is plain JSON data:

| key | meaning |
|---|---|
| `html` | path of the page to write, `<out>/<code>/<notebook>.html` or `<out>/overview/<notebook>.html` |
| `area` | municipality code, or "overview" |
| `area_name` | the name a reader knows, "Odense"; for the overview the study's title |
| `notebook` | name of the notebook without suffix |
| `study` | the study's id |
| `study_title` | its title in the language of the page |
| `language` | "da" or "en" |
| `profile`, `threshold` | "public" or "internal"; 5 |
| `simulated` | true: watermark on page and figures |
| `source_hash`, `code_hash` | optional; printed in the folded part of the page |

`record` is plain JSON data: `effects` (effects.effect.to_record), `measures`, `sentences`, `alerts` (lists of
dicts), `title`, `headline`, `figures`, `bytes`, and `withheld`: a list of lines; when it is not empty the public
gate refused the page, no HTML was written, and the run counts as failed.

`write_site(study, panel, quality, entries, *, activity=None, measures=None) -> list[Path]` runs once, after all
runs. `entries` are dicts with `area`, `notebook`, `status` ("ok", "failed", "withheld"), `error`, `record`
(what `finish` returned, or None) and `html` (path or ""); areas without an entry are listed as not run. It writes
index.html, the front pages and the tables of the contract, and in the public profile removes every file under
`out` that is neither written here, nor a page in `entries`, nor `manifest.json`. It returns what it wrote.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.study import Study


def finish(executed: Path, page: dict[str, Any]) -> dict[str, Any]:
    """Render one executed notebook to `page["html"]` and return what it recorded."""
    raise NotImplementedError


def write_site(
    study: Study,
    panel: pd.DataFrame,
    quality: dict[str, Any],
    entries: list[dict[str, Any]],
    *,
    activity: pd.DataFrame | None = None,
    measures: pd.DataFrame | None = None,
) -> list[Path]:
    """Write the index, the front pages and the tables into the study's out folder."""
    raise NotImplementedError
