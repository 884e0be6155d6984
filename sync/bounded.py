"""A web server of the standard library with a bound: so many clients at once, a thread each; one more is hung up on."""

from __future__ import annotations

import http.server
import io
import logging
import socket
import threading
import time
from typing import Any

log = logging.getLogger("tillside.headquarters")


class BoundedServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], handler: Any, most_clients: int) -> None:
        self._room = threading.BoundedSemaphore(most_clients)
        super().__init__(place, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request
        log.debug("the connection with %s ended early", client_address)


class Timed(io.RawIOBase):
    """Reads a socket until a moment, however many pieces it comes in."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.until = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)
