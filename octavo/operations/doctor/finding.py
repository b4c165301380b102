"""The result of a check: it holds, it does not hold, or it could not be checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What a check has found. `mend` says what to do if it does not hold, or to have it checked if it was skipped."""

    check: str
    outcome: Outcome
    detail: str
    mend: str = ""
    seconds: float = 0.0


class CheckFailed(Exception):
    """What was checked does not hold."""

    def __init__(self, detail: str, mend: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.mend = mend


class CheckSkipped(Exception):
    """There is nothing to check here, or no right to check it."""

    def __init__(self, detail: str, mend: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.mend = mend
