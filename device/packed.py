r"""A receipt's JSON as it stands in the edge database, compressed, and back to the very bytes. Pure.

A receipt alone is too short to be compressed well, and 90 days of them must find room on a register that nobody hears from. So
each is compressed with a dictionary, which holds what all receipts have in common: the names of the fields, their order, the
likeliest values. Nothing of a receipt depends on another one: a damaged row costs that row.

    byte 0     1, where JSON would begin with `{`: rows of before, and what is too large, are the JSON itself
    bytes 1-3  how many bytes of chance follow, big-endian
    chance     ids and digests, and scores as the floats they are: nothing compresses them, and as text they take twice the room
    frame      zstd (RFC 8878) of the JSON, in which a byte that JSON never holds stands for each of those: \x01, \x02, \x03 for a
               string of 12, 16, 32 hexadecimal digits, \x04 for a number that is a 32-bit float, little-endian

The frame states the number of its dictionary and its size. Dictionaries ship as `receipts-NUMBER.zdict`; one that was ever shipped
stays and is never changed, so that every older row can be read. `tests/fakes/dictionary.py` makes one, of invented shops' receipts.

The sum of a row (`device.edge_schema`) is over what is stored, so damage is found without unpacking; headquarters, `tillside
explain` and everybody else get what `unpack` gives. What a row states is not believed: at most `MAX_BYTES` come out of its frame.
"""

from __future__ import annotations

import functools
import re
import struct
from pathlib import Path
from typing import Final

import zstandard

from device.errors import StoreError

DICTIONARY: Final = 1
"""What new rows are packed with."""
MAX_BYTES: Final = 16 * 1024 * 1024 - 1
LEVEL: Final = 6
"""60 us a receipt of 4 kB; the levels above take more time for less than 1 %."""

_KIND: Final = b"\x01"
_HEAD_BYTES: Final = 4
_CHANCE: Final = re.compile(rb'"([0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{32})"|(?<![-0-9.eE+])0\.[0-9]{9,}(?![0-9.eE+-])')
_MARKS: Final = {12: b"\x01", 16: b"\x02", 32: b"\x03"}
_BYTES: Final = {b"\x01": 6, b"\x02": 8, b"\x03": 16, b"\x04": 4}
_MARK: Final = re.compile(rb"[\x01-\x04]")
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


def unpack(stored: bytes) -> bytes:
    """What was given to `pack`, or was stored before there was such a thing. UnreadableBodyError: it is not that."""
    if not stored.startswith(_KIND):
        return bytes(stored)
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

    def mark(match: re.Match[bytes]) -> bytes:
        digits = match[1]
        if digits is not None:
            found.append(bytes.fromhex(digits.decode()))
            return _MARKS[len(digits)]
        number = _FLOAT.pack(float(match[0]))
        if _written(number) != match[0]:
            return match[0]
        found.append(number)
        return b"\x04"

    return _CHANCE.sub(mark, body), b"".join(found)


def _put_back(text: bytes, chance: bytes) -> bytes:
    at = 0

    def piece(match: re.Match[bytes]) -> bytes:
        nonlocal at
        taken = chance[at : at + _BYTES[match[0]]]
        at += _BYTES[match[0]]
        if at > len(chance):
            raise UnreadableBodyError("a receipt in the edge database is damaged: it is shorter than it states")
        return _written(taken) if match[0] == b"\x04" else b'"%s"' % taken.hex().encode()

    body = _MARK.sub(piece, text)
    if at != len(chance):
        raise UnreadableBodyError("a receipt in the edge database is damaged: it is longer than it states")
    return body


def _written(number: bytes) -> bytes:
    return repr(_FLOAT.unpack(number)[0]).encode()


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
