"""Batches no register sends, each kind from a seed: what is no batch, what lies about itself, and what is one and should not be.

`POISON` is to be refused; `STRANGE` is well-formed, so that it may be kept or refused, and must harm nobody else.
"""

from __future__ import annotations

import json
import random
import string
import struct
from collections.abc import Callable
from typing import Any, Final

import msgspec
import zstandard
from fakes.headquarters import rating, receipt

from sync import envelope

OTHER_EPOCH: Final = "b" * 32
"""Of what is well-formed: the registers' own numbers are left to them."""
_MIB: Final = 1024 * 1024
Made = Callable[[random.Random, str], bytes]


def squeezed(*lines: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(b"\n".join(lines))


def _header(device: str, /, lo: int = 1, hi: int = 3, count: int = 3, **more: Any) -> bytes:
    told = {"version": 1, "device": device, "epoch": OTHER_EPOCH, "lo": lo, "hi": hi, "count": count, "bundle": "b1"}
    return json.dumps(told | more).encode()


def _record(device: str, seq: int, /, **changes: Any) -> bytes:
    body = json.loads(msgspec.json.encode(receipt(seq % 100_000, device))) | changes
    return json.dumps({"seq": seq, "receipt": body}).encode()


def _lines(device: str, /, *numbers: int, **changes: Any) -> list[bytes]:
    return [_record(device, number, **changes) for number in numbers or (1, 2, 3)]


def _with_header(**changes: Any) -> Made:
    return lambda _, device: squeezed(_header(device, **changes), *_lines(device))


def _with_receipt(**changes: Any) -> Made:
    return lambda _, device: squeezed(_header(device), *_lines(device, **changes))


def _replacing(old: bytes, new: bytes) -> Made:
    """In the JSON of every receipt."""

    def make(_: random.Random, device: str) -> bytes:
        lines = [line.replace(old, new) for line in _lines(device)]
        assert all(new in line for line in lines), old
        return squeezed(_header(device), *lines)

    return make


def _noise(chance: random.Random, size: int) -> str:
    return "".join(chance.choices(string.ascii_letters, k=size))


def _good(chance: random.Random, device: str) -> bytes:
    return squeezed(_header(device), *_lines(device))


def _truncated(chance: random.Random, device: str) -> bytes:
    whole = _good(chance, device)
    return whole[: chance.randrange(1, len(whole))]


def _flipped(chance: random.Random, device: str) -> bytes:
    whole = bytearray(_good(chance, device))
    for _ in range(chance.randrange(1, 9)):
        whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    return bytes(whole)


def _lying_bomb(stated: int) -> Made:
    """The frame holds 64 MiB and says that it holds `stated` bytes."""

    def make(_: random.Random, device: str) -> bytes:
        honest = zstandard.ZstdCompressor(level=3).compress(bytes(64 * _MIB))
        at = 5 if honest[4] & 0x20 else 6
        return honest[:at] + struct.pack("<I", stated) + honest[at + 4 :]

    return make


def _line_of(filling: bytes, size: int) -> Made:
    return lambda _, device: squeezed(_header(device, count=1, hi=1), filling * (size // len(filling)))


def _deep_field(depth: int) -> Made:
    def make(_: random.Random, device: str) -> bytes:
        body = msgspec.json.encode(receipt(1, device))
        deep = body[:-1] + b',"more":' + b"[" * depth + b"]" * depth + b"}"
        return squeezed(_header(device, count=1, hi=1), b'{"seq":1,"receipt":' + deep + b"}")

    return make


def _many_lines(_: random.Random, device: str) -> bytes:
    """As many small lines as 15 MiB hold, in one receipt."""
    whole = json.loads(msgspec.json.encode(receipt(1, device)))
    one = json.dumps(whole["lines"][0], separators=(",", ":")).encode()
    whole["lines"] = []
    body = json.dumps(whole, separators=(",", ":")).encode()
    many = b",".join([one] * (15 * _MIB // (len(one) + 1)))
    return squeezed(
        _header(device, count=1, hi=1), b'{"seq":1,"receipt":' + body.replace(b'"lines":[]', b'"lines":[' + many + b"]") + b"}"
    )


def _other_bytes(chance: random.Random, device: str) -> bytes:
    """Numbers that the register has used, with other content."""
    return squeezed(_header(device, epoch="a" * 32), *_lines(device, 1, 2, 3, currency=_noise(chance, 3)))


def _two_frames(chance: random.Random, device: str) -> bytes:
    return _good(chance, device) + squeezed(b"x" * 100)


def _rating(**changes: Any) -> Made:
    def make(_: random.Random, device: str) -> bytes:
        told = json.loads(msgspec.json.encode(rating(1, 5, device))) | changes.get("rating", {})
        line = {"seq": 2, "of": 1, "rating": told} | {key: value for key, value in changes.items() if key != "rating"}
        return squeezed(_header(device, hi=2, count=2), _record(device, 1), json.dumps(line).encode())

    return make


POISON: Final[dict[str, Made]] = {
    "nothing": lambda *_: b"",
    "noise": lambda chance, _: chance.randbytes(chance.randrange(1, 5000)),
    "a bomb that says so": lambda *_: zstandard.ZstdCompressor(level=3).compress(bytes(256 * _MIB)),
    "a bomb that says 1000": _lying_bomb(1000),
    "a bomb that says the limit": _lying_bomb(envelope.MAX_PLAIN_BYTES),
    "no stated size": lambda _, device: zstandard.ZstdCompressor(write_content_size=False).compress(_header(device)),
    "16 MiB of spaces": _line_of(b" ", 15 * _MIB),
    "16 MiB of brackets": _line_of(b"[", 15 * _MIB),
    "16 MiB of line breaks": _line_of(b"\n", 15 * _MIB),
    "16 MiB of one string": lambda _, device: squeezed(_header(device, count=1, hi=1), b'{"seq":"' + b"a" * 15 * _MIB + b'"}'),
    "cut off": _truncated,
    "another dictionary": lambda _, device: zstandard.ZstdCompressor(
        dict_data=zstandard.ZstdCompressionDict(b"a dictionary nobody has " * 20)
    ).compress(_header(device)),
    "a wide window": lambda _, device: zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=27, write_content_size=True)
    ).compress(bytes(15 * _MIB)),
    "a count of none": _with_header(count=0),
    "a count of fewer": _with_header(count=2),
    "a count of more": _with_header(count=200),
    "a count of very many": _with_header(count=2**40),
    "a range backwards": _with_header(lo=3, hi=1),
    "a range elsewhere": _with_header(lo=100, hi=200),
    "a range of negatives": _with_header(lo=-5, hi=3),
    "a number beyond 64 bits": _with_header(hi=2**64),
    "a number of a thousand digits": _with_header(hi=10**1000),
    "numbers that add up beyond 63 bits": _with_header(hi=2**62, waiting=2**62),
    "a number that is text": _with_header(lo="1"),
    "a number that is none": lambda _, device: squeezed(_header(device).replace(b'"lo": 1', b'"lo": NaN'), *_lines(device)),
    "infinitely many": lambda _, device: squeezed(_header(device).replace(b'"hi": 3', b'"hi": Infinity'), *_lines(device)),
    "1e999": lambda _, device: squeezed(_header(device).replace(b'"hi": 3', b'"hi": 1e999'), *_lines(device)),
    "a later version": _with_header(version=2**60),
    "a field of a megabyte": lambda chance, device: squeezed(_header(device, **{_noise(chance, _MIB // 2): 1}), *_lines(device)),
    "a field with line breaks": lambda _, device: squeezed(
        _header(device, **{"x\n\x1b[2J\nERROR all is lost": 1}), *_lines(device)
    ),
    "a bundle without end": lambda chance, device: squeezed(_header(device, bundle=_noise(chance, 100_000)), *_lines(device)),
    "a bundle with a NUL": _with_header(bundle="b\0"),
    "a name without end": lambda chance, _: squeezed(_header(_noise(chance, 100_000)), *_lines("register-1")),
    "an epoch elsewhere": _with_header(epoch="../../../../etc/passwd"),
    "deep": lambda _, device: squeezed(b"[" * 1_000_000),
    "a deep header": lambda _, device: squeezed(_header(device)[:-1] + b',"x":' + b"[" * 500_000),
    "a deep receipt": lambda _, device: squeezed(_header(device, count=1, hi=1), b'{"seq":1,"receipt":' + b"[" * 1_000_000),
    "a deep field": _deep_field(100_000),
    "another register": lambda _, device: squeezed(_header("register-of-nobody"), *_lines("register-of-nobody")),
    "receipts of another register": lambda _, device: squeezed(_header(device), *_lines("register-of-nobody")),
    "a register with line breaks": _with_receipt(device="x\nWARNING nothing"),
    "numbers used before": _other_bytes,
    "numbers twice": lambda _, device: squeezed(_header(device), *_lines(device, 1, 1, 2)),
    "numbers backwards": lambda _, device: squeezed(_header(device), *_lines(device, 3, 2, 1)),
    "a local time without end": lambda chance, device: _with_receipt(local_time=_noise(chance, 300_000))(chance, device),
    "a local time of a week": _with_receipt(local_time="2026-W18-1T09:00:00"),
    "a local time without dashes": _with_receipt(local_time="20260504T090000"),
    "a time without a zone": _with_receipt(closed_at="2026-05-04T06:00:00"),
    "a month of 13": _with_receipt(closed_at="2026-13-04T06:00:00Z"),
    "a year of five digits": _with_receipt(closed_at="12026-05-04T06:00:00Z"),
    "a zone beyond the first year": _with_receipt(closed_at="0001-01-01T00:00:00+14:00"),
    "a zone beyond the last year": _with_receipt(closed_at="9999-12-31T23:59:59-14:00"),
    "a currency without end": lambda chance, device: _with_receipt(currency=_noise(chance, 10_000))(chance, device),
    "a currency with a NUL": _with_receipt(currency="R\0B"),
    "a store without end": lambda chance, device: _with_receipt(store=_noise(chance, 400_000))(chance, device),
    "a store with a NUL": _with_receipt(store="S\0"),
    "a total beyond 64 bits": _with_receipt(total=10**30),
    "an amount beyond 64 bits": _replacing(b'"amount": 9990', b'"amount": 99900000000000000000000'),
    "a quantity beyond 64 bits": _replacing(b'"quantity": 1000', b'"quantity": -99900000000000000000000'),
    "an amount that is none": _replacing(b'"amount": 9990', b'"amount": NaN'),
    "a score that is infinite": _replacing(b'"score": 0.25', b'"score": -Infinity'),
    "bytes that are no text": _replacing(b'"receipt_id": "', b'"receipt_id": "\xff\xfe\xc0\x80'),
    "half a character": _replacing(b'"store": "S1"', b'"store": "\\ud800"'),
    "too many receipts": lambda _, device: squeezed(_header(device, hi=300, count=200), *_lines(device, *range(1, 301))),
    "a rating of itself": _rating(of=2),
    "a rating off the scale": _rating(rating={"score": 11}),
    "a rating of a thousand digits": _rating(rating={"score": 10**1000}),
    "a rating and a receipt": _rating(receipt={}),
}
STRANGE: Final[dict[str, Made]] = {
    "flipped bits": _flipped,
    "two frames": _two_frames,
    "as many lines as there is room for": _many_lines,
    "the first year": _with_receipt(closed_at="0001-01-01T00:00:00Z", local_time="0001-01-01T00:00:00"),
    "the last year": _with_receipt(closed_at="9999-12-31T23:59:59Z", local_time="9999-12-31T23:59:59"),
    "everything at once": lambda _, device: squeezed(_header(device, hi=2**62 - 1, count=1), _record(device, 2**62 - 1)),
    "a field twice": _replacing(b'"receipt_id": "', b'"total": 1, "total": 2, "receipt_id": "'),
    "whole numbers with a point": _replacing(b'"amount": 9990', b'"amount": 9990.0'),
    "whole numbers with an exponent": _replacing(b'"quantity": 1000', b'"quantity": 1e3'),
    "a number of many digits": _replacing(b'"score": 0.25', b'"score": 0.' + b"25" * 10_000),
    "a name with a NUL": _replacing(b'"code": "', b'"code": "\\u0000'),
    "a name of a megabyte": _replacing(b'"receipt_id": "', b'"receipt_id": "' + b"a" * _MIB),
    "a name of other scripts": _replacing(b'"receipt_id": "', '"receipt_id": "\u202e\U0001f37a\u0000'.replace("\0", "").encode()),
    "a field of before": _deep_field(100),
    "every currency": lambda chance, device: _with_receipt(currency=_noise(chance, 16))(chance, device),
}
