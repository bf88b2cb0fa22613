"""What the public edition hides, and what it must hide besides."""
