"""The local stack: the same template on an AWS emulator on this machine.

    python -m infra.local up      start it; if it is running, deploy only what has changed
    python -m infra.local status  print its address
    python -m infra.local down    stop it and delete its data

`.octavo/stack.json` has its addresses. Tests run stacks of their own with `Stack`, each in its own folder.
"""

from __future__ import annotations

from infra.local.deployment import LOCAL_MAX_CONCURRENCY
from infra.local.stack import EXAMPLE_DATA, ROOT, LocalError, Stack

__all__ = ["EXAMPLE_DATA", "LOCAL_MAX_CONCURRENCY", "ROOT", "LocalError", "Stack"]
