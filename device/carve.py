"""Reads receipts and ratings out of the pages of a damaged SQLite file, without asking SQLite. Pure.

The format is SQLite's own (https://www.sqlite.org/fileformat2.html): a page of a table begins with 13 when it is a leaf;
behind it stand offsets of cells; a cell is the payload's size, the row's number, and the record, whose tail may lie in a chain
of overflow pages. A WAL is frames: a page with its number, the salts of the WAL, and a checksum that goes on from frame to
frame; SQLite believes the frames up to the last commit before the first checksum that fails.

A row counts when its own sum fits (`device.edge_schema`). Rows that were deleted may come back from pages that are free: they
were acknowledged, and are not sent again.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from mmap import mmap
from typing import Final, NamedTuple

from device.edge_schema import rating_sum, receipt_sum

_LEAF: Final = 13
_FRAME: Final = struct.Struct(">IIIIII")
_WAL: Final = struct.Struct(">IIIIIIII")
_MAGICS: Final = (0x377F0682, 0x377F0683)
_BEGINS: Final = frozenset({2, 5, 10, 13})
_SIZES: Final = (4096, 8192)
"""Of pages: what a database of this program has, an older one first."""
_HEAD_BYTES: Final = 100
"""Of the file, on its first page."""
MAX_RECORD_BYTES: Final = 16 * 1024 * 1024

Value = int | str | bytes | None


class ReceiptRow(NamedTuple):
    """The columns of `receipt`."""

    seq: int
    epoch: str
    receipt_id: str
    digest: bytes
    lane: str
    closed_at: str
    body: bytes


class RatingRow(NamedTuple):
    """The columns of `rating`."""

    receipt: int
    seq: int
    epoch: str
    body: bytes


class Frames(NamedTuple):
    """Of a WAL, in their order: page number and content."""

    believed: list[tuple[int, bytes]]
    """What SQLite reads."""
    behind: list[tuple[int, bytes]]
    """What it does not: a transaction that was never ended, or all that came after a damaged frame."""


def frames(wal: bytes) -> Frames:
    if len(wal) < _WAL.size:
        return Frames([], [])
    magic, _, size, _, *salts = _WAL.unpack_from(wal)[:6]
    if magic not in _MAGICS or not 512 <= size <= 65536 or size & (size - 1):
        magic, size = _MAGICS[0], _size_of_frames(wal)
    order = ">" if magic & 1 else "<"
    checked = _checksum(wal[:24], (0, 0), order)
    whole = checked == _WAL.unpack_from(wal)[6:]
    found: list[tuple[int, bytes]] = []
    believed = 0
    for at in range(_WAL.size, len(wal) - _FRAME.size - size + 1, _FRAME.size + size):
        page, commit, *named = _FRAME.unpack_from(wal, at)
        if not whole and not found:
            salts = named[:2]  # the WAL's own are lost: its first frame has them too
        if named[0] != salts[0] and named[1] != salts[1]:
            whole = False  # of an earlier round of the WAL; one of them alone is damage
            continue
        whole = whole and named[:2] == list(salts)
        content = wal[at + _FRAME.size : at + _FRAME.size + size]
        found.append((page, content))
        if whole:
            checked = _checksum(content, _checksum(wal[at : at + 8], checked, order), order)
            whole = checked == tuple(named[2:])
            believed = len(found) if whole and commit else believed
    return Frames(found[:believed], found[believed:])


class Pages(Mapping[int, bytes]):
    """By number, from 1; what stands later in the WAL counts. The size of a page is a guess where the head is damaged."""

    def __init__(self, database: bytes | mmap, overlay: Sequence[tuple[int, bytes]]) -> None:
        stated = int.from_bytes(database[16:18])
        size = len(overlay[0][1]) if overlay else 65536 if stated == 1 else stated
        self._size = size if 512 <= size <= 65536 and not size & (size - 1) else _size_of_pages(database)
        self._database = database
        whole = -(-len(database) // self._size)
        # A database grows by a page at a time: what a damaged frame calls itself beyond that is no page, and neither is 0.
        self._overlay = {number: page for number, page in overlay if 1 <= number <= whole + len(overlay)}
        self._count = max([whole, *self._overlay])

    def __getitem__(self, number: int) -> bytes:
        if not 1 <= number <= self._count:
            raise KeyError(number)
        at = (number - 1) * self._size
        return self._overlay.get(number) or self._database[at : at + self._size]

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, self._count + 1))

    def __len__(self) -> int:
        return self._count


def _size_of_frames(wal: bytes) -> int:
    """Where the head does not tell: the second frame has the salts of the first, or there is no second."""
    first = wal[_WAL.size + 8 : _WAL.size + 16]
    for size in _SIZES:
        second = _WAL.size + _FRAME.size + size
        if wal[second + 8 : second + 16] == first or len(wal) == second:
            return size
    return _SIZES[-1]


def _size_of_pages(database: bytes | mmap) -> int:
    """Where the head does not tell: the smallest at which most pages begin like one of a table or an index."""
    for size in _SIZES:
        begins = [database[at] in _BEGINS for at in range(size, min(len(database), 1000 * size), size)]
        if sum(begins) * 2 > len(begins):
            return size
    return _SIZES[-1]


def rows(known: Mapping[int, bytes], among: Iterable[int] | None = None) -> Iterator[ReceiptRow | RatingRow]:
    """Every row whose sum fits, page by page, some of them more than once."""
    for number in known if among is None else filter(known.__contains__, among):
        page = known[number]
        head = _HEAD_BYTES if number == 1 else 0
        if len(page) < head + 8 or page[head] != _LEAF:
            continue
        cells = int.from_bytes(page[head + 3 : head + 5])
        for index in range(min(cells, len(page) // 4)):
            at = int.from_bytes(page[head + 8 + 2 * index : head + 10 + 2 * index])
            try:
                row = _row(*_record(known, page, at))
            except (IndexError, ValueError, KeyError):
                continue  # what stands there is no row
            if row is not None:
                yield row


def _row(number: int, values: list[Value]) -> ReceiptRow | RatingRow | None:
    match values:
        case [None, str(epoch), str(receipt_id), bytes(digest), str(lane), str(closed_at), bytes(body), kept]:
            receipt = ReceiptRow(number, epoch, receipt_id, digest, lane, closed_at, body)
            return receipt if kept == receipt_sum(*receipt) else None
        case [None, int(seq), str(epoch), bytes(body), kept]:
            rating = RatingRow(number, seq, epoch, body)
            return rating if kept == rating_sum(*rating) else None
        case _:
            return None


def _record(known: Mapping[int, bytes], page: bytes, at: int) -> tuple[int, list[Value]]:
    """The row's number and its values."""
    size, at = _varint(page, at)
    number, at = _varint(page, at)
    if not 0 < size <= MAX_RECORD_BYTES:
        raise ValueError(size)
    payload = _payload(known, page, at, size)
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in itertools.islice(kinds, 64):
        value, at = _value(payload, at, kind)
        values.append(value)
    return number, values


def _payload(known: Mapping[int, bytes], page: bytes, at: int, size: int) -> bytes:
    usable = len(page)
    if size <= usable - 35:
        return page[at : at + size]
    least = (usable - 12) * 32 // 255 - 23
    local = least + (size - least) % (usable - 4)
    local = local if local <= usable - 35 else least
    found = bytearray(page[at : at + local])
    following = int.from_bytes(page[at + local : at + local + 4])
    while len(found) < size:
        more = known[following]
        found += more[4 : 4 + size - len(found)]
        following = int.from_bytes(more[:4])
        if len(more) < 8:
            raise ValueError(following)
    return bytes(found)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in {8, 9}:
        return kind - 8, at
    size = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}.get(kind) if kind < 12 else (kind - 12) // 2
    if size is None or at + size > len(payload):
        raise ValueError(kind)
    raw = payload[at : at + size]
    if kind < 12:
        return int.from_bytes(raw, signed=True), at + size
    return (raw.decode() if kind % 2 else raw), at + size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(8):
        byte = raw[at + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    return value << 8 | raw[at + 8], at + 9


def _checksum(raw: bytes, before: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = before
    words = struct.unpack(f"{order}{len(raw) // 4}I", raw)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = first + even + second & 0xFFFFFFFF
        second = second + odd + first & 0xFFFFFFFF
    return first, second
