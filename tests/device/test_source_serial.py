"""Serial ports on real pseudo-terminals: unplugged, plugged in elsewhere, and read too slowly."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pty
import threading
import tty
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial
from fakes.device_sources import Till, listening, said
from fakes.headquarters import free_port
from fakes.patience import at_rest, until

from device.sources import serial_port


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
            told = await said(caplog, "cannot be read")
            assert "plug it in or correct lane.source.port" in told
            assert "multiple access on port" not in told, "a library's words"
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


@pytest.mark.parametrize("port", ["hwgrep://(", "gopher://till", "rfc2217://"])
def test_a_port_that_cannot_be_opened_is_one_sentence_and_waited_for(port: str, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with listening(kind="serial", port=port) as read:
            nothing = asyncio.create_task(read(1))
            await said(caplog, f"{port} cannot be read")
            nothing.cancel()
            await asyncio.wait({nothing})

    asyncio.run(story())
    assert "plug it in or correct lane.source.port; waiting for it" in caplog.text


def test_a_serial_port_keeps_what_comes_while_the_daemon_is_busy(
    tmp_path: Path, plug: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        master = plug()
        async with listening(kind="serial", port=str(tmp_path / "usb-till")) as read:
            first = asyncio.create_task(read(1))
            await said(caplog, "baud")
            lines = b"".join(b"line %04d\n" % number for number in range(30_000))
            written: list[int] = []
            writing = asyncio.create_task(asyncio.to_thread(_write_all, master, lines, written))
            start = await first
            assert await at_rest(lambda: sum(written)) < len(lines), "all of it went somewhere unbounded"
            assert start + await read(len(lines) - len(start)) == lines
            await writing

    asyncio.run(story())


def test_a_daemon_may_end_while_more_is_read_than_it_took(
    tmp_path: Path, plug: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        master = plug()
        async with listening(kind="serial", port=str(tmp_path / "usb-till")) as read:
            first = asyncio.create_task(read(1))
            await said(caplog, "baud")
            os.write(master, b"line\n")
            await first
            os.set_blocking(master, False)
            written: list[int] = []

            def fill() -> int:
                with contextlib.suppress(BlockingIOError):
                    written.append(os.write(master, b"line\n" * 100))
                return sum(written)

            assert await at_rest(fill) > 0

    asyncio.run(story())
    until(lambda: not [one for one in threading.enumerate() if one.name == "lane 1 serial"], what="the reading thread to end")


def _write_all(handle: int, data: bytes, written: list[int]) -> None:
    while data:
        written.append(os.write(handle, data[:1024]))
        data = data[written[-1] :]


def test_a_serial_url_of_another_kind_of_port_is_opened_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        till = Till(free_port())
        await till.start()
        async with listening(kind="serial", port=f"socket://127.0.0.1:{till.port}") as read:
            first = asyncio.create_task(read(6))
            # pyserial empties the buffer of a port that it opens.
            await said(caplog, "reading socket://")
            await till.say(b"first\n")
            assert await first == b"first\n"
        await till.stop()

    asyncio.run(story())


def test_a_bug_in_the_thread_that_reads_makes_no_lane_deaf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A kind of port of our own, as pyserial lets anybody bring one: it is opened, and its read is a bug."""
    caplog.set_level("INFO")
    (tmp_path / "ports_of_a_test").mkdir()
    (tmp_path / "ports_of_a_test" / "protocol_buggy.py").write_text(
        "from serial.urlhandler.protocol_loop import Serial as Loop\n"
        "class Serial(Loop):\n"
        "    def from_url(self, url): pass\n"
        "    def read(self, size=1): raise AssertionError('a bug')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(serial, "protocol_handler_packages", ["ports_of_a_test"])

    async def story() -> None:
        async with listening(kind="serial", port="buggy://") as read:
            await read(1)

    with pytest.raises(AssertionError, match="a bug"):
        asyncio.run(story())


def test_a_word_that_pyserial_does_not_know_is_told_and_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with listening(kind="serial", port="loop://?logging=x") as read:
            waiting = asyncio.create_task(read(1))
            await said(caplog, "loop://?logging=x cannot be read")
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting

    asyncio.run(story())


def test_a_port_that_opens_and_fails_at_once_is_tried_at_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Counter[threading.Thread]()
    """By reader: one of an earlier test may still be ending."""

    def counted() -> Iterator[float]:
        begun[threading.current_thread()] += 1
        yield from itertools.repeat(0.0)

    monkeypatch.setattr(serial_port, "pauses", counted)

    async def story() -> None:
        till = Till(free_port())
        await till.start()
        async with listening(kind="serial", port=f"socket://127.0.0.1:{till.port}") as read:
            heard = asyncio.create_task(read(6))
            for _ in range(4):
                await till.called.wait()
                await till.hang_up()
            while not heard.done():
                # What is said while the port is being opened is emptied away.
                await till.say(b"first\n")
                await asyncio.wait({heard}, timeout=0.1)
            assert (await heard).startswith(b"first\n")
            assert set(begun.values()) == {1}, "they begin anew"
        await till.stop()

    asyncio.run(story())
