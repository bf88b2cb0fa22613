"""Panel to adoption measures: volume, reach, depth, concentration, time, spread, and an early warning."""

from kl_research.adoption.cut import LEVELS, Cut
from kl_research.adoption.cutting import cut
from kl_research.adoption.diffusion import Spread, spread
from kl_research.adoption.hours import hours, office_hours_share
from kl_research.adoption.measures.registry import Measure, measures
from kl_research.adoption.measures.retention import retention
from kl_research.adoption.measures.stopping import user_states
from kl_research.adoption.peers import Peers, all_among_peers, among_peers, peers_of
from kl_research.adoption.periods import half_years, parse_period, standard_periods
from kl_research.adoption.rampup import RampUp, ramp_up, ramp_ups
from kl_research.adoption.summary import Period, Summary, summaries, summary
from kl_research.adoption.survival import FirstUse, delays, kaplan_meier, time_to_first_use
from kl_research.adoption.table import TABLE_COLUMNS, beside, measure_table, table, with_year_before
from kl_research.adoption.watch.alerts import Alert, alerts, alerts_table, expected_false_alarms
from kl_research.adoption.watch.charts import control_chart
from kl_research.adoption.watch.fallen import PartChange, part_changes
from kl_research.adoption.watch.funnel import Funnel, funnel

__all__ = [
    "LEVELS",
    "TABLE_COLUMNS",
    "Alert",
    "Cut",
    "FirstUse",
    "Funnel",
    "Measure",
    "PartChange",
    "Peers",
    "Period",
    "RampUp",
    "Spread",
    "Summary",
    "alerts",
    "alerts_table",
    "all_among_peers",
    "among_peers",
    "beside",
    "control_chart",
    "cut",
    "delays",
    "expected_false_alarms",
    "funnel",
    "half_years",
    "hours",
    "kaplan_meier",
    "measure_table",
    "measures",
    "office_hours_share",
    "parse_period",
    "part_changes",
    "peers_of",
    "ramp_up",
    "ramp_ups",
    "retention",
    "spread",
    "standard_periods",
    "summaries",
    "summary",
    "table",
    "time_to_first_use",
    "user_states",
    "with_year_before",
]
