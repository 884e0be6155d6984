"""Every recording of a real till through every dialect, the right one and all the others: whole, cut short and damaged.

What a recording must show stands with its dialect (`test_dialect_*.py`). Here nothing is asked but the promises of a decoder: it
does not raise, does not hang, does not grow, and tells the same however the bytes come. Which bytes are damaged is drawn anew for
each length; `packaging/dev fuzz` goes on where this stops.
"""

from __future__ import annotations

import copy
import functools
import random
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from device.dialects import Decoder, decoder, names
from device.events import plain
from device.replay import END
from device.sources.capture import read

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
SHARED = Path(__file__).parents[3] / "shared" / "recordings"
RECORDINGS = sorted(
    path for path in SHARED.rglob("*") if path.is_file() and path.suffix in {".bin", ".jsonl", ".json", ".xml", ".txt"}
)
MOST_BYTES = 65_536
MOST_SPOILT = 8_192
"""Of each recording, where it is decoded again and again."""
MOST_PREFIXES = 100
DAMAGED = 15

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not RECORDINGS, reason="../shared/recordings is not there"),
]
each_pair = pytest.mark.parametrize(
    ("dialect", "recording"),
    [(name, path) for name in names() for path in RECORDINGS],
    ids=lambda value: value if isinstance(value, str) else f"{value.parent.name}/{value.name}",
)


@functools.cache
def whole(recording: Path) -> bytes:
    return b"".join(chunk.data for chunk in read(recording) if not chunk.reply)[:MOST_BYTES]


def heard(decode: Decoder, data: bytes, size: int) -> list[dict[str, Any]]:
    events = [event for start in range(0, len(data), size) for event in decode.feed(data[start : start + size], AT)]
    return [plain(event) for event in events + decode.feed(b"", AT + END)]


@each_pair
def test_one_seven_or_thousands_of_bytes_at_a_time_tell_the_same(dialect: str, recording: Path) -> None:
    data = whole(recording)
    at_once = heard(decoder(dialect), data, len(data) or 1)
    for size in (1, 7, 4096):
        assert heard(decoder(dialect), data, size) == at_once


@each_pair
def test_cut_off_anywhere_it_is_concluded_in_silence(dialect: str, recording: Path) -> None:
    data = whole(recording)[:MOST_SPOILT]
    step = -(-len(data) // MOST_PREFIXES)
    decode = decoder(dialect)
    for start in range(0, len(data), step or 1):
        decode.feed(data[start : start + step], AT)
        copy.deepcopy(decode).feed(b"", AT + END)


@each_pair
def test_a_damaged_byte_anywhere_costs_no_more_than_what_it_stands_in(dialect: str, recording: Path) -> None:
    data = whole(recording)[:MOST_SPOILT]
    chance = random.Random(f"{dialect} {recording.name}")
    for _ in range(DAMAGED if data else 0):
        spoilt = bytearray(data)
        spoilt[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        heard(decoder(dialect), bytes(spoilt), len(data))


@pytest.mark.parametrize("dialect", names())
def test_all_of_them_one_after_another_take_bounded_memory(dialect: str) -> None:
    decode = decoder(dialect)
    # What is made once, such as patterns, is not counted.
    for recording in RECORDINGS:
        decode.feed(whole(recording), AT)
    tracemalloc.start()
    for _ in range(3):
        for recording in RECORDINGS:
            decode.feed(whole(recording), AT)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2 * 2**20
