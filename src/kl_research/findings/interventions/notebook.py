"""Which results show themselves in a notebook; their words (`told`) load when one is first shown."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_TOLD = {
    ("kl_research.effects.effect", "Effect"): "tell_effect",
    ("kl_research.effects.effect", "Check"): "tell_check",
    ("kl_research.effects.window", "Window"): "tell_window",
    ("kl_research.terms.events", "Event"): "tell_event",
    ("kl_research.terms.events", "EventRegister"): "tell_register",
    ("kl_research.adoption.measures.registry", "Measure"): "tell_measure",
}


def register(shell: Any) -> None:
    """Tell an IPython shell how to show our results; `import kl_research` does so in a notebook."""
    html, plain = (shell.display_formatter.formatters[kind] for kind in ("text/html", "text/plain"))
    for (module, name), verb in _TOLD.items():
        html.for_type_by_name(module, name, lambda value, verb=verb: _told(verb, value)._repr_html_())
        plain.for_type_by_name(module, name, lambda value, p, cycle, verb=verb: p.text(repr(_told(verb, value))))


def _told(verb: str, value: Any) -> Any:
    words = import_module("kl_research.findings.interventions.results")
    return words.Shown(getattr(words, verb)(value, words.language()), words.language())
