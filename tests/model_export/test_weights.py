"""Counts, weights, bytes and graph: each is compared with an independent computation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from device.errors import TrainingError
from device.scorer import ModelScorer
from device.tokens import Tokens, Vocabulary
from model_export.counts import count
from model_export.graph import float_graph, int8_graph
from model_export.quantise import Listed, Packing, Whole, cut, quantise, unpacked
from model_export.solve import Ridges, solve

TOKENS, ITEMS = 60, 40
VOCABULARY = Vocabulary([f"item={n}" for n in range(ITEMS)] + [f"had={n}" for n in range(TOKENS - ITEMS)], ITEMS)


@pytest.fixture
def receipts():
    chance = np.random.default_rng(5)
    # Shares of every size, in the ten-thousandths that are counted.
    shares = np.rint(chance.random((500, TOKENS)) * 10_000) / 10_000
    return ((chance.random((500, TOKENS)) < 0.15) * shares).astype(np.float32)


@pytest.fixture
def table():
    chance = np.random.default_rng(6)
    # A few strong weights and a long tail, as solved tables have them; one row of nothing.
    made = (chance.standard_normal((TOKENS, ITEMS)) ** 5 * 0.01).astype(np.float32)
    made[7] = 0
    return made


def test_counts_are_the_products_and_add_up(receipts, duckdb, monkeypatch):
    monkeypatch.setattr("model_export.counts._STRIPE", 16)
    monkeypatch.setattr("model_export.counts._CELLS", 700)
    counts = count(sparse.csr_array(receipts[:200]), duckdb)
    counts.add(count(sparse.csr_array(receipts[200:]), duckdb))
    np.testing.assert_allclose(counts.gram, receipts.T @ receipts, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(counts.sums, receipts.sum(axis=0), rtol=1e-5)
    assert counts.receipts == 500


def test_weights_are_the_regression_of_each_item_on_all_other_tokens(receipts, duckdb):
    """Ridge regression with an intercept, solved for one item at a time by the normal equations, in double precision."""
    ridges = Ridges(5.0, 50.0, 20.0).of_tokens(VOCABULARY)
    weights = solve(count(sparse.csr_array(receipts), duckdb), ridges, ITEMS)
    x = receipts.astype(np.float64)
    x -= x.mean(axis=0)
    for item in range(ITEMS):
        others = np.delete(np.arange(TOKENS), item)
        normal = x[:, others].T @ x[:, others] + np.diag(ridges[others].astype(np.float64))
        expected = np.linalg.solve(normal, x[:, others].T @ x[:, item])
        np.testing.assert_allclose(weights.table[others, item], expected, atol=2e-5)
        assert weights.table[item, item] == 0
        assert weights.intercept[item] == pytest.approx(
            receipts[:, item].mean() - receipts.mean(axis=0)[others] @ expected, abs=2e-5
        )


def test_each_block_has_its_ridge():
    vocabulary = Vocabulary(["item=a", "hour=9", "store=S1", "had=a"], 1)
    assert list(Ridges(1, 2, 3).of_tokens(vocabulary)) == [1, 2, 2, 3]


def test_counts_that_cannot_be_solved_are_one_sentence(duckdb):
    twins = sparse.csr_array(np.repeat(np.random.default_rng(1).random((50, 1)), 4, axis=1).astype(np.float32))
    with pytest.raises(TrainingError, match="larger"):
        solve(count(twins, duckdb), np.full(4, -1.0, np.float32), 4)


PACKED = [Packing(None, 4), Packing(None, None), Packing(10, 4), Packing(25, 12)]


@pytest.mark.parametrize("packing", PACKED, ids=str)
def test_int8_is_off_by_half_a_step_at_most(table, packing):
    packed = quantise(table, packing)
    off = np.abs(unpacked(packed, ITEMS) - cut(table, packing.keep))
    assert (off <= packed.rest.scale[:, None] / 2 * (1 + 1e-4) + 1e-9).all()
    one_scale = np.abs(table).max(axis=1) / 127 / 2
    # Two scales are worth having only where the fine one is finer.
    assert np.median(packed.rest.scale / 2) < 0.7 * np.median(one_scale)
    assert packed.rest.values.dtype == packed.spikes.values.dtype == np.int8
    assert isinstance(packed.rest, Whole if packing.keep is None else Listed)


def test_a_cut_keeps_the_strongest(table):
    kept = cut(table, 6)
    assert ((kept != 0).sum(axis=1) <= 6).all()
    assert np.abs(kept).max() == np.abs(table).max()
    assert np.array_equal(cut(table, None), table)


@pytest.mark.parametrize("packing", [None, *PACKED], ids=str)
def test_the_graph_computes_what_its_table_says(table, packing):
    chance = np.random.default_rng(8)
    prior = chance.random(ITEMS).astype(np.float32)
    if packing is None:
        said, graph = table, float_graph(table, prior)
    else:
        packed = quantise(cut(table, packing.keep), packing)
        said, graph = unpacked(packed, ITEMS), int8_graph(packed, prior)
    scorer = ModelScorer(graph, VOCABULARY)
    for size in (0, 1, 9, TOKENS):
        ids = chance.choice(TOKENS, size, replace=False).astype(np.int64)
        tokens = Tokens(ids, chance.random(size).astype(np.float32))
        bias = np.where(chance.random(ITEMS) < 0.2, -np.inf, 0).astype(np.float32)
        bias[3] = 0.5
        for k in (1, 10, ITEMS):
            items, scores, contributions = scorer.run(tokens, bias, k)
            every = prior + tokens.weights @ said[ids]
            expected = np.sort(every + bias)[::-1][:k]
            np.testing.assert_allclose(scores, expected, atol=1e-5)
            np.testing.assert_allclose((every + bias)[items], expected, atol=1e-5)
            assert contributions.shape == (size, k)
            np.testing.assert_allclose(contributions, tokens.weights[:, None] * said[ids][:, items], atol=1e-6)
            np.testing.assert_allclose(contributions.sum(axis=0) + (prior + bias)[items], scores, atol=1e-5)
