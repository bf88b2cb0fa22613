"""What the lines above and below a table say of its numbers: shown in the receipt, refused where they are no counts.

A note is written for people, so two plain statements alone are taken from it: that the numbers are accumulated, in
thousands, shares and so on, and what a sign stands for.
"""

from __future__ import annotations

import re

from kl_research.intake.columns.numbers import NumberColumn, usual_state
from kl_research.intake.columns.phrases import no_count
from kl_research.intake.layouts import Layout
from kl_research.intake.quality import FileReport
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError

_NUMBERS = (
    r"(?:alle |de viste |disse |samtlige )?"
    r"(?:tal(?:lene|let)?|antal(?:let)?|værdier(?:ne)?|opgørelsen?|kolonner(?:ne)?|månederne|opkald(?:ene)?|"
    r"hvert? (?:måned|tal|celle)|each (?:month|number|cell)|"
    r"(?:all |the |these )*(?:figures|numbers|values|counts|data|calls))"
    r"(?: (?:for|i|of|in) [\w. ]{1,30}?)?"
)
_ARE = r"(?:er|vises|angives|står|opgøres|dækker|viser|are|is|show|given|shown|counted)"
_STATEMENT = re.compile(
    rf"(?:^|[.:;,(]\s*)(?:(?:note|bemærk|obs|nb|enhed|unit|units|n\.b)[\s.:!,]+(?:at )?)*{_NUMBERS}\s+"
    rf"(?:\w+ )?{_ARE}\b(?P<what>.*)|"
    r"^(?:note|enhed|units?|opgjort|opgjort som|angivet|alt)\s*[:.]?\s+(?P<unit>.*)"
)
# Of what notes say, these leave no doubt; others are used of other things too ("plan", "i alt", "forskel").
_NO_COUNTS = {
    "year to date",
    "accumulated numbers",
    "rolling sums",
    "means",
    "per cent",
    "an index",
    "a budget",
    "a forecast",
    "a target",
    "thousands",
    "a rate",
    "quarters",
    "an amount of money",
}
_TIME = re.compile(
    r"\s*(?:(?:opgjort|målt|angivet|vist|hele|counted|given|in|i)\s+)*(?:sekund|minut|time[rn]|second|minute|hour)"
)
_SIGN = re.compile(
    r"^[\"'»“(]?(?P<sign>-1|-?9{2,}|[-–—.*:x/0]|\.\.\.?|"
    r"(?i:tomme?|blanke?|empty)(?: (?:felt|celle|rubrik|cell|field)\w*)?)[\"'«”)]?\s*"
    r"(?:=|:|\b(?:betyder|er|angiver|dækker over|står for|means|is|stands for)|"
    r"(?=\s(?:under|færre|mindre|fewer|less)\b)),?\s*(?:at )?"
    r"(?P<state>\S.*)$"
)
_STATES = {
    "suppressed": r"under \d|færre end|mindre end|<|diskret|skjul|fortrolig|[01]\s*[-–]\s*[1-9]|få\b|"
    r"suppressed|fewer than|less than|hidden|confidential",
    "zero": r"nul\b|(?:der )?ikke (?:er |var )?(?:nogen )?(?:opkald|kald)|"
    r"ingen (?:opkald|kald|registrer|aktivitet)|0(?: opkald)?$|zero|none$|no calls|ingen$",
    "missing": r"ikke (?:oplyst|opgjort|tilsluttet|tilgængelig|målt|registreret|relevant)|mangler|manglende|ukendt|"
    r"uoplyst|(?:kan )?ikke forekomme|tal (?:kan ikke|ikke kan)|missing|unknown|not (?:available|known|reported)|n/a",
}


def remark_says(remark: str) -> str:
    """What a line above or below a table says all its numbers are, where they are no counts of each month.

    >>> remark_says("Note: Tallene er opgjort akkumuleret fra årets start."), remark_says("Enhed: 1.000 opkald")
    ('year to date', 'thousands')
    >>> remark_says("Tallene er sekunder."), remark_says("Tal for december er fremskrevet.")
    ('lengths of time', 'a forecast')
    >>> remark_says("Kommunen har været tilsluttet siden start"), remark_says("Tallene er foreløbige")
    ('', '')
    """
    for sentence in re.split(r"(?<=[.!])\s+(?=[A-ZÆØÅ])|;", remark):
        lower = re.sub(r"simuler\w*|simulated|planlagt\w*|planned", "", sentence.casefold())  # such calls are counts
        match = _STATEMENT.search(lower.strip())
        about = (match["what"] or match["unit"] or "") if match else ""
        said = no_count(about)
        if _TIME.match(about):
            return "lengths of time"
        if said in _NO_COUNTS:
            return said
    return ""


def sign_says(remark: str) -> tuple[str, str]:
    """A sign and the state that a line gives it; empty for any other line.

    >>> sign_says("- betyder nul"), sign_says('"*" = under 5'), sign_says("* foreløbige tal")
    (('-', 'zero'), ('*', 'suppressed'), ('', ''))
    """
    match = _SIGN.match(remark.strip())
    if not match:
        return "", ""
    lower = match["state"].casefold()
    state = next((state for state, pattern in _STATES.items() if re.match(rf"(?:{pattern})", lower)), "")
    return (match["sign"], state) if state else ("", "")


def check_remarks(layout: Layout, report: FileReport) -> None:
    """Raise `InputError` where the lines above and below a table, kept in its report, say that it holds no counts."""
    for place, remark in report.remarks if not layout.calls_of_each_month else ():
        if what := remark_says(remark):
            raise InputError(
                f"{report.file}, {place}",
                f"the note {_short(remark)}, so {what}",
                "calls of each month",
                "if they are counts of each month all the same, write `calls_of_each_month: true` in a layout file",
            )


def check_signs(column: NumberColumn, layout: Layout, report: FileReport) -> None:
    """Raise `InputError` where a line gives a sign of the table another state than it was read as."""
    declared = layout.number_marks()
    for place, remark in report.remarks:
        sign, state = sign_says(remark)
        if not sign or sign in declared.zero | declared.missing | declared.suppressed:
            continue
        if sign[0] in "tbeTBE":
            used, read_as, sign = "missing" in column.states, "missing", ""
        else:
            number = float(sign) if sign.lstrip("-").isdigit() else None
            used, read_as = sign in column.marks or number in column.values, usual_state(sign) or "a number"
        if used and read_as != state and sign not in declared.zero:
            raise InputError(
                f"{report.file}, {place}",
                f"the note {_short(remark)}, while {sign or 'a blank cell'} is read as {read_as}",
                "signs that are read as the file says",
                f'write `marks: {{{state}: ["{sign}"]}}` in a layout file',
            )


def _short(remark: str) -> str:
    return repr(without_digits(remark)[:60])
