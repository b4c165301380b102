"""Step Functions: runs executions of a state machine in simulated time.

An execution enters one state after the other. Each entry and each retry is a state transition, which takes a moment and
is delayed when the account has had too many. A distributed map starts the next item when one has ended, and fails with
its first failed item.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol

from benchmarks.burst.account import Account
from benchmarks.burst.assumptions import Assumptions
from benchmarks.burst.bucket import TokenBucket
from benchmarks.burst.clock import Clock, Signal, Steps
from benchmarks.burst.machine import Json, Machine, State, StateError, fill, put, read

MOST_AT_ONCE = 10_000  # child executions of a distributed map that sets no limit


class Functions(Protocol):
    """What the functions answer, and what they have written."""

    def answer(self, function: str, event: Json) -> Json: ...

    def items(self, key: str) -> Sequence[Json]: ...


class Executions:
    """Executions that share an account and its state transitions."""

    def __init__(
        self, clock: Clock, assumptions: Assumptions, rng: random.Random, account: Account, functions: Functions
    ) -> None:
        self._clock = clock
        self._assumptions = assumptions
        self._rng = rng
        self._account = account
        self._functions = functions
        self._transitions = TokenBucket(assumptions.transitions, assumptions.transitions_per_s)
        self.transitions = 0

    def run(self, machine: Machine, data: Json) -> Steps[str | None]:
        """Run an execution to its end; return the name of its error, or None if it succeeded."""
        over, errors = Signal(self._clock), list[str]()

        def steps() -> Steps[None]:
            try:
                yield from self._run(machine, data)
            except StateError as error:
                errors.append(error.name)
            over.set()

        if machine.timeout_s == float("inf"):
            yield from steps()
        else:
            self._clock.after(machine.timeout_s, over.set)
            process = self._clock.start(steps())
            yield over
            if not process.ended.is_set and not errors:
                process.stop()
                errors.append("States.Timeout")
        return errors[0] if errors else None

    def _run(self, machine: Machine, data: Json) -> Steps[None]:
        name: str | None = machine.start_at
        while name:
            state = machine.states[name]
            attempts: Counter[int] = Counter()
            while True:
                yield from self._transition()
                try:
                    data, name = yield from self._enter(state, data)
                    break
                except StateError as error:
                    retrier = state.retrier(error.name)
                    if retrier and attempts[id(retrier)] < retrier.max_attempts:
                        yield retrier.delay_s(attempts[id(retrier)], self._rng)
                        attempts[id(retrier)] += 1
                        continue
                    catcher = state.catcher(error.name)
                    if catcher is None:
                        raise
                    data, name = put(catcher.get("ResultPath", "$"), {"Error": error.name}, data), catcher["Next"]
                    break

    def _enter(self, state: State, data: Json) -> Steps[tuple[Json, str | None]]:
        """Do what a state does; return its output and the name of the next state."""
        fields = state.fields
        match state.type:
            case "Task":
                yield from self._account.invoke(state.function, fields.get("TimeoutSeconds", float("inf")))
                result = self._functions.answer(state.function, fill(fields.get("Parameters", data), data))
            case "Map":
                yield from self._map(state, data)
                result = None
            case "Wait":
                yield float(fields["Seconds"])
                return data, state.next
            case "Choice":
                return data, _choose(state, data)
            case "Pass":
                result = fields.get("Result", data)
            case "Succeed":
                return data, None
            case "Fail":
                raise StateError(read(fields["ErrorPath"], data))
            case other:  # refused, because a guess could make the result wrong
                raise NotImplementedError(f"The simulation does not know states of the type {other}.")
        output = put(fields.get("ResultPath", "$"), result, data)
        return ({} if fields.get("OutputPath", "$") is None else output), state.next

    def _map(self, state: State, data: Json) -> Steps[None]:
        fields = state.fields
        yield self._assumptions.read_items_s
        waiting = deque(self._functions.items(read(fields["ItemReader"]["Parameters"]["Key.$"], data)))
        at_once = fields.get("MaxConcurrency", 0) or MOST_AT_ONCE
        if "MaxConcurrencyPath" in fields:
            at_once = read(fields["MaxConcurrencyPath"], data)
        over, failed, left = Signal(self._clock), list[str](), len(waiting)

        def worker() -> Steps[None]:
            nonlocal left
            while waiting:
                item = waiting.popleft()
                error = yield from self.run(state.item_processor, fill(fields["ItemSelector"], data, item))
                left -= 1
                if error:
                    failed.append(error)
                if error or not left:
                    over.set()

        workers = [self._clock.start(worker()) for _ in range(min(at_once, len(waiting)))]
        try:
            yield over
        finally:
            for each in workers:
                each.stop()
        if failed:
            raise StateError("States.ExceedToleratedFailureThreshold")

    def _transition(self) -> Steps[None]:
        self.transitions += 1
        delay_s = self._transitions.reserve(self._clock.now)
        yield delay_s + self._rng.uniform(*self._assumptions.transition_s)


def _choose(state: State, data: Json) -> str:
    for rule in state.fields["Choices"]:
        comparison = {"NumericGreaterThan": float.__gt__, "NumericEquals": float.__eq__}
        ((name, compared),) = ((key, value) for key, value in rule.items() if key not in {"Variable", "Next"})
        if comparison[name](float(read(rule["Variable"], data)), float(compared)):
            return str(rule["Next"])
    return str(state.fields["Default"])
