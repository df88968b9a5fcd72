# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The HTTP server: threads, keep-alive, 127.0.0.1 only."""

import logging
import socket
import threading
import time
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from local_aws.framework import clock
from local_aws.framework import front
from local_aws.framework import perf
from local_aws.framework import registry
from local_aws.framework.switches import SWITCHES

log = logging.getLogger("local_aws.server")

ENDPOINT = {"url": ""}  # of the running server; "" while none runs


class Handler(MotoRequestHandler):
    """Keep-alive, which werkzeug's own loop cannot do: it closes every connection and reads on after the request.

    Safe here because the front always reads the whole body and answers with one block of known length.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        self.environ = environ = self.make_environ()
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list, exc_info: Any = None) -> None:
            answer.update(status=int(status.split(" ", 1)[0]), headers=headers)

        try:
            body = b"".join(self.server.app(environ, start_response))
        except Exception:
            log.exception("%s %s", self.command, self.path)
            answer = {"status": 500, "headers": []}
            body = b"the local AWS crashed, see its log"
        if SWITCHES["answer_delay"] and not self.path.startswith("/_emu/"):
            time.sleep(SWITCHES["answer_delay"])
        self._write(answer["status"], answer["headers"], body)

    def _write(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        if self.server.stopping or environ_wants_close(self.environ):
            self.close_connection = True
        names = {name.lower() for name, _ in headers}
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        # A client that takes "now" from the service gets the virtual time.
        return super().date_time_string(clock.timestamp() if timestamp is None else timestamp)

    def log(self, type: str, message: str, *args: Any) -> None:
        pass  # the recorder knows every call


def environ_wants_close(environ: dict) -> bool:
    """Whether the client asked to close the connection."""
    return environ.get("HTTP_CONNECTION", "").lower() == "close"


class Server(ThreadedWSGIServer):
    """300 clients may connect at once: the usual backlog of 128 resets some of them."""

    request_queue_size = 1024
    daemon_threads = True
    stopping = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that went away

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        super().server_bind()


class Running:
    """A server with its ticker. url, port; stop()."""

    def __init__(self, port: int = 0):
        registry.load()
        self._server = Server("127.0.0.1", port, front.application, handler=Handler)
        # werkzeug binds in __init__ and takes the backlog from a module constant.
        self._server.socket.listen(Server.request_queue_size)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        ENDPOINT["url"] = self.url
        perf.keep()
        self._ticker = clock.Ticker()
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="local-aws-server"
        )

    def start(self) -> "Running":
        self._ticker.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.stopping = True
        self._server.shutdown()
        self._server.server_close()
        self._ticker.stop()
        self._thread.join(timeout=5)
