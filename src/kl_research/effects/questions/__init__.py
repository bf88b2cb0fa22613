"""What else is asked of events: bounds, dates, lock-outs, planning, pooling."""
