# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The HTTP server: threads, keep-alive, 127.0.0.1 only."""

import socket
import threading
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from local_aws import clock
from local_aws import front


class Handler(MotoRequestHandler):
    """Keep-alive is safe here because the front always reads the whole body and always sends a Content-Length."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_expect_100(self) -> bool:
        return True  # werkzeug sends the 100 itself

    def send_header(self, keyword: str, value: str) -> None:
        # werkzeug closes every connection; http.server takes this header as the order to do so.
        if keyword.lower() == "connection" and value.lower() == "close" and not self.server.stopping:
            return
        super().send_header(keyword, value)

    def log(self, type: str, message: str, *args: Any) -> None:
        pass  # the recorder knows every call


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
        front.load_operations()
        self._server = Server("127.0.0.1", port, front.application, handler=Handler)
        # werkzeug binds in __init__ and takes the backlog from a module constant.
        self._server.socket.listen(Server.request_queue_size)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
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
