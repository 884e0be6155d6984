"""The rules of the examination: order, what is hidden, what is told, ties; and a future that cannot reach the past."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy import sparse

from device.domain import Pseudonym, Sku
from device.errors import TrainingError
from device.scorer import BestSellers, Ranked
from device.tokens import RunningHistory
from model_export.evaluate import protocol
from model_export.evaluate.conditions import Condition, Register, conditions_of
from model_export.evaluate.exam import ask, divide
from model_export.evaluate.figures import Entry, bootstrap, compare, measure, slices_of
from model_export.questions import gains, hits, rank, reciprocal

DECAY = 0.9


def every(split) -> np.ndarray:
    return np.arange(split.cut, len(split.history))


def test_ties_count_half_and_the_basket_does_not_compete():
    baskets = sparse.csr_array(np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 1], [1, 0, 0, 0, 0]], np.float32))
    scores = np.array([[9, 5, 4, 4, 4], [0, 0, 0, 0, 0], [0, 1, 2, 3, 4]], np.float32)
    # One better and two equal: 1 + 1 + 1. Three equal: 1 + 1.5. The best: 1.
    assert list(rank(scores, baskets, np.array([3, 0, 4]))) == [3, 2.5, 1]


def test_metrics_by_hand():
    ranks = np.array([1.0, 2.5, 4, 7, 11, np.inf])
    assert hits(ranks, 4).mean() == pytest.approx(3 / 6)
    assert hits(ranks, 10).mean() == pytest.approx(4 / 6)
    assert reciprocal(ranks, 10).mean() == pytest.approx((1 + 1 / 2.5 + 1 / 4 + 1 / 7) / 6)
    assert gains(ranks, 10).mean() == pytest.approx(sum(1 / math.log2(r + 1) for r in (1, 2.5, 4, 7)) / 6)
    value, low, high = measure(ranks, 1)["HR@4"]
    assert low < value == 0.5 < high


def test_an_interval_is_as_wide_as_chance():
    """Of 400 coin tosses the mean is off by 0.025, so 95 % of the samples lie within about 0.049."""
    tosses = (np.arange(400) % 2).astype(float)[:, None]
    low, high = np.percentile(bootstrap(tosses, 3), [2.5, 97.5])
    assert low == pytest.approx(0.451, abs=0.01)
    assert high == pytest.approx(0.549, abs=0.01)


def test_the_oldest_nine_tenths_train_and_rare_items_are_not_known(shop):
    rows = shop.sales(400)
    # An item that only the future sells, however often.
    late = rows[-30:]
    rows += [{**row, "sku": "novelty", "line": 9} for row in late]
    chance = np.random.default_rng(2)
    history = shop.history([rows[place] for place in chance.permutation(len(rows))])
    split = divide(history, 1)
    assert (split.cut, split.first) == (360, 320)
    assert (np.diff(split.history.at.astype(np.int64)) > 0).all()
    assert "novelty" not in split.skus
    counts = split.receipts(0, split.cut).sum(axis=0)
    assert (counts >= 5).all()
    assert list(counts) == sorted(counts, reverse=True)


def test_receipts_without_a_time_are_shuffled_by_the_seed(shop):
    rows = [{name: value for name, value in row.items() if name != "at"} for row in shop.sales(200)]
    history = shop.history(rows)
    orders = [divide(history, seed).history.item.tolist() for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) == sorted(history.item.tolist())
    assert conditions_of(history) == [Condition.BASKET, Condition.CONTEXT]


def test_a_question_hides_one_item_and_tells_the_rest(planted):
    split = divide(planted, 1)
    asked = ask(split, every(split), 10_000, 1, DECAY)
    told = asked.baskets.toarray()
    assert (told[np.arange(len(asked)), asked.hidden] == 0).all()
    told[np.arange(len(asked)), asked.hidden] = 1
    np.testing.assert_array_equal(told, split.rows(asked.receipt).toarray())
    assert (asked.given >= 1).all()
    assert (asked.receipt >= split.cut).all()
    assert len(ask(split, every(split), 50, 1, DECAY)) == 50
    # Every item of a basket is hidden now and then, not always the first.
    place = [(row[:hidden] > 0).sum() for row, hidden in zip(asked.baskets.toarray(), asked.hidden, strict=True)]
    assert len(set(place)) > 2


def test_a_question_knows_the_shoppers_past_and_nothing_of_the_receipt(planted):
    split = divide(planted, 1)
    asked = ask(split, every(split), 10_000, 1, DECAY)
    row = int(np.flatnonzero(asked.card)[3])
    receipt = int(asked.receipt[row])
    running = RunningHistory(DECAY)
    for earlier in np.flatnonzero(planted.shopper[:receipt] == planted.shopper[receipt]):
        running.add(planted.skus[code] for code in planted.receipt(int(earlier)))
    question = Register(BestSellers(asked.skus), asked).question(row, Condition.HISTORY)
    assert dict(question.history) == pytest.approx(running.shares(64))
    assert question.local == planted.local(receipt)
    assert question.store == planted.stores[planted.store[receipt]]
    assert asked.skus[asked.hidden[row]] not in question.skus
    context = Register(BestSellers(asked.skus), asked).question(row, Condition.CONTEXT)
    assert (context.local, context.store, dict(context.history)) == (question.local, question.store, {})
    alone = Register(BestSellers(asked.skus), asked).question(row, Condition.BASKET)
    assert (alone.skus, alone.local, alone.store, dict(alone.history)) == (question.skus, None, None, {})
    stranger = int(np.flatnonzero(~asked.card)[0])
    assert not Register(BestSellers(asked.skus), asked).question(stranger, Condition.HISTORY).history


class Dull:
    """A scorer to which all items are equal, but one."""

    def __init__(self, skus: tuple[Sku, ...], best: str) -> None:
        self.skus = skus
        self._best = best

    def rank(self, question, bias, k):
        scores = [2.0 if sku == self._best else 1.0 for sku in self.skus] + bias
        order = np.argsort(-scores, kind="stable")[:k]
        return [Ranked(self.skus[place], float(scores[place]), ()) for place in order if np.isfinite(scores[place])]


def test_a_register_that_finds_all_alike_gets_the_middle_rank(shop):
    """Thirty items of one score: the rank is that of a full sort, although only sixteen answers are asked for at first."""
    rows = [
        {
            "receipt_id": f"r{number}",
            "at": shop.sales(1)[0]["at"] + timedelta(hours=number),
            "sku": f"item {(number + step) % 30}",
        }
        for number in range(300)
        for step in range(3)
    ]
    split = divide(shop.history(rows), 1)
    asked = ask(split, every(split), 1_000, 1, DECAY)
    ranks = Register(Dull(split.skus, "none"), asked).answers(Condition.BASKET).ranks
    # 28 items are not in the basket: 1 + 27 / 2.
    assert set(ranks) == {14.5}
    favourite = int(asked.hidden[0])
    knowing = Register(Dull(split.skus, split.skus[favourite]), asked).answers(Condition.BASKET)
    told = asked.baskets[:, [favourite]].toarray().ravel() > 0
    assert set(knowing.ranks[asked.hidden == favourite]) == {1.0}
    # One better, 27 equal: 2 + 26 / 2.
    assert set(knowing.ranks[(asked.hidden != favourite) & ~told]) == {15.0}
    assert set(knowing.ranks[told]) == {14.5}
    assert (knowing.top[:, 0] == favourite).tolist() == (~told).tolist()


def test_slices_and_ratios_are_of_the_same_questions(planted):
    split = divide(planted, 1)
    asked = ask(split, every(split), 10_000, 1, DECAY)
    slices = slices_of(asked)
    sizes = [name for name in slices if name.endswith(("item", "items"))]
    assert sum(slices[name].sum() for name in sizes) == len(asked)
    assert slices["with card"].sum() + slices["without card"].sum() == len(asked)
    answers = Register(BestSellers(split.skus), asked).answers(Condition.BASKET)
    better = replace(answers, ranks=np.maximum(1.0, answers.ranks - 1))
    entries = [
        Entry("us", "", "ours", "basket", better),
        Entry("them", "", "peer", "basket", answers),
        Entry("others", "", "peer", "basket", better, beyond=True),
    ]
    contestants, ratios = compare(entries, asked, np.full(len(split.skus), 0.1), 1)
    best, whole = [ratio for ratio in ratios if (ratio.slice, ratio.metric) == ("all", "NDCG@10")]
    assert (best.against, best.peer, best.ratio) == ("peer", "others", (1.0, 1.0, 1.0))
    assert (whole.against, whole.peer) == ("named peer", "them")
    assert whole.ratio[0] == pytest.approx(gains(better.ranks, 10).mean() / gains(answers.ranks, 10).mean(), abs=1e-4)
    assert 1 < whole.ratio[1] < whole.ratio[0] < whole.ratio[2]
    assert contestants[1].popularity == pytest.approx(0.1)
    assert contestants[1].coverage == pytest.approx(len(np.unique(answers.top)) / len(split.skus), abs=1e-4)


def poisoned(history, cut: int):
    """The same receipts before `cut`; after it other items, shoppers, stores and times."""
    chance = np.random.default_rng(4)
    item, at = history.item.copy(), history.at.copy()
    item[history.start[cut] :] = chance.permutation(item[history.start[cut] :])
    at[cut:] += np.timedelta64(40, "D")
    store, shopper = history.store.copy(), history.shopper.copy()
    store[cut:] = 1 - store[cut:]
    shopper[cut:] = chance.permutation(shopper[cut:])
    return replace(history, item=item, at=at, store=store, shopper=shopper)


def strange(history, cut: int):
    """The same receipts before `cut`; after it what nobody knew: new items beside known ones, another store and shopper."""
    item, store, shopper = history.item.copy(), history.store.copy(), history.shopper.copy()
    item[history.start[cut] + 2 :: 3] = len(history.skus)
    store[cut:], shopper[cut:] = len(history.stores), len(history.shoppers)
    skus, stores, shoppers = (*history.skus, "new"), (*history.stores, "S9"), (*history.shoppers, Pseudonym("stranger"))
    return replace(history, item=item, store=store, shopper=shopper, skus=skus, stores=stores, shoppers=shoppers)


def test_strangers_of_tomorrow_change_nothing_that_is_learnt(planted):
    cut = int(len(planted) * 0.9)
    clean, dirty = (protocol.evaluate(one, ["rules", "ease"], 1, quick=True) for one in (planted, strange(planted, cut)))
    assert clean.trained.identity == dirty.trained.identity
    assert clean.trained.notes == dirty.trained.notes
    settings = [{one.name: one.setting for one in found.contestants if one.kind == "peer"} for found in (clean, dirty)]
    assert settings[0] == settings[1]
    assert clean.contestants[0].figures["all"]["NDCG@10"] != dirty.contestants[0].figures["all"]["NDCG@10"]
    earlier = protocol.evaluate(strange(planted, cut - 1), [], 1, quick=True)
    assert earlier.trained.identity != clean.trained.identity


def test_what_is_tested_never_trains(planted):
    """The last tenth is replaced by nonsense: the bundle must not move by a bit, what is measured must."""
    cut = int(len(planted) * 0.9)
    names = ["rules", "ease"]
    clean, dirty = (protocol.evaluate(one, names, 1, quick=True) for one in (planted, poisoned(planted, cut)))
    # The identity is derived from the hashes of model, vocabulary, best-sellers, golden baskets and profiles.
    assert clean.trained.identity == dirty.trained.identity
    assert [one.setting for one in clean.contestants] == [one.setting for one in dirty.contestants]
    # The alarm is live: the questions are others.
    assert clean.contestants[0].figures["all"]["NDCG@10"] != dirty.contestants[0].figures["all"]["NDCG@10"]
    poison_before = poisoned(planted, cut - 1)
    assert protocol.evaluate(poison_before, [], 1, quick=True).trained.identity != clean.trained.identity


def test_what_is_tested_never_reaches_a_peer(planted):
    cut = int(len(planted) * 0.9)
    clean, dirty = (divide(one, 1) for one in (planted, poisoned(planted, cut)))
    assert clean.skus == dirty.skus
    validation = [ask(split, np.arange(split.first, split.cut), 1_000, 1, DECAY) for split in (clean, dirty)]
    matrices = [(split.receipts(0, cut), one.baskets, one.past) for split, one in zip((clean, dirty), validation, strict=True)]
    for one, other in zip(*matrices, strict=True):
        assert (one != other).nnz == 0
    assert (validation[0].hidden == validation[1].hidden).all()


def test_nothing_to_hide_is_one_sentence(shop):
    rows = [{**row, "receipt_id": f"{row['receipt_id']} {row['line']}"} for row in shop.sales(200)]
    with pytest.raises(TrainingError, match="nothing to hide"):
        protocol.evaluate(shop.history(rows), [], 1)
