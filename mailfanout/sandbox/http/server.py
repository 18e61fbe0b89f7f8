"""HTTP for the sandbox: one thread per connection, which stays open from call to call.

A server that keeps its open connections apart from its threads hands every call from one thread
to another and back, and spends twice as much on it.
"""

from __future__ import annotations

import io
import logging
import sys
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

IDLE_LIMIT_SECONDS = 60

log = logging.getLogger(__name__)


class HttpServer(ThreadingTCPServer):
    """Serves a WSGI application on a free port of 127.0.0.1, between `serve` and `stop`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        super().__init__(("127.0.0.1", 0), _Connection)

    @property
    def url(self) -> str:
        host, port = self.socket.getsockname()
        return f"http://{host}:{port}"

    def serve(self) -> None:
        """Answer calls until another thread calls `stop`."""
        with self:
            self.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Accept no more connections. Calls under way go on while the process does."""
        self.shutdown()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up, and a reply that a fault loses, end a connection; no more.
        if not isinstance(sys.exception(), ConnectionError):
            log.exception("A connection of %s failed", client_address)


class _Connection(BaseHTTPRequestHandler):
    """Headers and body leave in one write: two would wait 40 ms for a delayed acknowledgement."""

    server: HttpServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_LIMIT_SECONDS
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Hand the call to the application, and send what it answers."""
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_exc_info: Any) -> Any:
            head[:] = status, headers

        chunks = self.server.application(self._environ(), start_response)
        try:
            body = b"".join(chunks)
        finally:
            if close := getattr(chunks, "close", None):
                close()
        self._send(head[0], head[1], body)

    # http.server looks for a method of this name.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def handle_expect_100(self) -> bool:
        """The client waits for this before it sends its body."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the gateway counts the calls."""

    def _environ(self) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        body = read_body(self)
        environ = {
            "REQUEST_METHOD": self.command,
            "REQUEST_URI": self.path,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        # The body is whole by now, however it came.
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return environ

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        names = {name.lower() for name, _ in headers}
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def read_body(request: BaseHTTPRequestHandler) -> bytes:
    """The body of a request, whole, also where it comes in chunks."""
    stream = request.rfile
    if request.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return stream.read(int(request.headers.get("Content-Length") or 0))
    chunks = []
    while size := int(stream.readline().partition(b";")[0], 16):
        chunks.append(stream.read(size))
        stream.readline()
    while stream.readline().strip():
        pass
    return b"".join(chunks)
