"""Table pages: the layout of the columns, the cells and rows of a chunk, its pages, and its segment."""
