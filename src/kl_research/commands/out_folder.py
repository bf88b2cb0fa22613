"""The folder of findings: taken before the first run, written again when something of it changed.

A site is written aside, in a hidden folder of `out`, and put in place by renaming its files when all of it is there:
a refusal, a full disk or a killed command leaves the earlier site whole.

`<processed>/published.json` says which folder that is (`out`), which files in it are ours (`files`), of which
state of the runs they are (`mark`, missing while they are put in place), which page each PDF shows (`prints`), and
to which months public numbers have been published (`released`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kl_research.batch import keys, state
from kl_research.commands.data.kept import Prepared, private
from kl_research.commands.runs import event_keys, read_key
from kl_research.findings.office.extra import is_installed
from kl_research.findings.site.pdf import browser
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study

QUARTER = 3  # months
MANIFEST, PUBLISHED, ASIDE = "manifest.json", "published.json", ".being-written"
_KINDS = {".html", ".csv", ".parquet", ".json", ".pdf", ".ipynb", ".pptx", ".xlsx", ".txt"}
# What a study asks, for a later comparison to name; none of it is a path.
ASKED = {
    "channels",
    "offset",
    "period",
    "completed_seconds",
    "outcome",
    "pre_months",
    "post_months",
    "equivalence_band",
    "primary",
    "seed",
}


def check_out(study: Study) -> None:
    """Refuse a folder for the findings that holds somebody's other files: pages would lie among and replace them."""
    out = study.out_folder
    manifest = state.read_json(out / MANIFEST)
    ours = isinstance(manifest, dict) and {"study", "asked", "runs"} <= manifest.keys()
    if not ours and _known(study) is None and out.is_dir() and any(out.iterdir()):
        found, expected = f"{study.out}: a folder with other files", "an empty folder, or earlier findings"
        raise InputError(f"{study.file.name}, out", found, expected, "name a new folder")


def open_out(study: Study) -> None:
    """The folder of findings, made before the first run: one that cannot be written ends the command at once."""
    state.write_json(study.processed_folder / PUBLISHED, {**(_known(study) or {}), **_owned(study)})
    private(study.out_folder)
    if study.disclosure.edition == "public":
        study.out_folder.chmod(0o755)


def _owned(study: Study) -> dict[str, Any]:
    return {"out": study.out, "files": _earlier(study), "released": (_known(study) or {}).get("released", [])}


def _known(study: Study) -> dict[str, Any] | None:
    """What is known of the folder of findings; None when it is not known to be ours."""
    known = state.read_json(study.processed_folder / PUBLISHED)
    return known if isinstance(known, dict) and known.get("out") == study.out else None


def _earlier(study: Study) -> list[str]:
    """The files below `out` that are ours; where their list was lost or never finished, all of the kinds we write."""
    known, out = _known(study) or {}, study.out_folder
    if "mark" in known:
        return list(known["files"])
    found = {path.relative_to(out) for path in out.rglob("*")} if out.is_dir() else set()
    ours = {p.as_posix() for p in found if p.suffix in _KINDS and not any(part[0] == "." for part in p.parts)}
    return sorted(ours | set(known.get("files", [])))


def publish(prepared: Prepared, note: Callable[[str], None] = lambda text: None) -> int:
    """Write the site and the manifest from everything kept, when something of it changed or is not printed yet.

    Returns how many PDFs a browser that is there did not make. `note` is told what a publisher should know.
    """
    study = prepared.study
    folder, out = study.data_folder, study.out_folder
    kept = {name: entry for name, entry in state.entries(folder).items() if _has_its_page(folder, name, entry)}
    made_of = [kept, study.model_dump(mode="json"), prepared.key, keys.digest_source()]
    mark = keys.digest([*made_of, is_installed()])
    manifest = {
        "study": study.study,
        "edition": study.disclosure.edition,
        "language": study.language,
        "simulated": study.simulated,
        "asked": study.model_dump(mode="json", include=ASKED),
        "events": event_keys(study, without=("quote", "source")),  # a digest would confirm who guesses them
        "runs": [_public(entry, study) for _, entry in sorted(kept.items())],
    }
    if (
        _stands(state.read_json(study.processed_folder / PUBLISHED), mark, out)
        and state.read_json(out / MANIFEST) == manifest
    ):
        return 0
    from kl_research.disclosure.handed_out import all_windows
    from kl_research.disclosure.published import read_published
    from kl_research.disclosure.seals import is_published
    from kl_research.findings.handouts.handouts import write_handouts
    from kl_research.findings.site.site import Data, write_site
    from kl_research.intake import read_activity, read_beside, read_measures, read_quality
    from kl_research.terms.panel import read_panel

    windows = all_windows(read_published(folder)) if is_published(folder) else None
    seen = (read_panel(folder), read_quality(folder), read_activity(folder), read_measures(folder))
    data = Data(*seen, windows, partial(read_beside, folder))
    with _written_aside(out) as aside:
        entries = _entries(study, kept, aside)
        there = study.with_changes(out=str(aside))
        done = write_site(there, data, entries, printed=_printed(study), also=write_handouts)
        state.write_json(aside / MANIFEST, manifest)
        owned = _owned(study)
        state.write_json(study.processed_folder / PUBLISHED, owned)
        files = _put_in_place(aside, out)
    gone = {path.relative_to(aside).as_posix() for path in done.unprinted}
    _remove_others(out, files, {*owned["files"], *gone}, whole=study.disclosure.edition == "public")
    if study.disclosure.edition == "public":
        last = f"{data.panel['month'].max():%Y-%m}"
        if said := too_soon(owned["released"], last):
            note(said)
        owned["released"] = sorted({*owned["released"], last})
    known = {**owned, "files": files, "mark": mark, "printed": not done.unprinted, "prints": done.shown}
    state.write_json(study.processed_folder / PUBLISHED, known)
    return len(done.unprinted) if browser() else 0


def too_soon(released: list[str], last: str) -> str:
    """What a publisher is told whose numbers go to `last` and were published less than a quarter ago.

    >>> too_soon(["2024-08", "2024-12"], "2025-03"), too_soon([], "2025-03")
    ('', '')
    >>> too_soon(["2024-12"], "2025-02")
    'published before to 2024-12, now to 2025-02: releases less than a quarter apart tell more of months with few ...'
    """
    earlier = max((month for month in released if month < last), default="")
    if not earlier or months.number(last) - months.number(earlier) >= QUARTER:
        return ""
    return (
        f"published before to {earlier}, now to {last}: releases less than a quarter apart tell more of months with "
        "few calls; see docs/privacy.md"
    )


def _printed(study: Study) -> dict[str, Path]:
    """The PDFs that are there, by the hash of the page each shows."""
    prints = (_known(study) or {}).get("prints", {})
    return {page: pdf for name, page in prints.items() if (pdf := study.out_folder / name).is_file()}


def _has_its_page(folder: Path, name: str, entry: state.Entry) -> bool:
    """Whether what a run says it made is there; where somebody removed it, the run counts as not run."""
    return not entry["html"] or state.page_path(folder, name).is_file()


@contextmanager
def _written_aside(out: Path) -> Iterator[Path]:
    """An empty folder on the disk of the findings, closed to others; gone afterwards, or by the next command."""
    aside = out / ASIDE
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir(0o700)
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _entries(study: Study, kept: dict[str, state.Entry], aside: Path) -> list[state.Entry]:
    """What a site is told of each run, whose page is put where the site is written.

    The internal edition shows the executed notebook beside the page; the public one never does.
    """
    folder, found = study.data_folder, []
    now = {**read_key(study), "code": keys.digest_source()}
    for name, entry in sorted(kept.items()):
        page = aside / entry["html"] if entry["html"] else None
        executed = state.executed_path(folder, name)
        if page:
            state.put(page, state.page_path(folder, name).read_bytes())
            if study.disclosure.edition == "internal" and executed.is_file():
                state.put(page.with_suffix(".ipynb"), executed.read_bytes())
        record, current = state.read_record(folder, name), _is_current(entry, now)
        found.append({**entry, "record": record, "html": str(page or ""), "current": current})
    return found


def _put_in_place(aside: Path, out: Path) -> list[str]:
    """Every file from where it was written to where it is read, the manifest last; returns their names."""
    files = sorted(path.relative_to(aside) for path in aside.rglob("*") if path.is_file())
    for name in sorted(files, key=lambda name: name.as_posix() == MANIFEST):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(out / name)
    return [name.as_posix() for name in files]


def _remove_others(out: Path, files: list[str], earlier: set[str], *, whole: bool) -> None:
    """Remove what was written by us before and not now; `whole`: and all else that stands in a folder of ours.

    Files of others beside ours are left alone.
    """
    now, before = set(map(Path, files)), set(map(Path, earlier))
    folders = {path.parts[0] for path in now | before if len(path.parts) > 1}
    for path in sorted(out.rglob("*"), reverse=True):
        name = path.relative_to(out)
        ours = len(name.parts) > 1 and name.parts[0] in folders
        if path.is_dir() and not path.is_symlink():
            if name.parts[0] in folders and not any(path.iterdir()):
                path.rmdir()
        elif name not in now and (name in before or (ours and whole)):
            path.unlink()


def _is_current(entry: state.Entry, now: dict[str, str]) -> bool:
    """Whether a municipality's page was made of what is there now; an overview is made anew where that changed."""
    made_of = entry.get("hashes", {})
    return entry["area"] == state.OVERVIEW or all(
        made_of.get(part) == now[part] for part in ("data", "study", "code")
    )


def _stands(published: Any, mark: str, out: Path) -> bool:
    """Whether the site is there, with its PDFs where a browser can print them."""
    known = published if isinstance(published, dict) else {}
    if known.get("mark") != mark or not (known.get("printed") is True or browser() is None):
        return False
    return all((out / name).is_file() for name in known["files"])


def _public(entry: dict[str, Any], study: Study) -> dict[str, Any]:
    # an error message may quote a value of the data; outside the house only its kind is told
    if study.disclosure.edition == "public" and entry["status"] == "failed":
        place, _, _ = entry["error"].partition(": ")
        return {**entry, "error": place.partition(" `")[0]}
    return entry
