"""Which receipts merely repeat an earlier one."""

from __future__ import annotations

from datetime import datetime, timedelta

from model_export.encoding import vocabulary_of
from model_export.questions import ask, ask_again, repeats


def history_of(shop, baskets: list[str]):
    day = datetime(2026, 3, 2)
    return shop.history(
        [{"receipt_id": str(n), "at": day + timedelta(hours=n), "sku": sku} for n, skus in enumerate(baskets) for sku in skus]
    )


def test_a_repeat_is_a_receipt_whose_items_were_there_before(shop):
    history = history_of(shop, ["abcd", "dcba", "abc", "cba", "abce", "abcde", "bcde", "abcd", "edcb"])
    assert repeats(history, 1).tolist() == [True, True, False, False, False, False, False, True, False]
    assert repeats(history, 7).tolist() == [True, True, True, True, True, True, True, True, True]
    assert not repeats(history, 0).any()


def test_questions_know_which_of_them_repeat(shop):
    history = history_of(shop, ["abcd", "efgh"] * 10 + ["abcd", "abce", "efgh", "abc"])
    questions = ask(history, vocabulary_of(history), 1.0, range(20, 24), 100, 1)
    assert questions.repeat.tolist() == [True, False, True, False]
    assert questions.rows(questions.given.argsort(kind="stable")).repeat.tolist() == [False, True, False, True]
    assert questions.spread(2).repeat.tolist() == [True, False]


def test_asked_again_the_same_receipts_hide_other_items(shop):
    history = history_of(shop, ["abcdefgh", "hgfedcba"] * 20)
    once = ask(history, vocabulary_of(history), 1.0, range(40), 100, 1)
    again = ask_again(once, 2)
    assert (once.hidden != again.hidden).sum() > 20
    for one in (once, again):
        told = one.baskets.toarray()
        assert (told[range(40), one.hidden] == 0).all()
        assert told.sum() == 40 * 7
    assert (again.receipt == once.receipt).all()
    assert (ask_again(once, 2).hidden == again.hidden).all()
