"""The figures: ranks and metrics by hand, questions that give nothing away, and a future that cannot reach the past."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from device.errors import TrainingError
from model_export import evaluate as protocol
from model_export import peers
from model_export.encoding import encode_all, vocabulary_of
from model_export.questions import ask, gains, hits, rank, reciprocal
from model_export.training import fit


def test_ties_count_half_and_the_basket_does_not_compete():
    baskets = sparse.csr_array(np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 1], [1, 0, 0, 0, 0]], np.float32))
    scores = np.array([[9, 5, 4, 4, 4], [0, 0, 0, 0, 0], [0, 1, 2, 3, 4]], np.float32)
    # One better and two equal: 1 + 1 + 1. Three equal: 1 + 1.5. The best: 1.
    assert list(rank(scores, baskets, np.array([3, 0, 4]))) == [3, 2.5, 1]


def test_metrics_by_hand():
    ranks = np.array([1.0, 2.5, 4, 7, 11])
    assert hits(ranks, 4).mean() == pytest.approx(3 / 5)
    assert hits(ranks, 10).mean() == pytest.approx(4 / 5)
    assert reciprocal(ranks, 10).mean() == pytest.approx((1 + 1 / 2.5 + 1 / 4 + 1 / 7) / 5)
    assert gains(ranks, 10).mean() == pytest.approx(sum(1 / math.log2(r + 1) for r in (1, 2.5, 4, 7)) / 5)
    measured = protocol.measure(ranks, 1)
    value, low, high = measured["HR@4"]
    assert measured["questions"] == 5
    assert low <= value == 0.6 <= high
    assert low < high


def test_a_question_hides_one_item_and_tells_the_rest(planted):
    vocabulary = vocabulary_of(planted)
    questions = ask(planted, vocabulary, 0.9, range(1000, 1500), 10_000, 1)
    whole = encode_all(planted, vocabulary, 0.9, questions.receipt)
    shown = questions.tokens.toarray()
    told = shown.copy()
    told[np.arange(len(questions)), questions.hidden] = 1
    np.testing.assert_array_equal(told, whole.toarray())
    assert (shown[np.arange(len(questions)), questions.hidden] == 0).all()
    assert list(questions.given) == [(row > 0).sum() for row in shown[:, : vocabulary.items]]
    assert (questions.given >= 1).all()
    assert len(ask(planted, vocabulary, 0.9, range(1000, 1500), 50, 1)) == 50
    # Every item of a basket is hidden now and then, not always the first.
    place = [(row[: vocabulary.items][:hidden] > 0).sum() for row, hidden in zip(shown, questions.hidden, strict=True)]
    assert len(set(place)) > 2


def test_test_receipts_never_train(planted, monkeypatch):
    """The last tenth is replaced by nonsense: what was learnt must not move by a bit, what is measured must."""
    cut = int(len(planted) * 0.9)
    item = planted.item.copy()
    item[planted.start[cut] :] = np.random.default_rng(4).permutation(item[planted.start[cut] :])
    poisoned = replace(planted, item=item)
    seen, learnt = [], []

    def spy(history, *rest):
        seen.append(len(history))
        learnt.append(fit(history, *rest))
        return learnt[-1]

    monkeypatch.setattr(protocol, "fit", spy)
    clean, dirty = (protocol.evaluate(history, ["sar", "rules"], 1) for history in (planted, poisoned))
    assert seen == [cut, cut]
    assert learnt[0].graph == learnt[1].graph
    assert learnt[0].vocabulary.names == learnt[1].vocabulary.names
    # Nor do the peers choose by it, and the questions are others, so the alarm is live.
    assert [one["name"] for one in clean["contestants"]] == [one["name"] for one in dirty["contestants"]]
    assert clean["contestants"][0]["figures"]["all"]["NDCG@10"] != dirty["contestants"][0]["figures"]["all"]["NDCG@10"]


def test_the_table_tells_a_planted_pair_from_chance(planted):
    found = protocol.evaluate(planted, ["popularity", "sar"], 1)
    by_name = {one["name"]: one["figures"]["all"]["NDCG@10"][0] for one in found["contestants"]}
    assert by_name["tillside int8"] > by_name["popularity"] * 1.1
    assert {"1 item", "2-3 items", "with card", "without card"} <= set(found["contestants"][0]["figures"])
    lines = protocol.table(found)
    assert any(line.startswith("tillside int8") for line in lines)
    assert found["training_receipts"] == 1350


def test_the_graphs_ranks_are_the_tables_ranks(planted, model):
    """Asked through ONNX Runtime, sixty-four answers at a time, the ranks are those of a full sort."""
    questions = ask(planted, model.vocabulary, 0.95, range(1000, 1500), 200, 1)
    answers = protocol.ours(model, questions)
    assert len(answers.ranks) == len(questions) > 100
    assert (answers.ranks >= 1).all()
    assert (answers.ranks <= model.vocabulary.items).all()
    for row in range(len(questions)):
        assert (questions.hidden[row] in answers.top[row]) == (answers.ranks[row] <= 4)


def test_nothing_to_hide_is_one_sentence(shop):
    rows = [{**row, "receipt_id": f"{row['receipt_id']} {row['line']}"} for row in shop.sales(200)]
    with pytest.raises(TrainingError, match="nothing to hide"):
        protocol.evaluate(shop.history(rows), [], 1)


def test_peers_by_hand():
    receipts = sparse.csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]], np.float32))
    basket = sparse.csr_array(np.array([[0, 1, 0]], np.float32))
    assert peers.popularity(receipts)(basket).tolist() == [[4, 2, 1]]
    assert peers.rules(strongest=False)(receipts)(basket).tolist() == [[1, 0, 0]]
    assert peers.rules(strongest=True)(receipts)(sparse.csr_array(np.array([[1, 1, 0]], np.float32))).tolist() == [[1, 0.5, 0.25]]
    assert peers.sar(receipts)(basket).tolist() == [[0.5, 0, 0]]


def test_the_library_peer_is_the_library():
    pytest.importorskip("implicit", reason="the extra `peers` is not installed")
    receipts = sparse.csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 0, 1]], np.float32))
    basket = sparse.csr_array(np.array([[0, 1, 0]], np.float32))
    scores = peers.neighbours("CosineRecommender", 20)(receipts)(basket)
    assert scores[0, 0] == pytest.approx(2 / math.sqrt(3 * 2))
    assert scores[0, 2] == 0


def test_peers_are_chosen_by_name():
    assert peers.chosen("all")[0] == list(peers.PEERS)
    assert peers.chosen("none") == ([], "")
    assert peers.chosen("sar, popularity")[0] == ["sar", "popularity"]
    with pytest.raises(TrainingError, match="no peer 'oracle'"):
        peers.chosen("oracle")
