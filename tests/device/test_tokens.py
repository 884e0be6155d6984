"""The model's input, and a shopper's history against its definition."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.domain import Sku
from device.tokens import (
    MOST_PAIRED,
    SHARE_STEPS,
    RunningHistory,
    Vocabulary,
    context_tokens,
    encode,
    pair_of,
    pair_token,
    told,
    told_skus,
)

NAMES = ["item=a", "item=b", "item=c", "had=a", "had=c", "hour=18", "weekday=6", "store=S1"]
WORDS = Vocabulary(NAMES, 3)
SUNDAY_EVENING = datetime(2026, 5, 3, 18, 5)


def encoded(skus: list[str], context: tuple[str, ...] = (), history: dict[Sku, float] | None = None) -> dict[str, float]:
    tokens = encode(skus, context, history or {}, WORDS)
    assert (tokens.ids.dtype, tokens.weights.dtype) == (np.dtype(np.int64), np.dtype(np.float32))
    return {NAMES[place]: float(weight) for place, weight in zip(tokens.ids, tokens.weights, strict=True)}


def test_items_context_and_history_become_weighted_tokens() -> None:
    context = context_tokens(SUNDAY_EVENING, "S1")
    history = {Sku("a"): 0.25, Sku("c"): 1.0}
    expected = {"item=b": 1, "hour=18": 1, "weekday=6": 1, "store=S1": 1, "had=a": 0.25, "had=c": 1}
    assert encoded(["b"], context, history) == expected


def test_an_item_rung_up_five_times_weighs_one() -> None:
    assert encoded(["a"] * 5) == {"item=a": 1}


def test_what_the_vocabulary_does_not_know_is_left_out() -> None:
    assert encoded(["nobody", "a", "item=a"], ("hour=3", "store=S9"), {Sku("b"): 0.5}) == {"item=a": 1}


def test_nothing_known_is_an_empty_vector() -> None:
    tokens = encode([], (), {}, WORDS)
    assert (tokens.ids.shape, tokens.weights.shape) == ((0,), (0,))


def test_context_says_only_what_is_known() -> None:
    assert context_tokens(None, None) == ()
    assert context_tokens(None, "S1") == ("store=S1",)
    assert context_tokens(SUNDAY_EVENING, None) == ("hour=18", "weekday=6")


def test_the_items_come_first_in_the_vocabulary() -> None:
    assert (WORDS.skus, len(WORDS), WORDS.ids["had=a"]) == (("a", "b", "c"), 8, 3)


HALF_A_STEP = 0.5 / SHARE_STEPS + 1e-9
receipts = st.lists(st.lists(st.sampled_from([Sku(s) for s in "abcdef"]), max_size=6), max_size=30)


@settings(max_examples=80, deadline=None, database=None)
@given(receipts, st.sampled_from([1.0, 0.98, 0.9, 0.5, 0.001]))
def test_running_shares_are_the_decayed_shares_of_the_definition(bought: list[list[Sku]], decay: float) -> None:
    history = RunningHistory(decay)
    for skus in bought:
        history.add(skus)
    weights = [decay**age for age in reversed(range(len(bought)))]
    expected = {
        sku: sum(w for w, skus in zip(weights, bought, strict=True) if sku in skus) / sum(weights)
        for sku in {sku for skus in bought for sku in skus}
    }
    shares = history.shares(keep=10)
    assert shares.keys() <= expected.keys()
    for sku, exact in expected.items():
        # In whole steps, to the nearest; what rounds to nothing is not there.
        share = shares.get(sku, 0.0)
        assert abs(share - exact) <= HALF_A_STEP
        assert share * SHARE_STEPS == pytest.approx(round(share * SHARE_STEPS))
        assert sku not in shares or share > 0


def test_ten_thousand_receipts_lose_no_precision() -> None:
    history = RunningHistory(0.9)
    for number in range(10_000):
        history.add([Sku("always"), Sku("even" if number % 2 == 0 else "odd")])
    # sum of 0.9^(2i) against sum of 0.9^i, the last receipt being odd: 1 / 1.9
    expected = {Sku("always"): 1.0, Sku("odd"): 1 / 1.9, Sku("even"): 0.9 / 1.9}
    assert history.shares(3) == pytest.approx(expected, rel=0, abs=HALF_A_STEP)


def test_only_the_largest_shares_are_kept_and_ties_go_by_sku() -> None:
    history = RunningHistory(1.0)
    history.add([Sku("b"), Sku("c"), Sku("a")])
    history.add([Sku("c")])
    assert list(history.shares(2).items()) == [("c", 1.0), ("a", 0.5)]


def test_a_shopper_without_receipts_has_no_shares() -> None:
    assert RunningHistory(0.9).shares(10) == {}


def test_a_known_shopper_is_a_token_of_its_own() -> None:
    words = Vocabulary(["item=a", "shopper=known", "had=a"], 1)
    tokens = encode([Sku("a")], (), {Sku("a"): 0.5}, words)
    assert dict(zip(tokens.ids.tolist(), tokens.weights.tolist(), strict=True)) == {0: 1.0, 1: 1.0, 2: 0.5}
    assert encode([Sku("a")], (), {Sku("unheard of"): 0.5}, words).ids.tolist() == [0]


PAIRS = Vocabulary([*NAMES, "pair=a+b", "pair=b+c"], 3)


def names_of(skus: list[str], words: Vocabulary = PAIRS) -> list[str]:
    return [words.names[place] for place in encode([Sku(sku) for sku in skus], (), {}, words).ids]


def test_two_items_that_are_often_together_are_a_token_of_their_own() -> None:
    assert names_of(["b", "a"]) == ["item=a", "item=b", "pair=a+b"]
    assert names_of(["a", "c"]) == ["item=a", "item=c"]
    assert names_of(["c", "b", "a", "c"]) == ["item=a", "item=b", "item=c", "pair=a+b", "pair=b+c"]
    assert names_of(["a", "unheard of"]) == ["item=a"]


def test_a_longer_list_is_not_looked_up_two_by_two() -> None:
    items = [f"item={n:03}" for n in range(MOST_PAIRED + 1)]
    words = Vocabulary([*items, "pair=000+001"], len(items))
    skus = list(words.skus)
    assert len(names_of(skus[:-1], words)) == MOST_PAIRED + 1
    assert names_of(skus, words) == items
    # What is not known makes no list long.
    assert "pair=000+001" in names_of([*skus[:-1], *(f"unheard of {n}" for n in range(99))], words)


text = st.text("ab+%2B5=", min_size=1, max_size=6)


@settings(max_examples=200, deadline=None, database=None)
@given(text, text)
def test_a_pair_tells_its_two_items_and_no_others(one: str, other: str) -> None:
    token = pair_token(one, other)
    assert token == pair_token(other, one)
    assert sorted(pair_of(token)) == sorted((one, other))
    assert told_skus(told(token)) == pair_of(token)


@pytest.mark.parametrize("odd", ["pair=a", "pair=", "pair=a+a", "pair=a+b+c", "pair=a+z", "pair=hour=18+a", "pair=+"])
def test_a_pair_that_makes_no_sense_is_never_on_a_receipt(odd: str) -> None:
    assert names_of(["a", "b", "c", "z", ""], Vocabulary([*NAMES, odd], 3)) == ["item=a", "item=b", "item=c"]


@pytest.mark.parametrize(
    ("reason", "skus"),
    [("a", ("a",)), ("item=a=b", ("a=b",)), ("item=pair=a+b", ("pair=a+b",)), ("hour=18", ()), ("pair=a+b", ("a", "b"))],
)
def test_a_reason_names_the_items_it_is_made_of(reason: str, skus: tuple[str, ...]) -> None:
    assert told_skus(reason) == skus
