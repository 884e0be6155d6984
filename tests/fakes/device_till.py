"""What a till tells: baskets as events for the lane, and as lines of the native dialect for the daemon."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from fakes.device_shop import KEY, STORE, barcode
from fakes.patience import SECONDS, until

from device import packed
from device.adviser import Adviser
from device.domain import LaneId, Minor, Phase, Receipt, Thousandths, Unit
from device.events import BasketState, RungLine
from device.journal import Journal
from device.lane import Lane
from device.premises import Place, Register, Shelf
from device.rating import Rating, Scale
from device.screen_link import Acknowledgement, Act, FaceKind, Rate, Verb
from device.shopper import Keyring
from device.store import EdgeStore
from device.unwanted import Unwanted

ZONE: Final = ZoneInfo("Europe/Moscow")
MORNING: Final = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
"""Half past ten in the shop, on a Monday."""
RUN: Final = "run-1"


def till_on(port: int) -> socket.socket:
    """A till's line to a lane that listens there, or is about to."""

    def dialled() -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port), SECONDS)
        except ConnectionRefusedError:
            return None

    line = until(dialled, what="the lane to listen")
    assert line is not None
    return line


def rung(number: int, sku: str, **facts: Any) -> RungLine:
    """One piece for 99.90, scanned by its barcode."""
    known: dict[str, Any] = {"quantity": Thousandths(1000), "unit": Unit.PIECE, "amount": Minor(9990)}
    return RungLine(number, facts.pop("code", None) or barcode(sku), **(known | facts))


def told(basket_id: str, seq: int, *skus: str, phase: Phase = Phase.OPEN, minutes: float = 0, **facts: Any) -> BasketState:
    """The whole basket with these items, one line each, so many minutes after opening time."""
    at = facts.pop("at", MORNING + timedelta(minutes=minutes))
    lines = facts.pop("lines", None) or tuple(rung(number, sku) for number, sku in enumerate(skus, 1))
    return BasketState(basket_id, seq, phase, lines, "RUB", at, **({"told_at": f"{basket_id}/{seq}"} | facts))


def message(basket_id: str, seq: int, *skus: str, state: str = "open", **facts: Any) -> dict[str, Any]:
    """The same as an object of the native dialect."""
    lines = [
        {"line_id": number, "code": barcode(sku), "qty": 1000, "unit": "pcs", "price": 9990, "amount": 9990}
        for number, sku in enumerate(skus, 1)
    ]
    known = {"v": 1, "till": "7", "basket_id": basket_id, "seq": seq, "state": state, "currency": "RUB", "lines": lines}
    return known | {"ts": f"{basket_id}/{seq}", "cashier": "Somebody"} | facts


def wire(*args: Any, **facts: Any) -> bytes:
    """One line of the native dialect, LF included."""
    return json.dumps(message(*args, **facts)).encode() + b"\n"


class Checkout:
    """A till with its cashier: a real lane over a real edge database, and a finger for the cashier face."""

    def __init__(
        self,
        folder: Path,
        adviser: Adviser,
        *,
        name: str = "1",
        shelf: Shelf | None = None,
        edge: EdgeStore | None = None,
        key: bytes | None = KEY,
        rating: Scale | None = None,
        unwanted: Unwanted | None = None,
    ) -> None:
        self.path = folder / "edge.db"
        self.edge = edge or EdgeStore(self.path, "register-1")
        self.shelf = shelf or Shelf(MORNING.astimezone(ZONE).date())
        self.unwanted = unwanted or Unwanted()
        place = Place(STORE, "register-1", ZONE, self.shelf, self.unwanted)
        self.lane = Lane(
            LaneId(name),
            Register(place, self.edge, Journal(), RUN, None if key is None else Keyring.of(key), rating=rating),
            adviser,
        )
        self._acts = 0

    def hear(self, *args: Any, **facts: Any) -> bool:
        return self.lane.hear(told(*args, **facts))

    def shown(self, face: FaceKind = FaceKind.CASHIER) -> list[str]:
        """The items on the face, in order."""
        return [card.sku for card in self.lane.snapshot(face).cards]

    def card_id(self, sku: str) -> str:
        return next(c.suggestion_id for c in self.lane.snapshot(FaceKind.CASHIER).cards if c.sku == sku)

    def tap(self, verb: Verb, sku: str) -> Acknowledgement:
        return self.act(verb, self.card_id(sku))

    def act(self, verb: Verb, suggestion_id: str, *, act_id: str | None = None, run: str = RUN) -> Acknowledgement:
        self._acts += 1
        return self.lane.act(Act(act_id or f"act-{self._acts}", verb, suggestion_id, self.lane.seq, run))

    def rate(self, score: int, *, seq: int | None = None, run: str = RUN) -> Acknowledgement:
        """The shopper's finger on the thank-you that is shown, two seconds after the opening time."""
        self._acts += 1
        word = Rate(f"act-{self._acts}", score, self.lane.seq if seq is None else seq, run)
        return asyncio.run(self.lane.rate(word, MORNING + timedelta(seconds=2)))

    def ratings(self) -> dict[str, int]:
        """What is on disk: the score by the till's name of the sale."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT receipt.body, rating.body FROM rating JOIN receipt ON receipt.seq = rating.receipt")
            return {
                msgspec.json.decode(packed.unpack(receipt), type=Receipt).basket_id: msgspec.json.decode(
                    rating, type=Rating
                ).score
                for receipt, rating in rows
            }

    def receipts(self) -> list[Receipt]:
        return receipts(self.path)

    def receipt(self) -> Receipt:
        (only,) = self.receipts()
        return only


def receipts(edge_db: Path) -> list[Receipt]:
    """What is on disk, read by another connection, in the order it was kept."""
    db = sqlite3.connect(f"{edge_db.as_uri()}?mode=ro", uri=True)
    try:
        return [
            msgspec.json.decode(packed.unpack(body), type=Receipt)
            for (body,) in db.execute("SELECT body FROM receipt ORDER BY seq")
        ]
    finally:
        db.close()
