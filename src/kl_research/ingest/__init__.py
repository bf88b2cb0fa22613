"""Bytes to panel: reading, numbers, privacy, layouts, quality, cleaning."""
