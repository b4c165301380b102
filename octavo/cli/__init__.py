"""The `octavo` command: its commands (`app`), what people see (`screens`, `progress`), how it ends (`session`)."""

from octavo.cli.app import app, main

__all__ = ["app", "main"]
