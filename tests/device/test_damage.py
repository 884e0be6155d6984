"""Damaged bundles, odd screens, odd paths: one sentence each, and life goes on."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from datetime import UTC, datetime

import pytest
from fakes.device_face import face
from fakes.device_shop import KEY, REGULAR, adviser, item, write_shop
from fakes.device_till import Checkout
from fakes.patience import eventually

from device import screens as screens_module
from device.bundle import Bundle
from device.catalogue import read_best_sellers
from device.domain import Sku
from device.errors import BundleError, TillsideError
from device.journal import Journal
from device.policy_settings import Policy
from device.score import Scoring
from device.scoring import GoldenBasket
from device.screen_link import VERSION, FaceKind, Hello, Verb, encode
from device.screens import Screens
from device.shopper import pseudonym

AT = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path):
    return adviser(tmp_path / "x.bundle", profiles={pseudonym(KEY, REGULAR): {Sku("coffee"): 1.0}})


@pytest.fixture
def counter(tmp_path, shop):
    return Checkout(tmp_path, shop)


def flipped(path):  # one bit of one byte of the manifest
    raw = bytearray(path.read_bytes())
    raw[raw.index(b'"made_at"') + 3] ^= 0x80
    path.write_bytes(raw)


def deep(start):
    return start + b"[" * 100_000 + b"]" * 100_000 + b"}"


def test_a_flipped_bit_in_the_bundle_is_a_bundle_error(tmp_path):
    write_shop(tmp_path / "b")
    flipped(tmp_path / "b")
    with pytest.raises(BundleError):
        Bundle.open(tmp_path / "b")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE part SET content = 'x' WHERE kind = 'picture'",
        "UPDATE part SET content = 5 WHERE kind = 'picture'",
        "UPDATE part SET content = CAST(content AS TEXT) WHERE name = 'catalogue'",
        "UPDATE slot SET manifest = 5",
    ],
)
def test_a_part_of_another_type_is_a_bundle_error(tmp_path, change):
    write_shop(tmp_path / "b")
    db = sqlite3.connect(tmp_path / "b")
    db.execute(change)
    db.commit()
    db.close()
    with pytest.raises(BundleError):
        Bundle.open(tmp_path / "b")


def test_a_file_that_is_no_socket_is_not_deleted(tmp_path, counter):
    path = tmp_path / "important"
    path.write_text("mine")

    async def story():
        screens = Screens({counter.lane.name: counter.lane}, "r", Journal())
        with pytest.raises(TillsideError):
            await screens.open(path)
        await screens.close()

    try:
        asyncio.run(story())
    finally:
        assert path.is_file()
        assert path.read_text() == "mine"


def test_a_socket_path_that_is_too_long_says_so(tmp_path, counter):
    async def story():
        await Screens({counter.lane.name: counter.lane}, "r", Journal()).open(tmp_path / ("d" * 60) / ("e" * 60) / "screens.sock")

    with pytest.raises(TillsideError) as refused:
        asyncio.run(story())
    assert "None" not in str(refused.value)


def test_a_screen_that_is_cut_off_frees_its_place(tmp_path, counter, monkeypatch):
    monkeypatch.setattr(screens_module, "STUCK_SECONDS", 0.3)

    async def story():
        screens = Screens({counter.lane.name: counter.lane}, "r", Journal())
        await screens.open(tmp_path / "s.sock")
        stuck = socket.socket(socket.AF_UNIX)
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(str(tmp_path / "s.sock"))
        stuck.sendall(encode(Hello(VERSION, FaceKind.CUSTOMER)))
        for seq in range(1, 60):
            counter.hear("a", seq, *["bread", "tea"] * 400)
            screens.changed(counter.lane.name)
            await asyncio.sleep(0.005)
        await eventually(lambda: not screens._connections, what="the screen that reads nothing to be cut off")
        stuck.close()
        await screens.close()

    asyncio.run(story())


def test_a_deeply_nested_line_is_an_answer_with_an_error(shop):
    assert Scoring(shop.bundle, 4, None, None).answer(deep(b'{"items":[],"x":')).error


def test_a_deeply_nested_best_seller_is_a_bundle_error(tmp_path):
    (tmp_path / "b").write_bytes(deep(b'{"sku":"a","x":'))
    with pytest.raises(BundleError):
        read_best_sellers(tmp_path / "b")


def test_top_is_kept_under_the_policy_too(tmp_path):
    items = [item(f"s{n}") for n in range(60)]
    by = adviser(tmp_path / "b", items=items, scores={("item=s0", f"s{n}"): 0.5 for n in range(1, 60)})
    assert len(Scoring(by.bundle, 50, Policy(cards=50), None).answer(b'{"items":["s0"]}').suggestions) == 50


def test_a_bundle_cannot_be_written_below_a_file(tmp_path):
    (tmp_path / "f").touch()
    with pytest.raises(BundleError):
        write_shop(tmp_path / "f" / "x.bundle")


def test_a_golden_basket_without_answers_proves_nothing(tmp_path):
    with pytest.raises(BundleError):
        adviser(tmp_path / "b", answers=[GoldenBasket([0], [1.0], [], [])])


def test_a_golden_basket_of_uneven_answers_is_a_bundle_error(tmp_path):
    with pytest.raises(BundleError):
        adviser(tmp_path / "b", answers=[GoldenBasket([11], [1.0], [*range(12), 1, 2], [0.0] * 12)])


def test_a_finger_on_the_customer_face_is_not_the_cashiers(tmp_path, counter):
    counter.hear("a", 1, "bread")

    async def story():
        screens = Screens({counter.lane.name: counter.lane}, "run-1", Journal())
        await screens.open(tmp_path / "s.sock")
        async with face(tmp_path / "s.sock", FaceKind.CUSTOMER) as customer:
            answer = await customer.act(Verb.OUT_OF_STOCK, await customer.snapshot(), "butter")
        await screens.close()
        return answer.done

    assert asyncio.run(story()) is False
