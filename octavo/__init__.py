"""Octavo: asynchronous report generation on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from octavo.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    """Load the client only for those who ask: the functions must start without it."""
    if name == "Client":
        from octavo.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
