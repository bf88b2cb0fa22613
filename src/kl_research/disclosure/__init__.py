"""Publish every number, give none away: the cell-key method, and the public data set.

Every count in the public edition comes from `count`; everything else public is computed from what it returned.
"""
