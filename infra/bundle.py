"""The one bundle that all functions share: Octavo's code, and on AWS its dependencies beside it.

It is built without Docker. uv installs the pinned wheels for Lambda's platform, whatever this machine is. Python 3.13's
bytecode goes with them, because Lambda can't keep what it compiles, and compiling 700 modules would make a cold start
two to three times as slow; it is made by `compile.mjs`, so that no Python 3.13 need be here.

Packages stay whole: their `.dist-info` is what vulnerability scanners of deployed functions read, and botocore's data
of services that Octavo doesn't call (25 MB) is read only when asked for.
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

ROOT = Path(__file__).resolve().parent.parent
# They belong to the caller's machine and import what is not in the bundle.
NOT_IN_FUNCTIONS = ("cli", "client")
REQUIREMENTS = ROOT / "requirements" / "functions.txt"
COMPILE = ROOT / "infra" / "compile.mjs"
PYODIDE = ROOT / "node_modules" / "pyodide"
TARGET = ("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13", "--only-binary", ":all:")
# Programs, type stubs and the packages' own tests (16 MB): nothing imports them.
NOT_NEEDED = ("bin", "*-stubs", "**/tests")


class BundleError(RuntimeError):
    """The bundle can't be built; the message says what to do."""


def for_aws(cache: Path = ROOT / "cdk.out" / "bundle") -> Path:
    """Build the bundle for AWS, or find it in `cache` when nothing changed; return its folder."""
    if not PYODIDE.exists():
        raise BundleError("The tools from npm are not installed: run `make node_modules`.")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock, tempfile.TemporaryDirectory() as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = copy_code(Path(folder) / "code")
        bundle = cache / fingerprint(code, REQUIREMENTS, COMPILE, Path(__file__), PYODIDE / "package.json")[:16]
        if not bundle.exists():
            for old in cache.glob("*/"):
                shutil.rmtree(old)
            made = cache / "unfinished"
            _install(made)
            shutil.copytree(code, made, dirs_exist_ok=True)
            _run("node", str(COMPILE), str(made))
            made.replace(bundle)
    return bundle


def copy_code(target: Path, *, reports: Path = ROOT / "reports") -> Path:
    """Make `target` a folder of Octavo's code alone, with the report types of the folder `reports`; return it."""
    shutil.rmtree(target, ignore_errors=True)
    for source, name in ((ROOT / "octavo", "octavo"), (ROOT / "functions", "functions"), (reports, "reports")):
        shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in NOT_IN_FUNCTIONS:
        shutil.rmtree(target / "octavo" / name)
    return target


def fingerprint(*paths: Path) -> str:
    """Hash the files and folders `paths`: names and contents, in a fixed order."""
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
    """Run a program of the virtual environment; what it says is shown when it fails."""
    # Copies: a hard link into uv's cache would let the compiler write its bytecode there.
    environment = {**os.environ, "UV_LINK_MODE": "copy"}
    path = Path(sys.executable).with_name(program)
    done = subprocess.run(  # noqa: S603 -- our own tools
        [path, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise BundleError(f"The bundle could not be built: {program} said\n{done.stdout}")
