"""The sample grocery's goods: what the screens, the policy and the till read of them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from model_export.sample.grocery import NO_BREAK, goods, tied
from model_export.sample.missions import plan


def _check_digit_holds(code: str) -> bool:
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(code)) % 10 == 0


def test_there_is_a_neighbourhood_supermarket_of_goods():
    assert 240 <= len(goods()) <= 300


@pytest.mark.parametrize("column", ["sku", "name_ru", "name_en", "barcode", "picture"])
def test_every_product_is_told_apart(column):
    values = [getattr(good, column) for good in goods()]
    assert all(values)
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("column", ["short_ru", "short_en", "department", "category", "family"])
def test_nothing_a_screen_needs_is_empty(column):
    assert all(getattr(good, column).strip() for good in goods())


def test_russian_names_are_russian_and_english_names_are_not():
    assert all(any("а" <= letter <= "я" for letter in good.name_ru.lower()) for good in goods())
    assert not any("а" <= letter <= "я" for good in goods() for letter in (good.name_en + good.short_en).lower())


def test_a_number_never_parts_from_its_unit():
    assert tied("Молоко 3,2 %, 930 мл") == f"Молоко 3,2{NO_BREAK}%, 930{NO_BREAK}мл"
    assert tied("Chicken, 2 people") == "Chicken, 2 people"
    names = [name for good in goods() for name in (good.name_ru, good.name_en)]
    assert all(tied(name) == name for name in names)
    assert not any(f"{digit} %" in name for name in names for digit in range(10))


def test_barcodes_are_in_store_codes_with_a_check_digit_that_holds():
    for good in goods():
        assert len(good.barcode) == 13
        assert _check_digit_holds(good.barcode)
        assert good.barcode.startswith("20" if good.unit == "pcs" else "22")


def test_weighed_goods_carry_their_plu_and_a_weight_of_zero():
    weighed = [good for good in goods() if good.unit == "kg"]
    assert len(weighed) > 30
    for good in weighed:
        assert good.plu
        assert good.barcode[2:12] == f"{good.plu:0>5}00000"
    assert len({good.plu for good in weighed}) == len(weighed)


def test_prices_are_believable():
    for good in goods():
        assert 500 <= good.unit_price <= 200_000
        assert good.old_price is None or 1.05 <= good.old_price / good.unit_price <= 1.5
    assert 5 <= sum(good.old_price is not None for good in goods()) <= 20


def test_the_content_of_a_piece_is_told_with_its_unit():
    for good in goods():
        assert (good.net is None) == (good.net_unit is None)
        assert good.net is None or (good.unit == "pcs" and 5 <= good.net <= 6000)
        if good.net is not None and good.net_unit == "kg" and f"{good.net}{NO_BREAK}г" not in good.name_ru:
            assert any(unit in good.name_ru for unit in (f"{NO_BREAK}кг", f"{NO_BREAK}пакетиков"))


def test_alcohol_and_tobacco_are_for_adults_within_lawful_hours():
    adult = {good.family for good in goods() if good.age_limit == 18}
    assert adult >= {"beer", "wine_red", "wine_white", "wine_sparkling", "vodka", "cigarettes", "energy_drink"}
    for good in goods():
        if good.department == "Алкоголь и табак":
            assert good.age_limit == 18
            assert good.pitch_ru is None
        if good.category in {"Пиво", "Вино и крепкие напитки"}:
            assert (good.sold_from, good.sold_until) == (8, 23)


def test_bags_and_services_are_not_goods():
    assert {good.kind for good in goods()} == {"goods", "bag", "deposit", "service", "gift_card"}
    assert all(good.pitch_ru is None for good in goods() if good.kind != "goods")


def test_a_family_is_of_one_kind_and_of_one_department():
    families = defaultdict(set)
    for good in goods():
        families[good.family].add((good.department, good.category, good.kind, good.age_limit))
    assert all(len(kinds) == 1 for kinds in families.values())


def test_every_family_is_bought_for_some_reason():
    tables = plan()
    bought = (tables.chances.max(axis=0) > 0) | (tables.browsing.max(axis=0) > 0)
    followed = {follow.then for follow in tables.follows} | {"carrier_bag"}
    assert all(bought[place] or family in followed for place, family in enumerate(tables.families))


def test_missions_speak_of_families_there_are():
    families = {good.family for good in goods()}
    for follow in plan().follows:
        assert {follow.when, follow.then} <= families
    assert (plan().chances > 0).sum() > 250


def test_what_the_cashier_says_is_one_short_question():
    said = [good for good in goods() if good.pitch_ru]
    assert len(said) >= 100
    for good in said:
        assert good.pitch_en
        for pitch in (good.pitch_ru, good.pitch_en):
            assert len(pitch) <= 60
            assert pitch.endswith("?")
            assert pitch.count("?") == 1
            assert pitch[0].isupper()


def test_reach_tells_the_checkout_from_the_shelves():
    reach = defaultdict(int)
    for good in goods():
        reach[good.reach] += 1
    assert reach["fetch"] > reach["at_till"] > 30
    assert 3 <= reach["next_visit"] <= 10
    assert next(good for good in goods() if good.name_en.startswith("Cappuccino")).reach == "at_till"


def test_three_products_are_sponsored():
    assert sum(good.sponsor is not None for good in goods()) == 3
