"""What makes a run inside a test small: a template that is there already, and no browser that prints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kl_research.batch.warm import process
from kl_research.findings.site import pdf

BROWSERS = pdf._NAMES


class LentTemplate(process.Template):
    """The template of this test process, for a run that would start its own and wait for its imports."""

    @classmethod
    def begin(cls, *_: object) -> LentTemplate:
        own = process.shared({**process.ONE_THREAD, **os.environ})
        return cls(own.path, own.key, own.source)

    def wait_until_ready(self) -> LentTemplate:
        return self


@contextmanager
def printing() -> Iterator[None]:
    """A browser prints, where there is one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "_NAMES", BROWSERS)
        yield
