"""Where sales happen, and what all lanes of a register have in common there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from device.handed_out import HandedOut
from device.hours import is_another_day
from device.unwanted import Unwanted

if TYPE_CHECKING:
    from datetime import date, tzinfo
    from pathlib import Path

    from device.adviser import Adviser
    from device.domain import Pseudonym, Sku
    from device.events import BasketState
    from device.journal import Journal
    from device.rating import Scale
    from device.shopper import Keyring, Shopper
    from device.store import EdgeStore


@dataclass(slots=True)
class Shelf:
    """What cashiers of this store said is not there, until the shop's day ends. Shared by all lanes of a daemon."""

    day: date
    missing: set[Sku] = field(default_factory=set)

    def on(self, day: date) -> set[Sku]:
        if is_another_day(day, self.day):
            self.day = day
            self.missing.clear()
        return self.missing


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sale happens."""

    store: str
    device: str
    zone: tzinfo
    shelf: Shelf
    unwanted: Unwanted = field(default_factory=Unwanted)
    """Until headquarters knows it too."""
    handed_out: HandedOut = field(default_factory=HandedOut)


@dataclass(slots=True)
class Register:
    """What all lanes of one daemon have in common."""

    place: Place
    edge: EdgeStore
    journal: Journal
    run: str
    """Identity of this process on the screen link."""
    shopper_keys: Keyring | None = None
    pictures: Path | None = None
    rating: Scale | None = None
    """How shoppers are asked to rate their visit; None: they are not."""

    def shopper(self, event: BasketState, adviser: Adviser, asked: Pseudonym | None) -> Shopper | None:
        """Who shows a card: by whichever key's pseudonym a profile is kept, else by the key in force; nobody who is forgotten.

        `asked`: who was found of this card before, on the same sale.
        """
        keys = self.shopper_keys
        known = () if keys is None or event.loyalty_id is None else keys.shoppers(event.loyalty_id, event.at)
        known = tuple(shopper for shopper in known if not self.edge.is_forgotten(shopper.token))
        if (before := next((one for one in known if one.token == asked), None)) is not None:
            return before
        if len(known) == 1:
            return known[0]  # a choice of one: the profile is read when the sale takes it
        return next((one for one in known if adviser.profile(one.token) is not None), known[0] if known else None)
