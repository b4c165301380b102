"""The direction of imports: `functions` and the command import `octavo`, which imports nothing of its users.

The packages and modules directly inside octavo/ are called rooms. Each room may import the rooms that MAY_IMPORT lists
for it, and no others.
"""

import ast
import subprocess
import sys
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OUTSIDE = {"boto3", "botocore", "duckdb", "httpx", "aws_lambda_powertools"}

# Every room, and the other rooms that it may import. Imports that are only for type checking count too. "octavo" is
# octavo/__init__.py, which has the public names.
MAY_IMPORT = {
    "codes": set(),
    "errors": {"codes"},
    "format_options": set(),
    "formats": {"format_options"},
    "settings": {"errors"},
    "observability": {"errors"},
    "metrics": {"codes", "settings", "lifecycle"},
    "authoring": {"errors", "format_options", "formats", "settings"},
    "lifecycle": {"codes", "errors", "formats", "settings", "authoring"},
    "data": {"errors", "formats", "settings", "authoring", "lifecycle"},
    "storage": {"codes", "errors", "formats", "settings", "metrics", "authoring", "lifecycle"},
    "documents": {"errors", "format_options", "formats", "settings", "authoring", "lifecycle", "data"},
    "pipeline": {"errors", "formats", "settings", "authoring", "lifecycle", "data", "documents"},
    "http": {"codes", "errors", "formats", "settings", "observability", "authoring", "lifecycle", "storage"},
    "client": {"errors", "lifecycle", "http"},
    "operations": {"codes", "errors", "formats", "authoring", "lifecycle", "storage", "http", "client"},
    "cli": {"errors", "formats", "authoring", "lifecycle", "http", "client", "operations"},
    "octavo": {"format_options", "authoring", "client"},
}
PURE = ("authoring", "lifecycle")
PURE_MODULES = (
    "http/calls.py",
    "http/idempotency.py",
    "http/list_page.py",
    "http/list_query.py",
    "http/models.py",
    "http/strict_json.py",
    "storage/items.py",
    "storage/parts.py",
)
PURE_FILES = [*(path for room in PURE for path in sorted((ROOT / "octavo" / room).rglob("*.py")))] + [
    ROOT / "octavo" / path for path in PURE_MODULES
]


def sources(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path):
    """Yield the modules that a file imports, at its top or elsewhere; `from a import b` is a.b if b is a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from {
                member if is_module(member := f"{node.module}.{alias.name}") else node.module for alias in node.names
            }


def is_module(name):
    place = ROOT.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").exists()


def module_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module):
    return "octavo" if module == "octavo" else module.split(".")[1]


def entries(folder):
    """Return the names of the packages and modules directly inside a folder."""
    inside = (ROOT / folder).iterdir()
    return {
        path.stem
        for path in inside
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


def against_the_direction():
    for path in sources("octavo"):
        module = module_of(path)
        for imported in imports(path):
            if imported.partition(".")[0] == "octavo":
                room, other = room_of(module), room_of(imported)
                if room != other and other not in MAY_IMPORT[room]:
                    yield module, imported


def loaded_by(*statements):
    """Run statements in a new process; return the names of the modules that are loaded afterwards."""
    code = "; ".join(["import sys", *statements, "print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("path", sources("octavo"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_library_imports_none_of_its_users(path):
    assert not {name.partition(".")[0] for name in imports(path)} & {"functions", "infra", "reports", "tests"}


@pytest.mark.parametrize("path", sources("functions"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_uses_the_library_and_no_other_function(path):
    own = f"functions.{path.parent.name}"
    others = {name for name in imports(path) if name.startswith("functions") and not name.startswith(own)}
    assert not others
    assert not {name.partition(".")[0] for name in imports(path)} & {"infra", "reports", "tests"}


@pytest.mark.parametrize("path", sources("functions"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_uses_neither_the_client_nor_the_command_nor_the_tools_of_operators(path):
    outside = ("octavo.client", "octavo.cli", "octavo.operations")
    assert not [name for name in imports(path) if name.startswith(outside)]


def test_every_room_imports_only_the_rooms_that_it_may():
    assert set(against_the_direction()) == set()


def test_every_room_is_listed_and_imports_form_no_circle():
    assert entries("octavo") <= MAY_IMPORT.keys()
    TopologicalSorter(MAY_IMPORT).prepare()  # raises CycleError


def test_the_packages_of_the_pdf_format_import_each_other_in_no_circle():
    package = "octavo.documents.pdf"
    graph = defaultdict(set)
    for path in sources(package.replace(".", "/")):
        if module_of(path) != package:  # the package itself only combines the others
            own = module_of(path).split(".")[3]
            used = {name.split(".")[3] for name in imports(path) if name.startswith(f"{package}.")}
            graph[own] |= used - {own}
            assert package not in set(imports(path))
    assert graph["assembly"] >= {"cover", "syntax"}
    TopologicalSorter(graph).prepare()


def test_there_are_at_most_ten_rooms_and_nine_in_the_pdf_format():
    rooms = {name for name in entries("octavo") if (ROOT / "octavo" / name).is_dir()}
    assert len(rooms) <= 10
    assert len(entries("octavo/documents/pdf")) <= 9


@pytest.mark.parametrize("room", sorted(entries("octavo")))
def test_every_room_has_a_docstring(room):
    path = ROOT / "octavo" / room
    for module in sorted(path.rglob("__init__.py")) if path.is_dir() else [path.with_suffix(".py")]:
        assert ast.get_docstring(ast.parse(module.read_text())), module


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_pure_modules_do_no_input_or_output(path):
    assert not {module.partition(".")[0] for module in imports(path)} & OUTSIDE


def test_the_pure_modules_load_no_library_that_does_input_or_output():
    modules = [module_of(path) for path in PURE_FILES]
    assert not loaded_by(f"import {', '.join(modules)}") & OUTSIDE


def test_the_workflow_loads_no_models_of_the_api():
    storage = ", ".join(module_of(path) for path in sources("octavo/storage"))
    loaded = loaded_by(f"import octavo.lifecycle.submission, octavo.lifecycle.diagnosis, {storage}")
    assert not [name for name in loaded if name.startswith("octavo.http")]


def test_the_client_loads_no_database_and_boto3_only_to_sign():
    loaded = loaded_by("import octavo.client, octavo.http.models, octavo.http.calls")
    assert not loaded & {"boto3", "botocore", "duckdb", "aws_lambda_powertools", "reportlab"}


def test_the_merge_loads_no_database():
    formats = "csv, octavo.documents.pdf.assembly.document, octavo.documents.xlsx.document"
    parts = f"functions.merge.join, octavo.documents.{formats}"
    loaded = loaded_by(f"import {parts}", "from octavo.authoring.catalogue import report_types", "report_types()")
    assert {"duckdb", "reportlab"} & loaded == {"reportlab"}


@pytest.mark.parametrize("path", sources("functions"), ids=lambda path: str(path.relative_to(ROOT)))
def test_handlers_are_at_most_forty_lines_of_code(path):
    if path.name == "handler.py":
        code = [
            line for line in path.read_text().splitlines() if line.strip() and not line.startswith(("from", "import"))
        ]
        assert len(code) <= 40


def test_no_code_refers_to_a_folder_outside_the_project():
    written = [path for folder in ("octavo", "functions", "infra", "reports") for path in sources(folder)]
    assert not [path for path in written if "../shared" in path.read_text()]
