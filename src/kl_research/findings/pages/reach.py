"""Ever used beside used lately: provider numbers and units, of how many there are where a file says so."""

from __future__ import annotations

import pandas as pd

from kl_research.findings.drawing.dots import Pair, pairs
from kl_research.findings.html.markup import NOTHING, Fragment, bullets, folded, section
from kl_research.findings.html.tables import html_table
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.numbers import count_words, is_few, value_words
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms import months
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name, check_area

# The measure that counts whom, and its unit of the code book; the last two where a file gives their denominator.
COUNTED = {
    "providers": "providers_penetration",
    "units": "units_active",
    "doctors": "providers_per_doctor",
    "clinics": "providers_per_clinic",
}
RECENT = (12, 6, 3)


def show_reach(measures: pd.DataFrame, panel: pd.DataFrame, municipality: str, *, study: ForWhom = None) -> Fragment:
    """Who ever used the app, and who did in the last 12, 6 and 3 months, in one municipality.

    Returns
    -------
    Fragment
        A `Fragment`.

    Raises
    ------
    InputError
        For a municipality the panel does not have.

    Examples
    --------
    >>> from kl_research.adoption import measure_table
    >>> from kl_research.effects.example import drawn_activity, drawn_example
    >>> panel, _ = drawn_example()
    >>> rows = measure_table(panel, drawn_activity(panel), levels=["municipality"], only=["units_active"])
    >>> print(*show_reach(rows, panel, "001", study=reader(lang="en")).sentences)
    1 unit has at some time used the app (denominator unknown); in the last 12 months 1, in the last 6 months
    1 and in the last 3 months 1.
    """
    who = reader(study)
    check_area(panel, municipality)
    lang, name = who.language, area_name(panel, municipality)
    rows, said = [], []
    for kind, measure in COUNTED.items():
        found = _found(measures, measure, municipality, panel)
        if not _worth_showing(found, kind):
            continue
        rows.append([say(f"reach.who.{kind}", lang), *(_cell(row, who) for row in found)])
        if kind in ("providers", "units") and (text := _sentence(found, kind, who)):
            said.append(text)
    return _section(rows, said, say("reach.column", lang), say("reach.table", lang, name=name), who)


def show_regions(measures: pd.DataFrame, panel: pd.DataFrame, *, study: ForWhom = None) -> Fragment:
    """The same for every region and the country: `measures` with the levels municipality, region and national.

    Returns
    -------
    Fragment
        A `Fragment`: a row a region, numerator and denominator beside the share.

    Examples
    --------
    >>> from kl_research.adoption import measure_table
    >>> from kl_research.effects.example import drawn_activity, drawn_example
    >>> panel, _ = drawn_example()
    >>> rows = measure_table(panel, drawn_activity(panel), levels=["national"], only=["units_active"])
    >>> "30" in show_regions(rows, panel, study=reader(lang="en")).html
    True
    """
    who = reader(study)
    lang = who.language
    shown = NOTHING
    for kind in [kind for kind in ("providers", "units") if COUNTED[kind] in set(measures["measure"])]:
        rows, said, dots = [], [], []
        for code in [*sorted(set(measures.loc[measures["level"] == "region", "area"])), ""]:
            found = _found(measures, COUNTED[kind], code, panel, "region" if code else "national")
            name = REGION_NAMES.get(code, code) or say("reach.nation", lang)
            rows.append([name, *(_cell(row, who) for row in found)])
            if kind == "providers" and (text := _sentence(found, kind, who, name)):
                said.append(text)
                dots += _dots(name, found, who)
        caption = say(f"reach.table.{kind}", lang)
        picture = _picture(dots, said, who)
        shown = shown + _section(
            rows, said, say("overview.column.region", lang), caption, who, heading=shown is NOTHING, picture=picture
        )
    return shown


def _dots(name: str, found: list[pd.Series | None], who: Reader) -> list[Pair]:
    """A row of two dots: the share that ever used the app, and that of the last 12 months; none where one is few."""
    ever, lately = found[:2]
    if ever is None or lately is None or ever["unit"] != "share":
        return []
    if any(pd.isna(row["value"]) or is_few(row["numerator"], who) for row in (ever, lately)):
        return []
    shares = {"lately": float(lately["value"]), "ever": float(ever["value"])}
    words = [
        say(f"reach.dot.{key}", who.language, share=formats.percent(v, who.language)) for key, v in shares.items()
    ]
    return [Pair(name, shares["lately"], shares["ever"], (words[0], words[1]))]


def _picture(dots: list[Pair], said: list[str], who: Reader) -> str:
    """The shares as dots, the sentences folded below; nothing for fewer than two rows."""
    if len(dots) < 2:
        return ""
    lang, shares = who.language, sorted(dot.before for dot in dots)
    ends = {"low": formats.number(100 * shares[0], lang), "high": formats.percent(shares[-1], lang)}
    columns = [say(f"reach.dot.column.{key}", lang) for key in ("lately", "ever")]
    heads = (say("overview.column.region", lang), columns[0], columns[1])
    alt = say("reach.dot.alt", lang, rows=" ".join(said))
    picture = pairs(dots, say("reach.dot.title", lang, **ends), alt, heads, who).html
    return f'<div class="kl-dots">{picture}</div>{folded(say("front.in_words", lang), bullets(said))}'


def _section(
    rows: list[list[str]],
    said: list[str],
    column: str,
    caption: str,
    who: Reader,
    *,
    heading: bool = True,
    picture: str = "",
) -> Fragment:
    lang = who.language
    if not rows and not said:
        return NOTHING
    periods = [say("reach.ever", lang), *(say("reach.last", lang, months=say("months", lang, n=n)) for n in RECENT)]
    html = picture or bullets(said)
    if rows:
        html += html_table(
            pd.DataFrame(rows, columns=[column, *periods]), caption=caption, lang=lang, kind="kl-cards"
        )
    return section(say("reach.title", lang), html, said) if heading else Fragment(html, tuple(said))


def _found(
    measures: pd.DataFrame, measure: str, area: str, panel: pd.DataFrame, level: str = "municipality"
) -> list[pd.Series | None]:
    """The rows of ever and of the last 12, 6 and 3 months; None where the table has none."""
    first, last = (f"{panel['month'].agg(side):%Y-%m}" for side in ("min", "max"))
    spans = [f"{first}/{last}", *(f"{months.shift(last, 1 - n)}/{last}" for n in RECENT)]
    own = measures[(measures["measure"] == measure) & (measures["area"] == area) & (measures["level"] == level)]
    rows = {str(row["period"]): row for _, row in own.iterrows()}
    return [rows.get(span) for span in spans]


def _worth_showing(found: list[pd.Series | None], kind: str) -> bool:
    rows = [row for row in found if row is not None]
    if kind in ("doctors", "clinics"):
        return any(not pd.isna(row["value"]) for row in rows)
    return any(not pd.isna(row["numerator"]) for row in rows)


def _cell(row: pd.Series | None, who: Reader) -> str:
    lang = who.language
    if row is None:
        return say("table.none", lang)
    if pd.isna(row["numerator"]):
        return say(f"measure.reason.{row['reason']}", lang)
    part = count_words(row["numerator"], who)
    if pd.isna(row["denominator"]):
        return say("reach.unknown", lang, part=part)
    whole = formats.number(row["denominator"], lang)
    if row["unit"] != "share":
        return say("reach.over", lang, part=part, whole=whole)
    if is_few(row["numerator"], who):
        return say("measures.parts", lang, part=part, whole=whole)
    return say("reach.of", lang, part=part, whole=whole, share=value_words(row, who))


def _sentence(found: list[pd.Series | None], kind: str, who: Reader, name: str = "") -> str:
    """In words, when all four numbers are known and told."""
    lang = who.language
    if any(row is None or pd.isna(row["numerator"]) for row in found):
        return ""
    ever, *recent = [row for row in found if row is not None]
    values = {f"m{n}": count_words(row["numerator"], who) for n, row in zip(RECENT, recent, strict=True)}
    known = not pd.isna(ever["denominator"])
    of = say(f"reach.of.{kind}", lang, n=ever["denominator" if known else "numerator"])
    values |= {"part": count_words(ever["numerator"], who), "who": of}
    if known:
        values |= {"whole": formats.number(ever["denominator"], lang), "share": value_words(ever, who)}
    key = "reach.sentence" if known else "reach.sentence.unknown"
    if known and is_few(ever["numerator"], who):
        key = "reach.sentence.few"
    text = formats.capital(say(key, lang, n=ever["numerator"], **values))
    return f"{name}: {text}" if name else text
