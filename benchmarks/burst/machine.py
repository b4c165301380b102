"""The state machine of the template: its states, their retry rules and their paths (Amazon States Language, JSONPath).

https://states-language.net/spec.html. A field that the simulation does not know is refused, because ignoring it could
make the result wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any

SEMANTIC = frozenset(
    {"Type", "Next", "End", "Retry", "Catch", "Parameters", "ResultPath", "OutputPath", "Resource", "TimeoutSeconds"}
    | {"Choices", "Default", "Seconds", "Result", "ItemReader", "ItemSelector", "ItemProcessor"}
    | {"MaxConcurrency", "MaxConcurrencyPath", "ErrorPath"}
)
WITHOUT_EFFECT = frozenset({"Comment", "Label", "CausePath"})


class StateError(Exception):
    """An error that a state reports; its `name` is what Retry and Catch compare."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Retrier:
    errors: tuple[str, ...]
    interval_s: float = 1.0
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_s: float = float("inf")
    full_jitter: bool = False

    @classmethod
    def of(cls, rule: Mapping[str, Json]) -> Retrier:
        return cls(
            tuple(rule["ErrorEquals"]),
            rule.get("IntervalSeconds", cls.interval_s),
            rule.get("MaxAttempts", cls.max_attempts),
            rule.get("BackoffRate", cls.backoff_rate),
            rule.get("MaxDelaySeconds", cls.max_delay_s),
            rule.get("JitterStrategy") == "FULL",
        )

    def delay_s(self, attempt: int, rng: random.Random) -> float:
        """Return the pause before retry `attempt`, counted from 0."""
        grown = self.interval_s * self.backoff_rate ** min(attempt, 100)
        delay = min(grown, self.max_delay_s)
        return rng.uniform(0, delay) if self.full_jitter else delay


@dataclass(frozen=True)
class State:
    name: str
    type: str
    fields: Mapping[str, Json]
    retriers: tuple[Retrier, ...]
    function: str = ""  # of a Task: the name of the function that it invokes
    machine: Machine | None = None  # of a Map: what runs for each item

    @property
    def next(self) -> str | None:
        return self.fields.get("Next")

    @property
    def item_processor(self) -> Machine:
        if self.machine is None:
            raise TypeError(f"The state {self.name!r} is no Map.")
        return self.machine

    def retrier(self, error: str) -> Retrier | None:
        return next((each for each in self.retriers if matches(each.errors, error)), None)

    def catcher(self, error: str) -> Mapping[str, Json] | None:
        return next((each for each in self.fields.get("Catch", ()) if matches(each["ErrorEquals"], error)), None)


@dataclass(frozen=True)
class Machine:
    start_at: str
    states: Mapping[str, State]
    timeout_s: float

    @classmethod
    def of(cls, definition: Mapping[str, Json], function_of: Callable[[str], str]) -> Machine:
        """Read a definition; `function_of` returns the name of the function that a Task's resource is."""
        states = {name: _state(name, fields, function_of) for name, fields in definition["States"].items()}
        return cls(definition["StartAt"], states, definition.get("TimeoutSeconds", float("inf")))


def _state(name: str, fields: Mapping[str, Json], function_of: Callable[[str], str]) -> State:
    if unknown := fields.keys() - SEMANTIC - WITHOUT_EFFECT:
        raise NotImplementedError(f"The simulation does not know the fields {sorted(unknown)} of the state {name!r}.")
    kind = fields["Type"]
    return State(
        name,
        kind,
        fields,
        tuple(map(Retrier.of, fields.get("Retry", ()))),
        function_of(fields["Resource"]) if kind == "Task" else "",
        Machine.of(fields["ItemProcessor"], function_of) if kind == "Map" else None,
    )


def matches(errors: tuple[str, ...] | list[str], error: str) -> bool:
    return error in errors or "States.ALL" in errors


def read(path: str, data: Json) -> Json:
    """Return what a reference path such as `$.plan.share` names in `data`."""
    for name in path.removeprefix("$").split(".")[1:]:
        data = data[name]
    return data


def fill(template: Json, data: Json, item: Json = None) -> Json:
    """Fill in Parameters or an ItemSelector: a name that ends with `.$` has a path as its value."""
    if not isinstance(template, dict):
        return template
    filled: dict[str, Json] = {}
    for name, value in template.items():
        if not name.endswith(".$"):
            filled[name] = fill(value, data, item)
        elif value == "$$.Map.Item.Value":
            filled[name[:-2]] = item
        else:
            filled[name[:-2]] = read(value, data)
    return filled


def put(path: str | None, value: Json, data: Json) -> Json:
    """Return `data` with a result at its ResultPath; None discards the result."""
    if path is None:
        return data
    names = path.removeprefix("$").split(".")[1:]
    return _put(names, value, data)


def _put(names: list[str], value: Json, data: Json) -> Json:
    if not names:
        return value
    return {**data, names[0]: _put(names[1:], value, data.get(names[0], {}))}
