"""A change of the instrument on a page: what it can mean for use, and whether the jump follows what was uncounted."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from kl_research.effects.questions.bounds import Dose, UseBounds
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import Figure, figure
from kl_research.findings.drawing.plots import new_axes
from kl_research.findings.html.markup import Fragment, escape, paragraph
from kl_research.findings.words import formats, intervals, named
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.named import is_shared
from kl_research.findings.words.reader import ForWhom, Reader, reader


def show_use_bounds(bounds: Sequence[UseBounds], panel: pd.DataFrame, *, study: ForWhom = None) -> Fragment:
    """For every change of the instrument: the bounds on use in words, and the dose-response in words and figure.

    A change that reached everybody is told for the country only: one municipality alone has nothing beside it.

    Parameters
    ----------
    bounds : Sequence[UseBounds]
        What `kl.use_bounds` returned.

    Returns
    -------
    Fragment
        A `Fragment`, empty without a change of what is counted.

    Examples
    --------
    >>> show_use_bounds([], pd.DataFrame()).sentences
    ()
    """
    who = reader(study)
    shown = Fragment("")
    for one in bounds:
        if is_shared(one.step):
            continue
        said = bounds_sentences(one, who.language)
        title = say("bounds.title", who.language, event=named.event_title(one.step, who.language))
        dosed = len(_dose(one.dose, who.language)) if one.dose is not None else 0
        plain, rest = said[: len(said) - dosed], said[len(said) - dosed :]
        html = f"<h2>{escape(title)}</h2>" + "".join(paragraph(" ".join(part)) for part in (plain, rest) if part)
        if one.dose is not None:
            html += dose_figure(one.dose, who).html
        shown = shown + Fragment(f'<section class="kl-effect">{html}</section>', tuple(said))
    return shown


def bounds_sentences(bounds: UseBounds, lang: str) -> list[str]:
    """All, none, or the declared share of the jump is counting; then what the dose-response says."""
    step = bounds.step
    if bounds.low is None or bounds.high is None or step.estimate is None:
        return [say("bounds.none", lang)]
    whole = (step.estimate, step.conf_low or 0.0, step.conf_high or float("inf"))
    said = [say("bounds.step", lang, step=intervals.of_three(whole, lang))]
    if bounds.share == 1:
        return [*said, say("bounds.declared.all", lang)]
    limits = {"low": intervals.change(bounds.low, lang), "high": intervals.change(bounds.high, lang)}
    said += [say("bounds.all", lang), say("bounds.use", lang), say("bounds.range", lang, **limits)]
    if bounds.declared is not None and bounds.share is not None:
        share = formats.percent(bounds.share, lang)
        said.append(say("bounds.declared", lang, share=share, ratio=intervals.of_three(bounds.declared, lang)))
    said.append(say("bounds.assumes", lang))
    return said + (_dose(bounds.dose, lang) if bounds.dose is not None else [])


def _dose(dose: Dose, lang: str) -> list[str]:
    rises = dose.per_tenth[0] >= 1
    size = intervals.size(dose.per_tenth[0], lang)
    said = say("dose.rises" if rises else "dose.falls", lang, ratio=size, n=dose.municipalities)
    clear = dose.p_value <= 0.05 and rises
    zero = say("dose.zero", lang, ratio=intervals.of_three(dose.at_zero, lang))
    return [said, zero, say("dose.counting" if clear else "dose.open", lang)]


def dose_figure(dose: Dose, study: ForWhom = None) -> Figure:
    """Four groups of municipalities by their share of uncounted contacts, each with its ratio after to before."""
    who = reader(study)
    lang = who.language
    groups = dose.groups
    rows = [
        (
            formats.percent(group["share"], lang),
            formats.number(group["ratio"], lang, 2),
            f"{formats.number(group['low'], lang, 2)}-{formats.number(group['high'], lang, 2)}",
            int(group["municipalities"]),
        )
        for group in groups.to_dict("records")
    ]
    table = pd.DataFrame(rows, columns=[say(f"dose.column.{c}", lang) for c in ("share", "ratio", "interval", "n")])
    ends = {key: formats.number(groups["ratio"].iloc[i], lang, 2) for key, i in (("first", 0), ("last", -1))}
    alt = say("dose.figure.alt", lang, **ends)
    return figure(
        _draw(groups, who), title=say("dose.figure.title", lang), alt=alt, table=table, study=who, disclosed=True
    )


def _draw(groups: pd.DataFrame, who: Reader) -> Axes:
    ax = new_axes(lang=who.language)
    with mpl.rc_context(style.RC):
        error = [groups["ratio"] - groups["low"], groups["high"] - groups["ratio"]]
        ax.errorbar(groups["share"], groups["ratio"], yerr=error, fmt="o", color=style.BLUE, markersize=6)
        ax.axhline(1, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)))
        ax.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=6))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: formats.number(v, who.language, 2)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: formats.percent(v, who.language)))
        ax.set_xlabel(say("dose.figure.x", who.language))
        ax.set_ylabel(say("dose.figure.y", who.language))
    return ax
