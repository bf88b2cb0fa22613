"""Call logs: one row a call."""
