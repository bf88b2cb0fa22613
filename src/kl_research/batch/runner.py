"""The pool: worker processes, one run at a time each; a worker that dies costs only its own run."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from kl_research.batch.plan import Outcome, Run
from kl_research.batch.worker import Limits, Product, perform, place

ATTEMPTS = 2  # a kernel that died without a word is tried once more; an error in a cell is not
Done = Callable[[Outcome], None]

__all__ = ["Limits", "execute"]


def execute(
    runs: list[Run],
    *,
    workers: int | None = None,
    finish: str = "",
    limits: Limits | None = None,
    done: Done = lambda outcome: None,
) -> list[Outcome]:
    """Execute the runs in worker processes; the outcomes come back in the order of the runs.

    `finish` ("module:function") is called in the worker with the executed notebook and the page dict; what it
    returns is the outcome's record. `done` is told each outcome once its files are in place. A run that fails
    does not stop the others. `workers` defaults to one more than the cores: while a kernel works, its worker waits.
    """
    limits = limits or Limits()
    outcomes: dict[str, Outcome] = {}
    for product in _products(runs, workers or (os.cpu_count() or 1) + 1, finish, limits):
        outcome = _place(product)
        outcomes[outcome.run.name] = outcome
        done(outcome)
    return [outcomes[run.name] for run in runs]


def _place(product: Product) -> Outcome:
    try:
        place(product)
    except OSError as error:
        outcome = product.outcome
        line = f"cannot write {error.filename or outcome.run.output}: {error.strerror or error}"
        return Outcome(outcome.run, "failed", outcome.seconds, line)
    return product.outcome


class _Worker:
    """A process, the pipe to it, and the run it has in hand."""

    def __init__(self, finish: str, limits: Limits) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, finish, limits), daemon=True)
        self.process.start()
        theirs.close()
        self.run: Run | None = None

    def give(self, run: Run) -> None:
        self.run = run
        self.pipe.send(run)

    def take(self) -> Product:
        """What the worker made of its run; a worker that died has made a dead outcome."""
        assert self.run is not None
        try:
            product: Product = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            reason = f"the worker process died (exit code {self.process.exitcode})"
            product = Product(Outcome(self.run, "failed", 0.0, reason, dead=True))
        self.run = None
        return product

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.pipe.close()  # an idle worker reads the end of its pipe and leaves
        if self.run is not None:
            self.process.terminate()
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _products(runs: list[Run], workers: int, finish: str, limits: Limits) -> Iterator[Product]:
    waiting = deque(runs)
    tries = {run.name: 0 for run in runs}
    pool: list[_Worker] = []
    try:
        while waiting or any(worker.run for worker in pool):
            pool = [worker for worker in pool if worker.run or worker.process.is_alive()]
            while waiting and len(pool) < workers and all(worker.run for worker in pool):
                pool.append(_Worker(finish, limits))
                _hand_out(pool, waiting, tries)
            _hand_out(pool, waiting, tries)
            ready = wait([worker.pipe for worker in pool if worker.run])
            for worker in [worker for worker in pool if worker.run and worker.pipe in ready]:
                product = worker.take()
                if product.outcome.dead and tries[product.outcome.run.name] < ATTEMPTS:
                    waiting.append(product.outcome.run)
                else:
                    yield product
    finally:
        for worker in pool:
            worker.stop()


def _hand_out(pool: list[_Worker], waiting: deque[Run], tries: dict[str, int]) -> None:
    for worker in pool:
        if waiting and worker.run is None and worker.process.is_alive():
            run = waiting.popleft()
            tries[run.name] += 1
            try:
                worker.give(run)
            except OSError:  # it died while idle: the run was never begun
                worker.run = None
                tries[run.name] -= 1
                waiting.appendleft(run)


def _serve(pipe: Connection, finish: str, limits: Limits) -> None:
    """The worker process: runs come in, products go out, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the runner's to answer
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    while True:
        try:
            run: Any = pipe.recv()
            pipe.send(perform(run, finish, limits))
        except (EOFError, OSError):
            return


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
