"""Effects as pieces of a page: the sentence, the figure, what makes it uncertain, and how it was calculated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.forests import curve_of
from kl_research.findings.drawing.plots import draw_effect
from kl_research.findings.html.checklist import show_checklist
from kl_research.findings.html.markup import Fragment, bullets, escape, folded, paragraph
from kl_research.findings.html.tables import html_table
from kl_research.findings.interventions.shared_events import show_shared
from kl_research.findings.statements.events import judgement
from kl_research.findings.statements.phrases import heading
from kl_research.findings.words import formats, intervals, named, wording
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import is_shared, threats
from kl_research.findings.words.numbers import count_words, is_few
from kl_research.findings.words.reader import ForWhom, Reader, reader
from kl_research.terms.panel import area_name, check_area

FEWEST = 3  # ways of calculating that make a curve worth drawing
_MEANS = ("mean_before", "mean_after", "expected_after")
_DETAILS = ("mean_before", "mean_after", "expected_after", "dispersion", "rho", "tau2")


def show_effects(
    effects: Sequence[Effect], panel: pd.DataFrame, *, municipality: str = "", study: ForWhom = None
) -> Fragment:
    """Each event's answer, in the order given: heading, sentences, figure, and the folded details.

    `effects` as `kl.evaluate` returns them: each primary followed by its sensitivities. Events of the municipality's
    own come first and whole; those that reached everybody stand in one table after them. Without events of its own
    the fragment says that the register holds none.

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
    >>> from kl_research.effects.example import drawn_example
    >>> panel, _ = drawn_example()
    >>> print(*show_effects([], panel, municipality="001", study=reader(lang="en")).sentences)
    There is no intervention in 001 in the register of events. So no effect has been assessed.
    """
    who = reader(study)
    if municipality:
        check_area(panel, municipality)
    lang = who.language
    if not any(not is_shared(effect) for effect in effects):
        place = {"name": area_name(panel, municipality)} if municipality else {}
        text = say("effects.none" if municipality else "effects.none.national", lang, **place)
        title = escape(say("effects.none.title", lang))
        none = Fragment(f'<section class="kl-effect"><h2>{title}</h2>{paragraph(text)}</section>', (text,))
        listed = show_checklist(effects, panel, municipality, study=who) if effects else Fragment("")
        return none + show_shared(effects, area_name(panel, municipality), lang) + listed
    shared = [effect for effect in effects if is_shared(effect)]
    seen = [effect for effect in effects if not is_shared(effect)]
    groups: dict[str, list[Effect]] = {}
    for effect in seen:
        groups.setdefault(effect.event or effect.type, []).append(effect)
    shown_ = Fragment("")
    for group in groups.values():
        primary = next((e for e in group if e.primary), group[0])
        shown_ = shown_ + show_effect(primary, [e for e in group if e is not primary], panel=panel, study=who)
    shown_ = shown_ + show_shared(shared, area_name(panel, municipality), lang)
    return shown_ + show_checklist(effects, panel, municipality, study=who)


def show_effect(
    effect: Effect, others: Sequence[Effect] = (), *, panel: pd.DataFrame | None = None, study: ForWhom = None
) -> Fragment:
    """One effect on a page.

    Parameters
    ----------
    others : Sequence[Effect], optional
        Its sensitivities, folded away.

    Returns
    -------
    Fragment
        A `Fragment`; its sentence says number, interval (95 %) and verdict.

    Examples
    --------
    >>> from kl_research.effects.example import drawn_example
    >>> panel, events = drawn_example()
    >>> from kl_research.effects import controlled_interrupted_time_series as design
    >>> effect = design(panel, events["meeting"], municipality="001")
    >>> print(*show_effect(effect, study=reader(lang="en")).sentences)
    After the leader meeting there have been about 39 calls a month on average. Judging by comparable
    municipalities we would have expected about 20. That is about 93% more than expected (95% confidence
    interval: 70-119% more). Other things may also have played a part.
    """
    who = reader(study)
    lang = who.language
    text = wording.sentence(effect, lang)
    html = [f"<h2>{escape(named.event_title(effect, lang))}</h2>"]
    html.append(paragraph(say("effects.date", lang, date=named.event_date(effect, lang)), "kl-when"))
    html.append(f'<p class="kl-finding kl-{effect.verdict}">{escape(text)}</p>')
    uncertain = [t for t in threats(effect, lang) if t not in text]
    if uncertain:
        html.append(f"<h3>{escape(say('effects.threats', lang))}</h3>{bullets(uncertain)}")
    if drawable(effect):
        html.append(effect_figure(effect, panel=panel, study=who).html)
    html.append(folded(say("effects.method", lang), _method(effect, others, who)))
    return Fragment(f'<section class="kl-effect">{"".join(html)}</section>', (text,))


def drawable(effect: Effect) -> bool:
    """Whether there is something to draw."""
    return not effect.series.empty and bool(effect.series["observed"].notna().any())


def effect_figure(effect: Effect, *, panel: pd.DataFrame | None = None, study: ForWhom = None) -> Figure:
    """The effect's figure, with its text alternative and table made from the numbers.

    With the `panel` a municipality's counts are drawn on to the last month.
    """
    who = reader(study)
    lang = who.language
    number = named.number_words(effect, lang)
    event = named.event_phrase(effect, lang)
    during = ".during" if effect.impact == "pulse" else ""
    place = "" if panel is None or not effect.area else f"{area_name(panel, effect.area)}: "
    title = place + heading(judgement(effect, effect.level, effect.area), "", who)
    title = formats.capital(title)
    first, last = (formats.month(effect.series["month"].iloc[i], lang) for i in (0, -1))
    values: dict[str, str] = {"number": number, "first": first, "last": last, "event": event}
    before, after, expected = (effect.details.get(k) for k in ("mean_before", "mean_after", "expected_after"))
    if before is None or after is None:
        alt = say(f"effects.figure.alt.plain{during}", lang, **values)
    else:
        more = ""
        if expected is not None:
            more = say("effects.figure.alt.expected", lang, expected=formats.about(expected, lang))
        means = {"before": formats.about(before, lang), "after": formats.about(after, lang)}
        alt = say("effects.figure.alt", lang, expected=more, **means, **values)
    later = None if panel is None else later_months(effect, panel)
    return figure(
        draw_effect(effect, who, later),
        title=title,
        alt=alt,
        table=effect_table(effect, who),
        study=who,
        disclosed=True,
    )


def later_months(effect: Effect, panel: pd.DataFrame) -> pd.Series | None:
    """A municipality's counts of the months after an effect's window, by month; None: none is drawn."""
    plain = effect.estimand not in ("units", "calls_per_unit") and effect.outcome in panel
    if effect.level != "municipality" or not plain or effect.series.empty:
        return None
    own = panel[panel["municipality"] == effect.area]
    month = own["month"].dt.strftime("%Y-%m")
    counts = pd.Series(own[effect.outcome].to_numpy("float64", na_value=float("nan")), month)
    after = counts[counts.index > str(effect.series["month"].iloc[-1])]
    return after if after.notna().any() else None


def effect_table(effect: Effect, who: Reader) -> pd.DataFrame:
    """The table behind an effect's figure."""
    lang, series = who.language, effect.series
    table = pd.DataFrame({say("column.period", lang): [formats.month(month, lang) for month in series["month"]]})
    parts = series["period"].replace("after", "during") if effect.impact == "pulse" else series["period"]
    table[say("column.part", lang)] = [say(f"period.{part}", lang) for part in parts]
    for name in ("observed", "fitted", "counterfactual", "low", "high"):
        if name in series and series[name].notna().any():
            values = pd.to_numeric(series[name], errors="coerce").astype("Float64")
            shown: Any = values.round(1)
            if name == "observed":
                few = any(is_few(value, who) for value in values.dropna())
                shown = [count_words(value, who) for value in values] if few else values.astype("Int64")
            table[say(f"column.{name}", lang)] = shown
    return table


def _method(effect: Effect, others: Sequence[Effect], who: Reader) -> str:
    lang = who.language
    html = [paragraph(named.design_words(effect, lang) + ".")]
    if effect.n_pre or effect.n_post:
        pre, post = (say("months", lang, n=n) for n in (effect.n_pre, effect.n_post))
        html.append(paragraph(say("effects.window", lang, pre=pre, post=post)))
    if wording.controlled(effect):
        html.append(paragraph(say("effects.donors", lang, n=effect.n_donors)))
    numbers = [(say(f"detail.{key}", lang), effect.details.get(key)) for key in _DETAILS]
    known = [(words, float(value)) for words, value in numbers if value is not None]
    if known:
        frame = pd.DataFrame(known, columns=[say("column.what", lang), say("column.value", lang)])
        html.append(html_table(frame, caption=say("effects.numbers", lang), lang=lang))
    if effect.checks:
        checked = wording.check_table(effect.checks, lang)
        html.append(html_table(checked, caption=say("effects.checks", lang), lang=lang))
    if others:
        html.append(html_table(_others([effect, *others], lang), caption=say("effects.others", lang), lang=lang))
    if len([e for e in (effect, *others) if e.estimate is not None]) >= FEWEST:
        html.append(curve_of([effect, *others], who).html)
    return "".join(html)


def _others(effects: Sequence[Effect], lang: str) -> pd.DataFrame:
    rows = []
    for effect in effects:
        known = effect.estimate is not None
        low, high = intervals.limits(effect)
        rows.append(
            (
                f"{named.design_words(effect, lang)} ({say(f'number_of.{named.outcome_key(effect)}', lang)})",
                formats.number(effect.estimate or 0, lang, 2) if known else "–",
                f"{formats.number(low, lang, 2)}-{formats.number(high, lang, 2)}" if known and high < 1e6 else "–",
                say(f"verdict.{effect.verdict}", lang),
            )
        )
    columns = [say(f"effects.column.{key}", lang) for key in ("design", "estimate", "interval", "verdict")]
    return pd.DataFrame(rows, columns=columns)
