"""HTTP: the server, one request as it arrives, and how the sandbox says no."""

from __future__ import annotations

from mailfanout.sandbox.http.refusals import (
    ApiError,
    Protocol,
    Refused,
    Speech,
    WasReset,
    error_answer,
    in_xml,
    refuse_stranger,
    worded,
)
from mailfanout.sandbox.http.request import Answer, Request
from mailfanout.sandbox.http.server import Admission, Connection, HttpServer
from mailfanout.sandbox.http.signature import Signature, wrong_expires

__all__ = [
    "Admission",
    "Answer",
    "ApiError",
    "Connection",
    "HttpServer",
    "Protocol",
    "Refused",
    "Request",
    "Signature",
    "Speech",
    "WasReset",
    "error_answer",
    "in_xml",
    "refuse_stranger",
    "worded",
    "wrong_expires",
]
