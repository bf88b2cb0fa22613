"""Many effects at once: error rates over the declared family, shrunken values for ranking, all variants in view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kl_research.effects.effect import Effect
from kl_research.effects.questions.pooling import LEAST, has_width, log_effects, pool


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's adjusted p-values: the chance of any false call in the family stays below the level.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
    return _back(np.minimum(stepped, 1.0), order)


def benjamini_hochberg(p_values: Sequence[float]) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p-values: the expected share of false calls among all calls.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")[::-1]
    stepped = np.minimum.accumulate(len(p) / (len(p) - np.arange(len(p))) * p[order])
    return _back(np.minimum(stepped, 1.0), order)


def _back(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    result = np.empty_like(values)
    result[order] = values
    return result


def declared_family(effects: Sequence[Effect]) -> pd.DataFrame:
    """The primaries with a p-value, and their adjusted p-values: area, event, p_value, p_min, holm, fdr.

    An event with a row at level event counts there and not once more for each of its municipalities. With few
    donors a rank test cannot give small p-values: `fdr_possible` says how many primaries would have to be called
    together, each at its smallest p-value, before one of them passes.

    Returns
    -------
    DataFrame
        A row an effect, p-values and adjusted ones.

    References
    ----------
    Holm (1979), Scand J Stat 6, 65-70; Benjamini & Hochberg (1995), J R Stat Soc B 57, 289-300.

    Examples
    --------
    >>> one = Effect("municipality", "1", "1", "a", "gp_meeting", "calls", "x", primary=True, estimate=1.5,
    ...              conf_low=1.2, conf_high=1.875, p_value=0.01)
    >>> declared_family([one, one.replace(area="2", p_value=0.04)])["holm"].tolist()
    [0.02, 0.04]
    """
    primaries = [e for e in effects if e.primary and e.p_value is not None]
    together = {e.event for e in primaries if e.level == "event"}
    family = [e for e in primaries if e.level == "event" or e.event not in together]
    p = [e.p_value for e in family if e.p_value is not None]
    least = [e.p_min or 0.0 for e in family]
    columns: dict[str, object] = {
        "level": [e.level for e in family],
        "area": [e.area for e in family],
        "event": [e.event for e in family],
        "p_value": p,
        "p_min": least,
        "holm": holm(p) if p else [],
        "fdr": benjamini_hochberg(p) if p else [],
        "fdr_possible": [int(np.ceil(len(family) * m / 0.05)) for m in least],
    }
    return pd.DataFrame(columns)


def shrunken(effects: Sequence[Effect]) -> pd.DataFrame:
    """Ratios drawn towards their common mean (empirical Bayes): rank these, never the raw ones.

    Columns area, event, estimate, shrunken; empty with fewer than 3 effects that have an interval.

    Raises nothing: few effects give an empty frame.

    Returns
    -------
    DataFrame
        Ratios; needs their 95 % limits.

    References
    ----------
    That of `pool`.

    Examples
    --------
    >>> one = Effect("municipality", "1", "1", "a", "gp_meeting", "calls", "x", primary=True, estimate=1.5,
    ...              conf_low=1.2, conf_high=1.875, p_value=0.01)
    >>> large = one.replace(area="3", estimate=3.0, conf_low=2.4, conf_high=3.75)
    >>> table = shrunken([one, one.replace(area="2"), large])
    >>> bool(table["shrunken"].max() < 3)
    True
    """
    usable = [e for e in effects if has_width(e)]
    if len(usable) < LEAST:
        return pd.DataFrame(columns=["area", "event", "estimate", "shrunken"])
    ratio, variance = log_effects(usable)
    found = pool(ratio, variance)
    return pd.DataFrame(
        {
            "area": [e.area for e in usable],
            "event": [e.event for e in usable],
            "estimate": np.exp(ratio),
            "shrunken": np.exp(found.shrunken),
        }
    )
