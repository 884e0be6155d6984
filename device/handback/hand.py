"""One lane's hand: gives the machine the time and what the till told, and does what it says. Owns the machine and the open way.

The loop that owns the basket never waits for it: what may block runs in a thread, and the lane's daemon calls `look` after each
thing that the till told, so that no state of a receipt goes by unseen.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import termios
from typing import TYPE_CHECKING, Final

from device.errors import SourceError, StoreError
from device.handback import ways
from device.handback.machine import SILENCE_SECONDS, Machine, Seen
from device.handback.refusals import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from device.handback.machine import Handover, Told
    from device.journal import Journal
    from device.lane import Answered, Lane
    from device.settings import MqttHandBack, ScannerHandBack

LOOK_SECONDS: Final = 0.05
_WORLD: Final = (OSError, SourceError, ValueError, re.error, termios.error)
"""What ports and brokers raise: ValueError and re.error for a URL of pyserial's that is none."""


class Hand:
    """`silent_for()`: seconds since the last byte on the lane's own wires; `silence`: how many of them are awaited."""

    def __init__(
        self,
        how: ScannerHandBack | MqttHandBack,
        lane: Lane,
        topic: str,
        silent_for: Callable[[], float],
        journal: Journal,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        self._how = how
        self._lane = lane
        self._topic = topic
        self._silent_for = silent_for
        self._journal = journal
        self._machine = Machine(how.seconds, silence)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()
            if (first := self._machine.next) is not None:
                await self._give(first)

    def look(self) -> None:
        """The till or the cashier may have told something. Sends nothing."""
        self._ask_the_machine(None)

    async def _give(self, first: Handover) -> None:
        try:
            way = await asyncio.to_thread(ways.opened, self._how, self._topic)
        except _WORLD as error:
            self._say(self._machine.failed(first, str(error)))
            return
        try:
            while self._machine.next is first:
                if self._ask_the_machine(self._silent_for()) is first:
                    await self._send(way, first)
                    return
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await asyncio.to_thread(_close, way)

    async def _send(self, way: ways.Way, one: Handover) -> None:
        try:
            # Before the first byte: whoever is killed in between has sent it, as far as anybody can tell.
            sale = self._lane.hand(one.sku)
            await asyncio.to_thread(way.write, ways.Order(one.code, sale))
        except (*_WORLD, StoreError) as error:
            self._say(self._machine.failed(one, str(error)))
            return
        self._machine.written(one, self._now())

    def _ask_the_machine(self, silent: float | None) -> Handover | None:
        while self._lane.answers:
            self._answered(self._lane.answers.popleft())
        latest = self._lane.latest
        seen = None if latest is None else Seen(latest.receipt_id, latest.basket.phase, latest.basket.lines)
        due, told = self._machine.step(seen, self._now(), silent)
        self._say(told)
        return due

    def _answered(self, answer: Answered) -> None:
        if not answer.yes:
            self._say(self._machine.take_back(answer.receipt_id, answer.sku))
            return
        try:
            code = code_of(self._lane.catalogue.item(answer.sku))
            sent_before = self._lane.was_handed(answer.sku)
        except (ValueError, StoreError) as reason:
            about = f"lane {self._lane.name}: {answer.sku}"
            told = f"{about} is not handed to the till: {reason}; the cashier scans it"
            self._journal.say(f"{self._lane.name}.handback.{answer.sku}", told)
            return
        self._say(self._machine.accept(answer.receipt_id, answer.sku, code, sent_before=sent_before))

    def _say(self, told: Iterable[Told]) -> None:
        for word in told:
            sentence = f"lane {self._lane.name}: {word.sku} {word.sentence}"
            if word.well:
                self._journal.tell(sentence)
            else:
                self._journal.say(f"{self._lane.name}.handback.{sentence}", sentence)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _close(way: ways.Way) -> None:
    with contextlib.suppress(*_WORLD):  # it may be gone already
        way.close()
