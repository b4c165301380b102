"""The document formats: each turns the rows of a snapshot into the segments of a file and binds them together."""

from octavo.documents.format import Bound, Format, Piece, Plan, Written, format_named

__all__ = ["Bound", "Format", "Piece", "Plan", "Written", "format_named"]
