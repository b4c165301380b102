"""The document around its segments: what pages share, the page tree, footers, outline, metadata and the tail."""
