"""Temporary folders that are cleared up even after a process that was killed and could not do so itself.

Each is named after the process that owns it; whoever makes the next one removes those whose owner is gone. They may
hold raw data, so "until the next restart of the machine" is not soon enough.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"kl-(\d+)-\w+")


def make() -> Path:
    """A new folder, private to this user and this process; its name is short, as a Unix socket's path must be."""
    parent = Path(tempfile.gettempdir())
    _clear(parent)
    return Path(tempfile.mkdtemp(prefix=f"kl-{os.getpid()}-", dir=parent))


@contextmanager
def folder() -> Iterator[Path]:
    """The same for a while.

    >>> with folder() as here:
    ...     (here / "a").write_text("x"), here.exists()
    (1, True)
    >>> here.exists()
    False
    """
    made = make()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _clear(parent: Path) -> None:
    import psutil

    for path in parent.iterdir():
        match = _NAME.fullmatch(path.name)
        if match and not psutil.pid_exists(int(match[1])):
            shutil.rmtree(path, ignore_errors=True)
