"""What makes a file on a stick its register's own: a signature by the key of its certificate.

A connection says who speaks, a stick does not, and whoever holds it can write into a folder of any register's name. So a register
signs what it writes with the key that it was enrolled with (`register.pem`), and headquarters believes no folder without:

    tillside-signed-v1 CERTIFICATE SIGNATURE
    the batch, as it is on the wire

Both words are base64: the certificate in DER, and an ECDSA signature (P-256, SHA-256) over `tillside-stick-v1`, the topic and the
batch, a line each. The topic has the register's name and says what is told, so that nothing passes for another's or for something
else. The same file again is the same batch again, which is kept once.

| the certificate                                   | what becomes of the file                                                  |
|---------------------------------------------------|---------------------------------------------------------------------------|
| our authority's, of that name, not revoked        | taken in                                                                   |
| the same, and over for `LATE` at most             | taken in: a stick lies about, and a register without a line renews by it |
| over for longer, revoked, another's, another chain's | left out, told                                                         |
| none, and the register was ever enrolled          | left out, told: nobody becomes a register again by leaving out its name    |
| none, and the register never was                  | left out, told; with `headquarters import --unsigned` taken in             |

What is left out is neither quarantined nor answered: whoever wrote it has not shown that he may say anything here.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from device.errors import SyncError
from sync.identity import certificates
from sync.identity.authority import Authority

MAX_SIGNATURE_BYTES: Final = 4096
"""Of the first line."""
LATE: Final = timedelta(days=90)
_MARK: Final = b"tillside-signed-v1 "
_ALGORITHM: Final = ec.ECDSA(hashes.SHA256())


class Signature(NamedTuple):
    certificate: bytes
    """DER."""
    signature: bytes


class File(NamedTuple):
    """A file of a stick taken apart; nothing of it is verified."""

    payload: bytes
    signature: Signature | None


def read(content: bytes) -> File:
    """A first line that is none is part of the payload, whose hash then is another than the file's name says."""
    line = content[:MAX_SIGNATURE_BYTES].partition(b"\n")[0]
    words = line.removeprefix(_MARK).split(b" ")
    if not line.startswith(_MARK) or len(words) != 2 or len(line) == MAX_SIGNATURE_BYTES:
        return File(content, None)
    try:
        certificate, signature = (base64.b64decode(word, validate=True) for word in words)
    except ValueError:
        return File(content, None)
    return File(content[len(line) + 1 :], Signature(certificate, signature))


class Signer:
    """The register's side: its certificate and the key, as enrolment left them."""

    def __init__(self, certificate: x509.Certificate, key: certificates.Key) -> None:
        self._certificate = certificate
        self._key = key

    @classmethod
    def of(cls, home: Path) -> Self | None:
        """`home` is the register's folder `identity`; None: it was never enrolled. SyncError: the file cannot be used."""
        file = home / "register.pem"
        try:
            content = file.read_bytes()
            key = load_pem_private_key(content, None)
            certificate = x509.load_pem_x509_certificate(content)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise SyncError(f"the certificate {file} cannot be read ({error}): enrol the register anew") from error
        if not isinstance(key, certificates.Key):
            raise SyncError(f"the key in {file} is of another kind: enrol the register anew")
        return cls(certificate, key)

    def signed(self, topic: str, payload: bytes) -> bytes:
        """The file; another each time, for such a signature has a random part."""
        words = certificates.der(self._certificate), self._key.sign(_told(topic, payload), _ALGORITHM)
        return _MARK + b" ".join(map(base64.b64encode, words)) + b"\n" + payload

    def is_ours(self, content: bytes, topic: str, payload: bytes) -> bool:
        """Whether a file already says just that under this certificate."""
        file = read(content)
        return (
            file.payload == payload
            and file.signature is not None
            and file.signature.certificate == certificates.der(self._certificate)
            and _holds(self._key.public_key(), file.signature.signature, topic, payload)
        )


class Verifier:
    """Headquarters' side, for one stick at one time. `unsigned`: believe the folder of a register that was never enrolled."""

    def __init__(self, folder: Path, at: datetime, *, unsigned: bool) -> None:
        self._authority = Authority(folder) if (folder / "authority").exists() else None
        self._at = at
        self._unsigned = unsigned
        self._last: tuple[str, bytes] | None = None
        """Whose certificate was found good last: a register's files follow each other."""

    def renew(self, device: str, request: str) -> str | None:
        """Another certificate (PEM) for a register whose file was taken in; None for one that was never enrolled."""
        if self._authority is None or not self._authority.knows(device):
            return None
        return self._authority.renew(device, request.encode(), self._at).decode()

    def why_not(self, device: str, topic: str, file: File) -> str | None:
        """Why the file is left out, in a sentence that says what to do; None: it is the register's own."""
        if file.signature is None:
            return self._without(device)
        try:
            certificate = x509.load_der_x509_certificate(file.signature.certificate)
            public = certificate.public_key()
        except (ValueError, TypeError):
            return f"it bears no certificate of register '{device}': {_WRITE_AGAIN}"
        if self._authority is None:
            return None if self._unsigned else _no_certificate(device)
        if self._last != (device, file.signature.certificate):
            if (why := self._distrusted(device, certificate, self._authority)) is not None:
                return why
            self._last = (device, file.signature.certificate)
        if not isinstance(public, certificates.Public) or not _holds(public, file.signature.signature, topic, file.payload):
            return f"register '{device}' has not signed this: {_WRITE_AGAIN}"
        return None

    def _without(self, device: str) -> str | None:
        if self._authority is not None and self._authority.knows(device):
            return f"register '{device}' has a certificate and has not signed this: {_WRITE_AGAIN}"
        return None if self._unsigned else _no_certificate(device)

    def _distrusted(self, device: str, certificate: x509.Certificate, authority: Authority) -> str | None:
        try:
            certificate.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return f"the certificate of register '{device}' is another chain's: {_enrol(device)}"
        if authority.holder(certificate) != device:
            return f"the certificate is revoked or not register '{device}''s own: {_enrol(device)}"
        if certificate.not_valid_after_utc + LATE < self._at:
            until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
            return f"the certificate of register '{device}' was good until {until}: {_enrol(device)}"
        return None


_WRITE_AGAIN: Final = "write the stick again with `tillside sync export` there"


def _enrol(device: str) -> str:
    return f"make a code with `tillside headquarters enrol {device}`, use it there with `tillside sync enrol` and export again"


def _no_certificate(device: str) -> str:
    return f"register '{device}' has no certificate: {_enrol(device)}, or believe the stick with --unsigned"


def _holds(public: certificates.Public, signature: bytes, topic: str, payload: bytes) -> bool:
    try:
        public.verify(signature, _told(topic, payload), _ALGORITHM)
    except InvalidSignature:
        return False
    return True


def _told(topic: str, payload: bytes) -> bytes:
    return b"tillside-stick-v1\n" + topic.encode() + b"\n" + payload
