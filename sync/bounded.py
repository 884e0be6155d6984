"""A web server of the standard library with bounds, for strangers too: how many, how long, and how much is read of each.

| bound                                             | beyond it                                                       |
|---------------------------------------------------|-----------------------------------------------------------------|
| so many clients at once, each a thread            | hung up on                                                      |
| three quarters of them from one address           | hung up on: somebody alone keeps nobody else out                 |
| `idle_seconds` until a request's first line is in | hung up on                                                      |
| `request_seconds` for the rest of it              | hung up on, however slowly it drips                             |
| `HEAD_BYTES` of first line and headers            | 431                                                             |

Of IPv6 an address is the first 64 bits, since a machine has as many of the others as it likes. A header that is none is answered
with 400, and a body that nobody reads ends the connection: a proxy before us may have seen the end of the request elsewhere, and
what it took for one register's body must not become the next one's request.
"""

from __future__ import annotations

import http.client
import http.server
import io
import ipaddress
import logging
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from types import MappingProxyType
from typing import Any, ClassVar, Final

from device.errors import TillsideError
from sync.timed import Timed

HEAD_BYTES: Final = 16 * 1024
ANSWER_SECONDS: Final = 30.0
"""For each piece of an answer to be taken."""
_QUIET_SECONDS: Final = 60.0

log = logging.getLogger("tillside.headquarters")


class BoundedServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], handler: Any, most_clients: int) -> None:
        self._most = most_clients
        self._most_of_one = max(1, most_clients * 3 // 4)
        self._here = Counter[str]()
        self._turn = threading.Lock()
        self._said: dict[str, float] = {}
        if ":" in place[0]:
            self.address_family = socket.AF_INET6
        super().__init__(place, handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @contextmanager
    def serving(self, name: str) -> Iterator[int]:
        """Serve in a thread of that name until left; the port it listens on."""
        self.start(name)
        try:
            yield self.port
        finally:
            self.stop()

    def start(self, name: str) -> None:
        """Serve in a thread of that name."""
        self._thread = threading.Thread(target=self.serve_forever, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        who = _neighbourhood(client_address[0])
        with self._turn:
            full = self._here.total() >= self._most or self._here[who] >= self._most_of_one
            if not full:
                self._here[who] += 1
        if full:
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._gone(who)  # no thread was to be had
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._gone(_neighbourhood(client_address[0]))

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request
        error = sys.exception()
        if isinstance(error, OSError | http.client.HTTPException):
            log.debug("the connection with %s ended early", client_address)
            return
        with self._turn:
            now, words = time.monotonic(), str(error)
            again = now - self._said.get(words, -_QUIET_SECONDS) < _QUIET_SECONDS
            if not again:
                self._said = {words: now}
        if isinstance(error, TillsideError):
            log.log(logging.DEBUG if again else logging.ERROR, "%s", error)
        else:
            log.error("a client was not answered", exc_info=error)

    def _gone(self, who: str) -> None:
        with self._turn:
            self._here[who] -= 1
            if not self._here[who]:
                del self._here[who]


class BoundedHandler(http.server.BaseHTTPRequestHandler):
    """What of a request is a body is read by `body`, or never."""

    server_version = "tillside"
    sys_version = ""
    idle_seconds: ClassVar[float] = 15.0
    request_seconds: ClassVar[float] = 60.0

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._line = Timed(self.connection)
        self.rfile = io.BufferedReader(self._line)

    def handle_one_request(self) -> None:
        self._line.until, self._line.left = time.monotonic() + self.idle_seconds, HEAD_BYTES
        try:
            super().handle_one_request()
        except (ConnectionError, http.client.HTTPException):
            self.close_connection = True

    def parse_request(self) -> bool:
        self._line.until = time.monotonic() + self.request_seconds
        if not super().parse_request():
            return False
        self._stays = not self.close_connection
        if _has_body(self.headers):
            self.close_connection = True
        if self.headers.defects:
            self.close_connection = True
            self.send_error(400, "that is no header")
            return False
        self.connection.settimeout(ANSWER_SECONDS)
        return True

    def body(self, length: int) -> bytes | None:
        """All of it, or None when it ended early."""
        self._line.left += length
        content = self.rfile.read(length)
        self.connection.settimeout(ANSWER_SECONDS)
        if len(content) < length:
            self.close_connection = True
            return None
        self.close_connection = not self._stays
        return content

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        """All of an answer, with its length and what more `headers` say."""
        self.send_response(status)
        for header in headers.items():
            self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        log.debug(format, *args)


def _has_body(headers: Message) -> bool:
    return "Transfer-Encoding" in headers or any(stated.strip() != "0" for stated in headers.get_all("Content-Length", []))


def _neighbourhood(address: str) -> str:
    """As which one client counts."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((int(known), 64), strict=False))
