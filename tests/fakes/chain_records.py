"""A played chain as registers would have sent it: real receipts and ratings, in real batches."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
from fakes.experiments import experiment
from fakes.headquarters_batches import delivered
from fakes.played_chain import FIRST_DAY, Chain, Played

from device.arms import Experiment
from device.domain import LaneId, Line, Minor, Outcome, Phase, Pseudonym, Receipt, Sku, Thousandths, Unit
from device.rating import Rating, Scale
from sync import envelope
from sync.central import Central, Delivery
from sync.envelope import MAX_RECEIPTS, Entry, Header

_SCORES = {100.0: 10, 0.0: 8, -100.0: 2}


def trial(chain: Chain, **changes: object) -> Experiment:
    """The experiment that a played chain takes part in."""
    last = date.fromordinal(FIRST_DAY + chain.days - 1)
    days = (date.fromordinal(FIRST_DAY).isoformat(), last.isoformat())
    return experiment(days=days, receipts=chain.receipts_a_day * chain.days, **changes)


def records(played: Played, tested: Experiment, seed: int = 1) -> list[Receipt]:
    """Their ids are such that the experiment's key draws the arm that the chain's coin did."""
    chance = random.Random(seed)
    return [_receipt(played, tested, row, chance) for row in range(len(played.columns))]


def ratings(played: Played, receipts: list[Receipt]) -> dict[str, Rating]:
    """By receipt."""
    told = played.columns.values["rating"]
    return {
        receipt.receipt_id: Rating(
            receipt.receipt_id, receipt.store, receipt.device, receipt.lane, Scale.TEN, _SCORES[score], receipt.closed_at
        )
        for receipt, score in zip(receipts, told.tolist(), strict=True)
        if not np.isnan(score)
    }


def send(central: Central, receipts: list[Receipt], rated: dict[str, Rating], epoch: str = "a" * 32) -> None:
    """Every register's receipts, each followed by its rating."""
    by_device: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        by_device.setdefault(receipt.device, []).append(receipt)
    for device, theirs in by_device.items():
        central.ingest(list(_batches(device, theirs, rated, epoch)), datetime.now(UTC))


def _batches(device: str, receipts: list[Receipt], rated: dict[str, Rating], epoch: str) -> Iterator[Delivery]:
    entries: list[Entry] = []
    for receipt in receipts:
        seq = len(entries) + 1
        entries.append(Entry(seq, msgspec.json.encode(receipt)))
        if receipt.receipt_id in rated:
            entries.append(Entry(seq + 1, msgspec.json.encode(rated[receipt.receipt_id]), seq))
    for at in range(0, len(entries), MAX_RECEIPTS):
        part = entries[at : at + MAX_RECEIPTS]
        header = Header(envelope.VERSION, device, epoch, part[0].seq, part[-1].seq, len(part))
        yield delivered(envelope.pack(header, part), device)


def _receipt(played: Played, tested: Experiment, row: int, chance: random.Random) -> Receipt:
    columns = played.columns
    values = {name: float(column[row]) for name, column in columns.values.items()}
    arm = int(columns.arm[row])
    name = uuid.UUID(int=chance.getrandbits(128)).hex
    while arm >= 0 and tested.draw(name) is not tested.arm[arm]:
        name = uuid.UUID(int=chance.getrandbits(128)).hex
    closed = datetime.fromtimestamp(int(columns.closed_s[row]), UTC)
    opened = closed - timedelta(seconds=values["till_s"])
    bought = [int(one) for one, is_there in zip(played.slate[row], played.bought[row], strict=True) if is_there]
    own = int(values["items"]) - len(bought)
    left = round(values["total"]) - round(sum(played.prices[one] for one in bought))
    amounts = [left // own + (place < left % own) for place in range(own)] if own else []
    lines = [(f"L{place}", amount) for place, amount in enumerate(amounts)]
    lines += [(f"G{one}", round(played.prices[one])) for one in bought]
    ghosts = arm == 0
    outcomes = tuple(
        Outcome(f"s{rank}", Sku(f"G{one}"), rank, 0.1, (), opened, painted=arm == 1, answer=None, bought=bool(there))
        for rank, (one, there) in enumerate(zip(played.slate[row], played.bought[row], strict=True), 1)
    )
    return Receipt(
        receipt_id=name,
        store=columns.stores[columns.store[row]],
        device=columns.devices[columns.device[row]],
        lane=LaneId("1"),
        phase=Phase.CLOSED,
        basket_id=f"b{row}",
        opened_at=opened,
        closed_at=closed,
        local_time=(closed + timedelta(minutes=int(columns.offset[row]))).replace(tzinfo=None).isoformat(),
        currency=columns.currency,
        total=Minor(round(values["total"])),
        lines=tuple(
            Line(place, sku, Sku(sku), Thousandths(1000), Unit.PIECE, Minor(amount)) for place, (sku, amount) in enumerate(lines)
        ),
        outcomes=outcomes,
        shopper=None if columns.shopper[row] < 0 else Pseudonym(f"{int(columns.shopper[row]):032x}"),
        experiment=None if arm < 0 else tested.name,
        arm=None if arm < 0 else tested.arm[arm].name,
        ghosts=ghosts,
        propensity=1.0 if arm < 0 else tested.propensity(tested.arm[arm]),
        till_ms=round(values["till_s"] * 1000),
        margin=Minor(round(values["margin"])),
        margin_of=Minor(round(values["margin_of"])),
    )
