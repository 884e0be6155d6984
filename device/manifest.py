"""What a bundle says of itself: one JSON object with the hash of everything else, and an identity derived from all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from device.errors import BundleError

FORMAT: Final = 1


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times are ISO 8601 in UTC. `identity` is derived from all other fields."""

    identity: str
    format: int
    made_at: str
    currency: str
    receipts: int
    """How many receipts it was trained on, and the time of the last of them on the shop's clock ("" when untimed)."""
    last_receipt: str
    documents: dict[str, str]
    """SHA-256 of each document."""
    pictures: str
    """SHA-256 over name and content of all pictures in the order of their names."""
    profiles: str
    """The same over all profiles."""
    history_decay: float = 1.0
    """The decay that made the profiles: see `device.tokens.RunningHistory`."""
    notes: dict[str, str] = {}
    """What training wants remembered (data, seed, chosen knobs); nobody decides by it."""

    @property
    def moment(self) -> datetime | None:
        """`made_at`; None where it is not said in a way that can be reckoned with."""
        try:
            made = datetime.fromisoformat(self.made_at)
        except ValueError:
            return None
        return made if made.tzinfo is not None else None


def made(fields: Mapping[str, object]) -> Manifest:
    """With its identity; `fields` are all others but the format."""
    whole = {"format": FORMAT, **fields}
    return msgspec.convert({"identity": _identity(whole), **whole}, Manifest)


def decode(path: Path, raw: object) -> Manifest:
    """BundleError: it cannot be read, or is not what was written. `path` is named in the sentence."""
    try:
        if not isinstance(raw, bytes):
            raise BundleError(f"{path} has a manifest that is not bytes")
        fields = msgspec.json.decode(raw, type=dict[str, object])
        if fields.get("format") != FORMAT:
            raise BundleError(f"{path} has bundle format {fields.get('format')}; this program reads format {FORMAT}")
        manifest = msgspec.convert(fields, Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{path} has a manifest that cannot be read: {error}") from error
    if manifest.identity != _identity({name: value for name, value in fields.items() if name != "identity"}):
        raise BundleError(f"{path}: the manifest of bundle {manifest.identity} was changed after it was made")
    return manifest


def hash_all(parts: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names and contents, in the order given."""
    digest = hashlib.sha256()
    for name, content in parts:
        # Lengths first, so that no other split into names and contents has the same hash.
        digest.update(f"{len(name)}:{len(content)}:".encode())
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()


def _identity(fields: Mapping[str, object]) -> str:
    digest = hashlib.sha256(msgspec.json.encode(dict(sorted(fields.items())), order="deterministic")).hexdigest()
    return f"{str(fields.get('made_at', ''))[:10].replace('-', '')}-{digest[:12]}"
