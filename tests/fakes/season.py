"""Receipts of a grocery over many days, with the variety that compression and databases feel: a seed makes them all.

Baskets of 1 to 40 lines, 6 on average, of 20,000 items whose popularity falls like 1/rank, weighed goods among them; one to three
suggestions on most, some painted, answered and bought. Between 08:00 and 22:00 of each day.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import msgspec

from device.domain import Answer, LaneId, Line, Minor, Outcome, Phase, Receipt, Sku, Thousandths, Unit
from device.store import EdgeStore

FIRST_DAY = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
ITEMS = 20_000


def receipts(days: int, a_day: int, device: str = "register-1", seed: int = 1) -> Iterator[Receipt]:
    chance = random.Random(seed)
    weights = [1 / (rank + 10) for rank in range(ITEMS)]
    cumulated = list(accumulate(weights))
    for day in range(days):
        opening = FIRST_DAY + timedelta(days=day)
        moments = sorted(chance.uniform(0, 14 * 3600) for _ in range(a_day))
        for number, moment in enumerate(moments):
            yield _receipt(chance, cumulated, opening + timedelta(seconds=round(moment, 3)), f"{day * a_day + number:08}", device)


def sell(edge_db: Path, sales: Iterator[Receipt], device: str = "register-1") -> list[bytes]:
    """Record them as the daemon does; the bodies as they are kept."""
    bodies = []
    with closing(EdgeStore(edge_db, device)) as store:
        store._db.execute("PRAGMA synchronous = OFF")  # these sales need not survive a power cut, and there are many
        for sale in sales:
            assert store.record(sale, sale.receipt_id.encode()) is not None
            bodies.append(msgspec.json.encode(sale))
    return bodies


def _receipt(chance: random.Random, cumulated: list[float], closed: datetime, number: str, device: str) -> Receipt:
    count = min(40, 1 + int(chance.expovariate(1 / 5.5)))
    lines = tuple(_line(chance, rank, at) for at, rank in enumerate(chance.choices(range(ITEMS), cum_weights=cumulated, k=count)))
    rung = {line.sku for line in lines}
    offered = chance.choices(range(ITEMS), cum_weights=cumulated, k=chance.choice((0, 1, 2, 3, 3)))
    outcomes = tuple(
        Outcome(
            f"{number}-{place}",
            _sku(rank),
            place,
            round(chance.random(), 6),
            (str(chance.choice(sorted(rung, key=str))), f"hour={closed.hour + 3}"),
            closed - timedelta(seconds=chance.randrange(5, 90)),
            painted=chance.random() < 0.9,
            answer=chance.choice((None, None, None, Answer.DECLINED, Answer.TAKEN)),
            bought=_sku(rank) in rung,
        )
        for place, rank in enumerate(dict.fromkeys(offered), 1)
    )
    return Receipt(
        receipt_id=f"{device}-{chance.getrandbits(64):016x}",
        store="S1",
        device=device,
        lane=LaneId("1"),
        phase=Phase.CLOSED,
        basket_id=number,
        opened_at=closed - timedelta(seconds=20 + 5 * count),
        closed_at=closed,
        local_time=(closed + timedelta(hours=3)).replace(tzinfo=None).isoformat(),
        currency="RUB",
        total=Minor(sum(line.amount for line in lines)),
        lines=lines,
        outcomes=outcomes,
    )


def _line(chance: random.Random, rank: int, at: int) -> Line:
    price = 990 + rank * 7919 % 90_000
    if rank % 9 == 0:
        grams = chance.randrange(80, 3000)
        amount = Minor(price * grams // 1000)
        return Line(at, f"{2_100_000_000_000 + rank * 100_000}", _sku(rank), Thousandths(grams), Unit.KILOGRAM, amount)
    pieces = chance.choice((1, 1, 1, 1, 2, 3))
    code = f"{4_600_000_000_000 + rank * 7919}"
    return Line(at, code, _sku(rank), Thousandths(1000 * pieces), Unit.PIECE, Minor(price * pieces))


def _sku(rank: int) -> Sku:
    return Sku(str(100_000 + rank))
