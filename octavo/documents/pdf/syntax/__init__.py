"""The syntax of PDF: how values are written, and the cross-reference, which says where the objects are."""
