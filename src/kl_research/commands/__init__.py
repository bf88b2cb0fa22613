"""What a user types: one module a command, and what they share."""
