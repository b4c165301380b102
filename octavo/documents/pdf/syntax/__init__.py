"""PDF's own syntax: how values are written, and the cross-reference that says where objects are."""
