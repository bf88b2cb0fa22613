"""What a run shows while it works: a bar in a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from kl_research.batch.plan import Outcome

Label = Callable[[Outcome], str]


def tell(phase: str) -> None:
    """Say on standard error what begins now, where somebody sits at a terminal; a script's log stays as it is."""
    if sys.stderr.isatty():
        print(f"{phase} ...", file=sys.stderr, flush=True)


class Progress(AbstractContextManager["Progress"]):
    """Counts outcomes and prints them; `label` names a run for the reader, "Odense (461), adoption".

    Written to stderr, so that a command's own answer on stdout can be piped. `quiet` prints nothing.
    """

    def __init__(self, total: int, label: Label, *, quiet: bool = False) -> None:
        self._total, self._label, self._quiet = total, label, quiet
        self._done = 0
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty() and self._total and not self._quiet:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=Console(stderr=True))
            self._task = self._bar.add_task("starting", total=self._total)
            self._bar.start()
        return self

    def done(self, outcome: Outcome) -> None:
        """Count one outcome; a failure is a line of its own at once."""
        self._done += 1
        if self._quiet:
            return
        name = self._label(outcome)
        if self._bar:
            self._bar.update(self._task, advance=1, description=name)
            return
        left = (time.monotonic() - self._began) / self._done * (self._total - self._done)
        ending = f", about {left:.0f} s left" if self._done < self._total else ""
        line = f"{self._done}/{self._total} {name}: {outcome.status}, {outcome.seconds:.1f} s{ending}"
        print(line, file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Print a line that is not an outcome, such as why kernels start cold."""
        if self._bar:
            self._bar.console.print(text, markup=False, highlight=False)
        elif not self._quiet:
            print(text, file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
