"""Why something was shown, moved or kept back: from the settings through a running register to the central store, unchanged."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_shop import ITEMS, item, write_shop
from fakes.device_till import wire

from device import packed
from device.domain import Receipt
from device.screen_link import FaceKind, Stage, Verb
from sync import envelope
from sync.central import Delivery, open_central
from sync.envelope import Entry, Header

POLICY = """
[policy]
relevance_floor = 0.05
sponsored_ratio = 0.5
margin_boost = 1.0
pin = [{sku = "tea", first_day = 2020-01-01}, {sku = "crate"}]
ban = [{sku = "cheese", stores = ["S1"]}, {sku = "milk", stores = ["S2"]}, {sku = "a slip of the pen"}]
"""
FACTS = {"honey": {"sponsor": "A beekeeper"}, "milk": {"margin": 0.9, "family": "milk"}, "butter": {"margin": 0.1}}
SCORES = {
    ("item=bread", "beer"): 0.90,
    ("item=bread", "cheese"): 0.60,
    ("item=bread", "butter"): 0.50,
    ("item=bread", "milk"): 0.40,
    ("item=bread", "honey"): 0.30,
    ("item=bread", "tea"): 0.10,
    ("item=bread", "crate"): 0.10,
    ("item=bread", "coffee"): 0.01,
}


def test_every_decision_arrives_with_the_rule_that_made_it(tmp_path: Path) -> None:
    items = [item(i.sku, **FACTS[i.sku]) if i.sku in FACTS else i for i in ITEMS]
    with Register(tmp_path, extra=POLICY) as register:
        register.state.mkdir()
        write_shop(register.state / "bundle.db", items=items, scores=SCORES)
        ready = register.start().says("ready:")
        assert "pinned or banned and not in the catalogue: a slip of the pen" in ready
        with register.till() as till:

            async def story() -> None:
                async with face(register.socket, FaceKind.CUSTOMER) as customer, face(register.socket) as cashier:
                    till.sendall(wire("a", 1, "bread"))
                    for glass in (customer, cashier):
                        seen = await glass.shows("tea", "milk", "honey")
                        assert [card.sponsor for card in seen.cards] == [None, None, "A beekeeper"]
                    # Two refusals: silence for the rest of the receipt.
                    assert (await cashier.act(Verb.DISMISS, seen, "tea")).done
                    assert (await cashier.act(Verb.DISMISS, seen, "milk")).done
                    assert (await customer.snapshot(seen.seq + 2)).cards == ()
                    till.sendall(wire("a", 2, "bread", state="tender"))
                    await cashier.shows(stage=Stage.PAYMENT)
                    till.sendall(wire("a", 3, "bread", state="closed"))
                    await cashier.shows(stage=Stage.THANKS)

            asyncio.run(story())
        (kept,) = register.keeps(1)
        assert register.stop() == 0
    arrived = at_headquarters(register.state / "edge.db", tmp_path / "central.db")
    assert arrived == kept
    moved = {outcome.sku: outcome.moved_by for outcome in arrived.outcomes}
    assert moved["tea"] == ("pin",)
    assert moved["milk"] == ("margin",)
    assert moved["honey"] == ("sponsored",)
    assert {(one.sku, one.rule) for one in arrived.kept_back} >= {("beer", "age"), ("cheese", "ban"), ("crate", "reach")}
    assert dict(arrived.silences) == {"refusals": 1, "payment": 1}
    assert dict(arrived.forbidden)["ban"] == next(one.times for one in arrived.kept_back if one.rule == "ban")


def at_headquarters(edge_db: Path, central_db: Path) -> Receipt:
    """The register's own bytes, packed, unpacked and kept as on any night."""
    with contextlib.closing(sqlite3.connect(edge_db)) as db:
        ((epoch, seq, kept),) = db.execute("SELECT epoch, seq, body FROM receipt")
    body = packed.unpack(kept)
    payload = envelope.pack(Header(envelope.VERSION, "register-1", epoch, seq, seq, 1), [Entry(seq, body)])
    central = open_central(f"sqlite:///{central_db}", create=True)
    (verdict,) = central.ingest([Delivery("register-1", payload, envelope.unpack(payload))], datetime.now(UTC))
    (stored,) = central.receipts()
    central.close()
    assert (verdict.new, stored) == (1, body)
    return msgspec.json.decode(stored, type=Receipt)
