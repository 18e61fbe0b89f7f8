"""Processes on Windows: each in a job object of its own, which nothing that it starts can leave.

The sandbox alone holds the job's handle. Windows closes it when the sandbox ends, however it
ends, and ends what is in a job whose last handle closes.
See https://learn.microsoft.com/windows/win32/procthread/job-objects
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    import subprocess
    import threading
    from ctypes import wintypes

    from mailfanout.sandbox.runtime.processes import KILLED, Command, Process, Watcher

    EXTENDED_LIMIT_INFORMATION = 9
    LIMIT_KILL_ON_JOB_CLOSE = 0x2000

    class _BasicLimits(ctypes.Structure):
        _fields_ = [
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        ]

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = [
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        ]

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel.CreateJobObjectW.argtypes = (wintypes.LPVOID, wintypes.LPCWSTR)
    _kernel.SetInformationJobObject.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        wintypes.LPVOID,
        wintypes.DWORD,
    )
    _kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    class Jobs:
        """Starts processes, each in a job object."""

        def prepare(self) -> None:
            """Nothing to do: no process begins as a copy."""

        def start(self, command: Command, watcher: Watcher) -> Process:
            job = _Job()
            with command.log.open("ab") as log:
                popen = subprocess.Popen(
                    command.words,
                    cwd=command.directory,
                    env=dict(command.variables),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    creationflags=subprocess.CREATE_NO_WINDOW,
                )
            job.take_in(popen)
            process = Process(popen.pid, job.end)
            arguments = (popen, job, process, watcher)
            threading.Thread(target=_watch, args=arguments, daemon=True).start()
            return process

        def close(self) -> None:
            """Nothing to do: whoever started a process has ended it."""

    class _Job:
        def __init__(self) -> None:
            self._handle = _checked(_kernel.CreateJobObjectW(None, None))
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = LIMIT_KILL_ON_JOB_CLOSE
            size = ctypes.sizeof(limits)
            _checked(
                _kernel.SetInformationJobObject(
                    self._handle, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size
                )
            )
            self._lock = threading.Lock()
            self._is_closed = False
            self._was_ended = False

        def take_in(self, popen: subprocess.Popen[bytes]) -> None:
            try:
                _checked(_kernel.AssignProcessToJobObject(self._handle, int(popen._handle)))  # type: ignore[attr-defined]
            except OSError:
                # One that has ended by now needs no job.
                if popen.poll() is None:
                    popen.kill()
                    raise

        def end(self) -> None:
            """End every process in it. Safe to repeat, also when it is closed."""
            with self._lock:
                if not self._is_closed:
                    self._was_ended = True
                    _kernel.TerminateJobObject(self._handle, 1)

        def close(self, returncode: int) -> int:
            """End what is left in it; the code with which its first process ended."""
            with self._lock:
                self._is_closed = True
                _kernel.TerminateJobObject(self._handle, 1)
                _kernel.CloseHandle(self._handle)
            return KILLED if self._was_ended else returncode

    def _watch(
        popen: subprocess.Popen[bytes], job: _Job, process: Process, watcher: Watcher
    ) -> None:
        returncode = popen.wait()
        if popen.stdin is not None:
            popen.stdin.close()
        process.note_end(job.close(returncode))
        watcher(process)

    def _checked(answer: int) -> int:
        if not answer:
            raise ctypes.WinError(ctypes.get_last_error())
        return answer
