"""One design a module, and the rule that chooses among them."""
