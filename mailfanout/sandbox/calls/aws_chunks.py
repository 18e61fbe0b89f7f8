"""S3's uploads in chunks (`aws-chunked`), which an SDK signs one by one or ends with a checksum.

See https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

import io
import re
from typing import NamedTuple

from mailfanout.sandbox.calls.post_forms import is_post_form
from mailfanout.sandbox.http import ApiError, Refused, Request

_DECODED_LENGTH = "x-amz-decoded-content-length"
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")


class Chunks(NamedTuple):
    """What stands in each chunk, with its signature, if it has one; and the headers behind them.

    The last chunk is the empty one.
    """

    signed: list[tuple[bytes, str]]
    trailers: list[tuple[str, str]]


def check_length(head: Request) -> None:
    """Whether an upload's head says how long its object is. Raises ApiError."""
    if head.method not in ("PUT", "POST") or _DECODED_LENGTH in head.headers:
        return
    if "transfer-encoding" in head.headers:
        words = "A header you provided implies functionality that is not implemented"
        raise ApiError("NotImplemented", words, 501, members={"Header": "Transfer-Encoding"})
    is_measured = "content-length" in head.headers and not _is_in_chunks(head)
    is_upload = head.method == "PUT" and "x-amz-copy-source" not in head.headers
    if not is_measured and (is_upload or is_post_form(head)):
        words = "You must provide the Content-Length HTTP header."
        raise ApiError("MissingContentLength", words, 411)


def plain_body(request: Request) -> tuple[bytes, dict[str, str]]:
    """The body itself, and the headers with those that follow the last chunk. Raises Refused."""
    headers = dict(request.headers)
    encodings = [one.strip() for one in headers.get("content-encoding", "").split(",")]
    if not _is_in_chunks(request):
        return request.body, headers
    left = [one for one in encodings if one not in ("", "aws-chunked")]
    headers["content-encoding"] = ",".join(left)
    if not left:
        del headers["content-encoding"]
    chunks = read_chunks(request.body)
    body = b"".join(content for content, _ in chunks.signed)
    if headers.get(_DECODED_LENGTH, str(len(body))) != str(len(body)):
        raise Refused("malformed", "The body is not as long as x-amz-decoded-content-length says.")
    announced = {one.strip() for one in headers.get("x-amz-trailer", "").lower().split(",")}
    headers.update((name, value) for name, value in chunks.trailers if name in announced)
    return body, headers


def read_chunks(body: bytes) -> Chunks:
    """The chunks of a body. Raises Refused."""
    stream, chunks = io.BytesIO(body), []
    while True:
        size, signature = _head(stream)
        chunks.append((stream.read(size), signature))
        if size == 0:
            break
        if stream.readline() != b"\r\n":
            raise Refused("malformed", "A chunk is not as long as it says.")
    trailers = []
    for line in stream.read().decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name:
            trailers.append((name.strip().lower(), value.strip()))
    return Chunks(chunks, trailers)


def _is_in_chunks(head: Request) -> bool:
    return head.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")


def _head(stream: io.BytesIO) -> tuple[int, str]:
    found = _SIZE.fullmatch(stream.readline())
    if not found:
        raise Refused("malformed", "A chunk has no size.")
    return int(found[1], 16), (found[2] or b"").decode()
