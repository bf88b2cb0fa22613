"""A register or a study file that says something else than it seems to: refused or told, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch.drawn_notebooks import draw, run_of

import kl_research as kl
from kl_research.adoption import measure_table
from kl_research.batch.plan import Limits
from kl_research.batch.worker import perform
from kl_research.commands.data.prepare import prepare
from kl_research.commands.events import event_list
from kl_research.findings.words.reader import reader
from kl_research.terms.errors import InputError
from kl_research.terms.events import read_events
from kl_research.terms.months import span
from kl_research.terms.study import Study

EVENT = """\
- id: {id}
  kind: intervention
  type: leader_meeting
  {where}
  date: "2024-01-01"
  source: "invented"
"""


def write_study(
    root: Path, events: str, keys: str = "municipalities: free", areas: dict[str, str] | None = None
) -> Path:
    """Three areas (and their regions) over three years, and a register."""
    named = areas or {"By00": "", "By01": "", "By02": ""}
    regional = any(named.values())
    head = "Kommune;Måned;Antal opkald;Forvaltning" + (";Region" if regional else "")
    rows = [
        f"{area};{month};20;Sundhed" + (f";{region}" if regional else "")
        for area, region in named.items()
        for month in span("2022-01", "2024-12")
    ]
    (root / "x.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (root / "events.yaml").write_text(events, encoding="utf-8")
    study = f'study: s\ntitle: {{da: "s"}}\nraw: [{{path: x.csv}}]\nevents: events.yaml\nout: out\n{keys}\n'
    (root / "study.yaml").write_text(study, encoding="utf-8")
    return root / "study.yaml"


@pytest.fixture(autouse=True)
def own_configuration_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KL_RESEARCH_CONFIG", str(tmp_path / "config"))


@pytest.mark.parametrize(
    ("where", "found", "cure"),
    [
        ('municipalities: ["By 02"]', "municipalities: found 'By 02'", "Did you mean 'By02'?"),
        ('municipalities: ["by02"]', "municipalities: found 'by02'", "Did you mean 'By02'?"),
        ('municipalities: ["By01", "By2"]', "municipalities: found 'By2'", "Did you mean 'By02'?"),
        ('municipalities: ["Oslo"]', "municipalities: found 'Oslo'", "Write one of By00, By01, By02."),
        ('regions: ["Nord"]', "regions: found 'Nord'", "Name its areas instead."),
        ('municipalities: ["By01"]\n  administration: "Sundhet"', "administration: found 'Sundhet'", "'Sundhed'?"),
    ],
)
def test_an_area_that_only_the_register_names_is_refused(tmp_path: Path, where: str, found: str, cure: str) -> None:
    register = EVENT.format(id="right", where='municipalities: ["By01"]') + EVENT.format(id="slip", where=where)
    study = write_study(tmp_path, register)
    for refused in (lambda: event_list(study), lambda: prepare(Study.load(study))):
        with pytest.raises(InputError) as caught:
            refused()
        assert f"events.yaml, event 'slip', {found}" in str(caught.value)
        assert cure in str(caught.value)


@pytest.mark.parametrize("region", ["nord", "Nord ", "Norrd"])
def test_a_region_that_the_data_spell_otherwise_is_refused(tmp_path: Path, region: str) -> None:
    areas = {"By00": "Nord", "By01": "Syd"}
    study = write_study(tmp_path, EVENT.format(id="slip", where=f'regions: ["{region}"]'), areas=areas)
    with pytest.raises(InputError, match=r"regions: found .* Did you mean 'Nord'"):
        event_list(study)
    assert event_list(write_study(tmp_path, EVENT.format(id="right", where='regions: ["Nord"]'), areas=areas))


def test_a_part_that_no_call_has_yet_is_told(tmp_path: Path) -> None:
    where = 'municipalities: ["By01"]\n  administration: "Psykiatri"'
    lines = event_list(write_study(tmp_path, EVENT.format(id="new", where=where)))
    assert "  no call has the administration 'Psykiatri'" in lines


NOT_TEXT = [
    ("municipalities: [NO]", "NO without quotes"),
    ("municipalities: [By01, on]", "on without quotes"),
    ("municipalities: [Off]", "Off without quotes"),
    ("municipalities: [y, yes]", "yes without quotes"),
    ("municipalities: [1:30]", "1:30 without quotes"),
    ("municipalities: [0x1F]", "0x1F without quotes"),
    ("municipalities: [1_000]", "1_000 without quotes"),
    ("municipalities: [NULL]", "NULL without quotes"),
    ("municipalities: [461]", "461 without quotes"),
    ("municipalities: [4.10]", "a number without quotes"),
    ("NO: 1", "the key NO without quotes"),
]


@pytest.mark.parametrize(("where", "found"), NOT_TEXT)
def test_what_yaml_takes_for_something_else_is_said_as_it_was_written(tmp_path: Path, where: str, found: str) -> None:
    (tmp_path / "events.yaml").write_text(EVENT.format(id="norway", where=where), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_events(tmp_path / "events.yaml", "free")
    assert "line 4" in caught.value.where
    assert caught.value.found.startswith(found)
    assert "Quote it" in str(caught.value)


@pytest.mark.parametrize("word", ["true", "True", "FALSE", "false"])
def test_plain_truths_are_taken(tmp_path: Path, word: str) -> None:
    study = write_study(tmp_path, "[]", f"simulated: {word}\nmunicipalities: free")
    assert Study.load(study).simulated is (word.casefold() == "true")


@pytest.mark.parametrize(
    "areas", [{"By00": ""}, {"By00": "", "By01": "", "By02": ""}, {"By00": "Nord", "By01": "Syd"}]
)
def test_an_overview_without_regions_leaves_its_regional_part_out(tmp_path: Path, areas: dict[str, str]) -> None:
    found = prepare(Study.load(write_study(tmp_path, "[]", areas=areas))).ingested
    assert found is not None
    table = measure_table(found.panel, found.activity)
    levels = {"municipality", "national"} | ({"region"} if any(areas.values()) else set())
    assert set(table["level"]) == levels
    kl.show_regions(table, found.panel, study=reader(lang="en"))
    if not any(areas.values()):
        with pytest.raises(InputError, match="no area of level region"):
            measure_table(found.panel, found.activity, levels=["region"])


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("code", ["360", "101", "751", "851", "265"])
def test_no_page_says_both_not_known_and_connected(tmp_path: Path, code: str, lang: str) -> None:
    # Odense alone has calls; nobody gave the connections.
    (tmp_path / "x.csv").write_text(
        "Starttid;Kommune\n" + "".join(f"{m}-05 10:00:00;Odense\n" * 9 for m in span("2023-01", "2024-12")), "utf-8"
    )
    (tmp_path / "events.yaml").write_text(EVENT.format(id="meet", where=f'municipalities: ["{code}"]'), "utf-8")
    (tmp_path / "study.yaml").write_text(
        'study: s\ntitle: {da: "s"}\nraw: [{path: x.csv}]\nevents: events.yaml\nout: out\n', "utf-8"
    )
    study = Study.load(tmp_path / "study.yaml").with_changes(language=lang)
    found = prepare(study).ingested
    assert found is not None
    panel, who = found.panel, reader(lang=lang)
    effects = kl.evaluate(panel, study.read_events(), municipality=code)
    said = [kl.sentence(effect, lang) for effect in effects]
    said += [kl.quality_report(found.quality, panel, code, study=who).html]
    said += [kl.show_effects(effects, panel, municipality=code, study=who).html]
    assert [effect.reason for effect in effects if effect.primary] == ["not_begun"]
    words = " ".join(said)
    for claim in ("Kommunen er tilsluttet", "tilsluttet, men", "is connected to", "connected, not started"):
        assert claim not in words.replace("whether it is connected to", "").replace("om den er tilsluttet", "")


@pytest.mark.parametrize(
    "call", ["sys.exit()", "sys.exit(0)", "sys.exit(1)", "sys.exit('no data')", "raise SystemExit"]
)
def test_a_notebook_that_ends_itself_has_failed(tmp_path: Path, call: str) -> None:
    notebook = draw(tmp_path, "ends", f"import sys\n{call}", "print('never reached')")
    outcome = perform(run_of(notebook, "461", tmp_path / "out"), "", Limits()).outcome
    assert outcome.status == "failed"
    assert "cell 3" in outcome.error, "the third, after the parameters of the notebook and those of the run"


@pytest.mark.parametrize("folder", [".", "..", "mine", "linked", "x.csv"])
def test_a_folder_that_is_not_its_own_keeps_its_rights(tmp_path: Path, folder: str) -> None:
    study = tmp_path / "study"
    (study / "mine").mkdir(parents=True)
    (study / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    (study / "linked").symlink_to("mine")
    write_study(study, "[]", f"municipalities: free\nprocessed: {folder}")
    before = {path: path.stat().st_mode for path in [tmp_path, *tmp_path.rglob("*")]}
    with pytest.raises(InputError, match="a folder of its own"):
        prepare(Study.load(study / "study.yaml"))
    assert {path: path.stat().st_mode for path in [tmp_path, *tmp_path.rglob("*")]} == before


@pytest.mark.parametrize("twin", ["\u0412y00", "B\u04430\uff10", "\uff22y00", "by00", "\u0392y00"])
def test_areas_that_look_the_same_are_refused(tmp_path: Path, twin: str) -> None:
    study = write_study(tmp_path, "[]", areas={"By00": "", twin: ""})
    with pytest.raises(InputError, match="look-alikes"):
        prepare(Study.load(study))
