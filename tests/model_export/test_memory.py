"""Remembered receipts: the formula in plain Python, the trainer's arithmetic and the graph must say the same."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from scipy import sparse

from device.scorer import ModelScorer
from device.tokens import KNOWN, Tokens, Vocabulary, encode
from model_export import memory as remembering
from model_export.graph import Frame, graph
from model_export.layout import layout_of
from model_export.memory import Asking, Remembered, find, in_no_order, remember, votes
from model_export.quantise import Whole, cut, quantise
from sync import graph_check

ITEMS = 12
VOCABULARY = Vocabulary(
    [*(f"item={n}" for n in range(ITEMS)), "hour=9", *(f"store={n}" for n in range(25)), KNOWN, *(f"had={n}" for n in range(9))],
    ITEMS,
)
PLACE = VOCABULARY.ids
ASKING = Asking(share=0.6, power=4.0, context=0.5, history=0.7)


def receipts(count: int, seed: int = 3) -> list[set[str]]:
    """Token names of each, oldest first; the 25 stores are telling, the hour is not."""
    chance = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, ITEMS + 1)
    made = []
    for _ in range(count):
        items = chance.choice(ITEMS, chance.integers(1, 6), replace=False, p=popularity / popularity.sum())
        made.append({*(f"item={n}" for n in items), f"store={chance.integers(25)}", "hour=9"})
    return made


def matrix(rows: list[dict[str, float]] | list[set[str]]):
    made = np.zeros((len(rows), len(VOCABULARY)), np.float32)
    for line, row in zip(made, rows, strict=True):
        for name in row:
            line[PLACE[name]] = row[name] if isinstance(row, dict) else 1
    return sparse.csr_array(made)


def kept_as(latest: list[set[str]]) -> list[int]:
    """Which of the receipts is remembered first, which next."""
    rows = matrix(latest)[:, : layout_of(VOCABULARY).told]
    often = np.asarray(rows.sum(axis=0)).ravel()
    names = VOCABULARY.names[: len(often)]
    telling = [name.startswith("store=") and count * 20 <= len(latest) for name, count in zip(names, often, strict=True)]
    return list(in_no_order(sparse.csr_array(rows), (np.arange(len(names)) < ITEMS) | np.array(telling)))


def voted(known: list[set[str]], asked: dict[str, float], asking: Asking, longest: int) -> dict[str, float]:
    """The docstring of `model_export.memory`, receipt by receipt."""
    latest = [row for row in known if sum(name.startswith("item=") for name in row) >= 2][::-1]
    # Of each token the latest are listed; then nothing tells which they were.
    order = kept_as(latest)
    known = [latest[place] for place in order]
    found = {name: [place for place, row in enumerate(latest) if name in row] for name in VOCABULARY.names}
    lists = {name: [order.index(place) for place in places[:longest]] for name, places in found.items()}
    rarity = {name: math.log(len(known) / len(places)) if places else 0.0 for name, places in found.items()}
    question = {}
    for name, weight in asked.items():
        kind, _, value = name.partition("=")
        if kind == "item":
            question[name] = weight * rarity[name], name
        elif kind == "store" and len(found[name]) * 20 <= len(known):
            question[name] = weight * rarity[name] * asking.context, name
        elif kind == "had":
            question[name] = weight * rarity[f"item={value}"] * asking.history, f"item={value}"
    near = []
    for place, row in enumerate(known):
        shared = sum(mass for mass, name in question.values() if place in lists[name])
        width = sum(mass for mass, _ in question.values()) * sum(rarity[name] for name in row if name.startswith("item="))
        near.append(shared / math.sqrt(width) if width > 0 else 0.0)
    best = sorted(range(len(known)), key=lambda place: (-round(near[place], 6), place))[: asking.neighbours]
    mass = sum(near[place] ** asking.power for place in best) + asking.doubt
    return {
        f"item={n}": asking.share * sum(near[place] ** asking.power for place in best if f"item={n}" in known[place]) / mass
        for n in range(ITEMS)
    }


QUESTIONS = [
    {"item=3": 1.0},
    {"item=0": 1.0, "item=7": 1.0, "hour=9": 1.0},
    {"item=2": 1.0, "store=4": 1.0},
    {"item=1": 1.0, "store=9": 1.0, KNOWN: 1.0, "had=5": 0.4, "had=8": 0.25},
    {"store=2": 1.0, KNOWN: 1.0, "had=0": 1.0},
]


@pytest.mark.parametrize(("longest", "doubt", "more"), [(1_024, 0.1, 0), (7, 0.1, 0), (1_024, 0.02, 30)])
def test_neighbours_vote_as_the_formula_says(longest, doubt, more, monkeypatch):
    monkeypatch.setattr(remembering, "LONGEST", longest)
    asking = replace(ASKING, doubt=doubt, neighbours=11)
    known = receipts(150)
    memory = remember(matrix(known), VOCABULARY)
    said = votes(memory, find(memory, matrix(QUESTIONS), replace(asking, neighbours=11 + more)), asking)
    for row, asked in zip(said, QUESTIONS, strict=True):
        expected = voted(known, asked, asking, longest)
        np.testing.assert_allclose(row, list(expected.values()), atol=1e-5)


def graph_of(memory, intercept=None, asking=ASKING):
    """A model of votes alone."""
    learnt = layout_of(VOCABULARY).learnt
    nothing = Whole(np.zeros((len(learnt), ITEMS), np.float32))
    prior = np.zeros(ITEMS, np.float32) if intercept is None else intercept
    frame = Frame(prior, learnt, len(VOCABULARY), Remembered(memory, asking))
    model = graph([nothing], frame)
    graph_check.check(model)  # a register runs none of another kind
    return ModelScorer(model, VOCABULARY)


@pytest.mark.parametrize(("count", "neighbours"), [(2, 200), (40, 200), (700, 200), (3_000, 3), (3_000, 9)])
def test_the_graph_finds_what_the_trainer_finds(count, neighbours):
    """Thousands of receipts of twelve items tie everywhere; with few neighbours they are found block by block."""
    asking = replace(ASKING, doubt=0.03, neighbours=neighbours)
    memory = remember(matrix([{"item=0", "item=1"}, *receipts(count)]), VOCABULARY)
    scorer = graph_of(memory, asking=asking)
    asked = matrix(QUESTIONS)
    said = votes(memory, find(memory, asked, asking), asking)
    for row, expected in enumerate(said):
        first, last = asked.indptr[row : row + 2]
        tokens = Tokens(asked.indices[first:last].astype(np.int64), asked.data[first:last])
        items, scores, contributions = scorer.run(tokens, np.zeros(ITEMS, np.float32), ITEMS)
        np.testing.assert_allclose(scores, expected[items], atol=1e-5)
        np.testing.assert_allclose(contributions.sum(axis=0), scores, atol=1e-5)
        assert not contributions[tokens.ids == PLACE[KNOWN]].any()
        assert not contributions[tokens.ids == PLACE["hour=9"]].any()


def test_a_vote_is_earned_by_what_brought_the_receipt_near():
    others = [{"item=8", "item=9"}, {"item=10", "item=11"}]
    memory = remember(matrix([{"item=1", "item=5"}, {"item=2", "item=6"}, *others]), VOCABULARY)
    tokens = Tokens(np.array([1, 2, 3], np.int64), np.ones(3, np.float32))
    items, _, contributions = graph_of(memory).run(tokens, np.zeros(ITEMS, np.float32), ITEMS)
    of = contributions.T[np.argsort(items)]
    assert of[5].argmax() == 0
    assert of[6].argmax() == 1
    assert of[5][1] == of[6][0] == 0


@pytest.mark.parametrize(
    ("ids", "weights"),
    [
        ([], []),
        ([PLACE["hour=9"]], [1.0]),
        ([PLACE[KNOWN]], [1.0]),
        (list(range(len(VOCABULARY))), [1.0] * len(VOCABULARY)),
        ([3, 4], [0.0, 0.0]),
        ([3, 4], [1e-6, 1e6]),
    ],
    ids=["nothing", "an hour", "somebody", "everything", "weightless", "far apart"],
)
def test_any_question_has_a_finite_answer(ids, weights):
    scorer = graph_of(remember(matrix(receipts(60)), VOCABULARY), np.full(ITEMS, 0.25, np.float32))
    tokens = Tokens(np.array(ids, np.int64), np.array(weights, np.float32))
    items, scores, contributions = scorer.run(tokens, np.zeros(ITEMS, np.float32), ITEMS)
    assert sorted(items) == list(range(ITEMS))
    assert np.isfinite(scores).all()
    assert np.isfinite(contributions).all()
    assert (scores >= 0.25 - 1e-6).all()
    assert (scores <= 0.25 + ASKING.share + 1e-6).all()


def test_what_is_remembered_is_bounded_and_the_latest(monkeypatch):
    monkeypatch.setattr(remembering, "MOST_LINES", 50)
    monkeypatch.setattr(remembering, "MOST_OF_A_RECEIPT", 4)
    known = receipts(300)
    memory = remember(matrix(known), VOCABULARY)
    sizes = np.diff(memory.start)
    assert len(memory.item) <= 50 < len(memory.item) + 5
    assert sizes.min() >= 2
    assert sizes.max() <= 4
    told = [{n for n in row if n.startswith("item=")} for row in known]
    latest = [row for row in reversed(told) if 2 <= len(row) <= 4]
    kept = [
        {f"item={n}" for n in memory.item[first : first + size]} for first, size in zip(memory.start[:-1], sizes, strict=True)
    ]
    assert sorted(map(sorted, kept)) == sorted(map(sorted, latest[: len(kept)]))
    assert kept != latest[: len(kept)]


def test_nothing_tells_which_receipt_came_first():
    known = receipts(400)
    at_noon = [{*row, "hour=9"} if place % 2 else row - {"hour=9"} for place, row in enumerate(known)]
    memory, others = remember(matrix(known), VOCABULARY), (known[::-1], known[100:] + known[:100], at_noon)
    for other in (remember(matrix(rows), VOCABULARY) for rows in others):
        for name in memory.__slots__:
            np.testing.assert_array_equal(getattr(other, name), getattr(memory, name))


def test_a_memory_holds_no_word_of_who_or_when():
    known = receipts(200)
    memory = remember(matrix(known), VOCABULARY)
    # A rare hour would tell as well as a store.
    at_nine = [{*row, "hour=9"} if place % 30 == 0 else row - {"hour=9"} for place, row in enumerate(known)]
    with_cards = remember(matrix([{*row, KNOWN, "had=3"} for row in at_nine]), VOCABULARY)
    for name in memory.__slots__:
        np.testing.assert_array_equal(getattr(memory, name), getattr(with_cards, name))


@pytest.mark.parametrize(("lines", "looked_up"), [(200, 48), (1_000, 12), (400, 30)])
def test_a_smaller_memory_is_asked_for_more(lines, looked_up, monkeypatch):
    memory = remember(matrix(receipts(40)), VOCABULARY)
    monkeypatch.setattr(remembering, "MOST_LINES", 1_000)
    assert replace(memory, item=np.zeros(lines, np.int32)).strongest == looked_up


def test_the_graph_asks_for_the_strongest_too(monkeypatch):
    monkeypatch.setattr(remembering, "STRONGEST", (2, 2))
    memory = remember(matrix(receipts(300)), VOCABULARY)
    asked = matrix([{f"item={n}": 1.0 for n in range(9)}, {"item=3": 1.0, KNOWN: 1.0, "had=1": 0.5, "had=2": 0.9}])
    said = votes(memory, find(memory, asked, ASKING), ASKING)
    for row in (0, 1):
        first, last = asked.indptr[row : row + 2]
        tokens = Tokens(asked.indices[first:last].astype(np.int64), asked.data[first:last])
        items, scores, contributions = graph_of(memory).run(tokens, np.zeros(ITEMS, np.float32), ITEMS)
        np.testing.assert_allclose(scores, said[row][items], atol=1e-5)
        assert (contributions != 0).any(axis=1).sum() <= 2


def test_of_tokens_as_strong_the_earlier_are_looked_up(monkeypatch):
    """Thirty items as rare as one another, in whatever order they were scanned: the graph and the trainer look up the same."""
    monkeypatch.setattr(remembering, "STRONGEST", (3, 3))
    words = Vocabulary([*(f"item={n}" for n in range(40))], 40)
    rows = np.zeros((30, 40), np.float32)
    rows[np.arange(30), np.arange(30)] = 1
    rows[np.arange(30), 30 + np.arange(30) % 10] = 1
    memory = remember(sparse.csr_array(rows), words)
    frame = Frame(np.zeros(40, np.float32), np.arange(40), 40, Remembered(memory, ASKING))
    scorer = ModelScorer(graph([Whole(np.zeros((40, 40), np.float32))], frame), words)
    basket = sparse.csr_array((np.arange(40) < 30).astype(np.float32)[None])
    said = votes(memory, find(memory, basket, ASKING), ASKING)
    answers = []
    for skus in ([str(n) for n in range(30)], [str(n) for n in reversed(range(30))]):
        items, scores, _ = scorer.run(encode(skus, (), {}, words), np.zeros(40, np.float32), 40)
        np.testing.assert_allclose(scores, said[0][items], atol=1e-6)
        answers.append(items.tolist())
    assert answers[0] == answers[1]


def test_no_register_keeps_zeros_in_memory(tmp_path):
    """What a question fills with zeros stands neither in the file nor among what ONNX Runtime makes ready when it loads it."""
    memory = remember(matrix(receipts(3_000)), VOCABULARY)
    frame = Frame(np.ones(ITEMS, np.float32), layout_of(VOCABULARY).learnt, len(VOCABULARY), Remembered(memory, ASKING))
    table = np.ones((len(frame.learnt), ITEMS), np.float32)
    model = graph(quantise(cut(table, 6), 2), frame)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "ready.onnx")
    onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    for made in (onnx.load_from_string(model), onnx.load(tmp_path / "ready.onnx")):
        kept = [numpy_helper.to_array(constant) for constant in made.graph.initializer]
        assert max(map(len, filter(np.ndim, kept))) >= len(memory)
        assert all(constant.any() for constant in kept if constant.size >= ITEMS)
