"""Many registers in one process: each with its own connection, name and window, and receipts that are made as they are sent.

The real state machine (`sync.window`), envelope and link; in place of two databases a number. What a register is to sell is known
from its number alone, so that whoever has the central store can tell whether it is all there.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import msgspec
from fakes.headquarters import receipt

from sync import envelope, window
from sync.envelope import Entry, Header
from sync.link import Broker, Link, Message, Up
from sync.window import Window

BUNDLE = "20260501-0123456789ab"


class Simulated:
    """One register with receipts 1 to `receipts`."""

    def __init__(self, device: str, receipts: int, batch: int) -> None:
        self.device = device
        self.epoch = hashlib.md5(device.encode(), usedforsecurity=False).hexdigest()
        self._receipts = receipts
        self._batch = batch
        self._window = Window(self.epoch, 0)

    @property
    def acknowledged(self) -> int:
        return self._window.acknowledged

    @property
    def done(self) -> bool:
        return self._window.acknowledged == self._receipts

    def body(self, seq: int) -> bytes:
        return msgspec.json.encode(receipt(seq, self.device))

    def advance(self, link: Link) -> None:
        while self._window.has_room and (lo := self._window.next_lo) <= self._receipts:
            self._window = window.cut(self._window, range(lo, min(lo + self._batch - 1, self._receipts) + 1))
        now = time.monotonic()
        while (flight := window.to_send(self._window, now)) is not None:
            entries = [Entry(seq, self.body(seq)) for seq in flight.seqs]
            waiting = self._receipts - flight.hi
            header = Header(envelope.VERSION, self.device, self.epoch, flight.lo, flight.hi, len(entries), BUNDLE, waiting)
            payload = envelope.pack(header, entries)
            if not link.publish(envelope.receipts_topic(self.device), payload):
                return
            self._window = window.sent(self._window, flight, envelope.fingerprint(payload), now, random.random())

    def hear(self, event: object) -> None:
        match event:
            case Message(payload=payload):
                heard = window.heard(self._window, envelope.read_acknowledgement(payload))
                assert not heard.refusals, heard.refusals
                self._window = heard.window
            case Up():
                self._window = window.reconnected(self._window)


def names(count: int) -> list[str]:
    return [f"register-{number}" for number in range(1, count + 1)]


class Fleet:
    def __init__(self, registers: Sequence[Simulated], links: Sequence[Link]) -> None:
        self.registers = registers
        self._links = links

    @property
    def acknowledged(self) -> int:
        return sum(register.acknowledged for register in self.registers)

    @property
    def done(self) -> bool:
        return all(register.done for register in self.registers)

    def turn(self) -> None:
        """Every register once: hear what came, send what is due."""
        for register, link in zip(self.registers, self._links, strict=True):
            if register.done:
                continue
            while (event := link.next(0)) is not None:
                register.hear(event)
            register.advance(link)


@contextmanager
def fleet(brokers: Callable[[str], Broker], count: int, receipts: int, batch: int) -> Iterator[Fleet]:
    """`brokers`: where a register of that name connects, and as whom."""
    registers = [Simulated(name, receipts, batch) for name in names(count)]
    with ExitStack() as stack:
        links = [
            stack.enter_context(
                Link(brokers(one.device), f"fleet-{one.device}", [envelope.acknowledgement_topic(one.device)]).open()
            )
            for one in registers
        ]
        yield Fleet(registers, links)
