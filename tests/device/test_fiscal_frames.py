"""Frames of fiscal printers among noise that looks like their beginning: none is lost, and none that fails its check is told."""

from __future__ import annotations

import binascii
import random
from functools import reduce
from operator import xor

import pytest

from device.fiscalframes import MAX_LENGTH, Frame, Line

LIKE_A_FRAME = [
    b"\x8f\x00\x1f",
    b"\x8f\x00\x1f\x02\xff",
    b"\x02\xff",
    b"\x02\x01",
    b"\x8f",
    b"\x8f\x03\x00",
    b"\x8f\x00\x20\x8f\x01\x20",
]


def v1(body: bytes) -> bytes:
    return bytes([2, len(body)]) + body + bytes([reduce(xor, body, len(body))])


def v2(seq: int, body: bytes) -> bytes:
    covered = (len(body) + 2).to_bytes(2, "little") + seq.to_bytes(2, "little") + body
    return b"\x8f" + covered + binascii.crc_hqx(covered, 0xFFFF).to_bytes(2, "little")


def one_by_one(data: bytes) -> list[Frame]:
    """What a reader finds who tries every byte as the beginning of a frame, each by itself."""
    frames, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 3], "little")
        frame, whole = None, b""
        if data[at] == 0x02 and size & 0xFF:
            frame = Frame(None, data[at + 2 : at + 2 + (size & 0xFF)])
            whole = v1(frame.body)
        elif data[at] == 0x8F and 3 <= size <= MAX_LENGTH:
            frame = Frame(int.from_bytes(data[at + 3 : at + 5], "little"), data[at + 5 : at + 3 + size])
            whole = v2(frame.seq or 0, frame.body)
        found = frame is not None and data.startswith(whole, at)
        frames += [frame] * found
        at += len(whole) if found else 1
    return frames


def told(data: bytes, piece: int) -> list[Frame]:
    line = Line(lambda _size, _why: None)
    frames = []
    for start in range(0, len(data), piece):
        line.add(data[start : start + piece])
        while frame := line.next(None):
            frames.append(frame)
    while frame := line.next(None, final=True):
        frames.append(frame)
    return frames


@pytest.mark.parametrize("noise", LIKE_A_FRAME, ids=bytes.hex)
@pytest.mark.parametrize("piece", [1, 500, 10**6])
def test_frames_of_any_length_are_found_among_noise_like_their_beginning(noise: bytes, piece: int) -> None:
    chance = random.Random(7)
    frames, data = [], b""
    for size in (1, 30, 255, 256, 2000, MAX_LENGTH - 2):
        # A frame of version 1 has at most 255 bytes.
        own = [Frame(None, b"\x10" + chance.randbytes(size - 1))] if size < 256 else []
        own.append(Frame(chance.randrange(1 << 16), b"\x10" + chance.randbytes(size - 1)))
        for frame in own:
            data += noise * chance.randrange(1, 60) + (v1(frame.body) if frame.seq is None else v2(frame.seq, frame.body))
        frames += own
    data += noise * (2 * MAX_LENGTH // len(noise))
    found = told(data, piece)
    assert found == one_by_one(data)
    # Noise may fit a check of one byte, and a frame in it is lost then.
    assert sum(frame in found for frame in frames) >= len(frames) - 2


def test_random_bytes_hold_the_frames_that_a_reader_of_each_byte_finds() -> None:
    data = random.Random(3).randbytes(400_000)
    found = told(data, 4096)
    assert found == one_by_one(data)
    assert found, "a check of one byte is fitted by chance"
