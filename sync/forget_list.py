"""Who is to be forgotten, told over the carriers of receipts, and how far a register has forgotten. Shared by both ends.

| topic                                  | payload                                                                             |
|----------------------------------------|-------------------------------------------------------------------------------------|
| `tillside/sync/v1/DEVICE/up/forgotten` | `Progress` in JSON: how far the register has the list, how far it has forgotten     |
| `tillside/sync/v1/DEVICE/down/forget`  | `Page` in JSON: what comes next of the list; it names the very bytes that it answers |

The register asks when an exchange begins and every hour of a long one, then on until a page is empty: its next word says how far
it has come, and that is the acknowledgement (`tillside headquarters forgotten`). A word that is lost, late or doubled changes
nothing that the next does not put right: numbers that are known are passed over, a page that begins beyond what is known is not
taken, and of two words of a register the one that was said later counts.

A register that visits headquarters over TLS (`sync.headquarters`) has the list from there, together with another certificate and
the keys that make pseudonyms, which are told over TLS alone. On a stick, where both words are signed, a certificate is renewed as
well. The list itself names nobody (`device.shopper.tombstone`).

Limits: a page has `WIRE_PAGE` entries on the wire, below the 16 KiB that a register takes of a broker, and `STICK_PAGE` on a
stick, which comes by seldom.
"""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Annotated, Final

import msgspec

from device.errors import SyncError
from sync import envelope
from sync.identity.words import Tombstone

WIRE_PAGE: Final = 150
STICK_PAGE: Final = 10_000
MAX_PROGRESS_BYTES: Final = 4096
MAX_PAGE_BYTES: Final = 16_000
"""On the wire."""
EVERY_PROGRESS_TOPIC: Final = f"{envelope.ROOT}/+/up/forgotten"

Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class BadForgetError(SyncError):
    """Bytes that are no word about the list; they are skipped."""


class Progress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    listed: Number
    """Up to which number this register has the list ..."""
    forgotten: Number
    """... and up to which it holds nothing of it any more."""
    said_at: datetime
    """By the register's clock."""
    request: Annotated[str, msgspec.Meta(max_length=2048)] | None = None
    """For another certificate (PKCS #10, PEM), on a stick and once the old one is soon over."""


class Page(msgspec.Struct, frozen=True):
    sha256: Digest
    """Of the `Progress` it answers."""
    after: Number
    """The page begins behind this number, without a hole."""
    tombstones: Annotated[list[Tombstone], msgspec.Meta(max_length=STICK_PAGE)]
    certificate: str | None = None
    """What was requested, PEM."""


class _Answer(msgspec.Struct):
    """What both have in common."""

    sha256: Digest


_progress = msgspec.json.Decoder(Progress)
_page = msgspec.json.Decoder(Page)


def progress_topic(device_id: str) -> str:
    return f"{envelope.ROOT}/{device_id}/up/forgotten"


def page_topic(device_id: str) -> str:
    return f"{envelope.ROOT}/{device_id}/down/forget"


def device_of(topic: str) -> str | None:
    """The register that says how far it has forgotten: the carrier lets nobody else write there."""
    device = envelope.sender(topic, "forgotten")
    return device if device is not None and envelope.is_device(device) else None


def answer_topic(topic: str, device_id: str) -> str:
    """Where what was said under `topic` is answered."""
    return page_topic(device_id) if topic == progress_topic(device_id) else envelope.acknowledgement_topic(device_id)


def answered(payload: bytes) -> str | None:
    """The SHA-256 of what an acknowledgement or a page answers; None of anything else."""
    try:
        return msgspec.json.decode(payload, type=_Answer).sha256
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_progress(payload: bytes) -> Progress:
    if len(payload) > MAX_PROGRESS_BYTES:
        raise BadForgetError(f"a word about the list of {len(payload)} bytes is longer than {MAX_PROGRESS_BYTES}")
    try:
        said = _progress.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadForgetError(f"not a word about the list of the forgotten: {error}") from error
    if said.said_at.tzinfo is None:
        raise BadForgetError("a word about the list of the forgotten has a time without a zone")
    return said


def read_page(payload: bytes) -> Page:
    try:
        page = _page.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadForgetError(f"not a page of the list of the forgotten: {error}") from error
    numbers = [page.after, *(stone.number for stone in page.tombstones)]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise BadForgetError("a page of the list of the forgotten is not in order")
    return page
