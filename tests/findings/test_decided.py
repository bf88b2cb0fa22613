"""What is hidden of every series is decided once, kept with the panel, and only looked up afterwards."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from kl_research.findings.suppression import release as releasing
from kl_research.findings.suppression.series import DECIDED, audit, decide, public_panel
from kl_research.terms.panel import check_panel

THRESHOLD = 5


@pytest.fixture
def panel() -> pd.DataFrame:
    """Twelve municipalities of three calls a month, so that much is small."""
    month = pd.date_range("2023-01-01", periods=24, freq="MS")
    counts = np.random.default_rng(1).poisson(3, (12, 24))
    rows = [
        pd.DataFrame({"municipality": f"{code:03}", "month": month, "state": "observed", "calls": own})
        for code, own in enumerate(counts)
    ]
    return check_panel(pd.concat(rows))


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every decision that was searched for; nothing is remembered from other tests."""
    releasing._decide.cache_clear()
    made: list[int] = []
    search = releasing.suppress
    monkeypatch.setattr(releasing, "suppress", lambda cells, *rest: made.append(len(cells)) or search(cells, *rest))
    return made


def test_a_kept_decision_is_the_same_and_is_not_searched_for_again(panel, searches):
    decided, kept = audit(panel, THRESHOLD), decide(panel, THRESHOLD)
    assert len(searches) == 12
    searches.clear()
    releasing._decide.cache_clear()
    panel.attrs[DECIDED] = kept
    pd.testing.assert_frame_equal(audit(panel, THRESHOLD), decided)
    assert not searches


def test_a_series_that_was_corrected_is_decided_anew(panel, searches):
    panel.attrs[DECIDED] = decide(panel, THRESHOLD)
    searches.clear()
    releasing._decide.cache_clear()
    panel.loc[panel["municipality"] == "003", "calls"] += 1
    changed = audit(panel, THRESHOLD)
    assert len(searches) == 1
    releasing._decide.cache_clear()
    pd.testing.assert_frame_equal(audit(panel.copy().pipe(_without), THRESHOLD), changed)


def test_another_threshold_is_decided_anew(panel, searches):
    panel.attrs[DECIDED] = decide(panel, THRESHOLD)
    searches.clear()
    audit(panel, 3)
    assert len(searches) == 12


def test_what_is_kept_stays_in_the_house(panel):
    panel.attrs[DECIDED] = decide(panel, THRESHOLD)
    assert json.loads(panel.attrs[DECIDED])
    assert DECIDED not in public_panel(panel, THRESHOLD).attrs


def _without(panel: pd.DataFrame) -> pd.DataFrame:
    panel.attrs = {}
    return panel
