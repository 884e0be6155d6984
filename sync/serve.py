"""Headquarters in one process for one store: keeps receipts, hands out bundles, and signs anew every day.

The bundle repository is plain files: any web server may serve the folder in its place. This one serves them by GET and HEAD,
lists nothing, and drops a client that is silent or drips (`sync.bounded`). What a client can do to it, it can do to itself only:
files are signed, threads are few. Beside them stands `/status` (`sync.status_page`), which is shown to this machine alone unless
everybody may see it.
"""

from __future__ import annotations

import functools
import http.server
import io
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from device.errors import SyncError
from sync import envelope, ingest, publish
from sync.bounded import BoundedHandler, BoundedServer
from sync.carrier import Door
from sync.central import Central
from sync.ranges import Ranges
from sync.status_page import HEADERS, Pages, language
from sync.status_words import WORDS

_LOOK_SECONDS: Final = 2.0
_RENEW_SECONDS: Final = 3600.0
_WAKE_SECONDS: Final = 0.5
MAX_CLIENTS: Final = 32

log = logging.getLogger("tillside.headquarters")


class _Files(Ranges, BoundedHandler, http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, pages: Pages | None, **more: Any) -> None:
        self._pages = pages
        super().__init__(*args, **more)

    def send_head(self) -> Any:
        path, _, query = self.path.partition("?")
        if self._pages is None or path != "/status":
            try:
                return super().send_head()
            except ValueError:  # what no file can be called
                self.send_error(404)
                return None
        if not self._pages.may_be_seen(self.client_address[0], self.headers.get("Host", "")):
            self.send_error(403, explain="The status is shown to the machine it is of.")
            return None
        asked = dict(parse_qsl(query)).get("lang", "")
        answer = self._pages.answer(asked if asked in WORDS else language(self.headers.get("Accept-Language", "")))
        self.send_response(answer.code)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        return io.BytesIO(answer.body)

    def list_directory(self, path: Any) -> None:
        del path
        self.send_error(404)


@contextmanager
def files(folder: Path, host: str, port: int, pages: Pages | None = None) -> Iterator[int]:
    """Serve the repository until left; the port it listens on, which is another when `port` is 0. `pages`: /status as well."""
    try:
        server = BoundedServer(
            (host, port), functools.partial(_Files, directory=str(folder / "repository"), pages=pages), MAX_CLIENTS
        )
    except OSError as error:
        raise SyncError(f"bundles cannot be served at {host}:{port} ({error.strerror}): name another with --http-port") from error
    with server.serving("bundles") as listens_on:
        yield listens_on


def take_in(door: Door, central: Central, over: Callable[[], bool]) -> None:
    """Ingest until `over`, and nothing else."""
    while not over():
        ingest.poll(door, central, _WAKE_SECONDS)


def work(folder: Path, door: Door, central: Central, over: Callable[[], bool]) -> None:
    """Ingest until `over`; between polls sign anew when it is time and tell registers of a new bundle."""
    told = publish.timestamp_version(folder)
    next_look = next_renew = 0.0
    while not over():
        ingest.poll(door, central, _WAKE_SECONDS)
        now = time.monotonic()
        try:
            if now >= next_renew:
                next_renew = now + _RENEW_SECONDS
                if publish.renew(folder, datetime.now(UTC)):
                    log.info("signed the repository anew")
            if now >= next_look:
                next_look = now + _LOOK_SECONDS
                version = publish.timestamp_version(folder)
                if version != told:
                    told = version
                    _hint(door, central, version)
        except SyncError as error:
            # Receipts come in whatever becomes of the bundles.
            log.warning("%s", error)
            next_look = now + _RENEW_SECONDS


def _hint(door: Door, central: Central, version: int) -> None:
    for register in central.registers():
        door.publish(envelope.bundle_topic(register.device), str(version).encode())
