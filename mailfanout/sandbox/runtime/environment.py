"""One Lambda execution environment: a child process that runs one event at a time.

See https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psutil

from mailfanout.sandbox.runtime.child_logs import events_of
from mailfanout.sandbox.runtime.configuration import Configuration
from mailfanout.sandbox.runtime.invocation import (
    Invocation,
    Result,
    checked,
    exited,
    out_of_memory,
    timed_out,
    unstarted,
)
from mailfanout.sandbox.runtime.processes import HOST_NEEDS, Command, Process, Processes
from mailfanout.sandbox.runtime.runtimes import Runtime, places_on_aws

INIT_LIMIT_SECONDS = 10
# How often to look at the memory that a running function uses.
LOOK_SECONDS = 0.1


class Environment:
    """A child process, its log file and its own directory.

    A retired environment finishes its event and gets no other.
    """

    def __init__(self, configuration: Configuration, directory: Path, processes: Processes) -> None:
        self.configuration = configuration
        day = f"{datetime.now(UTC):%Y/%m/%d}"
        self.log_stream_name = f"{day}/[{configuration.version}]{uuid.uuid4().hex}"
        self.max_memory_mb = 0
        self.idle_since = time.monotonic()
        self.retired = False
        self.access_key_id: str | None = None
        self.key: str | None = None
        self._directory = directory
        self._processes = processes
        self._process: Process | None = None
        self._observed: psutil.Process | None = None
        self._log: IO[bytes] | None = None
        self._inbox: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        self._init_error: str | None = None
        self._initialized = False
        self._init_ms: float | None = None
        self._init_log: list[str] | None = []
        self._began = time.monotonic()

    def start(self, runtime: Runtime, code: Path, variables: Mapping[str, str]) -> None:
        """Start the process: the runtime's command, with the handler as its last argument."""
        self.access_key_id = variables.get("AWS_ACCESS_KEY_ID")
        self.key = runtime.new_key()
        self._code = code
        self._places = {str(code): "/var/task", **places_on_aws(self.configuration.runtime)}
        self._directory.mkdir()
        log_path = self._directory / "log"
        log_path.touch()
        self._log = log_path.open("rb")
        self._command = Command(
            words=(*runtime.words, self.configuration.handler),
            directory=code,
            variables={**self._own_variables(), **variables, **runtime.variables(self.key)},
            log=log_path,
            from_template=runtime.from_template,
        )
        self._launch()

    def refuse(self, reason: str) -> None:
        """It cannot be started, and so fails whatever event it gets."""
        self._init_error = unstarted(reason)

    def _launch(self) -> None:
        self._began = time.monotonic()
        self._process = self._processes.start(self._command, self._note_end)
        with suppress(psutil.Error):
            self._observed = psutil.Process(self._process.pid)
        if self._process.returncode is not None:  # it ended before it was known here
            self._note_end(self._process)

    def _init_seconds_left(self) -> float:
        spent_seconds = 0 if self._initialized else time.monotonic() - self._began
        return max(0.0, INIT_LIMIT_SECONDS - spent_seconds)

    def _initialize_again(self) -> None:
        """As Lambda does when an initialization took too long; now it counts as the event's time.

        See https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        slow, self._process = self._process, None
        if slow is not None:
            slow.kill()
            self._launch()

    def _wait_for(self, invocation: Invocation) -> None:
        """Until its result is there, or the function's time or memory is used up."""
        request_id, made_from = invocation.request_id, self.configuration
        deadline = time.monotonic() + made_from.timeout_seconds
        while not invocation.done.wait(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic()))):
            self._measure_memory()
            if self.max_memory_mb > made_from.memory_mb:
                invocation.finish(out_of_memory(request_id))
            elif time.monotonic() >= deadline:
                invocation.finish(timed_out(request_id, made_from.timeout_seconds))
            else:
                continue
            self.stop()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def run(self, invocation: Invocation) -> Result:
        """Hand over the event and wait for what comes of it; the process ends at the timeout."""
        self._current = invocation
        self._inbox.put(invocation)
        if not self.alive:
            self._finish_dead(self._process)
        if not invocation.delivered.wait(self._init_seconds_left()):
            self._initialize_again()
        self._wait_for(invocation)
        self._measure_memory()
        self._current = None
        self.idle_since = time.monotonic()
        assert invocation.result is not None
        return invocation.result

    def next_call_number(self) -> int:
        """The number of one more API call that the current event's code makes; 0 before it runs."""
        invocation = self._current
        running = invocation is not None and invocation.delivered.is_set()
        return next(invocation.call_numbers) if invocation and running else 0

    def read_log(self) -> list[str]:
        """The events that the function wrote since the last call."""
        return events_of(self._as_on_aws(self._log.read())) if self._log else []

    def take_init_ms(self) -> float | None:
        """How long the initialization took; None from the second call on."""
        init_ms, self._init_ms = self._init_ms, None
        return init_ms

    def take_init_log(self) -> list[str] | None:
        """What the initialization wrote, if it ended; None from the second call on."""
        taken, self._init_log = self._init_log, None
        return taken

    def stop(self) -> None:
        """End the process with all that it started. Safe to repeat."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process and remove what it left on the disk."""
        self.stop()
        if self._log is not None:
            self._log.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def next_invocation(self) -> Invocation | None:
        """For the Runtime API: wait for an event; None when the environment has ended."""
        if not self._initialized:
            self._initialized = True
            self._init_ms = (time.monotonic() - self._began) * 1000
            self._init_log = self.read_log()
            self._measure_memory()
        invocation = self._inbox.get()
        if invocation is not None:
            invocation.deliver(timeout_seconds=self.configuration.timeout_seconds)
        return invocation

    def report(self, request_id: str, result: Result) -> bool:
        """For the Runtime API: take the current event's result; False if it is another's."""
        invocation = self._current
        if invocation is None or invocation.request_id != request_id:
            return False
        if result.status is not None:
            result = Result(self._as_on_aws(result.payload).encode(), result.status)
        invocation.finish(checked(result))
        return True

    def report_init_error(self, payload: bytes) -> None:
        """For the Runtime API: the handler could not be loaded."""
        self._init_error = self._as_on_aws(payload)

    def _note_end(self, process: Process) -> None:
        if process is self._process:  # not one that was too slow
            self._inbox.put(None)
            self._finish_dead(process)

    def _finish_dead(self, process: Process | None) -> None:
        invocation = self._current
        if invocation is None:
            return
        if self._init_error is not None:
            invocation.finish(Result(self._init_error.encode(), "error"))
        elif process is not None and process.returncode is not None:
            invocation.finish(exited(invocation.request_id, process.returncode))

    def _measure_memory(self) -> None:
        if self._observed is not None:
            with suppress(psutil.Error):
                used_mb = self._observed.memory_info().rss // 2**20
                self.max_memory_mb = max(self.max_memory_mb, used_mb)

    def _as_on_aws(self, output: bytes) -> str:
        """Traces name code as it lies on AWS, plain or as JSON."""
        text = output.decode("utf-8", errors="replace")
        for path, on_aws in self._places.items():
            text = text.replace(json.dumps(path)[1:-1], on_aws).replace(path, on_aws)
        return text

    def _own_variables(self) -> dict[str, str]:
        """AWS's defined environment variables, and no more of the host than a process needs.

        HOME is the environment's own, so that no SDK finds the user's AWS configuration.
        See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        made_from, directory = self.configuration, str(self._directory)
        region = made_from.function_arn.split(":")[3]
        return {
            **HOST_NEEDS,
            **dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), directory),
            "LANG": "en_US.UTF-8",
            "LC_CTYPE": "C.UTF-8",
            "PATH": os.defpath,
            "TZ": ":UTC",
            **dict(made_from.variables),
            "LAMBDA_TASK_ROOT": str(self._code),
            "_HANDLER": made_from.handler,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{made_from.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": made_from.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": made_from.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(made_from.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            **made_from.log.variables(),
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream_name,
        }
