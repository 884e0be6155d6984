"""A web server of the standard library with a bound: so many clients at once, a thread each; one more is hung up on."""

from __future__ import annotations

import http.server
import logging
import threading
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
