"""Bytes over TCP: connect to the till, or wait for it to connect.

One till at a time; a new connection takes the old one's place once what the old one had sent is heard.
Many tills push to a video recorder: then this end listens. Others wait to be asked: then it connects, and asks a silent one every
half minute whether it is still there.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, Final

from device.errors import SourceError
from device.sources import LOST, MAX_READ, Arrivals, now, pauses

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from device.journal import Journal
    from device.settings import TcpSource


LAST_WORDS_SECONDS: Final = 0.1
"""A connection that was replaced is read until it has been silent for so long."""
LAST_CHUNKS: Final = 16
"""At most so many are read of it: another till that talks on and on does not keep the new one waiting."""
KEEPALIVE: Final = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""Seconds of silence, seconds between two questions, questions without an answer: a minute, and the till is called again."""
MAX_CALLERS: Final = 8
"""Connections that wait for their turn."""

_Caller = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def arrivals(source: TcpSource, name: str, journal: Journal) -> Arrivals:
    """Raise SourceError when it is to listen and cannot; a till that is away is waited for."""
    stream = _listen(source, name, journal) if source.listen else _connect(source, name, journal)
    # Closed with this one, not when it is found to be garbage: the port is free again then.
    async with contextlib.aclosing(stream):
        async for data in stream:
            yield data, now()


async def _connect(source: TcpSource, name: str, journal: Journal) -> AsyncGenerator[bytes]:
    place = f"{source.host}:{source.port}"
    waits: Iterator[float] = pauses()
    while True:
        try:
            reader, writer = await asyncio.open_connection(source.host, source.port)
        except OSError as error:
            journal.say(f"{name}.tcp", f"{name}: no till answers at {place} ({error}); trying again")
            await asyncio.sleep(next(waits))
            continue
        journal.tell(f"{name}: connected to {place}")
        _ask_whether_there(writer)
        try:
            while data := await reader.read(MAX_READ):
                waits = pauses()  # not before: what answers and hangs up at once is no till yet
                yield data
        except OSError as error:
            journal.say(f"{name}.lost", f"{name}: the connection to {place} broke: {error}")
        finally:
            writer.close()
        journal.say(f"{name}.gone", f"{name}: {place} closed the connection; connecting again")
        yield LOST
        await asyncio.sleep(next(waits))


def _ask_whether_there(writer: asyncio.StreamWriter) -> None:
    """A till that lost its power hangs up nothing, and who only reads never learns of it: have the kernel ask."""
    line = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if (option := getattr(socket, name, None)) is not None:  # Linux has all of them
            line.setsockopt(socket.IPPROTO_TCP, option, value)


async def _listen(source: TcpSource, name: str, journal: Journal) -> AsyncGenerator[bytes]:
    # Read only when asked: a till that sends faster than baskets are dealt with is held back by TCP itself.
    callers: asyncio.Queue[_Caller] = asyncio.Queue(MAX_CALLERS)

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        try:
            callers.put_nowait((reader, writer))
        except asyncio.QueueFull:
            writer.transport.abort()
            journal.say(
                f"{name}.callers", f"{name}: turned {peer} away: one till sends to a lane, give others lanes of their own"
            )
            return
        journal.tell(f"{name}: a till connected from {peer}")

    try:
        server = await asyncio.start_server(called, source.host, source.port)
    except OSError as error:
        raise SourceError(f"{name}: cannot listen at {source.host}:{source.port}: {error.strerror or error}") from error
    async with server:
        coming = asyncio.ensure_future(callers.get())
        try:
            while True:
                reader, writer = await coming
                coming = asyncio.ensure_future(callers.get())
                left = LAST_CHUNKS
                try:
                    while left and (data := await _heard(reader, coming)):
                        yield data
                        left -= coming.done()
                finally:
                    writer.close()
                yield LOST
        finally:
            if not coming.cancel() and not coming.cancelled():
                coming.result()[1].close()
            while not callers.empty():
                callers.get_nowait()[1].close()


async def _heard(reader: asyncio.StreamReader, coming: asyncio.Future[_Caller]) -> bytes:
    """What the till sent; nothing once it hung up, or once another connection waits and this one has no more to tell.

    A till that was switched off leaves a connection behind that never ends. One that reconnects may have told the end of a sale
    on the old connection just before: that is heard first.
    """
    reading = asyncio.ensure_future(reader.read(MAX_READ))
    either: set[asyncio.Future[Any]] = {reading, coming}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            await asyncio.wait({reading}, timeout=LAST_WORDS_SECONDS)
        return reading.result() if reading.done() else b""
    except OSError:
        return b""  # the till went away; it will come back
    finally:
        reading.cancel()
