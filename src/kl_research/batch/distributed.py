"""The same runs on a dask cluster: `--scheduler tcp://host:8786`, with the extra `distributed` installed.

A dask worker does what a worker process does here and sends back what it made, as content; the runner puts it in
place. Workers share nothing but the study: the same folder at the same path, and the same environment. A worker that
is lost costs only its runs' time, as dask hands them to another. Workers must have one thread, as papermill changes
the working directory of its process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from kl_research.batch.plan import Limits, Outcome, Run
from kl_research.batch.runner import Done, Note, put_in_place
from kl_research.batch.warm.supply import Templates
from kl_research.batch.worker import Product, perform
from kl_research.terms.errors import InputError

CONNECT_SECONDS = 20
ATTEMPTS = 2


class Cluster(AbstractContextManager["Cluster"]):
    """The pool of `runner`, with workers elsewhere; `sees` is a file that each of them must have at the same path.

    Raises `InputError` when there is no such cluster, or its workers cannot do the work.
    """

    def __init__(
        self, address: str, *, finish: str = "", limits: Limits | None = None, sees: Path | None = None
    ) -> None:
        self._finish, self._limits = finish, limits or Limits()
        self._client = _connect(address)
        threads = {worker["nthreads"] for worker in self._client.scheduler_info(n_workers=-1)["workers"].values()}
        if threads - {1}:
            self._client.close()
            raise InputError(
                "--scheduler",
                f"workers with {max(threads)} threads",
                "one thread each",
                "add --nthreads 1 --nworkers N",
            )
        if sees is not None:
            self._check_sight(sees)

    def _check_sight(self, file: Path) -> None:
        try:
            blind = sorted(worker for worker, there in self._client.run(_sees, str(file)).items() if not there)
        except Exception as error:  # a worker in another environment fails in whatever way it likes
            self._client.close()
            found = f"workers that cannot load kl_research ({type(error).__name__})"
            raise InputError("--scheduler", found, "this environment on each", "install it there too") from None
        if blind:
            self._client.close()
            found = f"{len(blind)} workers without {file} ({', '.join(blind[:3])})"
            raise InputError("--scheduler", found, "the study at the same path on each", "mount its folder there")

    def begin(self, note: Note = lambda text: None) -> None:
        """Nothing: the workers are elsewhere, and start when they are given runs."""

    def execute(
        self, runs: list[Run], done: Done = lambda outcome: None, note: Note = lambda text: None
    ) -> list[Outcome]:
        """Execute the runs; the outcomes come back in their order, a run that fails does not stop the others."""
        outcomes: dict[str, Outcome] = {}
        for product in self._products(runs):
            outcome = put_in_place(product)
            outcomes[outcome.run.name] = outcome
            done(outcome)
        return [outcomes[run.name] for run in runs]

    def _products(self, runs: list[Run]) -> Iterator[Product]:
        from distributed import as_completed

        tries = {run.name: 1 for run in runs}
        waiting: dict[Any, Run] = {}
        for run in runs:
            if future := self._submit(run):
                waiting[future] = run
            else:
                yield _lost(run, "no scheduler")
        completed = as_completed(list(waiting), loop=self._client.loop, raise_errors=False)
        for future in completed:
            run = waiting.pop(future)
            product = _product(future, run)
            if product.outcome.dead and tries[run.name] < ATTEMPTS and (again := self._submit(run)):
                tries[run.name] += 1
                waiting[again] = run
                completed.add(again)
            else:
                yield product
            future.release()

    def _submit(self, run: Run) -> Any:
        """The run's future; None when the scheduler is gone, which dask says in whatever way it likes."""
        try:
            return self._client.submit(_perform, run, self._finish, self._limits, pure=False)
        except Exception:
            return None

    def __exit__(self, *raised: object) -> None:
        self._client.close()


def _product(future: Any, run: Run) -> Product:
    """What a worker made; a failure when the cluster was lost with it, be it after the run had ended."""
    if future.status != "finished":
        return _lost(run, future.status)
    try:
        return future.result()
    except Exception as gone:
        return _lost(run, type(gone).__name__)


def _lost(run: Run, how: str) -> Product:
    return Product(Outcome(run, "failed", 0.0, f"the cluster lost it ({how})"))


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--scheduler", "no dask.distributed", "the extra `distributed`", "install kl-research[distributed]"
        ) from None
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            "--scheduler",
            f"no scheduler at {address} ({error})",
            "tcp://host:8786",
            "start one with `dask scheduler`",
        ) from None


_templates: list[Templates] = []  # a dask worker's own; it ends with the worker


def _sees(file: str) -> bool:
    return Path(file).is_file()


def _perform(run: Run, finish: str, limits: Limits) -> Product:
    if not _templates:
        _templates.append(Templates())
        _templates[0].begin()
    return perform(run, finish, limits, _templates[0].current())
