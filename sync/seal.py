"""What makes an acknowledgement on a stick headquarters' own: a signature by its online key.

Over MQTT and HTTPS the connection says who speaks. A stick says nothing, and whoever forged an acknowledgement on it could have a
register throw away receipts that headquarters never had. So headquarters signs each with the key that signs the repository's
timestamp every day, and the register verifies it with that role's keys in the root metadata it trusts bundles by.

Signed are the bytes of `tillside-ack-v1`, the register's name and the acknowledgement, a line each; of a page of the list of the
forgotten (`sync.forget_list`) those of `tillside-forget-v1`. The file is `Sealed` in JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import CryptoSigner, Signature
from tuf.api.exceptions import StorageError
from tuf.api.metadata import Metadata, Root, Timestamp
from tuf.api.serialization import DeserializationError

from device.errors import SyncError
from sync.envelope import BadAcknowledgementError

ACKNOWLEDGEMENT: Final = "ack"
FORGET: Final = "forget"
MAX_SEALED_BYTES: Final = {ACKNOWLEDGEMENT: 8192, FORGET: 1_200_000}


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    acknowledgement: Annotated[str, msgspec.Meta(max_length=1_200_000)]
    """Or the page."""
    keyid: Annotated[str, msgspec.Meta(max_length=128)]
    signature: Annotated[str, msgspec.Meta(max_length=1024)]
    """Hexadecimal."""


_sealed = msgspec.json.Decoder(Sealed)


class Sealer:
    """`folder` is headquarters'. SyncError when its online key cannot be read."""

    def __init__(self, folder: Path) -> None:
        key = folder / "keys" / f"{Timestamp.type}.pem"
        try:
            self._signer = CryptoSigner(load_pem_private_key(key.read_bytes(), None))
        except (OSError, ValueError) as error:
            raise SyncError(f"the key {key} cannot be read ({error}): acknowledgements on a stick are signed with it") from error

    def seal(self, device: str, word: bytes, kind: str = ACKNOWLEDGEMENT) -> bytes:
        signed = self._signer.sign(_signed(device, word, kind))
        return msgspec.json.encode(Sealed(word.decode(), signed.keyid, signed.signature))


class Trusted:
    """The register's side. `trust`: the root as its bundle checks brought it up to date; `given`: the one of its installation."""

    def __init__(self, trust: Path, given: Path) -> None:
        path = trust if trust.is_file() and trust.stat().st_size else given
        try:
            root = Metadata[Root].from_file(str(path)).signed
            self._keys = {keyid: root.keys[keyid] for keyid in root.roles[Timestamp.type].keyids}
        except (StorageError, DeserializationError, KeyError) as error:
            raise SyncError(f"the root metadata {path} cannot be read ({error}): copy root.json from headquarters") from error

    def opened(self, device: str, content: bytes, kind: str = ACKNOWLEDGEMENT) -> bytes:
        """What was sealed; BadAcknowledgementError when it is not headquarters' word to this register."""
        try:
            sealed = _sealed.decode(content)
            self._keys[sealed.keyid].verify_signature(
                Signature(sealed.keyid, sealed.signature), _signed(device, sealed.acknowledgement.encode(), kind)
            )
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise BadAcknowledgementError(f"not an acknowledgement: {error}") from error
        except (KeyError, ValueError, UnverifiedSignatureError, VerificationError) as error:
            raise BadAcknowledgementError("an acknowledgement that headquarters has not signed for this register") from error
        return sealed.acknowledgement.encode()


def _signed(device: str, word: bytes, kind: str) -> bytes:
    return f"tillside-{kind}-v1\n{device}\n".encode() + word
