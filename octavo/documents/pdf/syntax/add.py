"""How fonts, footers and XObjects add their objects to a document, whichever way the document numbers them."""

from __future__ import annotations

from typing import Protocol


class Add(Protocol):
    """Add an object to the document and return its number.

    `body` is the object's value. If the object is a stream, it is the stream's dictionary without /Length.
    """

    def __call__(self, body: bytes, stream: bytes | None = None) -> int: ...
