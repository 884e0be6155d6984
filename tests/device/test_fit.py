"""What cannot fit is never offered: each kind by itself, what is not known, and a whole sale."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from fakes.device_shop import ITEMS, KEY, REGULAR, adviser, item
from fakes.device_till import Checkout
from hypothesis import given
from hypothesis import strategies as st

from device.catalogue import Catalogue, impossible
from device.domain import Phase, Sku
from device.errors import BundleError
from device.fit import KINDS, MUST_SAY, months_old
from device.policy.fitting import fits, unfit
from device.profiles import MAX_BYTES, Profile, pack, unpack
from device.shopper import pseudonym

NOON = datetime(2026, 5, 4, 12)
GOODS = {
    "tofu": {"diet": ("vegan", "halal"), "allergen": ("soya",)},
    "steak": {"diet": ("halal",), "allergen": ()},
    "kibble": {"pet": ("dog",), "diet": (), "allergen": ()},
    "sand": {"pet": ("cat", "rabbit")},
    "shirt": {"size": ("M", "L")},
    "tyre": {"car": ("golf",)},
    "first milk": {"baby": ("0", "6")},
    "porridge": {"baby": ("6", "36")},
    "tea": {},
}


def forbidden(shopper: dict[str, tuple[str, ...]], local: datetime = NOON) -> set[str]:
    mask = unfit(fits([item(sku, fit=said) for sku, said in GOODS.items()]), shopper, local)
    return {sku for sku, not_fit in zip(GOODS, mask, strict=True) if not_fit}


SILENT = {"sand", "shirt", "tyre", "first milk", "porridge", "tea"}
"""Of which neither diets nor allergens are known."""


@pytest.mark.parametrize(
    ("shopper", "unfitting"),
    [
        ({}, set()),
        ({"diet": ("vegan",)}, SILENT | {"steak", "kibble"}),
        ({"diet": ("halal",)}, SILENT | {"kibble"}),
        ({"diet": ("halal", "vegan")}, SILENT | {"steak", "kibble"}),
        ({"allergen": ("soya",)}, SILENT | {"tofu"}),
        ({"allergen": ("nuts",)}, SILENT),
        ({"pet": ("cat",)}, {"kibble"}),
        ({"pet": ("cat", "dog")}, set()),
        ({"pet": ("fish",)}, {"kibble", "sand"}),
        ({"size": ("S",)}, {"shirt"}),
        ({"size": ("S", "L")}, set()),
        ({"car": ("polo",)}, {"tyre"}),
        ({"baby": ("2026-01",)}, {"porridge"}),
        ({"baby": ("2025-11",)}, set()),
        ({"baby": ("2024-01",)}, {"first milk"}),
        ({"baby": ("2026-01", "2024-01")}, set()),
        ({"baby": ("2026-06",)}, {"first milk", "porridge"}),
        ({"pet": ("cat",), "size": ("S",)}, {"kibble", "shirt"}),
        ({"pet": ()}, set()),
    ],
)
def test_what_cannot_fit(shopper, unfitting):
    assert forbidden(shopper) == unfitting


_words = st.lists(st.sampled_from(["vegan", "halal", "soya", "nuts", "cat", "dog", "M", "golf"]), max_size=3).map(tuple)
_plain = [kind for kind in KINDS if kind != "baby"]


@given(st.dictionaries(st.sampled_from(_plain), _words), st.dictionaries(st.sampled_from(_plain), _words))
def test_it_is_what_the_table_says(of_item, shopper):
    (mask,) = unfit(fits([item("x", fit=of_item)]), shopper, NOON)
    suits = []
    for kind, theirs in shopper.items():
        said = of_item.get(kind)
        if not theirs:
            continue
        if said is None:
            suits.append(kind not in MUST_SAY)
        elif kind == "diet":
            suits.append(set(theirs) <= set(said))
        elif kind == "allergen":
            suits.append(not set(theirs) & set(said))
        else:
            suits.append(bool(set(theirs) & set(said)))
    assert mask == (not all(suits))


def test_a_month_is_a_month():
    assert [months_old("2025-12", 2026, month) for month in (1, 12)] == [1, 12]


@pytest.mark.parametrize(
    "said", [{"mood": ("good",)}, {"baby": ("0",)}, {"baby": ("7", "6")}, {"baby": ("a", "b")}, {"baby": ("0", "9" * 5000)}]
)
def test_what_cannot_be_said_of_an_item_keeps_it_off_the_screens(tmp_path, said):
    assert impossible(item("x", fit=said)) is not None
    items = [item("bread"), item("tea", fit=said)]
    counter = Checkout(tmp_path, adviser(tmp_path / "b", items=items, scores={("item=bread", "tea"): 0.5}))
    counter.hear("a", 1, "bread")
    assert counter.shown() == []


def test_a_sale_offers_nothing_that_does_not_fit_and_says_so(tmp_path):
    known = Profile({Sku("coffee"): 1.0}, fit={"pet": ("cat",)})
    items = [one if one.sku != "butter" else item("butter", fit={"pet": ("dog",)}) for one in ITEMS]
    counter = Checkout(tmp_path, adviser(tmp_path / "b", items=items, profiles={pseudonym(KEY, REGULAR): known}))
    counter.hear("a", 1, "bread")
    assert "butter" in counter.shown(), "of nobody nothing is known"
    counter.hear("a", 2, "bread", loyalty_id=REGULAR)
    assert "butter" not in counter.shown()
    counter.hear("a", 3, "bread", loyalty_id=REGULAR, phase=Phase.CLOSED)
    assert ("butter", "fit") in {(one.sku, one.rule) for one in counter.receipt().kept_back}


def test_a_profile_keeps_what_has_room_and_refuses_what_cannot_be():
    said = {"diet": ("vegan",), "baby": ("2026-01",)}
    assert unpack(pack(Profile({Sku("milk"): 1.0}, fit=said))).fit == said
    huge = Profile({Sku(f"s{n}"): 0.5 for n in range(64)}, fit={"car": tuple(f"car {n}" for n in range(500)), "pet": ("cat",)})
    assert len(pack(huge)) <= MAX_BYTES
    assert unpack(pack(huge)).fit == {"pet": ("cat",)}
    for wrong in ({"baby": ("yesterday",)}, {"mood": ("good",)}):
        with pytest.raises(BundleError):
            unpack(msgspec.msgpack.encode({"v": 2, "f": wrong}))


def test_a_catalogue_holds_it():
    (only,) = Catalogue([item("x", fit={"pet": ("cat",)})])
    assert only.fit == {"pet": ("cat",)}
