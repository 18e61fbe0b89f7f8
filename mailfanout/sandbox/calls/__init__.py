"""A call as AWS's own model of the service reads it: once, or not at all if it has two meanings.

What was read is what is checked, counted and done; nobody after this room looks at the request.
"""

from __future__ import annotations

from mailfanout.sandbox.calls.api_call import ApiCall, make_call
from mailfanout.sandbox.calls.aws_chunks import check_length, read_chunks
from mailfanout.sandbox.calls.json_values import is_too_deep, no_number, read_json
from mailfanout.sandbox.calls.limits import WORDS, check_limits
from mailfanout.sandbox.calls.mailboxes import bare_address, identity_for, mail_headers, mailboxes
from mailfanout.sandbox.calls.names import task_names
from mailfanout.sandbox.calls.post_forms import (
    PostForm,
    by_form,
    is_by_form,
    is_post_form,
    missing_field,
    read_post_form,
)
from mailfanout.sandbox.calls.reading import read_call, regions
from mailfanout.sandbox.calls.speech import speech_of
from mailfanout.sandbox.calls.violations import violated

__all__ = [
    "WORDS",
    "ApiCall",
    "PostForm",
    "bare_address",
    "by_form",
    "check_length",
    "check_limits",
    "identity_for",
    "is_by_form",
    "is_post_form",
    "is_too_deep",
    "mail_headers",
    "mailboxes",
    "make_call",
    "missing_field",
    "no_number",
    "read_call",
    "read_chunks",
    "read_json",
    "read_post_form",
    "regions",
    "speech_of",
    "task_names",
    "violated",
]
