"""Every peer on a case small enough for pen and paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from device.errors import TrainingError
from model_export.evaluate import peers, suited
from model_export.evaluate.exam import Asked

RECEIPTS = sparse.csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]], np.float32))
SECOND = sparse.csr_array(np.array([[0, 1, 0]], np.float32))


def each_knob(settings):
    """The first setting, and each value of each knob beside the first of the others."""
    yield settings.begin
    for place, knob in enumerate(settings.knobs):
        yield from ((*settings.begin[:place], value, *settings.begin[place + 1 :]) for value in knob.values[1:])


def test_popularity_rules_and_sar():
    assert peers.popularity(RECEIPTS).scored(SECOND).tolist() == [[4, 2, 1]]
    assert peers.rules("sum", 1)(RECEIPTS).scored(SECOND).tolist() == [[1, 0, 0]]
    both = sparse.csr_array(np.array([[1, 1, 0]], np.float32))
    assert peers.rules("strongest", 1)(RECEIPTS).scored(both).tolist() == [[1, 0.5, 0.25]]
    assert peers.sar("jaccard", 1)(RECEIPTS).scored(SECOND).tolist() == [[0.5, 0, 0]]
    assert peers.sar("cosine", 1)(RECEIPTS).scored(SECOND)[0] == pytest.approx([2 / math.sqrt(4 * 2), 0, 0])
    assert peers.sar("cooccurrence", 1)(RECEIPTS).scored(SECOND).tolist() == [[2, 0, 0]]
    assert peers.sar("lift", 1)(RECEIPTS).scored(SECOND).tolist() == [[0.25, 0, 0]]
    # Two receipts hold the first and the second item, one the first and the third.
    first = sparse.csr_array(np.array([[1, 0, 0]], np.float32))
    assert peers.rules("sum", 2)(RECEIPTS).scored(first).tolist() == [[0, 0.5, 0]]
    assert peers.sar("cooccurrence", 2)(RECEIPTS).scored(first).tolist() == [[0, 2, 0]]


@pytest.mark.parametrize(("nearest", "power", "by_rarity"), [(3, 1, False), (7, 4, True), (1_000, 2, True)])
def test_the_nearest_receipts_vote(nearest, power, by_rarity):
    """By the formula, receipt by receipt."""
    chance = np.random.default_rng(3)
    table = (chance.random((90, 8)) < 0.3).astype(float)
    basket = np.array([1, 0, 1, 0, 0, 0, 1, 0.0])
    weight = np.log(90 / table.sum(axis=0)) if by_rarity else np.ones(8)
    near = [weight @ (row * basket) / math.sqrt(max(weight @ row, 1e-9)) for row in table]
    voters = sorted(range(90), key=lambda place: (-round(near[place], 6), -place))[:nearest]
    expected = sum(near[place] ** power * table[place] for place in voters)
    scores = peers.sessions(nearest, power, by_rarity=by_rarity)(sparse.csr_array(table.astype(np.float32))).scored
    assert scores(sparse.csr_array(basket[None].astype(np.float32)))[0] == pytest.approx(expected, rel=1e-4)


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
    for setting in each_knob(peers.PEERS[name]):
        ranks = suited.answers(peers.PEERS[name].make(*setting)(receipts).scored, asked).ranks
        assert ((ranks >= 1) & (ranks <= 2)).all(), setting


def test_als_folds_an_unseen_basket_in():
    pytest.importorskip("implicit", reason="the extra `peers` is not installed")
    receipts = sparse.csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1]] * 50, np.float32))
    fitted = peers.als(16, 0.01, 1.0, 15)(receipts)
    assert fitted.scored(SECOND @ sparse.eye_array(3, 4)).argsort()[0, ::-1][:2].tolist() in ([0, 1], [1, 0])


@pytest.mark.parametrize("name", peers.PEERS)
def test_the_call_for_one_basket_names_what_the_scores_name(name):
    if name in peers.FROM_LIBRARY:
        pytest.importorskip("implicit", reason="the extra `peers` is not installed")
    chance = np.random.default_rng(1)
    share = 0.5 / np.arange(1, 21)
    receipts = sparse.csr_array((chance.random((400, 20)) < share).astype(np.float32))
    settings = peers.PEERS[name]
    fitted = settings.make(*settings.begin)(receipts)
    basket = sparse.csr_matrix((np.ones(1, np.float32), np.array([6], np.int32), np.array([0, 1], np.int32)), shape=(1, 20))
    scores = np.array(fitted.scored(sparse.csr_array(basket))[0], float)
    scores[6] = -np.inf
    told = fitted.call(basket)
    first = told[0] if isinstance(told, tuple) else told
    assert scores[np.asarray(first)] == pytest.approx(np.sort(scores)[::-1][:4], abs=1e-4)


def test_peers_are_chosen_by_name():
    assert peers.chosen("all")[0] == list(peers.PEERS)
    assert peers.chosen("none") == ([], "")
    assert peers.chosen("sar, popularity")[0] == ["sar", "popularity"]
    with pytest.raises(TrainingError, match="no peer 'oracle'"):
        peers.chosen("oracle")
