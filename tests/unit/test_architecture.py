"""The dependency rule: functions and the command use octavo; octavo uses neither them nor infra nor reports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = {"report", "manifest", "errors", "owner", "failure", "report_type"}
OUTSIDE = {"boto3", "botocore", "duckdb", "httpx", "aws_lambda_powertools"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def rooms(folder):
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", rooms("octavo"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_library_knows_nothing_of_those_who_use_it(path):
    assert not {name.partition(".")[0] for name in imports(path)} & {"functions", "infra", "reports", "tests"}


@pytest.mark.parametrize("path", rooms("functions"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_uses_the_library_and_no_other_function(path):
    own = f"functions.{path.parent.name}"
    others = {name for name in imports(path) if name.startswith("functions") and not name.startswith(own)}
    assert not others
    assert not {name.partition(".")[0] for name in imports(path)} & {"infra", "reports", "tests"}


@pytest.mark.parametrize("name", sorted(PURE))
def test_the_pure_modules_do_no_input_or_output(name):
    assert not {module.partition(".")[0] for module in imports(ROOT / "octavo" / f"{name}.py")} & OUTSIDE


@pytest.mark.parametrize("path", rooms("functions"), ids=lambda path: str(path.relative_to(ROOT)))
def test_handlers_are_at_most_forty_lines_of_code(path):
    if path.name == "handler.py":
        code = [
            line for line in path.read_text().splitlines() if line.strip() and not line.startswith(("from", "import"))
        ]
        assert len(code) <= 40


def test_the_merge_loads_no_database():
    parts = "functions.merge.join, octavo.documents.csv, octavo.documents.pdf.assembly.book"
    loads = (
        f"import sys, {parts}; from octavo.authoring.catalogue import report_types; report_types(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"duckdb", "reportlab"} & set(loaded.split()) == {"reportlab"}


def test_the_project_stands_alone():
    sources = [path for folder in ("octavo", "functions", "infra", "reports") for path in rooms(folder)]
    assert not [path for path in sources if "../shared" in path.read_text()]
