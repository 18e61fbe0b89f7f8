"""HTTP: the server, one request as it arrives, and how the sandbox says no."""

from __future__ import annotations

from mailfanout.sandbox.http.refusals import AccessError, error_response, refusal, refuse_stranger
from mailfanout.sandbox.http.request import Request, Signature
from mailfanout.sandbox.http.server import HttpServer, read_body

__all__ = [
    "AccessError",
    "HttpServer",
    "Request",
    "Signature",
    "error_response",
    "read_body",
    "refusal",
    "refuse_stranger",
]
