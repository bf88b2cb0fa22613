"""Whether a status says that a call took place; a status nobody knows is refused, never taken for a no."""

from __future__ import annotations

from collections.abc import Iterable

from kl_research.intake.columns.places import is_test
from kl_research.intake.layouts import Layout
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

_COMPLETED = {
    "gennemfoert",
    "gennemfort",
    "completed",
    "complete",
    "afsluttet",
    "udfoert",
    "udfort",
    "ok",
    "success",
    "succes",
    "besvaret",
    "answered",
    "afholdt",
    "attended",
    "ended",
    "finished",
    "ja",
    "yes",
}
_NOT = {
    "ikkegennemfoert",
    "ikkegennemfort",
    "afbrudt",
    "mistet",
    "ubesvaret",
    "ikkebesvaret",
    "fejlet",
    "fejl",
    "afvist",
    "annulleret",
    "aflyst",
    "missed",
    "failed",
    "cancelled",
    "canceled",
    "noanswer",
    "notanswered",
    "unanswered",
    "aborted",
    "interrupted",
    "rejected",
    "declined",
    "timeout",
    "notcompleted",
    "incomplete",
    "udeblevet",
    "nej",
    "no",
    "intetsvar",
    "optaget",
    "busy",
    "dropped",
    "",
    "ukendt",
    "unknown",
    "dna",
}


def read_statuses(texts: Iterable[str], layout: Layout, where: str) -> dict[str, str]:
    """`completed`, `not_completed` or `test` for each status text.

    >>> read_statuses(["Gennemført", "Afbrudt"], Layout(layout="calls"), "a.csv")
    {'Gennemført': 'completed', 'Afbrudt': 'not_completed'}
    """
    own = {fold(text): kind for kind, listed in layout.statuses.items() for text in listed}
    found: dict[str, str] = {}
    strange: list[str] = []
    for text in texts:
        key = fold(text)
        if key in own:
            found[text] = own[key]
        elif is_test(text):
            found[text] = "test"
        elif key in _COMPLETED or key in _NOT:
            found[text] = "completed" if key in _COMPLETED else "not_completed"
        else:
            strange.append(text[:30] if not any(c.isdigit() for c in text) else "a status with figures")
    if strange:
        raise InputError(
            where,
            f"the status {', '.join(sorted(strange)[:5])}",
            "statuses whose meaning is known",
            "list it in a layout file under `statuses` as completed or not_completed",
        )
    return found
