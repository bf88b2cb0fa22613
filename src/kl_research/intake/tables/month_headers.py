"""Headers of months that need a second look: named without a year, or such that nobody can read them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping

from kl_research.intake.columns import header_words, words
from kl_research.intake.columns.month_checks import short_months
from kl_research.intake.columns.months import NAMES, Period, month_number, read_period, span_of
from kl_research.intake.columns.phrases import Said, understand
from kl_research.intake.files.cells import Row, text
from kl_research.terms.errors import InputError

_A_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|(?:\d{1,2}\.? ?)?(?:" + "|".join(NAMES) + r")\.?[ -]*(?:19|20)\d\d",
    re.IGNORECASE,
)
# The year of months across where a column says which year a row is of: any that is no leap of a century.
ANY_YEAR = 2000
_YEAR = re.compile(r"(?<![\d.,-])(?:19|20)\d\d(?!\d|-|[.,]\d)")


def year_of(titles: Collection[str]) -> str:
    """The one year that titles name, apart from dates such as that of the export; empty for none or several.

    >>> year_of(["Opkald 2024", "Udtrukket 03-02-2025"]), year_of(["Opkald 2023-2024"])
    ('2024', '')
    """
    years = {year for title in titles for year in _YEAR.findall(_A_DATE.sub(" ", title))}
    return years.pop() if len(years) == 1 else ""


def no_year(where: str, shown: str) -> InputError:
    """The refusal of months without a year; a year in the name of the file is proposed."""
    named = year_of([where])
    return InputError(
        where,
        f"months without a year, such as {shown!r}",
        "months with their year, a column År, or one year in the title or the name of the sheet",
        f"write `year: {named or 2024}`"
        + (", as the name of the file says," if named else ", or the year they are of,")
        + " in a layout file; a column of years under another name: `columns: {year: ...}`",
    )


def months_across(
    labels: list[str], year: int | None, titles: Callable[[], list[str]], where: str
) -> dict[int, Period]:
    """The months of a row of month names, in the year of the layout or the titles; none where it is no such row."""
    found = {i: month_number(label) for i, label in enumerate(labels) if label and not label[0].isdigit()}
    months = {i: number for i, number in found.items() if number}
    if len(months) < 2 or 0 in months or len(months) < sum(1 for label in labels if label) / 2:
        return {}
    named = str(year) if year else year_of(titles())
    if not named:
        raise no_year(where, labels[min(months)])
    numbers = [months[i] for i in sorted(months)]
    if numbers != sorted(set(numbers)):
        raise InputError(
            where,
            "months without a year that are not in order",
            "the months of one year, each once",
            "write the year of each",
        )
    return {i: Period("month", f"{named}-{number:02d}", 1) for i, number in months.items()}


def sums_across(labels: list[str], months: Mapping[int, Period]) -> dict[int, tuple[str, str]]:
    """Columns of quarters, half-years and the year beside the months of one year, with the months they add up."""
    if not months:
        return {}
    first, year = min(months), next(iter(months.values())).month[:4]
    spans = {
        i: span_of(f"{label} {year}") for i, label in enumerate(labels) if i > first and i not in months and label
    }
    return {i: span for i, span in spans.items() if span}


def short_months_across(labels: list[str], where: str) -> tuple[dict[int, Period], dict[int, tuple[Said, ...]]]:
    """The months of a row such as Kommune, 02-24, 03-24 (foreløbig), and what their headers say beside.

    None where its first cell is no word for an area.
    """
    parts = {i: header_words.split(label) for i, label in enumerate(labels) if i}
    matches = {i: re.fullmatch(r"(\d\d?[-/.]\d\d?)(?:[, ]+(\D.*))?", bare) for i, (bare, _) in parts.items()}
    found = {i: match[1] for i, match in matches.items() if match}
    area = words.match(labels[0]) if labels else None
    if len(found) < 2 or not area or area[0] not in ("municipality", "code"):
        return {}, {}
    months = short_months(list(found.values()), where)
    phrases = {i: [*parts[i][1], *([match[2]] if match[2] else [])] for i, match in matches.items() if match}
    said = {i: tuple(s for phrase in phrases[i] for s in understand(phrase, "calls")) for i in found}
    return (dict(zip(found, months, strict=True)), said) if months else ({}, {})


def refuse_unreadable(
    labels: list[str], periods: dict[int, Period], known: Collection[int], below: list[Row], where: str
) -> None:
    """Refuse a header that seems to name a month and cannot be read: its column would be left out in silence.

    So is a header without a letter over numbers; `below` are the first rows below it.
    """
    for i, label in enumerate(labels):
        if i == 0 or i in periods or i in known:
            continue
        nameless = not any(map(str.isalpha, label)) and any(
            any(map(str.isdigit, text(row[i]))) for row in below if i < len(row)
        )
        if _like_a_month(label) or _in_a_gap(i, periods) or nameless:
            raise InputError(
                f"{where}, column {i + 1}",
                f"the header {label!r}, which seems to be that of a month"
                if label
                else "numbers below a blank header",
                "a month, such as 2024-03 or mar-24",
                "correct the header, or delete the column",
            )


def _like_a_month(label: str) -> bool:
    words = re.findall(r"[a-zæøå]+", label.casefold())
    if re.search(r"(?:19|20)\d\d ?[-/.m] ?\d{1,2}", label.casefold()):
        return read_period(label) is None
    if not words:
        return False
    return words[0] in NAMES or (
        any(c.isdigit() for c in label) and bool(difflib.get_close_matches(words[0], NAMES, n=1, cutoff=0.75))
    )


def _in_a_gap(i: int, periods: dict[int, Period]) -> bool:
    """Whether a column stands alone where exactly one month is lacking."""
    before, after = periods.get(i - 1), periods.get(i + 1)
    if not before or not after or not before.month or not after.month:
        return False
    first, last = (int(p.month[:4]) * 12 + int(p.month[5:]) for p in (before, after))
    return last - first == 2
