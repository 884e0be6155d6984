"""What is said of an item, what is assumed, and what stays unknown and therefore unshown."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

from device.catalogue import Item, Kind, Reach
from device.domain import Sku
from device.errors import HistoryError
from model_export.items import assortment, read_items
from model_export.registers import Sold


def facts(shop, **columns) -> dict[str, Item]:
    return {item.sku: item for item in read_items(shop.write_goods(shop.folder, columns)).items}


def test_every_column_becomes_its_fact(shop):
    item = facts(
        shop,
        sku=["1"],
        name=["Milk 1 l"],
        name_ru=["Молоко 1 л"],
        short_en=["milk"],
        pitch_ru=["Молоко?"],
        department=["dairy"],
        category=["milk"],
        unit_price=[8990],
        old_price=[9990],
        unit=["pcs"],
        net=[1000],
        net_unit=["l"],
        barcodes=[["4600000000015", "4600000000022"]],
        plu=["17"],
        family=["milk"],
        reach=["at_till"],
        age_limit=[0],
        kind=["goods"],
        sold_from=[8],
        sold_until=[22],
        stock=['{"S1": 4}'],
        sponsor=["dairy union"],
        recalled=[False],
        margin=[0.25],
        expires=['{"S1": "2026-05-04"}'],
    )["1"]
    assert item == Item(
        "1",
        {"": "Milk 1 l", "ru": "Молоко 1 л"},
        {"en": "milk"},
        {"ru": "Молоко?"},
        "dairy",
        "milk",
        "milk",
        8990,
        9990,
        "pcs",
        1000,
        "l",
        ("4600000000015", "4600000000022"),
        "17",
        Reach.AT_TILL,
        0,
        Kind.GOODS,
        8,
        22,
        {"S1": 4},
        "dairy union",
        recalled=False,
        margin=0.25,
        expires={"S1": date(2026, 5, 4)},
    )


def test_a_column_the_shop_does_not_keep_has_a_default(shop):
    items = facts(
        shop,
        sku=["1", "2", "3", "4"],
        name=["Bread", "Пиво светлое", "Виноград", "Dry Wine"],
        department=["food", None, "фрукты", "food"],
    )
    assert {sku: item.reach for sku, item in items.items()} == dict.fromkeys(items, Reach.FETCH)
    assert {sku: item.age_limit for sku, item in items.items()} == {"1": 0, "2": 18, "3": 0, "4": 18}
    assert items["1"].family is None


def test_an_empty_cell_of_a_kept_column_stays_unknown(shop):
    columns = {"reach": ["fetch", None], "age_limit": [0, None], "kind": ["goods", None], "name": ["Bread", None]}
    item = facts(shop, sku=["1", "2"], recalled=[False, None], **columns)["2"]
    assert (item.reach, item.age_limit, item.kind, item.names, item.recalled) == (None, None, Kind.SERVICE, {}, None)


@pytest.mark.parametrize("told", [date(2026, 5, 4), datetime(2026, 5, 4, 23, 59), "2026-05-04", '{"": "2026-05-04"}'], ids=str)
def test_a_last_day_of_sale_may_be_a_date_or_a_text(shop, told):
    assert facts(shop, sku=["1"], expires=[told])["1"].expires == {"": date(2026, 5, 4)}


def test_whole_numbers_may_come_as_floats(shop):
    assert facts(shop, sku=["1", "2"], unit_price=pa.array([100.0, None]), age_limit=pa.array([18.0, None]))["1"].price == 100


def test_pictures_come_from_their_folder_only(shop):
    columns = {"sku": ["1", "2", "3"], "picture": ["milk.png", "gone.png", "../secret.png"]}
    path = shop.write_goods(shop.folder, columns)
    (shop.folder / "pictures").mkdir()
    (shop.folder / "pictures" / "milk.png").write_bytes(b"\x89PNG\r\n\x1a\n picture")
    (shop.folder / "secret.png").write_bytes(b"secret")
    goods = read_items(path)
    assert goods.pictures == {"milk.png": b"\x89PNG\r\n\x1a\n picture"}
    assert [item.picture for item in goods.items] == ["milk.png", None, None]
    assert any("2 pictures are missing" in remark for remark in goods.remarks)


def test_unknown_columns_and_repeated_rows_are_said(shop):
    goods = read_items(shop.write_goods(shop.folder, {"sku": ["1", "1"], "name": ["old", "new"], "colour": ["red", "blue"]}))
    assert [item.names[""] for item in goods.items] == ["new"]
    assert any("colour" in remark for remark in goods.remarks)
    assert any("repeat an item" in remark for remark in goods.remarks)


@pytest.mark.parametrize(
    "columns",
    [
        {"kind": ["food"]},
        {"reach": ["far"]},
        {"stock": ["{"]},
        {"unit_price": ["dear"]},
        {"unit_price": [-5]},
        {"old_price": [-5]},
        {"age_limit": [-18]},
        {"sold_from": ["25:99"]},
        {"sold_until": [25]},
        {"margin": [float("nan")]},
        {"margin": [35.0]},
        {"recalled": ["perhaps"]},
        {"expires": ["tomorrow"]},
        {"expires": ["{"]},
        {"expires": [20260504]},
    ],
    ids=str,
)
def test_a_value_that_means_nothing_names_its_item(shop, columns):
    with pytest.raises(HistoryError, match="item 77") as caught:
        facts(shop, sku=["77"], **columns)
    assert "\n" not in str(caught.value)


def test_receipts_fill_the_gaps_of_a_list_and_stand_in_for_a_missing_one(shop):
    sold = {Sku("1"): Sold("Bread", 4500), Sku("2"): Sold("Пиво", 9900)}
    goods = read_items(shop.write_goods(shop.folder, {"sku": ["1"], "unit_price": [4000]}))
    listed = {item.sku: item for item in assortment(goods, [Sku("1"), Sku("2")], sold)}
    assert (listed["1"].names, listed["1"].price) == ({"": "Bread"}, 4000)
    # The shop's own list leaves it out, so nothing is known of who may buy it.
    assert (listed["2"].reach, listed["2"].age_limit) == (None, None)
    alone = {item.sku: item for item in assortment(None, [Sku("1"), Sku("2")], sold)}
    assert (alone["1"].reach, alone["1"].age_limit, alone["1"].price) == (Reach.FETCH, 0, 4500)
    assert alone["2"].age_limit == 18
