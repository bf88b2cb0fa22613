"""The batch's tests are of the template itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kl_research.batch.warm import process, supply


@pytest.fixture(autouse=True, scope="package")
def own_template() -> Iterator[None]:
    """Every pool starts a template of its own, and what other tests of this process shared is ended."""
    for shared in process._shared:
        shared.close()
    process._shared.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supply, "Template", process.Template)
        yield
