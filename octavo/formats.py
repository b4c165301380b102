"""The names of the document formats, and the module of each: known to all, loaded by who renders or merges."""

FORMATS = {"csv": "octavo.documents.csv", "pdf": "octavo.documents.pdf"}
