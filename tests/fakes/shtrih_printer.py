"""Frames and commands as a Shtrih-M fiscal printer and its till exchange them."""

from __future__ import annotations

import binascii
from datetime import UTC, datetime

from device.dialects.shtrih import Decoder
from device.events import PosEvent

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
PASSWORD = bytes.fromhex("1e000000")
STATUS = (b"\x10" + PASSWORD, bytes.fromhex("10001e9202020000a1de01c0001d0800"))


def v1(body: bytes) -> bytes:
    """A frame of version 1."""
    check = len(body)
    for byte in body:
        check ^= byte
    return bytes([2, len(body)]) + body + bytes([check])


def v2(seq: int, body: bytes) -> bytes:
    """A frame of version 2."""
    covered = (len(body) + 2).to_bytes(2, "little") + seq.to_bytes(2, "little") + body
    return b"\x8f" + covered + binascii.crc_hqx(covered, 0xFFFF).to_bytes(2, "little")


def number(value: int, size: int = 5) -> bytes:
    """As commands hold it, low byte first."""
    return value.to_bytes(size, "little")


def item(millionths: int = 1_000_000, price: int = 10000, amount: int | None = None, kind: int = 1, name: str = "Хлеб") -> bytes:
    """The command that rings up an item; money in minor units."""
    told = b"\xff" * 5 if amount is None else number(amount)
    head = b"\xff\x46" + PASSWORD + bytes([kind]) + number(millionths, 6) + number(price) + told + b"\xff" * 5
    return head + bytes([8, 0, 4, 1]) + name.encode("cp1251")


def close(*payments: int) -> bytes:
    """The command that ends a receipt."""
    told = [*payments, *[0] * (16 - len(payments))]
    return b"\xff\x45" + PASSWORD + b"".join(map(number, told)) + bytes(32)


def code(text: str) -> bytes:
    """The command that tells the code of an item."""
    return b"\xff\x67" + PASSWORD + bytes([len(text)]) + text.encode()


def done(command: bytes, told: bytes = b"") -> bytes:
    """The reply that says so."""
    return command[: 2 if command[0] == 0xFF else 1] + b"\x00" + told


def exchanged(*pairs: tuple[bytes, bytes | None], decode: Decoder | None = None) -> list[PosEvent]:
    """What a decoder tells of commands and their replies; None: no reply came."""
    decode = decode or Decoder()
    events: list[PosEvent] = []
    for command, reply in pairs:
        events += decode.feed(b"\x05" + v1(command), AT)
        events += decode.feed_reply(b"\xff\x15\x06" + (b"" if reply is None else v1(reply)), AT)
    return events


def ok(*commands: bytes) -> list[tuple[bytes, bytes | None]]:
    """Commands that were all done."""
    return [(command, done(command)) for command in commands]
