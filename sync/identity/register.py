"""The register's end: enrols once, then visits headquarters over its certificate. The only writer of the folder `identity`.

| in `STATE_DIR/identity` | mode | holds                                                                                  |
|-------------------------|------|----------------------------------------------------------------------------------------|
| `register.pem`          | 0600 | the certificate and its key, made here; the key never leaves                             |
| `enrolling.key`         | 0600 | the key of an enrolment that was not answered yet, so that asking again is the same asker |
| `renewing.key`          | 0600 | the key of a renewal that went off on a stick, until its answer is back                  |
| `ca.pem`                | 0644 | headquarters' authority, as the code's fingerprint proved it                             |
| `root.json`             | 0644 | the root metadata that bundles are trusted by                                            |
| `shopper.keys`          | 0600 | what makes pseudonyms                                                                    |
| `settings.toml`         | 0644 | the lines that belong into the register's settings                                       |

A renewal makes a new key; certificate and key change by one rename.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from device.errors import SyncError, first_line
from device.shopper import write_keys
from device.words import printable
from sync import durable
from sync.identity import certificates, code, words
from sync.identity.words import Admission, Asking, News, Refusal, Visit

_SECONDS: Final = 20.0
_MAX_CA: Final = 8192
Answer = TypeVar("Answer")


class Enrolled(NamedTuple):
    expires: datetime
    settings: Path
    """The lines that belong into the register's settings."""


class Visited(NamedTuple):
    tombstones: list[tuple[int, bytes]]
    lifted: list[tuple[int, bytes]]
    more: bool
    renewed: bool


def enrol(home: Path, device: str, url: str, typed: str) -> Enrolled:
    """Prove headquarters by the code, then ourselves by its secret; take what it gives. SyncError: nothing has changed."""
    known = code.read(typed, device)
    at = _Address(url)
    authority = _authority(at, known)
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = _waiting_key(home / "enrolling.key")
    except OSError as error:
        raise SyncError(f"nothing can be kept in {home}: {error}") from error
    context = ssl.create_default_context(cadata=certificates.pem(authority).decode())
    asking = Asking(device, known.secret.hex(), certificates.request(device, key).decode())
    got = at.ask(context, "/v1/enrol", asking, Admission)
    certificate = _mine(got.certificate, device, key, authority)
    settings = home / "settings.toml"
    try:
        durable.write(home / "ca.pem", certificates.pem(authority))
        if got.root:
            durable.write(home / "root.json", got.root.encode())
        write_keys(home / "shopper.keys", got.keys)
        durable.write(settings, _fragment(home, url, got).encode())
        # Last: who has it is enrolled.
        durable.write(home / "register.pem", certificates.pem(certificate) + certificates.key_pem(key), 0o600)
        (home / "enrolling.key").unlink()
    except OSError as error:
        raise SyncError(f"what headquarters gave cannot be kept in {home} ({error}): make room and enrol again") from error
    return Enrolled(certificate.not_valid_after_utc, settings)


def visit(home: Path, device: str, url: str, listed: int, forgotten: int, at: datetime) -> Visited:
    """Say how far we have forgotten, take keys and the list, and another certificate when ours is soon over."""
    where = _Address(url)
    file = home / "register.pem"
    authority, mine = _certificate(home / "ca.pem"), _certificate(file)
    if mine.not_valid_after_utc <= at:
        raise SyncError(
            f"the certificate of register '{device}' was good until {mine.not_valid_after_utc:%Y-%m-%d}, and the clock here says "
            f"{at:%Y-%m-%d}: set the clock if that is wrong, else {_ENROL}"
        )
    if (named := certificates.name_of(mine)) != device:
        raise SyncError(f"the certificate {file} is register '{named}''s, and this is register '{device}': {_ENROL}")
    context = ssl.create_default_context(cadata=certificates.pem(authority).decode())
    try:
        context.load_cert_chain(file)
    except (OSError, ssl.SSLError) as error:
        raise SyncError(f"the certificate {file} cannot be used ({first_line(error)}): {_ENROL}") from error
    key, request = None, None
    if mine.not_valid_after_utc - at <= certificates.RENEW_LEFT:
        key = certificates.new_key()
        request = certificates.request(device, key).decode()
    news = where.ask(context, "/v1/visit", Visit(listed, forgotten, request), News)
    if key is not None and news.certificate is not None:
        other = _mine(news.certificate, device, key, authority)
        try:
            durable.write(file, certificates.pem(other) + certificates.key_pem(key), 0o600)
        except OSError as error:
            raise SyncError(f"the new certificate cannot be kept in {home} ({error}): make room") from error
    tombstones, lifted = words.beyond(news.tombstones, listed)
    renewed = key is not None and news.certificate is not None
    write_keys(home / "shopper.keys", news.keys)
    return Visited(tombstones, lifted, len(news.tombstones) == words.PAGE, renewed)


def renewal(home: Path, device: str, at: datetime) -> str | None:
    """A request for another certificate, to go by stick; None while ours is good for long, and where there is none."""
    if (until := expires(home)) is None or until - at > certificates.RENEW_LEFT:
        return None
    try:
        return certificates.request(device, _waiting_key(home / "renewing.key")).decode()
    except OSError as error:
        raise SyncError(f"the key of another certificate cannot be kept in {home} ({error}): make room") from error


def renewed(home: Path, device: str, answer: str) -> bool:
    """Take the certificate (PEM) that answers `renewal`; False: it is of a request before the last, or came already."""
    file = home / "renewing.key"
    if not file.exists():
        return False
    key = _waiting_key(file)
    try:
        certificate = _mine(answer, device, key, _certificate(home / "ca.pem"))
    except SyncError:
        return False
    try:
        durable.write(home / "register.pem", certificates.pem(certificate) + certificates.key_pem(key), 0o600)
        file.unlink()
    except OSError as error:
        raise SyncError(f"the new certificate cannot be kept in {home} ({error}): make room") from error
    return True


def expires(home: Path) -> datetime | None:
    """Until when the register's certificate is good; None without one."""
    file = home / "register.pem"
    return _certificate(file).not_valid_after_utc if file.exists() else None


_ENROL: Final = "make a code with `tillside headquarters enrol` and use it here with `tillside sync enrol`"


class _Address:
    """An https:// URL without a path."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port or 443
        except ValueError:
            port = 0
        if parts.scheme != "https" or not parts.hostname or not port or parts.path.strip("/") or "@" in parts.netloc:
            raise SyncError("write where headquarters enrols registers as https://HOST:PORT")
        self.host, self.port = parts.hostname, port

    def ask(self, context: ssl.SSLContext, path: str, question: msgspec.Struct, kind: type[Answer]) -> Answer:
        status, body = self.send(context, "POST", path, msgspec.json.encode(question), words.MAX_TOLD)
        try:
            if status != http.HTTPStatus.OK:
                raise SyncError(printable(msgspec.json.decode(body, type=Refusal).refused))
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SyncError(f"what answers at {self} is not headquarters as we know it: update the older of the two") from error

    def send(self, context: ssl.SSLContext, method: str, path: str, body: bytes | None, most: int) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=_SECONDS, context=context)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            got = response.read(most + 1)
        except ssl.SSLCertVerificationError as error:
            raise SyncError(
                f"who answers at {self} is not the headquarters that the authority vouches for ({error.verify_message}): check "
                "the address and the clocks of both; `tillside headquarters authority init --name` says the names it has"
            ) from error
        except ssl.SSLError as error:
            raise SyncError(
                f"headquarters at {self} does not accept this register's certificate ({first_line(error)}): {_ENROL}"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise SyncError(
                f"headquarters does not answer at {self} ({first_line(error)}): check the address, try again"
            ) from error
        finally:
            connection.close()
        if len(got) > most:
            raise SyncError(f"what answers at {self} says more than headquarters would: check the address")
        return response.status, got

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _authority(at: _Address, known: code.Code) -> x509.Certificate:
    """Fetched over a connection that proves nothing, and believed only for the code's fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, body = at.send(context, "GET", "/v1/ca", None, _MAX_CA)
    try:
        authority = x509.load_pem_x509_certificate(body)
        proved = known.is_of(certificates.der(authority))
    except ValueError:
        proved = False
    if not proved:
        raise SyncError(
            f"who answers at {at} is not the headquarters that made this code; nothing was told to them: check the address, "
            "and who stands in between"
        )
    return authority


def _mine(text: str, device: str, key: certificates.Key, authority: x509.Certificate) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise SyncError("headquarters answered with a certificate that its authority did not sign: update it") from error
    if certificates.name_of(certificate) != device or certificates.public_of(certificate) != key.public_key():
        raise SyncError("headquarters answered with a certificate for somebody else: update it")
    return certificate


def _waiting_key(path: Path) -> certificates.Key:
    if path.exists():
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except ValueError:
            key = None  # half of a key from before a power cut
        if isinstance(key, certificates.Key):
            return key
    made = certificates.new_key()
    durable.write(path, certificates.key_pem(made), 0o600)
    return made


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError as error:
        raise SyncError(f"no certificate at {path}: {_ENROL}") from error
    except (OSError, ValueError) as error:
        raise SyncError(f"the certificate {path} cannot be read ({first_line(error)}): {_ENROL}") from error


def _fragment(home: Path, url: str, got: Admission) -> str:
    quoted: Callable[[object], str] = lambda value: json.dumps(str(value), ensure_ascii=False)  # noqa: E731 - TOML's strings
    lines = [
        "[privacy]",
        f"shopper_key_file = {quoted(home / 'shopper.keys')}",
        "",
        "[sync]",
        f"host = {quoted(got.broker_host)}",
        f"port = {got.broker_port}",
        f"ca_file = {quoted(home / 'ca.pem')}",
        f"certificate_file = {quoted(home / 'register.pem')}",
        f"key_file = {quoted(home / 'register.pem')}",
        f"headquarters = {quoted(url)}",
    ]
    if got.bundles is not None and got.root:
        lines += [f"bundles = {quoted(got.bundles)}", f"root_file = {quoted(home / 'root.json')}"]
    return "\n".join(lines) + "\n"
