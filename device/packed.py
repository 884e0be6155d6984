"""A receipt's JSON as it stands in the edge database: a zstd frame, and back to the very bytes. Pure.

A receipt alone is too short to be compressed well, and 90 days of them must find room on a register that nobody hears from. So
each is compressed with a dictionary, which holds what all receipts have in common: the names of the fields, their order, the
likeliest values. Nothing of a receipt depends on another one: a damaged row costs that row.

The frame (RFC 8878) states the number of its dictionary and the size of its content. Dictionaries ship as `receipts-NUMBER.zdict`;
one that was ever shipped stays and is never changed, so that every older row can be read. `tests/fakes/dictionary.py` makes one,
from receipts of invented shops. What does not begin as a frame is the JSON itself: rows of before there were frames, and what is
too large for one.

The sum of a row (`device.edge_schema`) is over the frame, so damage is found without unpacking; headquarters, `tillside explain`
and everybody else get what `unpack` gives. At most `MAX_BYTES` come out of a row, whatever it states.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import zstandard

from device.errors import StoreError

DICTIONARY: Final = 1
"""What new rows are packed with."""
MAX_BYTES: Final = 16 * 1024 * 1024
_LEVEL: Final = 6
"""70 us a receipt of 4 kB; the levels above take more time for less than 1 %."""


class UnreadableBodyError(StoreError):
    """A row's body cannot be turned back into what was written."""


def pack(body: bytes) -> bytes:
    """As it is to be stored. Any thread may ask."""
    if len(body) > MAX_BYTES:
        return body
    return zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary(DICTIONARY)).compress(body)


def unpack(stored: bytes) -> bytes:
    """What was given to `pack`, or was stored before there was such a thing. UnreadableBodyError: it is not that."""
    if not stored.startswith(zstandard.FRAME_HEADER):
        return bytes(stored)
    try:
        frame = zstandard.get_frame_parameters(stored)
        # `max_output_size` is no cap where the frame states its size.
        if frame.content_size > MAX_BYTES:
            raise UnreadableBodyError("a receipt in the edge database is damaged: it states no size that a receipt has")
        unpacker = zstandard.ZstdDecompressor(dict_data=_dictionary(frame.dict_id), max_window_size=MAX_BYTES)
        return unpacker.decompress(stored, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise UnreadableBodyError(f"a receipt in the edge database is damaged: {error}") from error


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
        found.precompute_compress(level=_LEVEL)
    return found
