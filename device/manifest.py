"""What a bundle says of itself: one JSON object with the hash of everything else, and an identity derived from all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from device.errors import BundleError

FORMAT: Final = 1


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of one store's profiles says of itself (`device.store_profiles`). `identity` is derived from the rest."""

    identity: str
    format: int
    made_at: str
    store: str
    profiles: str
    """SHA-256 over all of them, as in a bundle."""


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
    carried: Carried | UnsetType = UNSET
    """Where the profiles came beside the model: `identity` is made of both, see `joined`."""

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


def carried(store: str, made_at: str, profiles: str) -> Carried:
    """`profiles` as `hash_all` makes it."""
    fields: dict[str, object] = {"format": FORMAT, "made_at": made_at, "store": store, "profiles": profiles}
    return msgspec.convert({"identity": _identity(fields), **fields}, Carried)


def joined(model: Manifest, beside: Carried) -> Manifest:
    """Of the bundle that holds both. BundleError: the model's bundle has profiles of its own."""
    if model.profiles != NO_PROFILES:
        raise BundleError(f"bundle {model.identity} has profiles of its own, no others can be put into it")
    identity = joined_identity(model.identity, beside.identity)
    return msgspec.structs.replace(model, identity=identity, profiles=beside.profiles, carried=beside)


def bare(whole: Manifest) -> Manifest:
    """Of the model alone: what `joined` was given; itself where nothing was."""
    if whole.carried is UNSET:
        return whole
    return msgspec.structs.replace(whole, identity=model_of(whole.identity), profiles=NO_PROFILES, carried=UNSET)


def joined_identity(model: str, profiles: str | None) -> str:
    """Of a bundle made of the model and a store's profiles, by their identities; without profiles the model's own."""
    return model if profiles is None else f"{model}-{profiles.rpartition('-')[2]}"


def model_of(identity: str) -> str:
    """The identity of the model's bundle in that of a bundle joined with profiles, or of any other."""
    return "-".join(identity.split("-")[:2])


def decode(path: Path, raw: object) -> Manifest:
    """BundleError: it cannot be read, or is not what was written. `path` is named in the sentence."""
    fields = _fields(path, raw)
    try:
        manifest = msgspec.convert(fields, Manifest)
    except msgspec.ValidationError as error:
        raise BundleError(f"{path} has a manifest that cannot be read: {error}") from error
    if manifest.carried is UNSET:
        identity = _identity(fields)
    else:
        beside = manifest.carried
        model = _identity({name: value for name, value in fields.items() if name != "carried"} | {"profiles": NO_PROFILES})
        said = beside.profiles == manifest.profiles and beside.identity == _identity(msgspec.to_builtins(beside))
        identity = joined_identity(model, beside.identity) if said else ""
    if manifest.identity != identity:
        raise BundleError(f"{path}: the manifest of bundle {manifest.identity} was changed after it was made")
    return manifest


def decode_carried(path: Path, raw: object) -> Carried:
    """The same of a file of one store's profiles."""
    fields = _fields(path, raw)
    try:
        beside = msgspec.convert(fields, Carried)
    except msgspec.ValidationError as error:
        raise BundleError(f"{path} is not the profiles of one store: {error}") from error
    if beside.identity != _identity(fields):
        raise BundleError(f"{path}: what it says of itself was changed after it was made")
    return beside


def _fields(path: Path, raw: object) -> dict[str, object]:
    try:
        if not isinstance(raw, bytes):
            raise BundleError(f"{path} has a manifest that is not bytes")
        fields = msgspec.json.decode(raw, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{path} has a manifest that cannot be read: {error}") from error
    if fields.get("format") != FORMAT:
        raise BundleError(f"{path} has bundle format {fields.get('format')}; this program reads format {FORMAT}")
    return fields


def hash_all(parts: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names and contents, in the order given."""
    digest = hashlib.sha256()
    for name, content in parts:
        # Lengths first, so that no other split into names and contents has the same hash.
        digest.update(f"{len(name)}:{len(content)}:".encode())
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()


NO_PROFILES: Final = hash_all(())


def _identity(fields: Mapping[str, object]) -> str:
    """Of all but the identity itself."""
    fields = {name: value for name, value in fields.items() if name != "identity"}
    digest = hashlib.sha256(msgspec.json.encode(dict(sorted(fields.items())), order="deterministic")).hexdigest()
    return f"{str(fields.get('made_at', ''))[:10].replace('-', '')}-{digest[:12]}"
