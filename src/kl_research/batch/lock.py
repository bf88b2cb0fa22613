"""Who may change a study's data: locks that die with their owner, and turns that are waited for."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kl_research.terms.errors import InputError


@contextmanager
def lock(folder: Path, what: str, *, shared: bool = False) -> Iterator[Callable[[], None]]:
    """Hold the lock of a folder, which must exist; raises `InputError` naming the owner when another holds it.

    Several may hold it `shared`, which reads what lies there; who changes it must be alone. What is yielded turns an
    exclusive lock into a shared one. The operating system holds the lock for the process, so one that was killed
    leaves none behind.
    """
    path = folder / ".lock"
    with path.open("a+", encoding="utf-8") as stream:
        if not _take(stream, shared=shared):
            raise InputError(
                what, f"a batch in progress ({_owner(path)})", "one batch a study at a time", "wait for it, or end it"
            )
        stream.truncate(0)
        json.dump({"process": os.getpid(), "host": socket.gethostname()}, stream)
        stream.flush()
        try:
            yield lambda: _share(stream)
        finally:
            if not shared:
                stream.truncate(0)


@contextmanager
def turn(folder: Path, name: str, note: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """One after another: wait until whoever has this turn in the folder is through; `note` is told when it waits."""
    with (folder / f".{name}.turn").open("a+", encoding="utf-8") as stream:
        if not _take(stream):
            note(f"waiting for another command on this study ({name})")
            while not _take(stream):
                time.sleep(0.2)
        yield


def _owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        return f"process {owner['process']} on {owner['host']}"
    except (OSError, ValueError, KeyError):
        return "owner unknown"


if sys.platform == "win32":
    import msvcrt

    def _take(stream: IO[str], *, shared: bool = False) -> bool:
        stream.seek(1 << 20)  # beyond the text, which others must be able to read; there are no shared locks here
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _share(stream: IO[str]) -> None:
        return
else:
    import fcntl

    def _take(stream: IO[str], *, shared: bool = False) -> bool:
        try:
            fcntl.flock(stream, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _share(stream: IO[str]) -> None:
        fcntl.flock(stream, fcntl.LOCK_SH)
