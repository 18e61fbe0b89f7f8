"""A running sandbox as its clients see it: where it is, its keys, and its own API."""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, get_type_hints
from urllib.parse import quote, urlencode, urlsplit

import psutil

from mailfanout.errors import InputError, SandboxBusy, SandboxEnded, SandboxUnavailable
from mailfanout.sandbox.control.endings import wait_until_ended
from mailfanout.sandbox.control.faults import Fault, read_fault
from mailfanout.sandbox.json_objects import Json

CALL_LIMIT_SECONDS = 10
ENDING_LIMIT_SECONDS = 2
LOOK_SECONDS = 0.05
PAGE_SIZE = 500


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: where it is, who may call it, and which process it is.

    Every method raises SandboxUnavailable if the sandbox does not answer, and InputError if an
    argument makes no sense.
    """

    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    region: str
    account_id: str
    pid: int
    process_started_at: float

    def __post_init__(self) -> None:
        """Raises TypeError or ValueError for what no sandbox has written into its state file."""
        for name, kind in get_type_hints(type(self)).items():
            if not isinstance(getattr(self, name), kind):
                raise TypeError(f"{name} is no {kind}")
        if not urlsplit(self.endpoint_url).port:
            raise ValueError("a sandbox has a port")
        if self.pid < 1:
            raise ValueError("a process id is a number from 1")

    def __repr__(self) -> str:
        return f"Sandbox({self.endpoint_url}, pid {self.pid})"

    def environment(self, others: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The variables with which any SDK works against this sandbox, added to the others."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            **_around_proxy(self.endpoint_url, others),
        }

    def calls(self) -> dict[str, dict[str, int]]:
        """How often each caller called each operation of AWS since the last reset.

        By caller, `learner` or the name of a function, then by `service:Operation`.
        """
        return dict(self.call("GET", "/calls"))

    def reset_calls(self) -> None:
        """Count the API calls from 0 again."""
        self.call("DELETE", "/calls")

    def mails(
        self, *, to: str | None = None, after: int = 0, longest: int | None = None
    ) -> Iterator[Json]:
        """The mails that SES accepted, oldest first, without the first `after`; fetched in pages.

        With `to`, those to that address alone, in To, Cc or Bcc. With `longest`, a subject, text
        or HTML with more characters is cut there, and ends in an ellipsis.
        """
        given = {"to": to, "longest": longest, "limit": PAGE_SIZE}
        while page := self.call("GET", _with("/mails", after=after, **given)):
            yield from page
            after += len(page)

    def count_mails(self, *, to: str | None = None) -> int:
        """How many mails SES accepted, or how many of them went to an address."""
        return int(self.call("GET", _with("/mails/count", to=to)))

    def mail_bytes(self, message_id: str) -> bytes:
        """A mail as it left SES, as RFC 5322 has it: what mail programs read as an .eml file."""
        return self._fetch("GET", f"/mails/{quote(message_id, safe='')}.eml")

    def reset(self) -> None:
        """Forget every resource, mail, log, count and fault; every setting is as at the start."""
        self.call("POST", "/reset")

    def settings(self) -> Json:
        """What may be changed while the sandbox runs: each setting with its value."""
        return dict(self.call("GET", "/settings"))

    def change_settings(self, **changes: Any) -> None:
        """Change settings by their names, all or none: `change_settings(time_scale=0.01)`."""
        self.call("PUT", "/settings", changes)

    def note(self) -> Any:
        """What was written down last since the sandbox was emptied; None if nothing was."""
        return next(iter(self.call("GET", "/note")), None)

    def write_note(self, note: Any) -> None:
        """Write down, as JSON, what others who work here are to know, until it is emptied."""
        self.call("PUT", "/note", note)

    def faults(self) -> tuple[Fault, ...]:
        """The faults that are still to come; `times` says how often."""
        return tuple(read_fault(document) for document in self.call("GET", "/faults"))

    def add_fault(self, fault: Fault) -> None:
        """Switch a fault on."""
        self.call("POST", "/faults", asdict(fault))

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self.call("DELETE", "/faults")

    def is_quiet(self) -> bool:
        """Whether no event waits or runs, and every polled queue is empty."""
        return bool(self.call("GET", "/status")["is_quiet"])

    def wait_until_quiet(self, *, timeout_seconds: float = 60) -> None:
        """Return when nothing moves: no event waits or runs, and every polled queue is empty.

        Raises SandboxBusy when that takes longer.
        """
        deadline = time.monotonic() + timeout_seconds
        while not (status := self.call("GET", "/status"))["is_quiet"]:
            if time.monotonic() > deadline:
                raise SandboxBusy(status["pending_events"], status["pending_messages"])
            time.sleep(LOOK_SECONDS)

    def require_answer(self) -> None:
        """Return if it answers at all, be it with a refusal: nothing is asked, nor signed."""
        try:
            self._open(urllib.request.Request(self.endpoint_url))
        except urllib.error.HTTPError as error:
            error.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the sandbox's own API under `/_sandbox`, signed; JSON in, JSON out."""
        try:
            return json.loads(self._fetch(method, path, body))
        except ValueError as error:
            raise self._does_not_answer("it sends no JSON") from error

    def _fetch(self, method: str, path: str, body: Any = None) -> bytes:
        try:
            return self._open(self._signed(method, f"{self.endpoint_url}/_sandbox{path}", body))
        except urllib.error.HTTPError as error:
            with error:
                reason = error.read().decode(errors="replace")
            if error.code in (400, 404) and reason.startswith('"'):
                raise InputError(json.loads(reason)) from error
            if self.is_gone():  # and another one, which knows none of these keys, has its port
                raise SandboxEnded(self.endpoint_url) from error
            raise SandboxUnavailable(f"The sandbox refuses {method} {path}: {reason}") from error

    def _open(self, request: urllib.request.Request) -> bytes:
        try:
            with _direct().open(request, timeout=CALL_LIMIT_SECONDS) as response:
                return bytes(response.read())
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException) as error:
            cause = error.reason if isinstance(error, urllib.error.URLError) else error
            if self.is_gone(soon=isinstance(cause, ConnectionError)):
                raise SandboxEnded(self.endpoint_url) from error
            raise self._does_not_answer(str(error)) from error

    def is_gone(self, *, soon: bool = False) -> bool:
        """Whether its process is. While that ends, it is still there, and nobody listens."""
        try:
            process = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            return True
        limit_seconds = ENDING_LIMIT_SECONDS if soon else 0
        return not wait_until_ended([process], limit_seconds=limit_seconds)

    def _does_not_answer(self, reason: str) -> SandboxUnavailable:
        return SandboxUnavailable(
            f"The sandbox (process {self.pid}) does not answer: {reason}. "
            "Type: mailfanout sandbox stop --now"
        )

    def _signed(self, method: str, url: str, body: Any) -> urllib.request.Request:
        # botocore takes a tenth of a second to import. `find` does without it.
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, url, data=data, headers={"Content-Type": "application/json"})
        credentials = Credentials(self.access_key_id, self.secret_access_key)
        SigV4Auth(credentials, "sandbox", self.region).add_auth(request)
        return urllib.request.Request(url, data or None, dict(request.headers), method=method)


@cache
def _direct() -> urllib.request.OpenerDirector:
    """Opens addresses on this machine without the user's proxy, which cannot reach them."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _around_proxy(endpoint_url: str, others: Mapping[str, str]) -> dict[str, str]:
    """What keeps other programs from calling the sandbox by a proxy; nothing if none would."""
    host = str(urlsplit(endpoint_url).hostname)
    exempt = others.get("no_proxy") or others.get("NO_PROXY") or ""
    is_exempt = exempt == "*" or host in exempt.replace(" ", "").split(",")
    if is_exempt or not urllib.request.getproxies():
        return {}
    value = f"{exempt},{host}" if exempt else host
    return {"NO_PROXY": value, "no_proxy": value}  # some programs read one, some the other


def _with(path: str, **parameters: str | int | None) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path
