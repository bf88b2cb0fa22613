"""Files put together: which replaces what, what they cover, and codes that are not written alike in them."""
