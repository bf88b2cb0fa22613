"""Bytes to rows: text files, workbooks, and the limits of what is opened."""
