"""Panel and event to Effect."""
