"""The study file and the register: strict, and clear about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kl_research.terms.errors import InputError
from kl_research.terms.events import EventRegister, read_events
from kl_research.terms.study import Study

STUDY = """\
study: small
title: {da: "Lille", en: "Small"}
raw:
  - {path: raw.csv, layout: monthly}
out: findings
"""

EVENT = """\
- id: meeting
  kind: intervention
  type: leader_meeting
  municipalities: ["461"]
  date: "2025-01"
  source: "minutes"
"""


def load(tmp_path: Path, text: str) -> Study:
    file = tmp_path / "small.yaml"
    file.write_text(text, encoding="utf-8")
    return Study.load(file)


def register(tmp_path: Path, text: str) -> EventRegister:
    file = tmp_path / "events.yaml"
    file.write_text(text, encoding="utf-8")
    return read_events(file)


def test_paths_are_relative_to_the_study_file(tmp_path: Path) -> None:
    study = load(tmp_path, STUDY)
    assert study.out_folder == tmp_path.resolve() / "findings"
    assert study.processed_folder == tmp_path.resolve() / "processed-small"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("outcom: calls", "unknown key 'outcom'.*Did you mean outcome"),
        ("study: again", "a second time"),
        ("pre_months: many", "'many' under pre_months"),
        ("pre_months: 1", "1 under pre_months"),
        ("period: {start: 2020-12-01}", "without quotes"),
        ("seed: 0147", "octal"),
        ("disclosure: {mask_bellow: 5}", "Did you mean mask_below"),
        ("disclosure: {profile: public}", "rite `disclosure: {edition: public, mask_below: 5}`"),
        ("disclosure: {edition: public, threshold: 5}", "rite `disclosure: {edition: public, mask_below: 5}`"),
        ("disclosure: {edition: public, previous_release: a}", "rite `since: FOLDER`"),
        ("equivalence_band: [1.1, 1.3]", "line 6: found an `equivalence_band`.*one number below 1"),
        ("equivalence_band: [0.8]", r"expected two numbers, such as \[0.8, 1.25\]"),
        ("period: {start: '2025-02', end: '2024-01'}", "line 6: found a `period` that ends before it starts"),
        ("period: {start: 2024}", 'found 2024 under start; expected a month in quotes, such as "2024-09"'),
        ("period: {end: '9999-12'}", "'9999-12' under end.*with a year from 1900 to 2099"),
        ("equivalence_band: [0.8, .inf]", "found inf under equivalence_band"),
        ("limits: {cell_characters: 99999999999999999999}", "less than or equal to 2000000000"),
        ("channels: []", "nothing under channels"),
        ("processed: " + "a" * 5000, "under processed; expected a path of ordinary length"),
        ("two words", "line 6: found a line without a colon"),
        ("processed: findings/inside", "inside `out`"),
        ("title: *x", "the alias"),
        ('offset: "a\\ud800"', "an escape that makes no letter"),
        ('"a\\x08": 1', "a key that is not a word"),
        ("seed: [", "expected valid YAML|did not find"),
    ],
)
def test_a_mistake_in_the_study_is_one_line_with_its_cure(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        load(tmp_path, STUDY + line + "\n")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("small.yaml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('{da: "Lille", en: "Small"}', "{}", "line 2: found nothing under title"),
        ("path: raw.csv", 'path: ""', "line 4: found '' under path; expected a path"),
        ("path: raw.csv", "path: " + "å" * 200, "under path; expected a path of ordinary length"),
        ("layout: monthly", "layout: " + "a/" * 3000, "under layout; expected a path of ordinary length"),
    ],
)
def test_a_value_that_no_page_or_disk_can_hold_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load(tmp_path, STUDY.replace(old, new))


@pytest.mark.parametrize("path", [".", "..", "/"])
def test_a_folder_is_no_raw_file(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="name the files in it"):
        load(tmp_path, STUDY.replace("raw.csv", path)).raw_files()


def test_brackets_name_a_file_that_has_them_and_are_a_pattern_otherwise(tmp_path: Path) -> None:
    study = load(tmp_path, STUDY.replace("raw.csv", '"opkald [1].csv"'))
    with pytest.raises(InputError, match="brackets in it stand for one of the letters"):
        study.raw_files()
    (tmp_path / "opkald 1.csv").touch()
    assert [path.name for path, _ in study.raw_files()] == ["opkald 1.csv"]
    (tmp_path / "opkald [1].csv").touch()
    assert [path.name for path, _ in study.raw_files()] == ["opkald [1].csv"]


def test_a_name_that_a_system_stores_in_other_characters_is_found(tmp_path: Path) -> None:
    (tmp_path / "ma\u030aned.csv").touch()
    study = load(tmp_path, STUDY.replace("raw.csv", "m\u00e5ned.csv"))
    assert [path.name for path, _ in study.raw_files()] in (["ma\u030aned.csv"], ["m\u00e5ned.csv"])


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no key 'out'"):
        load(tmp_path, STUDY.replace("out: findings\n", ""))


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a list\n", "word\n"])
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        load(tmp_path, text)


def test_no_raw_file_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file raw\.csv"):
        load(tmp_path, STUDY).raw_files()


def test_raw_files_come_in_list_order_then_by_name(tmp_path: Path) -> None:
    for name in ("b_2.csv", "b_1.csv", "a.csv"):
        (tmp_path / name).touch()
    raw = "raw:\n  - {path: b_*.csv, layout: calls}\n  - {path: a.csv, layout: pivot}\n"
    study = load(tmp_path, STUDY.replace("raw:\n  - {path: raw.csv, layout: monthly}\n", raw))
    assert [path.name for path, _ in study.raw_files()] == ["b_1.csv", "b_2.csv", "a.csv"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('["461"]', "[461]", "461 without quotes"),
        ('["461"]', "[0461]", "without quotes"),
        ('["461"]', '["499"]', "'499' under municipalities"),
        ('["461"]', "[Odense]", 'Odense is "461"'),
        ('municipalities: ["461"]', "regions: [Nordjylland]", 'Region Nordjylland is "1081"'),
        ('"2025-01"', "2024", 'found 2024 under date; expected a month "2024-09"'),
        ("leader_meeting", "leadermeeting", "'leadermeeting' under type"),
        ('"2025-01"', '"2025-13"', "under date"),
        ('"2025-01"', '"9999-12"', "under date.*with a year from 1900 to 2099"),
        ('"2025-01"', '"0001-01/2025-01"', "under date"),
        ("  kind: intervention\n", '  kind: intervention\n  until: "9999-12"\n', "under until"),
        ('"2025-01"', '"2025-03/2025-01"', "ends before it begins"),
        ('"2025-01"', "2025-01-15", "Quote dates"),
        ('"2025-01"', '"2025-02-30"', "no such day"),
        ('  source: "minutes"\n', "", "no key 'source'"),
        ("  kind: intervention\n", '  kind: intervention\n  until: "2024-12"\n', "lies before"),
        ("  kind: intervention\n", "  kind: intervention\n  national: true\n", "exactly one of"),
        ('source: "minutes"', 'source: "ring til 010199-1234"', "may be a CPR number"),  # made up: one plausible date
        ('source: "minutes"', 'source: "0101991234"', "may be a CPR number"),
        ('source: "minutes"', 'source: "samtale 010199 1234"', "may be a CPR number"),
    ],
)
def test_a_mistake_in_the_register_is_refused_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in EVENT
    with pytest.raises(InputError, match=says) as caught:
        register(tmp_path, EVENT.replace(old, new))
    assert "line " in str(caught.value)


def test_two_identical_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 7: found the id 'meeting' a second time"):
        register(tmp_path, EVENT + EVENT)


@pytest.mark.parametrize(
    ("date", "extra", "pre_end", "post_start"),
    [
        ('"2025-01"', "", "2024-12", "2025-02"),  # the month itself is mixed
        ('"2025-01-01"', "", "2024-12", "2025-01"),  # the whole month is after
        ('"2025-01-20"', "", "2024-12", "2025-02"),
        ('"2025-01"', "roll_in_months: 0", "2024-12", "2025-01"),
        ('"2025-01"', "roll_in_months: 3", "2024-12", "2025-04"),
        ('"2025-01"', "anticipation_months: 2", "2024-10", "2025-02"),
        ('"2024-09/2024-11"', "", "2024-08", "2024-12"),  # a window leaves out itself
        ('"2025-01"', "impact: pulse", "2024-12", "2025-01"),
    ],
)
def test_before_and_after_follow_from_the_date(
    tmp_path: Path, date: str, extra: str, pre_end: str, post_start: str
) -> None:
    text = EVENT.replace('"2025-01"', date) + (f"  {extra}\n" if extra else "")
    event = register(tmp_path, text)["meeting"]
    assert (event.pre_end, event.post_start) == (pre_end, post_start)


def test_an_event_knows_the_rest_of_its_register(tmp_path: Path) -> None:
    events = register(tmp_path, EVENT + EVENT.replace("id: meeting", "id: other"))
    assert [event.id for event in events["meeting"].others()] == ["other"]


def test_an_event_touches_its_municipality_its_region_or_all(tmp_path: Path) -> None:
    regional = EVENT.replace("id: meeting", "id: region").replace('municipalities: ["461"]', 'regions: ["1083"]')
    national = EVENT.replace("id: meeting", "id: nation").replace('municipalities: ["461"]', "national: true")
    events = register(tmp_path, EVENT + regional + national)
    for code, region, expected in [
        ("461", "1083", ["meeting", "region", "nation"]),
        ("561", "1083", ["region", "nation"]),
        ("101", "1084", ["nation"]),
    ]:
        assert [event.id for event in events.values() if event.touches(code, region)] == expected


def test_a_register_of_comments_says_how_to_write_that_there_are_no_events(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    file = tmp_path / "events" / "study.yaml"  # what `kl-research new study.yaml` calls it
    file.write_text("# none yet\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"^events/study\.yaml: found nothing but comments.*Write \[\] where"):
        read_events(file)
    file.write_text("[]\n", encoding="utf-8")
    assert len(read_events(file)) == 0
