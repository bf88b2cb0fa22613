"""How a command ends: what it made, or one line that says what is wrong, and its exit code."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer

from kl_research.terms.errors import InputError, Withheld

if TYPE_CHECKING:
    from kl_research.commands.run import Report


def tell(report: Report, *, quiet: bool = False) -> NoReturn:
    """Failures a line each, what was made, the page to open; ends the command."""
    for line in report.failures:
        typer.echo(line, err=True)
    if report.unprinted:
        typer.echo(
            f"note: the browser ended before {report.unprinted} pages were printed as PDF; run again", err=True
        )
    made = f"{report.made} made, {report.current} already up to date, {len(report.failures)} failed"
    if not quiet:
        typer.echo(made, err=True)
        _tell_office()
    typer.echo(report.index)
    raise typer.Exit(1 if report.failures else 0)


def _tell_office() -> None:
    from kl_research.findings.office.extra import is_installed

    if not is_installed():
        note = "note: no presentations and workbooks without the extra `office`: pip install 'kl-research[office]'"
        typer.echo(note, err=True)


class Interrupted(BaseException):
    """Ctrl-C, or SIGTERM as schedulers and containers send it; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def _interruptible() -> Iterator[None]:
    """Either signal ends the command in order: what it started is ended, what it was writing is cleared up."""

    def interrupt(number: int, frame: object) -> NoReturn:
        raise Interrupted(number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def carry_out(app: typer.Typer, given: list[str]) -> None:
    """What was typed is carried out; whatever goes wrong is one line and an exit code: 2 where the input was refused.

    Interrupted it ends with 128 and the number of the signal, as shells have it: 130 after Ctrl-C, 143 after SIGTERM.
    """
    debug = "--debug" in given
    try:
        with _interruptible():
            app([word for word in given if word != "--debug"])
    except Interrupted as stopped:
        kept = "; the pages made so far are kept" if given[:1] in (["run"], ["demo"]) else ""
        again = f"kl-research {shlex.join(given)}"
        _stop(f"interrupted{kept}. Go on with the same command: {again}", 128 + stopped.number)
    except InputError as error:
        if debug:
            raise
        _stop(str(error), 2)
    except Withheld as error:
        if debug:
            raise
        _stop(f"not published: {error}", 1)
    except OSError as error:
        if debug:
            raise
        place = error.filename2 or error.filename or "the disk"  # of a copy it is the target that cannot be written
        _stop(f"{place}: {error.strerror or error}. Check room and permissions there, then run again", 1)
    except Exception as error:
        if debug:
            raise
        told = " ".join(f"{type(error).__name__}: {error}".split())
        _stop(f"an error of ours, please report it: {told}. Add --debug to see where", 1)


def _stop(line: str, code: int) -> None:
    typer.echo(f"kl-research: {line}", err=True)
    sys.exit(code)
