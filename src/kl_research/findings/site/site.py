"""The folder a reader opens: one page a run, a front page per municipality, the index, and the tables.

How the batch and `run.py` call it
----------------------------------
`write_site(study, data, entries) -> Written` runs once, after all runs, into a folder that holds the pages of the
runs and nothing else; `commands/out_folder.py` puts it where readers look. `entries` are dicts with `area`,
`notebook`, `status` ("ok", "failed", "withheld"), `error`, `record` (what `finish` returned, or None) and `html`
(path or ""); areas without an entry are listed as not run. It writes index.html, the front pages and the tables of
the contract. It returns the files, and the PDFs that should be there and are not, for want of a browser or because it
ended early.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from kl_research.adoption.cut import Activity
from kl_research.findings.consistency import refusal
from kl_research.findings.consistency.gate import contradictions
from kl_research.findings.consistency.run import Contradiction
from kl_research.findings.html import gate
from kl_research.findings.pages import area
from kl_research.findings.pages import quality as quality_page
from kl_research.findings.pages.area import Site, run_of
from kl_research.findings.site import clinics as clinics_page
from kl_research.findings.site import front, index, one_page, pdf, publish
from kl_research.findings.site import nation as nation_page
from kl_research.findings.site import region as region_page
from kl_research.findings.site import since as since_page
from kl_research.findings.site import statement as statement_page
from kl_research.findings.site.chances import judged_together
from kl_research.findings.words.reader import Reader, reader
from kl_research.terms.study import Study

# Every kind of page that is made of the whole site: `pages(site)` returns HTML by path.
KINDS = (index, front, one_page, region_page, nation_page, clinics_page, statement_page)
OF_ONE = (index, front, one_page, statement_page)  # one municipality alone: nothing is said of others
MANIFEST = "manifest.json"
_NOT_ASKED = {"title", "tags", "quote", "source"}


@dataclass(frozen=True)
class Written:
    """The files of a site, the PDFs that were to be printed and were not, and the hash of the page each PDF shows."""

    files: list[Path]
    unprinted: list[Path]
    shown: dict[str, str]


@dataclass(frozen=True)
class Data:
    """What a site tells of: panel, quality report, activity, and the table of all measures.

    `windows`: in the public edition the window totals that effects are computed from; `beside` gives the counts
    beside a municipality's calls.
    """

    panel: pd.DataFrame
    quality: dict[str, Any]
    activity: Activity | None
    measures: pd.DataFrame
    windows: pd.DataFrame | None = None
    beside: Callable[[str], pd.DataFrame] | None = None


def write_site(
    study: Study,
    data: Data,
    entries: list[dict[str, Any]],
    *,
    printed: Mapping[str, Path] | None = None,
    also: Callable[[area.Site], list[Path]] | None = None,
) -> Written:
    """Write the index, the front pages and the tables into the study's out folder.

    `printed` has PDFs by the hash of the page they show: a page that did not change is not printed again.
    `also` writes what belongs beside the pages and returns those files too.
    """
    out = study.out_folder
    out.mkdir(parents=True, exist_ok=True)
    who = reader(study)
    entries = judged_together(entries)
    panel, quality, activity = data.panel, data.quality, data.activity
    made = area.areas(study, panel, entries, activity, who)
    site = Site(study, panel, quality, activity, entries, made, who, (), data.measures, data.beside)
    site = replace(site, since=since_page.since_last_time(site, _release_before(study)))
    texts = {name: html for kind in (OF_ONE if study.alone else KINDS) for name, html in kind.pages(site).items()}
    if who.public:
        for name, html in texts.items():
            if refused := gate.problems(html, who):
                raise gate.Withheld(f"{name}: {'; '.join(refused)}")
    found = _contradictions(site, texts)
    if found and study.contradictions == "refuse":
        raise refusal.refused(found)
    if found:
        texts = {name: refusal.marked(html, found, who.language) for name, html in texts.items()}
    written = [_write(out / name, html) for name, html in texts.items()]
    written += [_write(out / refusal.FILE, refusal.table(found))] if found else []
    codes = {one.code for one in site.areas}
    sheets = {name: out / _pdf_name(name, who, codes) for name in texts if _is_printed(name)}
    shown = {to.name: hashlib.sha256(texts[name].encode()).hexdigest() for name, to in sheets.items()}
    stand = _copied(sheets.values(), shown, printed or {})
    missing = [(out / name, to) for name, to in sheets.items() if to not in stand]
    with ThreadPoolExecutor(1) as beside:  # a browser prints, and the tables are made meanwhile
        printing = beside.submit(pdf.print_pages, missing)
        written += publish.tables(out, site, data.windows)
        told = quality_page.published(quality, panel, who)
        written.append(_write(out / "quality.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n"))
        written.append(_write(out / "events.json", register_text(study)))
        written += also(site) if also is not None else []
        pdfs = stand + printing.result()
    written += pdfs + [Path(entry["html"]) for entry in entries if entry.get("html")]
    unprinted = [to for _, to in missing if to not in pdfs]
    return Written(written, unprinted, {to.name: shown[to.name] for to in pdfs})


def _copied(sheets: Iterable[Path], shown: Mapping[str, str], printed: Mapping[str, Path]) -> list[Path]:
    """The sheets that are there as PDF already, put in their places."""
    stand = [to for to in sheets if shown[to.name] in printed]
    for to in stand:
        shutil.copyfile(printed[shown[to.name]], to)
    return stand


def _contradictions(site: Site, texts: Mapping[Path, str]) -> list[Contradiction]:
    """The sentences of a site that cannot both be true; the pages of notebooks are read too.

    Pages that stand from a run on earlier data (`run --only`) tell what was true then, and are not compared.
    """
    out = site.study.out_folder
    pages = {name.as_posix(): html for name, html in texts.items()}
    for entry in site.entries:
        if entry.get("html") and entry.get("current", True) and (page := Path(entry["html"])).is_file():
            pages[page.relative_to(out).as_posix()] = page.read_text(encoding="utf-8")
    return contradictions(run_of(site, pages))


def _release_before(study: Study) -> since_page.Release | None:
    """The tables of the study's previous release, where it has them."""
    named = study.since
    folder = study.path(named) if named else None
    if folder is None or not all((folder / name).is_file() for name in ("results.csv", MANIFEST)):
        return None
    with (folder / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return since_page.Release(rows, json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["runs"])


def _is_printed(name: Path) -> bool:
    """What is sent by mail: a municipality's one page, a region's pack, the pack for a meeting."""
    return name.name in (one_page.NAME, nation_page.NAME) or name.parent.name == region_page.FOLDER


def _pdf_name(name: Path, who: Reader, areas: Collection[str]) -> str:
    stem = name.parent.name if name.name == one_page.NAME else name.stem
    if name.parent.name == region_page.FOLDER and stem in areas:
        stem = f"region-{stem}"  # Oslo is both
    own = "-kun-eget-brug" if who.edition == "own" else ""
    return f"{stem}{'-simuleret' if who.simulated else ''}{own}.pdf"


def register_text(study: Study) -> str:
    """The register as far as effects depend on it, without what people said and wrote."""
    events = [event.model_dump(mode="json", exclude=_NOT_ASKED) for event in study.read_events().values()]
    return json.dumps(events, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
