"""Raw files with known effects: the demo's data, and the yardstick of every design."""

from kl_research.simulate.exports import simulate
from kl_research.simulate.large import simulate_large
from kl_research.simulate.truth import truth

__all__ = ["simulate", "simulate_large", "truth"]
