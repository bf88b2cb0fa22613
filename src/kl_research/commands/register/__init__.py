"""The register of what a group talks about: what it lacks, and a new entry."""
