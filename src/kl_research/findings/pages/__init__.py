"""Pages of what was counted: adoption, quality, overview, areas."""
