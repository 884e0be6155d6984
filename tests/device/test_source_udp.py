"""Datagrams: one socket, several senders, no promises."""

from __future__ import annotations

import asyncio
import socket
from contextlib import aclosing

import pytest
from fakes.device_sources import listening, said, settings_for
from fakes.headquarters import free_port

from device.errors import SourceError
from device.journal import Journal
from device.sources import arrivals
from device.sources.udp import MAX_WAITING


def send(port: int, *datagrams: bytes, host: str = "127.0.0.1", sender: str = "127.0.0.1") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as till:
        till.bind((sender, 0))
        for datagram in datagrams:
            till.sendto(datagram, (host, port))


def test_a_datagram_ends_a_message_unless_the_settings_say_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story(*, line_end: bool, expected: bytes) -> None:
        port = free_port(socket.SOCK_DGRAM)
        async with listening(kind="udp", host="127.0.0.1", port=port, line_end=line_end) as read:
            first = asyncio.create_task(read(len(expected)))
            await said(caplog, f"listening at 127.0.0.1:{port} (UDP)")
            send(port, b"<transaction/>", b"two\n", b"\x02\xff\n")
            assert await first == expected

    asyncio.run(story(line_end=True, expected=b"<transaction/>\ntwo\n\x02\xff\n"))
    asyncio.run(story(line_end=False, expected=b"<transaction/>two\n\x02\xff\n"))


def test_an_empty_datagram_is_no_silence(caplog: pytest.LogCaptureFixture) -> None:
    """No bytes tell a decoder that nothing comes any more: it would end a receipt in its midst."""
    caplog.set_level("INFO")
    port = free_port()

    async def story() -> None:
        known = settings_for(kind="udp", host="127.0.0.1", port=port, line_end=False)
        stream = arrivals(known.lane[0].source, known.lane[0].till, known, Journal())
        async with aclosing(stream):  # type: ignore[type-var]
            first = asyncio.create_task(anext(stream))
            await said(caplog, "listening at")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as till:
                for datagram in (b"", b"", b"0.42"):
                    till.sendto(datagram, ("127.0.0.1", port))
            assert (await first)[0] == b"0.42"

    asyncio.run(story())


def test_only_the_till_that_is_named_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        port = free_port(socket.SOCK_DGRAM)
        async with listening(kind="udp", host="127.0.0.1", port=port, sender="127.0.0.2") as read:
            first = asyncio.create_task(read(4))
            await said(caplog, "(UDP)")
            send(port, b"not\n", sender="127.0.0.3")
            send(port, b"yes\n", sender="127.0.0.2")
            assert await first == b"yes\n"
            await said(caplog, "datagrams from 127.0.0.3 are not from this till and ignored")

    asyncio.run(story())


def test_a_flood_is_bounded_and_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        port = free_port(socket.SOCK_DGRAM)
        async with listening(kind="udp", host="127.0.0.1", port=port) as read:
            first = asyncio.create_task(read(2))
            await said(caplog, "(UDP)")
            send(port, b"a")
            await first
            for _ in range(3):
                send(port, *[b"b"] * MAX_WAITING)
                await asyncio.sleep(0)
            await said(caplog, "datagrams come faster than they are read and are dropped")
            assert await read(2) == b"b\n"

    asyncio.run(story())


def test_an_address_that_cannot_be_listened_at_is_one_sentence() -> None:
    async def story(port: int) -> None:
        async with listening(kind="udp", host="127.0.0.1", port=port) as read:
            await read(1)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(SourceError, match=r"cannot listen at 127\.0\.0\.1:\d+ \(UDP\): Address already in use"):
            asyncio.run(story(taken.getsockname()[1]))


def test_a_multicast_group_is_joined(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        port = free_port(socket.SOCK_DGRAM)
        async with listening(kind="udp", host="239.255.17.4", port=port) as read:
            first = asyncio.create_task(read(6))
            await said(caplog, "(UDP)")
            send(port, b"group\n", host="239.255.17.4", sender="")
            assert await first == b"group\n"

    try:
        send(free_port(socket.SOCK_DGRAM), b"", host="239.255.17.4", sender="")
    except OSError as error:
        pytest.skip(f"no network for multicast on this machine: {error}")
    asyncio.run(story())
