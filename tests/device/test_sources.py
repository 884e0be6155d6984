"""Where bytes come from: files, sockets and serial ports that go away and come back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.headquarters import free_port

from device.errors import SourceError
from device.journal import Journal
from device.settings import Settings, parse
from device.sources import arrivals, pauses


def settings_for(**source: Any) -> Settings:
    return parse({"store": "S1", "device": "r1", "lane": [{"till": "1", "source": source}]})


@asynccontextmanager
async def listening(**source: Any) -> AsyncIterator[Callable[[int], Any]]:
    """The source as the daemon opens it; the function reads until so many bytes have come."""
    known = settings_for(**source)
    stream = arrivals(known.lane[0], known, Journal())

    async def read(size: int) -> bytes:
        data = b""
        async with asyncio.timeout(20):
            while len(data) < size:
                piece, at = await anext(stream)
                assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
                data += piece
        return data

    async with aclosing(stream):  # type: ignore[type-var]
        yield read
    # Closing a connection takes a turn or two of the loop.
    await asyncio.sleep(0.02)


async def said(caplog: pytest.LogCaptureFixture, words: str) -> str:
    async with asyncio.timeout(20):
        while not (found := [message for message in caplog.messages if words in message]):  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
    return found[0]


def test_a_recording_is_replayed_line_by_line_and_ends(tmp_path: Path) -> None:
    (tmp_path / "till.bin").write_bytes(b"one\n\x00two\nthree")

    async def story() -> list[bytes]:
        known = settings_for(kind="replay", file=str(tmp_path / "till.bin"))
        return [data async for data, _ in arrivals(known.lane[0], known, Journal())]

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
        arrivals(known.lane[0], known, Journal())


class Till:
    """A till that waits to be asked: a TCP server that can hang up and be gone."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.caller: asyncio.StreamWriter | None = None
        self.called = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _serve(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.caller = writer
        self.called.set()

    async def say(self, data: bytes) -> None:
        async with asyncio.timeout(20):
            await self.called.wait()
        assert self.caller is not None
        self.caller.write(data)
        await self.caller.drain()

    async def hang_up(self) -> None:
        assert self.caller is not None
        self.called.clear()
        self.caller.transport.abort()
        await asyncio.sleep(0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        if self.called.is_set():
            await self.hang_up()


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


async def _call(port: int) -> asyncio.StreamWriter:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                return writer
            await asyncio.sleep(0.01)


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
            await asyncio.sleep(0.02)

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
            await asyncio.sleep(0.05)
            assert till.transport.get_write_buffer_size() > 0, "all of it went somewhere unbounded"
            assert start + await read(len(load) - len(start)) == load
            till.transport.abort()
            await asyncio.sleep(0.02)

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


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Callable[[], int]]:
    """Plugs a serial adapter in, under the same name each time; the end of the till is returned."""
    name, open_ends = tmp_path / "usb-till", list[int]()

    def plug_in() -> int:
        master, slave = pty.openpty()
        tty.setraw(slave)
        name.unlink(missing_ok=True)
        name.symlink_to(os.ttyname(slave))
        os.close(slave)
        open_ends.append(master)
        return master

    yield plug_in
    for end in open_ends:
        with contextlib.suppress(OSError):
            os.close(end)


def test_bytes_of_a_serial_port_come_as_they_were_sent(
    tmp_path: Path, plug: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        master = plug()
        every_byte = bytes(range(256))
        async with listening(kind="serial", port=str(tmp_path / "usb-till")) as read:
            first = asyncio.create_task(read(len(every_byte)))
            await said(caplog, "at 9600 baud")
            os.write(master, every_byte)
            assert await first == every_byte

    asyncio.run(story())


def test_a_serial_port_that_is_unplugged_is_found_again_where_it_is_plugged_in(
    tmp_path: Path, plug: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        master = plug()
        async with listening(kind="serial", port=str(tmp_path / "usb-till"), baud=115200) as read:
            first = asyncio.create_task(read(6))
            await said(caplog, "at 115200 baud")
            os.write(master, b"first\n")
            assert await first == b"first\n"
            second = asyncio.create_task(read(7))
            os.close(master)
            assert "plug it in or correct lane.source.port" in await said(caplog, "cannot be read")
            caplog.clear()
            master = plug()
            await said(caplog, "at 115200 baud")
            os.write(master, b"second\n")
            assert await second == b"second\n"

    asyncio.run(story())


def test_a_serial_port_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, plug: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        async with listening(kind="serial", port=str(tmp_path / "usb-till")) as read:
            first = asyncio.create_task(read(6))
            await said(caplog, "waiting for it")
            master = plug()
            await said(caplog, "at 9600 baud")
            os.write(master, b"first\n")
            assert await first == b"first\n"

    asyncio.run(story())


def test_a_serial_port_keeps_what_comes_while_the_daemon_is_busy(
    tmp_path: Path, plug: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        master = plug()
        async with listening(kind="serial", port=str(tmp_path / "usb-till")) as read:
            first = asyncio.create_task(read(1))
            await said(caplog, "baud")
            lines = b"".join(b"line %04d\n" % number for number in range(3_000))
            writing = asyncio.create_task(asyncio.to_thread(_write_all, master, lines))
            start = await first
            await asyncio.sleep(0.3)
            assert start + await read(len(lines) - len(start)) == lines
            await writing

    asyncio.run(story())


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data[:1024]) :]


def test_a_serial_url_of_another_kind_of_port_is_opened_too() -> None:
    async def story() -> None:
        till = Till(free_port())
        await till.start()
        async with listening(kind="serial", port=f"socket://127.0.0.1:{till.port}") as read:
            first = asyncio.create_task(read(6))
            await till.say(b"first\n")
            assert await first == b"first\n"
        await till.stop()

    asyncio.run(story())
