"""What the parameters of the public names mean, written once: a docstring holds only those that are its own.

`with_parameters` completes a docstring when its name is first asked of the package, so that `help`, a notebook and
the documentation site show all of them, in the order of the signature.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any

# By name; where the meaning of a default needs words, "name=default" comes first.
SHARED = {
    "activity": "Calls by unit and month as `kl.read_activity` gives them: rows, or a look-up of published numbers.",
    "activity=None": "As `kl.read_activity` gives it: rows, or a look-up of published numbers. None: no units known.",
    "cut": "Months of a panel, sorted into the areas of a level: see `kl.cut`.",
    "data": "Folder with the figures that may not be copied. Empty: only those that come along.",
    "design": "A design, such as `kl.controlled_interrupted_time_series`; it is called with what follows.",
    "effect": "One answer of a design.",
    "effects": "Answers as `kl.evaluate` returns them: each primary is followed by its sensitivities.",
    "event": "An entry of the register, `events[id]`; it knows the other events of its register.",
    "events": "The register, or some of its events by id: see `kl.read_events`.",
    "events=()": "Events of the register to mark; those without a date are left out.",
    "events=None": "The register. None: what needs it is left out.",
    "folder": "A study's processed folder, `study.processed_folder`.",
    "lang": 'Language of the words: "da" or "en".',
    "lang=None": 'Language of the words: "da" or "en". None: that of the notebook or study.',
    "measure": "A measure of the panel or of `kl.measures`.",
    "measure='calls'": "A count of the panel: calls, completed, active_units, active_providers.",
    "measures": "Measures as `kl.measure_table` or `kl.read_measures` gives them, a row a measure, area and period.",
    "month_end=None": 'Last month of which anything may be known, "2025-02". None: the panel\'s last.',
    "month_end": 'Last month of which anything may be known, "2025-02".',
    "months_after": "Months after the start that will be judged.",
    "municipality": 'A municipality\'s code as text, "461".',
    "municipality=''": 'A municipality\'s code as text, "461". Empty: all of them.',
    "municipality=None": 'A municipality\'s code as text, "461". None: the sum of the country.',
    "outcome='calls'": "The count that is looked at: calls, completed, active_units, active_providers.",
    "outcome=None": "The count that is judged. None: the question's, else the event's own, else calls.",
    "only=None": "Codes or names to keep. None: all.",
    "panel": "One row a municipality and month, counts a month; the columns are those of `kl_research.terms.panel`.",
    "panel=None": "One row a municipality and month. None: what needs it is left out.",
    "periods=None": 'Pairs of first and last month, ("2024-03", "2025-02"). None: the standard periods.',
    "pre_months": "Longest period before, in months.",
    "question": "What is asked: outcome, longest periods before and after in months, band, offset and seed.",
    "records": "What the notebooks recorded, from `kl.read_records`.",
    "region": 'A region\'s code as text, "1083".',
    "region=''": 'A region\'s code as text, "1083". Empty: the whole country.',
    "seed": "Of everything that is drawn by chance; the same seed gives the same answer.",
    "study": "A loaded study, or its file.",
    "study=None": "The study, from which language, edition and the mark of simulated data are taken.",
    "timing": "Calls by weekday and hour, from `kl.read_timing`.",
    "timing=None": "Calls by weekday and hour, from `kl.read_timing`; for measures that need it.",
    "who": 'Whose: "unit", "provider" or "municipality".',
    "totals=None": "Published totals of whole windows, `kl.read_question(study).totals`. None: months are added up.",
}
_SECTION = r"^{}\n-+\n(.*?)(?=^[A-Z][A-Za-z ]+\n-{{3,}}$|\Z)"
_ENTRY = re.compile(r"^(\w[\w, ]*?) : .*(?:\n(?: .*)?$)*", re.MULTILINE)


@cache
def with_parameters(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; its docstring has a Parameters section that is whole.

    >>> def double(panel, times=2):
    ...     '''Twice as many.
    ...
    ...     Parameters
    ...     ----------
    ...     times : int
    ...         How often.
    ...
    ...     Returns
    ...     -------
    ...     DataFrame
    ...         Counts.
    ...     '''
    >>> print(with_parameters(double).__doc__)
    Twice as many.
    <BLANKLINE>
    Parameters
    ----------
    panel
        One row a municipality and month, counts a month; the columns are those of `kl_research.terms.panel`.
    times : int
        How often.
    <BLANKLINE>
    Returns
    -------
    DataFrame
        Counts.
    """
    text = inspect.getdoc(function) or ""
    found = re.search(_SECTION.format("Parameters"), text, re.MULTILINE | re.DOTALL)
    own = {
        name: entry.group().rstrip() for entry in _ENTRY.finditer(found[1] if found else "") for name in _names(entry)
    }
    entries: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        entry = own.get(parameter.name) or _shared(parameter)
        entries += [] if entry in entries else [entry]
    if entries:
        section = "\n".join(["Parameters", "----------", *entries])
        before = (
            text[: found.start()]
            if found
            else re.split(r"^[A-Z]\w+\n-{3,}$", text, maxsplit=1, flags=re.MULTILINE)[0]
        )
        after = text[found.end() :] if found else text[len(before) :]
        function.__doc__ = f"{before.rstrip()}\n\n{section}\n\n{after.lstrip()}".rstrip()
    return function


def _names(entry: re.Match[str]) -> list[str]:
    return [name.strip() for name in entry[1].split(",")]


def _shared(parameter: inspect.Parameter) -> str:
    """The entry of a parameter: name, type and what it means."""
    given = parameter.default is not parameter.empty
    text = SHARED.get(f"{parameter.name}={parameter.default!r}") if given else None
    text = text or SHARED.get(parameter.name, "")
    kind = (
        ""
        if parameter.annotation is parameter.empty
        else str(parameter.annotation).replace("pd.", "").replace("Any", "Study")
    )
    default = (
        ""
        if not given
        else ", optional"
        if not isinstance(parameter.default, int | float | str)
        else f", default {parameter.default!r}"
    )
    return f"{parameter.name}{f' : {kind}{default}' if kind else ''}\n    {text}"
