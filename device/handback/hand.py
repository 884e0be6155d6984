"""One lane's hand: gives the machine the time and what the till told, and does what it says. Owns the machine and the open way.

The loop that owns the basket never waits for it: what may block runs in a thread, the disk sync of what is written down included
(`device.store` says what the loop may wait for at worst), and the lane's daemon calls `look` after each thing that the till told,
so that no state of a receipt goes by unseen.

An item is written down first, and only then is the silence of the wire awaited: nothing but the write itself lies between the
decision to send and the first byte. What is not sent after all is taken back.
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
        self._only_written_down: Handover | None = None

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
            self.look()
            if self._machine.next is first:
                await self._write_down_and_send(way, first)
        finally:
            await asyncio.to_thread(_close, way)

    async def _write_down_and_send(self, way: ways.Way, first: Handover) -> None:
        self._only_written_down = first
        try:
            # Before the first byte: whoever is killed in between has sent it, as far as anybody can tell.
            basket = await self._lane.hand(first.sku)
            while self._machine.next is first:
                if self._ask_the_machine(self._silent_for()) is first:
                    self._only_written_down = None
                    await asyncio.to_thread(way.write, ways.Order(first.code, basket.basket_id))
                    self._machine.written(first, self._now())
                    return
                await asyncio.sleep(LOOK_SECONDS)
            await self._lane.take_back(basket, first.sku)
        except StoreError as error:
            if not (told := self._machine.failed(first, str(error))):
                self._journal.say(f"{self._lane.name}.handback.edge", f"lane {self._lane.name}: {error}")
            self._say(told)
        except _WORLD as error:
            self._say(self._machine.failed(first, str(error)))
        finally:
            self._only_written_down = None

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
            sent_before = self._lane.was_handed(answer.sku) and not self._waits(answer)
        except (ValueError, StoreError) as reason:
            about = f"lane {self._lane.name}: {answer.sku}"
            told = f"{about} is not handed to the till: {reason}; the cashier scans it"
            self._journal.say(f"{self._lane.name}.handback.{answer.sku}", told)
            return
        self._say(self._machine.accept(answer.receipt_id, answer.sku, code, sent_before=sent_before))

    def _waits(self, answer: Answered) -> bool:
        """It is written down that it was sent, and it was not."""
        one = self._only_written_down
        return one is not None and (one.receipt, one.sku) == (answer.receipt_id, answer.sku)

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
