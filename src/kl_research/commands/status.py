"""What of a study is up to date, what is not, and why. Reads everything, runs and writes nothing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from kl_research.batch import keys, state
from kl_research.commands.prepare import ingest_key, kept_ingest, load_study
from kl_research.commands.run import is_current, label
from kl_research.commands.runs import runs_with_keys

WORDS = {
    "notebook": "the notebook changed",
    "parameters": "parameters or page settings changed",
    "study": "the study changed",
    "events": "the register changed",
    "data": "the data changed",
    "code": "the project's source changed",
    "versions": "versions or the lock file changed",
}


def status(file: Path) -> list[str]:
    """One line a group of runs that share their state, failures a line each; raises `InputError`."""
    study = load_study(file)
    kept = kept_ingest(study)
    wanted = ingest_key(study)
    if kept is None:
        return [f"{study.study}: not ingested yet; nothing has been run"]
    changed = [part for part, key in wanted.items() if kept.key.get(part) != key]
    lines = [f"{study.study}: {len(kept.areas)} areas"]
    if changed:
        lines.append(f"data: to be ingested again ({', '.join(changed)} changed); then the pages that depend on them")
    else:
        lines.append("data: up to date")
    groups: dict[str, list[str]] = defaultdict(list)
    entries = state.entries(study.data_folder)
    for run, hashes in runs_with_keys(kept, list(kept.areas)):
        entry = entries.get(run.name)
        if entry is None:
            groups["not run"].append(label(run))
        elif entry["status"] != "ok":
            lines.append(f"{entry['status']}: {label(run)}: {entry['error']}")
        elif is_current(run, entry, hashes) and not changed:
            groups["up to date"].append(label(run))
        elif changed:
            groups["stale: the data are to be ingested again"].append(label(run))
        else:
            parts = keys.differing(entry["hashes"], hashes)
            why = ", ".join(WORDS[part] for part in parts) or "its page is gone"
            groups[f"stale: {why}"].append(label(run))
    return lines + [f"{words}: {_few(names)}" for words, names in sorted(groups.items(), reverse=True)]


def _few(names: list[str], shown: int = 5) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{len(names)} ({'; '.join(names[:shown])}{more})"
