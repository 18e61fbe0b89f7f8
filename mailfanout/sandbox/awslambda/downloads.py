"""Where a function's zip can be fetched, as GetFunction's Code.Location says: for ten minutes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from functools import cache

from mailfanout.sandbox.awslambda import deployed
from mailfanout.sandbox.runtime import NoSuchFunction

DOWNLOAD_PATH = "/_code/"
LIFETIME_SECONDS = 600


def code_path(function_arn: str) -> str:
    """The path of a function's zip, for whoever is told it."""
    end = int(time.time()) + LIFETIME_SECONDS
    return f"{DOWNLOAD_PATH}{end}/{_signature(end, function_arn)}/{function_arn}"


def code_at(path: str) -> bytes | None:
    """The zip at such a path; None if it never was one, or no longer is."""
    try:
        end, signature, function_arn = path.removeprefix(DOWNLOAD_PATH).split("/")
        is_valid = hmac.compare_digest(signature, _signature(int(end), function_arn))
        if not is_valid or int(end) < time.time():
            return None
        return deployed.find(function_arn).code_bytes
    except (ValueError, TypeError, NoSuchFunction):
        return None


def _signature(end: int, function_arn: str) -> str:
    return hmac.new(_key(), f"{end}/{function_arn}".encode(), hashlib.sha256).hexdigest()


@cache
def _key() -> bytes:
    return secrets.token_bytes(32)
