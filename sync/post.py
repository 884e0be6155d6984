"""The register's end of HTTPS: a batch is the body of a POST, its acknowledgement is the reply.

The path is the batch's topic, so it names the register; headquarters compares it with the name in our certificate. There is one
connection, kept open while batches follow each other. A batch that gets no acknowledgement is lost on the way, as on any other
carrier: the uplink sends it again once headquarters can be reached again, which is tried with exponential back-off.

Every reply may tell which version of the bundle repository is the newest, in a header: once it is another one, that is the hint
which MQTT has a topic for.

Limits: an answer of 16 kB, 30 s for each word of headquarters, as many batches in the queue as may be on the way.
Neither are redirections followed nor proxies asked.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
import threading
import time
from types import TracebackType
from typing import Final, Self

from device.errors import SyncError
from sync import client_tls, envelope, forget_list
from sync.carrier import Down, Event, Message, Up
from sync.link import Broker
from sync.pause import Backoff
from sync.window import WINDOW

MAX_ANSWER_BYTES: Final = forget_list.MAX_PAGE_BYTES
ANSWER_SECONDS: Final = 30.0
IDLE_SECONDS: Final = 10.0
"""Less than headquarters waits for another request: then no batch is sent into a connection that is being closed."""
_BASE_SECONDS: Final = 0.5
_MOST_SECONDS: Final = 60.0
_CLOSE_SECONDS: Final = 5.0


class _LostError(Exception):
    """In words: why headquarters did not answer."""


class Post:
    """Open it, then call `next` from one thread. `place`: with `ca_file` over TLS; without only on this machine itself."""

    def __init__(self, place: Broker, device: str) -> None:
        self._place = place
        self._device = device
        self._topic = envelope.receipts_topic(device)
        self._out: queue.Queue[tuple[str, bytes] | None] = queue.Queue(WINDOW)
        self._events: queue.Queue[Event] = queue.Queue()
        self._up = threading.Event()
        self._over = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0
        self._newest: str | None = None
        self._thread = threading.Thread(target=self._work, name="post", daemon=True)

    def open(self) -> Self:
        """Ask headquarters whether we may; SyncError with one sentence when it does not answer or does not know us."""
        self._connection = self._made()
        try:
            self._probe()
        except _LostError as error:
            self._connection.close()
            raise SyncError(f"headquarters at {self} takes no receipts ({error}): {_WHAT_TO_DO}") from error
        self._up.set()
        self._thread.start()
        return self

    def __str__(self) -> str:
        return f"{'http' if self._place.ca_file is None else 'https'}://{self._place}"

    def next(self, seconds: float) -> Event | None:
        try:
            return self._events.get(timeout=seconds) if seconds > 0 else self._events.get_nowait()
        except queue.Empty:
            return None

    def publish(self, topic: str, payload: bytes) -> bool:
        if not self._up.is_set():
            return False
        try:
            self._out.put_nowait((topic, payload))
        except queue.Full:
            return False
        return True

    def close(self) -> None:
        self._over.set()
        # The thread is a daemon: it ends with the program where headquarters still owes it a word.
        with contextlib.suppress(queue.Full):
            self._out.put_nowait(None)
        self._thread.join(_CLOSE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _work(self) -> None:
        backoff = Backoff(_BASE_SECONDS, _MOST_SECONDS)
        while not self._over.is_set() and (batch := self._out.get()) is not None:
            try:
                answer = self._said("POST", *batch)
            except _LostError as error:
                self._up.clear()
                self._events.put(Down(str(error)))
                self._empty()
                self._reach_again(backoff)
                continue
            backoff.over()
            self._events.put(Message(forget_list.answer_topic(batch[0], self._device), answer))
        if self._connection is not None:
            self._connection.close()

    def _reach_again(self, backoff: Backoff) -> None:
        while not self._over.wait(backoff.failed()):
            with contextlib.suppress(_LostError):
                self._probe()
                self._up.set()
                self._events.put(Up())
                return

    def _empty(self) -> None:
        """Of what stands in the queue: the uplink sends it again."""
        with contextlib.suppress(queue.Empty):
            while True:
                if self._out.get_nowait() is None:
                    self._over.set()

    def _probe(self) -> None:
        self._said("GET", self._topic, b"")

    def _said(self, method: str, topic: str, payload: bytes) -> bytes:
        """The body of the reply; _LostError unless headquarters did what it was asked for."""
        connection = self._connection
        assert connection is not None
        if time.monotonic() - self._used > IDLE_SECONDS:
            connection.close()
        try:
            connection.request(method, f"/{topic}", payload or None, {"Content-Type": "application/zstd"} if payload else {})
            reply = connection.getresponse()
            answer = reply.read(MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise _LostError(_words(error)) from error
        if len(answer) > MAX_ANSWER_BYTES or reply.status not in {200, 204}:
            connection.close()
            said = answer[:200].decode("utf-8", "replace").strip().partition("\n")[0]
            raise _LostError(f"{reply.status} {reply.reason}{f': {said}' if said else ''}")
        self._used = time.monotonic()
        if (newest := reply.getheader(envelope.BUNDLES_HEADER)) is not None and newest != self._newest:
            self._newest = newest
            self._events.put(Message(envelope.bundle_topic(self._device), newest.encode()))
        return answer

    def _made(self) -> http.client.HTTPConnection:
        place = self._place
        if place.ca_file is None:
            return http.client.HTTPConnection(place.host, place.port, timeout=ANSWER_SECONDS)
        context = client_tls.context(place.ca_file, place.certificate_file, place.key_file)
        return http.client.HTTPSConnection(place.host, place.port, timeout=ANSWER_SECONDS, context=context)


_WHAT_TO_DO: Final = "start `tillside headquarters serve --https-port` there, or put address and certificate right"


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
