"""Pages of interventions: effects, bounds, dates, kinds, lock-outs, plans."""
