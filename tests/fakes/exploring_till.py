"""Sales of a register that explores, by shoppers of whom it is known what they take of what is shown."""

from __future__ import annotations

import random

from fakes.device_till import Checkout

from device.domain import Phase
from device.policy_settings import Policy
from device.screen_link import FaceKind, Painted, Verb

POLICY = Policy(cards=2, explore_share=0.5, explore_ratio=0.1)
EARLIER, SALES = 300, 900
TAKEN = {"butter": 0.1, "cheese": 0.6, "milk": 0.2, "honey": 0.5, "tea": 0.1}
SEEN = (1.0, 0.6, 0.4)


def sell(counter: Checkout, count: int, seed: int = 1) -> None:
    """Bread, then what the shopper takes of what is shown, then the payment; some say yes to the cashier, some no."""
    chance = random.Random(seed)
    for number in range(count):
        name, minutes = f"b{number}", 3.0 * number
        counter.hear(name, 1, "bread", minutes=minutes)
        shown = counter.shown()
        counter.lane.painted(painted(counter))
        taken = [sku for place, sku in enumerate(shown) if chance.random() < TAKEN[sku] * SEEN[place]]
        basket = ["bread", *taken]
        if len(taken) == 1 and chance.random() < 0.5:
            counter.tap(Verb.ACCEPT, taken[0])
        elif not taken and chance.random() < 0.2:
            counter.tap(Verb.DISMISS, shown[0])
        counter.hear(name, 2, *basket, minutes=minutes + 1)
        counter.hear(name, 3, *basket, phase=Phase.TENDER, minutes=minutes + 1.5)
        counter.hear(name, 4, *basket, phase=Phase.CLOSED, minutes=minutes + 2)


def painted(counter: Checkout):
    cards = counter.lane.snapshot(FaceKind.CASHIER).cards
    return Painted("run-1", counter.lane.seq, tuple(card.suggestion_id for card in cards))
