"""The signatures of an upload in chunks, each of which is made with the one before it.

See https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from mailfanout.sandbox.calls import read_chunks
from mailfanout.sandbox.http import Request, Signature

_KIND = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_TRAILER_SIGNATURE = "x-amz-trailer-signature"
_NOTHING = sha256(b"").hexdigest()


def is_signed_in_chunks(request: Request) -> bool:
    """Whether the head says that each chunk of the body is signed."""
    return request.headers.get("x-amz-content-sha256", "").startswith(_KIND)


def are_signed(request: Request, head: Signature, key: bytes, scope: str) -> bool:
    """Whether the chunks, and what follows them if that is to be signed, go on from the head."""
    chunks = read_chunks(request.body)
    before, told = head.signature, []
    for content, signature in chunks.signed:
        lines = ["PAYLOAD", head.timestamp, scope, before, _NOTHING, sha256(content).hexdigest()]
        before = _signed(key, lines)
        told.append((before, signature))
    if request.headers["x-amz-content-sha256"] == f"{_KIND}-TRAILER":
        named = [one for one in chunks.trailers if one[0] != _TRAILER_SIGNATURE]
        trailers = "".join(f"{name}:{value}\n" for name, value in named)
        digest = sha256(trailers.encode()).hexdigest()
        signature = dict(chunks.trailers).get(_TRAILER_SIGNATURE, "")
        told.append((_signed(key, ["TRAILER", head.timestamp, scope, before, digest]), signature))
    return all(hmac.compare_digest(*one) for one in told)


def _signed(key: bytes, lines: list[str]) -> str:
    text = "AWS4-HMAC-SHA256-" + "\n".join(lines)
    return hmac.digest(key, text.encode(), "sha256").hex()
