"""The bundle that all functions share: Octavo's code and, on AWS, its dependencies.

It is built without Docker. uv installs the pinned wheels for Lambda's platform, on any machine. The bundle also
contains bytecode for Python 3.13: Lambda cannot store what it compiles, and compiling 700 modules would make a cold
start two to three times as slow. `compile.mjs` writes the bytecode, so this machine needs no Python 3.13.

Packages stay complete. Vulnerability scanners of deployed functions read their `.dist-info`. botocore's data about
services that Octavo does not call (25 MB) is read only on demand.

The file `bundle-digest` has a digest of the bundle. All functions of a deployment have the same one. It changes with
the code, the report types and, on AWS, the requirements. All functions that work on a report must have the same one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from octavo.settings import BUNDLE_DIGEST

ROOT = Path(__file__).resolve().parent.parent
# These packages run on the caller's machine and import libraries that are not in the bundle.
NOT_IN_FUNCTIONS = ("cli", "client", "operations")
REQUIREMENTS = ROOT / "requirements" / "functions.txt"
COMPILE = ROOT / "infra" / "compile.mjs"
PYODIDE = ROOT / "node_modules" / "pyodide"
TARGET = ("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13", "--only-binary", ":all:")
# Programs, type stubs and the tests of the packages (16 MB). Nothing imports them.
NOT_NEEDED = ("bin", "*-stubs", "**/tests")


class BundleError(RuntimeError):
    """The bundle cannot be built. The message says what to do."""


def for_aws(cache: Path = ROOT / "cdk.out" / "bundle") -> Path:
    """Return the folder of the bundle for AWS. It is built unless `cache` contains it and nothing has changed."""
    if not PYODIDE.exists():
        raise BundleError("The tools from npm are not installed. Run `make node_modules`.")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock, tempfile.TemporaryDirectory() as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = copy_code(Path(folder) / "code")
        digest = fingerprint(code, REQUIREMENTS, COMPILE, Path(__file__), PYODIDE / "package.json")
        bundle = cache / digest[:16]
        if not bundle.exists():
            for old in cache.glob("*/"):
                shutil.rmtree(old)
            made = cache / "unfinished"
            _install(made)
            shutil.copytree(code, made, dirs_exist_ok=True)
            (made / BUNDLE_DIGEST.name).write_text(digest)
            _run("node", str(COMPILE), str(made))
            made.replace(bundle)
    return bundle


def copy_code(target: Path, *, reports: Path = ROOT / "reports") -> Path:
    """Copy Octavo's code and the report types of the folder `reports` to the folder `target`, and return `target`.

    The digest in it is that of the code alone.
    """
    shutil.rmtree(target, ignore_errors=True)
    for source, name in ((ROOT / "octavo", "octavo"), (ROOT / "functions", "functions"), (reports, "reports")):
        shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in NOT_IN_FUNCTIONS:
        shutil.rmtree(target / "octavo" / name)
    (target / BUNDLE_DIGEST.name).write_text(fingerprint(target))
    return target


def fingerprint(*paths: Path) -> str:
    """Hash the names and contents of the files and folders `paths`, in a fixed order."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(path.parent).as_posix()}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _install(target: Path) -> None:
    _run(
        "uv", "pip", "install", "--quiet", *TARGET, "--require-hashes", "-r", str(REQUIREMENTS), "--target", str(target)
    )
    for pattern in NOT_NEEDED:
        for path in target.glob(pattern):
            shutil.rmtree(path)


def _run(program: str, *arguments: str) -> None:
    """Run a program of the virtual environment. Raises BundleError with the program's output when it fails."""
    # Copy the files. Hard links into uv's cache would let the compiler write bytecode to the cache.
    environment = {**os.environ, "UV_LINK_MODE": "copy"}
    path = Path(sys.executable).with_name(program)
    done = subprocess.run(  # noqa: S603 -- these are our own tools
        [path, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise BundleError(f"The bundle could not be built. The output of {program} was:\n{done.stdout}")
