"""Simulated time. Processes are generators that yield what they wait for: seconds, or a signal.

Only one process runs at a time, in the order of the times, so a simulation with the same seed has the same result.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from itertools import count
from typing import TypeVar, Union

Result = TypeVar("Result")
Steps = Generator[Union[float, "Signal"], None, Result]


class Signal:
    """Something that happens once, and that processes can wait for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[Callable[[], None]] = []
        self.is_set = False

    def set(self) -> None:
        self.is_set = True
        for action in self._waiting:
            self._clock.after(0.0, action)
        self._waiting.clear()

    def then(self, action: Callable[[], None]) -> None:
        """Call `action` when it has happened."""
        if self.is_set:
            self._clock.after(0.0, action)
        else:
            self._waiting.append(action)


class Process:
    """Steps that run; `ended` is set when they have ended or were stopped."""

    def __init__(self, clock: Clock, steps: Steps[None]) -> None:
        self._clock = clock
        self._steps = steps
        self.ended = Signal(clock)

    def stop(self) -> None:
        """End it where it waits. Its `finally` blocks run."""
        if not self.ended.is_set:
            self._steps.close()
            self.ended.set()

    def resume(self) -> None:
        if self.ended.is_set:
            return
        try:
            waits_for = next(self._steps)
        except StopIteration:
            self.ended.set()
            return
        if isinstance(waits_for, Signal):
            waits_for.then(self.resume)
        else:
            self._clock.after(waits_for, self.resume)


class Clock:
    """The time in seconds since the burst began, and what happens next."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), action))

    def start(self, steps: Steps[None]) -> Process:
        process = Process(self, steps)
        self.after(0.0, process.resume)
        return process

    def run(self) -> None:
        """Let everything happen that is due, until nothing is left."""
        while self._due:
            self.now, _, action = heapq.heappop(self._due)
            action()
