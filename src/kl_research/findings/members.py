"""Totals of units and provider numbers over several municipalities: told where no small count follows from them.

What is told of a municipality leaves its count a range: 1 .. threshold - 1 where it is small and hidden, its group
where it is told. A total, told by its group, narrows the ranges of those behind it: nobody can have less than the
total's least less the most of all others. A total that would leave a small count a shorter range is not told; regions
are decided first, and the nation with what they tell.

Source: interval propagation, as in Hundepool et al., Statistical Disclosure Control, Wiley 2012, section 4.3.
"""

from __future__ import annotations

import math

import pandas as pd

from kl_research.findings.disclosure import group

MEMBERS_ABOVE = ("units_", "providers_")  # measures whose numerator counts units or provider numbers
Range = tuple[float, float]


def untold_totals(
    safe: pd.DataFrame, regions: dict[str, list[str]], calls: pd.DataFrame, hide: pd.Series, threshold: int
) -> pd.Series:
    """Which rows of regions and of the nation may not be told.

    Parameters
    ----------
    safe : measures with their true numerators. A total whose municipalities are not in the table is not told.
    regions : the municipalities of each region, and of the nation under "".
    calls : `wide` of the panel: who without a row had calls all the same.
    hide : what is hidden already.
    """
    untold = pd.Series(False, index=safe.index)
    rows = safe["measure"].str.startswith(MEMBERS_ABOVE)
    if not (rows & safe["level"].isin(["region", "national"])).any():
        return untold
    known = {code: region for region, codes in regions.items() if region for code in codes}
    for (measure, period), part in safe[rows].groupby(["measure", "period"], sort=False):
        first, _, last = str(period).partition("/")
        using = set(calls.columns[calls.loc[first:last].sum() > 0])
        own = part[part["level"] == "municipality"]
        counts = zip(own["area"], own["numerator"], hide.loc[own.index], strict=True)
        ranges = {code: _range(count, hidden, threshold) for code, count, hidden in counts}
        blocks: dict[str, list[str]] = {}
        for code in ranges:
            blocks.setdefault(known.get(code, code), []).append(code)
        additive = not str(measure).startswith("providers_")
        told: dict[str, Range] = {}
        over = part[part["level"].isin(["region", "national"])].sort_values("level", ascending=False)
        for index, level, area, count in over[["level", "area", "numerator"]].itertuples(name=None):
            of = {area: blocks.get(area, [])} if level == "region" else blocks
            total = _range(count, False, threshold)
            missing = using & set(regions.get(area, [])) - set(ranges)
            inside = [([ranges[code] for code in codes], told.get(block)) for block, codes in of.items()]
            if missing or not _keeps(total, inside, threshold, additive):
                untold.loc[index] = True
            elif level == "region" and not hide.loc[index]:
                told[area] = total
    return untold


def _range(count: float, hidden: bool, threshold: int) -> Range:
    """What everybody knows of a count; a hidden one that is not small has no upper end."""
    if pd.isna(count) or count <= 0:
        return 0.0, 0.0
    if hidden:
        return 1.0, threshold - 1.0 if count < threshold else math.inf
    return group(count, threshold)


def _keeps(total: Range, blocks: list[tuple[list[Range], Range | None]], threshold: int, additive: bool) -> bool:
    """Whether every small count keeps its range under a total over blocks, some of which have a total of their own.

    The sum of provider numbers may be more than their number, since one may serve several municipalities: such a
    total says what its parts are at least, and nothing of what they are at most.

    Of seven municipalities one is small. 40 units in all say nothing of it; 55 would, were the six at their most.

    >>> parts = [(1, 4), *[(5, 9)] * 6]
    >>> _keeps((40, 44), [(parts, None)], 5, True), _keeps((55, 59), [(parts, None)], 5, True)
    (True, False)
    """
    # More room than one small count needs: windows lie in each other, and what their totals tell adds up.
    room = 2 * threshold
    ends = []
    for parts, own in blocks:
        low, high = sum(r[0] for r in parts), sum(r[1] for r in parts)
        ends.append(
            (max(low, own[0]) if own and additive else low, min(high, own[1]) if own else high, low, high, parts)
        )
    least, most = sum(e[0] for e in ends), sum(e[1] for e in ends)
    for low, high, own_low, own_high, parts in ends:
        if (1, threshold - 1) not in parts:
            continue
        if total[0] - (most - high if most < math.inf else math.inf) > own_high - room:
            return False
        if additive and total[1] - (least - low) < own_low + room:
            return False
    return True
