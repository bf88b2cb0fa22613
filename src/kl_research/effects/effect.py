"""The answer to one question about one event: a frozen record, the same for every design."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from kl_research.terms.events import Event

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Verdict = Literal["increase", "decrease", "no_change", "inconclusive", "not_assessable", "break_in_series"]

# The columns of results.csv, in order; every one is an attribute of Effect.
RESULT_COLUMNS = [
    "level",
    "municipality",
    "area",
    "event",
    "type",
    "outcome",
    "design",
    "impact",
    "estimand",
    "primary",
    "scale",
    "estimate",
    "conf_low",
    "conf_high",
    "conf_level",
    "p_value",
    "p_min",
    "n_pre",
    "n_post",
    "n_donors",
    "n_municipalities",
    "detectable",
    "extra_calls",
    "extra_low",
    "extra_high",
    "probability_rise",
    "probability_rise_10",
    "excludes_above",
    "excludes_below",
    "breakdown_slope",
    "chance_among_claims",
    "verdict",
    "unstable",
    "reason",
    "earliest_month",
]


@dataclass(frozen=True)
class Threat:
    """Something else that may explain a difference: another event in or near the window.

    `code` says what kind: `measurement_undated`, `measurement_near`, `intervention_near`, `same_month`,
    `part_of_area`, `suppressed_months`, `missing_months`, `denominator_revised`,
    `denominator_unknown`, `identical_rows`, `trigger_low` ...; `event` names the register entry, if
    one.
    """

    code: str
    event: str = ""
    month: str = ""


@dataclass(frozen=True)
class Check:
    """One question put to a design: passed, failed, or informational, with the table behind it.

    Parameters
    ----------
    name : str
        The check, such as "placebo_in_time".
    outcome : str
        passed, failed, informational or not_possible.
    reason : str
        A code, where it was not possible.
    table : DataFrame
        A row a variant: estimate and limits (rate ratios), p-value.

    Examples
    --------
    >>> Check("placebo_in_time", "not_possible", "too_few_months_before").outcome
    'not_possible'
    """

    name: str
    outcome: Literal["passed", "failed", "informational", "not_possible"]
    reason: str = ""
    table: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


@dataclass(frozen=True)
class Effect:
    """What a design says of an event: estimate, interval, verdict, and what could have been seen.

    Parameters
    ----------
    level, municipality, area, event, type, outcome, design, impact : str
        What was asked, of whom, and how; codes of areas are text, empty at other levels.
    estimand, scale : str
        What the number is: "average_ratio" or another, a "rate_ratio" or a "difference".
    primary : bool
        Whether it is the answer; else a sensitivity.
    estimate, conf_low, conf_high, detectable : float | None
        Rate ratios when `scale` is "rate_ratio". A number is None, never NaN, where there is none.
    conf_level, p_value, p_min : float | None
        Level of the interval, p-value, and the smallest p-value the test can give.
    n_pre, n_post : int
        Observed months before and after.
    n_donors, n_municipalities : int
        Municipalities compared with, and those that had the event.
    extra_calls, extra_low, extra_high : float | None
        Calls beyond what was expected, with limits.
    probability_rise, probability_rise_10 : float | None
        Probability of any rise, and of one by 10 % at least.
    excludes_above, excludes_below : float | None
        Rate ratios that an unclear answer rules out.
    breakdown_slope, chance_among_claims : float | None
        Growth of its own that would explain a claim; share of claims of that kind that are chance.
    verdict : str
        increase, decrease, no_change, inconclusive, not_assessable or break_in_series.
    unstable : bool
        Whether sensitivities disagree.
    reason : str
        A code; its words are in the catalogue.
    earliest_month : str
        Last month of data that a number needs, "2025-04".
    threats, checks : tuple
        What else may explain it (`Threat`), and what the design was asked besides (`Check`).
    details : dict
        What a methods section states (dispersion, rho, tau2, mean_before, mean_after, expected_after, donors, ...):
        plain numbers, text and lists only.
    series : DataFrame
        Columns month ("2025-01"), observed, fitted, counterfactual, low, high (calls a month) and period ("before",
        "left_out", "after"); counterfactual and its limits low, high are given from the event on.

    Examples
    --------
    >>> effect = Effect("municipality", "461", "461", "meeting", "leader_meeting", "calls", "its", estimate=1.2)
    >>> effect.replace(verdict="increase").verdict, effect.verdict
    ('increase', 'inconclusive')
    >>> effect
    <Effect meeting, 461, calls: 1.20, inconclusive>
    """

    level: str
    municipality: str
    area: str
    event: str
    type: str
    outcome: str
    design: str
    impact: str = "step"
    estimand: str = "average_ratio"
    primary: bool = False
    scale: str = "rate_ratio"
    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    conf_level: float = 0.95
    p_value: float | None = None
    p_min: float | None = None
    n_pre: int = 0
    n_post: int = 0
    n_donors: int = 0
    n_municipalities: int = 1
    detectable: float | None = None
    extra_calls: float | None = None
    extra_low: float | None = None
    extra_high: float | None = None
    probability_rise: float | None = None
    probability_rise_10: float | None = None
    excludes_above: float | None = None
    excludes_below: float | None = None
    breakdown_slope: float | None = None
    chance_among_claims: float | None = None
    verdict: Verdict = "inconclusive"
    unstable: bool = False
    reason: str = ""
    earliest_month: str = ""
    threats: tuple[Threat, ...] = ()
    checks: tuple[Check, ...] = ()
    details: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    series: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)

    @property
    def excludes_one(self) -> bool:
        """Whether the interval leaves out "no change"; a limit that is None is open."""
        return (self.conf_low or 0.0) > 1 or (self.conf_high is not None and self.conf_high < 1)

    def __repr__(self) -> str:
        where = self.area or self.type or "national"
        number = "" if self.estimate is None else f": {_ratio(self.estimate)}"
        if self.estimate is not None and self.conf_low is not None:
            number += f" ({_ratio(self.conf_low)} to {_ratio(self.conf_high)})"
        why = f" ({self.reason})" if self.verdict == "not_assessable" and self.reason else ""
        return f"<Effect {self.event or self.type}, {where}, {self.outcome}{number}, {self.verdict}{why}>"

    def summary(self, language: str = "") -> str:
        """The answer in words for a terminal: its sentence, its numbers and its checks.

        `language` is "da" or "en", by default the notebook's. `print` it. The words are the findings' own.
        """
        words = _findings("interventions.results")
        told: str = words.tell_effect(self, language or words.language()).text()
        return told

    def plot(self, language: str = "") -> Axes:
        """The drawing of the answer: what was counted, and what was expected without the event.

        Returns axes (months across, counts up) that may be drawn on further; see `kl.plot_effect`.
        """
        lang = language or _findings("interventions.results").language()
        axes: Axes = _findings("drawing.plots").plot_effect(self, lang)
        return axes

    def to_frame(self) -> pd.DataFrame:
        """One row with the columns of `results.csv`, as `kl.results_table` makes them."""
        return results_table([self])

    def _repr_html_(self) -> str:
        words = _findings("interventions.results")
        html: str = words.tell_effect(self, words.language()).html(words.language())
        return html

    def replace(self, **changes: Any) -> Effect:
        """The same effect with some fields replaced."""
        return replace(self, **changes)


def _findings(module: str) -> Any:
    """A module that puts results into words or draws them: loaded by its name when asked for, as pandas does with its
    plotting libraries, for this room knows nothing of the rooms above it."""
    return import_module(f"kl_research.findings.{module}")


def _ratio(value: float | None) -> str:
    return "open" if value is None else f"{value:.2f}"


def results_table(effects: list[Effect]) -> pd.DataFrame:
    """One row an effect, the columns of `results.csv`; ratios, months and codes as in `Effect`.

    Returns
    -------
    DataFrame
        One row an effect; its columns are `RESULT_COLUMNS`, those of results.csv.

    References
    ----------
    The effects themselves.

    Examples
    --------
    >>> results_table([Effect("national", "", "", "x", "release", "calls", "its")]).shape
    (1, 35)
    """
    return pd.DataFrame([[getattr(e, c) for c in RESULT_COLUMNS] for e in effects], columns=RESULT_COLUMNS)


def about(event: Event, threats: tuple[Threat, ...] = ()) -> dict[str, Any]:
    """Date, reach and title of the event, and the titles and sources of the events that threaten it.

    Plain data for `Effect.details`: `event_date`, `national`, `event_title_da`, `event_title_en`, `event_source`,
    and `event_titles`, an entry for each event among the threats.
    """
    named = {threat.event for threat in threats}
    return {
        "event_date": event.date,
        "national": event.national,
        "event_source": event.source,
        **{f"event_title_{lang}": title for lang, title in event.title.items()},
        "event_titles": {other.id: dict(other.title) for other in event.others() if other.id in named},
    }
