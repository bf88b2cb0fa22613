"""The folder of findings: taken before the first run, written again when something of it changed.

`<processed>/published.json` says which folder that is (`out`), which files in it are ours (`files`), of which
state of the runs they are (`mark`, missing while they are being written), and of which page each PDF is (`prints`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from kl_research.batch import keys, state
from kl_research.commands.data.kept import Prepared, private
from kl_research.commands.runs import event_keys, read_key
from kl_research.findings.office.extra import is_installed
from kl_research.findings.site.pdf import browser
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study

MANIFEST, PUBLISHED = "manifest.json", "published.json"
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
    return {"out": study.out, "files": _earlier(study)}


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


def publish(prepared: Prepared) -> int:
    """Write the site and the manifest from everything kept, when something of it changed or is not printed yet.

    Returns how many PDFs a browser that is there did not make.
    """
    study = prepared.study
    folder, out = study.data_folder, study.out_folder
    kept = state.entries(folder)
    made_of = [kept, study.model_dump(mode="json"), prepared.key, keys.digest_source()]
    mark = keys.digest([*made_of, is_installed()])
    manifest = {
        "study": study.study,
        "edition": study.disclosure.edition,
        "language": study.language,
        "simulated": study.simulated,
        "asked": study.model_dump(mode="json", include=ASKED),
        "events": event_keys(study),
        "runs": [_public(entry, study) for _, entry in sorted(kept.items())],
    }
    if (
        _stands(state.read_json(study.processed_folder / PUBLISHED), mark)
        and state.read_json(out / MANIFEST) == manifest
    ):
        return 0
    from kl_research.disclosure.handed_out import all_windows
    from kl_research.disclosure.published import read_published
    from kl_research.disclosure.seals import is_published
    from kl_research.findings.handouts.handouts import write_handouts
    from kl_research.findings.site.site import Data, Earlier, write_site
    from kl_research.intake import read_activity, read_beside, read_measures, read_quality
    from kl_research.terms.panel import read_panel

    owned, prints = _owned(study), (_known(study) or {}).get("prints", {})
    state.write_json(study.processed_folder / PUBLISHED, owned)
    now = {**read_key(study), "code": keys.digest_source()}
    entries = [
        {
            **entry,
            "record": state.read_record(folder, name),
            "html": str(out / entry["html"]) if entry["html"] else "",
            "current": _is_current(entry, now),
        }
        for name, entry in sorted(kept.items())
    ]
    state.write_json(out / MANIFEST, manifest)
    for name, entry in kept.items():
        _show_notebook(study, name, entry)
    windows = all_windows(read_published(folder)) if is_published(folder) else None
    seen = (read_panel(folder), read_quality(folder), read_activity(folder), read_measures(folder))
    data = Data(*seen, windows, partial(read_beside, folder))
    done = write_site(study, data, entries, earlier=Earlier(owned["files"], prints), also=write_handouts)
    files = {path.relative_to(out).as_posix() for path in done.files}
    files |= {name for name in owned["files"] if (out / name).is_file()}
    known = {**owned, "files": sorted(files), "mark": mark, "printed": not done.unprinted, "prints": done.prints}
    state.write_json(study.processed_folder / PUBLISHED, known)
    return len(done.unprinted) if browser() else 0


def _is_current(entry: state.Entry, now: dict[str, str]) -> bool:
    """Whether a municipality's page was made of what is there now; an overview is made anew where that changed."""
    made_of = entry.get("hashes", {})
    return entry["area"] == state.OVERVIEW or all(
        made_of.get(part) == now[part] for part in ("data", "study", "code")
    )


def _stands(published: Any, mark: str) -> bool:
    """Whether the site is there, with its PDFs where a browser can print them."""
    known = published if isinstance(published, dict) else {}
    return known.get("mark") == mark and (known.get("printed") is True or browser() is None)


def _public(entry: dict[str, Any], study: Study) -> dict[str, Any]:
    # an error message may quote a value of the data; outside the house only its kind is told
    if study.disclosure.edition == "public" and entry["status"] == "failed":
        place, _, _ = entry["error"].partition(": ")
        return {**entry, "error": place.partition(" `")[0]}
    return entry


def _show_notebook(study: Study, name: str, entry: dict[str, Any]) -> None:
    """The executed notebook beside its page in the internal edition, and nowhere in the public one."""
    shown = study.out_folder / entry["area"] / f"{entry['notebook']}.ipynb"
    executed = state.executed_path(study.data_folder, name)
    if study.disclosure.edition == "internal" and entry["html"] and executed.is_file():
        state.put(shown, executed.read_bytes())
    else:
        shown.unlink(missing_ok=True)
