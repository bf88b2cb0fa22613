"""Published studies that this tool reproduces: three small tables of facts, and what each study reports."""
