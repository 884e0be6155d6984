"""Measured rows of a large chain, made as fast as files can be written: what the engine is asked over in benchmarks.

Receipts of stores with five registers each, over eight weeks of which the later four are an experiment; two in five of known
shoppers, who come again. Values are drawn, not played: the report finds what chance makes of it.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from device.arms import Experiment
from model_export.worth import rows
from model_export.worth.measuring import COLUMNS, REGULARS

DAYS, BEFORE = 56, 28
FIRST = date(2026, 5, 1).toordinal() - BEFORE
_KINDS = {"string": pa.string(), "int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64()}


def write(folder: Path, receipts: int, tested: Experiment, seed: int = 1) -> None:
    """As `rows.Folder` keeps them."""
    chance = np.random.default_rng(seed)
    folder.mkdir()
    people = max(receipts // 40, 1000)
    names = _texts(chance, people)
    days = {}
    for day in range(DAYS):
        size = receipts * (day + 1) // DAYS - receipts * day // DAYS
        path = folder / f"rows-{date.fromordinal(FIRST + day).isoformat()}.parquet"
        with pq.ParquetWriter(path, rows._SCHEMA, compression="zstd") as writer:
            for part in _parts(chance, day, size, names, receipts, tested):
                writer.write_table(part)
        body = path.read_bytes()
        days[FIRST + day] = rows._Day("made", size, len(body), zlib.crc32(body))
    (folder / "rows.json").write_bytes(msgspec.json.encode(rows._List(rows._meaning(), "made", days)))


def _parts(
    chance: np.random.Generator, day: int, size: int, names: pa.Array, receipts: int, tested: Experiment
) -> Iterator[pa.Table]:
    for first in range(0, size, 100_000):
        yield _part(chance, day, first, min(100_000, size - first), names, receipts, tested)


def _part(
    chance: np.random.Generator, day: int, first: int, n: int, names: pa.Array, receipts: int, tested: Experiment
) -> pa.Table:
    stores = max(receipts // 100_000, 5)
    store = chance.integers(0, stores, n)
    device = store * 5 + chance.integers(0, 5, n)
    hour = 8 + chance.integers(0, 14, n)
    person, known = chance.integers(0, len(names), n), chance.random(n) < 0.4
    ids = _texts(chance, n)
    within = day >= BEFORE
    arm = _drawn(ids, tested) if within else np.full(n, -1)
    arms = np.array([one.name for one in tested.arm], object)
    attached = (chance.random((n, 3)) < 0.1 + 0.02 * (arm[:, None] == 1)).sum(axis=1)
    items = 1 + chance.poisson(4, n) + attached
    total = np.round(items * 9000 * np.exp(chance.normal(-0.1, 0.4, n)))
    offered = np.where(chance.random(n) < 0.9, 3.0, 0.0)
    made = {
        "utc_day": np.full(n, FIRST + day),
        "nth": np.arange(first, first + n),
        "rule": pa.nulls(n, pa.string()),
        "receipt": ids,
        "identity": chance.integers(-(2**63), 2**63, n),
        "store": _named("S", store),
        "device": _named("till-", device),
        "currency": pa.array(["RUB"]).take(pa.array(np.zeros(n, np.int64))),
        "experiment": pa.array([tested.name] * n) if within else pa.nulls(n, pa.string()),
        "arm": pa.array(arms[arm]) if within else pa.nulls(n, pa.string()),
        "shopper": names.take(pa.array(person, mask=~known)),
        "shopper_code": pa.array(person * 2_654_435_761, mask=~known),
        "day": np.full(n, FIRST + day),
        "hour": hour,
        "ahead": np.full(n, 180),
        "closed_s": (FIRST + day - date(1970, 1, 1).toordinal()) * 86_400 + (hour - 3) * 3600 + chance.integers(0, 3600, n),
        "lied": np.zeros(n),
        "offered": offered,
        "painted": np.where((arm == 1) & (offered > 0), 1.0, 0.0),
        "accepted": np.where((arm == 1) & (chance.random(n) < 0.05), 1.0, 0.0),
        "explored": np.zeros(n),
        "answered": np.where((arm == 1) & (chance.random(n) < 0.1), 1.0, 0.0),
        "attached": attached.astype(np.float64),
        "items": items.astype(np.float64),
        "total": total,
        "margin": np.round(0.25 * total),
        "margin_of": total,
        "till_s": np.round(4.0 * items * np.exp(chance.normal(0, 0.3, n)), 3),
        "rating": pa.array(chance.choice([-100.0, 0.0, 100.0], n), mask=chance.random(n) >= 0.1),
        **dict.fromkeys(REGULARS, np.zeros(n)),
    }
    arrays = [pa.array(made[name]).cast(_KINDS[kind]) for name, kind in COLUMNS.items()]
    return pa.table(arrays, schema=rows._SCHEMA)


def _drawn(ids: pa.Array, tested: Experiment) -> np.ndarray:
    """As the register draws, for two arms of the same share: the highest bit."""
    assert [arm.share for arm in tested.arm] == [1, 1]
    key, name = tested.key.encode(), f"{tested.name}\0".encode()
    first = bytes(hmac.digest(key, name + one.encode(), hashlib.sha256)[0] for one in ids.to_pylist())
    return (np.frombuffer(first, np.uint8) >> 7).astype(np.int64)


def _texts(chance: np.random.Generator, n: int) -> pa.Array:
    """Names of 32 hexadecimal digits."""
    offsets = np.arange(0, 32 * (n + 1), 32, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(binascii.hexlify(chance.bytes(16 * n))))


def _named(what: str, codes: np.ndarray) -> pa.Array:
    names = pa.array([f"{what}{number}" for number in range(int(codes.max(initial=0)) + 1)])
    return names.take(pa.array(codes))
