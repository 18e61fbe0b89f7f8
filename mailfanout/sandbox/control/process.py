"""Start, stop and ask the sandbox: the one door for the rest of the package.

The sandbox is one background process per user. Its state file holds its address, its keys and its
process id, readable by the user alone. A lock beside it ensures that only one sandbox is started.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs
import psutil

from mailfanout.errors import SandboxBusy, SandboxEnded, SandboxUnavailable
from mailfanout.sandbox.control.client import Sandbox
from mailfanout.sandbox.control.endings import has_ended, kill_after
from mailfanout.sandbox.control.variables import variables_set

START_LIMIT_SECONDS = 60
LOOK_SECONDS = 0.02
STOP_LIMIT_SECONDS = 30
LEAST_FREE_BYTES = 2**16
OWNER_VARIABLE = "MAILFANOUT_OWNER"
_PRIVATE = "mailfanout-home-"


def home() -> Path:
    """The directory of this user's sandbox: MAILFANOUT_HOME, or the platform's place for state.

    Raises SandboxUnavailable if there is neither, as for a container's user without a home.
    """
    if chosen := os.environ.get("MAILFANOUT_HOME"):
        return Path(chosen)
    try:
        return platformdirs.user_state_path("mailfanout", appauthor=False)
    except RuntimeError as error:
        said = "This user has no home directory. Set MAILFANOUT_HOME to a directory of your own."
        raise SandboxUnavailable(said) from error


@contextmanager
def private_home() -> Iterator[Path]:
    """A home of its own for the block: the sandbox that is started in it ends with the block.

    And soon after this process, if that is killed.
    """
    with (
        tempfile.TemporaryDirectory(prefix=_PRIVATE, ignore_cleanup_errors=True) as directory,
        variables_set(MAILFANOUT_HOME=directory, **{OWNER_VARIABLE: this_owner()}),
    ):
        try:
            yield Path(directory)
        finally:
            os.environ["MAILFANOUT_HOME"] = directory
            stop()


def remove_private_home() -> None:
    """For the sandbox's own process, whose owner was killed: its home, if nobody else chose it."""
    if home().name.startswith(_PRIVATE):
        shutil.rmtree(home(), ignore_errors=True)


def this_owner() -> str:
    """This process, as the value of the variable by which a private sandbox knows its owner."""
    return f"{os.getpid()} {began_at(psutil.Process())}"


def is_abandoned() -> bool:
    """For the sandbox's own process: whether it has an owner, and that one has ended."""
    if not (owner := os.environ.get(OWNER_VARIABLE)):
        return False
    pid, began = owner.split()
    return not _is_alive(int(pid), float(began))


def find() -> Sandbox | None:
    """The running sandbox, or None.

    Raises SandboxUnavailable if the state file is another user's, or not ours to read.
    """
    sandbox = latest()
    return sandbox if sandbox and _is_alive(sandbox.pid, sandbox.process_started_at) else None


def latest() -> Sandbox | None:
    """The sandbox that runs, or else the one that ran here last; None if there was none.

    The next one has its port and its keys, so that clients need not be made anew. Raises
    SandboxUnavailable as `find` does.
    """
    path = _state_path()
    try:
        _refuse_foreign(path)
        return Sandbox(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    except OSError as error:
        raise SandboxUnavailable(
            f"{path} cannot be read: {error.strerror}. "
            "Set MAILFANOUT_HOME to a directory of your own."
        ) from error


def start() -> Sandbox:
    """The running sandbox; it is started if it does not run. Many may call this at once.

    Raises SandboxUnavailable if it cannot be started, with what its log says.
    """
    if running := find():
        return running
    from filelock import FileLock  # which takes as long to import as all else here
    from filelock import Timeout as LockTimeout

    directory = home()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = directory / "sandbox.lock"
        lock.touch()  # FileLock takes a file that cannot be made for one that another holds
        with FileLock(lock, timeout=START_LIMIT_SECONDS):
            return find() or _launch(directory)
    except LockTimeout as error:
        raise SandboxUnavailable(
            f"Another start of the sandbox holds {error.lock_file}. Try again in a moment."
        ) from error
    except OSError as error:
        first = "Make room there, or set" if error.errno == errno.ENOSPC else "Set"
        raise SandboxUnavailable(
            f"The sandbox cannot write to {directory}: {error.strerror}. "
            f"{first} MAILFANOUT_HOME to a directory of your own."
        ) from error


def stop(*, quiet_limit_seconds: float = 0) -> bool:
    """End the sandbox and all its processes; False if none runs. What it held is lost.

    Of several that end it at once, each returns when it has ended.

    Waits up to `quiet_limit_seconds` for what AWS would still deliver: events, and messages for a
    function. If some is left, raises SandboxUnavailable and ends nothing.
    """
    sandbox = find()
    if sandbox is None:
        return False
    if quiet_limit_seconds:
        _wait_until_quiet(sandbox, quiet_limit_seconds)
    _end(sandbox)
    return True


def write_state(sandbox: Sandbox) -> None:
    """For the sandbox's own process: publish it, in a file that only the user can read."""
    path = _state_path()
    unfinished = path.with_suffix(f".{sandbox.pid}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(sandbox), file)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def began_at(process: psutil.Process) -> float:
    """When a process began, by a clock that nobody can set.

    For Linux psutil reckons it from the time of day, which moves; the kernel counts ticks.
    """
    if not psutil.LINUX:
        return process.create_time()
    try:
        stat = Path("/proc", str(process.pid), "stat").read_bytes()
    except OSError as error:
        raise psutil.NoSuchProcess(process.pid) from error
    return float(stat.rpartition(b")")[2].split()[19])


def _state_path() -> Path:
    return home() / "sandbox.json"


def _refuse_foreign(path: Path) -> None:
    """On a shared directory another user could plant a state file and see our calls."""
    if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
        raise SandboxUnavailable(
            f"{path} belongs to another user. Set MAILFANOUT_HOME to a directory of your own."
        )


def _is_alive(pid: int, began: float) -> bool:
    """Compares the time at which the process began, too: a process id may be used again."""
    try:
        process = psutil.Process(pid)
        return not has_ended(process) and began_at(process) == began
    except psutil.Error:
        return False


def _wait_until_quiet(sandbox: Sandbox, limit_seconds: float) -> None:
    try:
        with suppress(SandboxEnded):  # somebody else ends it
            sandbox.wait_until_quiet(timeout_seconds=limit_seconds)
    except SandboxBusy as error:
        raise SandboxUnavailable(
            f"{error} Or lose it all with: mailfanout sandbox stop --now"
        ) from error


def _end(sandbox: Sandbox) -> None:
    try:
        process = psutil.Process(sandbox.pid)
        family = [process, *process.children(recursive=True)]
        process.resume()  # one that was suspended hears nothing, or it hears it late
        process.terminate()
    except psutil.NoSuchProcess:
        return
    kill_after(family, limit_seconds=STOP_LIMIT_SECONDS)


def _launch(directory: Path) -> Sandbox:
    log_path = directory / "sandbox.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mailfanout.sandbox.server"],
            env={**_host_environment(), "MAILFANOUT_HOME": str(directory.absolute())},
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **_DETACHED,
        )
    try:
        if started := _wait_for_start(process):
            return started
        is_late = process.returncode is None
    finally:
        if process.returncode is None:  # after Ctrl-C, too: the next start would not find it
            process.kill()
            process.wait()
    # On a full disk the sandbox cannot write the reason to its log.
    if shutil.disk_usage(directory).free < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if is_late:
        raise SandboxUnavailable(
            f"The sandbox did not start in {START_LIMIT_SECONDS} s: this machine is busy. "
            "Type the same command again."
        )
    said = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise SandboxUnavailable(
        f"The sandbox did not start: {' '.join(said) or 'no reason given'}. See {log_path}"
    )


def _wait_for_start(process: subprocess.Popen[bytes]) -> Sandbox | None:
    """What this process has become; None if it ended, or took too long: seconds asleep are free."""
    for _ in range(int(START_LIMIT_SECONDS / LOOK_SECONDS)):
        if process.poll() is not None:
            return None
        if (sandbox := find()) is not None and sandbox.pid == process.pid:
            process.returncode = 0  # it outlives this process: Popen must not warn of that
            return sandbox
        time.sleep(LOOK_SECONDS)
    return None


def _host_environment() -> dict[str, str]:
    """What a process of Python needs to start, and no more: functions can read what it has.

    The user's AWS configuration is for other programs, and a mistake in it is none of ours.
    """
    no_file = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    return {name: os.environ[name] for name in _NEEDED if name in os.environ} | no_file


_NEEDED = (
    OWNER_VARIABLE,
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE"),
)

# Interrupting a notebook's kernel signals its whole group, and closing it ends its children: so the
# sandbox starts in a session (on Windows, a group) of its own, and outlives both.
_DETACHED: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | 0x08000000}
    if sys.platform == "win32"
    else {"start_new_session": True}
)
