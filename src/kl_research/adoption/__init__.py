"""Panel to adoption measures."""
