"""Headquarters' end of HTTPS: takes a register's batch as the body of a POST and answers it once it is committed.

| request                                         | reply                                                                 |
|-------------------------------------------------|-----------------------------------------------------------------------|
| `POST /tillside/sync/v1/DEVICE/up/receipts`     | 200 and the acknowledgement: kept, or refused and in quarantine       |
| `GET` of the same path                          | 204: DEVICE may post here                                             |
| `POST` of `.../up/health`                       | the same for how the register is                                      |
| `POST` of `.../up/forgotten`                    | 200 and a page of the list of the forgotten (`sync.forget_list`)      |
| any, with the certificate of another            | 403                                                                   |
| any, once the list of the revoked has changed   | 503: the register shows its certificate anew                          |
| a batch of more than 1 MB, or without a length  | 413, 411                                                              |
| while the central store cannot be written       | 503: the register keeps its receipts and comes again                  |

Where this process has the bundle repository, replies name the newest version of it in a header, `Tillside-Bundles`.

Who the register is, its certificate says: mutual TLS, the common name is the `device`. The path names it too, and must agree.
Without a certificate of our own there is no TLS and the path alone is believed, so that is for this machine itself only.

A request's thread does nothing but read and wait: the batch goes into the queue that the ingest polls, so the batches of many
registers become one transaction, as over MQTT.

Limits: `MAX_CLIENTS` connections, each a thread with at most one batch; 10 s for the handshake, 60 s for a whole request however
slowly it drips in, 15 s without one, and what `sync.bounded` says; who finds no place comes back with its register's back-off.
"""

from __future__ import annotations

import itertools
import logging
import queue
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from device.errors import SyncError
from sync import envelope, forget_list
from sync.bounded import BoundedHandler, BoundedServer
from sync.carrier import Event, Message
from sync.link import MAX_EVENTS
from sync.mutual_tls import MutualTls

MAX_CLIENTS: Final = 64
HANDSHAKE_SECONDS: Final = 10.0
REQUEST_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 15.0
SETTLE_SECONDS: Final = 20.0
"""Within this the ingest has taken a batch up, or the register comes again."""
_POSTED: Final = -1
"""The connection of its messages: no number of the broker's."""
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

log = logging.getLogger("tillside.headquarters")


class _Waiting:
    """A request whose batch is with the ingest."""

    def __init__(self, topic: str, device: str, payload: bytes) -> None:
        self.topic = forget_list.answer_topic(topic, device)
        self.sha256 = envelope.fingerprint(payload)
        self.answer: bytes | None = None
        self.settled = threading.Event()


class Postbox:
    """`identity`: CA, certificate and key files. `events`: a queue that is shared with another door.

    `newest`: asked by any thread for the version of what is published, None: nobody knows.
    """

    def __init__(
        self,
        host: str,
        port: int,
        identity: tuple[str, str, str] | None,
        events: queue.Queue[Event] | None = None,
        newest: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.newest = newest
        self._place = (host, port)
        self._identity = identity
        self._events: queue.Queue[Event] = queue.Queue(MAX_EVENTS) if events is None else events
        self._waiting: dict[int, _Waiting] = {}
        self._turn = threading.Lock()
        self._numbers = itertools.count(1)

    def open(self) -> Self:
        """Listen; SyncError with one sentence when that cannot be."""
        host, port = self._place
        if self._identity is None and host not in LOOPBACK:
            raise SyncError(
                f"receipts over http without TLS are taken on this machine itself only, not at {host}: "
                "name --ca-file, --certificate-file and --key-file"
            )
        tls = None if self._identity is None else MutualTls.of(*self._identity)
        try:
            self._server = _Server((host, port), tls, self)
        except OSError as error:
            why = error.strerror or str(error)
            raise SyncError(f"receipts cannot be taken at {host}:{port} ({why}): name another with --https-port") from error
        self._server.start("postbox")
        return self

    def __str__(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{'http' if self._identity is None else 'https'}://{host!s}:{port}"

    @property
    def port(self) -> int:
        return self._server.port

    def next(self, seconds: float) -> Event | None:
        try:
            return self._events.get(timeout=seconds) if seconds > 0 else self._events.get_nowait()
        except queue.Empty:
            return None

    def publish(self, topic: str, payload: bytes) -> bool:
        """Answer every request that waits with these bytes; False when none does. What answers no bytes goes nowhere."""
        sha256 = forget_list.answered(payload)
        with self._turn:
            meant = [one for one in self._waiting.values() if (one.topic, one.sha256) == (topic, sha256)]
            for waiting in meant:
                waiting.answer = payload
        return bool(meant)

    def settle(self, message: Message) -> None:
        if message.connection != _POSTED:
            return
        with self._turn:
            waiting = self._waiting.get(message.mid)
        if waiting is not None:
            waiting.settled.set()

    def close(self) -> None:
        self._server.stop()
        with self._turn:
            for waiting in self._waiting.values():
                waiting.settled.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def deliver(self, topic: str, device: str, payload: bytes) -> bytes | None:
        """Called by a request's thread: its acknowledgement, or None when nothing was committed in time."""
        waiting = _Waiting(topic, device, payload)
        with self._turn:
            number = next(self._numbers)
            self._waiting[number] = waiting
        try:
            self._events.put_nowait(Message(topic, payload, number, _POSTED))
            waiting.settled.wait(SETTLE_SECONDS)
        except queue.Full:
            pass
        finally:
            with self._turn:
                del self._waiting[number]
        return waiting.answer


class _Server(BoundedServer):
    def __init__(self, place: tuple[str, int], tls: MutualTls | None, postbox: Postbox) -> None:
        self.tls = tls
        self.postbox = postbox
        super().__init__(place, _Request, MAX_CLIENTS)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the request's own thread: a client that stops in the middle of the handshake holds up nobody.
        request.settimeout(HANDSHAKE_SECONDS)
        if self.tls is None:
            _Request(request, client_address, self)
            return
        with self.tls.context().wrap_socket(request, server_side=True) as secret:
            _Request(secret, client_address, self)


class _Request(BoundedHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    idle_seconds = IDLE_SECONDS
    request_seconds = REQUEST_SECONDS
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        if self._device() is not None:
            self.send_response(204)
            for header in self._newest().items():
                self.send_header(*header)
            self.end_headers()

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        device = self._device()
        length = None if device is None else self._length()
        if device is None or length is None:
            return
        if (payload := self.body(length)) is None:
            return
        answer = self.server.postbox.deliver(self.path.removeprefix("/"), device, payload)
        if answer is None:
            self._refuse(503, "the central store takes nothing in just now, come again")
        else:
            self._reply(200, "application/json", answer)

    def _device(self) -> str | None:
        """The register that path and certificate agree on; otherwise the refusal has been sent."""
        topic = self.path.removeprefix("/")
        device = envelope.device_of(topic) or envelope.health_device_of(topic) or forget_list.device_of(topic)
        if device is None or not envelope.is_device(device):
            self._refuse(404, "receipts are posted to /tillside/sync/v1/DEVICE/up/receipts")
            return None
        tls = self.server.tls
        if tls is not None and isinstance(self.connection, ssl.SSLSocket) and self.connection.context is not tls.context():
            self._refuse(503, "certificates have changed here, show yours anew")
            return None
        if isinstance(self.connection, ssl.SSLSocket) and (named := _common_names(self.connection)) != [device]:
            self._refuse(403, f"the certificate is for '{', '.join(named)}', the path names '{device}'")
            return None
        return device

    def _length(self) -> int | None:
        stated = self.headers.get_all("Content-Length", [])
        if len(stated) != 1 or not (stated[0].isascii() and stated[0].isdigit()) or "Transfer-Encoding" in self.headers:
            self._refuse(411, "a batch states its length")
            return None
        if len(stated[0]) > 10 or int(stated[0]) > envelope.MAX_WIRE_BYTES:
            self._refuse(413, f"a batch has at most {envelope.MAX_WIRE_BYTES} bytes")
            return None
        return int(stated[0])

    def _refuse(self, status: int, why: str) -> None:
        # What follows on this connection may be the body that nobody reads.
        self.close_connection = True
        self._reply(status, "text/plain; charset=utf-8", why.encode())

    def _reply(self, status: int, kind: str, body: bytes) -> None:
        self.connection.settimeout(HANDSHAKE_SECONDS)
        self.answer(status, body, {"Content-Type": kind} | self._newest())

    def _newest(self) -> dict[str, str]:
        newest = self.server.postbox.newest()
        return {} if newest is None else {envelope.BUNDLES_HEADER: str(newest)}


def _common_names(connection: ssl.SSLSocket) -> list[str]:
    subject: Any = (connection.getpeercert() or {}).get("subject", ())
    return [value for part in subject for key, value in part if key == "commonName"]
