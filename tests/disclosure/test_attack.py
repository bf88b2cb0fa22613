"""An attack on all that is published of a small study; the full one is `benchmarks/attack.py`."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import attack
from kl_research.commands.data import public_numbers
from kl_research.commands.data.public_numbers import public_data
from kl_research.disclosure import tables
from kl_research.disclosure.published import Published
from kl_research.disclosure.seals import noise_key
from kl_research.intake import Ingested
from tests.disclosure.drawn import drawn

REGIONS = dict.fromkeys(["101", "147", "151", "153"], "1084")


@pytest.fixture(scope="module")
def found() -> Ingested:
    return drawn(1, rate=0.6)


@pytest.fixture(scope="module")
def data(found: Ingested) -> Published:
    return public_data(found, noise_key(b"attack"))


def test_no_small_month_is_certain(found: Ingested, data: Published) -> None:
    asked, pinned = attack.certain(data, found.panel, REGIONS, most=5)
    assert (asked, pinned) == (5, 0)


def test_the_attack_finds_what_is_told_without_noise(found: Ingested, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an attack that finds nothing anywhere would show nothing."""
    for module in (tables, public_numbers):
        monkeypatch.setattr(module, "count", lambda records: records.values)
    monkeypatch.setattr(attack, "D", 0)
    asked, pinned = attack.certain(public_data(found, noise_key(b"attack")), found.panel, REGIONS, most=2)
    assert (asked, pinned) == (2, 2)


def test_an_attacker_names_half_of_the_small_months_at_most_and_is_hardly_ever_sure(found: Ingested) -> None:
    asked = attack.likely(found, noise_key(b"attack"), steps=1500)
    right = asked["likeliest"] == asked["true"]
    told = right[asked["scenario"] == "twelve releases"]
    # editions.md allows .50 over all; three standard errors of a share over these months.
    assert told.mean() <= 0.5 + 3 * np.sqrt(0.25 / len(told))
    assert (asked["sure"] >= 0.95).mean() <= 0.05
    assert list(asked["scenario"].unique()) == list(attack.SCENARIOS)
