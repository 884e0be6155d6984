"""What a register suggests from: a bundle, the best-sellers, or nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from fakes.device_shop import ITEMS, KEY, REGULAR, STORE, adviser, contents, item, write_shop

from device.adviser import MAX_BEST_SELLERS, MAX_FILE_BYTES, Adviser, from_best_sellers, from_bundle, read_best_sellers
from device.catalogue import Item, Reach
from device.domain import Phase, Pseudonym, Sku
from device.errors import BundleError
from device.policy.rules import Situation
from device.scorer import Question
from device.settings import Policy
from device.shopper import pseudonym

NOON = datetime(2026, 5, 4, 12, 0)


def suggested(by: Adviser, *skus: str) -> list[str]:
    basket = tuple(Sku(sku) for sku in skus)
    families = (by.catalogue.item(sku) for sku in basket)
    now = Situation(Phase.OPEN, frozenset(basket), frozenset(i.family for i in families if i and i.family), NOON)
    return [r.sku for r in by.suggest(Question(basket), now).shown]


def test_items_a_standing_rule_forbids_are_not_suggested_and_counted(shop: Adviser) -> None:
    assert suggested(shop, "bread") == ["butter", "cheese", "milk"]
    assert shop.standing == {"age": 1, "kind": 1, "reach": 1, "stock": 1}


def test_the_basket_is_kept_out_before_the_ranking(shop: Adviser) -> None:
    assert suggested(shop, "bread", "butter", "cheese") == ["milk", "honey", "tea"]


def test_the_nearer_reach_goes_first_among_near_equals(tmp_path: Path) -> None:
    items = [fetched(i.sku) if i.sku == "butter" else i for i in ITEMS]
    scores = {("item=bread", "butter"): 0.405, ("item=bread", "cheese"): 0.40}
    near = adviser(tmp_path / "b", items=items, scores=scores)
    assert suggested(near, "bread")[:2] == ["cheese", "butter"]
    plain = adviser(tmp_path / "c", Policy(reach_ratio=1.0), items=items, scores=scores)
    assert suggested(plain, "bread")[:2] == ["butter", "cheese"]
    turned = adviser(tmp_path / "d", Policy(reach=("fetch", "at_till")), items=items, scores=scores)
    assert suggested(turned, "bread")[:2] == ["butter", "cheese"]


def fetched(sku: str) -> Item:
    return item(sku, reach=Reach.FETCH)


def test_a_profile_exists_only_for_those_who_consented(shop: Adviser) -> None:
    assert shop.profile(pseudonym(KEY, REGULAR)) == {"coffee": 1.0}
    assert shop.profile(pseudonym(KEY, "new here")) == {}
    assert shop.profile(pseudonym(KEY, "a stranger")) is None
    assert shop.profile(None) is None
    assert from_best_sellers([], STORE, Policy()).profile(Pseudonym("0" * 32)) is None


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


def test_a_bundle_is_proved_before_it_advises(tmp_path: Path) -> None:
    good = contents().golden
    write_shop(tmp_path / "b", answers=[good[0], msgspec.structs.replace(good[1], scores=[9.0] * 5)])
    with pytest.raises(BundleError, match="is not answered as it was"):
        from_bundle(tmp_path / "b", STORE, Policy())


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
