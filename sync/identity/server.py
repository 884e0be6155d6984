"""The enrolment server: HTTPS, at headquarters, for registers and nobody else. What is said is in `words`.

It answers a register without a certificate for a code only, and everybody else by the certificate: by what the handshake verified
(our authority, our list of the revoked) and what `authority.db` says of that very certificate now. A handshake happens in the
client's own thread, never in the one that accepts, and whoever is silent is dropped. At most `MAX_CLIENTS` at a time, one request
of at most `words.MAX_ASKED` bytes each. Nothing of a request is logged but its first word and the register's name.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography import x509

from device.errors import CentralError, SettingsError, SyncError
from sync import mutual_tls
from sync.bounded import BoundedHandler, BoundedServer
from sync.central.forgetting import Forgetting
from sync.identity import certificates, words
from sync.identity.authority import Authority
from sync.identity.words import Admission, Asking, News, Refusal, RefusedError, Visit

MAX_CLIENTS: Final = 32
SILENCE_SECONDS: Final = 15.0
LONGEST_SECONDS: Final = 60.0
"""For one connection from handshake to answer, however it drips."""
_DIGITS: Final = 10

log = logging.getLogger("tillside.headquarters")


def server_context(home: Path) -> ssl.SSLContext:
    """TLS of the enrolment server: a certificate may be shown, and is verified against our authority and its revoked."""
    own = home / "server.pem"
    try:
        return mutual_tls.server_context(home / "ca.pem", own, own, home / "crl.pem", ssl.CERT_OPTIONAL)
    except (OSError, ValueError) as error:
        raise SyncError(f"headquarters' certificates in {home} cannot be used ({error}): bring them back") from error


class Desk:
    """What the server answers, apart from HTTP: of each request who asks, as their certificate says, and when."""

    def __init__(self, folder: Path, central: Callable[[], Forgetting]) -> None:
        self._root = folder / "root.json"
        self.authority = Authority(folder)
        self._central = central

    def enrol(self, asking: Asking, at: datetime) -> Admission:
        about = self.authority.about
        certificate = self.authority.admit(asking.device, bytes.fromhex(asking.secret), asking.request.encode(), at)
        try:
            root = self._root.read_text(encoding="utf-8") if self._root.exists() else ""
        except (OSError, ValueError) as error:
            raise SyncError(f"{self._root} cannot be read: {error}") from error
        log.info("enrolled register %s", asking.device)
        return Admission(
            certificate.decode(), root, about.broker_host, about.broker_port, about.bundles,
            self.authority.keys(at).for_registers(at).text(),
        )  # fmt: skip

    def visit(self, device: str, visit: Visit, at: datetime) -> News:
        certificate = None
        if visit.request is not None:
            certificate = self.authority.renew(device, visit.request.encode(), at).decode()
            log.info("renewed the certificate of register %s", device)
        self.authority.note_visit(device, visit.forgotten, at)
        central = self._central()
        try:
            listed = [words.Tombstone(one.number, one.hash.hex(), one.lifted) for one in central.after(visit.listed, words.PAGE)]
        finally:
            central.close()
        return News(self.authority.keys(at).for_registers(at).text(), listed, certificate)


class _Handler(BoundedHandler):
    idle_seconds = SILENCE_SECONDS
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        if self.path == "/v1/ca":
            self._answer(200, certificates.pem(self.server.desk.authority.certificate))
        else:
            self._refuse(404, "there is nothing here: update the register")

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        at = datetime.now(UTC)
        try:
            # Read whatever it is: a connection that is closed with something unread takes the answer with it.
            body = self._body()
            match self.path:
                case "/v1/enrol":
                    answer: Admission | News = self.server.desk.enrol(msgspec.json.decode(body, type=Asking), at)
                case "/v1/visit":
                    answer = self.server.desk.visit(self._register(), msgspec.json.decode(body, type=Visit), at)
                case _:
                    self._refuse(404, "there is nothing here: update the register")
                    return
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._refuse(400, "the request cannot be read: update the register")
        except RefusedError as error:
            log.warning("refused: %s", error)
            self._refuse(403, str(error))
        except (SyncError, CentralError, SettingsError) as error:
            log.error("%s", error)  # noqa: TRY400 - a state, not a bug
            self._refuse(503, "headquarters cannot answer now, its own log says why: try again later")
        else:
            self._answer(200, msgspec.json.encode(answer))

    def _register(self) -> str:
        shown = self.connection.getpeercert(binary_form=True) if isinstance(self.connection, ssl.SSLSocket) else None
        device = None if shown is None else self.server.desk.authority.holder(x509.load_der_x509_certificate(shown))
        if device is None:
            raise RefusedError("this takes a register's own certificate, and one that is not revoked: enrol anew")
        return device

    def _body(self) -> bytes:
        stated = self.headers.get("Content-Length", "")
        if not stated.isascii() or not stated.isdigit() or len(stated) > _DIGITS or int(stated) > words.MAX_ASKED:
            raise RefusedError(f"a request states its length, of at most {words.MAX_ASKED} bytes")
        if (body := self.body(int(stated))) is None:
            raise ConnectionAbortedError("the request ended early")
        return body

    def _refuse(self, status: int, why: str) -> None:
        self._answer(status, msgspec.json.encode(Refusal(why[:500])))

    def _answer(self, status: int, body: bytes) -> None:
        self.close_connection = True
        self.answer(status, body)


class _Server(BoundedServer):
    def __init__(self, address: tuple[str, int], desk: Desk) -> None:
        self.desk = desk
        server_context(desk.authority.home)  # now, so that a mistake is told at the start
        super().__init__(address, _Handler, MAX_CLIENTS)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The files anew for each: a certificate that was just renewed, a register that was just revoked.
        request.settimeout(SILENCE_SECONDS)
        context = server_context(self.desk.authority.home)
        with context.wrap_socket(request, server_side=True, do_handshake_on_connect=False) as secure:
            patience = threading.Timer(LONGEST_SECONDS, _hang_up, (secure,))
            patience.daemon = True
            patience.start()
            try:
                secure.do_handshake()
                super().finish_request(secure, client_address)
            finally:
                patience.cancel()

    def shutdown_request(self, request: Any) -> None:
        # The socket went into the TLS one, which is closed by then.
        if request.fileno() != -1:
            super().shutdown_request(request)


def _hang_up(line: ssl.SSLSocket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


@contextmanager
def serving(folder: Path, host: str, port: int, central: Callable[[], Forgetting]) -> Iterator[int]:
    """Answer registers until left; the port it listens on, which is another when `port` is 0."""
    try:
        server = _Server((host, port), Desk(folder, central))
    except (OSError, socket.gaierror) as error:
        raise SyncError(f"registers cannot be enrolled at {host}:{port} ({error.strerror}): name another port") from error
    with server.serving("enrolment") as listens_on:
        yield listens_on
