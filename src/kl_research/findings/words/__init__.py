"""From results to sentences, in Danish and English."""
