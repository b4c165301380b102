"""The AWS emulator (ministack) as a process of its own, one for each state folder.

It holds a lock on a file in the folder while it runs, by an inherited file descriptor. A free lock shows that it has
ended, in whatever way, and an old process ID is never mistaken for it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

HOST = "127.0.0.1"
ROOT_KEY = "local"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0


class EmulatorError(RuntimeError):
    """The emulator could not be started; the message says why."""


class Emulator:
    """The emulator of the folder `state_dir`, running or not."""

    def __init__(self, state_dir: Path) -> None:
        self._dir = state_dir
        self._lock = state_dir / "emulator.lock"
        self._record = state_dir / "emulator.json"
        self.log = state_dir / "emulator.log"
        self._process: subprocess.Popen[bytes] | None = None  # when it was started by this object

    @property
    def port(self) -> int | None:
        """The port it serves, or None when it doesn't run."""
        process = self._running()
        return process[1] if process else None

    def start(self, port: int | None) -> int:
        """Start it on `port`, or on a free one; return the port once it answers."""
        for attempt in range(1 if port else 3):
            try:
                return self._start(port or _free_port())
            except EmulatorError:
                if port or attempt == 2:  # a free port may be taken before the emulator has it
                    raise
        raise AssertionError("unreachable")

    def stop(self) -> bool:
        """Stop it and its workers; return whether it ran."""
        process = self._running()
        if process is None:
            return False
        self._end(process[0])
        return True

    def _start(self, port: int) -> int:
        if _is_taken(port):
            raise EmulatorError(f"Port {port} is in use by another program; set OCTAVO_PORT to a free one.")
        if self._process is not None:
            self._process.wait(STOP_TIMEOUT_S)  # it was killed: its lock is free shortly before its exit status is set
        self._dir.mkdir(parents=True, exist_ok=True)
        temporary = self._dir / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        with self._opened_lock() as lock, self.log.open("wb") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=_environment(port, temporary),
                cwd=self._dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[lock],
                start_new_session=True,  # a process group: Ctrl-C does not reach it, and one signal ends all of it
            )
        try:
            self._record.write_text(json.dumps({"pid": process.pid, "port": port}))
            started = _wait_until(lambda: process.poll() is not None or _answers(port), START_TIMEOUT_S)
            if process.poll() is not None or not started:
                raise EmulatorError(f"The emulator did not start on port {port}:\n{_tail(self.log)}")
        except BaseException:
            self._end(process.pid)
            raise
        return port

    def _end(self, pid: int) -> None:
        _end_group(pid)
        if self._process is not None:
            self._process.poll()
            self._process = None

    @contextlib.contextmanager
    def _opened_lock(self) -> Iterator[int]:
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _running(self) -> tuple[int, int] | None:
        """The process ID and port, if the lock is held."""
        if not self._lock.exists():
            return None
        with self._opened_lock() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                record = json.loads(self._record.read_text())
                return record["pid"], record["port"]
        return None


def _end_group(pid: int) -> None:
    """End the process group `pid`: the emulator, and its workers, which it does not always end itself."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: only zombies are left
            os.killpg(pid, sent)
        if _wait_until(lambda: _is_gone(pid), STOP_TIMEOUT_S):
            return


def _environment(port: int, temporary: Path) -> dict[str, str]:
    """Return our environment without the variables of another AWS account or another stack."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OCTAVO_", "POWERTOOLS_"))
    }
    no_proxy = ",".join(filter(None, (kept.get("no_proxy") or kept.get("NO_PROXY"), HOST, "localhost")))
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        # Each function has only the permissions of its role; this key is the account's root.
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(temporary),
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def _wait_until(done: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until `done` returns True; return False if it does not within the time."""
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _answers(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/_ministack/health", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _is_gone(pid: int) -> bool:
    """Return whether the process group `pid` has no process left."""
    with contextlib.suppress(ChildProcessError):  # not our child: another `up` started it
        os.waitpid(pid, os.WNOHANG)
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return True
    return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
