"""Every dialect in the folder: the same events however the bytes come, and nothing a till sends is an error.

A dialect has a folder of recordings here: `NAME.bin` as the till sent it, or `NAME.capture` with times and both directions (see
`device.sources.capture`); beside it `NAME.events.jsonl`, the events without their time, and where it needs them `NAME.toml`, the
dialect's options.
"""

from __future__ import annotations

import json
import random
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fuzz.every_byte import AT, fed, options, recordings
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects import decoder, names
from device.errors import SettingsError
from device.events import BasketState, ItemScanned, LineRung, PosEvent
from device.events import plain as told
from device.replay import END
from device.sources.capture import read

PAIRS = [(name, path) for name in names() for path in recordings(name)]
each_dialect = pytest.mark.parametrize("dialect", names())
each_recording = pytest.mark.parametrize(("dialect", "recording"), PAIRS, ids=lambda v: getattr(v, "stem", v))
ITEMS = (BasketState, LineRung, ItemScanned)
PAUSE = timedelta(seconds=5)
"""Between two shoppers."""


def plain(event: PosEvent) -> dict[str, Any]:
    return {name: value for name, value in told(event).items() if name not in {"at", "loyalty_id"}}


def bare(recording: Path) -> bytes:
    return b"".join(chunk.data for chunk in read(recording) if not chunk.reply)


@each_dialect
def test_a_dialect_has_a_recording(dialect: str) -> None:
    found = [name for name, _ in PAIRS if name == dialect]
    assert found, f"capture one: tillside listen --raw tests/device/recordings/{dialect}/NAME.capture"


@each_recording
@pytest.mark.parametrize("size", [1, 7, 4096, 10**6])
def test_the_same_events_come_of_any_split(dialect: str, recording: Path, size: int) -> None:
    expected = [json.loads(line) for line in recording.with_suffix(".events.jsonl").read_bytes().splitlines()]
    events = fed(decoder(dialect, options(recording)), recording, size)
    assert [plain(event) for event in events] == expected


@each_recording
def test_silence_is_heard_also_by_a_clock_that_was_set_back_in_it(dialect: str, recording: Path) -> None:
    """Who tells a decoder that nothing came has waited `quiet_seconds`, whatever the clock says then."""
    if (quiet := decoder(dialect, options(recording)).quiet_seconds) is None:
        pytest.skip("silence means nothing to it")

    whole = bare(recording)

    def told_after(silence: float, size: int) -> list[dict[str, Any]]:
        decode = decoder(dialect, options(recording))
        events = [*decode.feed(whole[:size], AT), *decode.feed(b"", AT + timedelta(seconds=silence))]
        return [plain(event) for event in events]

    for size in range(0, len(whole) + 1, max(1, len(whole) // 20)):
        assert told_after(-3600, size) == told_after(quiet, size)


@each_recording
@settings(max_examples=15, deadline=None, database=None)
@given(st.data())
def test_cut_anywhere_the_next_recording_is_read_whole(dialect: str, recording: Path, data: Any) -> None:
    whole = bare(recording)
    decode = decoder(dialect, options(recording))
    decode.feed(whole[: data.draw(st.integers(0, len(whole)))] + b"\n", AT)
    expected = [plain(event) for event in fed(decoder(dialect, options(recording)), recording, 4096)]
    # What was cut off is concluded by the silence after it. One message may be lost with the one that was cut off before it.
    decode.feed(b"", AT + END)
    events = [plain(event) for event in fed(decode, recording, 4096, AT + 2 * END)]
    assert events[-3:] == expected[-3:]


@each_recording
@settings(max_examples=6, deadline=None, database=None)
@given(seed=st.integers(0, 2**64), size=st.sampled_from([3, 30, 300, 3000]), silent=st.booleans())
def test_after_noise_the_till_is_read_as_without(dialect: str, recording: Path, *, seed: int, size: int, silent: bool) -> None:
    expected = played(dialect, recording, b"", silent=silent)
    assert played(dialect, recording, random.Random(seed).randbytes(size), silent=silent) == expected


def played(dialect: str, recording: Path, noise: bytes, *, silent: bool) -> list[dict[str, Any]]:
    """Events of a recording the third time, with noise before the first: what hangs on to the noise is over by then.

    The first may be lost in an unfinished command, and with it the cut at its end by which a printer knows, in the second, that
    it is spoken to again after noise selected the display behind it.
    """
    decode, at = decoder(dialect, options(recording)), AT
    if noise:
        decode.feed(noise, at)
    if silent:
        at += PAUSE
        decode.feed(b"", at)
    events: list[PosEvent] = []
    for _ in range(3):
        events, begun = [], at
        for chunk in read(recording):
            at = begun + timedelta(milliseconds=chunk.t_ms or 0.0)
            if (feed := getattr(decode, "feed_reply", None) if chunk.reply else decode.feed) is not None:
                events += feed(chunk.data, at)
        at += PAUSE
        events += decode.feed(b"", at)
    return [plain(event) for event in events]


@each_recording
@settings(max_examples=40, deadline=None, database=None)
@given(st.data())
def test_any_damaged_byte_costs_messages_and_never_the_decoder(dialect: str, recording: Path, data: Any) -> None:
    spoilt = bytearray(bare(recording))
    spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    decode = decoder(dialect, options(recording))
    size = data.draw(st.sampled_from([1, 64, 10**6]))
    for start in range(0, len(spoilt), size):
        decode.feed(bytes(spoilt[start : start + size]), AT)
    assert decode.skips.messages <= len(spoilt)


@each_dialect
@settings(max_examples=40, deadline=None, database=None)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_never_raises_and_never_invents_an_item(dialect: str, noise: list[bytes]) -> None:
    decode = decoder(dialect)
    events = [event for piece in noise for event in decode.feed(piece, AT)] + decode.feed(b"", AT + END)
    # A display has neither frames nor checks: a word above a price is an item, however it came there.
    shown = dialect == "pole" and any(48 <= byte <= 57 for piece in noise for byte in piece)
    assert shown or not [event for event in events if isinstance(event, ITEMS)]


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
def test_noise_of_a_kind_met_on_ports_is_no_item(dialect: str, noise: bytes) -> None:
    decode = decoder(dialect)
    events = decode.feed(noise, AT) + decode.feed(b"", AT + END)
    assert not [event for event in events if isinstance(event, ITEMS)]


@each_dialect
def test_megabytes_without_an_end_take_bounded_memory(dialect: str) -> None:
    decode = decoder(dialect)
    chunks = [b"{" + random.Random(1).randbytes(65_535).replace(b"\n", b" "), b'"' + b"A" * 65_535]
    tracemalloc.start()
    for _ in range(80):
        for chunk in chunks:
            decode.feed(chunk, AT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20, "10 MiB were fed"


@each_recording
def test_after_megabytes_without_an_end_the_next_recording_is_read(dialect: str, recording: Path) -> None:
    decode = decoder(dialect, options(recording))
    events = [event for _ in range(46) for event in decode.feed(b"x" * 65_536, AT)] + decode.feed(b"\n", AT)
    assert not [event for event in events if isinstance(event, ITEMS)]
    expected = [plain(event) for event in fed(decoder(dialect, options(recording)), recording, 4096)]
    decode.feed(b"", AT + END)
    assert [plain(event) for event in fed(decode, recording, 4096, AT + 2 * END)] == expected


def test_an_unknown_dialect_is_told_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"unknown dialect 'natve' \(did you mean 'native'\?\)"):
        decoder("natve")
    with pytest.raises(SettingsError, match=r"there are: .*native"):
        decoder("../errors")
