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
from collections import deque
from typing import TYPE_CHECKING, Final

from device.domain import Sku
from device.errors import SourceError, StoreError
from device.handback import ways
from device.handback.machine import MAX_KEPT, SILENCE_SECONDS, Machine, Seen
from device.handback.refusals import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from device.handback.machine import Handover, Told
    from device.journal import Journal
    from device.lane import Answered, Lane, Latest
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
        self._left = lane.unsettled()
        """What earlier processes sent and did not settle, by the till's name of the sale, until that sale is heard of."""
        self._last_words: deque[tuple[str, Sku]] = deque(maxlen=MAX_KEPT)
        """Sales and items that are to be settled: whatever is told of them after a restart was told."""

    @property
    def outcomes(self) -> dict[str, int]:
        """What became of all that was sent, by the words of `State`."""
        return {str(state): times for state, times in self._machine.outcomes.items() if times}

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()
            while self._last_words:
                await self._settle(*self._last_words.popleft())
            if (first := self._machine.next) is not None:
                await self._give(first)

    def look(self) -> None:
        """The till or the cashier may have told something. Sends nothing."""
        self._ask_the_machine(None)

    def scanned(self, code: str) -> None:
        """By the cashier, as a scanner told that is listened to beside the till."""
        self.look()
        item, latest = self._lane.catalogue.by_code(code), self._lane.latest
        if item is not None and latest is not None:
            self._say(self._machine.scanned(latest.receipt_id, Sku(item.sku)))

    async def _settle(self, sale: str, sku: Sku) -> None:
        try:
            await self._lane.settle(sale, sku)
        except StoreError as error:
            self._journal.say(f"{self._lane.name}.handback.edge", f"lane {self._lane.name}: {error}")

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
        seen = None if latest is None else _seen(latest)
        if seen is not None and latest is not None and (skus := self._left.pop(latest.basket.basket_id, ())):
            self._machine.resume(seen, skus, self._now())
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
            if word.sale is not None:
                self._last_words.append((word.sale, word.sku))
            sentence = f"lane {self._lane.name}: {word.sku} {word.sentence}"
            if word.well:
                self._journal.tell(sentence)
            else:
                self._journal.say(f"{self._lane.name}.handback.{sentence}", sentence)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _seen(latest: Latest) -> Seen:
    return Seen(latest.receipt_id, latest.basket.phase, latest.basket.lines, latest.basket.basket_id)


def _close(way: ways.Way) -> None:
    with contextlib.suppress(*_WORLD):  # it may be gone already
        way.close()
