"""Findings as office files: presentations and workbooks that a reader can change."""
