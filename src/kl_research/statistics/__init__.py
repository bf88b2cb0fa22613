"""Numbers in, numbers out: fits, ranks, noise. Knows no municipality, no event, no sentence."""
