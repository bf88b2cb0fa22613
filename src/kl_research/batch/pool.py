"""One worker process and the pipe to it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection, wait
from typing import Any

from kl_research.batch.plan import Limits, Outcome, Run
from kl_research.batch.worker import Product, perform, prepare

# A run's own limit stops its kernel; a worker that has not come back this long after it hangs itself.
GRACE_SECONDS = 60


def _context(finish: str) -> Any:
    """How a worker comes to be: forked from a clean server that has the imports done, on Linux; spawned elsewhere."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kl_research.batch.imports", finish.partition(":")[0] or "papermill"])
    return context


class Worker:
    """A process, the pipe to it, and the run it has in hand."""

    def __init__(self, finish: str, limits: Limits, scratch: str) -> None:
        context = _context(finish)
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, finish, limits, scratch), daemon=True)
        self._process.start()
        theirs.close()
        self._limits = limits
        self.run: Run | None = None
        self.deadline = 0.0

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process.is_alive()

    def give(self, run: Run, template: tuple[str, str] | None) -> bool:
        """Hand over a run and the template to fork from; False when the worker is gone."""
        try:
            self.pipe.send((run, template))
        except OSError:
            return False
        self.run, self.deadline = run, time.monotonic() + self._limits.seconds + GRACE_SECONDS
        return True

    def take(self) -> Product:
        """What the worker made of its run; a worker that died has made a dead outcome."""
        assert self.run is not None
        try:
            product: Product = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join(5)
            reason = f"the worker process died (exit code {self._process.exitcode})"
            product = Product(Outcome(self.run, "failed", 0.0, reason, dead=True))
        self.run = None
        return product

    def give_up(self) -> Product:
        """End a worker that hangs; its run has failed."""
        assert self.run is not None
        run, seconds = self.run, self._limits.seconds + GRACE_SECONDS
        self._process.kill()
        self._process.join()
        self.run = None
        return Product(Outcome(run, "failed", seconds, f"the worker hung and was ended after {seconds:g} s"))

    def stop(self) -> None:
        """End the process, at once when it has a run in hand; kernels end with their worker."""
        with contextlib.suppress(OSError):
            self.pipe.close()  # an idle worker reads the end of its pipe and leaves
        if self.run is not None:
            self._process.terminate()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, finish: str, limits: Limits, scratch: str) -> None:
    """The worker process: runs come in, products go out, until the pipe ends.

    `scratch` is the batch's own temporary folder: what a killed worker leaves there goes with it.
    """
    tempfile.tempdir = scratch
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the runner's to answer
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    prepare(finish)
    while True:
        try:
            run, template = pipe.recv()
            pipe.send(perform(run, finish, limits, template))
        except (EOFError, OSError):
            return


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
