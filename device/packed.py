r"""A receipt's JSON as it stands in the edge database, compressed, and back to the very bytes. Pure.

A receipt alone is too short to be compressed well, and 90 days of them must find room on a register that nobody hears from. So
each is compressed with a dictionary, which holds what all receipts have in common: the names of the fields, their order, the
likeliest values. Nothing of a receipt depends on another one: a damaged row costs that row.

    byte 0     1, where JSON would begin with `{`: rows of before, and what is too large, are the JSON itself
    bytes 1-3  how many bytes of chance follow, big-endian
    chance     ids and digests, and scores as the floats they are: nothing compresses them, and as text they take double
    frame      zstd (RFC 8878) of the JSON, in which a byte that JSON never holds stands for each of those: \x01, \x02, \x03
               for a string of 12, 16, 32 hexadecimal digits, \x04 for a number that is a 32-bit float, little-endian; \x05
               stands for the first 12 digits of the first string of 32, which suggestions are named after

The frame states its dictionary's number and its own size. Dictionaries ship as `receipts-NUMBER.zdict`; one that was ever shipped
stays and is never changed: every older row can be read. `tests/fakes/dictionary.py` makes one, of invented shops' receipts.

The sum of a row (`device.edge_schema`) is over what is stored, so damage is found without unpacking; headquarters, `tillside
explain` and everybody else get what `unpack` gives. No more than `MAX_BYTES` come out of a frame.
"""

from __future__ import annotations

import functools
import re
import struct
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from device.domain import Receipt
from device.errors import StoreError

DICTIONARY: Final = 3
"""What new rows are packed with."""
MAX_BYTES: Final = 16 * 1024 * 1024 - 1
LEVEL: Final = 9
"""85 us a receipt of 4 kB; the levels above take more time for half a per cent."""

_KIND: Final = b"\x01"
_HEAD_BYTES: Final = 4
_CHANCE: Final = re.compile(rb'"(?:([0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{32})"|([0-9a-f]{12})(?=-))|(?<=:)0\.[0-9]{9,}(?=[,}])')
_MARKS: Final = {12: b"\x01", 16: b"\x02", 32: b"\x03"}
_BYTES: Final = {b"\x01": 6, b"\x02": 8, b"\x03": 16, b"\x04": 4}
_NAMED: Final = b"\x05"
_MARK: Final = re.compile(rb"[\x01-\x05]")
_NOT_JSON: Final = re.compile(rb"[\x00-\x1f]")
_FLOAT: Final = struct.Struct("<f")


class UnreadableBodyError(StoreError):
    """A row's body cannot be turned back into what was written."""


def pack(body: bytes) -> bytes:
    """As it is to be stored. Any thread may ask."""
    if len(body) > MAX_BYTES or _NOT_JSON.search(body):
        return body
    text, chance = cut(body)
    frame = zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary(DICTIONARY)).compress(text)
    return b"".join((_KIND, len(chance).to_bytes(_HEAD_BYTES - 1), chance, frame))


def unpack(stored: object) -> bytes:
    """What was given to `pack`, or was stored before there was such a thing. UnreadableBodyError: it is not that."""
    if not isinstance(stored, bytes):
        raise UnreadableBodyError("a receipt in the edge database is damaged: its body is none")
    if not stored.startswith(_KIND):
        return stored
    end = _HEAD_BYTES + int.from_bytes(stored[1:_HEAD_BYTES])
    chance, frame = stored[_HEAD_BYTES:end], stored[end:]
    try:
        stated = zstandard.get_frame_parameters(frame)
        # `max_output_size` is no cap where the frame states its size.
        if stated.content_size > MAX_BYTES:
            raise UnreadableBodyError("a receipt in the edge database is damaged: it states no size that a receipt has")
        unpacker = zstandard.ZstdDecompressor(dict_data=_dictionary(stated.dict_id), max_window_size=MAX_BYTES)
        text = unpacker.decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise UnreadableBodyError(f"a receipt in the edge database is damaged: {error}") from error
    return _put_back(text, chance)


def cut(body: bytes) -> tuple[bytes, bytes]:
    """The JSON with a mark for each piece of chance, and these in their order."""
    found: list[bytes] = []
    name = b""

    def mark(match: re.Match[bytes]) -> bytes:
        nonlocal name
        digits, whole = match[1], match[0]
        if digits is not None:
            if not name and len(digits) == 32:
                name = digits[:12]
            found.append(bytes.fromhex(digits.decode()))
            return _MARKS[len(digits)]
        if match[2] is not None:
            return _NAMED if match[2] == name else whole
        number = _FLOAT.pack(float(whole))
        if _written(number) != whole:
            return whole
        found.append(number)
        return b"\x04"

    return _CHANCE.sub(mark, body), b"".join(found)


def _put_back(text: bytes, chance: bytes) -> bytes:
    at = 0
    name = b""

    def piece(match: re.Match[bytes]) -> bytes:
        nonlocal at, name
        mark = match[0]
        if mark == _NAMED:
            return b'"' + name
        taken = chance[at : at + _BYTES[mark]]
        at += _BYTES[mark]
        if at > len(chance):
            raise UnreadableBodyError("a receipt in the edge database is damaged: it is shorter than it states")
        if mark == b"\x04":
            return _written(taken)
        digits = taken.hex().encode()
        name = name or (digits[:12] if mark == b"\x03" else b"")
        return b'"%s"' % digits

    body = _MARK.sub(piece, text)
    if at != len(chance):
        raise UnreadableBodyError("a receipt in the edge database is damaged: it is longer than it states")
    return body


def _written(number: bytes) -> bytes:
    return repr(_FLOAT.unpack(number)[0]).encode()


def receipt(stored: bytes) -> Receipt | None:
    """What stands in a row; None: it cannot be read, be it damaged or written by a later version."""
    try:
        return msgspec.json.decode(unpack(stored), type=Receipt)
    except (UnreadableBodyError, msgspec.DecodeError, UnicodeDecodeError):
        return None


@functools.cache
def _dictionary(number: int) -> zstandard.ZstdCompressionDict:
    path = Path(__file__).with_name(f"receipts-{number}.zdict")
    try:
        found = zstandard.ZstdCompressionDict(path.read_bytes(), dict_type=zstandard.DICT_TYPE_FULLDICT)
    except FileNotFoundError as error:
        raise UnreadableBodyError(
            f"a receipt in the edge database is packed with dictionary {number}, which this version does not have: "
            "install the version that wrote it, or a later one"
        ) from error
    if number == DICTIONARY:
        found.precompute_compress(level=LEVEL)
    return found
