"""Trees that put the best candidates in another order: learnt, kept where they are better, and the same in the graph."""

from concurrent.futures import CancelledError
from dataclasses import replace
from threading import Event

import lightgbm
import numpy as np
import onnx
import pytest
from scipy import sparse

from device.scorer import ModelScorer
from device.tokens import KNOWN, NO_CARD, Tokens, Vocabulary, history_token, item_token
from model_export import trees
from model_export.candidates import CANDIDATES, FEATURES, blocks_of, candidates, describe, traits_of
from model_export.graph import graph
from model_export.layout import layout_of
from model_export.memory import Asking, Remembered, remember
from model_export.packing import frame_of, kept_of, quantised
from model_export.quantise import Packing
from model_export.questions import Questions
from model_export.ranking import Ranking, beside, mixed
from model_export.rerank import Rerank, choose_trees, ordered
from model_export.solve import Weights
from model_export.trees import Trees, learn_trees

ITEMS = 150
SKUS = [f"i{number:03}" for number in range(ITEMS)]
WORDS = Vocabulary(
    [*map(item_token, SKUS), "hour=8", "hour=9", "weekday=1", KNOWN, *(history_token(sku) for sku in SKUS[:100]), NO_CARD], ITEMS
)
CHANCE = np.random.default_rng(3)


def receipts(count: int, chance: np.random.Generator = CHANCE) -> sparse.csr_array:
    """float32[count, tokens]: two to nine items, an hour, and of every second one a history."""
    cells = np.zeros((count, len(WORDS)), np.float32)
    for row in cells:
        row[chance.choice(ITEMS, chance.integers(2, 10), replace=False)] = 1
        row[ITEMS + chance.integers(2)] = 1
        if chance.random() < 0.5:
            row[WORDS.ids[KNOWN]] = 1
            row[WORDS.ids[KNOWN] + 1 + chance.choice(100, 12, replace=False)] = np.float32(chance.integers(1, 100, 12) / 100)
    return sparse.csr_array(cells)


def weights_of(rows: int, scale: float = 0.05) -> Weights:
    table = CHANCE.normal(0, scale, (rows, ITEMS)).astype(np.float32)
    np.fill_diagonal(table, 0)
    return Weights(table, np.abs(CHANCE.normal(0, 0.1, ITEMS)).astype(np.float32), layout_of(WORDS).learnt)


def trees_of(seed: int) -> Trees:
    """Of questions whose right candidate has a strong item in the basket, in which everything else matters a little too."""
    chance = np.random.default_rng(seed)
    told = chance.normal(0, 0.3, (900, CANDIDATES, len(FEATURES))).astype(np.float32)
    wanted = told[:, :, FEATURES.index("strongest")] + 0.4 * told.sum(axis=2) + chance.normal(0, 0.2, told.shape[:2])
    return learn_trees(told, wanted.argmax(axis=1), 1)


@pytest.fixture(scope="module")
def ranking() -> Ranking:
    remembered = Remembered(remember(receipts(400), WORDS), Asking(0.3, 4.0, 0.0, 0.5))
    plain = mixed(weights_of(layout_of(WORDS).rows), remembered)
    own = Weights(CHANCE.normal(0, 0.05, (layout_of(WORDS).context_end, ITEMS)).astype(np.float32), *_few())
    whole = beside(plain, own, WORDS.ids[NO_CARD], Asking(0.1, 4.0, 0.0, 0.5))
    rerank = Rerank(trees_of(5), blocks_of(WORDS), traits_of(receipts(400), WORDS, timed=True))
    return Ranking(whole.weights, whole.remembered, whole.strangers, rerank)


def _few() -> tuple[np.ndarray, np.ndarray]:
    layout = layout_of(WORDS)
    return np.full(ITEMS, 0.01, np.float32), layout.learnt[: layout.context_end]


def scorer_of(ranking: Ranking, packing: Packing | None = None) -> ModelScorer:
    kept = kept_of(ranking, packing or Packing(None, None))
    parts = kept if packing is None else quantised(kept, packing)
    return ModelScorer(graph(parts.common, frame_of(ranking, WORDS), parts.own), WORDS)


def asked(rows: sparse.csr_array, row: int) -> tuple[Tokens, np.ndarray]:
    first, last = rows.indptr[row : row + 2]
    tokens = Tokens(rows.indices[first:last].astype(np.int64), rows.data[first:last])
    bias = np.zeros(ITEMS, np.float32)
    bias[tokens.ids[tokens.ids < ITEMS]] = -np.inf
    return tokens, bias


def expected(ranking: Ranking, rows: sparse.csr_array) -> np.ndarray:
    scores = ranking.scores(rows)
    scores[sparse.csr_array(rows[:, :ITEMS]).nonzero()] = -np.inf
    return scores


def test_the_graph_answers_in_the_order_of_the_trainer(ranking: Ranking) -> None:
    rows = receipts(120)
    scorer, scores = scorer_of(ranking), expected(ranking, rows)
    as_scored = expected(Ranking(ranking.weights, ranking.remembered, ranking.strangers), rows)
    moved = 0
    for row in range(rows.shape[0]):
        items, found, earned = scorer.run(*asked(rows, row), ITEMS - 20)
        np.testing.assert_allclose(found, scores[row][items], atol=1e-5)
        np.testing.assert_array_equal(items[:10], np.argsort(-scores[row], kind="stable")[:10])
        assert earned.shape == (rows.indptr[row + 1] - rows.indptr[row], ITEMS - 20)
        moved += not np.array_equal(items[:4], np.argsort(-as_scored[row], kind="stable")[:4])
    assert moved > 60


def test_scores_change_places_and_nothing_else(ranking: Ranking) -> None:
    rows = receipts(50)
    before, after = (expected(one, rows) for one in (Ranking(ranking.weights, ranking.remembered, ranking.strangers), ranking))
    np.testing.assert_array_equal(np.sort(before, axis=1), np.sort(after, axis=1))
    best = [set(np.argsort(-scores, axis=1, kind="stable")[row, :CANDIDATES]) for scores in (before, after) for row in range(50)]
    assert best[:50] == best[50:]


def test_without_a_card_the_order_stays(ranking: Ranking) -> None:
    rows = receipts(30).tolil()
    rows[:, WORDS.ids[NO_CARD]] = 1
    rows = sparse.csr_array(rows)
    scorer, scores = scorer_of(ranking), expected(Ranking(ranking.weights, ranking.remembered, ranking.strangers), rows)
    for row in range(30):
        items, found, _ = scorer.run(*asked(rows, row), 10)
        np.testing.assert_allclose(found, np.sort(scores[row])[::-1][:10], atol=1e-5)
        np.testing.assert_allclose(scores[row][items], found, atol=1e-5)


def test_a_bias_comes_after_and_what_is_forbidden_takes_no_place(ranking: Ranking) -> None:
    rows, scorer = receipts(20), scorer_of(ranking)
    for row in range(20):
        tokens, bias = asked(rows, row)
        items, _, _ = scorer.run(tokens, bias, 10)
        lifted = bias.copy()
        lifted[items[5]] = 9.0
        again, lifted_scores, _ = scorer.run(tokens, lifted, 10)
        assert again[0] == items[5]
        assert lifted_scores[0] > 8
        only = np.full(ITEMS, -np.inf, np.float32)
        only[items[[2, 7]]] = 0
        few, few_scores, _ = scorer.run(tokens, only, 10)
        assert set(few[:2].tolist()) == set(items[[2, 7]].tolist())
        assert np.isfinite(few_scores[:2]).all()
        assert not np.isfinite(few_scores[2:]).any()
        nothing, none, earned = scorer.run(tokens, np.full(ITEMS, -np.inf, np.float32), 10)
        assert not np.isfinite(none).any()
        assert np.isfinite(earned).all()
        assert len(nothing) == 10


@pytest.mark.parametrize("packing", [Packing(None, 16), Packing(64, 16)])
def test_it_stands_on_bytes_and_on_lists(ranking: Ranking, packing: Packing) -> None:
    rows, scorer = receipts(60), scorer_of(ranking, packing)
    kept = kept_of(ranking, packing)
    float_scorer = ModelScorer(graph(kept.common, frame_of(ranking, WORDS), kept.own), WORDS)
    same = 0
    for row in range(60):
        ours, theirs = (one.run(*asked(rows, row), 4)[0] for one in (scorer, float_scorer))
        same += np.array_equal(ours, theirs)
    assert same >= 50


def test_a_question_of_nothing_is_answered(ranking: Ranking) -> None:
    scorer = scorer_of(ranking)
    items, scores, earned = scorer.run(Tokens(np.zeros(0, np.int64), np.zeros(0, np.float32)), np.zeros(ITEMS, np.float32), 10)
    assert np.isfinite(scores).all()
    assert earned.shape == (0, 10)
    np.testing.assert_allclose(
        scores, np.sort(ranking.scores(sparse.csr_array((1, len(WORDS)), dtype=np.float32))[0])[::-1][:10], atol=1e-5
    )
    assert len(set(items.tolist())) == 10


def test_candidates_are_the_best_that_are_not_in_the_basket() -> None:
    scores = np.array([[3, 9, 9, 1, 5], [1, 1, 1, 1, 1]], np.float32)
    baskets = sparse.csr_array(np.array([[0, 0, 0, 0, 1], [1, 0, 1, 0, 0]], np.float32))
    np.testing.assert_array_equal(candidates(scores, baskets), [[1, 2, 0, 3, -1], [1, 3, 4, -1, -1]])


def test_what_is_told_of_a_candidate() -> None:
    words = Vocabulary([*map(item_token, "abcd"), "hour=8", KNOWN, history_token("a"), history_token("d")], 4)
    table = np.arange(32, dtype=np.float32).reshape(8, 4) / 100
    weights = Weights(table, np.full(4, 0.5, np.float32), layout_of(words).learnt)
    tokens = sparse.csr_array(np.array([[1, 1, 0, 0, 1, 1, 0, 0.5]], np.float32))
    seen = describe(weights, blocks_of(words), np.zeros((4, 5), np.float32), tokens, weights.scores(tokens), None)
    assert seen.places.tolist() == [[3, 2, -1, -1]]
    told = dict(zip(FEATURES, seen.told[0, 0].tolist(), strict=True))
    assert told == pytest.approx(
        {
            "score": 0.5 + 0.03 + 0.07 + 0.19 + 0.23 + 0.155,
            "gap": 1.0,
            "items": 0.5 + 0.03 + 0.07,
            "context": 0.19,
            "history": 0.23 + 0.155,
            "votes": 0.0,
            "strongest": 0.07,
            "second": 0.03,
            "weakest": 0.0,
            "size": 2.0,
            "known": 1.0,
            "best": 1.175,
            "sum": 1.175 + 1.13,
            "had": 0.5,
            "sold": 0.0,
            "beside": 0.0,
            "lately": 0.0,
            "age": 0.0,
            "since": 0.0,
        }
    )


def test_traits_tell_what_sells_when_and_beside_how_much() -> None:
    words = Vocabulary([item_token("old"), item_token("new"), item_token("bread")], 3)
    cells = np.zeros((100, 3), np.float32)
    cells[:, 2] = 1
    cells[:50, 0] = 1
    cells[90:, 1] = 1
    traits = traits_of(sparse.csr_array(cells), words, timed=True)
    np.testing.assert_allclose(np.exp(traits[:, 0]), [51 / 101, 11 / 101, 1], rtol=1e-5)
    np.testing.assert_allclose(np.exp(traits[:, 2]), [5 / 10, 15 / 6, 1], rtol=1e-5)
    np.testing.assert_allclose(traits[:, 3], [1.0, 0.1, 1.0])
    np.testing.assert_allclose(np.expm1(traits[:, 4]), [51, 1, 1], rtol=1e-5)
    assert not traits_of(sparse.csr_array(cells), words, timed=False)[:, 2:].any()


def test_trees_answer_as_their_library_does_and_are_the_same_again() -> None:
    told = CHANCE.normal(0, 1, (400, CANDIDATES, len(FEATURES))).astype(np.float32)
    right = told[:, :, 3].argmax(axis=1)
    first, second = (learn_trees(told, right, 7) for _ in range(2))
    for name in ("feature", "threshold", "left", "right", "value"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    rows = told.reshape(-1, len(FEATURES))
    label = (np.arange(CANDIDATES) == right[:, None]).ravel()
    data = lightgbm.Dataset(rows, label, group=np.full(len(told), CANDIDATES))
    booster = lightgbm.train({**trees._SETTINGS, "seed": 7}, data, trees.TREES)
    np.testing.assert_allclose(first.answer(rows), booster.predict(rows), atol=1e-5)
    best = first.answer(rows).reshape(400, CANDIDATES).argmax(axis=1)
    assert (best == right).mean() > 0.6


def _exam(model: Ranking, truth: float, count: int) -> Questions:
    """Hidden is, of the twenty best, that with the strongest single reason, or any: `truth` is how often the first."""
    rows = receipts(count)
    scores = expected(model, rows)
    seen = describe(model.weights, blocks_of(WORDS), np.zeros((ITEMS, 5), np.float32), rows, scores, None)
    strongest = seen.told[:, :20, FEATURES.index("strongest")].argmax(axis=1)
    place = np.where(CHANCE.random(count) < truth, strongest, CHANCE.integers(0, 20, count))
    hidden = seen.places[np.arange(count), place]
    sizes = np.diff(sparse.csr_array(rows[:, :ITEMS]).indptr).astype(np.int64)
    return Questions(rows, hidden, ITEMS, sizes, np.ones(count, bool), np.arange(count), np.zeros(count, bool))


def test_learning_ends_at_the_next_tree_when_the_training_has_ended() -> None:
    told = CHANCE.normal(0, 1, (400, CANDIDATES, len(FEATURES))).astype(np.float32)
    ended = Event()
    ended.set()
    with pytest.raises(CancelledError):
        learn_trees(told, told[:, :, 3].argmax(axis=1), 7, ended)


def test_they_are_kept_where_they_are_better_and_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # Hidden items are planted here, and another draw would hide what was not.
    monkeypatch.setattr("model_export.rerank.DRAWS", 1)
    model = mixed(weights_of(layout_of(WORDS).rows), None)
    blocks, traits = blocks_of(WORDS), np.zeros((ITEMS, 5), np.float32)

    def tried(truth: float, count: int = 800) -> Trees | None:
        return choose_trees(model, blocks, traits, _exam(model, truth, count), lambda tokens: tokens, 1).trees

    assert tried(0.7) is not None
    assert tried(0.0) is None
    assert tried(0.7, 300) is None


def test_where_nothing_wanted_is_among_the_best_the_order_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a shop whose whole assortment is another one since the receipts that were learnt from."""
    monkeypatch.setattr("model_export.rerank.DRAWS", 1)
    model = mixed(weights_of(layout_of(WORDS).rows), None)
    asked = _exam(model, 0.7, 800)
    # Of items alone and with everything known; what stands in the basket is last in both, and is not hidden.
    ranks = [(-expected(model, one.tokens)).argsort(axis=1).argsort(axis=1) for one in (asked, asked.knowing(ITEMS))]
    lowest = np.where(asked.baskets.toarray() > 0, -1, np.minimum(*ranks))
    worst = replace(asked, hidden=lowest.argmax(axis=1))
    assert (lowest.max(axis=1) >= CANDIDATES).all()
    tried = choose_trees(model, blocks_of(WORDS), np.zeros((ITEMS, 5), np.float32), worst, lambda tokens: tokens, 1)
    assert tried.trees is None
    assert tried.said == "as scored, nothing that was bought is among the best"


def test_what_is_none_comes_last() -> None:
    seen = describe(
        weights_of(layout_of(WORDS).rows),
        blocks_of(WORDS),
        np.zeros((ITEMS, 5), np.float32),
        receipts(3),
        np.where(np.arange(ITEMS) < 15, np.float32(1), np.float32(-np.inf)) + np.zeros((3, 1), np.float32),
        None,
    )
    order = ordered(trees_of(5), seen)
    for places, row in zip(seen.places, order, strict=True):
        there = int((places >= 0).sum())
        assert set(row[:there].tolist()) == set(range(there))


def test_the_graph_has_standard_operators_only(ranking: Ranking) -> None:
    kept = kept_of(ranking, Packing(None, None))
    model = onnx.load_from_string(graph(kept.common, frame_of(ranking, WORDS), kept.own))
    assert {one.domain for one in model.opset_import} == {"", "ai.onnx.ml"}
