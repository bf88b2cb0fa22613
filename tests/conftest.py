"""What every test may use: the project root and the real data beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kl_research import Study, ingest
from kl_research.batch.warm import process, supply
from kl_research.commands.data.public_numbers import public_data
from kl_research.disclosure.published import Published
from kl_research.disclosure.seals import noise_key
from kl_research.findings.site import pdf
from kl_research.intake import Ingested
from kl_research.simulate import simulate
from tests.small_runs import LentTemplate

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True, scope="session")
def small_runs() -> Iterator[None]:
    """Runs in this process fork from one template and print nothing; tests of either ask for the real thing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supply, "Template", LentTemplate)
        patch.setattr(pdf, "_NAMES", ())
        yield
    for shared in process._shared:
        shared.close()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the real data of ../shared/data are not beside this clone")
    return SHARED


@pytest.fixture(scope="session")
def study(root: Path) -> Study:
    """The demo's study."""
    return Study.load(root / "params" / "demo.yaml")


@pytest.fixture(scope="session")
def demo(study: Study) -> Ingested:
    """The demo as ingested; tests look and do not change it."""
    return ingest(study)


@pytest.fixture(scope="session")
def published(demo: Ingested, study: Study) -> Published:
    """The public data set of the demo, made with a key of the tests."""
    return public_data(demo, noise_key(b"a key of the tests"), study.read_events(), study.question)


@pytest.fixture(scope="session")
def late_data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[str]]:
    """The demo's country up to June 2025, after the login change, and who was locked out."""
    folder = tmp_path_factory.mktemp("late")
    simulate(folder, seed=1, start="2022-06", end="2025-06")
    (folder / "study.yaml").write_text(
        'study: late\ntitle: {da: "x", en: "x"}\nsimulated: true\nraw:\n  - {path: "opkald_*.csv", layout: calls}\n'
        'channels: ["App"]\nconnections: tilslutning.csv\nout: out\n',
        encoding="utf-8",
    )
    truth = pd.read_csv(folder / "truth.csv", dtype="str")
    locked = truth.loc[truth["outcome"] == "locked_out_from", "municipality"].tolist()
    return ingest(Study.load(folder / "study.yaml")), locked
