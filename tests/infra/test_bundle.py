"""The bundle that all functions share."""

import importlib.util
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bundle
from octavo.settings import BUNDLE_DIGEST

ROOT = Path(__file__).parents[2]
LIMIT_BYTES = 250 * 1024 * 1024
AARCH64 = 183  # ELF e_machine
PYTHON_3_13 = 3571  # the magic number of its bytecode


@pytest.fixture(scope="module")
def folder(node_modules):
    return bundle.for_aws()


def test_the_bundle_is_below_lambdas_limit(folder):
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < LIMIT_BYTES


def test_every_compiled_library_is_for_the_functions_processor_and_python(folder):
    libraries = list(folder.rglob("*.so")) + list(folder.rglob("*.so.*"))
    assert {file.name.split(".")[0] for file in libraries} >= {"_duckdb", "_pydantic_core"}
    for file in libraries:
        header = file.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert struct.unpack_from("<H", header, 18) == (AARCH64,)
        assert ".cpython-" not in file.name or file.name.endswith(".cpython-313-aarch64-linux-gnu.so")


def test_every_module_has_bytecode_for_the_functions_python_and_skips_the_check_for_changes(folder):
    sources = list(folder.rglob("*.py"))
    assert len(sources) > 500
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        magic, flags = struct.unpack("<H2xI", compiled.read_bytes()[:8])
        assert (magic, flags) == (PYTHON_3_13, 0b01)


def test_the_bundle_contains_every_pinned_requirement(folder):
    names = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "functions.txt").read_text(), re.MULTILINE)
    installed = {path.name.partition("-")[0] for path in folder.glob("*.dist-info")}
    assert {name.replace("-", "_") for name in names} == installed


def test_the_bundle_contains_the_code_of_the_functions_but_not_of_the_command(folder):
    for name in ("submit", "status", "plan", "admit", "chunk", "merge", "fail"):
        assert (folder / "functions" / name / "handler.py").exists()
    assert (folder / "reports" / "__init__.py").exists()
    for name in bundle.NOT_IN_FUNCTIONS:
        assert (ROOT / "octavo" / name).exists()
        assert not (folder / "octavo" / name).exists()


def test_the_bundle_contains_the_duckdb_extension_so_nothing_is_downloaded_at_run_time(folder):
    assert importlib.util.find_spec("duckdb_extension_httpfs")
    (extension,) = folder.glob("duckdb_extension_httpfs/extensions/*/httpfs.duckdb_extension")
    assert extension.read_bytes()[:4] == b"\x7fELF"
    assert struct.unpack_from("<H", extension.read_bytes()[:20], 18) == (AARCH64,)


def test_the_bundle_contains_the_authorities_by_which_duckdb_verifies_certificates(folder):
    assert b"BEGIN CERTIFICATE" in (folder / "botocore" / "cacert.pem").read_bytes()


def test_a_bundle_is_built_again_only_when_something_has_changed(tmp_path, monkeypatch, node_modules):
    code, built = ["first"], []

    def copy_code(target):
        target.mkdir()
        (target / "code.py").write_text(code[0])
        return target

    monkeypatch.setattr(bundle, "copy_code", copy_code)
    monkeypatch.setattr(bundle, "_install", lambda target: target.mkdir())
    monkeypatch.setattr(bundle, "_run", lambda *command: built.append(command))
    first = bundle.for_aws(tmp_path)
    assert bundle.for_aws(tmp_path) == first
    assert len(built) == 1
    code[0] = "second"
    second = bundle.for_aws(tmp_path)
    assert (second / "code.py").read_text() == "second"
    assert (len(built), first.exists()) == (2, False)


def test_the_digest_changes_with_the_code_the_report_types_and_the_requirements(tmp_path, monkeypatch, node_modules):
    reports = tmp_path / "reports"
    reports.mkdir()
    seen = []

    def digest_of_a_build():
        target = bundle.copy_code(tmp_path / "code", reports=reports)
        seen.append((target / BUNDLE_DIGEST.name).read_text())
        return seen[-1]

    assert digest_of_a_build() == digest_of_a_build()
    (reports / "sales.py").write_text("COLUMNS = ('day', 'shop')")
    digest_of_a_build()
    (reports / "sales.py").write_text("COLUMNS = ('shop', 'day')")
    digest_of_a_build()

    monkeypatch.setattr(bundle, "_install", lambda target: target.mkdir())
    monkeypatch.setattr(bundle, "_run", lambda *command: None)
    requirements = tmp_path / "functions.txt"
    monkeypatch.setattr(bundle, "REQUIREMENTS", requirements)
    for text in ("duckdb==1", "duckdb==2"):
        requirements.write_text(text)
        seen.append((bundle.for_aws(tmp_path / "cache") / BUNDLE_DIGEST.name).read_text())
    assert len(set(seen)) == 5


def test_functions_find_the_digest_of_the_bundle_they_are_in(tmp_path):
    code = bundle.copy_code(tmp_path / "code")
    program = "from octavo.settings import settings; print(settings.bundle_digest)"
    done = subprocess.run([sys.executable, "-c", program], cwd=code, env={}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (code / BUNDLE_DIGEST.name).read_text()


def test_the_report_types_can_come_from_another_folder(tmp_path):
    reports = tmp_path / "mine"
    reports.mkdir()
    (reports / "__init__.py").write_text("")
    (reports / "sales.py").write_text("")
    code = bundle.copy_code(tmp_path / "code", reports=reports)
    assert {path.name for path in (code / "reports").iterdir()} == {"__init__.py", "sales.py"}
