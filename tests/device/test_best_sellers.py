"""Best-sellers: the file of them, and what is suggested from it where there is no bundle."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from fakes.advice import suggested
from fakes.device_shop import ITEMS, STORE, adviser, item, write_shop

from device.adviser import MAX_BEST_SELLERS, Adviser, from_best_sellers, from_bundle
from device.catalogue import MAX_FILE_BYTES, read_best_sellers
from device.errors import BundleError
from device.policy_settings import Policy


def test_the_stores_own_best_sellers_go_before_the_chains(shop: Adviser, tmp_path: Path) -> None:
    assert [i.sku for i in shop.best_sellers()] == ["tea", "bread"]
    write_shop(tmp_path / "b")
    elsewhere = from_bundle(tmp_path / "b", "S9", Policy())
    assert [i.sku for i in elsewhere.best_sellers()] == ["milk", "bread", "tea"], "a bag is never suggested"


def test_best_sellers_are_at_most_two_hundred(tmp_path: Path) -> None:
    many = [item(f"s{number}") for number in range(MAX_BEST_SELLERS + 5)]
    by = adviser(tmp_path / "b", items=many, scores={("item=s0", "s1"): 1.0}, best_sellers={"": [i.sku for i in many]})
    assert [i.sku for i in by.best_sellers()] == [i.sku for i in many[:MAX_BEST_SELLERS]]


def test_best_sellers_stand_in_without_a_bundle_under_the_same_rules() -> None:
    by = from_best_sellers(ITEMS, STORE, Policy())
    assert suggested(by, "bread") == ["milk", "butter", "tea"]
    assert (by.identity, by.bundle, by.best_sellers()) == (None, None, [])


def test_without_best_sellers_there_is_silence() -> None:
    assert suggested(from_best_sellers([], STORE, Policy()), "bread") == []


def test_a_best_sellers_file_is_read_line_by_line_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "best.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(i) for i in ITEMS) + b"\n")
    assert read_best_sellers(path) == list(ITEMS)


@pytest.mark.parametrize("bad", [b"{", b"[]", b"\xff\xfe", b'{"sku": 5}', b'{"names": {}}'])
def test_a_bad_line_of_best_sellers_is_named(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "best.jsonl"
    path.write_bytes(msgspec.json.encode(ITEMS[0]) + b"\n" + bad + b"\n")
    with pytest.raises(BundleError, match=r"best\.jsonl, line 2: "):
        read_best_sellers(path)


def test_a_missing_or_enormous_best_sellers_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="No such file"):
        read_best_sellers(tmp_path / "none.jsonl")
    (tmp_path / "huge.jsonl").write_bytes(b" " * (MAX_FILE_BYTES + 1))
    with pytest.raises(BundleError, match="larger than"):
        read_best_sellers(tmp_path / "huge.jsonl")


def test_facts_that_cannot_be_in_a_best_sellers_file_keep_the_item_back_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "best.jsonl"
    good = msgspec.json.encode(item("tea"))
    hostile = [
        good.replace(b'"sku":"tea"', f'"sku":"bad{n}"'.encode()).replace(b'"price":9990', b'"price":9990,' + facts)
        for n, facts in enumerate((b'"sold_from":99', b'"margin":1e300', b'"sold_until":123456789012', b'"old_price":-1'))
    ]
    path.write_bytes(b"\n".join([*hostile, good.replace(b"9990", b"-9990").replace(b'"tea"', b'"bad9"'), good]))
    by = from_best_sellers(read_best_sellers(path), STORE, Policy())
    assert suggested(by, "bread") == ["tea"]
    assert by.standing == {"facts": 5}


@pytest.mark.parametrize("fact", [b'"margin":"NaN"', b'"expires":{"":"25:99"}', b'"recalled":"no"', b'"sold_from":"25:99"'])
def test_a_fact_of_the_wrong_form_is_one_sentence(tmp_path: Path, fact: bytes) -> None:
    path = tmp_path / "best.jsonl"
    path.write_bytes(b'{"sku":"tea",' + fact + b"}")
    with pytest.raises(BundleError, match=r"best\.jsonl, line 1: ") as wrong:
        read_best_sellers(path)
    assert "\n" not in str(wrong.value)
