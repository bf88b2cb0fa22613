"""Effect to words, tables, figures and pages."""
