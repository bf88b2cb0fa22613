"""Publish every number, give none away: the cell-key method, and the public data set.

Every count in the public edition comes from `count`; everything else public is computed from what it returned.
"""

from kl_research.disclosure.cells import blocks, windows
from kl_research.disclosure.count import Records, count, nested
from kl_research.disclosure.keys import check_fingerprint, fingerprint, identity, key_sums, member_keys, noise_key
from kl_research.disclosure.perturbation import D, V, noise, table

__all__ = [
    "D",
    "Records",
    "V",
    "blocks",
    "check_fingerprint",
    "count",
    "fingerprint",
    "identity",
    "key_sums",
    "member_keys",
    "nested",
    "noise",
    "noise_key",
    "table",
    "windows",
]
