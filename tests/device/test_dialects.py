"""Every dialect in the folder: the same events however the bytes come, and nothing a till sends is an error.

A dialect has a folder of recordings here: `*.bin` as the till sent it, and beside it the events as JSON lines, without time and
card.
"""

from __future__ import annotations

import json
import random
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects import Decoder, decoder, names
from device.domain import PosEvent
from device.errors import SettingsError

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
RECORDINGS = Path(__file__).parent / "recordings"
PAIRS = [(name, path) for name in names() for path in sorted((RECORDINGS / name).glob("*.bin"))]
each_dialect = pytest.mark.parametrize("dialect", names())
each_recording = pytest.mark.parametrize(("dialect", "recording"), PAIRS, ids=lambda v: getattr(v, "stem", v))


def plain(event: PosEvent) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(msgspec.json.encode(event))
    return {name: value for name, value in fields.items() if name not in {"at", "loyalty_id"}}


def fed(decode: Decoder, data: bytes, size: int) -> list[PosEvent]:
    return [event for start in range(0, len(data), size) for event in decode.feed(data[start : start + size], AT)]


@each_dialect
def test_a_dialect_has_a_recording(dialect: str) -> None:
    assert list((RECORDINGS / dialect).glob("*.bin")), f"capture one: tillside listen --raw tests/device/recordings/{dialect}/..."


@each_recording
@pytest.mark.parametrize("size", [1, 7, 4096, 10**6])
def test_the_same_events_come_of_any_split(dialect: str, recording: Path, size: int) -> None:
    expected = [json.loads(line) for line in recording.with_suffix(".jsonl").read_bytes().splitlines()]
    events = fed(decoder(dialect), recording.read_bytes(), size)
    assert [plain(event) for event in events] == expected
    assert {event.at for event in events} == {AT}


@each_recording
@settings(max_examples=15, deadline=None, database=None)
@given(st.data())
def test_cut_anywhere_the_next_recording_is_read_whole(dialect: str, recording: Path, data: Any) -> None:
    whole = recording.read_bytes()
    decode = decoder(dialect)
    decode.feed(whole[: data.draw(st.integers(0, len(whole)))] + b"\n", AT)
    expected = [plain(event) for event in decoder(dialect).feed(whole, AT)]
    # One that spans several lines may be lost with the one before it that was cut off inside.
    events = [plain(event) for event in decode.feed(whole, AT)]
    assert events[-3:] == expected[-3:]


@each_recording
@settings(max_examples=40, deadline=None, database=None)
@given(st.data())
def test_any_damaged_byte_costs_messages_and_never_the_decoder(dialect: str, recording: Path, data: Any) -> None:
    spoilt = bytearray(recording.read_bytes())
    spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    decode = decoder(dialect)
    fed(decode, bytes(spoilt), data.draw(st.sampled_from([1, 64, 10**6])))
    assert decode.skips.messages <= len(spoilt)


@each_dialect
@settings(max_examples=40, deadline=None, database=None)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_never_raises_and_never_invents_a_sale(dialect: str, noise: list[bytes]) -> None:
    decode = decoder(dialect)
    assert [event for piece in noise for event in decode.feed(piece, AT)] == []


@each_dialect
@pytest.mark.parametrize(
    "noise",
    [
        b"\x00" * 10_000,
        b"\xff" * 10_000 + b"\n",
        b"\r\n" * 5_000,
        b"{" * 5_000 + b"\n",
        b"[" * 5_000 + b"\n",
        b"}" * 5_000 + b"\n",
        b'{"lines":' + b"[" * 100_000 + b"\n",
        "Чек № 17\n".encode("cp866") * 100,
        b"\xef\xbb\xbf\n\xc0\xaf\xed\xa0\x80\n",
        b"\x1b@\x1b!\x00TOTAL 12.00\n" * 100,
        b"\x02\x10\x30\x03\x21AT+CSQ\r\n",
    ],
)
def test_noise_of_a_kind_met_on_ports_is_no_event(dialect: str, noise: bytes) -> None:
    assert fed(decoder(dialect), noise, 4096) == []


@each_dialect
def test_megabytes_without_an_end_take_bounded_memory(dialect: str) -> None:
    decode = decoder(dialect)
    chunks = [b"{" + random.Random(1).randbytes(65_535).replace(b"\n", b" "), b'"' + b"A" * 65_535]
    tracemalloc.start()
    for _ in range(80):
        for chunk in chunks:
            assert decode.feed(chunk, AT) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20, "10 MiB were fed"


@each_recording
def test_after_megabytes_without_an_end_the_next_message_is_read(dialect: str, recording: Path) -> None:
    decode = decoder(dialect)
    fed(decode, b"x" * 3_000_000 + b"\n", 65_536)
    assert decode.skips.messages == 1
    assert len(decode.feed(recording.read_bytes(), AT)) == len(decoder(dialect).feed(recording.read_bytes(), AT))


def test_an_unknown_dialect_is_told_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"unknown dialect 'natve' \(did you mean 'native'\?\)"):
        decoder("natve")
    with pytest.raises(SettingsError, match=r"there are: .*native"):
        decoder("../errors")
