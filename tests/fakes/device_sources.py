"""A source as the daemon opens it, and a till at the other end that can hang up and be gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.patience import SECONDS, eventually

from device.journal import Journal
from device.settings import Settings, parse
from device.sources import LOST, arrivals


def settings_for(**source: Any) -> Settings:
    return parse({"store": "S1", "device": "r1", "lane": [{"till": "1", "source": source}]})


@asynccontextmanager
async def listening(**source: Any) -> AsyncIterator[Callable[[int], Any]]:
    """The source as the daemon opens it; the function reads until so many bytes have come."""
    known = settings_for(**source)
    stream = arrivals(known.lane[0].source, known.lane[0].till, known, Journal())

    async def read(size: int) -> bytes:
        data = b""
        async with asyncio.timeout(SECONDS):
            while len(data) < size:
                piece, at = await anext(stream)
                assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
                # What the source adds when a connection is gone stands after whole lines here, or first.
                data += b"" if piece == LOST and data[-1:] in {b"", b"\n"} else piece
        return data

    async with aclosing(stream):  # type: ignore[type-var]
        yield read


async def said(caplog: pytest.LogCaptureFixture, words: str) -> str:
    """Wait for a sentence with these words, and return it."""
    found = await eventually(
        lambda: [message for message in caplog.messages if words in message], what=repr(words), seen=lambda: caplog.messages
    )
    return found[0]


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
        async with asyncio.timeout(SECONDS):
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
