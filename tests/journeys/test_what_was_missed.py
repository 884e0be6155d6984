"""What a regular wanted and was out of stock comes back at another register, until it is bought: from tap to profile and back."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fakes import corner_shop
from fakes.chain_records import send
from fakes.device_shop import KEY, barcode
from fakes.device_till import Checkout

from device.adviser import from_bundle
from device.bundle import Bundle
from device.commands import tillside
from device.domain import Answer, Phase
from device.policy_settings import Policy
from device.screen_link import FaceKind, ReasonKind, Verb
from device.shopper import pseudonym
from sync.central import open_central

CARD = corner_shop.CARD
POLICY = Policy(missed_boost=0.5, missed_days=10)


class Chain:
    """Headquarters with its history, and registers that each have an edge database of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._url = f"sqlite:///{folder}/central.db"
        corner_shop.write(folder / "shop", 400)
        goods = pq.read_table(folder / "shop" / "items.parquet")
        codes = pa.array([[barcode(sku)] for sku in goods["sku"].to_pylist()])
        goods = goods.set_column(goods.schema.get_field_index("barcodes"), "barcodes", codes)
        pq.write_table(goods, folder / "shop" / "items.parquet")
        (folder / "key").write_text(KEY.hex())
        (folder / "key").chmod(0o600)
        open_central(self._url, create=True).close()
        self._bundles = 0

    def train(self) -> Path:
        self._bundles += 1
        out = self._folder / f"{self._bundles}.bundle"
        words = ["train", "--receipts", str(self._folder / "shop"), "--central", self._url, "--consent", "as-recorded"]
        done = CliRunner().invoke(tillside, [*words, "--shopper-key", str(self._folder / "key"), "--out", str(out)])
        assert done.exit_code == 0, done.output
        return out

    def register(self, name: str, bundle: Path) -> Checkout:
        (self._folder / name).mkdir()
        return Checkout(self._folder / name, from_bundle(bundle, "S1", POLICY))

    def send(self, register: Checkout, epoch: str) -> None:
        with closing(open_central(self._url, create=True)) as central:
            send(central, register.receipts(), {}, epoch * 32)


def visit(register: Checkout, basket: str, day: int, *skus: str, card: str | None = CARD) -> list[str]:
    """What is shown of an open sale."""
    register.hear(basket, 1, *skus, loyalty_id=card, at=datetime(2026, 6, day, 9, tzinfo=UTC))
    return register.shown()


def leave(register: Checkout, basket: str, day: int, *skus: str, card: str | None = CARD) -> None:
    at = datetime(2026, 6, day, 9, 5, tzinfo=UTC)
    register.hear(basket, 2, *skus, loyalty_id=card, phase=Phase.CLOSED, at=at)


def why(register: Checkout) -> str:
    """All reasons on the latest receipt."""
    return " ".join(token for it in register.receipts()[-1].outcomes for token in it.because)


def missed(bundle: Path) -> dict[str, int]:
    with closing(Bundle.open(bundle)) as opened:
        whose = pseudonym(KEY, CARD)
        assert whose is not None
        profile = opened.profile(whose)
    assert profile is not None
    return dict(profile.missed)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path)


def test_it_comes_back_at_another_register_until_it_is_bought(chain: Chain) -> None:
    first = chain.train()
    one = chain.register("one", first)
    wanted = visit(one, "a", 1, "soap")[-1]
    assert one.tap(Verb.OUT_OF_STOCK, wanted).done
    assert wanted not in one.shown()
    leave(one, "a", 1, "soap")
    assert [it.sku for it in one.receipts()[-1].outcomes if it.answer is Answer.OUT_OF_STOCK] == [wanted]
    chain.send(one, "a")

    second = chain.train()
    assert missed(second) == {wanted: datetime(2026, 6, 1).toordinal()}
    other = chain.register("other", second)
    visit(other, "b", 2, "soap", card=None)
    leave(other, "b", 2, "soap", card=None)
    assert "missed" not in why(other), "a stranger missed nothing"
    assert visit(other, "c", 2, "soap")[0] == wanted
    (back,) = (card for card in other.lane.snapshot(FaceKind.CUSTOMER).cards if card.sku == wanted)
    assert back.reason.kind is ReasonKind.PAIRS_WELL
    leave(other, "c", 2, "soap", wanted)
    assert f"missed={wanted}" in why(other)
    assert [it.bought for it in other.receipts()[-1].outcomes if it.sku == wanted] == [True]
    chain.send(other, "b")
    visit(other, "d", 11, "soap")
    leave(other, "d", 11, "soap")
    assert "missed" not in why(other), "its days are over"

    assert missed(chain.train()) == {}
