"""Receipts that registers sent become a model, from a real central store."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime

import msgspec
import pytest
from click.testing import CliRunner

from device.bundle import Bundle
from device.domain import LaneId, Line, Minor, Phase, Pseudonym, Receipt, Sku, Thousandths, Unit
from device.errors import CentralError, TrainingError
from model_export.commands import train
from sync import envelope, ingest
from sync.central import open_central
from sync.envelope import Entry, Header

NUMBERS = {f"card {number}": Pseudonym(f"{number:032x}") for number in range(5)}


def receipts(shop, count: int) -> list[Receipt]:
    made = []
    for number, (name, group) in enumerate(itertools.groupby(shop.sales(count), key=lambda row: row["receipt_id"]), 1):
        rows = list(group)
        first = rows[0]
        lines = tuple(
            Line(place, row["sku"], Sku(row["sku"]), Thousandths(1000), Unit.PIECE, Minor(100), Minor(100), row["sku"].title())
            for place, row in enumerate(rows, 1)
        )
        at = first["at"].replace(tzinfo=UTC)
        shopper = NUMBERS.get(first["customer"])
        total = Minor(100 * len(lines))
        made.append(
            Receipt(
                f"{number:032x}",
                "S1",
                "register-1",
                LaneId("1"),
                Phase.CLOSED,
                name,
                at,
                at,
                first["at"].isoformat(),
                "RUB",
                total,
                lines,
                (),
                shopper,
            )
        )
    return made


@pytest.fixture
def url(tmp_path, shop):
    address = f"sqlite:///{tmp_path / 'central.db'}"
    store = open_central(address, create=True)
    entries = [Entry(number, msgspec.json.encode(one)) for number, one in enumerate(receipts(shop, 400), 1)]
    for some in (entries[first : first + 100] for first in range(0, 400, 100)):
        header = Header(envelope.VERSION, "register-1", "a" * 32, some[0].seq, some[-1].seq, len(some))
        delivery = ingest.read(envelope.receipts_topic("register-1"), envelope.pack(header, some))
        (verdict,) = store.ingest([delivery], datetime.now(UTC))
        assert verdict.new == len(some), verdict
    store.close()
    return address


def run(*words) -> object:
    return CliRunner(catch_exceptions=False).invoke(train, [str(word) for word in words])


def test_the_registers_receipts_alone_make_a_bundle(url, tmp_path):
    words = ("--out", tmp_path / "b", "--shopper-key", tmp_path / "key", "--consent", "as-recorded", "--json")
    done = run("--central", url, *words)
    facts = json.loads(done.stdout)
    assert (facts["receipts"], facts["items"], facts["profiles"]) == (400, 14, 5)
    bundle = Bundle.open(tmp_path / "b")
    # What the receipts themselves say of an item, when no list of goods is given.
    assert bundle.catalogue.item("bread").names == {"": "Bread"}
    assert bundle.catalogue.item("bread").price == 100
    assert bundle.profile(NUMBERS["card 1"])
    assert "hour=9" in bundle.vocabulary.ids
    bundle.close()


def test_a_list_of_goods_names_them(url, tmp_path, shop):
    goods = shop.write_goods(tmp_path / "goods", {"sku": ["bread"], "name_ru": ["Хлеб"], "age_limit": [0]})
    run("--central", url, "--items", goods, "--out", tmp_path / "b", "--shopper-key", tmp_path / "key")
    bundle = Bundle.open(tmp_path / "b")
    assert bundle.catalogue.item("bread").names == {"ru": "Хлеб"}
    assert bundle.catalogue.item("butter").age_limit is None
    bundle.close()


def test_history_and_registers_together(url, tmp_path, shop):
    shop.write_lines(shop.folder, shop.sales(100, seed=9))
    words = ("--out", tmp_path / "b", "--shopper-key", tmp_path / "key", "--json")
    done = run("--receipts", shop.folder, "--central", url, *words)
    assert json.loads(done.stdout)["receipts"] == 500


def test_no_such_store_is_one_sentence(tmp_path):
    with pytest.raises((CentralError, TrainingError)) as caught:
        run("--central", f"sqlite:///{tmp_path / 'none.db'}", "--out", tmp_path / "b", "--shopper-key", tmp_path / "key")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "b").exists()
