"""The Python client: `octavo.Client`, and what it is made of."""

from octavo.client.client import Client

__all__ = ["Client"]
