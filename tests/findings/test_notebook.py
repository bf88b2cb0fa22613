"""Results in a notebook: accessible HTML, plain text in a terminal, and nothing a public page would let through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import kl_research as kl
from kl_research.effects.example import drawn_example
from kl_research.findings.html import gate
from kl_research.findings.interventions import notebook
from kl_research.terms.errors import InputError

PANEL, EVENTS = drawn_example()
CHECK = kl.Check("placebo_in_time", "passed")


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIRTUAL_ENV", raising=False)  # IPython warns where another environment is active than this one
        made = InteractiveShell()
    notebook.register(made)
    return made


def effect() -> kl.Effect:
    made = kl.interrupted_time_series(PANEL, EVENTS["meeting"], municipality="001")
    return made.replace(checks=(CHECK,))


RESULTS = {
    "effect": effect,
    "check": lambda: CHECK,
    "window": lambda: kl.assess(PANEL, EVENTS["meeting"], municipality="001"),
    "event": lambda: EVENTS["meeting"],
    "register": lambda: EVENTS,
    "measure": lambda: kl.measures()[0],
    "panel": lambda: kl.panel_summary(PANEL),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_a_table_with_caption_and_scope_and_the_same_in_plain_text(
    name: str, shell: InteractiveShell
) -> None:
    shown, _ = shell.display_formatter.format(RESULTS[name]())
    html = shown["text/html"]
    assert [mark for mark in ("<caption>", 'scope="col"', 'scope="row"') if mark not in html] == []
    assert "<" not in shown["text/plain"]


def test_an_effect_speaks_the_words_of_the_pages(shell: InteractiveShell) -> None:
    shown, _ = shell.display_formatter.format(effect())
    assert kl.sentence(effect(), "da") in shown["text/plain"]
    assert "Kontrol" in shell.display_formatter.format(CHECK)[0]["text/plain"]


def test_the_language_is_the_one_lab_was_opened_in(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KL_LANGUAGE", "en")
    shown, _ = shell.display_formatter.format(effect())
    assert kl.sentence(effect(), "en") in shown["text/plain"]


def test_a_public_page_withholds_a_cell_that_shows_a_bare_result(shell: InteractiveShell) -> None:
    shown, _ = shell.display_formatter.format(effect())
    cell = nbformat.v4.new_code_cell("effect", outputs=[nbformat.v4.new_output("display_data", dict(shown))])
    assert gate.unseen(nbformat.v4.new_notebook(cells=[cell]), lambda _: False)


def test_a_refusal_is_one_line_in_a_notebook(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.user_ns["error"] = InputError("demo.yaml", "no file", "a study file", "check the path")
    shell.run_cell("raise error", silent=False)
    told = capsys.readouterr().out
    assert "InputError: demo.yaml: found no file" in told
    assert "Traceback" not in told


EMPTY = pd.DataFrame()
VERBS: dict[str, Callable[[pd.DataFrame, Any], Any]] = {
    "trend": lambda panel, _: kl.trend(panel, "Odense"),
    "plot_trend": lambda panel, _: kl.plot_trend(panel, "Odense"),
    "description": lambda panel, _: kl.description(panel, None, "Odense"),
    "show_measures": lambda panel, _: kl.show_measures(EMPTY, panel, "Odense"),
    "show_reach": lambda panel, _: kl.show_reach(EMPTY, panel, "Odense"),
    "show_parts": lambda panel, _: kl.show_parts(panel, EMPTY, "Odense"),
    "show_units": lambda panel, _: kl.show_units(EMPTY, panel, "Odense"),
    "show_concentration": lambda panel, _: kl.show_concentration(EMPTY, panel, "Odense"),
    "show_control_chart": lambda panel, _: kl.show_control_chart(panel, "Odense"),
    "show_alert": lambda panel, _: kl.show_alert([], panel, "Odense"),
    "show_effects": lambda panel, _: kl.show_effects([], panel, municipality="Odense"),
    "show_joint_display": lambda panel, events: kl.show_joint_display(panel, None, events, municipality="Odense"),
    "quality_report": lambda panel, _: kl.quality_report({}, panel, "Odense"),
    "peers_of": lambda panel, _: kl.peers_of(panel, None, "Odense"),
    "evaluate": lambda panel, events: kl.evaluate(panel, events, municipality="Odense"),
    "decompose": lambda panel, events: kl.decompose(panel, events, municipality="Odense"),
    "propose_dates": lambda panel, events: kl.propose_dates(panel, events, municipality="Odense"),
    "over_possible_dates": lambda panel, events: kl.over_possible_dates(panel, events, municipality="Odense"),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_name_where_a_code_is_asked_is_one_line_and_never_an_empty_answer(verb: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=r"found 'Odense'; expected a code of the panel\. Codes are text"):
        verb(PANEL, EVENTS)
