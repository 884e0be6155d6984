"""A fiscal printer's line as it is: both directions on it or one, cut frames, noise, logs that miss bytes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from fakes.shtrih_printer import AT, STATUS, close, code, done, exchanged, item, number, ok, v1, v2
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects.shtrih import Decoder, Options
from device.events import LineRung, PosEvent, SaleEnded, Tendered
from device.installer.replay import replay


def test_both_directions_on_one_line_are_told_apart() -> None:
    sale = [item(), code("4601234567893"), close(10000)]
    apart = exchanged(STATUS, *ok(*sale))
    decode = Decoder()
    mixed = b"".join(b"\x05\xff\x15" + v1(command) + b"\x06" + v1(reply or b"") for command, reply in [STATUS, *ok(*sale)])
    assert [event for byte in mixed for event in decode.feed(bytes([byte]), AT)] == apart
    assert decode.pairs == 4
    decode = Decoder()
    mixed = b"".join(v2(1, command) + v2(1, reply or b"") for command, reply in [STATUS, *ok(*sale)])
    assert decode.feed(mixed, AT) == apart


def test_the_till_alone_is_believed_only_when_told_so() -> None:
    told = v1(item()) + v1(item(price=1)) + v1(close(10001))
    assert not Decoder().feed(told, AT)
    decode = Decoder(Options(replies="assumed"))
    events = decode.feed(told, AT) + decode.feed(b"", AT + timedelta(seconds=3)) + decode.feed(b"", AT + timedelta(seconds=9))
    assert [type(event) for event in events] == [LineRung, LineRung, Tendered, SaleEnded]


def test_the_till_alone_is_believed_also_where_the_clock_was_set_back_in_its_silence() -> None:
    decode = Decoder(Options(replies="assumed"))
    events = decode.feed(v1(item()) + v1(close(10000)), AT) + decode.feed(b"", AT - timedelta(hours=1))
    assert [type(event) for event in events] == [LineRung, Tendered, SaleEnded]


def test_a_whole_recording_without_replies_says_which_option_reads_it(tmp_path: Path) -> None:
    commands = [v1(item()), v1(close(10000))]
    answers = [v1(done(item())), v1(done(close(10000), number(0)))]

    def told(reads: list[tuple[str, bytes]], *options: str) -> str:
        file = tmp_path / "till.capture"
        file.write_text("".join(json.dumps({"dir": end, "hex": data.hex()}) + "\n" for end, data in reads))
        result = CliRunner().invoke(replay, [str(file), "--dialect", "shtrih", *options])
        assert result.exit_code == 0
        return result.stderr

    till = [("host>dev", command) for command in commands]
    both = [read for command, answer in zip(till, answers, strict=True) for read in (command, ("dev>host", answer))]
    advice = "in this recording: --option replies=assumed reads what was commanded as done"
    assert f"tillside: no replies {advice}" in told(till)
    assert f"tillside: a command without reply {advice}" in told(both[:3])
    assert advice not in told(both) + told(till, "--option", "replies=assumed") + told([("host>dev", v1(STATUS[0]))])


def test_a_cut_frame_is_given_up_after_silence_and_noise_costs_no_frame() -> None:
    decode = Decoder()
    decode.feed(v1(item())[:-3], AT)
    decode.feed(v1(item()), AT + timedelta(seconds=5))
    assert len(decode.feed_reply(b"\x02\x30" + v1(done(item())), AT + timedelta(seconds=5))) == 0
    assert len(decode.feed_reply(b"", AT + timedelta(seconds=8))) == 1
    decode = Decoder()
    decode.feed(b"\x8f\xff\xff\x02\x00\xffAT+CSQ\r\n" + v1(item()), AT)
    assert len(decode.feed_reply(v1(done(item())), AT)) == 1


def test_replies_logged_without_their_first_byte_are_found() -> None:
    for split in (1, 4, 100):
        decode = Decoder()
        decode.feed(v2(2, item()), AT)
        reply = v2(2, done(item()))[1:]
        events = [event for start in range(0, len(reply), split) for event in decode.feed_reply(reply[start : start + split], AT)]
        assert len(events) == 1


@settings(max_examples=60, deadline=None, database=None)
@given(st.data())
def test_any_split_and_any_noise_between_frames_give_the_same_events(data: Any) -> None:
    version = data.draw(st.sampled_from([1, 2]))
    noise = st.binary(max_size=12).map(lambda noise: noise.translate(None, b"\x02\x8f"))
    till, printer = Decoder(), Decoder()
    pairs = [STATUS, *ok(item(), item(2_000_000), code("4601234567893"), close(30000))]
    events: list[PosEvent] = []
    for seq, (command, reply) in enumerate(pairs):
        frames = (v1(command), v1(reply or b"")) if version == 1 else (v2(seq, command), v2(seq, reply or b""))
        for feed, frame in zip((till.feed, till.feed_reply), frames, strict=True):
            stream = data.draw(noise) + frame
            size = data.draw(st.integers(1, len(stream)))
            for start in range(0, len(stream), size):
                events += feed(stream[start : start + size], AT)
    assert events == exchanged(*pairs, decode=printer)


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=90)), max_size=8))
def test_frames_of_any_content_never_raise(bodies: list[tuple[bool, bytes]]) -> None:
    decode = Decoder(Options(replies="assumed"))
    for start in (
        b"",
        b"\xff\x46",
        b"\xff\x45",
        b"\xff\x67",
        b"\xff\x4d",
        b"\x80",
        b"\x84",
        b"\x85",
        b"\x89",
        b"\x8d",
        b"\x10",
        b"\x11",
    ):
        for reply, body in bodies:
            if start + body:
                (decode.feed_reply if reply else decode.feed)(v1(start + body), AT)
    decode.feed(b"", AT + timedelta(days=1))
