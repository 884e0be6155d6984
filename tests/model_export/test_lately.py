"""Weights lean towards what sells lately, where the latest receipts are answered better so."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy import sparse

from device.scorer import ModelScorer
from device.tokens import Tokens
from model_export import lately
from model_export.counts import count
from model_export.encoding import encode_all, vocabulary_of
from model_export.lately import Trend, trend_of
from model_export.layout import layout_of
from model_export.refit import refit
from model_export.solve import Ridges, solve
from model_export.training import fit

GOODS = 20


def seasons(receipts: int = 3_000, *, turning: bool) -> list[dict]:
    """Goods that know nothing of each other; on every other receipt ice or gloves, by chance or gloves in the last fifth."""
    chance, rows, at = random.Random(8), [], datetime(2026, 3, 2, 8)
    for number in range(receipts):
        at += timedelta(minutes=30)
        skus = [f"item {place}" for place in range(GOODS) if chance.random() < 0.15]
        if chance.random() < 0.5:
            skus.append("gloves" if (number > 0.8 * receipts if turning else chance.random() < 0.5) else "ice")
        told = {"receipt_id": f"r{number}", "at": at, "store": None, "customer": None}
        rows += [{**told, "line": line, "sku": sku} for line, sku in enumerate(skus, 1)]
    return rows


@pytest.fixture(scope="module")
def histories(tmp_path_factory, shop_of):
    return {turning: shop_of(tmp_path_factory.mktemp("shop")).history(seasons(turning=turning)) for turning in (True, False)}


@pytest.fixture(autouse=True)
def a_small_shop_tells(monkeypatch):
    monkeypatch.setattr(lately, "LEAST", 100)


def best(model) -> str:
    """What sells best, of everything, when nothing is known."""
    scorer = ModelScorer(model.graph, model.vocabulary)
    nothing = Tokens(np.zeros(0, np.int64), np.zeros(0, np.float32))
    items, _, _ = scorer.run(nothing, np.zeros(model.vocabulary.items, np.float32), 1)
    return model.vocabulary.skus[items[0]]


def test_a_turn_of_the_season_is_followed_and_without_one_nothing_is_done(histories, monkeypatch):
    turned = fit(histories[True], 1)
    assert turned.choice.leaning
    assert turned.proof.faults == []
    assert best(turned) == "gloves"
    assert best(refit(histories[True], turned.choice, turned.packing, None)) == "gloves"
    monkeypatch.setattr(lately, "LEAST", 1_000)
    told_nothing = fit(histories[True], 1)
    assert not told_nothing.choice.leaning
    assert best(told_nothing) == "ice"


def test_where_all_seasons_are_alike_nothing_moves_far(histories):
    history = histories[False]
    vocabulary = vocabulary_of(history)
    trend = trend_of(encode_all(history, vocabulary, 0.95), vocabulary.items, timed=True)
    assert np.abs(trend.shift).max() < 0.1
    assert np.abs(np.log(trend.factor)).max() < 0.25


def test_shift_and_factor_are_what_the_latest_receipts_say():
    """Of 1,500 receipts an item stands on 300: on 60 of the latest tenth, 150, and on 30 of the latest thirtieth, 50."""
    rows = [*range(240), *range(1_350, 1_380), *range(1_470, 1_500)]
    matrix = sparse.csr_array((np.ones(len(rows), np.float32), (rows, np.zeros(len(rows), int))), shape=(1_500, 3))
    trend = trend_of(matrix, 2, timed=True)
    np.testing.assert_allclose(trend.shift, [60 / 150 - 300 / 1_500, 0], atol=1e-6)
    np.testing.assert_allclose(trend.factor, [((30 + 40) / (10 + 40)) ** 0.5, 1], rtol=1e-6)
    assert trend_of(matrix, 2, timed=False) is None
    assert trend_of(matrix[:990], 2, timed=True) is None


def test_the_choice_is_made_of_the_scores_that_the_weights_will_give(histories):
    """An intercept that sells like today, and rows held against it: of an average basket of today the score is today's share."""
    history = histories[True]
    vocabulary = vocabulary_of(history)
    matrix, layout = encode_all(history, vocabulary, 0.95), layout_of(vocabulary)
    weights = solve(count(matrix, layout), layout, Ridges(30.0, 30.0, 30.0))
    trend = trend_of(matrix, vocabulary.items, timed=True)
    asked = matrix[-50:]
    expected = trend.scores(weights.scores(asked), weights, layout)
    again = solve(count(matrix, layout), layout, Ridges(30.0, 30.0, 30.0))
    today = Trend(trend.shift, np.ones_like(trend.factor)).lean(again, layout)
    np.testing.assert_allclose(trend.lean(weights, layout).scores(asked), expected, atol=1e-5)
    items = matrix[:, : vocabulary.items]
    tenth = np.asarray(items[-int(len(history) * lately.TENTH) :].mean(axis=0)).ravel()
    np.testing.assert_allclose(today.intercept + tenth @ today.table[: layout.head], tenth, atol=1e-4)
