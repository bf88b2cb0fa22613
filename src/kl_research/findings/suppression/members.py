"""Totals of units and provider numbers over several municipalities: told where no small count follows from them.

What is told of a municipality leaves its count a range: 1 .. threshold - 1 where it is small and hidden, its group
where it is told. A total, told by its group, narrows the ranges of those behind it: nobody can have less than the
total's least less the most of all others. A total that could leave a count a shorter range is not told, nor one that
could leave a shorter range to the difference of two windows, one inside the other; regions are decided first, and the
nation with what they tell.

Source: interval propagation, as in Hundepool et al., Statistical Disclosure Control, Wiley 2012, section 4.3.
"""

from __future__ import annotations

import math

import pandas as pd

from kl_research.findings.suppression.groups import group

MEMBERS_ABOVE = ("units_", "providers_")  # measures whose numerator counts units or provider numbers
# Of these a longer window counts everybody that a window inside it counts.
_NESTED = ("_active", "_penetration", "_per_doctor", "_per_clinic")
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
    windows: dict[str, list[tuple[str, dict[str, Range], dict[str, Range]]]] = {}
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
        before = windows.setdefault(str(measure), []) if str(measure).endswith(_NESTED) else []
        over = part[part["level"].isin(["region", "national"])].sort_values("level", ascending=False)
        for index, level, area, count in over[["level", "area", "numerator"]].itertuples(name=None):
            of = {area: blocks.get(area, [])} if level == "region" else blocks
            inside = {**told, area: _range(count, False, threshold)}
            fine = not using & set(regions.get(area, [])) - set(ranges)
            # Totals of many windows and areas add up, so they must leave more room than a group: with twice the
            # threshold an exact attack found nothing (benchmarks/results/disclosure.csv, the rows of totals).
            fine = fine and _keeps(area, inside, ranges, of, 2 * threshold, additive)
            for span, others, then in before:
                pair = _less(span, str(period), (others, ranges), (then, inside))
                if fine and pair and area in then:
                    fine = _keeps(area, pair[1], pair[0], of, threshold, additive)
            if not fine:
                untold.loc[index] = True
            elif not hide.loc[index]:
                told = inside
        before.append((str(period), ranges, told))
    return untold


def _less(one: str, two: str, *both: tuple[dict[str, Range], dict[str, Range]]) -> list[dict[str, Range]] | None:
    """What the difference of two windows may be, of each that both have; None where neither lies in the other."""
    ends = [period.partition("/")[::2] for period in (one, two)]
    wide = 0 if ends[0][0] <= ends[1][0] and ends[1][1] <= ends[0][1] else 1
    if not (ends[wide][0] <= ends[1 - wide][0] and ends[1 - wide][1] <= ends[wide][1]):
        return None
    return [
        {
            code: (max(0.0, pair[wide][code][0] - low[1]), max(0.0, pair[wide][code][1] - low[0]))
            for code, low in pair[1 - wide].items()
            if code in pair[wide]
        }
        for pair in both
    ]


def _range(count: float, hidden: bool, threshold: int) -> Range:
    """What everybody knows of a count; a hidden one that is not small has no upper end."""
    if pd.isna(count) or count <= 0:
        return 0.0, 0.0
    if hidden:
        return 1.0, threshold - 1.0 if count < threshold else math.inf
    return group(count, threshold)


def _keeps(
    area: str, told: dict[str, Range], ranges: dict[str, Range], of: dict[str, list[str]], room: float, additive: bool
) -> bool:
    """Whether every count in `ranges` keeps `room` under the total of `area`; `of`: its blocks, some of them told.

    The sum of provider numbers may be more than their number, since one may serve several municipalities: such a
    total says what its parts are at least, and nothing of what they are at most.

    Of seven municipalities one is small. 40 units in all say nothing of it; 55 would, were the six at their most.

    >>> ranges = {"a": (1, 4), **{code: (5, 9) for code in "bcdefg"}}
    >>> [_keeps("r", {"r": total}, ranges, {"r": [*ranges]}, 10, True) for total in ((40, 44), (55, 59))]
    [True, False]
    """
    total, ends = told[area], []
    for block, codes in of.items():
        low, high = (sum(ranges.get(code, (0.0, math.inf))[end] for code in codes) for end in (0, 1))
        own = told.get(block) if block != area else None
        ends.append((max(low, own[0]) if own and additive else low, min(high, own[1]) if own else high, low, high))
    least, most = sum(e[0] for e in ends), sum(e[1] for e in ends)
    for low, high, own_low, own_high in ends:
        if own_low == own_high:  # known to everybody: nothing to narrow
            continue
        if total[0] - (most - high if most < math.inf else math.inf) > own_high - room:
            return False
        if additive and total[1] - (least - low) < own_low + room:
            return False
    return True
