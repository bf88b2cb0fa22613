"""What to look out for: alerts, control charts, parts that fell, funnel."""
