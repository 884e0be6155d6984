"""Every peer on a case small enough for pen and paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from device.errors import TrainingError
from model_export.evaluate import peers
from model_export.evaluate.exam import Asked
from model_export.questions import gains

RECEIPTS = sparse.csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]], np.float32))
SECOND = sparse.csr_array(np.array([[0, 1, 0]], np.float32))


def test_popularity_rules_and_sar():
    assert peers.popularity(RECEIPTS).scored(SECOND).tolist() == [[4, 2, 1]]
    assert peers.rules(strongest=False)(RECEIPTS).scored(SECOND).tolist() == [[1, 0, 0]]
    both = sparse.csr_array(np.array([[1, 1, 0]], np.float32))
    assert peers.rules(strongest=True)(RECEIPTS).scored(both).tolist() == [[1, 0.5, 0.25]]
    assert peers.sar(RECEIPTS).scored(SECOND).tolist() == [[0.5, 0, 0]]


def test_ease_is_the_closed_form():
    """G + I = [[5, 2, 1], [2, 3, 0], [1, 0, 2]], determinant 19; its inverse is [[6, -4, -3], [-4, 9, 2], ...] / 19."""
    scores = peers.ease(1)(RECEIPTS).scored(SECOND)[0]
    # B[1, 0] = -P[1, 0] / P[0, 0] = 4 / 6; B[1, 1] = 0; B[1, 2] = -P[1, 2] / P[2, 2] = -2 / 11.
    assert scores == pytest.approx([4 / 6, 0, -2 / 11])


def test_ease_refuses_a_table_that_does_not_fit():
    with pytest.raises(TrainingError, match="16000 items at most, here are 20000"):
        peers.ease(1)(sparse.csr_array((1, 20_000), dtype=np.float32))


def test_the_neighbours_are_the_librarys():
    pytest.importorskip("implicit", reason="the extra `peers` is not installed")
    receipts = sparse.csr_array(np.array([[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 1, 1, 1]], np.float32))
    basket = sparse.csr_array(np.array([[0, 1, 0, 0, 0]], np.float32))
    cosine = peers.neighbours("CosineRecommender", 20)(receipts).scored(basket)[0]
    assert cosine[0] == pytest.approx(2 / math.sqrt(3 * 2))
    assert cosine[2] == 0
    for name in ("TFIDFRecommender", "BM25Recommender"):
        scores = peers.neighbours(name, 20)(receipts).scored(basket)[0]
        assert scores[0] > scores[2] == 0


@pytest.mark.parametrize("name", peers.PEERS)
def test_no_peer_is_better_than_first(name):
    """Receipts all alike: the libraries' weights are nought by nought, and a rank must not come of it."""
    if name in peers.FROM_LIBRARY:
        pytest.importorskip("implicit", reason="the extra `peers` is not installed")
    receipts = sparse.csr_array(np.ones((60, 3), np.float32))
    shown = sparse.csr_array(np.array([[1, 0, 0], [0, 1, 0]], np.float32))
    asked = Asked(None, ("a", "b", "c"), shown, np.array([1, 2]), np.arange(2), sparse.csr_array((2, 3), dtype=np.float32), 0)
    for setting, peer in peers.PEERS[name].items():
        ranks = peers.answers(peer(receipts).scored, asked).ranks
        assert ((ranks >= 1) & (ranks <= 2)).all(), setting


def test_als_folds_an_unseen_basket_in():
    pytest.importorskip("implicit", reason="the extra `peers` is not installed")
    receipts = sparse.csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1]] * 50, np.float32))
    fitted = peers.als(16, 1.0)(receipts)
    assert fitted.scored(SECOND @ sparse.eye_array(3, 4)).argsort()[0, ::-1][:2].tolist() in ([0, 1], [1, 0])


@pytest.mark.parametrize("name", peers.PEERS)
def test_the_call_for_one_basket_names_what_the_scores_name(name):
    if name in peers.FROM_LIBRARY:
        pytest.importorskip("implicit", reason="the extra `peers` is not installed")
    chance = np.random.default_rng(1)
    share = 0.5 / np.arange(1, 21)
    receipts = sparse.csr_array((chance.random((400, 20)) < share).astype(np.float32))
    fitted = next(iter(peers.PEERS[name].values()))(receipts)
    basket = sparse.csr_matrix((np.ones(1, np.float32), np.array([6], np.int32), np.array([0, 1], np.int32)), shape=(1, 20))
    scores = np.array(fitted.scored(sparse.csr_array(basket))[0], float)
    scores[6] = -np.inf
    told = fitted.call(basket)
    first = told[0] if isinstance(told, tuple) else told
    assert scores[np.asarray(first)] == pytest.approx(np.sort(scores)[::-1][:4], abs=1e-4)


def test_the_better_setting_and_the_right_weight_of_history_are_chosen():
    """Shoppers buy again what they bought, and nothing goes with anything."""
    chance = np.random.default_rng(1)
    receipts = sparse.csr_array((chance.random((600, 12)) < 0.2).astype(np.float32))
    hidden = chance.integers(12, size=300)
    shown = np.zeros((300, 12), np.float32)
    shown[np.arange(300), (hidden + 1 + chance.integers(11, size=300)) % 12] = 1
    past = np.zeros((300, 12), np.float32)
    past[np.arange(300), hidden] = 1
    asked = Asked(
        None, tuple("abcdefghijkl"), *map(sparse.csr_array, (shown,)), hidden, np.arange(300), sparse.csr_array(past), 0
    )
    _, label = peers.best("ease", receipts, 500, asked)
    assert label in peers.PEERS["ease"]
    chosen = peers.blend("tfidf", "K=20", receipts, 500, asked)
    scored = peers.PEERS["tfidf"]["K=20"](receipts[:500]).scored

    def gain(weight):
        return gains(peers.answers(scored, asked, weight).ranks, 10).mean()

    assert gain(chosen) > gain(0.0)
    assert gain(chosen) == max(gain(weight) for weight in peers.BLENDS)


def test_peers_are_chosen_by_name():
    assert peers.chosen("all")[0] == list(peers.PEERS)
    assert peers.chosen("none") == ([], "")
    assert peers.chosen("sar, popularity")[0] == ["sar", "popularity"]
    with pytest.raises(TrainingError, match="no peer 'oracle'"):
        peers.chosen("oracle")
