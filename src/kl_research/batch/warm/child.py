"""What a fork of the template does to become a kernel like any other."""

from __future__ import annotations

import atexit
import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

_MODULES: list[str] = []


def note_modules() -> None:
    """Note the files of all modules, as ipykernel does for its debugger; in the template, once."""
    _MODULES[:] = [file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))]


def become_kernel(request: dict[str, Any], out: int, err: int, lifeline: int) -> None:
    """Leave everything of the template but its imports behind, then serve as an ordinary kernel until told to stop.

    `lifeline` is the reading end of a pipe whose writing end the client holds: when it ends, the client is gone
    and so is this kernel with everything it started.
    """
    os.setsid()  # a group of its own: an interrupt reaches the notebook's children too, and nobody else
    _descriptors(out, err, lifeline)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python does at its start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
    sys.argv = request["argv"]
    threading.Thread(target=_leave_with, args=(lifeline,), name="lifeline", daemon=True).start()
    _serve(request["argv"][1:])


def _descriptors(out: int, err: int, lifeline: int) -> None:
    """Standard streams as the client wants them; every other descriptor of the template is closed."""
    null = os.open(os.devnull, os.O_RDONLY)
    # first out of the way of 0, 1, 2: a descriptor may be given whose number is another's place
    out, err, null = (os.dup(fd) for fd in (out, err, null))
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for entry in list(Path("/proc/self/fd").iterdir()):
        fd = int(entry.name)
        if fd > 2 and fd != lifeline:
            with suppress(OSError):
                os.close(fd)


def _leave_with(lifeline: int) -> None:
    with suppress(OSError):
        while os.read(lifeline, 1):
            pass
    os.killpg(0, signal.SIGKILL)


def _serve(arguments: list[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.parent_handle = 1  # read from the environment at import, in the template; 1: a parent, but nothing to poll
    with _modules_noted():
        app.initialize(arguments)
    for holder, name in ((app.kernel, "_kernel_modules"), (getattr(app.kernel, "debugger", None), "kernel_modules")):
        if hasattr(holder, name):
            setattr(holder, name, _MODULES)
    _draw_inline()
    _show_results()
    app.start()
    # What an interpreter does at its end, but for taking apart every module page by page, and but for the kernel's
    # closing of its own channels, in which its threads wait for each other, now and then until they are killed.
    for closing in (app.close, app.iopub_thread.stop):
        atexit.unregister(closing)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            with suppress(Exception):
                stream.flush()
    os.killpg(0, signal.SIGKILL)  # itself, and whatever the notebook left running


class _NoModules:
    """`sys`, but for the modules."""

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


@contextmanager
def _modules_noted() -> Iterator[None]:
    """Spare a kernel from noting the file of every module, for its debugger: the template has noted them.

    Looking at three thousand modules copies their pages, half of all that a fork copies before its first cell.
    """
    from ipykernel import ipkernel

    ipkernel.sys = _NoModules()  # type: ignore[assignment]
    try:
        yield
    finally:
        ipkernel.sys = sys


def _show_results() -> None:
    """What `import kl_research` does in a shell: in the template, where it was imported, there was none."""
    package = sys.modules.get("kl_research")
    if package is not None:
        package._show_results_in_notebooks()
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        # Imported without a shell it takes itself to be in a terminal, and fits tables to its width.
        pandas.set_option("display.max_columns", 20)


def _draw_inline() -> None:
    """Undo that matplotlib was imported before there was a shell to draw into.

    It reads its backend from the environment when imported, and the inline backend ties itself to the shell when
    imported: the one is set again, the other is imported again when the first figure asks for it.
    """
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None and os.environ.get("MPLBACKEND"):
        sys.modules.pop("matplotlib_inline.backend_inline", None)
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
