"""Monthly and pivot tables."""
