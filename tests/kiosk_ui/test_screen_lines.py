"""Whatever comes over the wire, in whatever pieces: lines come out, memory stays bounded, nothing raises but the named error."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device.errors import ScreenLinkError
from device.screen_link import decode_from_daemon
from kiosk_ui.lines import LineReader


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=20), st.integers(1, 50))
def test_lines_are_the_same_in_whatever_pieces_they_come(lines: list[bytes], size: int) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    reader = LineReader(64)
    found = [one for start in range(0, len(stream), size) for one in reader.feed(stream[start : start + size])]
    assert found == [line for line in lines if line.strip()]
    assert reader.oversize == 0


def test_a_line_too_long_is_dropped_whole_and_the_next_is_read() -> None:
    reader = LineReader(10)
    assert reader.feed(b"x" * 11) == []
    assert reader.feed(b"x" * 10_000_000) == []
    assert len(reader._rest) <= 10
    assert reader.feed(b"tail\nnext\n") == [b"next"]
    assert reader.oversize == 1
    assert reader.feed(b"x" * 10 + b"\n") == [b"x" * 10]


@given(st.binary(max_size=300))
def test_noise_is_one_named_error(noise: bytes) -> None:
    try:
        decode_from_daemon(noise)
    except ScreenLinkError:
        return
