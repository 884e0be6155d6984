"""Many sales as fast as the machine allows, by shoppers whose minds are known: what `tillside report` is held against.

Before a sale begins its shopper is open to a suggestion or is not, and looks at one place of the screen, by seeded chance; the
register draws the arm without knowing it. Who is open takes what stands at that place when cards are shown first, unless it was
on the list anyway. So it is known of every receipt, in either arm, what suggestions change on it: in the control arm the ghosts
tell which card it would have been. What becomes of a card depends on nothing but the card, its place and the sale, as the outlook
takes it to be; `hindsight` tells what a candidate would truly have earned.

Registers explore here, within `EXPLORING`: on so many receipts places are filled by lot, in both arms alike.

There are no faces here: the eye says what is painted, and is the cashier's finger.
"""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

from device.demo.hindsight import Sold
from device.demo.report import SaleReport, report, wait_for_receipt
from device.demo.scripts import Script, ScriptLine
from device.demo.stage import TIMEZONE
from device.domain import Sku, Unit
from device.screen_link import Act, Painted, Verb
from device.screen_link import Stage as Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from device.catalogue import Catalogue, Item
    from device.demo.stage import Stage
    from device.domain import Receipt
    from device.screen_link import Card, Snapshot

_T = TypeVar("_T")
OPEN: Final = 0.5
"""Share of shoppers who are open to a suggestion."""
LOOKS: Final = (0.7, 0.3)
"""Share of them by the place that they look at."""
EXPLORING: Final = "explore_share = 0.5\nexplore_ratio = 0.3\nexplore_among = 6"
"""Of [policy]. A shop explores on one receipt in twenty and waits; a few hundred sales need the most that the setting allows."""
NAME: Final = "demo"


@dataclass(slots=True)
class Crowd:
    stage: Stage
    catalogue: Catalogue
    language: str
    chance: random.Random
    changed: dict[str, list[float]] = field(default_factory=lambda: {"conversion": [], "attach": [], "items": [], "receipt": []})
    """By metric: what suggestions change on each receipt on which there were any, or ghosts."""
    sold: list[Sold] = field(default_factory=list)
    """With suggestions that were shown."""
    _acts: int = 0
    _names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        # Of all goods: a ghost was on no screen, and what earned it may have been taken off.
        told = ((item.sku, item.names) for item in self.catalogue)
        self._names = {sku: names.get(self.language) or next(iter(names.values()), sku) for sku, names in told}

    def play(self, script: Script) -> tuple[SaleReport, None]:
        """Ring the script up, and what the shopper takes."""
        till = self.stage.till
        looks = self.chance.choices((0, 1), LOOKS)[0] if self.chance.random() < OPEN else None
        till.open(script.customer)
        lines, planned, looked = list(script.lines), {line.sku for line in script.lines}, False
        while lines:
            line = lines.pop(0)
            till.ring(line)
            shown = self._wait(f"the line {line.code}", lambda s: len(s.lines) == len(till.lines) and s.total == till.total)
            if shown.cards:
                self.stage.eye.say(Painted(shown.run, shown.seq, tuple(card.suggestion_id for card in shown.cards)))
                if not looked and (card := _at(shown.cards, looks)) is not None and card.sku not in planned:
                    lines.insert(0, self._accepted(card, shown))
                looked = True
        till.tell("tender")
        self._wait("payment", lambda s: s.stage is Shown.PAYMENT)
        till.tell("closed")
        receipt = wait_for_receipt(self.stage.edge_db, till.basket_id)
        self._remember(receipt, planned, looks)
        return report(receipt, self._names, None, card=script.customer is not None), None

    def truth(self) -> dict[str, float]:
        """By metric, its mean difference over all receipts that the report compares; money in minor units."""
        count = len(self.changed["items"])
        return {"receipts": count} | {name: sum(values) / max(count, 1) for name, values in self.changed.items()}

    def _accepted(self, card: Card, shown: Snapshot) -> ScriptLine:
        """Say yes; what is then to be scanned."""
        self._acts += 1
        self.stage.eye.say(Act(f"crowd-{self._acts}", Verb.ACCEPT, card.suggestion_id, shown.seq, shown.run))
        self._wait("the acceptance", lambda s: any(c.sku == card.sku and c.state == "taken" for c in s.cards))
        item = self.catalogue.item(Sku(card.sku))
        assert item is not None, "what is shown is in the bundle"
        quantity, amount = _portion(item)
        return ScriptLine(
            card.sku, card.barcode or card.sku, self._names[card.sku], quantity, amount, item.price, Unit(item.unit)
        )

    def _remember(self, receipt: Receipt, planned: set[str], looks: int | None) -> None:
        if not receipt.outcomes:
            return
        if not receipt.ghosts:
            self.sold.append(Sold(receipt, frozenset(planned), looks))
        first = min(outcome.offered_at for outcome in receipt.outcomes)
        slate = [outcome.sku for outcome in receipt.outcomes if outcome.offered_at == first]
        seen = _at(slate, looks)
        item = None if seen is None or seen in planned else self.catalogue.item(seen)
        anyway = any(sku in planned for sku in slate)
        self.changed["conversion"].append(float(item is not None and not anyway))
        self.changed["attach"].append(float(item is not None))
        self.changed["items"].append(float(item is not None))
        self.changed["receipt"].append(0.0 if item is None else float(_portion(item)[1]))

    def _wait(self, what: str, until: Callable[[Snapshot], bool]) -> Snapshot:
        self.stage.daemon.demand_alive()
        return self.stage.eye.wait(what, until)


def write_experiment(path: Path, sales: int) -> None:
    """Half of the sales show nothing, from the shop's today on."""
    today = datetime.now(ZoneInfo(TIMEZONE)).date()
    path.write_text(
        f"""\
name = "{NAME}"
key = "{secrets.token_hex(24)}"
first_day = {today}
last_day = {today + timedelta(days=60)}
receipts = {max(sales, 100)}
decides = "attach"

[[arm]]
name = "control"
faces = []

[[arm]]
name = "suggestions"
""",
        encoding="utf-8",
    )


def _at(places: Sequence[_T], looks: int | None) -> _T | None:
    return None if looks is None or looks >= len(places) else places[looks]


def _portion(item: Item) -> tuple[int, int]:
    """What a shopper takes of it: a piece, or half a kilogram; thousandths and minor units."""
    quantity = 1000 if item.unit == "pcs" else 500
    return quantity, (item.price or 0) * quantity // 1000
