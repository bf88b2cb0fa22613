"""From sentences to HTML: markup, tables, layout, the publication gate."""
