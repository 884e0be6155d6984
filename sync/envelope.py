"""What travels: a batch of receipts up, an acknowledgement down. Shared by both ends; pure.

A batch is one zstd frame (level 8, content size stated) of JSON lines: first the header, then one line per record, a receipt or
how one was rated: `{"seq": 17, "receipt": {...}}`, `{"seq": 18, "of": 17, "rating": {...}}`. A record is the register's own
bytes and is never written anew. A rating comes after its receipt (`of`) and is numbered like one; of two for one receipt the
higher number counts, so it may be sent again, and overtake the other, as it likes. A headquarters of before there were ratings
refuses the line, and takes the receipts.

A batch answers for the whole range `lo` to `hi` of its epoch: it holds every record of that range, and a number without one was
never given, or its rating was given anew. Ranges of one epoch follow each other without a hole, so a hole at headquarters means
a batch that has not arrived.

| topic                                 | payload                                                                      |
|---------------------------------------|------------------------------------------------------------------------------|
| `tillside/sync/v1/DEVICE/up/receipts` | batch                                                                        |
| `tillside/sync/v1/DEVICE/up/health`   | how the register is, if the shop wants it told: see `sync.health`            |
| `tillside/sync/v1/DEVICE/down/ack`    | `Acknowledgement` in JSON, sent after headquarters' commit                   |
| `tillside/sync/v1/DEVICE/up/forgotten`, `.../down/forget` | who is to be forgotten: see `sync.forget_list`           |
| `tillside/sync/v1/DEVICE/down/bundle` | a hint to look for a new bundle: the version of what is published            |

The topics are MQTT's; HTTPS has them as paths, and on a stick the register's name is a folder (`sync.carrier`).

Limits: 1 MiB on the wire, 16 MiB unpacked, 200 records. zstandard's `max_output_size` is no cap when the frame states its
content size, so that statement is checked first and the frame then read through a stream to one byte beyond it.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

import msgspec
import zstandard

from device.domain import Receipt
from device.errors import SyncError
from device.rating import Rating
from sync.believable import unbelievable

VERSION: Final = 1
MAX_WIRE_BYTES: Final = 1_000_000
"""Below the broker's limit of 1 MiB by the room a topic and properties take."""
MAX_PLAIN_BYTES: Final = 16 * 1024 * 1024
MAX_RECEIPTS: Final = 200
MAX_ACKNOWLEDGEMENT_BYTES: Final = 4096
MAX_WHY: Final = 500
MAX_NAME: Final = 200
_MAX_WINDOW_BYTES: Final = 8 * 1024 * 1024
_LEVEL: Final = 8
"""Of full batches 14 % fewer bytes than level 3, for 10 µs more a receipt; level 9 gains nothing more (tests/benchmarks)."""
ROOT: Final = "tillside/sync/v1"
BUNDLES_HEADER: Final = "Tillside-Bundles"
"""Of an HTTPS reply: what the hint over MQTT says."""
EVERY_RECEIPTS_TOPIC: Final = f"{ROOT}/+/up/receipts"
EVERY_HEALTH_TOPIC: Final = f"{ROOT}/+/up/health"
_DEVICE: Final = r"\A[A-Za-z0-9_-]{1,64}\Z"
Device = Annotated[str, msgspec.Meta(pattern=_DEVICE)]
Epoch = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
MAX_NUMBER: Final = 2**62
Sequence64 = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


class BadBatchError(SyncError):
    """Bytes that are not a batch; sending them again cannot help.

    One line of at most `MAX_WHY` characters, whatever the bytes hold: it is logged, kept and sent back.
    """

    def __init__(self, why: str) -> None:
        super().__init__(shortened(why))


class BadAcknowledgementError(SyncError):
    """Bytes that are not an acknowledgement; they are skipped and the batch is sent again in its time."""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1)]
    device: Device
    epoch: Epoch
    lo: Sequence64
    hi: Sequence64
    count: Annotated[int, msgspec.Meta(ge=1, le=MAX_RECEIPTS)]
    bundle: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    """Identity of the bundle in use on the register when the batch was packed."""
    waiting: Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)] = 0
    """How many numbers the register had given out beyond `hi` when the batch was packed."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Either a receipt, or the rating `of` one."""

    seq: Sequence64
    receipt: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    of: Sequence64 | None = None
    rating: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Entry(NamedTuple):
    """One record of a batch as it stands in the register's edge database."""

    seq: int
    body: bytes
    of: int | None = None
    """The receipt it rates; None: it is a receipt."""


@dataclass(frozen=True, slots=True)
class Batch:
    header: Header
    entries: tuple[Entry, ...]
    records: tuple[Receipt | Rating, ...]
    """The same entries, read."""

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        return tuple(record for record in self.records if isinstance(record, Receipt))


class Acknowledgement(msgspec.Struct, frozen=True, omit_defaults=True):
    """What headquarters did with a batch, said after its commit.

    `sha256` is of the batch as received, in hexadecimal. `refused` is a sentence: the bytes went to quarantine, no receipt was
    kept. Epoch and range are empty when the batch could not be read so far.
    """

    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    epoch: str = ""
    lo: int = 0
    hi: int = 0
    refused: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


_header = msgspec.json.Decoder(Header)
_entry = msgspec.json.Decoder(_Entry)
_receipt = msgspec.json.Decoder(Receipt)
_rating = msgspec.json.Decoder(Rating)
_acknowledgement = msgspec.json.Decoder(Acknowledgement)


def receipts_topic(device_id: str) -> str:
    return f"{ROOT}/{device_id}/up/receipts"


def health_topic(device_id: str) -> str:
    return f"{ROOT}/{device_id}/up/health"


def acknowledgement_topic(device_id: str) -> str:
    return f"{ROOT}/{device_id}/down/ack"


def bundle_topic(device_id: str) -> str:
    return f"{ROOT}/{device_id}/down/bundle"


def device_of(topic: str) -> str | None:
    """The register that a receipts topic belongs to: the broker lets nobody else write there.

    A broker that lets everybody in lets any name in too; one that is no name but a text is nobody's.
    """
    device = sender(topic, "receipts")
    return device if device is not None and len(device) <= MAX_NAME else None


def health_device_of(topic: str) -> str | None:
    """The same of what a register tells of itself."""
    device = sender(topic, "health")
    return device if device is not None and is_device(device) else None


def sender(topic: str, what: str) -> str | None:
    found = re.fullmatch(rf"{ROOT}/([^/]*)/up/{what}", topic)
    return None if found is None else found[1]


def shortened(why: str) -> str:
    """A sentence that may quote a stranger, without line breaks and other characters that are no text, and not endless."""
    told = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in why[: MAX_WHY + 1])
    return told if len(told) <= MAX_WHY else f"{told[: MAX_WHY - 1]}\N{HORIZONTAL ELLIPSIS}"


def is_device(name: str) -> bool:
    return re.fullmatch(_DEVICE, name) is not None


def fingerprint(payload: bytes) -> str:
    """SHA-256 in hexadecimal: what an acknowledgement names a batch by."""
    return hashlib.sha256(payload).hexdigest()


def pack(header: Header, entries: Sequence[Entry]) -> bytes:
    """The same header and entries always make the same bytes; BadBatchError when they are more than the wire carries."""
    lines = [msgspec.json.encode(header)]
    lines += [msgspec.json.encode(_line(entry)) for entry in entries]
    payload = zstandard.ZstdCompressor(level=_LEVEL).compress(b"\n".join(lines))
    if len(payload) > MAX_WIRE_BYTES:
        raise BadBatchError(
            f"{len(entries)} records from {header.lo} take {len(payload)} bytes; the wire carries {MAX_WIRE_BYTES}"
        )
    return payload


def unpack(payload: bytes) -> Batch:
    """Raise BadBatchError, with the reason in one sentence, for anything that is not exactly a batch."""
    first, *rest = _plain(payload).split(b"\n", MAX_RECEIPTS + 1)
    try:
        header = _header.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBatchError(f"the header of the batch cannot be read: {error}") from error
    if header.hi + header.waiting > MAX_NUMBER:
        raise BadBatchError(f"the header counts numbers beyond {MAX_NUMBER}, which no register gives out")
    if "\0" in (header.bundle or ""):
        raise BadBatchError("the header names a bundle with a NUL in it, which no database of text keeps")
    if header.version != VERSION:
        raise BadBatchError(f"the batch has version {header.version}; this program reads version {VERSION}")
    if header.count != len(rest):
        raise BadBatchError(f"the header counts {header.count} records, the batch holds {len(rest)}")
    entries: list[Entry] = []
    records: list[Receipt | Rating] = []
    before = header.lo - 1
    for number, line in enumerate(rest, 1):
        try:
            entry, record = _read(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadBatchError(f"record {number} of the batch cannot be read: {error}") from error
        if not before < entry.seq <= header.hi:
            raise BadBatchError(f"record {number} has number {entry.seq}: not in order, or outside {header.lo} to {header.hi}")
        why = unbelievable(record, header.device, entry.seq, entry.of)
        if why is not None:
            raise BadBatchError(why)
        before = entry.seq
        entries.append(entry)
        records.append(record)
    return Batch(header, tuple(entries), tuple(records))


def plain(payload: bytes) -> bytes | None:
    """What is packed in there, be it a batch or not; None when nothing is."""
    try:
        return _plain(payload)
    except BadBatchError:
        return None


def acknowledge(payload: bytes, header: Header | None, refused: str | None = None) -> bytes:
    """What headquarters sends once the fate of `payload` is committed."""
    span = (header.epoch, header.lo, header.hi) if header is not None else ("", 0, 0)
    return msgspec.json.encode(Acknowledgement(fingerprint(payload), *span, None if refused is None else refused[:1000]))


def read_acknowledgement(payload: bytes) -> Acknowledgement:
    if len(payload) > MAX_ACKNOWLEDGEMENT_BYTES:
        raise BadAcknowledgementError(f"an acknowledgement of {len(payload)} bytes is longer than {MAX_ACKNOWLEDGEMENT_BYTES}")
    try:
        return _acknowledgement.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAcknowledgementError(f"not an acknowledgement: {error}") from error


def _line(entry: Entry) -> _Entry:
    body = msgspec.Raw(entry.body)
    return _Entry(entry.seq, body) if entry.of is None else _Entry(entry.seq, of=entry.of, rating=body)


def _read(line: bytes) -> tuple[Entry, Receipt | Rating]:
    """DecodeError for what is neither a receipt nor a rating."""
    said = _entry.decode(line)
    if said.of is None and isinstance(said.receipt, msgspec.Raw) and said.rating is msgspec.UNSET:
        return Entry(said.seq, bytes(said.receipt)), _receipt.decode(said.receipt)
    if said.of is not None and isinstance(said.rating, msgspec.Raw) and said.receipt is msgspec.UNSET:
        return Entry(said.seq, bytes(said.rating), said.of), _rating.decode(said.rating)
    raise msgspec.ValidationError("it is neither a receipt nor the rating of one")


def _plain(payload: bytes) -> bytes:
    if len(payload) > MAX_WIRE_BYTES:
        raise BadBatchError(f"a batch of {len(payload)} bytes is larger than {MAX_WIRE_BYTES}")
    try:
        stated = zstandard.frame_content_size(payload)
        if not 0 < stated <= MAX_PLAIN_BYTES:
            raise BadBatchError(f"the batch states an unpacked size of {stated} bytes; between 1 and {MAX_PLAIN_BYTES} are read")
        unpacker = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        with unpacker.stream_reader(io.BytesIO(payload), read_across_frames=False) as stream:
            plain = stream.read(stated + 1)
    except zstandard.ZstdError as error:
        raise BadBatchError(f"the batch is not a zstd frame: {error}") from error
    if len(plain) != stated:
        raise BadBatchError(f"the batch unpacks to {len(plain)} bytes and states {stated}")
    return plain
