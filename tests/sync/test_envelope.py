"""Batches and acknowledgements: what is packed comes back; what is not a batch is refused with a reason and within bounds."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
import zstandard
from fakes.headquarters import receipt

from device.domain import KeptBack, Sku
from sync import envelope
from sync.envelope import BadAcknowledgementError, BadBatchError, Entry, Header

EPOCH = "0" * 31 + "1"
ENTRIES = [Entry(seq, msgspec.json.encode(receipt(seq))) for seq in (3, 4, 6)]
HEADER = Header(envelope.VERSION, "register-1", EPOCH, 2, 6, 3, "20260501-abc")


def squeeze(*lines: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(b"\n".join(lines))


def lines() -> list[bytes]:
    return zstandard.ZstdDecompressor().decompress(envelope.pack(HEADER, ENTRIES)).split(b"\n")


def with_header(**changes: object) -> bytes:
    first, *rest = lines()
    return squeeze(msgspec.json.encode(msgspec.json.decode(first) | changes), *rest)


def with_receipt(**changes: object) -> bytes:
    first, second, *rest = lines()
    entry = msgspec.json.decode(second)
    entry["receipt"] |= changes
    return squeeze(first, msgspec.json.encode(entry), *rest)


def test_a_batch_comes_back_as_it_went() -> None:
    batch = envelope.unpack(envelope.pack(HEADER, ENTRIES))
    assert batch.header == HEADER
    assert list(batch.entries) == ENTRIES
    assert batch.receipts[2] == receipt(6)


def test_the_same_receipts_make_the_same_bytes() -> None:
    assert envelope.pack(HEADER, ENTRIES) == envelope.pack(HEADER, ENTRIES)


def test_a_receipt_of_a_register_that_told_no_rules_yet_is_read() -> None:
    known = msgspec.json.decode(ENTRIES[0].body)
    for field in ("kept_back", "silences", "forbidden"):
        del known[field]
    for outcome in known["outcomes"]:
        del outcome["moved_by"]
    entry = Entry(3, msgspec.json.encode(known))
    batch = envelope.unpack(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 3, 3, 1), [entry]))
    assert batch.entries[0].body == entry.body, "its own bytes, unchanged"
    (read,) = batch.receipts
    assert (read.kept_back, read.silences, read.outcomes[0].moved_by) == ((), (), ())


def test_rules_travel_with_their_receipt() -> None:
    moved = replace(receipt(3).outcomes[0], moved_by=("pin", "margin"))
    said = replace(
        receipt(3),
        outcomes=(moved,),
        kept_back=(KeptBack(Sku("S9"), "age", 2),),
        silences=(("payment", 1),),
        forbidden=(("age", 2),),
    )
    entry = Entry(3, msgspec.json.encode(said))
    batch = envelope.unpack(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 3, 3, 1), [entry]))
    assert batch.receipts == (said,)


def test_fields_of_a_newer_register_are_kept_unread() -> None:
    batch = envelope.unpack(with_receipt(shelf="A7"))
    assert msgspec.json.decode(batch.entries[0].body)["shelf"] == "A7"


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "zstd"),
    "text": (lambda: b"hello", "zstd"),
    "another compression": (lambda: b"\x1f\x8b" + bytes(100), "zstd"),
    "an empty frame": (lambda: squeeze(b""), "unpacked size of 0"),
    "no stated size": (
        lambda: zstandard.ZstdCompressor(write_content_size=False).compress(b"x" * 100),
        "unpacked size",
    ),
    "a bomb that says so": (
        lambda: zstandard.ZstdCompressor(level=3).compress(bytes(64 * 1024 * 1024)),
        "unpacked size of 67108864",
    ),
    "too large on the wire": (lambda: bytes(envelope.MAX_WIRE_BYTES + 1), "larger than"),
    "cut off": (lambda: envelope.pack(HEADER, ENTRIES)[:-20], "states"),
    "a header that is none": (lambda: squeeze(b"{}", b"{}"), "header"),
    "not text": (lambda: squeeze(b"\xff\xfe", b"{}"), "header"),
    "a deep header": (lambda: squeeze(b"[" * 100_000), "header"),
    "a later version": (lambda: with_header(version=2), "version 2"),
    "an unknown header field": (lambda: with_header(urgent=True), "header"),
    "a device with a slash": (lambda: with_header(device="a/b"), "header"),
    "a device with a line break": (lambda: with_header(device="register-1\n"), "header"),
    "an epoch that is none": (lambda: with_header(epoch="../../etc"), "header"),
    "a number below one": (lambda: with_header(lo=0), "header"),
    "a number beyond 64 bits": (lambda: with_header(hi=2**70), "header"),
    "fewer receipts than counted": (lambda: with_header(count=4), "counts 4"),
    "more receipts than a batch": (lambda: squeeze(lines()[0], *([lines()[1]] * 5000)), "counts 3"),
    "a range that ends too early": (lambda: with_header(hi=5), "outside"),
    "a range that begins too late": (lambda: with_header(lo=4), "outside"),
    "receipts out of order": (lambda: squeeze(lines()[0], lines()[2], lines()[1], lines()[3]), "not in order"),
    "a receipt twice": (lambda: squeeze(lines()[0], lines()[1], lines()[1], lines()[3]), "not in order"),
    "a receipt that is none": (lambda: squeeze(*lines()[:3], b'{"seq": 6, "receipt": 5}'), "record 3"),
    "a deep receipt": (lambda: squeeze(*lines()[:3], b'{"seq": 6, "receipt": ' + b"[" * 100_000), "record 3"),
    "a receipt of another register": (lambda: with_receipt(device="register-2"), "names register 'register-2'"),
    "a time without a zone": (lambda: with_receipt(closed_at="2026-05-04T06:00:00"), "without a zone"),
    "an impossible total": (lambda: with_receipt(total=2**62), "impossible total"),
    "a total beyond 64 bits": (lambda: with_receipt(total=2**80), "impossible total"),
    "a local time that is none": (lambda: with_receipt(local_time="noon"), "local time"),
    "a day of another form": (lambda: with_receipt(local_time="20260504T090000"), "local time"),
    "a day of a week": (lambda: with_receipt(local_time="2026-W19-1T09:00:00"), "local time"),
    "half a character": (lambda: squeeze(*lines()[:3], b'{"seq": 6, "receipt": {"store": "\\ud800"}}'), "record 3"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_batch_is_refused_with_a_reason(name: str) -> None:
    make, reason = HOSTILE[name]
    with pytest.raises(BadBatchError, match=reason):
        envelope.unpack(make())


def test_a_frame_that_lies_about_its_size_is_read_no_further_than_it_states() -> None:
    """The size in the frame header is the sender's word: here it says 1000 bytes and the frame holds 64 MiB."""
    honest = zstandard.ZstdCompressor(level=3).compress(bytes(64 * 1024 * 1024))
    # Magic, descriptor (single segment, 4-byte size), size: write another size over it.
    assert honest[4] >> 6 == 2
    at = 5 if honest[4] & 0x20 else 6
    lying = honest[:at] + (1000).to_bytes(4, "little") + honest[at + 4 :]
    tracemalloc.start()
    with pytest.raises(BadBatchError):
        envelope.unpack(lying)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


def test_random_damage_never_does_worse_than_a_refusal() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    good = envelope.pack(HEADER, ENTRIES)
    for _ in range(3000):
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        del damaged[chance.randint(1, len(damaged)) :]
        try:
            envelope.unpack(bytes(damaged))
        except BadBatchError:
            continue


def test_an_acknowledgement_comes_back_as_it_went() -> None:
    payload = envelope.pack(HEADER, ENTRIES)
    answer = envelope.read_acknowledgement(envelope.acknowledge(payload, HEADER))
    assert (answer.sha256, answer.epoch, answer.lo, answer.hi, answer.refused) == (
        envelope.fingerprint(payload),
        EPOCH,
        2,
        6,
        None,
    )
    assert envelope.read_acknowledgement(envelope.acknowledge(b"x", None, "why " * 1000)).refused == ("why " * 250)


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b"[" * 4000, b'{"sha256": "x"}', b'"' + b"a" * 5000 + b'"'])
def test_what_is_no_acknowledgement_is_refused(payload: bytes) -> None:
    with pytest.raises(BadAcknowledgementError):
        envelope.read_acknowledgement(payload)


def test_the_register_is_the_one_of_the_topic() -> None:
    assert envelope.device_of(envelope.receipts_topic("register-1")) == "register-1"
    assert envelope.device_of(envelope.acknowledgement_topic("register-1")) is None
    assert envelope.device_of("tillside/sync/v1/a/b/up/receipts") is None
