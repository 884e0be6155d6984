"""The receipts: deterministic, in the agreed form, and shaped like the trade of a real shop."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from model_export.sample.grocery import goods
from model_export.sample.larder import LASTS_DAYS
from model_export.sample.missions import STORES
from model_export.sample.receipts import DAYS, trade
from model_export.sample.shoppers import NOBODY

UNTIL = date(2026, 3, 29)


@pytest.fixture(scope="module")
def made():
    return trade(6000, 7, UNTIL)


@pytest.fixture(scope="module")
def lines(made):
    return made.lines


@pytest.fixture(scope="module")
def number(lines):
    """The place of each line's receipt."""
    return np.cumsum(lines.line == 1) - 1


def _columns(made):
    lines = made.lines
    return (lines.receipt, lines.at, lines.store, lines.shopper, lines.line, lines.item, lines.quantity, lines.amount)


def _holding(lines, number, family):
    of_family = np.array([good.family == family for good in goods()])
    return set(number[of_family[lines.item]].tolist())


def _lift(lines, number, one, other):
    first, second = _holding(lines, number, one), _holding(lines, number, other)
    return len(first & second) * (number[-1] + 1) / (len(first) * len(second))


def test_the_same_seed_gives_the_same_receipts():
    one, again, other = trade(300, 3, UNTIL), trade(300, 3, UNTIL), trade(300, 4, UNTIL)
    assert all(np.array_equal(a, b) for a, b in zip(_columns(one), _columns(again), strict=True))
    assert not np.array_equal(one.lines.item, other.lines.item)


@pytest.mark.parametrize("count", [1, 17, 500])
def test_there_are_exactly_as_many_receipts_as_asked_for(count):
    assert len(set(trade(count, 1, UNTIL).lines.receipt)) == count


def test_lines_of_a_receipt_are_adjacent_and_numbered_from_one(lines, number):
    assert len(set(lines.receipt)) == number[-1] + 1 == 6000
    same = np.diff(number) == 0
    assert (np.diff(lines.line)[same] == 1).all()
    assert (np.diff(lines.at.astype(np.int64)) >= 0).all()
    for column in (lines.receipt, lines.at, lines.store, lines.shopper):
        assert (column[1:][same] == column[:-1][same]).all()


def test_a_receipt_holds_four_to_ten_lines_on_average(lines):
    assert 4 <= len(lines.line) / 6000 <= 10


def test_about_45_in_a_hundred_show_a_card(lines):
    first = lines.line == 1
    assert 0.42 < (lines.shopper[first] != NOBODY).mean() < 0.48


def test_most_regulars_agreed_and_come_back_to_their_own_store(made, lines):
    assert 0.76 < made.shoppers.consents.mean() < 0.84
    known = lines.shopper[(lines.line == 1) & (lines.shopper != NOBODY)]
    assert np.bincount(known).max() >= 8
    at_home = made.shoppers.stores[lines.shopper[lines.shopper != NOBODY]] == lines.store[lines.shopper != NOBODY]
    assert at_home.mean() > 0.85


def test_regulars_have_favourites(made, lines):
    milk = np.array([good.family == "milk" for good in goods()])[lines.item]
    bought = {}
    for shopper, item in zip(lines.shopper[milk].tolist(), lines.item[milk].tolist(), strict=True):
        bought.setdefault(shopper, []).append(item)
    anonymous = bought.pop(NOBODY)
    most = [max(map(items.count, items)) / len(items) for items in bought.values() if len(items) >= 3]
    usual = max(map(anonymous.count, set(anonymous))) / len(anonymous)
    assert np.mean(most) > usual + 0.15


def test_the_shop_is_open_from_eight_to_ten_for_ninety_days(lines):
    hours = lines.at.astype("datetime64[h]").astype(np.int64) % 24
    assert hours.min() == 8
    assert hours.max() == 21
    assert lines.at.max().astype("datetime64[D]") == np.datetime64(UNTIL)
    assert lines.at.min().astype("datetime64[D]") >= np.datetime64(UNTIL) - (DAYS - 1)


def test_workdays_and_weekends_have_different_days(lines):
    first = lines.line == 1
    hour = lines.at[first].astype("datetime64[h]").astype(np.int64) % 24
    weekday = (lines.at[first].astype("datetime64[D]").astype(np.int64) + 3) % 7
    workday, weekend = (np.bincount(hour[rows], minlength=24) / rows.sum() for rows in (weekday < 5, weekday >= 5))
    assert workday[8] > 1.5 * weekend[8]
    assert weekend[10] > workday[10]
    assert np.abs(workday - weekend).sum() > 0.12
    assert workday[18] > 1.4 * workday[10]


def test_stores_differ(lines):
    coffee = np.array([good.family == "coffee_to_go" for good in goods()])[lines.item]
    charcoal = np.array([good.family == "charcoal" for good in goods()])[lines.item]
    coffees, coals = (np.bincount(lines.store[what], minlength=len(STORES)) for what in (coffee, charcoal))
    assert coffees.argmax() == 1
    assert coals.argmax() == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pasta", "pasta_sauce"),
        ("coffee_to_go", "croissant"),
        ("beetroot", "sour_cream"),
        ("charcoal", "lavash"),
        ("beer", "crisps"),
        ("flour", "condensed_milk"),
        ("toothpaste", "toothbrush"),
    ],
)
def test_what_goes_together_is_bought_together(lines, number, one, other):
    assert _lift(lines, number, one, other) > 2


def test_what_has_nothing_to_do_with_each_other_is_not(lines, number):
    assert _lift(lines, number, "cat_food", "charcoal") < 1
    assert _lift(lines, number, "coffee_to_go", "beetroot") < 0.6


def test_nothing_is_sold_that_is_out_of_stock_or_out_of_hours(made, lines):
    day = (lines.at.astype("datetime64[D]") - (np.datetime64(UNTIL) - (DAYS - 1))).astype(np.int64)
    hour = lines.at.astype("datetime64[h]").astype(np.int64) % 24
    assert made.shelves.there[lines.store, day, lines.item].all()
    assert made.shelves.sold[hour, lines.item].all()
    assert 0.005 < 1 - made.shelves.there.mean() < 0.05
    closing = np.array([good.sold_until or 24 for good in goods()])
    assert (hour < closing[lines.item]).all()


def test_quantities_are_weights_or_whole_pieces(lines):
    weighed = np.array([good.unit == "kg" for good in goods()])[lines.item]
    assert (lines.quantity[~weighed] % 1 == 0).all()
    assert (lines.quantity[~weighed] >= 1).all()
    assert (lines.quantity[~weighed] > 1).mean() > 0.05
    assert len(np.unique(lines.quantity[weighed])) > 300
    assert (lines.quantity[weighed] >= 0.05).all()


def test_amounts_follow_price_and_quantity_with_some_discounts(lines):
    full = np.array([good.old_price or good.unit_price for good in goods()])[lines.item] * lines.quantity
    paid = lines.amount / full
    assert (lines.amount > 0).all()
    assert paid.max() <= 1.01
    assert paid.min() > 0.6
    assert 0.01 < (paid < 0.96).mean() < 0.15


def test_what_a_regular_keeps_is_bought_again_when_it_has_run_out(made, lines):
    """Of milk kept for d days, nearly all purchases are d days or more after the one before."""
    milk = np.array([good.family == "milk" for good in goods()])[lines.item] & (lines.shopper != NOBODY)
    lasts = made.shoppers.larders[:, list(LASTS_DAYS).index("milk")]
    apart = {True: [], False: []}
    for shopper in np.unique(lines.shopper[milk]).tolist():
        days = np.unique(lines.at[milk & (lines.shopper == shopper)].astype("datetime64[h]").astype(np.int64)) / 24
        if np.isfinite(lasts[shopper]):
            apart[True] += (np.diff(days) / lasts[shopper]).tolist()
        else:
            apart[False] += (np.diff(days) / 5.0).tolist()
    assert len(apart[True]) > 100
    assert np.mean(np.array(apart[True]) > 0.95) > 0.8
    assert np.mean(np.array(apart[False]) > 0.95) < np.mean(np.array(apart[True]) > 0.95)
