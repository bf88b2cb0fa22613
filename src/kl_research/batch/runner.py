"""The pool: worker processes, one run at a time each; a worker that dies costs only its own run."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait

from kl_research.batch.plan import Limits, Outcome, Run
from kl_research.batch.pool import Worker
from kl_research.batch.warm.supply import Templates
from kl_research.batch.worker import Product, place

ATTEMPTS = 2  # a kernel that died without a word is tried once more; an error in a cell is not


def execute(
    runs: list[Run],
    *,
    workers: int | None = None,
    finish: str = "",
    limits: Limits | None = None,
    done: Callable[[Outcome], None] = lambda outcome: None,
    note: Callable[[str], None] = lambda text: None,
) -> list[Outcome]:
    """Execute the runs in worker processes; the outcomes come back in the order of the runs.

    `finish` ("module:function") is called in the worker with the executed notebook and the page dict; what it
    returns is the outcome's record. `done` is told each outcome once its files are in place, `note` what a user
    should know, such as why kernels start cold. A run that fails does not stop the others. `workers` defaults to
    one more than the cores: while a kernel works, its worker waits.
    """
    if not runs:
        return []
    limits = limits or Limits()
    count = min(workers or (os.cpu_count() or 1) + 1, len(runs))
    outcomes: dict[str, Outcome] = {}
    with Templates(note) as templates:
        for product in _products(runs, count, finish, limits, templates):
            outcome = _place(product)
            if outcome.note:
                templates.say(f"kernel started cold: {outcome.note}")
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


def _products(runs: list[Run], workers: int, finish: str, limits: Limits, templates: Templates) -> Iterator[Product]:
    waiting = deque(runs)
    tries = {run.name: 0 for run in runs}
    pool = [Worker(finish, limits) for _ in range(workers)]
    try:
        while waiting or any(worker.run for worker in pool):
            for place, worker in enumerate(pool):
                if worker.run is None and not worker.alive:
                    worker.stop()
                    worker = pool[place] = Worker(finish, limits)
                if waiting and worker.run is None and worker.give(waiting[0], templates.current()):
                    tries[waiting.popleft().name] += 1
            for product in _ready(pool):
                if product.outcome.dead and tries[product.outcome.run.name] < ATTEMPTS:
                    waiting.append(product.outcome.run)
                else:
                    yield product
    finally:
        for worker in pool:
            worker.stop()


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
