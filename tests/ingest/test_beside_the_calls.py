"""Series beside the calls: other channels, and how the calls came about; never added, never dropped."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kl_research.adoption.summary import summary
from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.findings.pages.beside import channel_measures, how_part, other_channels_part
from kl_research.findings.words.reader import Reader
from kl_research.intake import Ingested, read_beside
from kl_research.terms.errors import InputError
from kl_research.terms.study import PUBLIC_FOLDER
from tests.ingest.drawn_logs import counted

Draw = Callable[..., Ingested]
MONTHS = [f"{month:%Y-%m}" for month in pd.date_range("2023-01", "2024-12", freq="MS")]
HEADER = "Starttid;Varighed;Kommune;Kanal;Status;Initiativ;Borger til stede;Planlagt\n"


def log(area: str = "Esbjerg") -> str:
    """Three calls a month in the app, the second without the citizen, the third acute; five contacts by VDX."""
    how = [("Læge", "Ja", "Booket"), ("Kommune", "Nej", "Ja"), ("Kommune", "Ja", "Akut"), *[("", "", "")] * 5]
    return HEADER + "".join(
        f"{month}-{10 + i} 10:0{i}:00;00:05:00;{area};{'App' if i < 3 else 'VDX'};Gennemført;{';'.join(said)}\n"
        for month in MONTHS
        for i, said in enumerate(how)
    )


def table_of(vdx: dict[str, int]) -> str:
    return "Kommune;Måned;Antal opkald\n" + "".join(f"Esbjerg;{month};{n}\n" for month, n in vdx.items())


OTHER = 'other_channels: [{name: VDX, channels: ["VDX"]}]'
APP = dict.fromkeys(MONTHS, 3)


def sums(found: Ingested, kind: str) -> dict[str, int]:
    own = found.beside[found.beside["kind"] == kind]
    return {str(value): int(n) for value, n in own.groupby("value")["calls"].sum().items()}


def test_a_channel_of_the_log_becomes_a_series_of_its_own(draw: Draw) -> None:
    found = draw(log(), keys=OTHER)
    assert counted(found, "561") == APP
    assert sums(found, "channel") == {"VDX": 5 * 24}
    assert found.quality["files"][0]["dropped"] == {"other_channel": 5 * 24}


def test_a_file_of_another_channel_leaves_the_total_untouched(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "vdx.csv").write_text(table_of(dict.fromkeys(MONTHS, 20)), encoding="utf-8")
    alone = draw(log().replace("VDX", "App"))
    found = draw(log().replace("VDX", "App"), keys="other_channels: [{name: VDX, path: vdx.csv}]")
    assert found.panel["calls"].equals(alone.panel["calls"])
    assert sums(found, "channel") == {"VDX": 480}


def test_how_the_calls_came_about_is_counted_by_month_and_office_hours(draw: Draw) -> None:
    found = draw(log(), keys=OTHER)
    assert sums(found, "citizen_present") == {"yes": 48, "no": 24}
    assert sums(found, "planned") == {"yes": 48, "no": 24}
    assert sums(found, "initiative") == {"doctor": 24, "municipality": 48}
    weekdays = sum(pd.Timestamp(f"{month}-11").day_of_week < 5 for month in MONTHS)
    without = found.beside[(found.beside["kind"] == "citizen_present") & (found.beside["value"] == "no")]
    assert without["in_office_hours"].sum() == weekdays


def test_an_answer_nobody_knows_is_kept_as_other_and_written_down(draw: Draw) -> None:
    found = draw(log().replace("Nej;Ja", "Måske;Ja"), keys=OTHER)
    assert sums(found, "citizen_present") == {"yes": 48, "other": 24}
    assert "not_understood" in {d["why"] for d in found.quality["files"][0]["decisions"]}


@pytest.mark.parametrize(
    "keys", ["other_channels: [{name: VDX}]", 'channels: ["App", "VDX"]\n' + OTHER, "other_channels: [{path: a.csv}]"]
)
def test_another_channel_that_says_too_little_or_too_much_is_refused(draw: Draw, keys: str) -> None:
    with pytest.raises(InputError, match=r"study\.yaml"):
        draw(log(), keys=keys)


def part(found: Ingested, who: Reader) -> str:
    table = found.beside.assign(first=found.beside["month"].dt.strftime("%Y-%m"))
    table = table.assign(last=table["first"])
    short = summary(found.panel, found.activity, "561")
    return other_channels_part(table, short, "Esbjerg", who) + how_part(table, short, "Esbjerg", who)


def test_the_page_shows_both_and_answers_whether_calls_moved(draw: Draw, tmp_path: Path) -> None:
    before, after = MONTHS[:12], MONTHS[12:]
    (tmp_path / "vdx.csv").write_text(table_of(dict.fromkeys(before, 5) | dict.fromkeys(after, 15)), encoding="utf-8")
    keys = "other_channels: [{name: VDX, path: vdx.csv}]"
    steady = part(draw(log().replace("VDX", "App"), keys=keys), Reader("en"))
    assert "They are not added." in steady
    assert [number for number in ("96 calls", "180 calls", "60 the year before") if number not in steady] == []
    assert "did not move in opposite directions" in steady
    lines = log().replace("VDX", "App").splitlines(keepends=True)
    fallen = "".join(line for i, line in enumerate(lines) if line[:4] != "2024" or i % 8 == 1)
    assert "Calls in the app fell while VDX rose" in part(draw(fallen, keys=keys), Reader("en"))


def test_each_channel_has_rows_of_its_own_among_the_measures(draw: Draw) -> None:
    found = draw(log(), keys=OTHER)
    table = found.beside.assign(first=found.beside["month"].dt.strftime("%Y-%m"))
    short = summary(found.panel, found.activity, "561")
    rows = channel_measures(found.panel, found.activity, {"561": (table.assign(last=table["first"]), short)})
    assert set(rows["level"]) == {"channel"}
    assert rows.loc[rows["part"] == "VDX", "value"].tolist() == [
        table.loc[(table["value"] == "VDX") & table["first"].between(p.first, p.last), "calls"].sum()
        for p in (short.last, short.before)
    ]
    both = draw(log(), keys='channels: ["App", "VDX"]')
    counted = channel_measures(both.panel, both.activity, {"561": (table.iloc[:0], short)})
    assert set(counted["part"]) == {"App", "VDX"}
    assert channel_measures(both.panel, both.activity, {}).empty


def test_consultations_without_the_citizen_are_told_apart(draw: Draw) -> None:
    assert "In 12 of 36 calls the citizen was not present (33%)." in part(draw(log(), keys=OTHER), Reader("en"))


def test_published_counts_are_within_five_and_one_dimension_only(draw: Draw, tmp_path: Path) -> None:
    draw(log(), keys=OTHER)
    prepared = prepare(load_study(tmp_path / "study.yaml"))
    keep(prepared)
    folder = prepared.study.processed_folder
    exact, told = read_beside(folder, "561"), read_beside(folder / PUBLIC_FOLDER, "561")
    assert list(told) == ["kind", "value", "first", "last", "calls"]
    draws = random.Random(1).sample(range(len(told)), 60)
    for row in told.iloc[draws].itertuples():
        own = exact[(exact["kind"] == row.kind) & (exact["value"] == row.value)]
        assert abs(own.loc[own["first"].between(row.first, row.last), "calls"].sum() - row.calls) <= 5
    monthly = told[(told["first"] == told["last"]) & (told["value"] == "VDX")]
    assert monthly["calls"].nunique() > 1, "no noise at all"
