"""A token bucket, by which AWS limits rates."""

from __future__ import annotations


class TokenBucket:
    """It holds up to `size` tokens and gains `per_s` every second."""

    def __init__(self, size: float, per_s: float) -> None:
        self._size = size
        self._per_s = per_s
        self._left = size
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take a token if there is one."""
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def reserve(self, now: float) -> float:
        """Take a token that may only exist later; return how many seconds later."""
        self._refill(now)
        self._left -= 1
        return max(0.0, -self._left / self._per_s)

    def _refill(self, now: float) -> None:
        self._left = min(self._size, self._left + (now - self._at) * self._per_s)
        self._at = now
