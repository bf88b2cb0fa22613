"""The pool: worker processes, one run at a time each; a worker that dies costs only its own run."""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from multiprocessing.connection import wait
from types import TracebackType

from kl_research.batch.plan import Limits, Outcome, Run
from kl_research.batch.pool import Worker
from kl_research.batch.state import put
from kl_research.batch.warm.supply import Templates
from kl_research.batch.worker import Product
from kl_research.terms import temporary as scratch

ATTEMPTS = 2  # a kernel that died without a word is tried once more; an error in a cell is not
Done = Callable[[Outcome], None]
Note = Callable[[str], None]


class Pool(AbstractContextManager["Pool"]):
    """Worker processes and the template their kernels are forked from, for as many batches as a command has.

    `finish` ("module:function") is called in the worker with the executed notebook and the page dict; what it
    returns is the outcome's record.
    `workers` defaults to one more than the cores: while a kernel works, its worker waits.
    """

    def __init__(self, *, workers: int | None = None, finish: str = "", limits: Limits | None = None) -> None:
        self._count = workers or (os.cpu_count() or 1) + 1
        self._finish, self._limits = finish, limits or Limits()
        self._templates = Templates()
        self._workers: list[Worker] = []
        self._scratch = ""

    def begin(self, note: Note = lambda text: None) -> None:
        """Start the template and a worker before there are runs: they import while the caller prepares its data."""
        self._templates.note = note
        self._start(1)

    def _start(self, workers: int) -> None:
        self._templates.begin()
        self._scratch = self._scratch or str(scratch.make())
        while len(self._workers) < min(self._count, workers):
            self._workers.append(Worker(self._finish, self._limits, self._scratch))

    def execute(
        self, runs: list[Run], done: Done = lambda outcome: None, note: Note = lambda text: None
    ) -> list[Outcome]:
        """Execute the runs; the outcomes come back in their order, a run that fails does not stop the others.

        `done` is told each outcome once its files are in place, `note` what a user should know, such as why kernels
        start cold.
        """
        outcomes: dict[str, Outcome] = {}
        self._templates.note = note
        for product in self._products(runs):
            outcome = put_in_place(product)
            if outcome.note:
                self._templates.say(f"kernel started cold: {outcome.note}")
            outcomes[outcome.run.name] = outcome
            done(outcome)
        return [outcomes[run.name] for run in runs]

    def _products(self, runs: list[Run]) -> Iterator[Product]:
        waiting = deque(runs)
        tries = {run.name: 0 for run in runs}
        if runs:
            self._start(len(runs))
        while waiting or any(worker.run for worker in self._workers):
            self._hand_out(waiting, tries)
            for product in _ready(self._workers):
                if product.outcome.dead and tries[product.outcome.run.name] < ATTEMPTS:
                    waiting.append(product.outcome.run)
                else:
                    yield product

    def _hand_out(self, waiting: deque[Run], tries: dict[str, int]) -> None:
        for seat, worker in enumerate(self._workers):
            if worker.run is None and not worker.alive:
                worker.stop()
                worker = self._workers[seat] = Worker(self._finish, self._limits, self._scratch)
            if waiting and worker.run is None and worker.give(waiting[0], self._templates.current()):
                tries[waiting.popleft().name] += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.stop()
        self._templates.close()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)


def execute(
    runs: list[Run],
    *,
    workers: int | None = None,
    finish: str = "",
    limits: Limits | None = None,
    done: Done = lambda outcome: None,
    note: Note = lambda text: None,
) -> list[Outcome]:
    """Execute the runs in a pool of their own; see `Pool`."""
    with Pool(workers=workers, finish=finish, limits=limits) as pool:
        return pool.execute(runs, done, note)


def put_in_place(product: Product) -> Outcome:
    """The outcome, once the files are where they belong; a failure when they cannot be written."""
    try:
        for path, content in product.files.items():
            put(path, content)
    except OSError as error:
        outcome = product.outcome
        line = f"cannot write {error.filename or outcome.run.output}: {error.strerror or error}"
        return Outcome(outcome.run, "failed", outcome.seconds, line)
    return product.outcome


def _ready(pool: list[Worker]) -> Iterator[Product]:
    """What the workers have made by now; waits for at least one, or for a time-out of one that hangs."""
    busy = [worker for worker in pool if worker.run]
    if not busy:
        return
    soonest = min(worker.deadline for worker in busy) - time.monotonic()
    ready = wait([worker.pipe for worker in busy], timeout=max(soonest, 0))
    for worker in busy:
        if worker.pipe in ready:
            yield worker.take()
        elif time.monotonic() > worker.deadline:
            yield worker.give_up()
