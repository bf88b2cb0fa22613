"""Before publishing: do all statements and all rendered text of a run agree? One kind of contradiction a check."""
