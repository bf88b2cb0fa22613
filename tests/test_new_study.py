"""`kl-research new`: what it writes loads, whatever its name, and repeats no number of a person or provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from kl_research import InputError, Study
from kl_research.commands.new import new_study

STEMS = [
    "null",
    "true",
    "on",
    "2024",
    "0147",
    "2024-01-01",
    "1_0",
    "1e3",
    "0189",
    "calls2",
    "a" * 90,
    "a" * 59 + "-b",
    "Østjylland 2",
]


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("header", ["Kommune;Måned;Antal opkald", "sted;Måned;bip"])
def test_a_study_of_any_name_loads(tmp_path: Path, stem: str, header: str) -> None:
    export = tmp_path / "export.csv"
    export.write_text(f"{header}\nOdense;2024-01;7\n", encoding="utf-8")
    study = Study.load(new_study(tmp_path / f"{stem}.yaml", export)[0])
    assert (len(study.study) <= 60, study.raw_files()[0][0]) == (True, export)


@pytest.mark.parametrize("number", ["010190-1234", "0101901234", "010190.1234", "Noter 0101 901234"])
def test_a_number_in_a_header_or_a_name_stops_it(tmp_path: Path, number: str) -> None:
    table = "Kommune;Måned;Antal opkald;{}\nOdense;2024-01;7;x\n"
    (tmp_path / "raw.csv").write_text(table.format(number), encoding="utf-8")
    (tmp_path / f"{number}.csv").write_text(table.format("Note"), encoding="utf-8")
    for study, export in (("s", "raw"), ("s", number), (number, "raw")):
        with pytest.raises(InputError, match="what may be a CPR number") as caught:
            new_study(tmp_path / f"{study}.yaml", tmp_path / f"{export}.csv")
        assert "1234" not in str(caught.value)
    assert not list(tmp_path.rglob("*.yaml"))


@pytest.mark.parametrize("header", ["Kommune;Måned;Antal opkald", "sted;Måned;bip"])
def test_a_provider_number_in_a_header_is_not_repeated(tmp_path: Path, header: str) -> None:
    (tmp_path / "raw.csv").write_text(f"{header};Læge 087654\nOdense;2024-01;7;x\n", encoding="utf-8")
    written = [file.read_text(encoding="utf-8") for file in new_study(tmp_path / "s.yaml", tmp_path / "raw.csv")]
    assert "87654" not in "".join(written)
    assert "(number withheld)" in "".join(written)
