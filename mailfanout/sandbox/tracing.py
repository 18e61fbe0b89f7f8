"""X-Ray's trace header, in which Lambda counts how often an event has been through a function.

The SDKs send it along with the calls that a function makes, and S3, SQS and SNS hand it on.
See https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zlib import crc32

from mailfanout.sandbox.ids import new_hexadecimal

# So often a function is invoked in one chain of requests; the next invocation is stopped.
PASSES = 16

_WELL_FORMED = re.compile(r"[\w=;:|-]{1,512}", re.ASCII)
_PASSED = re.compile(r"(?:1:)?([0-9a-f]{8}):(\d{1,5})")

_current: ContextVar[str] = ContextVar("trace header", default="")


def current() -> str:
    """The trace header of what is done in this thread; empty if nobody sent one."""
    return _current.get()


@contextmanager
def following(header: str) -> Iterator[None]:
    """Do what is done meanwhile in the chain of requests that a header stands for."""
    token = _current.set(header if _WELL_FORMED.fullmatch(header) else "")
    try:
        yield
    finally:
        _current.reset(token)


def passes(header: str, function_arn: str) -> int:
    """How often the function was invoked in this chain of requests."""
    return _lineage(header).get(_short(function_arn), 0)


def least_passed(headers: Iterable[str], function_arn: str) -> str:
    """Of a batch's headers, that of the event which has been through the function least often."""
    return min(headers, key=lambda header: passes(header, function_arn), default="")


def passing(header: str, function_arn: str) -> str:
    """The header for one more invocation of the function."""
    lineage = _lineage(header)
    lineage[_short(function_arn)] = passes(header, function_arn) + 1
    root = _fields(header).get("Root") or f"1-{int(time.time()):08x}-{new_hexadecimal(24)}"
    written = "|".join(f"1:{name}:{count}" for name, count in lineage.items())
    return f"Root={root};Parent={new_hexadecimal(16)};Sampled=0;Lineage={written}"


def _fields(header: str) -> dict[str, str]:
    parts = (part.partition("=") for part in header.split(";"))
    return {name: value for name, _, value in parts}


def _lineage(header: str) -> dict[str, int]:
    return {name: int(count) for name, count in _PASSED.findall(_fields(header).get("Lineage", ""))}


def _short(function_arn: str) -> str:
    """A function, whatever its version, in eight digits."""
    return f"{crc32(':'.join(function_arn.split(':')[:7]).encode()):08x}"
