"""A bad line: a TCP proxy that delays, cuts off in the midst of a packet, says bytes twice, and swallows them.

What goes through is not understood, only moved: a packet said twice may be two packets, or garbage in the midst of the stream, to
which a broker answers by hanging up. While it is `calm` everything goes through as it came.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections import Counter
from typing import Self

from fakes.headquarters import free_port

_CHUNK = 16_384
_DELAY_SECONDS = 0.4


class Proxy:
    def __init__(self, target: int, seed: str) -> None:
        self.port = free_port()
        self.calm = False
        self.did: Counter[str] = Counter()
        self._target = target
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._take, "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        moves = [asyncio.ensure_future(self._move(reader, back)), asyncio.ensure_future(self._move(there, writer))]
        try:
            # Cancelled is only who ends: the streams' own callback would call that an error.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(moves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for move in moves:
                move.cancel()
            await asyncio.gather(*moves, return_exceptions=True)
            for one in (writer, back):
                one.transport.abort()

    async def _move(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(_CHUNK):
                fault = (
                    None
                    if self.calm
                    else self._chance.choices((None, "delay", "truncate", "drop", "duplicate"), (90, 6, 1, 1, 1))[0]
                )
                if fault is not None:
                    self.did[fault] += 1
                match fault:
                    case "delay":
                        await asyncio.sleep(self._chance.uniform(0, _DELAY_SECONDS))
                    case "truncate":
                        sink.write(data[: self._chance.randrange(len(data))])
                        await sink.drain()
                        return
                    case "drop":
                        continue
                    case "duplicate":
                        sink.write(data)
                sink.write(data)
                await sink.drain()
