"""What ingest reports is told in words, and what it does not know is not told as known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import kl_research as kl
from kl_research.commands.data.public_numbers import public_data
from kl_research.commands.data.public_report import public_report
from kl_research.findings.pages.quality import published
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader
from kl_research.intake import quality
from kl_research.terms.errors import InputError
from kl_research.terms.panel import DENOMINATORS
from tests.ingest.conftest import Draw

SOURCE = Path(quality.__file__).parent
CODES = (
    [("rule", code) for code in get_args(quality.Drop) + get_args(quality.Repair)]
    + [("decision", code) for code in get_args(quality.What) + get_args(quality.Why)]
    + [("decided", code) for code in get_args(quality.Decided)]
    + [("note", code) for code in get_args(quality.Note)]
    + [("mark", state) for state in ("suppressed", "missing", "zero")]
)


@pytest.mark.parametrize("lang", ["da", "en"])
def test_every_code_that_a_report_may_hold_has_words(lang: str) -> None:
    for kind, code in CODES:
        words = say(f"{kind}.{code}", lang, what="x", mark="y")
        assert words, (kind, code)
        assert "_" not in words, (kind, code)


def test_every_note_in_the_source_is_a_known_one() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if path.stem != "quality")
    found = set(re.findall(r'note\(\s*"([a-z_]+)', written))
    assert found == set(get_args(quality.Note))


def test_connected_without_a_start_has_not_started_until_its_first_call(draw: Draw) -> None:
    rows = "Kommune;Måned;Antal opkald\n" + "".join(
        f"{area};2024-0{month};{calls}\n"
        for area, counts in {"Odense": (0, 0, 4, 0), "Esbjerg": (0, 0, 0, 0)}.items()
        for month, calls in enumerate(counts, start=1)
    )
    connections = "municipality;connected_from;started_from\n461;2024-01;\n561;2024-01;2024-02\n"
    ingested = draw(rows, "monthly", connections=connections)
    states = ingested.panel.groupby("municipality")["state"].agg(list)
    assert states["461"] == ["not_started", "not_started", "observed", "observed"]
    assert states["561"] == ["not_started", "observed", "observed", "observed"]
    assert "start_taken_from_first_call:461" in ingested.quality["notes"]
    told = kl.quality_report(ingested.quality, ingested.panel, "461").sentences
    assert any("hvornår Odense begyndte at bruge appen" in text for text in told)
    told = kl.quality_report(ingested.quality, ingested.panel, "561").sentences
    assert not any("Odense" in text for text in told)


def test_what_a_later_file_changed_is_not_in_a_public_report(draw: Draw) -> None:
    first = "Kommune;Måned;Antal opkald\nOdense;2024-01;3\nOdense;2024-02;12\n"
    ingested = draw({"a.csv": first, "b.csv": first.replace(";3", ";4")}, "monthly")
    report = public_report(ingested.quality, public_data(ingested, b"k"))
    told = published(report, ingested.panel, Reader(edition="public"))
    assert not told.get("overrides"), "a number before and after tells a count"
    assert "a.csv" not in str(told)
    assert "replaced_by" not in str(told), "why the data changed"
    assert ingested.quality["overrides"][0]["before"] == 3


LOG = "Starttid;Varighed;Kommune;Enhed;Ydernummer;Status\n"
CALL = "2024-0{}-03 10:00:00;00:05:00;{};Nord;123456;Gennemført\n"


def test_a_public_report_tells_no_single_call(draw: Draw) -> None:
    """Two equal rows, a call before the connection, a first call, a municipality that is on no list."""
    rows = LOG + CALL.format(1, "Odense") * 2 + "".join(CALL.format(3, town) for town in ("Esbjerg", "Aarhus"))
    connections = "municipality;connected_from;started_from\n461;2024-02;2024-02\n561;2024-01;\n"
    ingested = draw(rows, "calls", connections=connections)
    known = {one.partition(":")[0] for one in ingested.quality["notes"]}
    assert known >= {"identical_rows", "calls_before_connection", "start_taken_from_first_call"}
    key = b"6"  # the first of a hundred tried under which every count becomes 0
    assert not public_data(ingested, key).panel["calls"].fillna(0).any()
    told = public_report(ingested.quality, public_data(ingested, key))
    assert [one for one in told["notes"] if "561" in one or "751" in one] == ["start_taken_from_first_call:561"]
    assert not {one.partition(":")[0] for one in told["notes"]} & {"identical_rows", "calls_before_connection"}
    assert "identical_rows" not in str(told["files"]), "how many rows were equal is a count of rows"


def test_a_channel_that_no_row_has_is_refused(draw: Draw) -> None:
    rows = "Kommune;Måned;Antal opkald;Kanal\nOdense;2024-01;7;Video\n"
    with pytest.raises(InputError, match=r"study.yaml, line 6, channels: found no row of the channel 'video'"):
        draw(rows, "monthly", keys='channels: ["video"]')


def test_a_side_file_that_is_absent_is_named_with_its_line(draw: Draw) -> None:
    rows = "Kommune;Måned;Antal opkald\nOdense;2024-01;7\n"
    with pytest.raises(InputError, match=r"study.yaml, line 6, clinics: found no file gone.csv"):
        draw(rows, "monthly", keys="clinics: gone.csv")


def test_what_nothing_will_use_or_no_list_knows_is_named(draw: Draw) -> None:
    rows = "Kommune;Måned;Antal opkald\nOdense;2024-01;4\nEsbjerg;2024-01;0\n"
    beside = "municipality;measure;value;valid_from\n461;befolkning;205000;2023-01\n461;units;10;2023-01\n"
    connections = "municipality;connected_from;started_from\n461;2024-01;\n"
    ingested = draw(rows, "monthly", connections=connections, denominators=beside)
    unused = [note for note in ingested.quality["notes"] if note.startswith("denominator_unused")]
    assert unused == ["denominator_unused:befolkning"]
    assert "municipalities_not_in_connections:561" in ingested.quality["notes"]
    told = kl.quality_report(ingested.quality, ingested.panel, "561").sentences
    assert any(text.startswith("Esbjerg står ikke på listen over tilslutninger") for text in told)
    whole = kl.quality_report(ingested.quality, ingested.panel, "").sentences
    assert any("Ingen af siderne bruger tallene for befolkning" in text for text in whole)


def test_the_denominators_that_measures_look_for_are_the_ones_that_are_named() -> None:
    source = Path(kl.__file__).parent / "adoption"
    asked = re.findall(
        r'_share\(cut, "\w+", \w+, "(\w+)"|cut\.column\("(\w+_\d+plus)"\)',
        "".join(path.read_text(encoding="utf-8") for path in sorted(source.rglob("*.py"))),
    )
    assert {name for pair in asked for name in pair if name} == set(DENOMINATORS) - {"sms_link_share"}
