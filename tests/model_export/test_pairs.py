"""Pairs of items as tokens: which, when, what is counted of them, and that none tells of its own items."""

from __future__ import annotations

import random
import tracemalloc
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy import sparse

from device.bundle import Bundle
from device.domain import Sku
from device.scorer import Question, prove
from device.tokens import KNOWN, MOST_PAIRED, Vocabulary, encode
from model_export import pairing as pairs
from model_export.counting import Counting
from model_export.counts import count
from model_export.encoding import encode_all, vocabulary_of
from model_export.engine import opened
from model_export.fading import HISTORY_DECAY
from model_export.layout import layout_of
from model_export.memory import Asking, find, remember, votes
from model_export.pairing import Pairing, bytes_of, count_pairs, frequent, pairing_of, rungs
from model_export.questions import ask
from model_export.solve import Ridges, solve
from model_export.training import Extras, fit, make_bundle

ITEMS, PAST = 12, 5
VOCABULARY = Vocabulary(
    [*(f"item={n:02}" for n in range(ITEMS)), "hour=1", "hour=2", KNOWN, *(f"had={n:02}" for n in range(PAST))], ITEMS
)
TOKENS = len(VOCABULARY)
CONTEXT = slice(ITEMS, ITEMS + 2)
HISTORY = slice(ITEMS + 2, TOKENS)
LAYOUT = layout_of(VOCABULARY)
RIDGES = Ridges(5.0, 50.0, 20.0, 40.0)


@pytest.fixture
def receipts():
    chance = np.random.default_rng(4)
    made = np.zeros((900, TOKENS), np.float32)
    made[:, :ITEMS] = chance.random((900, ITEMS)) < 0.3
    made[np.arange(900), ITEMS + chance.integers(2, size=900)] = 1
    known = np.flatnonzero(chance.random(900) < 0.5)
    made[known, HISTORY.start] = 1
    made[np.ix_(known, np.arange(HISTORY.start + 1, TOKENS))] = np.rint(chance.random((len(known), PAST)) * 10_000) / 10_000
    return sparse.csr_array(made)


def counted(receipts, most=20) -> tuple:
    counts = count(receipts, LAYOUT)
    return counts, count_pairs(frequent(counts, LAYOUT, most), receipts, LAYOUT, None)


def test_the_most_frequent_pairs_are_taken(receipts, monkeypatch):
    monkeypatch.setattr(pairs, "_STRIPE", 5)
    held = receipts.toarray()[:, :ITEMS]
    together = held.T @ held
    every = sorted((-together[a, b], a, b) for a in range(ITEMS) for b in range(a + 1, ITEMS))
    found = frequent(count(receipts, LAYOUT), LAYOUT, 20)
    assert found.keys.tolist() == sorted(a * ITEMS + b for _, a, b in every[:20])
    assert len(frequent(count(receipts, LAYOUT), LAYOUT, 10_000)) == ITEMS * (ITEMS - 1) // 2
    assert len(frequent(count(receipts[:4], LAYOUT), LAYOUT, 10)) == 0


def test_receipts_hold_no_more_pairs_than_memory_was_told_of(receipts, monkeypatch):
    counts = count(receipts, LAYOUT)
    monkeypatch.setattr(pairs, "MOST_HELD", 2)
    few = frequent(counts, LAYOUT, 10_000)
    assert 1.8 < few.block(receipts).sum() / len(few.block(receipts).indptr) <= 2
    assert set(few.keys) <= set(frequent(counts, LAYOUT, len(few)).keys)


def test_rows_hold_what_the_register_would_say(receipts):
    chance = np.random.default_rng(8)
    pairing = frequent(count(receipts, LAYOUT), LAYOUT, 20)
    words = pairing.widened(VOCABULARY)
    assert pairing_of(words).keys.tolist() == pairing.keys.tolist()
    assert pairing_of(VOCABULARY) is None
    assert layout_of(words) == LAYOUT
    told = pairing.told(receipts[:200]).toarray()
    for row in told:
        skus = [words.skus[item] for item in chance.permutation(np.flatnonzero(row[:ITEMS]))]
        expected = np.zeros(ITEMS + len(pairing), np.float32)
        ids = encode(skus, (), {}, words).ids
        expected[np.where(ids < ITEMS, ids, ids - TOKENS + ITEMS)] = 1
        np.testing.assert_array_equal(np.concatenate([row[:ITEMS], row[TOKENS:]]), expected)


def test_a_long_list_holds_no_pair(monkeypatch):
    monkeypatch.setattr(pairs, "_KEYS", 600)
    items = MOST_PAIRED + 3
    rows = sparse.csr_array(np.tril(np.ones((items, items), np.float32)))
    words = Pairing(np.array([1, items + 2]), items).widened(Vocabulary([f"item={n:02}" for n in range(items)], items))
    block = pairing_of(words).block(rows).toarray()
    for size, row in enumerate(block, 1):
        ids = encode(words.skus[:size], (), {}, words).ids
        assert row.tolist() == [items in ids, items + 1 in ids]
    assert block.sum() == (MOST_PAIRED - 1) + (MOST_PAIRED - 2)


@pytest.mark.parametrize("engine", [None, "duckdb"])
def test_counts_of_pairs_are_the_products(receipts, engine):
    pairing = frequent(count(receipts, LAYOUT), LAYOUT, 20)
    if engine is None:
        found = count_pairs(pairing, receipts, LAYOUT, None)
    else:
        with opened(engine) as here:
            found = count_pairs(pairing, receipts, LAYOUT, here)
    block = pairing.block(receipts).toarray().astype(np.float64)
    rows = np.rint(np.hstack([block, receipts.toarray()]) * 10_000.0)
    assert np.array_equal(found.gram, (block.T @ rows / 10_000).astype(np.float32))
    assert np.array_equal(found.sums, block.sum(axis=0))


def regression(x, y, ridge):
    return np.linalg.solve(x.T @ x + np.diag(np.broadcast_to(ridge, x.shape[1])), x.T @ y)


def test_each_item_is_the_regression_of_the_others_and_of_the_pairs_without_it(receipts):
    """By the normal equations, item after item, in double precision; the later stages are of what both leave."""
    counts, paired = counted(receipts)
    weights = solve(counts, LAYOUT, RIDGES, paired)
    block = paired.pairing.block(receipts).toarray().astype(np.float64)
    x = np.hstack([receipts.toarray().astype(np.float64), block])
    centred = x - x.mean(axis=0)
    first, second = paired.pairing.keys // ITEMS, paired.pairing.keys % ITEMS
    expected = np.zeros((x.shape[1], ITEMS))
    for item in range(ITEMS):
        others = np.delete(np.arange(ITEMS), item)
        strangers = TOKENS + np.flatnonzero((first != item) & (second != item))
        told = np.concatenate([others, strangers])
        ridge = np.where(told < ITEMS, RIDGES.item, RIDGES.pair)
        expected[told, item] = regression(centred[:, told], centred[:, item], ridge)
    intercept = x[:, :ITEMS].mean(axis=0) - x.mean(axis=0) @ expected
    expected[CONTEXT] = regression(centred[:, CONTEXT], centred[:, :ITEMS] - centred @ expected, RIDGES.context)
    seen = x[:, CONTEXT].sum(axis=0)
    expected[CONTEXT] -= seen @ expected[CONTEXT] / seen.sum()
    left = x[:, :ITEMS] - intercept - x @ expected
    expected[HISTORY] = regression(x[:, HISTORY], left, [1e-3, *[RIDGES.history] * PAST])
    np.testing.assert_allclose(weights.table, expected, atol=5e-5)
    np.testing.assert_allclose(weights.intercept, intercept, atol=1e-5)
    asked = paired.pairing.told(receipts[:9])
    np.testing.assert_allclose(weights.scores(asked), x[:9] @ expected + intercept, atol=5e-4)


def test_no_pair_tells_of_an_item_that_it_holds(receipts):
    _, paired = counted(receipts)
    table = solve(*counted(receipts)[:1], LAYOUT, RIDGES, paired).table[LAYOUT.rows :]
    for item, own in enumerate(paired.pairing.holding()):
        assert len(own)
        assert not table[own, item].any()
    assert np.count_nonzero(table) == table.size - 2 * len(table)


def test_the_hidden_item_is_in_no_pair(club):
    words = frequent_of(club).widened(vocabulary_of(club))
    questions = ask(club, words, 0.9, range(300, 600), 500, 1)
    plain = ask(club, vocabulary_of(club), 0.9, range(300, 600), 500, 1)
    assert np.array_equal(questions.hidden, plain.hidden)
    width = plain.tokens.shape[1]
    assert (questions.tokens[:, :width] != plain.tokens).nnz == 0
    members = [{pair // words.items, pair % words.items} for pair in pairing_of(words).keys.tolist()]
    told = questions.tokens[:, width:].toarray()
    assert told.any()
    for row, hidden in enumerate(questions.hidden):
        basket = set(questions.baskets[[row]].indices.tolist())
        assert [bool(cell) for cell in told[row]] == [held <= basket for held in members]
        assert not any(hidden in members[pair] for pair in np.flatnonzero(told[row]))


def club_sales(count: int) -> list[dict]:
    """What goes with it only two together tell: rum and lime want mint, rum and cola want ice, lime and cola want neither."""
    chance = random.Random(2)
    rows, at = [], datetime(2026, 3, 2, 8)
    others = [f"item {letter}" for letter in "abcdefghijklmnop"]
    for number in range(count):
        at += timedelta(minutes=30)
        skus = [sku for sku in ("rum", "lime", "cola", "gin") if chance.random() < 0.5]
        if {"rum", "lime"} <= set(skus) or {"cola", "gin"} <= set(skus):
            skus += ["mint"] if chance.random() < 0.9 else []
        elif chance.random() < 0.2:
            skus.append("mint")
        if ({"rum", "cola"} <= set(skus)) != ({"lime", "gin"} <= set(skus)):
            skus += ["ice"] if chance.random() < 0.9 else []
        elif chance.random() < 0.2:
            skus.append("ice")
        skus += [sku for sku in others if chance.random() < 0.16] or others[:1]
        customer = f"card {number % 7}" if number % 2 else None
        rows += [
            {"receipt_id": f"r{number}", "at": at, "customer": customer, "line": line, "sku": sku}
            for line, sku in enumerate(skus, 1)
        ]
    return rows


@pytest.fixture(scope="module")
def club(shop_of, tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("club")).history(club_sales(2_500))


@pytest.fixture(scope="module")
def crowd(club, tmp_path_factory):
    """The club's bundle, by this process."""
    path = tmp_path_factory.mktemp("bundles") / "here"
    return path, make_bundle(club, EXTRAS, path, 1)


EXTRAS = Extras([], {}, "RUB", "2026-05-04T00:00:00+00:00")


def frequent_of(history) -> Pairing:
    vocabulary = vocabulary_of(history)
    layout = layout_of(vocabulary)
    return frequent(count(encode_all(history, vocabulary, 0.9), layout), layout, 30)


def test_pairs_are_kept_where_two_items_together_say_more(crowd):
    path, made = crowd
    assert made.model.choice.most_pairs > 0
    assert made.model.choice.ridges.pair > 0
    assert made.manifest.notes["pair tokens"] == made.model.choice.pairs
    assert "pair=lime+rum" in made.model.vocabulary.ids
    assert made.model.proof.faults == []
    bundle = Bundle.open(path)
    scorer = prove(bundle)
    bundle.close()
    none = np.zeros(bundle.vocabulary.items, np.float32)
    basket = (Sku("rum"), Sku("lime"))
    found = {one.sku: one for one in scorer.rank(Question(basket), none, bundle.vocabulary.items)}
    assert "pair=lime+rum" in found[Sku("mint")].because
    for alone in basket:
        said = {one.sku: one for one in scorer.rank(Question((alone,)), none, bundle.vocabulary.items)}
        assert said[Sku("mint")].score < found[Sku("mint")].score
        assert not any(reason.startswith("pair=") for reason in said[Sku("mint")].because)


def test_pairs_are_left_where_they_say_nothing(model):
    assert model.choice.most_pairs == 0
    assert not any(name.startswith("pair=") for name in model.vocabulary.names)
    assert model.choice.pairs.startswith("none; NDCG@10 by rung: ")


@pytest.mark.parametrize("days", [False, True], ids=["at once", "by day"])
def test_an_engine_trains_the_same_bundle_with_pairs(club, crowd, tmp_path, days):
    counting = Counting("duckdb", tmp_path / "days" if days else None)
    made = make_bundle(club, EXTRAS, tmp_path / "there", 1, counting=counting)
    assert made.model.choice.most_pairs > 0
    assert (tmp_path / "there").read_bytes() == crowd[0].read_bytes()


def test_a_pair_has_no_voice_of_its_own_among_remembered_receipts(club):
    """They hear both its items; a third voice would count them twice."""
    vocabulary = vocabulary_of(club)
    words = frequent_of(club).widened(vocabulary)
    memory, asking = remember(encode_all(club, vocabulary, 0.9), vocabulary), Asking(0.5, 4.0, 0.3, 0.5)
    questions = ask(club, words, 0.9, range(300, 600), 500, 1)
    with_pairs = votes(memory.mute(len(words)), find(memory.mute(len(words)), questions.tokens, asking), asking)
    without = questions.tokens[:, : len(vocabulary)]
    np.testing.assert_array_equal(with_pairs, votes(memory, find(memory, without, asking), asking))


def test_another_decay_counts_pairs_with_its_histories(club, monkeypatch):
    monkeypatch.setattr("model_export.fading.LEAVING", 0.0)
    made = fit(club, 1)
    assert made.choice.fading.decay != HISTORY_DECAY
    assert made.proof.faults == []


def test_solving_with_pairs_takes_no_more_than_was_told(monkeypatch):
    """Measured: 400 items, as many histories, and more pairs than both."""
    vocabulary = Vocabulary([*(f"item={n}" for n in range(400)), "hour=9", KNOWN, *(f"had={n}" for n in range(400))], 400)
    layout = layout_of(vocabulary)
    drawn = sparse.random_array((3_000, 802), density=0.02, format="csr", dtype=np.float32, rng=np.random.default_rng(1))
    drawn.data[:] = 1
    monkeypatch.setattr(pairs, "LEAST_TOGETHER", 1)
    # Stripes are a small part of a large model, and so they are of this one.
    monkeypatch.setattr("model_export.solve._STRIPE", 64)
    monkeypatch.setattr("model_export.counts._STRIPE", 64)
    counts = count(drawn, layout)
    paired = count_pairs(frequent(counts, layout, 900), drawn, layout, None)
    assert len(paired.pairing) == 900
    tracemalloc.start()
    try:
        solve(counts, layout, Ridges(30, 30, 30, 100), paired)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    told = layout.bytes + bytes_of(layout, 900)
    assert told * 0.4 < peak + counts.gram.nbytes + paired.gram.nbytes < told * 1.1


@pytest.mark.parametrize(("items", "expected"), [(100, (2_000, 6_000)), (5_000, (2_000,)), (9_000, ()), (20_000, ())])
def test_pairs_stay_within_what_a_machine_holds(items, expected):
    layout = layout_of(Vocabulary([f"item={n}" for n in range(items)], items))
    assert rungs(layout) == expected
