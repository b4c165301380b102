"""The emulator behind a local stack, as `make up` describes it in `.octavo/stack.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from octavo.client.endpoint import STACK_FILE


@dataclass(frozen=True)
class LocalStack:
    """Where the emulator answers instead of AWS, and the key that it accepts for everything."""

    endpoint_url: str
    region: str
    key: str = "local"


def local_stack(api_url: str, folder: Path) -> LocalStack | None:
    """Return the local stack that serves `api_url`, found in `folder` or above it; None if there is none."""
    for place in (folder, *folder.parents):
        path = place / STACK_FILE
        if path.is_file():
            try:
                about = json.loads(path.read_text(encoding="utf-8"))
                if str(about["api_url"]).rstrip("/") == api_url.rstrip("/"):
                    return LocalStack(about["endpoint_url"], about["region"])
            except (OSError, ValueError, KeyError, TypeError):
                pass  # `octavo.client.endpoint` reports a broken file; without an emulator, AWS is asked
            return None
    return None
