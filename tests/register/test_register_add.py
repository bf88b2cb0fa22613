"""An entry added to a register: what stood there stays, bad answers are asked again, the new text is read again."""

from __future__ import annotations

from pathlib import Path

import pytest

import kl_research as kl
from kl_research.commands.register.add import register_add
from kl_research.commands.register.write import add_entry, with_entry
from kl_research.terms.items import read_items

STUDY = 'study: s\ntitle: {da: "x", en: "x"}\nraw:\n  - {path: "a.csv", layout: calls}\nevents: e.yaml\nout: out\n'
EVENT = {"id": "new", "kind": "context", "type": "other", "national": True, "date": None, "source": 'a "b" \\ c: #d'}
ITEM = {"id": "item", "kind": "guide", "title": {"da": "Æøå: 1.8"}, "owner": None, "source": "minutes"}

LIST = """\
# the head
- id: a   # a comment at the end
  kind: context
  type: other
  national: true
  date: null
  source: 'single quotes'
  tags: [positive]   # behind

# the tail
"""
PARTS = f"events:\n{LIST}\nitems:\n- id: i\n  kind: guide\n  title: {{da: 'x'}}\n  source: y\n"


@pytest.fixture
def register(tmp_path: Path) -> Path:
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path / "e.yaml"


@pytest.mark.parametrize("text", [LIST, PARTS, LIST.replace("\n", "\r\n"), "\ufeff" + LIST, LIST.rstrip("\n")])
@pytest.mark.parametrize("part", ["events", "items"])
def test_every_line_of_the_register_survives(register: Path, text: str, part: str) -> None:
    register.write_bytes(text.encode())
    add_entry(register, part, EVENT if part == "events" else ITEM)  # type: ignore[arg-type]
    after = register.read_bytes().decode()
    lines = iter(after.splitlines())
    assert all(line in lines for line in text.splitlines())  # all of them, in their order
    assert ("\r\n" in after) == ("\r\n" in text)
    assert after.count("\n") == after.count("\r\n") or "\r\n" not in text
    if part == "events":
        assert kl.read_events(register)["new"].source == EVENT["source"]
    else:
        assert read_items(register)[-1].title == ITEM["title"]


def test_the_entry_is_put_after_the_last_one_and_before_the_comment_that_follows() -> None:
    lines = with_entry(LIST, "events", EVENT).splitlines()
    assert lines.index("- id: new") < lines.index("# the tail")


@pytest.mark.parametrize("text", ["# nothing yet\n[]\n", "events: []\n", "events:\n- id: a\n  kind: context\n"])
def test_an_empty_register_gets_its_first_entry(text: str) -> None:
    assert "id: new" in with_entry(text, "events", EVENT)


def test_the_register_of_a_new_study_takes_an_entry(tmp_path: Path) -> None:
    from kl_research.commands.new import new_study

    _, register, _ = new_study(tmp_path / "my.yaml")
    add_entry(register, "events", EVENT)
    assert list(kl.read_events(register)) == ["new"]


def test_a_register_that_would_be_refused_is_left_as_it_was(register: Path) -> None:
    register.write_text(LIST, encoding="utf-8")
    with pytest.raises(kl.InputError):
        add_entry(register, "events", {**EVENT, "kind": "nonsense"})
    assert register.read_text(encoding="utf-8") == LIST
    assert [path.name for path in register.parent.iterdir() if path.name.startswith(".register")] == []


def test_an_event_is_asked_for_and_bad_answers_are_asked_again(register: Path) -> None:
    register.write_text(LIST, encoding="utf-8")
    said: list[str] = []
    answers = iter(
        [
            *("", "Møde med lægerne i Ikast"),
            *("7", "1"),
            *("hvad?", "2"),
            *("Odnse", "Odense, Region Midtjylland", "Odense"),
            *("i fjor", "24. marts 2025"),
            "flere opkald",
            *("Kirstens mail 010180-1234", "Referat, forår 2025"),
        ]
    )
    id_ = register_add(register.parent / "s.yaml", "events", lambda _: next(answers), said.append, "da")
    event = kl.read_events(register)[id_]
    assert (id_, event.kind, event.type) == ("moede-med-laegerne-i-ikast", "intervention", "gp_meeting")
    assert (event.municipalities, event.date, event.expected) == (["461"], "2025-03-24", "increase")
    assert any("Mente du Odense?" in line for line in said)
    assert "0180" not in " ".join(said)


def test_an_item_is_asked_for(register: Path) -> None:
    register.write_text(LIST, encoding="utf-8")
    said: list[str] = []
    answers = iter(
        ["Vejledning 1.8", "vejledning", "", "MedCom", "oktober 2025", "28-10-2025", "1", "www.x", "", "s"]
    )
    id_ = register_add(register.parent / "s.yaml", "items", lambda _: next(answers), said.append, "da")
    item = read_items(register)[-1]
    assert (item.id, item.due, item.link, item.owner) == (id_, "2025-10-28", None, "MedCom")
    assert list(kl.read_events(register)) == ["a"]


def test_the_form_in_lab_asks_the_same_and_writes_the_same(register: Path) -> None:
    pytest.importorskip("ipywidgets", reason="the form needs the extra `lab`")
    from kl_research.lab.register_form import register_form

    register.write_text(LIST, encoding="utf-8")
    form = register_form(register.parent / "s.yaml")
    form.controls["title"].value = "Plakat i Odense"
    form.controls["where"].value = "Odens"
    form.controls["source"].value = "mødet"
    form.add.click()
    assert 'role="alert"' in form.said.value
    assert list(kl.read_events(register)) == ["a"]
    form.controls["where"].value = "Odense"
    form.add.click()
    assert "plakat-i-odense" in form.said.value
    assert kl.read_events(register)["plakat-i-odense"].municipalities == ["461"]
    assert form.controls["title"].value == ""
