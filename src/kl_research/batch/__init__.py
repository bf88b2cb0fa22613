"""Study to runs: plan, runner, manifest; knows no page and no estimate."""

from kl_research.batch.plan import Limits, Outcome, Run, check_runs
from kl_research.batch.runner import Pool, execute
from kl_research.batch.state import read_records

__all__ = ["Limits", "Outcome", "Pool", "Run", "check_runs", "execute", "read_records"]
