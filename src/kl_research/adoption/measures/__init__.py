"""The adoption measures, one family a module; `registry` lists them."""
