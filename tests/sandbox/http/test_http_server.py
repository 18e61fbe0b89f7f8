"""HTTP as SDKs speak it, and what becomes of a connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from typing import Any

import pytest

from mailfanout.sandbox.http.request import Answer, Request
from mailfanout.sandbox.http.server import Admission, HttpServer

Serve = Callable[[Callable[[Request], bytes]], HTTPConnection]
LARGEST_BODY_BYTES = 1000


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves what a function of the request answers; returns a connection to it."""
    servers: list[HttpServer] = []
    connections: list[HTTPConnection] = []
    threads: list[threading.Thread] = []

    def start(answer: Callable[[Request], bytes]) -> HTTPConnection:
        def application(request: Request) -> Answer:
            return Answer(200, {"Content-Type": "text/plain"}, answer(request))

        servers.append(HttpServer(application, admit=admit))
        threads.append(threading.Thread(target=servers[-1].serve))
        threads[-1].start()
        connections.append(HTTPConnection(servers[-1].url.removeprefix("http://"), timeout=10))
        return connections[-1]

    yield start
    for connection in connections:
        connection.close()
    for server in servers:
        server.stop()
    for thread in threads:
        thread.join()


def admit(head: Request) -> Admission:
    """Everybody but strangers."""
    return Answer(403, {}, b"no") if head.raw_path == "/stranger" else LARGEST_BODY_BYTES


def call(connection: HTTPConnection, method: str, path: str = "/", **options: Any) -> HTTPResponse:
    connection.request(method, path, **options)
    return connection.getresponse()


def test_connection_stays_open_from_call_to_call(serve: Serve) -> None:
    connection = serve(lambda request: b"hello")

    assert call(connection, "GET").read() == b"hello"
    first = connection.sock
    assert call(connection, "POST", body=b"more").read() == b"hello"
    assert connection.sock is first


def test_calls_on_two_connections_run_at_once(serve: Serve) -> None:
    both = threading.Barrier(2, timeout=10)
    one = serve(lambda request: str(both.wait()).encode())
    other = HTTPConnection(one.host, one.port, timeout=10)

    one.request("GET", "/")
    other.request("GET", "/")

    assert {one.getresponse().read(), other.getresponse().read()} == {b"0", b"1"}
    other.close()


def test_path_and_query_arrive_as_they_were_sent(serve: Serve) -> None:
    connection = serve(lambda request: f"{request.raw_path} {request.query}".encode())

    assert call(connection, "GET", "/a%20b?x=%31").read() == b"/a%20b x=%31"


def test_body_that_comes_in_chunks_is_read_whole(serve: Serve) -> None:
    connection = serve(lambda request: request.body)

    answer = call(connection, "PUT", body=iter([b"one ", b"two"]), encode_chunked=True)

    assert answer.read() == b"one two"
    assert call(connection, "PUT", body=b"three").read() == b"three"


def test_client_that_asks_whether_to_send_its_body_is_told_at_once(serve: Serve) -> None:
    connection = serve(lambda request: request.body)
    address = connection.host, connection.port
    with socket.create_connection(address, timeout=10) as client:
        head = "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        client.sendall(head.encode())

        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"body")
        assert client.recv(1000).endswith(b"\r\n\r\nbody")


def test_answer_to_head_has_the_length_and_no_body(serve: Serve) -> None:
    answer = call(serve(lambda request: b"hello"), "HEAD")

    assert answer.headers["Content-Length"] == "5"
    assert answer.read() == b""


def test_answer_carries_its_date(serve: Serve) -> None:
    assert call(serve(lambda request: b""), "GET").headers["Date"].endswith(" GMT")


def test_lost_reply_ends_the_connection_and_nothing_else(serve: Serve) -> None:
    def lose_one(request: Request) -> bytes:
        if request.raw_path == "/lost":
            raise ConnectionResetError
        return b"hello"

    connection = serve(lose_one)

    with pytest.raises(RemoteDisconnected):
        call(connection, "GET", "/lost")
    assert call(connection, "GET").read() == b"hello"


def test_stranger_is_turned_away_before_the_body_is_read(serve: Serve) -> None:
    connection = serve(lambda request: b"hello")
    with socket.create_connection((connection.host, connection.port), timeout=10) as client:
        client.sendall(b"PUT /stranger HTTP/1.1\r\nHost: x\r\nContent-Length: 150000000\r\n\r\n")

        assert client.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_body_that_is_larger_than_allowed_is_refused_unread(serve: Serve) -> None:
    connection = serve(lambda request: b"hello")
    with socket.create_connection((connection.host, connection.port), timeout=10) as client:
        client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 150000000\r\n\r\n")

        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_small_body_of_a_stranger_leaves_the_connection_open(serve: Serve) -> None:
    connection = serve(lambda request: b"hello")

    assert call(connection, "PUT", "/stranger", body=b"x").read() == b"no"
    assert call(connection, "GET").read() == b"hello"
