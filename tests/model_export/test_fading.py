"""How fast a shopper's history fades is chosen on receipts, and the register fades it as the trainer did."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
import pytest

from device.bundle import Bundle
from device.scorer import ModelScorer
from device.tokens import RunningHistory, context_tokens, encode
from model_export import fading
from model_export.climb import climb
from model_export.counting import Counting
from model_export.counts import count, recount
from model_export.encoding import HISTORY_KEPT, encode_all, faded, vocabulary_of
from model_export.fading import DECAYS, HISTORY_DECAY, staying
from model_export.layout import layout_of
from model_export.memory import Remembered, remember
from model_export.ranking import mixed
from model_export.solve import solve
from model_export.training import Extras, fit, make_bundle

GOODS = 30
EXTRAS = Extras((), {}, "RUB", "2026-03-02T03:00:00+00:00")


def visits(*, fickle: bool, count: int = 2_400, shoppers: int = 30) -> list[dict]:
    """Lines of `count` receipts of shoppers with a favourite.

    It is bought nearly always and given up after two visits or three, or never given up and bought every third time.
    """
    chance = random.Random(5)
    favourite = [chance.randrange(GOODS) for _ in range(shoppers)]
    rows = []
    at = datetime(2026, 3, 2, 8)
    for number in range(count):
        at += timedelta(minutes=20)
        shopper = chance.randrange(shoppers)
        if fickle and chance.random() < 0.4:
            favourite[shopper] = chance.randrange(GOODS)
        skus = chance.sample(range(GOODS), 2)
        if chance.random() < (0.95 if fickle else 0.35):
            skus.append(favourite[shopper])
        for line, sku in enumerate(dict.fromkeys(skus), 1):
            told = {"receipt_id": f"r{number}", "at": at, "store": "S1", "customer": f"card {shopper}"}
            rows.append({**told, "line": line, "sku": f"item {sku}"})
    return rows


@pytest.fixture(scope="module")
def histories(tmp_path_factory, shop_of):
    return {fickle: shop_of(tmp_path_factory.mktemp("shop")).history(visits(fickle=fickle)) for fickle in (True, False)}


@pytest.fixture(scope="module")
def made(histories, tmp_path_factory):
    """Of fickle shoppers: what was made, and the bundle."""
    out = tmp_path_factory.mktemp("made") / "today.bundle"
    return make_bundle(histories[True], EXTRAS, out, 1), out


def test_what_matters_only_lately_fades_faster_than_what_always_matters(histories, made):
    fickle, steady = made[0].model.choice.fading, fit(histories[False], 1).choice.fading
    assert fickle.decay < HISTORY_DECAY <= steady.decay
    assert 1 < fickle.tried <= len(DECAYS)
    assert not fickle.stays
    assert not steady.stays


def test_the_same_receipts_and_their_stored_days_end_with_the_same_choice_and_the_same_graph(histories, made, tmp_path):
    for counting in (Counting(), Counting(days=tmp_path / "days")):
        again = fit(histories[True], 1, counting=counting)
        assert again.choice == made[0].model.choice
        assert again.graph == made[0].model.graph


def test_histories_counted_again_are_as_if_counted_at_once(histories):
    history = histories[True]
    vocabulary = vocabulary_of(history)
    layout = layout_of(vocabulary)
    first, other = encode_all(history, vocabulary, 0.95), encode_all(history, vocabulary, 0.8)
    again = faded(first[:1_500], history, vocabulary, 0.8)
    assert (again != other[:1_500]).nnz == 0
    counts, expected = count(first, layout), count(other, layout)
    assert (counts.gram != expected.gram).any()
    recount(counts, other, layout)
    np.testing.assert_array_equal(counts.gram, expected.gram)
    np.testing.assert_array_equal(counts.sums, expected.sums)


def test_the_register_fades_a_history_as_the_trainer_did(histories, made):
    """The trainer's arithmetic again, apart from the training, with the decay that the bundle states."""
    history, (training, out) = histories[True], made
    bundle = Bundle.open(out)
    model, decay = training.model, bundle.manifest.history_decay
    assert decay == model.choice.fading.decay != HISTORY_DECAY
    assert bundle.manifest.notes["decay of histories"] == f"{decay:g}, the best of {model.choice.fading.tried}"
    vocabulary, layout = bundle.vocabulary, layout_of(bundle.vocabulary)

    def trainer(fade: float):
        matrix = encode_all(history, vocabulary, fade)
        asking = model.choice.asking
        voting = None if asking is None else Remembered(remember(matrix, vocabulary), asking)
        return mixed(solve(count(matrix, layout), layout, model.choice.ridges), voting), matrix

    stated, default = trainer(decay), trainer(HISTORY_DECAY)
    scorer = ModelScorer(model.graph, vocabulary)
    apart = []
    for shopper in range(10):
        receipts = np.flatnonzero(history.shopper == shopper)
        running = RunningHistory(decay)
        for receipt in receipts[:-1]:
            running.add(history.skus[item] for item in history.receipt(int(receipt)))
        last = int(receipts[-1])
        basket = [history.skus[item] for item in history.receipt(last)]
        tokens = encode(basket, context_tokens(history.local(last), "S1"), running.shares(HISTORY_KEPT), vocabulary)
        row = stated[1][[last]]
        assert dict(zip(tokens.ids, tokens.weights, strict=True)) == dict(zip(row.indices, row.data, strict=True))
        items, scores, _ = scorer.run(tokens, np.zeros(vocabulary.items, np.float32), vocabulary.items)
        said = np.zeros(vocabulary.items)
        said[items] = scores
        apart.append([np.abs(said - one.scores(row)[0]).max() for one, _ in (stated, default)])
        running.add(history.skus[item] for item in history.receipt(last))
        whose = history.shoppers[shopper]
        assert running.shares(HISTORY_KEPT) == bundle.profile(whose).history
    right, wrong = np.mean(apart, axis=0)
    assert right < 0.003
    assert wrong > 3 * right


def test_where_the_decay_is_not_chosen_the_reason_is_said(histories, monkeypatch):
    vocabulary = vocabulary_of(histories[True])
    matrix = encode_all(histories[True], vocabulary, HISTORY_DECAY)
    assert "of 30 items 12 are" in staying(layout_of(vocabulary_of(histories[True], head=12), 12), matrix)
    monkeypatch.setattr(fading, "MOST_PAIRS", 1_000)
    assert "million pairs" in staying(layout_of(vocabulary), matrix)
    said = []
    model = fit(histories[True], 1, lambda what, _: said.append(what))
    assert model.choice.fading.decay == HISTORY_DECAY
    assert any(what.startswith("choosing, decay of histories 0.95: it would count ") for what in said)


def test_a_climb_asks_no_rung_twice_and_stops_where_it_does_not_pay():
    asked = []

    def gain(best: float):
        def of(rung: float) -> float:
            asked.append(rung)
            return 1 - abs(rung - best)

        return of

    assert climb(DECAYS, 0.95, gain(0.8), 5) == (0.8, 3)
    assert climb(DECAYS, 0.95, gain(0.95), 5) == (0.95, 3)
    assert climb(DECAYS, 0.95, gain(1.0), 5) == (1.0, 4)
    assert climb(DECAYS, 0.95, gain(0.8), 2) == (0.9, 2)
    assert climb(DECAYS, 0.95, gain(0.9), 5, worth=1.1) == (0.95, 3)
    assert asked == [0.95, 0.9, 0.8, 0.95, 0.9, 0.98, 0.95, 0.9, 0.98, 1.0, 0.95, 0.9, 0.95, 0.9, 0.98]
