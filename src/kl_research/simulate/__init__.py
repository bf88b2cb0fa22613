"""Raw files with known effects: the demo's data, and the yardstick of every design."""

from kl_research.simulate.exports import simulate

__all__ = ["simulate"]
