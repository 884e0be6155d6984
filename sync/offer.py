"""What headquarters has signed of a bundle beside its hash, and which registers it is for: the words both ends share.

| target               | in the signed targets metadata                                                           |
|----------------------|------------------------------------------------------------------------------------------|
| `bundle.db.zst`      | the bundle of every register                                                             |
| `candidate.db.zst`   | the next one, while it is for a share of the registers only                              |
| `STORE.profiles.zst` | the profiles of one store's shoppers (`device.store_profiles`): beside any of the two    |
| `FROM.TO.delta.zst`  | what makes TO of FROM (identities), of bundles or of profiles; see `sync.delta`          |

| custom field    | says                                                                                             |
|-----------------|--------------------------------------------------------------------------------------------------|
| `identity`      | of the bundle inside                                                                             |
| `size`          | bytes of the bundle file, unpacked                                                               |
| `content`       | `{"sha256": HEX, "size": BYTES}` of the bundle's content as `sync.delta` writes it               |
| `share`         | of a candidate: for how many of 10,000 registers                                                 |
| `stores`        | the only stores it is for; absent: all                                                           |
| `profiled`      | true of a bundle that has profiles of its own: a store's are not put into it                     |

A register is in a share by arithmetic on its name and the bundle's identity, so everybody can say which are, a register stays
in when the share is raised, and the next candidate meets others first. All of it is under the signature of the targets role.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from tuf.api.metadata import Metadata, TargetFile

from device.errors import SyncError
from device.store_profiles import safe_name

TARGET: Final = "bundle.db.zst"
CANDIDATE: Final = "candidate.db.zst"
PROFILES: Final = ".profiles.zst"
DELTA: Final = ".delta.zst"
MAX_BUNDLE_BYTES: Final = 2 * 1024**3
WHOLE: Final = 10_000
"""All registers, in the unit of `share`."""

SIGNED_AT: Final = "signed_at"
"""Of every role, beside what TUF has: when it was signed, ISO 8601 in UTC."""

Bytes = Annotated[int, msgspec.Meta(gt=0, le=MAX_BUNDLE_BYTES)]
Hex = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Identity = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z-]{1,64}\Z")]
"""It becomes part of file names."""


class Content(msgspec.Struct, frozen=True):
    sha256: Hex
    size: Bytes


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    identity: Identity
    size: Bytes
    content: Content | None = None
    share: Annotated[int, msgspec.Meta(ge=0, le=WHOLE)] = WHOLE
    stores: tuple[str, ...] = ()
    profiled: bool = False

    def is_for(self, device: str) -> bool:
        """Whether the register is in the share."""
        digest = hashlib.sha256(f"{device}\0{self.identity}".encode()).digest()
        return int.from_bytes(digest[:8]) * WHOLE < self.share << 64


class Offers(NamedTuple):
    """What is published: for everybody, and for a share of the registers."""

    everybody: Offer | None
    candidate: Offer | None

    @property
    def published(self) -> str | None:
        """Identity of everybody's bundle."""
        return None if self.everybody is None else self.everybody.identity

    def wanted(self, device: str) -> str | None:
        """Identity of the bundle this register is to have."""
        if self.candidate is not None and self.candidate.is_for(device):
            return self.candidate.identity
        return self.published


def read(target: TargetFile) -> Offer:
    """SyncError where it was not signed by `headquarters publish`."""
    try:
        offer = msgspec.convert(target.custom, Offer)
    except msgspec.ValidationError as error:
        raise SyncError(
            f"the published bundle does not say what it is ({error}): publish it with `tillside headquarters publish`"
        ) from error
    if target.length > MAX_BUNDLE_BYTES:
        raise SyncError(f"the published bundle is larger than {MAX_BUNDLE_BYTES} bytes: train a smaller one")
    return offer


def custom(offer: Offer) -> dict[str, Any]:
    """As it is signed: JSON without fractions."""
    fields: dict[str, Any] = msgspec.to_builtins(offer)
    return fields


def signed_at(metadata: Metadata[Any]) -> datetime | None:
    """None of metadata that does not say."""
    told = metadata.signed.unrecognized_fields.get(SIGNED_AT)
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return None if at is None or at.tzinfo is None else at


def delta_name(held: str, wanted: str) -> str:
    return f"{held}.{wanted}{DELTA}"


def profiles_name(store: str) -> str:
    """The target of a store's profiles; no two stores share one."""
    return f"{safe_name(store)}{PROFILES}"


def with_deltas(targets: Mapping[str, TargetFile], wanted: Mapping[str, TargetFile]) -> dict[str, TargetFile]:
    """What is `wanted`, and what makes it of something else. SyncError as `read`."""
    identities = {read(target).identity for target in wanted.values()}
    deltas = {name: target for name, target in targets.items() if name.endswith(DELTA) and name.split(".")[1] in identities}
    return {**wanted, **deltas}
