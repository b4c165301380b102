"""How long a function waits for AWS before it gives up.

A call that hangs must not use up the time of its function. boto3 repeats a call after broken connections and faults of
the server; `octavo.storage.transactions` repeats what DynamoDB has refused for the moment.

    ANSWERING   submit, status, manage, admit and fail. API Gateway gives up after 30 s. If every attempt hangs, a call
                takes 3 x (2 s to connect + 5 s to read) and some pauses, together less than 29 s.
    WORKING     plan, chunk and merge, which have minutes. S3 may need a minute to copy a large part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.config import Config


@dataclass(frozen=True)
class Patience:
    """The timeouts and attempts of one call, and how often and how long a call that DynamoDB refuses is repeated."""

    connect_s: int
    read_s: int
    attempts: int
    tries: int
    tries_s: float

    def config(self, **more: Any) -> Config:
        """Return the configuration of a boto3 client that has these timeouts and attempts."""
        return Config(
            connect_timeout=self.connect_s,
            read_timeout=self.read_s,
            retries={"mode": "standard", "total_max_attempts": self.attempts},
            **more,
        )


ANSWERING = Patience(connect_s=2, read_s=5, attempts=3, tries=12, tries_s=8)
WORKING = Patience(connect_s=5, read_s=60, attempts=4, tries=40, tries_s=30)
