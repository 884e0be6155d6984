"""The basket as a fold over whole states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fakes.device_shop import ITEMS
from fakes.device_till import MORNING, rung, told
from hypothesis import given, settings
from hypothesis import strategies as st

from device.basket import added_up, apply, doubts, newer_sale, told_later
from device.catalogue import Catalogue
from device.domain import Basket, Minor, Phase, Pseudonym, Sku, Thousandths
from device.events import BasketState
from device.shopper import Shopper

find = Catalogue(ITEMS).know


def folded(*events: BasketState) -> Basket:
    basket = fold(list(events))
    assert basket is not None
    return basket


def test_a_state_replaces_all_before_it() -> None:
    basket = folded(told("a", 1, "bread", "tea"), told("a", 2, "tea", "milk", "honey"))
    assert basket.skus == ("tea", "milk", "honey")


def test_the_same_seq_again_gives_the_very_same_basket() -> None:
    first = folded(told("a", 3, "bread"))
    assert apply(first, told("a", 3, "bread", "tea"), find) is first


def test_a_lower_seq_is_late_and_changes_nothing() -> None:
    first = folded(told("a", 3, "bread"))
    assert apply(first, told("a", 2), find) is first


def test_a_gap_in_seq_heals_with_the_next_state() -> None:
    assert folded(told("a", 1, "bread"), told("a", 9, "bread", "tea")).skus == ("bread", "tea")


def test_a_void_line_is_off_the_basket_and_remembered_as_removed() -> None:
    lines = (rung(1, "bread"), rung(2, "tea", void=True))
    basket = folded(told("a", 1, lines=lines))
    assert (basket.skus, basket.removed) == (("bread",), frozenset({"tea"}))


def test_a_line_that_is_simply_gone_is_remembered_as_removed_for_the_rest_of_the_sale() -> None:
    basket = folded(told("a", 1, "bread", "tea"), told("a", 2, "bread"), told("a", 3, "bread", "milk"))
    assert basket.removed == {"tea"}


def test_an_item_rung_up_again_is_no_longer_removed() -> None:
    basket = folded(told("a", 1, "bread", "tea"), told("a", 2, "bread"), told("a", 3, "bread", "tea"))
    assert basket.removed == frozenset()


def test_a_quantity_of_zero_or_less_takes_the_line_off() -> None:
    lines = (rung(1, "bread"), rung(2, "tea", quantity=Thousandths(0)), rung(3, "milk", quantity=Thousandths(-1000)))
    basket = folded(told("a", 1, lines=lines))
    assert (basket.skus, basket.removed) == (("bread",), frozenset({"tea", "milk"}))


def test_a_changed_quantity_stays_one_item() -> None:
    three = (rung(1, "bread", quantity=Thousandths(3000), amount=Minor(29970)),)
    basket = folded(told("a", 1, "bread"), told("a", 2, lines=three))
    assert (basket.skus, basket.lines[0].quantity, basket.total) == (("bread",), 3000, 29970)


def test_an_item_on_two_lines_is_one_item_and_two_lines() -> None:
    basket = folded(told("a", 1, "bread", "tea", "bread"))
    assert (basket.skus, len(basket.lines)) == (("bread", "tea"), 3)


def test_another_id_opens_a_new_sale() -> None:
    basket = folded(told("a", 7, "bread"), told("b", 1, "tea", minutes=5))
    assert (basket.skus, basket.removed, basket.opened_at) == (("tea",), frozenset(), MORNING + timedelta(minutes=5))


def test_an_id_told_again_after_its_sale_was_over_opens_a_new_sale() -> None:
    closed = told("a", 2, "bread", phase=Phase.CLOSED)
    basket = folded(told("a", 1, "bread"), closed, told("a", 3, "tea", minutes=9))
    assert (basket.removed, basket.opened_at) == (frozenset(), MORNING + timedelta(minutes=9))


def test_a_closed_sale_told_again_is_the_same_closed_sale() -> None:
    closed = folded(told("a", 1, "bread"), told("a", 2, "bread", phase=Phase.CLOSED))
    assert apply(closed, told("a", 2, "bread", phase=Phase.CLOSED), find) is closed


def test_a_suspended_sale_goes_on_where_it_was() -> None:
    suspended = told("a", 2, "bread", "tea", phase=Phase.SUSPENDED, minutes=1)
    basket = folded(told("a", 1, "bread", "tea"), suspended, told("a", 3, "bread", minutes=30))
    assert (basket.opened_at, basket.removed) == (MORNING, frozenset({"tea"}))


def test_a_shopper_once_known_stays_known_in_the_sale_and_not_in_the_next() -> None:
    known = apply(None, told("a", 1, "bread"), find, Shopper(Pseudonym("f" * 32), 2026))
    same = apply(known, told("a", 2, "bread", "tea"), find)
    other = apply(same, told("b", 1, "bread"), find)
    assert (same.shopper, same.shopper_key) == ("f" * 32, 2026)
    assert (other.shopper, other.shopper_key) == (None, None)


def test_an_unknown_code_stays_a_line_with_the_tills_own_name() -> None:
    basket = folded(told("a", 1, lines=(rung(1, "", code="9999999999999", name="Odd thing"), rung(2, "tea"))))
    assert basket.skus == ("tea",)
    assert (basket.lines[0].sku, basket.lines[0].code, basket.lines[0].name) == (None, "9999999999999", "Odd thing")


def test_the_tills_total_is_kept_as_told_and_doubted() -> None:
    event = told("a", 1, "bread", "tea", total=Minor(15000))
    assert folded(event).total == 15000
    assert doubts(event) == "the lines add up to 19980, the till says 15000 (minor units)"


def test_without_a_total_the_lines_are_added_up_voids_left_out() -> None:
    event = told("a", 1, lines=(rung(1, "bread"), rung(2, "tea", void=True)))
    assert (folded(event).total, doubts(event)) == (9990, None)


def test_a_set_aside_sale_may_say_nothing_of_its_total() -> None:
    assert doubts(told("a", 1, "bread", total=Minor(0), phase=Phase.SUSPENDED)) is None


_skus = st.sampled_from([item.sku for item in ITEMS])
_events = st.builds(
    lambda basket_id, seq, phase, lines: told(
        basket_id,
        seq,
        phase=phase,
        lines=tuple(rung(n, sku, quantity=Thousandths(quantity), void=void) for n, (sku, quantity, void) in enumerate(lines)),
    ),
    st.sampled_from("ab"),
    st.integers(0, 6),
    st.sampled_from(Phase),
    st.lists(st.tuples(_skus, st.integers(-1000, 2000), st.booleans()), max_size=5),
)


quick = settings(max_examples=60, deadline=None, database=None)


@quick
@given(st.lists(_events, max_size=12))
def test_whatever_is_told_every_step_keeps_its_promises(events: list[BasketState]) -> None:
    basket: Basket | None = None
    for event in events:
        after = apply(basket, event, find)
        if basket is not None and basket.basket_id == event.basket_id and event.seq <= basket.seq:
            assert after is basket
        else:
            assert (after.basket_id, after.seq, after.phase) == (event.basket_id, event.seq, event.phase)
            assert all(line.quantity > 0 for line in after.lines)
            assert not after.removed & set(after.skus)
            assert after.opened_at <= after.at
        assert apply(after, event, find) is after
        basket = after


@quick
@given(st.lists(_events, min_size=1, max_size=8), st.data())
def test_telling_any_state_twice_changes_nothing(events: list[BasketState], data: Any) -> None:
    ordered = sorted((e for e in events if e.basket_id == "a"), key=lambda e: e.seq)
    doubled = [event for event in ordered for _ in range(data.draw(st.integers(1, 2)))]

    assert fold(ordered) == fold(doubled)


def fold(events: list[BasketState]) -> Basket | None:
    basket: Basket | None = None
    for event in events:
        basket = apply(basket, event, find)
    return basket


def test_amounts_of_a_thousand_lines_add_up_exactly() -> None:
    lines = tuple(rung(n, "bread", amount=Minor(10**12)) for n in range(1000))
    assert added_up(told("a", 1, lines=lines)) == 10**15
    assert Sku("bread") in folded(told("a", 1, lines=lines)).skus


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-10-25T10:30:00+03:00", "2026-10-25T08:00:00Z"),
        ("2026-10-25T02:59:00+02:00", "2026-10-25T02:01:00+01:00"),  # a clock that is put back in the night
        ("2026-10-25T10:15:03Z", "2026-10-25T10:15:03.500Z"),
        ("2026-10-25T10:15:03.5+00:00", "2026-10-25T10:15:04+00:00"),
        ("2026-10-25 23:59:59", "2026-10-26T00:00:00"),
        ("2026-10-25T10:15", "2026-10-25T10:15:00.001"),
        ("2026-10-25T10:15:03+03:00", "2026-10-25T10:15:04"),
        ("1764412345", "1764412346"),
        ("1760102310958", "1760102320957"),  # each could be read as a date and a time
        ("10:00", "10:01"),
    ],
)
def test_a_tills_clock_is_compared_by_the_moment_it_tells(earlier: str, later: str) -> None:
    assert told_later(later, earlier)
    assert not told_later(earlier, later)
    assert newer_sale(told("a", 1, "bread", told_at=later), told("a", 1, "bread", told_at=earlier))
    assert not newer_sale(told("a", 1, "bread", told_at=earlier), told("a", 1, "bread", told_at=later))


def test_one_moment_written_twice_is_no_newer_sale() -> None:
    moments = ["2026-10-25T10:15:03Z", "2026-10-25T10:15:03.000+00:00", "2026-10-25T13:15:03+03:00", "2026-10-25 10:15:03Z"]
    assert not any(told_later(one, other) for one in moments for other in moments)
    assert not told_later(None, moments[0])
    assert not told_later(moments[0], None)


@given(st.text(max_size=64), st.text(max_size=64))
def test_whatever_a_till_writes_for_a_time_has_one_order(one: str, other: str) -> None:
    assert [told_later(one, other), told_later(other, one)].count(True) <= 1
