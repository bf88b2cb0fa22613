"""Text to values: numbers, months, durations, statuses, areas."""
