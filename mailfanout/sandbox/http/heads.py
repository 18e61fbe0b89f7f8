"""Request lines, headers and chunks as bytes on a connection: strict, because they decide who asks.

Python's own reader is the email package's: it takes a seventh of the time of a call, and forgives.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import IO, NamedTuple

from mailfanout.sandbox.http.request import Request

MAX_LINE_BYTES = 2**16
MAX_HEADERS = 200

_REQUEST_LINE = re.compile(rb"([A-Z]+) (/[!-~\x80-\xff]*) HTTP/1\.([01])\r?\n")
_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Python reads numbers of thousands of digits slowly, or not at all.
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")

# What decides who calls, what is asked for, and where the body ends, stands in a request once.
_ONCE = frozenset(
    """
    authorization content-encoding content-length content-type host transfer-encoding
    x-amz-content-sha256 x-amz-date x-amz-security-token x-amz-target
    """.split()
)


class BadRequest(Exception):
    """What came is no request of HTTP/1.1, or could be read in two ways."""


class Head(NamedTuple):
    """A request whose body is still to be read: so many bytes of it, or chunks."""

    request: Request
    length: int
    is_chunked: bool
    stays_open: bool
    waits_to_send: bool


def read_head(stream: IO[bytes]) -> Head | None:
    """The next request's head; None if the client has hung up."""
    line = _line(stream)
    if not line:
        return None
    found = _REQUEST_LINE.fullmatch(line)
    if not found:
        raise BadRequest("The request line is none of HTTP/1.1")
    method, target, minor = found.groups()
    headers = _headers(stream)
    path, _, query = target.decode("latin-1").partition("?")
    connection = headers.get("connection", "").lower()
    stays_open = connection != "close" if minor == b"1" else connection == "keep-alive"
    length, is_chunked = _size(headers)
    waits = headers.get("expect", "").lower() == "100-continue"
    request = Request(method.decode(), path, query, headers, b"")
    return Head(request, length, is_chunked, stays_open, waits)


def read_chunks(stream: IO[bytes], limit: int) -> bytes:
    """A body that comes in chunks, of at most so many bytes."""
    chunks: list[bytes] = []
    total = 0
    while size := _chunk_size(stream):
        total += size
        if total > limit:
            raise BadRequest("The body is too large")
        chunks.append(stream.read(size))
        _line(stream)
    while _line(stream).strip():
        pass
    return b"".join(chunks)


def _headers(stream: IO[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = _line(stream)
        if line in (b"\r\n", b"\n"):
            return headers
        written, colon, rest = line.partition(b":")
        name = _name(written)
        if not (name and colon and rest.endswith(b"\n")):
            raise BadRequest("A header is none of HTTP/1.1")
        value = rest[:-1].removesuffix(b"\r").strip(b" \t").decode("latin-1")
        if name in headers:
            if name in _ONCE:
                raise BadRequest(f"The header {name} is given twice")
            value = f"{headers[name]},{value}"
        headers[name] = value
    raise BadRequest("There are too many headers")


@lru_cache(maxsize=256)
def _name(written: bytes) -> str:
    """A header's name in lower case, empty if it is none: clients write the same few always."""
    return written.decode().lower() if _HEADER_NAME.fullmatch(written) else ""


def _size(headers: dict[str, str]) -> tuple[int, bool]:
    length, encoding = headers.get("content-length"), headers.get("transfer-encoding")
    if encoding is None:
        if not _LENGTH.fullmatch(length or "0"):
            raise BadRequest("The Content-Length is no number")
        return int(length or 0), False
    if length is not None or encoding.lower() != "chunked":
        raise BadRequest("It is not clear where the body ends")
    return 0, True


def _chunk_size(stream: IO[bytes]) -> int:
    text = _line(stream).partition(b";")[0].strip()
    if not _CHUNK_SIZE.fullmatch(text):
        raise BadRequest("A chunk has no size")
    return int(text, 16)


def _line(stream: IO[bytes]) -> bytes:
    line = stream.readline(MAX_LINE_BYTES + 1)
    if len(line) > MAX_LINE_BYTES:
        raise BadRequest("A line is too long")
    return line
