"""The register: byte in to suggestions out, scoring alone, and the same work at the speed of the line that brings the bytes.

Real decoder, lane, policy, edge database on disk and the snapshot for a screen, in one process; sales of one to twelve lines at
5,000 and 50,000 items.
"""

from __future__ import annotations

import json
import tempfile
import time
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

import figures
import msgspec
import numpy as np
import synthetic
from fakes import season
from fakes.experiments import experiment

from device import packed
from device.adviser import CANDIDATES, CROWD, Adviser, from_bundle
from device.bundle import Bundle
from device.dialects import decoder
from device.domain import Basket, Kind, LaneId, Minor, Phase, Sku
from device.journal import Journal
from device.lane import Lane
from device.policy.rules import Situation
from device.policy_settings import Policy
from device.premises import Place, Register, Shelf
from device.scorer import Question, prove
from device.screen_link import FaceKind, encode
from device.store import EdgeStore
from device.tokens import Tokens
from device.trail import NOBODY, Known, Trail, decide, slate_of

EVENTS = 10_000
MOST_LINES = 12
BITS_PER_BYTE = 10
"""Start bit, eight data bits, stop bit."""


def messages(items: int) -> list[tuple[str, bytes]]:
    """What a till sends: after every line the whole basket, then tender, then closed."""
    chance = np.random.default_rng(1)
    told: list[tuple[str, bytes]] = []
    sale = 0
    while len(told) < EVENTS:
        sale += 1
        lines: list[dict[str, object]] = []
        states = ["open"] * int(chance.integers(1, MOST_LINES + 1)) + ["tender", "closed"]
        for seq, state in enumerate(states, 1):
            if state == "open":
                code = synthetic.sku(int(chance.integers(items)))
                lines.append({"line_id": seq, "code": code, "qty": 1000, "amount": 9900, "name": "An item with a name"})
            message = {"v": 1, "basket_id": f"s{sale}", "seq": seq, "state": state, "currency": "RUB", "lines": lines}
            told.append((state, json.dumps(message).encode() + b"\n"))
    return told[:EVENTS]


def through_the_register(folder: Path, adviser: Adviser, told: list[tuple[str, bytes]]) -> None:
    edge = EdgeStore(folder / "edge.db", "bench")
    shelf = Shelf(datetime.now(UTC).date())
    place = Place("S1", "bench", zoneinfo.ZoneInfo("UTC"), shelf)
    lane = Lane(LaneId("1"), Register(place, edge, Journal(), "run"), adviser)
    decode = decoder("native")
    took: dict[str, list[float]] = {"open": [], "tender": [], "closed": []}
    cards = 0
    for state, data in told:
        start = time.perf_counter()
        for event in decode.feed(data, datetime.now(UTC)):
            lane.hear(event)
        shown = lane.snapshot(FaceKind.CUSTOMER)
        encode(shown)
        took[state].append((time.perf_counter() - start) * 1000)
        cards += len(shown.cards)
    figures.row("byte in to suggestions out", took["open"], "ms")
    figures.row("last byte of a sale to receipt on disk", took["closed"], "ms")
    figures.note(f"{'cards shown per event in an open sale':58} {cards / len(took['open']):.2f}; receipts kept {edge.receipts()}")
    for baud in (9_600, 115_200):
        line = [len(data) * BITS_PER_BYTE / baud * 1000 for state, data in told if state == "open"]
        figures.row(f"physical limit: those bytes on a line of {baud} baud", line, "ms")
    edge.close()


def scoring(bundle: Bundle) -> None:
    scorer = prove(bundle)
    chance = np.random.default_rng(2)
    bias = np.zeros(bundle.vocabulary.items, np.float32)
    took = []
    for _ in range(EVENTS):
        ids = np.unique(chance.integers(0, len(bundle.vocabulary), 10)).astype(np.int64)
        tokens = Tokens(ids, np.ones(len(ids), np.float32))
        start = time.perf_counter()
        scorer.run(tokens, bias, 32)
        took.append((time.perf_counter() - start) * 1000)
    figures.row("scoring alone, 10 tokens, one thread", took, "ms")


def deciding(adviser: Adviser, items: int) -> None:
    """What the policy adds to the model: its own work, and a second question where forbidden items crowd out the others."""
    chance = np.random.default_rng(2)
    local, no_bias = datetime(2026, 5, 4, 12, 0), np.zeros(items, np.float32)
    whole, ranking = [], []
    for _ in range(2_000):
        skus = tuple(Sku(synthetic.sku(int(n))) for n in chance.choice(items, int(chance.integers(1, MOST_LINES)), replace=False))
        families = frozenset(item.family for sku in skus if (item := adviser.catalogue.item(sku)) is not None and item.family)
        question, now = Question(skus, local, "S1"), Situation(Phase.OPEN, frozenset(skus), families, local)
        start = time.perf_counter()
        adviser.suggest(question, now)
        asked = time.perf_counter()
        adviser._scorer.rank(question, no_bias, CANDIDATES + CROWD)
        whole.append((asked - start) * 1000)
        ranking.append((time.perf_counter() - asked) * 1000)
    figures.row("a decision, rules and ranking", whole, "ms")
    figures.row("the ranking alone", ranking, "ms")
    figures.row("what the rules add", [both - alone for both, alone in zip(whole, ranking, strict=True)], "ms")


def recording(adviser: Adviser, items: int) -> None:
    """What an experiment adds to a sale: one arm drawn, and each decision written down."""
    chance = np.random.default_rng(3)
    tested = experiment()
    drawn, kept, bytes_kept = [], [], []
    for number in range(500):
        start = time.perf_counter()
        tested.draw(f"{number:032x}")
        drawn.append((time.perf_counter() - start) * 1e6)
        skus = tuple(Sku(synthetic.sku(int(n))) for n in chance.choice(items, 12, replace=False))
        trail = Trail()
        opened = datetime(2026, 5, 4, 9, tzinfo=UTC)
        for size in range(1, len(skus) + 1):
            at = opened + timedelta(seconds=4 * size)
            known = Known(at, Phase.OPEN, Kind.SALE, False, False, skus[:size], (), (), (), (), ())
            basket = Basket("b", size, Phase.OPEN, (), "RUB", Minor(0), opened, at)
            decision = decide(adviser, known, "S1", UTC, NOBODY)
            start = time.perf_counter()
            trail.add(known, decision, basket)
            kept.append((time.perf_counter() - start) * 1e6)
        bytes_kept.append(len(msgspec.json.encode(trail.steps)))
    figures.row("an arm drawn, once a sale", drawn, "us")
    figures.row("a decision written down, once an event", kept, "us")
    figures.row("what 12 decisions add to a receipt", bytes_kept, "B")


def keeping(folder: Path) -> None:
    """What a finished sale costs: its receipt made small, and written in a durable transaction. Varied receipts of two days."""
    sales = list(season.receipts(2, 1000))
    edge = EdgeStore(folder / "varied.db", "register-1")
    made_small, kept = [], []
    for sale in sales:
        body = msgspec.json.encode(sale)
        start = time.perf_counter()
        packed.pack(body)
        made_small.append((time.perf_counter() - start) * 1e6)
        start = time.perf_counter()
        edge.record(sale, sale.receipt_id.encode())
        kept.append((time.perf_counter() - start) * 1000)
    edge.close()
    figures.row("a receipt packed", made_small, "us")
    figures.row("a receipt packed and stored, durable", kept, "ms")
    size = (folder / "varied.db").stat().st_size
    figures.note(f"{'on disk, with indexes, a receipt':58} {size / len(sales):.0f} B")


def exploring(path: Path, items: int) -> None:
    """What exploring on every second receipt adds to a decision, and to what a receipt keeps."""
    chance = np.random.default_rng(4)
    local = datetime(2026, 5, 4, 12, 0)
    plain, drawing = from_bundle(path, "S1", Policy()), from_bundle(path, "S1", Policy(explore_share=0.5))
    took: dict[str, list[float]] = {"without": [], "with": []}
    kept = []
    for number in range(2_000):
        skus = tuple(Sku(synthetic.sku(int(n))) for n in chance.choice(items, int(chance.integers(1, MOST_LINES)), replace=False))
        question, now = (
            Question(skus, local, "S1"),
            Situation(Phase.OPEN, frozenset(skus), frozenset(), local, receipt=f"{number:032x}"),
        )
        for name, adviser in (("without", plain), ("with", drawing)):
            start = time.perf_counter()
            decision = adviser.suggest(question, now)
            took[name].append((time.perf_counter() - start) * 1e6)
        if (slate := slate_of(number, decision)) is not None:
            kept.append(len(msgspec.json.encode(slate)))
    figures.row("a decision without exploring", took["without"], "us")
    figures.row("a decision under a policy that explores", took["with"], "us")
    figures.row("what a slate adds to a receipt", kept, "B")
    plain.close()
    drawing.close()


def main() -> None:
    figures.load()
    with tempfile.TemporaryDirectory() as name:
        keeping(Path(name))
    for items in (5_000, 50_000):
        with tempfile.TemporaryDirectory() as name:
            path = synthetic.bundle(Path(name) / "a.bundle", items)
            print(f"-- {items} items, bundle of {path.stat().st_size / 2**20:.1f} MiB")
            adviser = from_bundle(path, "S1", Policy())
            through_the_register(Path(name), adviser, messages(items))
            assert adviser.bundle is not None
            scoring(adviser.bundle)
            deciding(adviser, items)
            recording(adviser, items)
            exploring(path, items)
    figures.load()


if __name__ == "__main__":
    main()
