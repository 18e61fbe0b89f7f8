"""Requests as bytes: what could be read in two ways is no request."""

from __future__ import annotations

import io

import pytest

from mailfanout.sandbox.http.heads import BadRequest, Head, read_chunks, read_head


def head_of(*lines: str, start: str = "POST /a%20b?x=%31 HTTP/1.1") -> Head:
    text = "\r\n".join([start, *lines]) + "\r\n\r\n"
    head = read_head(io.BytesIO(text.encode("latin-1")))
    assert head is not None
    return head


def test_a_head_is_read_as_it_was_written() -> None:
    head = head_of("Host: a", "Content-Length: 5", "X-Amz-Meta-a_b:  two  words ")

    request = head.request
    assert (request.method, request.raw_path, request.query) == ("POST", "/a%20b", "x=%31")
    assert request.headers["x-amz-meta-a_b"] == "two  words"
    assert (head.length, head.is_chunked, head.stays_open) == (5, False, True)


def test_nothing_is_no_request() -> None:
    assert read_head(io.BytesIO(b"")) is None


@pytest.mark.parametrize(
    "start",
    ["GET /", "GET / HTTP/2", "get / HTTP/1.1", "GET http://a/ HTTP/1.1", "GET /a b HTTP/1.1"],
)
def test_another_request_line_is_refused(start: str) -> None:
    with pytest.raises(BadRequest):
        head_of(start=start)


@pytest.mark.parametrize(
    "lines",
    [
        ["Host: a", "Host: b"],
        ["X-Amz-Target: A.B", "x-amz-target: A.C"],
        ["Authorization: a", "Authorization: a"],
        ["Content-Length: 1", "Content-Length: 1"],
        ["Content-Length: 1", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Content-Length: -1"],
        ["Content-Length: 0x5"],
        ["Content-Length: " + "9" * 5000],
        ["Host : a"],
        [" folded"],
        ["no colon"],
    ],
)
def test_a_head_with_two_meanings_is_refused(lines: list[str]) -> None:
    with pytest.raises(BadRequest):
        head_of(*lines)


def test_an_underscore_is_no_dash() -> None:
    assert "x-amz-target" not in head_of("X_Amz_Target: A.B").request.headers


@pytest.mark.parametrize("size", ["-5", "+5", "0x5", "5 5", "", "fffffffff"])
def test_a_chunk_without_a_plain_size_is_refused(size: str) -> None:
    with pytest.raises(BadRequest):
        read_chunks(io.BytesIO(f"{size}\r\nhello\r\n0\r\n\r\n".encode()), 100)


def test_chunks_are_read_up_to_a_limit() -> None:
    body = b"5\r\nhello\r\n0\r\n\r\n"

    assert read_chunks(io.BytesIO(body), 5) == b"hello"
    with pytest.raises(BadRequest):
        read_chunks(io.BytesIO(body), 4)
