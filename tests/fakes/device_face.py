"""A screen without a screen: speaks the screen link over the daemon's real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fakes.patience import SECONDS

from device.screen_link import (
    MAX_LINE,
    VERSION,
    Acknowledgement,
    Act,
    Beat,
    FaceKind,
    FromDaemon,
    FromScreen,
    Hello,
    Rate,
    Snapshot,
    Stage,
    Verb,
    decode_from_daemon,
    encode,
)


class Face:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._acts = 0

    def say(self, word: FromScreen) -> None:
        self.say_raw(encode(word))

    def say_raw(self, data: bytes) -> None:
        self._writer.write(data)

    async def word(self) -> FromDaemon | None:
        """The next word, a beat too; None when the daemon has hung up."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        return decode_from_daemon(line) if line else None

    async def told(self) -> FromDaemon | None:
        """The next word that is no beat."""
        while isinstance(word := await self.word(), Beat):
            pass
        return word

    async def snapshot(self, seq: int = -1) -> Snapshot:
        """The next snapshot of that `seq` or a later one."""
        while True:
            word = await self.told()
            assert word is not None, "the daemon hung up"
            if isinstance(word, Snapshot) and word.seq >= seq:
                return word

    async def shows(self, *skus: str, stage: Stage | None = None) -> Snapshot:
        """The next snapshot with these items on cards, or of this stage."""
        while True:
            seen = await self.snapshot()
            if stage in {None, seen.stage} and (not skus or {card.sku for card in seen.cards} >= set(skus)):
                return seen

    async def act(self, verb: Verb, seen: Snapshot, sku: str) -> Acknowledgement:
        self._acts += 1
        card = next(card for card in seen.cards if card.sku == sku)
        self.say(Act(f"act-{self._acts}", verb, card.suggestion_id, seen.seq, seen.run))
        while not isinstance(word := await self.told(), Acknowledgement):
            assert word is not None, "the daemon hung up"
        return word

    async def rate(self, score: int, seen: Snapshot) -> Acknowledgement:
        self._acts += 1
        self.say(Rate(f"act-{self._acts}", score, seen.seq, seen.run))
        while not isinstance(word := await self.told(), Acknowledgement):
            assert word is not None, "the daemon hung up"
        return word

    async def hung_up(self) -> bool:
        while (word := await self.told()) is not None:
            assert isinstance(word, Snapshot)
        return True


@asynccontextmanager
async def face(
    path: Path, kind: FaceKind = FaceKind.CASHIER, *, lane: str = "", version: int = VERSION, hello: bool = True
) -> AsyncIterator[Face]:
    reader, writer = await asyncio.open_unix_connection(path, limit=2 * MAX_LINE)
    made = Face(reader, writer)
    if hello:
        made.say(Hello(version, kind, lane))
    try:
        async with asyncio.timeout(SECONDS):
            yield made
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)
