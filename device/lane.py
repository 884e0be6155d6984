"""One till: hears what it tells, keeps the sale at hand, writes the receipt when it is over.

The lane is told things (`hear`, `act`, `painted`, `rate`) and asked for a `snapshot`; it does no input or output but writing the
finished receipt and, in a thread, what is handed to the till and how a visit was rated, and reads no clock: every event carries
its time. A new adviser is taken up between two sales, never within one.

A receipt that cannot be written (a full disk) is held, bounded, and tried again until it is; the till is never stopped.

Messages may come late and twice, also those of a sale that is over or set aside: the last state of each of the last
`MAX_REMEMBERED` sales is remembered, and what is not newer is ignored. A till that gives its sales no time of its own must not
use a basket id again within so many sales.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from device.basket import apply, doubts, newer_sale, told_again
from device.domain import LaneId, Phase, Receipt, Sku
from device.errors import StoreError
from device.sale import Sale
from device.screen_link import Acknowledgement, Stage, Verb
from device.showing import Showing, Visit, rests, stage
from device.store import digest

if TYPE_CHECKING:
    from datetime import datetime

    from device.adviser import Adviser
    from device.catalogue import Catalogue
    from device.domain import Basket
    from device.events import BasketState
    from device.premises import Register
    from device.screen_link import Act, FaceKind, Painted, Rate, Snapshot

MAX_HELD: Final = 1000
"""Receipts kept in memory while the disk refuses them: some ten hours of a busy till."""
MAX_SUSPENDED: Final = 16
MAX_REMEMBERED: Final = 64
MAX_ACTS: Final = 64


@dataclass(frozen=True, slots=True)
class Latest:
    """The receipt that was heard of last, as it then stood; it may be over or set aside."""

    receipt_id: str
    basket: Basket


@dataclass(frozen=True, slots=True)
class Answered:
    """The cashier's word on an item of an open receipt: a yes, or anything else, which takes a yes back."""

    receipt_id: str
    sku: Sku
    yes: bool


class Lane:
    def __init__(self, name: LaneId, register: Register, adviser: Adviser) -> None:
        self.name = name
        self.seq = 0
        self._register = register
        self._adviser = adviser
        self._sale: Sale | None = None
        self._last: Basket | None = None  # of the sale that is over or set aside, while no other is open
        self._visit: Visit | None = None
        self._rating = asyncio.Lock()
        self._resting = False
        self._suspended: dict[str, Sale] = {}
        self._heard: dict[str, Basket] = {}  # the last state of each of the last sales, by basket id
        self._held: deque[tuple[Receipt, bytes]] = deque(maxlen=MAX_HELD)
        self._refused = 0
        """How many of them the disk refused at the last try."""
        self._acts: dict[str, Acknowledgement] = {}
        self.latest: Latest | None = None
        self.answers: deque[Answered] = deque(maxlen=MAX_ACTS)
        """The last of them, for whoever hands items back to the till; taken from the left."""

    @property
    def catalogue(self) -> Catalogue:
        """What the shop sells, as of the sale at hand."""
        return (self._adviser if self._sale is None else self._sale.adviser).catalogue

    def advise_with(self, adviser: Adviser) -> None:
        """From the next sale on."""
        self._adviser = adviser

    def uses(self, adviser: Adviser) -> bool:
        return adviser is self._adviser or any(s.adviser is adviser for s in (self._sale, *self._suspended.values()) if s)

    def hear(self, event: BasketState) -> bool:
        """Take in one event; True when the screens have something new to show."""
        self.write_held()
        at_hand = self._sale if self._sale is not None and self._sale.basket.basket_id == event.basket_id else None
        known = at_hand or self._suspended.get(event.basket_id)
        adviser = self._adviser if known is None else known.adviser
        # The sale's own basket holds the shopper only with consent; of a sale that is over the last state is enough.
        before = self._over(event) if known is None else known.basket
        shopper = self._register.shopper(event, adviser, None if known is None else known.asked)
        basket = apply(before, event, adviser.catalogue.know, shopper)
        if basket is before or told_again(before, basket):
            return False
        self._remember(basket)
        if (doubt := doubts(event)) is not None:
            self._register.journal.say(f"{self.name}.total", f"lane {self.name}: {doubt}")
        sale = self._sale_of(basket, adviser)
        sale.take(basket)
        self.latest = Latest(sale.receipt_id, sale.basket)
        if basket.over:
            self._finish(sale)
        elif basket.phase is Phase.SUSPENDED:
            self._suspend(sale)
        else:
            sale.suggest()
        self.seq += 1
        self._resting = False
        return True

    def act(self, act: Act) -> Acknowledgement:
        """A finger on the cashier face. The same `act_id` again is answered as before and changes nothing."""
        if (known := self._acts.get(act.act_id)) is not None:
            return known
        if self._sale is None or self._sale.basket.phase is not Phase.OPEN or act.run not in {"", self._register.run}:
            why = "closed"
        else:
            why = self._sale.answer(act.verb, act.suggestion_id)
        answer = Acknowledgement(act.act_id, done=not why, why=why)
        if answer.done and self._sale is not None and (sku := self._sale.sku_of(act.suggestion_id)) is not None:
            self.answers.append(Answered(self._sale.receipt_id, sku, yes=act.verb is Verb.ACCEPT))
        if len(self._acts) >= MAX_ACTS:
            del self._acts[next(iter(self._acts))]
        self._acts[act.act_id] = answer
        if answer.done:
            self.seq += 1
        return answer

    async def hand(self, sku: Sku) -> Basket:
        """Keep for good that the item is handed to the till on the sale at hand, as it stands. StoreError: it is not kept."""
        assert self._sale is not None, "only on an open sale"
        basket = self._sale.basket
        await asyncio.to_thread(self._register.edge.hand, self.name, basket, sku)
        return basket

    async def take_back(self, basket: Basket, sku: Sku) -> None:
        """The item was not sent on that sale after all. StoreError: it still counts as sent."""
        await asyncio.to_thread(self._register.edge.take_back, self.name, basket, sku)

    async def settle(self, basket_id: str, sku: Sku) -> None:
        """The last word on an item that was handed to the till was said. StoreError: it is said again after a restart."""
        await asyncio.to_thread(self._register.edge.settle, self.name, basket_id, sku)

    def unsettled(self) -> dict[str, tuple[Sku, ...]]:
        """What else was handed to the till on sales that are not over, by the till's name of them. StoreError: nobody knows."""
        return self._register.edge.unsettled(self.name)

    def was_handed(self, sku: Sku) -> bool:
        """Whether it was, on the sale at hand, also by a process that was killed. StoreError: it cannot be known."""
        return self._sale is not None and self._register.edge.was_handed(self.name, self._sale.basket, sku)

    def refresh(self) -> None:
        """Decide anew: on another lane somebody said what is out of stock, or took it back."""
        if self._sale is not None and self._sale.basket.phase is Phase.OPEN:
            self._sale.suggest()
            self.seq += 1

    def painted(self, word: Painted) -> None:
        if self._sale is not None and word.run == self._register.run:
            self._sale.painted(word.suggestion_ids)

    def rest(self, at: datetime, *, shut: bool) -> bool:
        """Out of the shop's hours a till that nobody uses is dark; True when the screens have something new to show."""
        basket = self._last if self._sale is None else self._sale.basket
        resting = shut and rests(basket, at)
        changed, self._resting = resting is not self._resting, resting
        self.seq += changed
        return changed

    async def rate(self, word: Rate, at: datetime) -> Acknowledgement:
        """The shopper's finger, on disk when it is acknowledged; the last one before the next sale counts."""
        visit = self._visit if word.run in {"", self._register.run} else None
        rating = "closed" if visit is None else visit.rating(word, at, self._register.place, self.name)
        if isinstance(rating, str):
            return Acknowledgement(word.act_id, done=False, why=rating)
        try:
            async with self._rating:  # in the order of the taps
                await asyncio.to_thread(self._register.edge.rate, rating)
        except StoreError as error:
            self._register.journal.say("rating", f"lane {self.name}: {error}")
            return Acknowledgement(word.act_id, done=False, why="disk")
        if self._visit is not None and self._visit.receipt_id == rating.receipt_id:
            self._visit = replace(self._visit, score=rating.score)
            self.seq += 1
        return Acknowledgement(word.act_id, done=True)

    def snapshot(self, face: FaceKind) -> Snapshot:
        sale, pictures = self._sale, self._register.pictures
        basket = self._last if sale is None else sale.basket
        showing = Showing(
            run=self._register.run,
            seq=self.seq,
            lane=self.name,
            stage=Stage.CLOSED if self._resting else stage(basket),
            basket=basket,
            sale=sale,
            catalogue=self.catalogue,
            pictures=None if pictures is None else str(pictures),
            visit=self._visit,
            stale_days=0 if basket is None else self._adviser.stale_days(basket.at),
        )
        return showing.to(face)

    def _sale_of(self, basket: Basket, adviser: Adviser) -> Sale:
        """The sale this basket belongs to: the one at hand, one that was set aside, or a new one."""
        if self._sale is not None and self._sale.basket.basket_id != basket.basket_id:
            # The till went on without saying how the sale ended. It is kept as it stood: open, or being paid.
            self._finish(self._sale)
        if self._sale is None:
            self._sale = self._suspended.pop(basket.basket_id, None) or Sale(basket, adviser, self._register.place)
        self._last = self._visit = None
        return self._sale

    def _suspend(self, sale: Sale) -> None:
        sale.silence()
        if len(self._suspended) >= MAX_SUSPENDED:
            # Crowded out: it is kept as it stood, set aside. Should it be taken up after all, that is another receipt.
            self._keep(self._suspended.pop(next(iter(self._suspended))))
        self._suspended[sale.basket.basket_id] = sale
        self._last = sale.basket
        self._sale = None

    def _finish(self, sale: Sale) -> None:
        self._sale = None
        self._last = sale.basket
        if self._register.rating is not None and sale.basket.phase is Phase.CLOSED and sale.basket.worth_keeping:
            self._visit = Visit(sale.receipt_id, self._register.rating, self.seq + 1)
        self._keep(sale)

    def _keep(self, sale: Sale) -> None:
        if not sale.basket.worth_keeping:
            return
        if len(self._held) == MAX_HELD:
            self._register.journal.say("held", f"lane {self.name}: more than {MAX_HELD} receipts are held, the oldest is lost")
        receipt = sale.receipt(self.name)
        self._register.place.unwanted.learn(receipt)
        self._held.append((receipt, digest(self.name, sale.basket)))
        self.write_held()

    def _over(self, event: BasketState) -> Basket | None:
        """The last state of the sale of this name that is over, unless the event is of a newer sale of the same name."""
        last = self._heard.get(event.basket_id)
        return None if last is not None and newer_sale(event, last) else last

    def _remember(self, basket: Basket) -> None:
        self._heard.pop(basket.basket_id, None)
        self._heard[basket.basket_id] = replace(basket, shopper=None, shopper_key=None)
        if len(self._heard) > MAX_REMEMBERED:
            del self._heard[next(iter(self._heard))]

    @property
    def holds_receipts(self) -> bool:
        """Receipts the disk has refused so far."""
        return bool(self._held)

    def write_held(self) -> None:
        """Try again to write what the disk has refused."""
        while self._held:
            try:
                key = self._register.edge.record(*self._held[0])
            except StoreError as error:
                self._refused = len(self._held)
                self._register.journal.say("edge", f"{error}; {self._refused} receipts are held in memory and tried again")
                return
            receipt, _ = self._held.popleft()
            if key is None:
                self._register.journal.say(f"{self.name}.twice", f"lane {self.name}: a sale that is already kept was told again")
                if self.latest is not None and self.latest.receipt_id == receipt.receipt_id:
                    self._last = self._visit = None
        if self._refused:
            self._register.journal.tell(f"lane {self.name}: {self._refused} receipts that the disk had refused are kept now")
            self._refused = 0
