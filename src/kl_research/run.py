"""From a study file to a folder of findings: ingest, plan, execute, publish. The one place that composes."""

from __future__ import annotations

import shlex
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kl_research.batch import Limits, Outcome, Pool, Run, check_runs, keys, state
from kl_research.batch.lock import lock
from kl_research.batch.progress import Progress
from kl_research.batch.state import OVERVIEW
from kl_research.findings.pdf import browser
from kl_research.planned import effective_study, event_keys, lock_file, overview_key, plan, read_key
from kl_research.prepare import Prepared, choose, load_study, prepare, private, replace_data
from kl_research.study import Study

if TYPE_CHECKING:
    from kl_research.batch.distributed import Cluster

FINISH = "kl_research.findings.site:finish"
MANIFEST, PUBLISHED = "manifest.json", "published.json"
# What a study asks, for a later comparison to name; none of it is a path.
ASKED = {
    "channels", "offset", "period", "completed_seconds", "outcome", "pre_months", "post_months", "equivalence_band",
    "primary", "seed",
}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What a run did: the page to open, how many runs were made and how many stood, one line a failure.

    `unprinted` are the pages whose PDF the browser did not make; without a browser there are none.
    """

    index: Path
    made: int
    current: int
    failures: list[str] = field(default_factory=list)
    unprinted: int = 0


def run(
    file: Path,
    *,
    only: list[str] | None = None,
    region: str | None = None,
    workers: int | None = None,
    fresh: bool = False,
    language: str | None = None,
    profile: str | None = None,
    limits: Limits | None = None,
    scheduler: str | None = None,
) -> Report:
    """Run a study: every notebook for every area chosen, then the overview, then the site.

    Runs whose content key has not changed are not run again unless `fresh`. `only` and `region` choose areas; the
    entries of the others stay. Raises `InputError`, with nothing written, when the study or its input is refused.
    """
    browser()  # a wrong one is told now, not after the last run
    study = load_study(file, language, profile)
    prepared = prepare(study, fresh=fresh)
    areas = choose(prepared, only or [], region)
    check_runs([run for runs in plan(prepared, areas, study.file) for run in runs])
    pool = _pool(workers, scheduler, limits)
    with lock(private(study.processed_folder), study.file.name):
        replace_data(prepared)
        _open_out(study)
        each, over = plan(prepared, areas, effective_study(study))
        batch = _Batch(prepared, pool, fresh)
        everywhere = len(areas) == len(prepared.areas)
        if everywhere:
            batch.forget_others({run.name for run in (*each, *over)})
        read = read_key(study)
        with batch:
            batch.run(each, read)
            batch.run(over, overview_key(study, read))
        unprinted = publish(prepared)
    return Report(study.out_folder / "index.html", batch.made, batch.current, batch.failures, unprinted)


def _open_out(study: Study) -> None:
    """The folder of findings, made before the first run: one that cannot be written ends the command at once."""
    private(study.out_folder)
    if study.disclosure.profile == "public":
        study.out_folder.chmod(0o755)


def _pool(workers: int | None, scheduler: str | None, limits: Limits | None) -> Pool | Cluster:
    if scheduler is None:
        return Pool(workers=workers, finish=FINISH, limits=limits)
    from kl_research.batch.distributed import Cluster

    return Cluster(scheduler, finish=FINISH, limits=limits)


class _Batch(AbstractContextManager["_Batch"]):
    """The runs of one command: skips what is current, keeps what is done, collects what failed."""

    def __init__(self, prepared: Prepared, pool: Pool | Cluster, fresh: bool) -> None:
        self._prepared, self._pool, self._fresh = prepared, pool, fresh
        self._folder = prepared.study.processed_folder
        self.made, self.current, self.failures = 0, 0, list[str]()

    def run(self, runs: list[Run], read: dict[str, str]) -> None:
        kept = state.entries(self._folder)
        lock_path = lock_file(self._prepared.study)
        wanted = {run.name: keys.hashes(run, read, lock_path) for run in runs}
        stale = [run for run in runs if self._fresh or not is_current(run, kept.get(run.name), wanted[run.name])]
        self.current += len(runs) - len(stale)
        if not stale:
            return
        with Progress(len(stale), lambda outcome: label(outcome.run)) as progress:

            def done(outcome: Outcome) -> None:
                self._keep(outcome, wanted[outcome.run.name])
                progress.done(outcome)

            self._pool.execute(stale, done, progress.note)

    def _keep(self, outcome: Outcome, hashes: dict[str, str]) -> None:
        run, ok = outcome.run, outcome.status == "ok"
        html = Path(run.page["html"])
        if not ok:
            html.unlink(missing_ok=True)  # yesterday's page would stand under today's date
            self.failures.append(failure_line(run, outcome.error, self._prepared.study))
        entry = {
            "area": run.area,
            "notebook": run.notebook.stem,
            "status": outcome.status,
            "seconds": round(outcome.seconds, 2),
            "hashes": hashes,
            "versions": keys.versions(),
            "error": outcome.error,
            "html": html.relative_to(self._prepared.study.out_folder).as_posix() if ok else "",
        }
        state.save(self._folder, run.name, entry, outcome.record if ok else None)
        self.made += 1

    def __exit__(self, *raised: object) -> None:
        self._pool.__exit__(None, None, None)

    def forget_others(self, names: set[str]) -> None:
        """Drop the runs of areas and notebooks that the study no longer has."""
        for name in set(state.entries(self._folder)) - names:
            state.forget(self._folder, name)


def is_current(run: Run, entry: dict[str, Any] | None, hashes: dict[str, str]) -> bool:
    """Whether a run need not be made again: it ended well, with this key, and its page stands."""
    return (
        entry is not None
        and entry.get("status") == "ok"
        and entry.get("hashes") == hashes
        and Path(run.page["html"]).is_file()
    )


def label(run: Run) -> str:
    """A run's name for a reader: "Odense (461), adoption"."""
    area = "overview" if run.area == OVERVIEW else f"{run.page['area_name']} ({run.area})"
    return f"{area}, {run.notebook.stem}"


def failure_line(run: Run, error: str, study: Study) -> str:
    """One line: municipality, notebook, cell and message, and the command that repeats it."""
    only = "" if run.area == OVERVIEW else f" --only {shlex.quote(run.area)}"
    return f"{label(run)}: {error}. Repeat: kl-research run {shlex.quote(str(study.file))}{only}"


def publish(prepared: Prepared) -> int:
    """Write the site and the manifest from everything kept, when something of it changed or is not printed yet.

    Returns how many PDFs a browser that is there did not make.
    """
    study = prepared.study
    folder, out = study.processed_folder, study.out_folder
    kept = state.entries(folder)
    mark = keys.digest([kept, study.model_dump(mode="json"), prepared.key, keys.digest_source()])
    manifest = {
        "study": study.study,
        "profile": study.disclosure.profile,
        "language": study.language,
        "simulated": study.simulated,
        "source_hash": prepared.source_hash,
        "asked": study.model_dump(mode="json", include=ASKED),
        "events": event_keys(study),
        "runs": [_public(entry, study) for _, entry in sorted(kept.items())],
    }
    if _stands(state.read_json(folder / PUBLISHED), mark) and state.read_json(out / MANIFEST) == manifest:
        return 0
    from kl_research.findings.site import write_site
    from kl_research.ingest import read_activity, read_quality
    from kl_research.panel import read_panel

    (folder / PUBLISHED).unlink(missing_ok=True)
    entries = [
        {
            **entry,
            "record": state.read_record(folder, name),
            "html": str(out / entry["html"]) if entry["html"] else "",
        }
        for name, entry in sorted(kept.items())
    ]
    state.write_json(out / MANIFEST, manifest)
    for name, entry in kept.items():
        _show_notebook(study, name, entry)
    unprinted = write_site(study, read_panel(folder), read_quality(folder), entries, activity=read_activity(folder))
    state.write_json(folder / PUBLISHED, {"mark": mark, "printed": not unprinted})
    return len(unprinted) if browser() else 0


def _stands(published: Any, mark: str) -> bool:
    """Whether the site is there, with its PDFs where a browser can print them."""
    known = published if isinstance(published, dict) else {}
    return known.get("mark") == mark and (known.get("printed") is True or browser() is None)


def _public(entry: dict[str, Any], study: Study) -> dict[str, Any]:
    # an error message may quote a value of the data; outside the house only its kind is told
    if study.disclosure.profile == "public" and entry["status"] == "failed":
        place, _, _ = entry["error"].partition(": ")
        return {**entry, "error": place.partition(" `")[0]}
    return entry


def _show_notebook(study: Study, name: str, entry: dict[str, Any]) -> None:
    """The executed notebook beside its page in the internal profile, and nowhere in the public one."""
    shown = study.out_folder / entry["area"] / f"{entry['notebook']}.ipynb"
    executed = state.executed_path(study.processed_folder, name)
    if study.disclosure.profile == "internal" and entry["html"] and executed.is_file():
        state.put(shown, executed.read_bytes())
    else:
        shown.unlink(missing_ok=True)
