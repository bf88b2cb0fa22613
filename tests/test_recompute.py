"""A stranger with nothing but a public folder computes its effects again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kl_research.disclosure.handed_out import all_windows, read_handed_out
from kl_research.disclosure.published import Published, write_published
from kl_research.disclosure.window_totals import WindowTotals
from kl_research.extract.recompute import EFFECT, NUMBERS, read_release, recompute, write_release
from kl_research.terms.errors import InputError
from kl_research.terms.panel import COUNTS
from kl_research.terms.study import PUBLIC_FOLDER, Study


@pytest.fixture(scope="module")
def release(published: Published, study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of Aalborg's effects, as everybody gets them."""
    processed = tmp_path_factory.mktemp("stranger")
    write_published(published, processed / PUBLIC_FOLDER, b"a key of the tests")
    return write_release(study.with_changes(processed=str(processed)), ["851"])


def test_every_published_effect_of_aalborg_is_computed_again_from_the_folder_alone(release: Path):
    both = recompute(release)
    assert both["outcome"].eq("active_units").any()  # users are summed from numbers that the panel tells cut to size
    assert both["estimate"].notna().sum() >= 8
    for name in NUMBERS:
        assert (both[name].isna() == both[f"{name}_again"].isna()).all(), name
        told = both[both[name].notna()]
        if name == "verdict":
            assert (told[name] == told[f"{name}_again"]).all()
        else:
            np.testing.assert_allclose(told[name], told[f"{name}_again"].astype("float64"), rtol=1e-9)
    assert not both.duplicated(EFFECT).any()


def test_the_folder_tells_the_same_numbers_as_the_public_data_set(release: Path, published: Published):
    again, codes = read_handed_out(release), sorted(set(published.panel["municipality"]))
    for name in COUNTS:
        column = name if name == "calls" else f"{name}_drawn"
        pd.testing.assert_series_equal(again.panel[column].astype("Int64"), published.panel[column].astype("Int64"))
    assert len(pd.read_csv(release / "windows.csv")) == len(all_windows(published))
    ours, theirs = WindowTotals(published), WindowTotals(again)
    wanted = [f"2023-{month:02d}" for month in range(2, 12)]
    assert ours.of("active_units", codes, wanted).tolist() == theirs.of("active_units", codes, wanted).tolist()
    assert ours.national("calls") == theirs.national("calls")


def test_what_people_said_of_an_event_is_not_in_the_register_that_is_handed_out(release: Path, study: Study):
    text = (release / "events.json").read_text(encoding="utf-8")
    for event in study.read_events().values():
        assert event.quote is None or event.quote not in text
    _, events, question = read_release(release)
    assert list(events) == list(study.read_events())
    assert question == study.question


def test_another_folder_is_refused_in_plain_words(tmp_path: Path):
    with pytest.raises(InputError, match=r"no panel\.csv; expected the folder of a public release"):
        recompute(tmp_path)
