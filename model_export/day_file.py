"""The counts of one day as a file: Parquet, whole or not there, and refused when it is not as it was written.

    columns                `left`, `right` int32, `weight` int64: `pairs.pair_counts` of that day, in this order
    metadata `tillside`    {"format", "fingerprint", "receipts", "tokens": [names]}; a column's number is a place in `tokens`
    metadata `content`     a digest of that and of the columns

A digest tells of accidents and of hands that meant well; who can write the folder could make it anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from device.errors import TrainingError, first_line
from model_export.counts import Pairs

FORMAT: Final = 2
_KEY: Final = b"tillside"
_CONTENT: Final = b"content"
_SCHEMA: Final = pa.schema({"left": pa.int32(), "right": pa.int32(), "weight": pa.int64()})
_PACKED: Final = {
    "compression": "zstd",
    "use_dictionary": ["left"],
    "column_encoding": {"right": "DELTA_BINARY_PACKED", "weight": "BYTE_STREAM_SPLIT"},
    "write_page_checksum": True,
}


class Facts(msgspec.Struct, frozen=True):
    format: int
    fingerprint: str
    receipts: int
    tokens: list[str]


def facts(path: Path) -> Facts:
    """TrainingError when it is no file of this kind, or one of a later format."""
    if not path.is_file():
        raise _unreadable(path, "it is not a regular file")  # a pipe would be waited for
    try:
        found = (pq.read_schema(path).metadata or {}).get(_KEY, b"")
        told = msgspec.json.decode(found, type=Facts)
    except MemoryError:
        raise  # no fault of the file, though one of Arrow's
    except (pa.ArrowException, OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable(path, first_line(error)) from error
    if told.format > FORMAT:
        raise _unreadable(path, f"it has format {told.format}, not {FORMAT}")
    return told


def read(path: Path, fingerprint: str) -> tuple[list[str], Pairs]:
    """Names of tokens and pairs of their places; TrainingError unless they are those of `fingerprint`, as they were written."""
    told = facts(path)
    most = len(told.tokens) * (len(told.tokens) + 1) // 2
    try:
        metadata = pq.read_metadata(path)
        if metadata.num_rows > most:
            raise _unreadable(path, f"it counts {metadata.num_rows} pairs of {len(told.tokens)} tokens")
        table = pq.read_table(path, page_checksum_verification=True)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, first_line(error)) from error
    if told.fingerprint != fingerprint or not table.schema.equals(_SCHEMA):
        raise _unreadable(path, "it was exchanged meanwhile")
    digest = _Digest(told)
    digest.take(table)
    if metadata.metadata.get(_CONTENT) != digest.told():
        raise _unreadable(path, "it is not as it was written")
    left, right = table["left"].to_numpy(), table["right"].to_numpy()
    if len(left) and not 0 <= min(left.min(), right.min()) <= max(left.max(), right.max()) < len(told.tokens):
        raise _unreadable(path, "it counts tokens that it does not list")
    return told.tokens, (left, right, table["weight"].to_numpy())


def write(path: Path, told: Facts, parts: Iterable[Pairs]) -> None:
    """Whole or not at all; OSError when it cannot be written."""
    aside = path.with_suffix(".part")
    schema, digest = _SCHEMA.with_metadata({_KEY: msgspec.json.encode(told)}), _Digest(told)
    try:
        with aside.open("wb") as file:
            with pq.ParquetWriter(file, schema, **_PACKED) as writer:
                for pairs in parts:
                    part = pa.table([*pairs], schema=schema)
                    writer.write_table(part)
                    digest.take(part)
                writer.add_key_value_metadata({_CONTENT: digest.told()})
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


class _Digest:
    """Of the facts and each column, however many parts they are written in."""

    def __init__(self, told: Facts) -> None:
        self._whole = hashlib.blake2b(msgspec.json.encode(told))
        self._columns = {name: hashlib.blake2b() for name in _SCHEMA.names}

    def take(self, table: Any) -> None:
        for name, column in self._columns.items():
            for chunk in table[name].chunks:
                column.update(chunk.to_numpy(zero_copy_only=False))

    def told(self) -> bytes:
        whole = self._whole.copy()
        for column in self._columns.values():
            whole.update(column.digest())
        return whole.hexdigest().encode()


def _unreadable(path: Path, why: str) -> TrainingError:
    return TrainingError(f"{path} cannot be read as the counts of a day ({why}): delete it, and that day is counted anew")
