"""Every declared call has one handler, in the function that the HTTP API sends it to."""

import ast
from collections import Counter
from pathlib import Path

from octavo.http import calls

FUNCTIONS = Path(__file__).parents[3] / "functions"
DECLARED = {name: value for name, value in vars(calls).items() if isinstance(value, calls.Call)}


def handled():
    """Yield the function and the call of every handler: `@answers(router, CALL)`."""
    for path in sorted(FUNCTIONS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for decorator in getattr(node, "decorator_list", []):
                if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "answers":
                    yield path.relative_to(FUNCTIONS).parts[0], DECLARED[decorator.args[1].id].name


def test_every_call_has_one_handler_in_its_function_and_every_handler_a_call():
    assert Counter(handled()) == Counter((call.function, call.name) for call in calls.CALLS)


def test_every_declared_call_is_in_the_table():
    assert set(map(id, DECLARED.values())) == set(map(id, calls.CALLS))
    assert len({call.name for call in calls.CALLS}) == len(calls.CALLS)


def test_no_handler_declares_a_route_of_its_own():
    decorators = [
        decorator.func.attr
        for path in FUNCTIONS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for decorator in getattr(node, "decorator_list", [])
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
    ]
    assert not {"get", "post", "put", "patch", "delete", "head", "route"} & set(decorators)
