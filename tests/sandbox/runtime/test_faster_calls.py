"""What the template makes faster for functions gives them what it gave them before."""

from __future__ import annotations

import io
from http.client import HTTPMessage
from importlib.util import find_spec, module_from_spec
from typing import Any

import pytest

from mailfanout.sandbox.runtime.template import MANY_HEADERS, headers_reader

PLAIN = b"Date: Fri, 27 Nov 2026 01:07:47 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"


@pytest.mark.parametrize(
    "head",
    [
        PLAIN + b"\r\n",
        PLAIN + b"empty:\r\nX: \t spaces  \r\nx: twice\r\n\r\n",
        PLAIN + b"folded: one\r\n two\r\n\r\n",
        PLAIN + b"no colon\r\nA: b\r\n\r\n",
        PLAIN + b"other: \xe4\r\nA: b\rC: d\r\n\r\n",
        PLAIN + b"lines: that end so\n\n",
        PLAIN + b"no end: of all\r\n",
        b"content-type: Multipart/mixed; boundary=a\r\n" + PLAIN + b"\r\n",
        PLAIN * MANY_HEADERS + b"\r\n",
        PLAIN + b"long: " + b"a" * 2**16 + b"\r\n\r\n",
        b"\r\n",
    ],
)
def test_headers_are_what_the_email_package_makes_of_them(head: bytes) -> None:
    parse_headers = pythons_own_parser()

    assert read(headers_reader(parse_headers), head) == read(parse_headers, head)


def pythons_own_parser() -> Any:
    """That of another copy of its module: tests have the faster one, too."""
    spec = find_spec("http.client")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.parse_headers


def read(parse: Any, head: bytes) -> tuple[str, bytes]:
    """The message, or what is raised, and what is left in the stream for the body."""
    stream = io.BytesIO(head + b"The body")
    try:
        # As a server of Python's names the class; a client leaves it out.
        found = str(vars(parse(stream, _class=HTTPMessage)))
    except Exception as error:
        found = repr(error)
    return found, stream.read()
