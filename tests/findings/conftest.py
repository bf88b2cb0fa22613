"""One small site for all tests of pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings.drawn_site import build


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small public site."""
    return build(tmp_path_factory.mktemp("site"))
