"""An address that is none, and a server that is not AWS's, end in a line that says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mailfanout.errors import EndpointUnavailable, InputError, OperationMissing
from mailfanout.target import Target, connect, connection, explain

pytestmark = pytest.mark.slow

PAGE = b"<html><body>It works!</body></html>"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


class WebServer(BaseHTTPRequestHandler):
    """Answers every call with a page, and with the status that the server has."""

    status = 200

    def do_POST(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def web_server() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), WebServer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def connect_to(address: str, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    return connect("endpoint")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:port",
        "http://[::1",
        "http://two words",
    ],
)
def test_what_is_no_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="Set AWS_ENDPOINT_URL, for example"):
        connect_to(address, monkeypatch)


def test_a_web_server_lacks_what_is_called(
    web_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = connect_to(f"http://127.0.0.1:{web_server}", monkeypatch)

    with pytest.raises(OperationMissing, match="lacks sts:GetCallerIdentity"):
        target.caller()


def test_a_page_is_no_answer_of_a_service_that_speaks_json(
    web_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = connect_to(f"http://127.0.0.1:{web_server}", monkeypatch).client("sqs")

    with pytest.raises(OperationMissing, match=r"lacks sqs:CreateQueue \(no answer of AWS's form"):
        sqs.create_queue(QueueName="q")
    monkeypatch.setattr(WebServer, "status", 403)
    with pytest.raises(ClientError) as refused:
        sqs.create_queue(QueueName="q")

    said = explain(refused.value)
    assert said.startswith("CreateQueue got HTTP status 403, and no answer of AWS's form: a proxy")
    assert "html" not in said


def test_a_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = connection._IMPATIENT_CONFIG.merge(Config(read_timeout=0.2))
    monkeypatch.setattr(connection, "_IMPATIENT_CONFIG", impatient)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        target = connect_to(f"http://127.0.0.1:{port}", monkeypatch)

        with pytest.raises(EndpointUnavailable, match="Nobody answers"):
            target.caller()
