"""Finding an item by what the till names."""

from __future__ import annotations

import pytest
from fakes.device_shop import item
from hypothesis import given, settings
from hypothesis import strategies as st

from device.catalogue import Catalogue, gtin14

SHOP = Catalogue(
    [
        item("milk", barcodes=("4601234567893", "96385074")),
        item("apples", barcodes=(), plu="4011"),
        item("100101", barcodes=("0012345678905",)),
        item("later", barcodes=("4601234567893",), plu="4011"),
    ]
)


@pytest.mark.parametrize("code", ["4601234567893", "04601234567893", "96385074", "000000096385074"[-14:]])
def test_a_barcode_is_found_in_each_of_its_lengths(code: str) -> None:
    assert SHOP.find(code) == "milk"


def test_a_twelve_digit_code_is_the_thirteen_digit_one_with_its_zero() -> None:
    assert SHOP.find("012345678905") == "100101"


@pytest.mark.parametrize(("code", "sku"), [("4011", "apples"), ("apples", "apples"), ("100101", "100101")])
def test_a_plu_is_found_and_so_is_the_shops_own_sku(code: str, sku: str) -> None:
    assert SHOP.find(code) == sku


@pytest.mark.parametrize(
    "code", ["", "4601234567894", "46012345678", "Milk", "٤٦٠١٢٣٤٥٦٧٨٩٣", "4011 ", "-4011", "460123456789\x00"]
)
def test_nothing_is_guessed(code: str) -> None:
    assert SHOP.find(code) is None


def test_a_code_two_items_claim_goes_to_the_first() -> None:
    assert (SHOP.find("4601234567893"), SHOP.find("4011")) == ("milk", "apples")


def test_a_catalogue_holds_each_sku_once() -> None:
    assert [i.sku for i in SHOP] == ["milk", "apples", "100101", "later"]
    assert len(SHOP) == 4


@settings(max_examples=100, deadline=None, database=None)
@given(st.text("0123456789 -a\x00é٣", max_size=16))
def test_any_text_may_be_looked_up(code: str) -> None:
    found = SHOP.find(code)
    assert found is None or SHOP.item(found) is not None
    key = gtin14(code)
    assert key is None or (len(key) == 14 and key.isdigit() and key.endswith(code))
