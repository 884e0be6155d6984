"""Receipts of a grocery over many days, with the variety that compression and databases feel: a seed makes them all.

Baskets of 1 to 40 lines, 6 on average, of 20,000 items whose popularity falls like 1/rank, weighed goods among them, each with
its name and price as a till tells them; three suggestions at the first line and one at most others, with their reasons; every
other shopper known; an experiment with two arms; the steps of each sale's decisions. As heavy as the demo's own receipts: 3.0 kB
with 3.5 lines. Between 08:00 and 22:00 of each day.

A `Shop` has codes, names, prices and words of its own, and no two share them.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import msgspec

from device.domain import Answer, KeptBack, LaneId, Line, Minor, Outcome, Phase, Pseudonym, Receipt, Sku, Step, Thousandths, Unit
from device.store import EdgeStore

FIRST_DAY = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
LETTERS = ("оеаинтсрвлкмдпуяыьгзбчй", "etaoinsrhldcumfpgwybvk", "enisratdhulcgmobwfkzüäö", "aeosrnidlctumpbgvyqhfñé")
RULES = ("family", "stock", "kind", "answered", "age", "price", "hours")


@dataclass(frozen=True)
class Shop:
    """`number` draws everything that is its own; its items are named by their rank of popularity, from 0."""

    number: int = 0
    items: int = 20_000

    @cached_property
    def cumulated(self) -> list[float]:
        return list(accumulate(1 / (rank + 10) for rank in range(self.items)))

    @cached_property
    def words(self) -> list[str]:
        chance = random.Random(f"words {self.number}")
        letters = LETTERS[self.number % len(LETTERS)]
        weights = [1 / (rank + 3) for rank in range(len(letters))]
        return ["".join(chance.choices(letters, weights, k=chance.randrange(3, 10))) for _ in range(800)]

    @cached_property
    def own(self) -> tuple[int, int, int, str, str]:
        """First code, stride of the codes, first SKU, currency, bundle."""
        chance = random.Random(f"codes {self.number}")
        first = chance.choice((46, 40, 84, 50, 59, 87)) * 10**11 + chance.randrange(10**9)
        currency = ("RUB", "GBP", "EUR", "MXN")[self.number % 4]
        return (
            first,
            chance.randrange(5000, 9999),
            chance.choice((100_000, 7_000_000)),
            currency,
            f"{chance.getrandbits(48):012x}",
        )

    @cached_property
    def catalogue(self) -> list[tuple[str, str, int, str]]:
        """Of each item: SKU, code, price and name; every ninth is weighed."""
        chance = random.Random(f"catalogue {self.number}")
        first, stride, sku, _, _ = self.own
        found = []
        for rank in range(self.items):
            price = chance.randrange(9, 900) * 100 + 90
            size = f"{chance.choice((80, 90, 150, 200, 250, 400, 500, 900, 930))} {chance.choice('гlgм')}"
            kind, *more = chance.choices(self.words, k=chance.randrange(2, 4))
            name = f"{kind.capitalize()} {' '.join(more)}, {size}"
            code = f"{2_200_000_000_000 + rank * 100_000}" if rank % 9 == 0 else str(first + rank * stride)
            found.append((str(sku + rank * 7), code, price, name))
        return found


SHOP = Shop()


def receipts(days: int, a_day: int, device: str = "register-1", seed: int = 1, shop: Shop = SHOP) -> Iterator[Receipt]:
    chance = random.Random(f"{seed} {shop.number}")
    for day in range(days):
        opening = FIRST_DAY + timedelta(days=day)
        moments = sorted(chance.uniform(0, 14 * 3600) for _ in range(a_day))
        for number, moment in enumerate(moments, 1):
            yield _Sale(shop, chance, opening + timedelta(seconds=moment), number).receipt(device)


def sell(
    edge_db: Path, sales: Iterator[Receipt], device: str = "register-1", sold: Callable[[], None] = lambda: None
) -> list[bytes]:
    """Record them as the daemon does; the bodies as headquarters is to get them. `sold`: called after each, the store open."""
    bodies = []
    with closing(EdgeStore(edge_db, device)) as store:
        store._db.execute("PRAGMA synchronous = OFF")  # these sales need not survive a power cut, and there are many
        for sale in sales:
            assert store.record(sale, sale.receipt_id.encode()) is not None
            bodies.append(msgspec.json.encode(sale))
            sold()
    return bodies


class Room:
    """What a register's files take while it sells, its log included: give `look` to `sell`."""

    def __init__(self, state: Path, every: int = 10) -> None:
        self._state, self._every, self._calls = state, every, 0
        self.most = 0
        """Bytes of all files together, the most there ever were."""
        self.log = 0
        """Of the log alone."""

    def look(self) -> None:
        self._calls += 1
        if self._calls % self._every == 0:
            sizes = {path.name: path.stat().st_size for path in self._state.iterdir()}
            self.most = max(self.most, sum(sizes.values()))
            self.log = max(self.log, sum(size for name, size in sizes.items() if name.endswith("-wal")))


class _Sale:
    def __init__(self, shop: Shop, chance: random.Random, closed: datetime, number: int) -> None:
        self.shop, self.chance, self.closed, self.number = shop, chance, closed, number
        self.name = f"{chance.getrandbits(128):032x}"
        self.ranks = self._ranks(min(40, 1 + int(chance.expovariate(1 / 5.5))))
        self.lasted = sum(chance.randrange(1_500_000, 9_000_000) for _ in self.ranks)
        self.opened = closed - timedelta(microseconds=self.lasted + chance.randrange(4_000_000, 40_000_000))
        self.moments = sorted(chance.randrange(self.lasted) for _ in self.ranks)
        self.shopper = (
            Pseudonym(f"{chance.getrandbits(20) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}")
            if chance.random() < 0.5
            else None
        )
        self.history = self._ranks(6)

    def _ranks(self, count: int) -> list[int]:
        return self.chance.choices(range(self.shop.items), cum_weights=self.shop.cumulated, k=count)

    def _sku(self, rank: int) -> Sku:
        return Sku(self.shop.catalogue[rank][0])

    def receipt(self, device: str) -> Receipt:
        chance = self.chance
        _, _, _, currency, bundle = self.shop.own
        lines = tuple(self._line(rank, at) for at, rank in enumerate(self.ranks, 1))
        outcomes = tuple(self._outcomes())
        steps = tuple(self._steps([one for one in outcomes if one.answer is Answer.DECLINED]))
        total = Minor(sum(line.amount for line in lines))
        kept_back = tuple(KeptBack(self._sku(rank), chance.choice(RULES), chance.randrange(1, 9)) for rank in self._ranks(3))
        rules = sorted({one.rule for one in kept_back})
        started = FIRST_DAY + timedelta(days=(self.closed - FIRST_DAY).days // 7 * 7)
        return Receipt(
            receipt_id=self.name,
            store="S1",
            device=device,
            lane=LaneId("1"),
            phase=Phase.CLOSED,
            basket_id=f"{self.opened:%Y%m%d%H%M%S}-1-{self.number}",
            opened_at=self.opened,
            closed_at=self.closed,
            local_time=(self.closed + timedelta(hours=3)).replace(tzinfo=None, microsecond=0).isoformat(),
            currency=currency,
            total=total,
            lines=lines,
            outcomes=outcomes,
            shopper=self.shopper,
            till="1",
            bundle=f"{started:%Y%m%d}-{bundle}",
            forbidden=tuple((rule, sum(one.times for one in kept_back if one.rule == rule)) for rule in rules),
            kept_back=kept_back,
            silences=(("payment", 1),),
            experiment=f"{self.shop.words[0]}-{self.shop.words[1]}",
            arm=(arm := chance.choice(("control", "model"))),
            ghosts=arm == "control",
            propensity=0.5,
            policy=bundle[::-1],
            till_ms=self.lasted // 1000,
            margin=Minor(total * chance.randrange(150, 350) // 1000),
            margin_of=total,
            steps=steps,
            decisions=len(steps),
        )

    def _line(self, rank: int, at: int) -> Line:
        sku, code, price, name = self.shop.catalogue[rank]
        if rank % 9 == 0:
            grams = self.chance.randrange(80, 3000)
            return Line(at, code, Sku(sku), Thousandths(grams), Unit.KILOGRAM, Minor(price * grams // 1000), Minor(price), name)
        pieces = self.chance.choice((1, 1, 1, 1, 2, 3))
        return Line(at, code, Sku(sku), Thousandths(1000 * pieces), Unit.PIECE, Minor(price * pieces), Minor(price), name)

    def _outcomes(self) -> Iterator[Outcome]:
        chance = self.chance
        count = 3 + sum(chance.random() < 0.9 for _ in self.ranks[1:])
        for place, rank in enumerate(dict.fromkeys(self._ranks(count)), 1):
            # Three are offered at the first line, each other at a later one.
            heard = 0 if place <= 3 else min(place - 3, len(self.moments) - 1)
            rung = [str(self._sku(one)) for one in self.ranks[: heard + 1]]
            known = (
                [f"had={self._sku(one)}" for one in (rank, *self.history)] if self.shopper else [f"hour={self.closed.hour + 3}"]
            )
            reasons = dict.fromkeys(chance.choice(rung if chance.random() < 0.6 else known) for _ in range(3))
            (score,) = struct.unpack("f", struct.pack("f", chance.uniform(0.05, 0.5)))  # as the model gives it
            painted = chance.random() < 0.6
            yield Outcome(
                f"{self.name[:12]}-{place}",
                self._sku(rank),
                min(place, 1 + place % 3),
                score,
                tuple(reasons),
                self.opened + timedelta(microseconds=self.moments[heard]),
                painted=painted,
                answer=chance.choice((None, None, None, Answer.DECLINED, Answer.TAKEN)) if painted else None,
                bought=rank in self.ranks,
                moved_by=chance.choice(((), (), ("reach",), ("margin",), ("reach", "margin"))),
                shown_ms=chance.randrange(200, max(201, self.lasted // 1000)),
            )

    def _steps(self, declined: list[Outcome]) -> Iterator[Step]:
        known = " shopper" if self.shopper else ""
        for at, (moment, rank) in enumerate(zip(self.moments, self.ranks, strict=True)):
            yield Step(moment, f"open{known}", self._digest(), (self._sku(rank),), ())
            if declined and at == 0:
                yield Step(moment, f"open{known}", self._digest(), (), (), None, tuple(one.sku for one in declined))
        yield Step(self.lasted, f"tender{known}", self._digest(), (), ())

    def _digest(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"
