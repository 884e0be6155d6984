"""Silence as an empty read, once, and never at the cost of a byte."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from device.sources import Arrivals
from device.sources.silence import with_silence

AT = datetime(2026, 5, 4, tzinfo=UTC)


async def lines(words: asyncio.Queue[bytes | None], asked: list[int], closed: list[bool]) -> Arrivals:
    try:
        while True:
            asked[0] += 1
            word = await words.get()
            if word is None:
                return
            yield word, AT
    finally:
        closed.append(True)


def test_each_silence_is_told_once_and_nothing_is_lost() -> None:
    async def story() -> list[bytes]:
        words: asyncio.Queue[bytes | None] = asyncio.Queue()
        asked, closed, heard = [0], list[bool](), []
        stream = with_silence(lines(words, asked, closed), 0.02)
        words.put_nowait(b"one")
        async for data, _ in stream:
            heard.append(data)
            if data == b"" and len(heard) < 4:
                await asyncio.sleep(0.05)
                words.put_nowait(b"two")
            elif data == b"":
                words.put_nowait(None)
        assert closed == [True]
        return heard

    assert asyncio.run(story()) == [b"one", b"", b"two", b""]


def test_the_next_item_is_asked_for_only_when_somebody_wants_it() -> None:
    async def story() -> None:
        words: asyncio.Queue[bytes | None] = asyncio.Queue()
        asked, closed = [0], list[bool]()
        stream = with_silence(lines(words, asked, closed), None)
        words.put_nowait(b"one")
        await anext(stream)
        await asyncio.sleep(0.01)
        assert asked == [1]
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.01)
        assert asked == [2]
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert closed == [True], "closing this one closes the stream"

    asyncio.run(story())
