"""Panel to adoption measures: volume, reach, depth, concentration, time, spread, and an early warning."""

from kl_research.adoption.cut import LEVELS, Cut, cut
from kl_research.adoption.periods import half_years, parse_period, standard_periods
from kl_research.adoption.registry import Measure, measures
from kl_research.adoption.summary import Period, Summary, summary
from kl_research.adoption.table import TABLE_COLUMNS, measure_table

__all__ = [
    "LEVELS",
    "TABLE_COLUMNS",
    "Cut",
    "Measure",
    "Period",
    "Summary",
    "cut",
    "half_years",
    "measure_table",
    "measures",
    "parse_period",
    "standard_periods",
    "summary",
]
