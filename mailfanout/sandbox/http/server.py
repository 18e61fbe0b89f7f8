"""HTTP for the sandbox: one thread per connection, which stays open from call to call.

A server that keeps its open connections apart from its threads hands every call from one thread
to another and back, and spends twice as much on it.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import IO, Any, ClassVar, cast

from mailfanout.sandbox.http.heads import BadRequest, Head, read_chunks, read_head
from mailfanout.sandbox.http.request import Answer, Request

IDLE_LIMIT_SECONDS = 60

# What is read of a body that nobody wants, so that its sender listens to the answer.
DISCARDED_BYTES = 2**20

log = logging.getLogger(__name__)

# The answer to a call that is refused by its head, or how many bytes its body may have.
Admission = Answer | int


class HttpServer(ThreadingTCPServer):
    """Serves an application on 127.0.0.1, between `serve` and `stop`.

    It has the wanted `port`, or any, if another program has that. `admit` sees each request without
    its body, and says how large that may be, or refuses.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    # On Windows this would let another program take the port, too.
    allow_reuse_address = sys.platform != "win32"

    def __init__(
        self,
        application: Callable[[Request], Answer],
        *,
        admit: Callable[[Request], Admission],
        port: int = 0,
    ) -> None:
        self.application = application
        self.admit = admit
        try:
            super().__init__(("127.0.0.1", port), Connection)
        except OSError:
            super().__init__(("127.0.0.1", 0), Connection)

    @property
    def url(self) -> str:
        host, port = self.socket.getsockname()
        return f"http://{host}:{port}"

    def serve(self) -> None:
        """Answer calls until another thread calls `stop`."""
        with self:
            self.serve_forever(poll_interval=60)

    def stop(self) -> None:
        """Accept no more connections. Calls under way go on while the process does.

        Looking often whether to stop would keep an idle machine busy: a connection tells.
        """
        stopping = threading.Thread(target=self.shutdown)
        stopping.start()
        while stopping.is_alive():
            with suppress(OSError):  # it listens no more
                socket.create_connection(self.socket.getsockname(), timeout=1).close()
            stopping.join(0.01)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up, and a reply that a fault loses, end a connection; no more.
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            log.exception("A connection of %s failed", client_address)


class Connection(StreamRequestHandler):
    """Headers and body leave in one write: two would wait 40 ms for a delayed acknowledgement."""

    server: HttpServer
    timeout: ClassVar[float | None] = IDLE_LIMIT_SECONDS
    disable_nagle_algorithm = True

    def handle(self) -> None:
        stays_open = True
        while stays_open:
            try:
                head = read_head(cast(IO[bytes], self.rfile))
            except BadRequest as error:
                self._send(Answer(400, {"Content-Type": "text/plain"}, str(error).encode()))
                return
            stays_open = head is not None and self._answer(head)

    def _answer(self, head: Head) -> bool:
        """Answer one call; whether the connection can bear another one."""
        admission = self.server.admit(head.request)
        if isinstance(admission, int) and head.length > admission:
            admission = Answer(413, {"Content-Type": "text/plain"}, b"The body is too large")
        if isinstance(admission, Answer):
            return self._turn_away(head, admission)
        if head.waits_to_send:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = (
                read_chunks(cast(IO[bytes], self.rfile), admission)
                if head.is_chunked
                else self._body(head)
            )
        except BadRequest as error:
            return self._turn_away(head, Answer(400, {}, str(error).encode()))
        request = head.request.with_body(body) if body else head.request
        self._send(self.server.application(request), head, stays_open=head.stays_open)
        return head.stays_open

    def _body(self, head: Head) -> bytes:
        body = self.rfile.read(head.length) if head.length else b""
        if len(body) < head.length:
            raise ConnectionResetError("The client hung up before its body was whole")
        return body

    def _turn_away(self, head: Head, answer: Answer) -> bool:
        """Answer without the body, of which no more is read than is cheap."""
        reads = not (head.is_chunked or head.waits_to_send) and head.length <= DISCARDED_BYTES
        if reads and head.length:
            self.rfile.read(head.length)
        stays_open = reads and head.stays_open
        self._send(answer, head, stays_open=stays_open)
        return stays_open

    def _send(self, answer: Answer, head: Head | None = None, *, stays_open: bool = False) -> None:
        names = {name.lower() for name in answer.headers}
        lines = [f"HTTP/1.1 {answer.status} {answer.phrase}"]
        if "date" not in names:
            lines.append(f"Date: {_date(int(time.time()))}")
        if "content-length" not in names:
            lines.append(f"Content-Length: {len(answer.body)}")
        if not stays_open:
            lines.append("Connection: close")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        text = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        has_body = head is None or head.request.method != "HEAD"
        self.wfile.write(text + answer.body if has_body else text)


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
