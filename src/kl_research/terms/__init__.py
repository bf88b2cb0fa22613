"""The words of the field: panel, events, study, months, municipalities, errors. Everything else stands on these."""
