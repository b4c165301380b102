"""The local stack: the same template on an AWS emulator, on this machine alone.

    python -m infra.local up      start or renew it (a second `up` deploys what has changed, and only that)
    python -m infra.local status  say where it is
    python -m infra.local down    stop it and forget its data

`.octavo/stack.json` says where everything is. Tests run stacks of their own with `Stack`, each in another folder.
"""

from __future__ import annotations

from infra.local.stack import EXAMPLE_DATA, LOCAL_MAX_CONCURRENCY, ROOT, LocalError, Stack

__all__ = ["EXAMPLE_DATA", "LOCAL_MAX_CONCURRENCY", "ROOT", "LocalError", "Stack"]
