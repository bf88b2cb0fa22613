"""One batch a study at a time: a lock that dies with its owner, and says who that is."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kl_research.terms.errors import InputError


@contextmanager
def lock(folder: Path, what: str) -> Iterator[None]:
    """Hold the lock of a folder, which must exist; raises `InputError` naming the owner when another holds it.

    The operating system holds the lock for the process, so one that was killed leaves none behind.
    """
    path = folder / ".lock"
    with path.open("a+", encoding="utf-8") as stream:
        if not _take(stream):
            raise InputError(
                what, f"a batch in progress ({_owner(path)})", "one batch a study at a time", "wait for it, or end it"
            )
        stream.truncate(0)
        json.dump({"process": os.getpid(), "host": socket.gethostname()}, stream)
        stream.flush()
        try:
            yield
        finally:
            stream.truncate(0)


def _owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        return f"process {owner['process']} on {owner['host']}"
    except (OSError, ValueError, KeyError):
        return "owner unknown"


if sys.platform == "win32":
    import msvcrt

    def _take(stream: IO[str]) -> bool:
        stream.seek(1 << 20)  # beyond the text, which others must be able to read
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(stream: IO[str]) -> bool:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
