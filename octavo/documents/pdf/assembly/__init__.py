"""The document around its segments: page tree, footers, shared objects, outline, metadata and cross-reference."""
