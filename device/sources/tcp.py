"""Bytes over TCP: connect to the till, or wait for it to connect. One till at a time; a new connection takes the old one's place.

Many tills push to a video recorder: then this end listens. Others wait to be asked: then it connects.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from device.errors import SourceError
from device.sources import LOST, MAX_READ, Arrivals, now, pauses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from device.journal import Journal
    from device.settings import TcpSource


async def arrivals(source: TcpSource, name: str, journal: Journal) -> Arrivals:
    """Raise SourceError when it is to listen and cannot; a till that is away is waited for."""
    stream = _listen(source, name, journal) if source.listen else _connect(source, name, journal)
    async for data in stream:
        yield data, now()


async def _connect(source: TcpSource, name: str, journal: Journal) -> AsyncIterator[bytes]:
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
        waits = pauses()
        try:
            while data := await reader.read(MAX_READ):
                yield data
        except OSError as error:
            journal.say(f"{name}.lost", f"{name}: the connection to {place} broke: {error}")
        finally:
            writer.close()
        journal.say(f"{name}.gone", f"{name}: {place} closed the connection; connecting again")
        yield LOST
        await asyncio.sleep(next(waits))


async def _listen(source: TcpSource, name: str, journal: Journal) -> AsyncIterator[bytes]:
    # One chunk at a time: a till that sends faster than baskets are dealt with is held back by TCP itself.
    chunks: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1)
    current: asyncio.StreamWriter | None = None

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal current
        if current is not None:
            current.close()
        current = writer
        journal.tell(f"{name}: a till connected from {writer.get_extra_info('peername')}")
        try:
            while data := await reader.read(MAX_READ):
                await chunks.put(data)
            await chunks.put(LOST)
        except OSError:
            await chunks.put(LOST)  # the till went away; it will come back
        except asyncio.CancelledError:
            # The daemon ends. asyncio.streams of Python 3.11 would report a cancelled handler as an unhandled exception.
            return
        finally:
            writer.close()

    try:
        server = await asyncio.start_server(serve, source.host, source.port)
    except OSError as error:
        raise SourceError(f"{name}: cannot listen at {source.host}:{source.port}: {error.strerror or error}") from error
    async with server:
        while True:
            yield await chunks.get()
