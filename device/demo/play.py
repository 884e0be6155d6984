"""One sale from first line to thank-you: a shopper who buys what the script says, and sometimes what the screen says.

What the shopper was going to buy anyway is accepted when it is offered, and rung up. Beyond that chance decides, so that in a
handful of sales every button is pressed: accept, refuse, out of stock, a voided line, and a face of the rating at the end. A
regular for whom something is due says "less like this" of what is left on the screen in the end. Whoever showed a card takes up
the first offer: the cashier tells the till its code, and the till charges the price.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from device.demo.report import SaleReport, report, wait_for_rating, wait_for_receipt
from device.demo.scripts import Script, ScriptLine
from device.domain import Unit
from device.screen_link import ReasonKind
from device.screen_link import Stage as Shown

if TYPE_CHECKING:
    from pathlib import Path

    from device.demo.faces import Face
    from device.demo.stage import Stage
    from device.screen_link import Card, Snapshot

GUARD_SECONDS: Final = 0.45
"""A cashier looks before tapping; the face ignores taps within 300 ms of a change under the finger."""

HELD_SECONDS: Final = 4
"""A face holds the cards that somebody may be reading for three."""

MAX_ACCEPTED: Final = 2
ANSWERS: Final = 0.6
"""Share of the shoppers who rate their visit."""


@dataclass(slots=True)
class Player:
    stage: Stage
    language: str
    line_seconds: float
    pictures: Path
    chance: random.Random
    names: dict[str, str] = field(default_factory=dict)
    played: int = 0

    def play(self, script: Script) -> tuple[SaleReport, str | None]:
        """Ring the script up; the report of the receipt that came of it, and the name of a voided line."""
        self.played += 1
        till, lines = self.stage.till, list(script.lines)
        till.open(script.customer)
        voided = None
        accepted = 0
        # The first two sales show every button; later ones are left to chance.
        to_void = 2 if self.played % 3 == 1 and len(lines) > 2 else None
        to_refuse = 1 if self.played % 2 == 0 and len(lines) > 1 else None
        position, seen, offered = 0, False, False
        while lines:
            self._ring(lines.pop(0))
            position += 1
            if not seen and self._shows(lambda card: card.reason.kind is ReasonKind.REGULAR):
                self._take_pictures("regular")
                seen = True
            if position == to_void:
                self._pause(self.line_seconds)
                voided = till.void(0).name
                self._wait_for_lines("the voided line gone")
            if not offered and script.customer is not None and (sku := self._take_offer()) is not None:
                offered, accepted = True, accepted + 1
                lines = [line for line in lines if line.sku != sku]
            elif not lines and seen and self._shows(lambda card: card.regular):
                self._say_less()
            elif position == to_refuse and not seen:
                refused = self._press("out_of_stock" if self.played % 4 == 0 else "dismiss")
                lines = [line for line in lines if line.sku != refused]
            elif accepted < MAX_ACCEPTED and self._wants(lines) and (sku := self._accept()) is not None:
                accepted += 1
                lines = [line for line in lines if line.sku != sku]
            self._pause(self.line_seconds)
        self._take_pictures("basket")
        till.tell("tender")
        self._wait("payment", lambda shown: shown.stage is Shown.PAYMENT)
        self._pause(self.line_seconds)
        if self.played == 1:
            self._take_pictures("payment")
        till.tell("closed")
        receipt = wait_for_receipt(self.stage.edge_db, till.basket_id)
        self._wait("the thank-you", lambda shown: shown.stage is Shown.THANKS)
        rated = self._rate(receipt.receipt_id)
        if self.played == 1:
            self._pause(0.3)
            self._take_pictures("thanks")
        self._pause(self.line_seconds)
        on_screens = {sku: self._name(names) for sku, names in self.stage.eye.names.items()}
        return report(receipt, on_screens | self.names, rated, card=script.customer is not None), voided

    def _ring(self, line: ScriptLine, code: str | None = None) -> None:
        self.names.setdefault(line.sku, line.name)
        self.stage.till.ring(line, code)
        self._wait_for_lines(f"the line {line.code}")

    def _wait_for_lines(self, what: str) -> None:
        # The till's total is on the screens: the daemon has dealt with this very state.
        till = self.stage.till
        self._wait(what, lambda s: len(s.lines) == len(till.lines) and s.total == till.total)

    def _shows(self, what: Callable[[Card], bool]) -> bool:
        """Whether a card of this kind is on the cashier's screen."""
        shown = self.stage.eye.snapshot
        return shown is not None and any(map(what, shown.cards))

    def _wants(self, to_come: list[ScriptLine]) -> bool:
        """Whether the shopper was going to buy the first suggestion, or is easily tempted."""
        shown = self.stage.eye.snapshot
        if shown is None or not shown.cards:
            return False
        planned = shown.cards[0].sku in {line.sku for line in to_come}
        return planned or (self.played % 2 == 1 and self.chance.random() < 0.25)

    def _take_offer(self) -> str | None:
        """One of the first two cards that has a code: photographed, brought to the front and accepted."""
        shown = self.stage.eye.snapshot
        card = None if shown is None else next((card for card in shown.cards[:2] if card.code is not None), None)
        if card is None:
            return None
        sku, cashier = card.sku, self.stage.cashier
        if not all(self._comes(face, lambda state: sku in state["cards"]) for face in (self.stage.customer, cashier)):
            return None
        if cashier.state()["cards"][0] != sku:
            self._press("alternate")
        if not self._comes(cashier, lambda state: state["cards"][:1] == [sku]):
            return None
        self._take_pictures("offer")
        return self._accept()

    def _comes(self, face: Face, until: Callable[[dict[str, Any]], bool]) -> bool:
        """Whether a face shows it once the cards that it holds may go."""
        end = time.monotonic() + HELD_SECONDS
        while not (shown := until(face.state())) and time.monotonic() < end:
            time.sleep(0.02)
        return shown

    def _accept(self) -> str | None:
        """Say yes on the cashier face, then scan the item: the one that the face says was under the finger."""
        sku = self._press("accept")
        if sku is None:
            return None
        taken = self._wait("the acceptance", lambda s: any(c.sku == sku for c in s.cards if c.state == "taken"))
        card = next(c for c in taken.cards if c.sku == sku)
        self._pause(self.line_seconds)
        # The card shows what is charged with a code; without one the till would charge what it was.
        price = (card.price if card.code is None else card.old_price) or 0
        unit = Unit(card.unit)
        quantity = 1000 if unit is Unit.PIECE else 500
        line = ScriptLine(sku, card.barcode or sku, self._name(card.names), quantity, price * quantity // 1000, price, unit)
        self._ring(line, card.code)
        return sku

    def _press(self, button: str) -> str | None:
        self._until_drawn(self.stage.cashier)
        self._pause(GUARD_SECONDS)
        return self.stage.cashier.tap(button)

    def _say_less(self) -> None:
        """Of what is on the screen; tried again where the card has just changed under the finger."""
        for _ in range(3):
            if self._press("less") is not None:
                return

    def _rate(self, receipt_id: str) -> int | None:
        """What a shopper says of the visit who is asked: the first one always answers, of the others three in five."""
        if self.played > 1 and self.chance.random() >= ANSWERS:
            return None
        (score,) = self.chance.choices((1, 2, 3), weights=(1, 2, 5))
        self._until_drawn(self.stage.customer)
        self._pause(GUARD_SECONDS)
        return wait_for_rating(self.stage.edge_db, receipt_id) if self.stage.customer.rate(score) else None

    def _take_pictures(self, moment: str) -> None:
        for face in (self.stage.customer, self.stage.cashier):
            self._until_drawn(face)
        self._pause(GUARD_SECONDS)
        for name, face in (("customer", self.stage.customer), ("cashier", self.stage.cashier)):
            face.picture(self.pictures / f"sale-{self.played:02}-{moment}-{name}.png")

    def _wait(self, what: str, until: Callable[[Snapshot], bool]) -> Snapshot:
        self.stage.daemon.demand_alive()
        return self.stage.eye.wait(what, until)

    def _until_drawn(self, face: Face) -> None:
        """A face may be later than the eye: what is pressed and photographed is what the daemon shows now."""
        seen = self.stage.eye.snapshot
        if seen is not None:
            face.wait("the latest basket", lambda state: (state["run"], state["seq"] >= seen.seq) == (seen.run, True))

    def _name(self, names: dict[str, str]) -> str:
        return names.get(self.language) or names.get("") or next(iter(names.values()))

    def _pause(self, seconds: float) -> None:
        time.sleep(seconds)
