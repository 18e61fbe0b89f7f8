"""Lambda invocations: execution environments, reused warm, and the limits on how many there are.

See https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import errno
import logging
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from mailfanout.sandbox.control import Faults
from mailfanout.sandbox.runtime.configuration import Configuration
from mailfanout.sandbox.runtime.environment import Environment
from mailfanout.sandbox.runtime.function import CannotStart, Execution, Function, Throttled
from mailfanout.sandbox.runtime.invocation import Invocation, Result, exited
from mailfanout.sandbox.runtime.log_lines import init_lines, log_lines
from mailfanout.sandbox.runtime.processes import KILLED, Processes
from mailfanout.sandbox.runtime.runtime_api import RuntimeApi
from mailfanout.sandbox.runtime.runtimes import Runtime, own_runtime, package_directories
from mailfanout.sandbox.runtime.scratch import Scratch

MAX_ENVIRONMENTS = 50
IDLE_LIMIT_SECONDS = 600
# The errors of the operating system for which a function's code or settings are to blame.
OF_THE_FUNCTION = {
    *(errno.E2BIG, errno.EILSEQ, errno.EINVAL),
    *(errno.EISDIR, errno.ENAMETOOLONG, errno.ENOTDIR),
}

log = logging.getLogger(__name__)


class Host(Protocol):
    """What an execution environment needs from the sandbox around it."""

    def variables(self, role_arn: str, function_name: str) -> Mapping[str, str]:
        """The endpoint, the Region and the execution role's temporary credentials."""

    def write_log(self, configuration: Configuration, stream: str, events: list[str]) -> None:
        """Append to the function's CloudWatch log stream."""


class Functions:
    """Every execution environment of the sandbox. May be used by several threads."""

    def __init__(
        self, host: Host, *, runtime: Runtime | None = None, faults: Faults | None = None
    ) -> None:
        self._host = host
        self._runtime = runtime or own_runtime()
        self._faults = faults or Faults()
        self._api = RuntimeApi()
        self._scratch = Scratch()
        self._processes = _processes(self._scratch.path)
        self._idle: dict[Configuration, list[Environment]] = {}
        self._busy: Counter[str] = Counter()
        self._environments: set[Environment] = set()
        self._changed = threading.Condition()
        self._closed = False

    def invoke(
        self,
        function: Function,
        payload: bytes,
        *,
        request_id: str | None = None,
        client_context: str | None = None,
        trace_header: str = "",
    ) -> Execution:
        """Run the function for one event and wait for the result.

        Raises Throttled, or CannotStart.
        """
        request_id = request_id or str(uuid.uuid4())
        invocation = Invocation(payload, function.arn, request_id, client_context, trace_header)
        environment = self._acquire(function)
        try:
            result = self._run(environment, invocation)
            begun, of_init = init_lines(environment)
            log = [*of_init, *log_lines(environment, invocation, result)]
        finally:
            self._release(environment)
        configuration = function.configuration
        self._host.write_log(configuration, environment.log_stream_name, [*begun, *log])
        return Execution(request_id, configuration.version, result, "".join(log))

    def end_run_after_call(self, access_key_id: str) -> bool:
        """Count an API call by its access key; True if a fault ended the run with it."""
        with self._changed:
            found = [one for one in self._environments if one.access_key_id == access_key_id]
        for environment in found:
            number, name = environment.next_call_number(), environment.configuration.function_name
            if number and self._faults.take("kill-after-calls", name, after_calls=number):
                environment.stop()
                return True
        return False

    def warm(self, function: Function) -> None:
        """Start an environment ahead of the first event, as AWS may do, if there is none yet."""
        configuration = function.configuration
        with self._changed:
            if self._closed or any(
                one.configuration == configuration and not one.retired for one in self._environments
            ):
                return
            environment = self._take(configuration)
        self._start(environment, function)
        with self._changed:
            self._give_back(environment)

    def retire(self, function_name: str) -> None:
        """End a function's idle environments; busy ones end when their event is done."""
        self._retire(lambda environment: environment.configuration.function_name == function_name)

    def retire_unused(self) -> None:
        """End the environments that have waited too long for an event."""
        limit = time.monotonic() - IDLE_LIMIT_SECONDS
        self._retire(lambda environment: self._is_idle(environment, since=limit))

    def clear(self) -> None:
        """End every environment, the busy ones in the middle of their event."""
        self._retire(lambda environment: True)
        with self._changed:
            busy = list(self._environments)
        for environment in busy:
            environment.stop()

    def prepare(self) -> None:
        """Make ready what environments begin as, for somebody is about to need it."""
        self._processes.prepare()

    def close(self) -> None:
        """End every environment for good and remove what they left on the disk."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.clear()
        self._api.close()
        self._processes.close()
        self._scratch.remove()

    def _acquire(self, function: Function) -> Environment:
        name, reserved = function.configuration.function_name, function.reserved_concurrency
        with self._changed:
            if reserved is not None and self._busy[name] >= reserved:
                raise Throttled(name, reserved)
            self._busy[name] += 1
        try:
            with self._changed:
                environment = self._take(function.configuration)
            if environment.pid is None:
                self._start(environment, function)
            return environment
        except BaseException:
            with self._changed:
                self._busy[name] -= 1
            raise

    def _run(self, environment: Environment, invocation: Invocation) -> Result:
        name = environment.configuration.function_name
        if self._faults.take("kill-at-start", name):
            environment.stop()
        result = environment.run(invocation)
        if result.status is None and self._faults.take("kill-at-end", name):
            environment.stop()
            return exited(invocation.request_id, KILLED)
        return result

    def _release(self, environment: Environment) -> None:
        with self._changed:
            self._busy[environment.configuration.function_name] -= 1
            self._give_back(environment)

    def _take(self, configuration: Configuration) -> Environment:
        """An idle environment, or else a new one, not started yet, as soon as there is room."""
        while not self._closed:
            idle = self._idle.get(configuration, [])
            while idle:
                environment = idle.pop()
                if environment.alive:
                    return environment
                self._forget(environment)
            if len(self._environments) < MAX_ENVIRONMENTS or self._evict():
                directory = self._scratch.path / uuid.uuid4().hex
                environment = Environment(configuration, directory, self._processes)
                self._environments.add(environment)
                return environment
            self._changed.wait()
        raise RuntimeError("The sandbox is ending")

    def _give_back(self, environment: Environment) -> None:
        if environment.alive and not environment.retired:
            self._idle.setdefault(environment.configuration, []).append(environment)
        else:
            self._forget(environment)
        self._changed.notify_all()

    def _is_idle(self, environment: Environment, *, since: float) -> bool:
        idle = self._idle.get(environment.configuration, [])
        return environment.idle_since < since and environment in idle

    def _evict(self) -> bool:
        for idle in self._idle.values():
            if idle:
                self._forget(idle.pop(0))
                return True
        return False

    def _retire(self, ends: Callable[[Environment], bool]) -> None:
        with self._changed:
            for environment in [one for one in self._environments if ends(one)]:
                environment.retired = True
                idle = self._idle.get(environment.configuration, [])
                if environment in idle:
                    idle.remove(environment)
                    self._forget(environment)
            self._idle = {key: idle for key, idle in self._idle.items() if idle}
            self._changed.notify_all()

    def _forget(self, environment: Environment) -> None:
        self._environments.discard(environment)
        self._api.remove(environment)
        environment.close()

    def _start(self, environment: Environment, function: Function) -> None:
        configuration = function.configuration
        try:
            variables = self._host.variables(configuration.role_arn, configuration.function_name)
            environment.start(
                self._runtime,
                self._scratch.unzip(function.code, sha256=configuration.code_sha256),
                {**variables, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            )
        except OSError as error:
            if error.errno in OF_THE_FUNCTION:
                return environment.refuse(str(error))
            with self._changed:
                self._forget(environment)
            hint = "Make room there" if error.errno == errno.ENOSPC else "Mend that"
            raise CannotStart(
                f"The sandbox cannot run {configuration.function_name} in {self._scratch.path}: "
                f"{error.strerror}. {hint}; what waits is not lost."
            ) from error
        except Exception as error:
            # A damaged or encrypted zip and its like: the function fails, and nothing else does.
            log.info("%s cannot be started: %r", configuration.function_name, error)
            return environment.refuse(str(error))
        self._api.add(environment)


def _processes(directory: Path) -> Processes:
    if sys.platform == "win32":
        from mailfanout.sandbox.runtime.jobs import Jobs

        return Jobs()
    from mailfanout.sandbox.runtime.nursery_client import Nursery

    return Nursery(directory, package_directories())
