"""The Python client, `octavo.Client`."""

from octavo.client.client import Client

__all__ = ["Client"]
