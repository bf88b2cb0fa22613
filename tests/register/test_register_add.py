"""An entry added to a register: what stood there stays, bad answers are asked again, the new text is read again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import kl_research as kl
from kl_research.commands.register.add import register_add
from kl_research.commands.register.answers import BadAnswer, choice, plain
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


SOME_TEXT = st.text(max_size=12).map(lambda text: plain(text, "da")).filter(bool)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=12)


@st.composite
def registers(draw: st.DrawFn) -> str:
    """A register as people write it: comments anywhere, quotes of all kinds, indented or not, a last line or none."""
    indent = draw(st.sampled_from(["", "  "]))
    lines = [f"# {draw(LINE)}"]
    for i in range(draw(st.integers(1, 3))):
        quote = draw(st.sampled_from(["'a: b'", '"a \\" # b"', "plain words", ">-\n    folded\n    text"]))
        body = [f"- id: e{i}  # {draw(LINE)}", "  kind: context", "  type: other", "  national: true", "  date: null"]
        lines += [indent + line for line in (*body, f"  source: {quote}".replace("\n", f"\n{indent}"))]
        lines += ["", f"{indent}# {draw(LINE)}"] if draw(st.booleans()) else []
    head = ["events:"] if indent or draw(st.booleans()) else []
    text = "\n".join([*head, *lines]) + draw(st.sampled_from(["", "\n", "\n\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(registers(), SOME_TEXT, SOME_TEXT)
def test_whatever_the_register_and_the_words_nothing_else_changes(text: str, title: str, source: str) -> None:
    entry = {**EVENT, "title": {"da": title}, "source": source}
    with tempfile.TemporaryDirectory() as folder:
        register = Path(folder) / "e.yaml"
        register.write_bytes(text.encode())
        before = [event.model_dump() for event in kl.read_events(register).values()]
        add_entry(register, "events", entry)
        after = register.read_bytes().decode()
        *kept, new = kl.read_events(register).values()
    assert [event.model_dump() for event in kept] == before
    assert (new.title["da"], new.source) == (title, source)
    # what stood there is all there, in one or two pieces
    old = text.rstrip()
    assert any(after.startswith(old[:i]) and after.rstrip().endswith(old[i:]) for i in range(len(old) + 1))


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
            "",
            "flere opkald",
            *("Kirstens mail 010180-1234", "Referat, forår 2025"),
            "",
        ]
    )
    done = register_add(register.parent / "s.yaml", "events", lambda _: next(answers), said.append, "da")
    event = kl.read_events(register)["moede-med-laegerne-i-ikast"]
    assert "moede-med-laegerne-i-ikast" in done
    assert (event.kind, event.type, event.until, event.impact) == ("intervention", "gp_meeting", None, "step")
    assert (event.municipalities, event.date, event.expected) == (["461"], "2025-03-24", "increase")
    assert any("Mente du Odense?" in line for line in said)
    assert "0180" not in " ".join(said)


def test_an_item_is_asked_for(register: Path) -> None:
    register.write_text(LIST, encoding="utf-8")
    said: list[str] = []
    answers = iter(
        ["Vejledning 1.8", "vejledning", "", "MedCom", "oktober 2025", "28-10-2025", "1", "www.x", "", "s", ""]
    )
    register_add(register.parent / "s.yaml", "items", lambda _: next(answers), said.append, "da")
    item = read_items(register)[-1]
    assert (item.id, item.due, item.link, item.owner) == ("vejledning-1-8", "2025-10-28", None, "MedCom")
    assert list(kl.read_events(register)) == ["a"]


MEETING = ("Fyrtårn", "indsats", "fyrtårn", "Syddanmark", "marts 2025", "januar 2025", "flere", "planen")


def test_what_was_understood_is_said_back_and_can_be_corrected_before_anything_is_written(register: Path) -> None:
    register.write_text(LIST, encoding="utf-8")
    said: list[str] = []
    # all right, says the user; the end lies before the beginning; no. 6 again; no. 99; the source too; right now
    answers = iter([*MEETING, "", "6", "juni 2025", "99", "8", "den nye plan", "ja"])

    def ask(_: str) -> str:
        assert register.read_text(encoding="utf-8") == LIST
        return next(answers)

    register_add(register.parent / "s.yaml", "events", ask, said.append, "da")
    event = kl.read_events(register)["fyrtaarn"]
    assert (event.until, event.impact, event.regions, event.source) == ("2025-06", "pulse", ["1083"], "den nye plan")
    assert "  4 Sted: Region Syddanmark" in said
    assert any("før begyndelsen" in line for line in said)


def test_whoever_stops_half_way_has_written_nothing(register: Path) -> None:
    register.write_text(LIST, encoding="utf-8")
    answers = iter(MEETING)

    def ask(_: str) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    assert register_add(register.parent / "s.yaml", "events", ask, lambda _: None, "da") == "Intet er skrevet."
    assert register.read_text(encoding="utf-8") == LIST


@pytest.mark.parametrize(
    ("answer", "code"),
    [("indsats", "intervention"), ("TÆLLES", "measurement"), ("3", "context"), ("backgr", None), ("der", None)],
)
def test_a_word_that_only_one_answer_has_is_enough(answer: str, code: str | None) -> None:
    if code is None:
        with pytest.raises(BadAnswer):
            choice(answer, ("intervention", "measurement", "context"), "da")
    else:
        assert choice(answer, ("intervention", "measurement", "context"), "da") == code


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
