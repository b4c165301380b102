"""The one bundle that all functions share: Octavo's code, and on AWS its dependencies beside it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# They belong to the caller's machine and import what is not in the bundle.
NOT_IN_FUNCTIONS = ("cli.py", "client.py")


def copy_code(target: Path, *, reports: Path = ROOT / "reports") -> Path:
    """Make `target` a folder of Octavo's code alone, with the report types of the folder `reports`; return it."""
    shutil.rmtree(target, ignore_errors=True)
    for source, name in ((ROOT / "octavo", "octavo"), (ROOT / "functions", "functions"), (reports, "reports")):
        shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in NOT_IN_FUNCTIONS:
        (target / "octavo" / name).unlink(missing_ok=True)
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
