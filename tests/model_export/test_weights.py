"""Counts, weights, bytes and graph: each is compared with an independent computation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from device.errors import TrainingError
from device.scorer import ModelScorer
from device.tokens import KNOWN, Tokens, Vocabulary
from model_export.counts import count
from model_export.graph import Frame, graph
from model_export.layout import head_of, layout_of
from model_export.quantise import Listed, Packing, Whole, as_table, cut, quantise
from model_export.solve import Ridges, solve, solve_items
from sync import graph_check

ITEMS, HOURS, STORES, PAST = 40, 3, 2, 14
VOCABULARY = Vocabulary(
    [
        *(f"item={n}" for n in range(ITEMS)),
        *(f"hour={n}" for n in range(HOURS)),
        *(f"store={n}" for n in range(STORES)),
        KNOWN,
        *(f"had={n}" for n in range(PAST)),
    ],
    ITEMS,
)
TOKENS = len(VOCABULARY)
CONTEXT = slice(ITEMS, ITEMS + HOURS + STORES)
HISTORY = slice(CONTEXT.stop, TOKENS)


@pytest.fixture
def receipts():
    """Half of them by known shoppers; of each kind of context one token, or none."""
    chance = np.random.default_rng(5)
    made = np.zeros((500, TOKENS), np.float32)
    made[:, :ITEMS] = chance.random((500, ITEMS)) < 0.15
    for row in made:
        row[ITEMS + chance.integers(HOURS)] = 1
        if chance.random() < 0.8:
            row[ITEMS + HOURS + chance.integers(STORES)] = 1
        if chance.random() < 0.5:
            row[HISTORY.start] = 1
            # Shares in the ten-thousandths that are counted.
            row[HISTORY.start + 1 :] = (chance.random(PAST) < 0.4) * np.rint(chance.random(PAST) * 10_000) / 10_000
    return made


@pytest.fixture
def table():
    chance = np.random.default_rng(6)
    # A few strong weights and a long tail, as solved tables have them; one row of nothing.
    made = (chance.standard_normal((TOKENS, ITEMS)) ** 5 * 0.01).astype(np.float32)
    made[7] = 0
    return made


@pytest.mark.parametrize("head", [ITEMS, 25], ids=["all learnt", "a tail"])
def test_counts_are_the_products_and_add_up(receipts, head, monkeypatch):
    monkeypatch.setattr("model_export.counts._STRIPE", 16)
    monkeypatch.setattr("model_export.counts._CELLS", 700)
    layout = layout_of(VOCABULARY, head)
    counts = count(sparse.csr_array(receipts[:200]), layout)
    counts.add(count(sparse.csr_array(receipts[200:]), layout))
    products = receipts.T @ receipts
    np.testing.assert_allclose(counts.gram, products[np.ix_(layout.learnt, layout.columns)], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(counts.sums, receipts.sum(axis=0)[layout.columns], rtol=1e-5)
    assert counts.receipts == 500


def ridge_regression(x, y, ridge):
    return np.linalg.solve(x.T @ x + np.diag(np.broadcast_to(ridge, x.shape[1])), x.T @ y)


@pytest.mark.parametrize("head", [ITEMS, 25], ids=["all learnt", "a tail"])
def test_each_stage_is_the_regression_of_what_is_left(receipts, head):
    """Ridge regressions by the normal equations, one item after the other, in double precision."""
    layout = layout_of(VOCABULARY, head)
    weights = solve(count(sparse.csr_array(receipts), layout), layout, Ridges(5.0, 50.0, 20.0))
    x = receipts.astype(np.float64)
    centred = x - x.mean(axis=0)
    expected = np.zeros((TOKENS, ITEMS))
    for item in range(ITEMS):
        others = np.delete(np.arange(head), item) if item < head else np.arange(head)
        expected[others, item] = ridge_regression(centred[:, others], centred[:, item], 5.0)
    left = centred[:, :ITEMS] - centred @ expected
    expected[CONTEXT] = ridge_regression(centred[:, CONTEXT], left, 50.0)
    for kind in (slice(ITEMS, ITEMS + HOURS), slice(ITEMS + HOURS, CONTEXT.stop)):
        seen = x[:, kind].sum(axis=0)
        expected[kind] -= seen @ expected[kind] / seen.sum()
    left = x[:, :ITEMS] - (x[:, :ITEMS].mean(axis=0) - x.mean(axis=0)[:ITEMS] @ expected[:ITEMS]) - x @ expected
    expected[HISTORY] = ridge_regression(x[:, HISTORY], left, [1e-3, *[20.0] * PAST])
    np.testing.assert_allclose(weights.table, expected[layout.learnt], atol=5e-5)
    asked = sparse.csr_array(receipts[:9])
    scores = x[:9] @ expected + (x[:, :ITEMS].mean(axis=0) - x.mean(axis=0)[:ITEMS] @ expected[:ITEMS])
    np.testing.assert_allclose(weights.scores(asked), scores, atol=5e-4)


def test_what_is_not_known_takes_nothing_away(receipts):
    """The first stage is the same whatever is learnt after it."""
    layout = layout_of(VOCABULARY)
    counts = count(sparse.csr_array(receipts), layout)
    alone, whole = solve_items(counts, layout, 5.0), solve(counts, layout, Ridges(5.0, 50.0, 20.0))
    np.testing.assert_array_equal(alone.table[:ITEMS], whole.table[:ITEMS])
    np.testing.assert_array_equal(alone.intercept, whole.intercept)


def test_a_vocabulary_of_items_alone_has_no_later_stages():
    vocabulary = Vocabulary([f"item={n}" for n in range(5)], 5)
    layout = layout_of(vocabulary)
    assert (layout.rows, layout.kinds, layout.told) == (5, (), 5)
    receipts = sparse.csr_array(np.random.default_rng(2).integers(0, 2, (30, 5)).astype(np.float32))
    assert solve(count(receipts, layout), layout, Ridges(1, 1, 1)).table.shape == (5, 5)


@pytest.mark.parametrize(("items", "head"), [(3, 3), (12_000, 12_000), (50_000, 10_000), (100_000, 5_600)])
def test_the_head_keeps_within_what_a_machine_holds(items, head):
    assert head_of(items) == head


def test_counts_that_cannot_be_solved_are_one_sentence():
    layout = layout_of(Vocabulary([f"item={n}" for n in range(4)], 4))
    twins = sparse.csr_array(np.repeat(np.random.default_rng(1).random((50, 1)), 4, axis=1).astype(np.float32))
    with pytest.raises(TrainingError, match="larger"):
        solve(count(twins, layout), layout, Ridges(-1.0, 1.0, 1.0))


PACKED = [Packing(None, 4), Packing(None, None), Packing(10, 4), Packing(25, 12), Packing(10, None)]


def dense(part):
    table = as_table(part, ITEMS)
    return table.toarray() if sparse.issparse(table) else table


@pytest.mark.parametrize("packing", PACKED, ids=str)
def test_int8_is_off_by_half_a_step_at_most(table, packing):
    kept = cut(table, packing.keep)
    rest, spikes = quantise(kept, packing.spikes)
    off = np.abs(dense(rest) + dense(spikes) - dense(kept))
    assert (off <= rest.scale[:, None] / 2 * (1 + 1e-4) + 1e-9).all()
    one_scale = np.abs(table).max(axis=1) / 127 / 2
    # Two scales are worth having only where the fine one is finer.
    assert np.median(rest.scale / 2) < 0.7 * np.median(one_scale)
    assert rest.values.dtype == spikes.values.dtype == np.int8
    assert isinstance(rest, Whole if packing.keep is None else Listed)


def test_a_cut_keeps_the_strongest(table):
    kept = dense(cut(table, 6))
    assert ((kept != 0).sum(axis=1) <= 6).all()
    assert np.abs(kept).max() == np.abs(table).max()
    assert np.array_equal(dense(cut(table, None)), table)


@pytest.mark.parametrize("head", [ITEMS, 25], ids=["all learnt", "a tail"])
@pytest.mark.parametrize("packing", [None, *PACKED], ids=str)
def test_the_graph_computes_what_its_table_says(table, packing, head):
    chance = np.random.default_rng(8)
    prior = chance.random(ITEMS).astype(np.float32)
    learnt = layout_of(VOCABULARY, head).learnt
    kept = cut(table[learnt], None if packing is None else packing.keep)
    parts = [kept] if packing is None else quantise(kept, packing.spikes)
    said = np.zeros((TOKENS, ITEMS), np.float32)
    said[learnt] = sum(dense(part) for part in parts)
    model = graph(parts, Frame(prior, learnt, TOKENS))
    graph_check.check(model)  # a register runs none of another kind
    scorer = ModelScorer(model, VOCABULARY)
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
