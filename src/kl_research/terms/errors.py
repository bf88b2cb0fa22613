"""The one error a user sees: where, what was found, what was expected, what to do."""

from __future__ import annotations

from kl_research.terms.cpr import without_numbers


class InputError(Exception):
    """A study or its input was refused; the command ends with exit code 2 and nothing is written.

    Parameters
    ----------
    where : str
        File, row, column or key.
    found : str
        What was there (never a cell value that may identify a person).
    expected : str
        What would have been understood.
    cure : str
        What the user does next.

    Examples
    --------
    >>> print(InputError("demo.yaml, line 3", "the key 'pre_month'", "a known key", "did you mean pre_months?"))
    demo.yaml, line 3: found the key 'pre_month'; expected a known key. Did you mean pre_months?
    >>> print(InputError("a.yaml", "'010100-1234'", "a code", "correct it"))
    a.yaml: found '(number withheld)'; expected a code. Correct it.
    """

    def __init__(self, where: str, found: str, expected: str, cure: str) -> None:
        self.where, self.found, self.expected, self.cure = where, found, expected, cure
        super().__init__(where, found, expected, cure)

    def __str__(self) -> str:
        cure = self.cure[:1].upper() + self.cure[1:]
        ending = "" if cure.endswith((".", "?", "!")) else "."
        line = f"{self.where}: found {self.found}; expected {self.expected}. {cure}{ending}"
        # Refusals are printed and logged: wherever a message took a number from, it is not repeated.
        return without_numbers(" ".join(line.split()))

    def _render_traceback_(self) -> list[str]:
        # A notebook shows the line alone: what to do is in it, and nothing of our own code is the reader's concern.
        return [f"InputError: {self}"]


class Withheld(Exception):
    """The gate refused something that belongs to the whole site: nothing is published, exit code 1."""
