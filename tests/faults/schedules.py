"""The exchange of receipts as a pure machine under seeded schedules: `packaging/dev chaos --schedules N [--seed S]`.

What decides is the product's own and runs as it is: `sync.window` (what is in flight, what the watermark is), `sync.envelope`
(what travels), `sync.central.settling` (what is new, known, or in conflict). Around it stands the smallest register, line and
headquarters: what is durable survives a crash, everything else does not. A schedule is some dozens of steps at random: sales
and ratings; sending; a line that loses, repeats, reorders and damages; crashes of either end before and after each commit; a
rescue or a restored copy with its new epoch; receipts deleted once they are acknowledged. Then the line is good, and all must
come to rest with every receipt of the register at headquarters, once, as it was written, and each end of one mind about the
watermark.

The seed of a schedule is its number beside the campaign's seed; `run` plays one again.
"""

from __future__ import annotations

import functools
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec
from fakes.headquarters import rating, receipt

from device import rescue
from sync import envelope, ingest, window
from sync.central.settling import RatingRow, joined, new_rows
from sync.envelope import Entry
from sync.window import Flight, Window

DEVICE: Final = "register-1"
BATCH: Final = 3
_STEPS: Final = 60
_ROUNDS: Final = 400


class BrokenError(AssertionError):
    """A promise, and the schedule that broke it."""


class Counts(NamedTuple):
    receipts: int
    redelivered: int
    epochs: int


@functools.cache
def _receipt(number: int) -> bytes:
    return msgspec.json.encode(receipt(number, DEVICE, 1))


@functools.cache
def _rating(number: int, score: int) -> bytes:
    return msgspec.json.encode(rating(number, score, DEVICE))


@dataclass(slots=True)
class Register:
    """Durable but for `window`."""

    chance: random.Random
    epoch: str
    rows: dict[tuple[str, int], Entry] = field(default_factory=dict)
    last: int = 0
    sold: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    window: Window | None = None
    superseded: set[tuple[str, int]] = field(default_factory=set)
    """Ratings given anew. A copy may bring one back whose number is acknowledged as one that nothing has."""

    def sell(self) -> None:
        self.last += 1
        self.rows[self.epoch, self.last] = Entry(self.last, _receipt(self.sold))
        self.sold += 1

    def rate(self) -> None:
        sales = [key for key, entry in self.rows.items() if entry.of is None]
        if sales:
            epoch, of = self.chance.choice(sales)
            gone = {key for key, entry in self.rows.items() if key[0] == epoch and entry.of == of}
            self.superseded |= gone
            self.rows = {key: entry for key, entry in self.rows.items() if key not in gone}
            self.last += 1
            number = int(msgspec.json.decode(self.rows[epoch, of].body)["receipt_id"].rpartition("-")[2])
            self.rows[epoch, self.last] = Entry(self.last, _rating(number, self.chance.randrange(11)), of)

    def begin_epoch(self) -> None:
        self.epoch, self.window = f"{self.chance.getrandbits(128):032x}", None
        self.last = rescue.beyond(self.last, self.marks.values(), self.chance)

    def forget(self) -> None:
        """What is acknowledged, with its rating, if that is too."""
        waiting = {(epoch, entry.of or seq) for (epoch, seq), entry in self.rows.items() if seq > self.marks.get(epoch, 0)}
        self.rows = {key: entry for key, entry in self.rows.items() if (key[0], entry.of or key[1]) in waiting}

    def after(self, epoch: str, seq: int) -> list[Entry]:
        found = sorted(number for name, number in self.rows if name == epoch and number > seq)
        return [self.rows[epoch, number] for number in found[:BATCH]]

    def between(self, epoch: str, flight: Flight) -> list[Entry]:
        found = sorted(number for name, number in self.rows if name == epoch and flight.lo <= number <= flight.hi)
        return [self.rows[epoch, number] for number in found]

    def oldest(self) -> str | None:
        """The first epoch of which something waits."""
        epochs = dict.fromkeys(epoch for epoch, _ in sorted(self.rows, key=lambda key: key[1]))
        return next((epoch for epoch in epochs if self.after(epoch, self.marks.get(epoch, 0))), None)

    def advance(self, now: float) -> bytes | None:
        """What `sync.uplink` does, one message at a time."""
        if self.window is None and (epoch := self.oldest()) is not None:
            self.window = Window(epoch, self.marks.get(epoch, 0))
        if self.window is None:
            return None
        while self.window.has_room and (entries := self.after(self.window.epoch, self.window.next_lo - 1)):
            self.window = window.cut(self.window, [entry.seq for entry in entries])
        flight = window.to_send(self.window, now)
        if flight is None:
            self.window = self.window if self.window.flights else None
            return None
        entries = self.between(self.window.epoch, flight)
        if tuple(entry.seq for entry in entries) != flight.seqs:
            self.window = Window(self.window.epoch, self.window.acknowledged)
            return None
        header = envelope.Header(1, DEVICE, self.window.epoch, flight.lo, flight.hi, len(entries))
        payload = envelope.pack(header, entries)
        self.window = window.sent(self.window, flight, envelope.fingerprint(payload), now, self.chance.random())
        return payload

    def hear(self, answer: bytes, *, crash: bool) -> None:
        if self.window is None:
            return
        heard = window.heard(self.window, envelope.read_acknowledgement(answer))
        if heard.refusals:
            raise BrokenError(f"headquarters refused {heard.refusals}")
        if crash:
            self.window = None
            return
        if heard.window.acknowledged > self.window.acknowledged:
            self.marks[heard.window.epoch] = max(self.marks.get(heard.window.epoch, 0), heard.window.acknowledged)
        self.window = heard.window


@dataclass(slots=True)
class Headquarters:
    receipts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    ratings: dict[tuple[str, int], RatingRow] = field(default_factory=dict)
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    redelivered: int = 0

    def settle(self, payload: bytes) -> bytes:
        """One batch committed; the answer to it."""
        delivery = ingest.read(envelope.receipts_topic(DEVICE), payload)
        assert delivery is not None
        if delivery.batch is None:
            return envelope.acknowledge(payload, None, delivery.why)
        header = delivery.batch.header
        known = {seq: hashlib.sha256(body).digest() for (epoch, seq), body in self.receipts.items() if epoch == header.epoch}
        known |= {row.seq: row.sha256 for (epoch, _), row in self.ratings.items() if epoch == header.epoch}
        new = new_rows(delivery.batch, known)
        if isinstance(new, str):
            return envelope.acknowledge(payload, header, new)
        self.redelivered += header.count - len(new)
        self.receipts.update({(row.epoch, row.seq): row.body for row in new.receipts})
        for row in new.ratings:
            if (row.epoch, row.receipt) not in self.ratings or self.ratings[row.epoch, row.receipt].seq < row.seq:
                self.ratings[row.epoch, row.receipt] = row
        self.spans[header.epoch] = joined([*self.spans.get(header.epoch, []), (header.lo, header.hi)])
        return envelope.acknowledge(payload, header)


def run(seed: str) -> Counts:  # noqa: C901, PLR0912 - one case for each thing that may happen
    """Play one schedule. BrokenError: what was lost, or is there twice or otherwise."""
    chance = random.Random(seed)
    register, central = Register(chance, f"{chance.getrandbits(128):032x}"), Headquarters()
    up: list[bytes] = []
    down: list[bytes] = []
    epochs, now = 1, 0.0
    copy: tuple[dict[tuple[str, int], Entry], int, dict[str, int]] | None = None
    for _ in range(_STEPS):
        now += chance.random() * 4
        match chance.choices(_KINDS, _WEIGHTS)[0]:
            case "sell":
                register.sell()
            case "rate":
                register.rate()
            case "send":
                if (payload := register.advance(now)) is not None:
                    up.append(payload)
            case "arrive" if up:
                _arrive(chance, central, up, down)
            case "hear" if down:
                register.hear(_taken(chance, down), crash=chance.random() < 0.1)
            case "crash":
                register.window = None
            case "reconnect" if register.window is not None:
                register.window = window.reconnected(register.window)
            case "rescue":
                register.begin_epoch()
                epochs += 1
            case "copy":
                copy = dict(register.rows), register.last, dict(register.marks)
            case "restore" if copy is not None:
                register.rows, register.last = dict(copy[0]), copy[1]
                if chance.random() < 0.5:
                    register.marks = dict(copy[2])  # the sync program's own database was restored too
                register.begin_epoch()
                epochs += 1
            case "forget":
                register.forget()
    _drain(register, central, up, down, now)
    _compare(register, central)
    return Counts(len(central.receipts), central.redelivered, epochs)


_CHANCES: Final = {
    "sell": 14, "rate": 3, "send": 20, "arrive": 16, "hear": 14, "crash": 2, "reconnect": 2, "rescue": 0.4, "copy": 1,
    "restore": 0.4, "forget": 1,
}  # fmt: skip
_KINDS: Final = tuple(_CHANCES)
_WEIGHTS: Final = tuple(_CHANCES.values())


def _taken(chance: random.Random, line: list[bytes]) -> bytes:
    """Any of what is on the line; it may stay there, to come again."""
    place = chance.randrange(len(line))
    return line[place] if chance.random() < 0.2 else line.pop(place)


def _arrive(chance: random.Random, central: Headquarters, up: list[bytes], down: list[bytes]) -> None:
    payload = _taken(chance, up)
    fate = chance.random()
    if fate < 0.1:
        return  # lost
    if fate < 0.15:
        place = chance.randrange(len(payload))
        payload = payload[:place] + bytes([payload[place] ^ 1 << chance.randrange(8)]) + payload[place + 1 :]
    if fate < 0.2:
        return  # the worker died before its commit
    answer = central.settle(payload)
    if fate > 0.3:  # or else it died behind it
        down.append(answer)


def _drain(register: Register, central: Headquarters, up: list[bytes], down: list[bytes], now: float) -> None:
    for _ in range(_ROUNDS):
        now += 200.0
        while (payload := register.advance(now)) is not None:
            up.append(payload)
        if register.window is None and not up and register.oldest() is None:
            return
        down += [central.settle(payload) for payload in up]
        up.clear()
        for answer in down:
            register.hear(answer, crash=False)
        down.clear()
    raise BrokenError(f"it does not come to rest: {register.window}")


def _compare(register: Register, central: Headquarters) -> None:
    for key, entry in register.rows.items():
        kept = central.receipts.get(key) if entry.of is None else central.ratings.get((key[0], entry.of))
        if key in register.superseded:
            continue
        if kept is None or (entry.body != kept if isinstance(kept, bytes) else key[1] > kept.seq):
            raise BrokenError(
                f"lost: record {key[1]} of epoch {key[0]} is {'not' if kept is None else 'otherwise'} at headquarters"
            )
    if len(set(central.receipts.values())) != len(central.receipts):
        raise BrokenError("duplicated: a receipt is at headquarters under two keys")
    for epoch, mark in register.marks.items():
        covered = central.spans.get(epoch, [(0, 0)])
        if not any(lo <= mark <= hi for lo, hi in covered):
            raise BrokenError(f"the register believes that {mark} of epoch {epoch} is acknowledged, headquarters has {covered}")


def campaign(count: int, seed: int, say: Callable[[str], None] = print) -> int:
    """Play so many schedules; the exit status."""
    began = time.monotonic()
    receipts = redelivered = epochs = 0
    for number in range(count):
        try:
            counts = run(f"{seed} {number}")
        except BrokenError as broken:
            say(f"schedules: '{seed} {number}': {broken}")
            return 1
        receipts, redelivered, epochs = receipts + counts.receipts, redelivered + counts.redelivered, epochs + counts.epochs
    speed = count / (time.monotonic() - began)
    told = f"epochs {epochs}, receipts {receipts}, redelivered {redelivered}, lost 0, duplicated 0"
    say(f"schedules: {count} ({speed:.0f}/s), {told}")
    return 0
