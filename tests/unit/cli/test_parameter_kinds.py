"""What is typed after `-p` reaches the query as the value that a JSON request would give."""

import json

import pytest
from pydantic import create_model

from octavo.authoring.parameters import bound_values
from octavo.cli.parameters import read_parameters
from tests.unit.parameter_kinds import KINDS


@pytest.mark.parametrize(("annotation", "written", "expected"), KINDS)
def test_a_parameter_of_any_kind_can_be_typed(annotation, written, expected):
    model = create_model("Parameters", x=(annotation, ...))
    typed = written if isinstance(written, str) else json.dumps(written)
    read = read_parameters([f"x={typed}"], model.model_json_schema(), "sales")
    assert bound_values(model.model_validate_json(json.dumps(read), strict=True)) == {"x": expected}
