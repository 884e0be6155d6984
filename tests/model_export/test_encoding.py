"""All receipts at once must mean what `device.tokens` means receipt by receipt."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from device.errors import TrainingError
from device.tokens import RunningHistory, context_tokens, encode
from model_export.encoding import HISTORY_KEPT, between, encode_all, vocabulary_of


def busy_shop(shop, receipts: int, shoppers: int, goods: int, seed: int):
    chance = np.random.default_rng(seed)
    at = datetime(2026, 1, 1)
    rows = []
    for number in range(receipts):
        at += timedelta(minutes=int(chance.integers(1, 300)))
        customer = int(chance.integers(-1, shoppers))
        whose = {"store": f"S{number % 3}", "customer": None if customer < 0 else f"c{customer}"}
        items = chance.integers(goods, size=chance.integers(1, 7))
        rows += [{"receipt_id": str(number), "at": at, "sku": f"s{item}", **whose} for item in items]
    return shop.history(rows)


@pytest.mark.parametrize(
    ("receipts", "shoppers", "goods", "decay"),
    [(300, 8, 30, 0.95), (700, 1, 150, 0.9), (700, 2, 150, 1.0), (400, 30, 400, 0.5)],
    ids=["many shoppers", "one shopper, hundreds of receipts", "no decay, many ties", "items too rare to know"],
)
def test_every_row_is_what_the_register_would_ask(shop, receipts, shoppers, goods, decay):
    history = busy_shop(shop, receipts, shoppers, goods, seed=receipts + shoppers)
    vocabulary = vocabulary_of(history)
    matrix = encode_all(history, vocabulary, decay).toarray()
    known = set(vocabulary.skus)
    running: dict[int, RunningHistory] = {}
    for index in range(len(history)):
        skus = [history.skus[code] for code in history.receipt(index)]
        own = running.setdefault(int(history.shopper[index]), RunningHistory(decay)) if history.shopper[index] >= 0 else None
        context = context_tokens(history.local(index), history.stores[history.store[index]])
        tokens = encode(skus, context, {} if own is None else own.shares(HISTORY_KEPT), vocabulary)
        expected = np.zeros(len(vocabulary), np.float32)
        expected[tokens.ids] = tokens.weights
        # The two sum up in another order: a share that lies between two steps may take either.
        np.testing.assert_allclose(matrix[index], expected, rtol=1e-5, atol=1.01e-4, err_msg=f"receipt {index}")
        if own is not None:
            own.add(sku for sku in skus if sku in known)


def test_some_rows_are_the_same_rows(shop):
    history = busy_shop(shop, 200, 4, 30, seed=3)
    vocabulary = vocabulary_of(history)
    some = np.array([5, 60, 199])
    np.testing.assert_array_equal(
        encode_all(history, vocabulary, 0.9, some).toarray(), encode_all(history, vocabulary, 0.9).toarray()[some]
    )


def test_some_receipts_one_after_the_other_are_no_copy(shop):
    history = busy_shop(shop, 60, 4, 9, seed=4)
    matrix = encode_all(history, vocabulary_of(history), 0.95)
    for first, last in ((0, len(history)), (0, 0), (7, 31), (7, len(history)), (len(history) - 1, len(history))):
        part = between(matrix, first, last)
        assert (part != matrix[first:last]).nnz == 0
        assert part.shape == (last - first, matrix.shape[1])
        # Of less than half the library makes a copy.
        assert part.nnz * 2 < matrix.nnz or np.shares_memory(part.data, matrix.data)


def test_the_vocabulary_knows_what_was_seen_five_times_the_popular_first(shop):
    rows = [{"receipt_id": str(n), "at": datetime(2026, 1, 5, 9 + (n == 0)), "sku": sku} for n in range(8) for sku in ("b", "a")]
    rows += [{"receipt_id": str(n), "at": datetime(2026, 1, 5, 9), "sku": "most"} for n in range(12)]
    rows += [{"receipt_id": str(n), "at": datetime(2026, 1, 5, 9), "sku": "rare"} for n in range(4)]
    assert vocabulary_of(shop.history(rows)).names == ("item=most", "item=a", "item=b", "hour=9", "weekday=0")


@pytest.mark.parametrize(
    "rows",
    [
        [("1", "a"), ("1", "b")],
        [(str(n), f"sku {n}") for n in range(40)],
        [(str(n), "a") for n in range(40)],
    ],
    ids=["one receipt", "nothing five times", "one item"],
)
def test_too_little_to_learn_from_is_one_sentence(shop, rows):
    history = shop.history([{"receipt_id": receipt, "at": datetime(2026, 1, 5), "sku": sku} for receipt, sku in rows])
    with pytest.raises(TrainingError, match="bring more receipts"):
        vocabulary_of(history)
