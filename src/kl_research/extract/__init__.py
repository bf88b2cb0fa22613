"""A study as a package for a paper: disclosed data, code book, figures, tables, methods, checklist, checksums."""

from kl_research.extract.package import extract

__all__ = ["extract"]
