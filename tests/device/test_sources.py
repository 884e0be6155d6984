"""Where bytes come from: recordings and sockets that go away and come back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.device_sources import Till, listening, said, settings_for
from fakes.headquarters import free_port
from fakes.patience import PAUSE_SECONDS, SECONDS, at_rest, eventually

from device.errors import SourceError
from device.journal import Journal
from device.sources import arrivals, pauses, tcp
from device.sources.tcp import MAX_CALLERS


def test_a_recording_is_replayed_line_by_line_and_ends(tmp_path: Path) -> None:
    (tmp_path / "till.bin").write_bytes(b"one\n\x00two\nthree")

    async def story() -> list[bytes]:
        known = settings_for(kind="replay", file=str(tmp_path / "till.bin"))
        return [data async for data, _ in arrivals(known.lane[0].source, known.lane[0].till, known, Journal())]

    assert asyncio.run(story()) == [b"one\n", b"\x00two\n", b"three"]


def test_a_recording_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    async def story() -> None:
        async with listening(kind="replay", file=str(tmp_path / "none.bin")) as read:
            await read(1)

    with pytest.raises(SourceError, match=r"the recording .*none\.bin cannot be read: No such file or directory"):
        asyncio.run(story())


def test_further_tries_come_at_growing_pauses_up_to_ten_seconds() -> None:
    waits = pauses()
    assert [round(next(waits), 1) for _ in range(10)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10]


def test_nothing_is_opened_before_the_first_item_is_asked_for() -> None:
    for source in ({"kind": "serial", "port": "/dev/none"}, {"kind": "tcp", "host": "256.0.0.1", "port": 1, "listen": True}):
        known = settings_for(**source)
        arrivals(known.lane[0].source, known.lane[0].till, known, Journal())


def test_a_till_that_is_connected_to_may_hang_up_go_away_and_return(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        till = Till(free_port())
        async with listening(kind="tcp", host="127.0.0.1", port=till.port) as read:
            first = asyncio.create_task(read(6))
            await said(caplog, f"no till answers at 127.0.0.1:{till.port}")
            await till.start()
            await till.say(b"first\n")
            assert await first == b"first\n"
            second = asyncio.create_task(read(7))
            await till.hang_up()
            await till.say(b"second\n")
            assert await second == b"second\n"
            third = asyncio.create_task(read(6))
            await till.stop()
            again = Till(till.port)
            await again.start()
            await again.say(b"third\n")
            assert await third == b"third\n"
            await again.stop()

    asyncio.run(story())


def _timer(port: int) -> str | None:
    """What the kernel has a timer for on the connection to this port of this machine (proc(5)); None: there is no connection."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return next((row[5][:2] for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"), None)


def test_a_till_that_lost_its_power_is_found_out_though_nothing_is_ever_sent_to_it() -> None:
    """It says no word of leaving, and whoever only reads would read for ever: the kernel asks whether it is there."""

    async def story() -> None:
        till = Till(free_port())
        await till.start()
        async with listening(kind="tcp", host="127.0.0.1", port=till.port) as read:
            heard = asyncio.create_task(read(6))
            await till.say(b"first\n")
            assert await heard == b"first\n"
            await eventually(lambda: _timer(till.port) == "02", what="a keepalive timer")
        await till.stop()

    asyncio.run(story())


def test_a_till_that_hangs_up_before_it_says_a_word_is_called_at_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[None] = []

    def counted() -> Iterator[float]:
        begun.append(None)
        yield from itertools.repeat(0.0)

    monkeypatch.setattr(tcp, "pauses", counted)

    async def story() -> None:
        till = Till(free_port())
        await till.start()
        async with listening(kind="tcp", host="127.0.0.1", port=till.port) as read:
            heard = asyncio.create_task(read(6))
            for _ in range(5):
                await till.called.wait()
                await till.hang_up()
            assert len(begun) == 1, "they begin anew"
            await till.say(b"first\n")
            assert await heard == b"first\n"
            again = asyncio.create_task(read(7))
            await till.hang_up()
            await till.say(b"second\n")
            assert await again == b"second\n"
            assert len(begun) == 2, "it had spoken"
        await till.stop()

    asyncio.run(story())


async def _call(port: int) -> asyncio.StreamWriter:
    async with asyncio.timeout(SECONDS):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                return writer
            await asyncio.sleep(PAUSE_SECONDS)


def test_a_till_that_connects_by_itself_may_do_so_again_and_takes_its_own_place() -> None:
    async def story() -> None:
        port = free_port()
        async with listening(kind="tcp", host="127.0.0.1", port=port, listen=True) as read:
            first = asyncio.create_task(read(6))
            one = await _call(port)
            one.write(b"first\n")
            assert await first == b"first\n"
            # It was switched off without a word: its old connection still stands when the new one comes.
            two = await _call(port)
            two.write(b"second\n")
            assert await read(7) == b"second\n"
            two.transport.abort()
            three = await _call(port)
            three.write(b"third\n")
            assert await read(6) == b"third\n"
            for writer in (one, three):
                writer.transport.abort()

    asyncio.run(story())


def test_a_till_that_reconnects_while_the_daemon_is_busy_loses_nothing_it_had_sent_before() -> None:
    async def story() -> None:
        port = free_port()
        async with listening(kind="tcp", host="127.0.0.1", port=port, listen=True) as read:
            first = asyncio.create_task(read(6))
            standing = await _call(port)
            standing.write(b"first\n")
            assert await first == b"first\n"
            # Blocking calls: both connections and what they said stand there before the loop takes its next turn.
            with socket.create_connection(("127.0.0.1", port)) as one:
                one.sendall(b"the end of a sale\n")
                with socket.create_connection(("127.0.0.1", port)) as two:
                    two.sendall(b"the next\n")
                    assert await read(27) == b"the end of a sale\nthe next\n"
            standing.transport.abort()

    asyncio.run(story())


def test_a_connection_that_talks_on_and_on_makes_room_for_the_new_one() -> None:
    async def story() -> None:
        port = free_port()
        async with listening(kind="tcp", host="127.0.0.1", port=port, listen=True) as read:
            first = asyncio.create_task(read(6))
            old = await _call(port)
            old.write(b"first\n")
            assert await first == b"first\n"

            async def talk() -> None:
                while True:
                    old.write(b"on and on\n")
                    await asyncio.sleep(PAUSE_SECONDS)

            talking = asyncio.create_task(talk())
            new = await _call(port)
            new.write(b"the new one\n")
            told = b""
            async with asyncio.timeout(SECONDS):
                while b"the new one\n" not in told:
                    told += await read(1)
            talking.cancel()
            for writer in (old, new):
                writer.transport.abort()

    asyncio.run(story())


def test_connections_beyond_those_that_may_wait_are_turned_away(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        port = free_port()
        async with listening(kind="tcp", host="127.0.0.1", port=port, listen=True) as read:
            first = asyncio.create_task(read(6))
            standing = await _call(port)
            standing.write(b"first\n")
            assert await first == b"first\n"
            waiting = [await _call(port) for _ in range(MAX_CALLERS + 2)]
            await said(caplog, "one till sends to a lane")
            waiting[0].write(b"second\n")
            assert await read(7) == b"second\n"
            for writer in (standing, *waiting):
                writer.transport.abort()

    asyncio.run(story())


def test_a_till_that_sends_faster_than_it_is_heard_is_held_back_and_loses_nothing() -> None:
    async def story() -> None:
        port = free_port()
        async with listening(kind="tcp", host="127.0.0.1", port=port, listen=True) as read:
            first = asyncio.create_task(read(1))
            till = await _call(port)
            load = os.urandom(8 * 1024 * 1024)
            till.write(load)
            start = await first
            left = await at_rest(till.transport.get_write_buffer_size)
            assert left > 0, "all of it went somewhere unbounded"
            assert start + await read(len(load) - len(start)) == load
            till.transport.abort()

    asyncio.run(story())


def test_a_port_that_is_taken_is_one_sentence() -> None:
    async def story() -> None:
        taken = Till(free_port())
        await taken.start()
        with pytest.raises(SourceError, match=rf"lane 1: cannot listen at 127\.0\.0\.1:{taken.port}: "):
            async with listening(kind="tcp", host="127.0.0.1", port=taken.port, listen=True) as read:
                await read(1)
        await taken.stop()

    asyncio.run(story())
