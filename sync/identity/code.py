"""A one-time code: what a person carries from headquarters to a register. Pure.

25 bytes in base32 (RFC 4648, letters A to Z and digits 2 to 7), in eight groups of five: a secret of 10 bytes, the first 13
bytes of the SHA-256 of the authority's certificate (DER), and 2 check bytes over the register's name and all the rest, so that a
slip of the pen or another register's code is told before anything is sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final, NamedTuple

from device.errors import SyncError

LIFE: Final = timedelta(hours=1)
MAX_WRONG: Final = 5
"""Wrong guesses after which a code is dead."""
SECRET_BYTES: Final = 10
_PRINT_BYTES: Final = 13
_CHECK_BYTES: Final = 2
_GROUP: Final = 5
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""16 MiB and some 50 ms a guess."""


class Code(NamedTuple):
    secret: bytes
    fingerprint: bytes

    def is_of(self, authority: bytes) -> bool:
        """Whether this is the certificate (DER) that headquarters made the code with."""
        return hmac.compare_digest(_fingerprint(authority), self.fingerprint)


def make(device: str, authority: bytes) -> tuple[str, bytes]:
    """The code as it is shown, and its secret, which is kept as `slow_hash` only. `authority`: the certificate, DER."""
    secret = secrets.token_bytes(SECRET_BYTES)
    body = secret + _fingerprint(authority)
    text = base64.b32encode(body + _check(device, body)).decode()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP)), secret


def read(text: str, device: str) -> Code:
    """What a person typed: case, spaces and hyphens do not count. SyncError: it is no code for this register."""
    letters = "".join(text.split()).replace("-", "").upper().replace("0", "O").replace("1", "I").replace("8", "B")
    try:
        content = base64.b32decode(letters)
    except (binascii.Error, ValueError):
        content = b""
    body, check = content[:-_CHECK_BYTES], content[-_CHECK_BYTES:]
    if len(body) != SECRET_BYTES + _PRINT_BYTES or check != _check(device, body):
        raise SyncError(
            f"this is no code for register '{device}': a letter is wrong, or it was made for another register; nothing was sent"
        )
    return Code(body[:SECRET_BYTES], body[SECRET_BYTES:])


def slow_hash(secret: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(secret, salt=salt, **_SCRYPT)


def _fingerprint(authority: bytes) -> bytes:
    return hashlib.sha256(authority).digest()[:_PRINT_BYTES]


def _check(device: str, body: bytes) -> bytes:
    return hashlib.sha256(device.encode() + b"\0" + body).digest()[:_CHECK_BYTES]
