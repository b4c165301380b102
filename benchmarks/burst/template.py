"""The parts of the synthesized template that decide how a burst ends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.burst.machine import Json, Machine

CAPACITY = "OCTAVO_CAPACITY"  # the variable by which plan learns the capacity


@dataclass(frozen=True)
class Deployed:
    """The workflow, and of its functions and those of the API the timeouts and the reserved concurrency."""

    machine: Machine
    reserved: Mapping[str, int]
    timeouts_s: Mapping[str, float]
    capacity: int

    @classmethod
    def of(cls, template: Mapping[str, Json]) -> Deployed:
        """Read a template. Names of functions are their last words: `chunk`, `plan`."""
        resources = template["Resources"]
        properties = {
            name: resource["Properties"]
            for name, resource in resources.items()
            if resource["Type"] == "AWS::Lambda::Function"
        }
        functions = {each["FunctionName"].rpartition("-")[2]: each for each in properties.values()}
        short = {name: each["FunctionName"].rpartition("-")[2] for name, each in properties.items()}

        def function_of(logical_id: str) -> str:
            resource = resources[logical_id]
            if resource["Type"] == "AWS::Lambda::Version":
                return function_of(text_of(resource["Properties"]["FunctionName"]))
            return str(short[logical_id])

        (machine,) = (each for each in resources.values() if each["Type"] == "AWS::StepFunctions::StateMachine")
        return cls(
            Machine.of(json.loads(text_of(machine["Properties"]["DefinitionString"])), function_of),
            {
                name: each["ReservedConcurrentExecutions"]
                for name, each in functions.items()
                if "ReservedConcurrentExecutions" in each
            },
            {name: float(each["Timeout"]) for name, each in functions.items()},
            int(functions["plan"]["Environment"]["Variables"].get(CAPACITY, 0)),
        )

    @classmethod
    def synthesized(cls, **context: Any) -> Deployed:
        """Synthesize the stack with CDK context values, and read its template."""
        from infra import app  # loads the CDK, which takes seconds

        with TemporaryDirectory() as folder:
            code, out = Path(folder, "code"), Path(folder, "out")
            code.mkdir()
            (code / "handler.py").touch()
            name = app.synthesize(out, code=code, account="123456789012", region="eu-central-1", context=context)
            return cls.of(json.loads((out / f"{name}.template.json").read_text()))


def text_of(value: Json) -> str:
    """Replace references by logical IDs in a text of the template."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Fn::Join":
            return str(argument[0].join(map(text_of, argument[1])))
        case "Fn::GetAtt":
            return str(argument[0] if isinstance(argument, list) else re.split(r"\.", argument)[0])
        case "Ref":
            return str(argument)
    # Refused, because a guess could make the result wrong.
    raise NotImplementedError(f"The simulation does not know {function}.")
