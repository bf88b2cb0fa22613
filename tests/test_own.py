"""The own edition: one municipality's numbers exact, everybody else's as published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kl_research.adoption import cut, measure_table
from kl_research.adoption.measures.members import number
from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.disclosure.published import read_published
from kl_research.findings.pages.concentration import show_concentration
from kl_research.findings.words.reader import Reader, noise_note
from kl_research.intake.own import OWN_ACTIVITY, is_own, read_own, write_own
from kl_research.simulate import simulate
from kl_research.terms.errors import InputError
from kl_research.terms.panel import read_panel, wide

STUDY = """
study: small
title: {da: "x", en: "x"}
simulated: true
raw:
  - {path: "opkald_*.csv", layout: calls}
connections: tilslutning.csv
denominators: naevnere.csv
notebooks: []
overview: []
out: out
"""


@pytest.fixture(scope="module")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    simulate(folder, seed=5, start="2023-01", end="2024-12")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    study = load_study(folder / "study.yaml")
    keep(prepare(study))
    write_own(study.processed_folder, "461")
    return study.processed_folder


def test_its_own_months_are_exact_and_all_others_are_the_published_ones(processed: Path) -> None:
    own, exact, public = (read_panel(processed / place) for place in ("own/461", "", "public"))
    pd.testing.assert_series_equal(wide(own)["461"], wide(exact)["461"])
    others = [code for code in wide(public) if code != "461"]
    pd.testing.assert_frame_equal(wide(own)[others], wide(public)[others])
    assert (wide(exact)[others].fillna(-1) != wide(own)[others].fillna(-1)).any().any()  # the noise is there at all


def test_nothing_in_its_folder_holds_the_calls_of_others(processed: Path) -> None:
    folder = processed / "own/461"
    assert is_own(folder)
    assert set(pd.read_parquet(folder / OWN_ACTIVITY)["municipality"]) == {"461"}
    assert set(pd.read_parquet(folder / "own_panel.parquet")["municipality"]) == {"461"}
    measures = pd.read_parquet(folder / "measures.parquet")
    public = pd.read_parquet(processed / "public" / "measures.parquet")
    rows = [m[m["area"] != "461"].reset_index(drop=True) for m in (measures, public)]
    pd.testing.assert_frame_equal(*rows)


def test_counts_of_users_are_its_own_and_totals_above_it_are_published(processed: Path) -> None:
    look, totals = read_own(processed / "own/461")
    panel, exact = read_panel(processed / "own/461"), read_panel(processed)
    use = pd.read_parquet(processed / "activity.parquet")
    place = list(cut(panel, look).areas).index("461")
    counted = [number(cut(p, a), "unit", "active")[place] for p, a in ((panel, look), (exact, use))]
    assert counted[0] == counted[1]
    nation = [cut(p, a, level="national").total("calls")[0] for p, a in ((panel, look), (exact, use))]
    published = read_published(processed / "public")
    told = published["windows"]
    whole = told[(told["level"] == "national") & (told["measure"] == "calls")].sort_values("first")
    assert nation[0] in set(whole["value"])
    months = [str(month) for month in wide(exact).index[:12]]
    assert totals.of("calls", ["461"], months)[0] == wide(exact)["461"][:12].sum()


def test_its_units_are_named_and_nobody_elses(processed: Path) -> None:
    panel, (look, _) = read_panel(processed / "own/461"), read_own(processed / "own/461")
    measures = pd.read_parquet(processed / "own/461/measures.parquet")
    units = set(look.activity["unit"])
    pages = [show_concentration(measures, panel, code, activity=look, study=Reader(edition="own")).html
             for code in ("461", "851")]  # fmt: skip
    assert units
    assert all(unit in pages[0] for unit in units)
    assert not any(f">{unit}<" in pages[1] for unit in units)
    assert "Kommunens egne tal er nøjagtige" in noise_note(Reader(edition="own"))


def test_a_table_of_parts_is_exact_for_its_own(processed: Path) -> None:
    look, _ = read_own(processed / "own/461")
    panel, exact = read_panel(processed / "own/461"), read_panel(processed)
    use = pd.read_parquet(processed / "activity.parquet")
    tables = [
        measure_table(p[p["municipality"] == "461"], a, levels=["unit_type"], only=["calls"])
        for p, a in ((panel, look), (exact, use[use["municipality"] == "461"]))
    ]
    columns = ["part", "period", "numerator"]
    kept = [t[columns].assign(numerator=t["numerator"].fillna(0)).sort_values(columns[:2]) for t in tables]
    np.testing.assert_array_equal(kept[0]["numerator"].to_numpy(), kept[1]["numerator"].to_numpy())


def test_own_is_no_edition_of_a_study_but_a_folder_beside_the_public_one(processed: Path) -> None:
    with pytest.raises(InputError, match="own:"):
        load_study(processed.parent / "study.yaml", edition="own")
