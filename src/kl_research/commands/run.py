"""From a study file to a folder of findings: ingest, plan, execute, publish. The one place that composes."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kl_research.batch import Limits, Outcome, Pool, Run, check_runs, keys, state
from kl_research.batch.lock import lock, turn
from kl_research.batch.progress import Progress, tell
from kl_research.batch.state import OVERVIEW
from kl_research.commands.data.chosen import choose
from kl_research.commands.data.kept import Prepared, kept_ingest, private, replace_data
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.out_folder import check_out, open_out, publish
from kl_research.commands.runs import (
    effective_study,
    effective_study_stands,
    lock_file,
    overview_key,
    plan,
    read_key,
)
from kl_research.findings.site.pdf import browser
from kl_research.terms.errors import InputError
from kl_research.terms.study import Study

if TYPE_CHECKING:
    from kl_research.batch.distributed import Cluster

FINISH = "kl_research.commands.warm_finish:finish"


@dataclass(frozen=True)
class Report:
    """What a run did: the page to open, how many pages were made and how many stood, one line a failure.

    `unprinted` counts the pages whose PDF the browser failed to make. It is 0 where no browser is installed.
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
    edition: str | None = None,
    half: str | None = None,
    limits: Limits | None = None,
    scheduler: str | None = None,
    new_key: bool = False,
    quiet: bool = False,
) -> Report:
    """Run a study: every notebook for every area chosen, then the overview, then the site.

    Runs whose content key has not changed are not run again unless `fresh`. `only` and `region` choose areas; the
    entries of the others stay. Raises `InputError`, with nothing written, when the study or its input is refused.
    """
    browser()  # a wrong one is told now, not after the last run
    study = load_study(file, language, edition, half)
    prepared = prepare(study, fresh=fresh, new_key=new_key)
    areas = choose(prepared, only or [], region)
    check_runs([run for runs in plan(prepared, areas, study.file) for run in runs])
    check_out(study)
    pool = _pool(study, workers, scheduler, limits)
    batch = _Batch(prepared, pool, fresh, scheduler=scheduler, quiet=quiet)
    folder = private(study.processed_folder)
    with ExitStack() as held:
        held.enter_context(pool)
        if prepared.ingested is not None:  # new data: there will be runs, and their imports need not wait
            pool.begin(batch.note)
        with turn(folder, "data", batch.note):
            prepared = held.enter_context(_data_in_place(prepared))
            open_out(study)
        each, over = plan(prepared, areas, effective_study(study, write=False))
        everywhere = len(areas) == len(prepared.areas)
        if everywhere:
            batch.forget_others({run.name for run in (*each, *over)})
        read = read_key(study)
        batch.run(each, read)
        # Several commands may make areas of one study at once; whoever comes last makes the site of all.
        held.enter_context(turn(folder, "site", batch.note))
        batch.run(over, overview_key(study, read))
        if not quiet:
            tell("pages and tables")
        unprinted = publish(prepared, batch.note)
        if study.own:
            unprinted += sum(_own_edition(prepared, code, batch) for code in areas)
    return Report(study.out_folder / "index.html", batch.made, batch.current, batch.failures, unprinted)


def _own_edition(prepared: Prepared, code: str, batch: _Batch) -> int:
    """One municipality's own edition: its notebooks on its own data, in a folder that its owner alone may open.

    Returns how many PDFs a browser that is there did not make.
    """
    from kl_research.intake.own import write_own  # loads pandas, which a run with nothing to do need not

    study = prepared.study
    folder = private(write_own(study.processed_folder, code))
    mine = study.with_changes(
        disclosure=study.disclosure.model_copy(update={"edition": "own"}),
        processed=os.path.relpath(folder, study.file.parent),
        out=os.path.relpath(study.path(str(study.own)) / code, study.file.parent),
        overview=[],
    )
    own = replace(prepared, study=mine, areas={code: prepared.areas[code]})
    check_out(mine)
    open_out(mine)
    each, _ = plan(own, [code], effective_study(mine))
    batch.of(own).run(each, read_key(mine))
    return publish(own)


@contextmanager
def _data_in_place(prepared: Prepared) -> Iterator[Prepared]:
    """The study's data and the copy of its study file where notebooks read them, unchanged for as long as this lasts.

    Two commands on the same study may read the data at once; one that would change them must be alone.
    """
    study = prepared.study
    folder, what = study.processed_folder, study.file.name
    settled = effective_study_stands(study)
    if prepared.ingested is None and settled:
        with lock(folder, what, shared=True):
            yield prepared
        return
    with ExitStack() as held:
        try:
            share = held.enter_context(lock(folder, what))
        except InputError:
            kept = kept_ingest(study)  # another command has ingested the same in the meantime
            if kept is None or kept.key != prepared.key or not settled:
                raise
            held.enter_context(lock(folder, what, shared=True))
            yield kept
            return
        replace_data(prepared)
        effective_study(study)
        share()
        yield prepared


def _pool(study: Study, workers: int | None, scheduler: str | None, limits: Limits | None) -> Pool | Cluster:
    if scheduler is None:
        return Pool(workers=workers, finish=FINISH, limits=limits)
    from kl_research.batch.distributed import Cluster

    return Cluster(scheduler, finish=FINISH, limits=limits, sees=study.file)


class _Batch:
    """The runs of one command: skips what is current, keeps what is done, collects what failed."""

    def __init__(
        self, prepared: Prepared, pool: Pool | Cluster, fresh: bool, *, scheduler: str | None, quiet: bool
    ) -> None:
        self._prepared, self._pool, self._fresh = prepared, pool, fresh
        self._scheduler, self._quiet = scheduler, quiet
        self._folder = prepared.study.data_folder
        self.made, self.current, self.failures = 0, 0, list[str]()

    def of(self, prepared: Prepared) -> _Batch:
        """The same batch, at the runs of another edition."""
        self._prepared, self._folder = prepared, prepared.study.data_folder
        return self

    def run(self, runs: list[Run], read: dict[str, str]) -> None:
        kept = state.entries(self._folder)
        lock_path = lock_file(self._prepared.study)
        wanted = {run.name: keys.hashes(run, read, lock_path) for run in runs}
        stale = [run for run in runs if self._fresh or not is_current(run, kept.get(run.name), wanted[run.name])]
        self.current += len(runs) - len(stale)
        if not stale:
            return
        with Progress(len(stale), lambda outcome: label(outcome.run), quiet=self._quiet) as progress:

            def done(outcome: Outcome) -> None:
                self._keep(outcome, wanted[outcome.run.name])
                progress.done(outcome)

            self._pool.execute(stale, done, progress.note)

    def _keep(self, outcome: Outcome, hashes: dict[str, str]) -> None:
        run, ok = outcome.run, outcome.status == "ok"
        if not ok:
            Path(run.page["html"]).unlink(missing_ok=True)  # yesterday's page would stand under today's date
            self.failures.append(failure_line(run, outcome.error, self._prepared.study, self._scheduler))
        entry = {
            "area": run.area,
            "notebook": run.notebook.stem,
            "status": outcome.status,
            "seconds": round(outcome.seconds, 2),
            "hashes": hashes,
            "versions": keys.versions(),
            "error": outcome.error,
            "html": f"{run.area}/{run.notebook.stem}.html" if ok else "",
        }
        state.save(self._folder, run.name, entry, outcome.record if ok else None)
        self.made += ok

    def note(self, text: str) -> None:
        """Say what a user should know, unless asked to be quiet."""
        if not self._quiet:
            print(text, file=sys.stderr, flush=True)

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


def failure_line(run: Run, error: str, study: Study, scheduler: str | None = None) -> str:
    """One line: municipality, notebook, cell and message, and the command that repeats it."""
    only = "" if run.area == OVERVIEW else f" --only {shlex.quote(run.area)}"
    where = f" --scheduler {shlex.quote(scheduler)}" if scheduler else ""
    return f"{label(run)}: {error}. Repeat: kl-research run {shlex.quote(str(study.file))}{only}{where}"
