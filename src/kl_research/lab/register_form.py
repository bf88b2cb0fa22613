"""A form in JupyterLab that adds an event or an item to the study's register; the questions are the terminal's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from kl_research.commands.register.add import added_words, register_of, taken
from kl_research.commands.register.answers import BadAnswer, choice_word
from kl_research.commands.register.ask import Question, entry_of, questions
from kl_research.commands.register.write import add_entry
from kl_research.findings.html.markup import paragraph
from kl_research.findings.words.catalogue import say
from kl_research.terms.errors import InputError
from kl_research.terms.register_file import Part
from kl_research.terms.study import Study


class RegisterForm:
    """The form; `controls` are its fields by question, `said` what it answers. Made by `register_form`."""

    def __init__(self, study: Study, part: Part = "events") -> None:
        self._study, self._part, lang = study, part, study.language
        self._questions = questions(part, lang, study.municipalities)
        self.controls = {question.key: self._control(question) for question in self._questions}
        self.said = widgets.HTML()
        self.add = widgets.Button(description=say("register.form.add", lang), icon="plus")
        self.add.on_click(lambda _: self._add())
        labels = {q.key: widgets.HTML(paragraph(q.text(part, lang))) for q in self._questions}
        rows = [widgets.VBox([labels[key], control]) for key, control in self.controls.items()]
        self.page = widgets.VBox([*rows, self.add, self.said])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.page._repr_mimebundle_(**options)

    def _control(self, question: Question) -> Any:
        if question.choices:
            words = [(choice_word(code, self._study.language), code) for code in question.choices]
            return widgets.Dropdown(options=words, value=question.choices[0])
        return widgets.Text(layout=widgets.Layout(width="40em"))

    def _add(self) -> None:
        """Read every field; what cannot be used is said, and nothing is written."""
        lang, answers, bad = self._study.language, {}, []
        for question in self._questions:
            try:
                answers[question.key] = question.read(self.controls[question.key].value)
            except BadAnswer as error:
                bad.append(f"{question.text(self._part, lang)} {error}")
        if bad:
            self.said.value = f'<div role="alert">{"".join(paragraph(line) for line in bad)}</div>'
            return
        try:
            entry = entry_of(self._part, answers, taken(self._study, self._part), lang)
            add_entry(register_of(self._study), self._part, entry, self._study.municipalities)
        except (BadAnswer, InputError) as error:
            self.said.value = f'<div role="alert">{paragraph(str(error))}</div>'
            return
        self.said.value = f'<div role="status">{paragraph(added_words(entry["id"], self._study, lang))}</div>'
        for question in self._questions:
            if not question.choices:
                self.controls[question.key].value = ""


def register_form(study: str | Path | Study, part: Part = "events") -> RegisterForm:
    """The form for a study: `part` is "events" or "items"."""
    return RegisterForm(study if isinstance(study, Study) else Study.load(study), part)
