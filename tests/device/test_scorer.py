"""Three ladders of one shape: the model, the best-sellers, silence; and the proof that stands before the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
from fakes.device_shop import ITEMS, SCORES, contents, golden

from device.bundle import Bundle, Contents, write
from device.domain import Sku
from device.errors import BundleError
from device.scorer import FORBIDDEN, BestSellers, ModelScorer, Question, Ranked, prove
from device.scoring import GoldenBasket
from device.tokens import KNOWN, context_tokens, encode

WHOLE = contents()
MODEL = ModelScorer(WHOLE.model, WHOLE.vocabulary)
NO_BIAS = np.zeros(len(ITEMS), np.float32)
PLACE = {item.sku: place for place, item in enumerate(ITEMS)}
MONDAY_EVENING = datetime(2026, 5, 4, 18, 30)


def opened(path: Path, made: Contents) -> Bundle:
    write(path, made)
    return Bundle.open(path)


def biased(**by_sku: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    bias = NO_BIAS.copy()
    for sku, value in by_sku.items():
        bias[PLACE[sku]] = value
    return bias


def test_a_score_is_the_sum_of_what_the_tokens_earn_and_says_which_did() -> None:
    question = Question((Sku("bread"), Sku("tea")), MONDAY_EVENING, "S1", {Sku("coffee"): 0.5})
    by_sku = {r.sku: r for r in MODEL.rank(question, NO_BIAS, len(ITEMS))}
    assert by_sku[Sku("honey")] == Ranked(Sku("honey"), pytest.approx(0.81), ("tea", "bread"))  # type: ignore[arg-type]
    assert by_sku[Sku("cheese")] == Ranked(Sku("cheese"), pytest.approx(0.45), ("bread", "hour=18"))  # type: ignore[arg-type]
    assert by_sku[Sku("coffee")] == Ranked(Sku("coffee"), pytest.approx(0.40), ("had=coffee",))  # type: ignore[arg-type]


def test_a_token_that_earned_next_to_nothing_is_no_reason() -> None:
    """The store earned a sixteenth of what tea did."""
    question = Question((Sku("tea"),), None, "S1")
    honey = next(r for r in MODEL.rank(question, NO_BIAS, len(ITEMS)) if r.sku == "honey")
    assert honey.because == ("tea",)


def test_the_best_come_first_and_no_more_than_asked_for() -> None:
    ranked = MODEL.rank(Question((Sku("bread"),)), NO_BIAS, 4)
    assert [r.sku for r in ranked] == ["plums", "crate", "bag", "beer"]
    assert [r.sku for r in MODEL.rank(Question((Sku("tea"),)), NO_BIAS, 1)] == ["honey"]


def plainly(names: list[str], earned: list[float]) -> tuple[str, ...]:
    """The rule for one item: strongest first, the earlier of two that are level, none below a tenth of the strongest."""
    least = max(0.1 * max(earned, default=0.0), 1e-9)
    told = [name.removeprefix("item=") for _, name in sorted(zip(earned, names, strict=True), key=lambda one: -one[0])]
    return tuple(told[: min(3, sum(value >= least for value in earned))])


@pytest.mark.parametrize("lifted", [False, True])
def test_every_item_is_told_by_its_own_tokens_alone(lifted: bool) -> None:
    due, missed = ({Sku("honey"): 0.05, Sku("milk"): 0.5}, {Sku("milk"): 0.2}) if lifted else ({}, {})
    for skus in (("bread", "tea"), ("tea",), ("bread", "milk", "honey", "coffee"), ()):
        question = Question(tuple(map(Sku, skus)), MONDAY_EVENING, "S1", {Sku("coffee"): 0.5}, due, missed)
        vocabulary = WHOLE.vocabulary
        tokens = encode(skus, context_tokens(MONDAY_EVENING, "S1"), question.history, vocabulary)
        items, _, contributions = MODEL.run(tokens, NO_BIAS, len(ITEMS))
        columns = dict(zip(items.tolist(), contributions.T.tolist(), strict=True))
        ranked = MODEL.rank(question, NO_BIAS, len(ITEMS))
        assert len(ranked) == len(ITEMS)
        for one in ranked:
            names = [*(vocabulary.names[token] for token in tokens.ids), f"due={one.sku}", f"missed={one.sku}"]
            assert one.because == plainly(names, [*columns[PLACE[one.sku]], due.get(one.sku, 0.0), missed.get(one.sku, 0.0)])


def test_that_somebody_is_known_takes_no_place_among_the_reasons() -> None:
    earned = {KNOWN: 0.9, "item=tea": 0.3, "item=milk": 0.25, "item=coffee": 0.22, "item=bread": 0.2, "had=tea": 0.01}
    made = contents(scores={(token, "honey"): score for token, score in earned.items()})
    scorer = ModelScorer(made.model, made.vocabulary)
    (first,) = scorer.rank(Question((*map(Sku, ("bread", "coffee", "milk", "tea")),), history={Sku("tea"): 1.0}), NO_BIAS, 1)
    assert first == Ranked(Sku("honey"), pytest.approx(1.88), ("tea", "milk", "coffee"))  # type: ignore[arg-type]


def test_asking_for_more_than_there_is_gives_every_item_once() -> None:
    ranked = MODEL.rank(Question((Sku("bread"),)), NO_BIAS, 1000)
    assert sorted(r.sku for r in ranked) == sorted(PLACE)


def test_a_forbidden_item_is_not_ranked_and_a_boost_moves_one_up() -> None:
    bias = biased(plums=FORBIDDEN, crate=FORBIDDEN, bag=FORBIDDEN, beer=FORBIDDEN, cheese=0.2)
    assert [r.sku for r in MODEL.rank(Question((Sku("bread"),)), bias, 2)] == ["cheese", "butter"]


def test_with_every_item_forbidden_there_is_silence() -> None:
    everything = np.full(len(ITEMS), FORBIDDEN, np.float32)
    assert MODEL.rank(Question((Sku("bread"),)), everything, 5) == []


@pytest.mark.parametrize("question", [Question(()), Question((Sku("nobody"),)), Question((), None, "S9", {Sku("tea"): 1.0})])
def test_a_question_that_holds_nothing_known_is_answered_without_reasons(question: Question) -> None:
    ranked = MODEL.rank(question, NO_BIAS, 3)
    assert [(r.score, r.because) for r in ranked] == [(0.0, ())] * 3


def test_the_same_question_always_has_the_same_answer() -> None:
    question = Question((Sku("bread"), Sku("milk")), MONDAY_EVENING, "S1")
    assert MODEL.rank(question, NO_BIAS, 8) == MODEL.rank(question, NO_BIAS, 8)


def test_best_sellers_keep_their_order_whatever_is_in_the_basket() -> None:
    scorer = BestSellers([Sku("milk"), Sku("bread"), Sku("tea")])
    assert [r.sku for r in scorer.rank(Question((Sku("tea"),)), np.zeros(3, np.float32), 2)] == ["milk", "bread"]
    forbidden = np.array([FORBIDDEN, 0, 0], np.float32)
    assert [(r.sku, r.because) for r in scorer.rank(Question(()), forbidden, 5)] == [("bread", ()), ("tea", ())]


def test_no_best_sellers_are_silence() -> None:
    assert BestSellers([]).rank(Question((Sku("tea"),)), np.zeros(0, np.float32), 5) == []


def test_a_bundle_that_answers_as_it_did_when_made_is_proved(tmp_path: Path) -> None:
    bundle = opened(tmp_path / "b", WHOLE)
    assert prove(bundle).skus == tuple(PLACE)
    bundle.close()


def test_a_difference_as_small_as_another_processor_makes_is_accepted(tmp_path: Path) -> None:
    shifted = [replace_scores(g, 9e-5) for g in WHOLE.golden]
    bundle = opened(tmp_path / "b", contents(answers=shifted))
    prove(bundle)
    bundle.close()


def replace_scores(basket: GoldenBasket, by: float) -> GoldenBasket:
    return GoldenBasket(basket.token_ids, basket.token_weights, basket.items, [score + by for score in basket.scores])


def first_two_swapped(basket: GoldenBasket) -> GoldenBasket:
    one, two, *rest = basket.items
    return GoldenBasket(basket.token_ids, basket.token_weights, [two, one, *rest], basket.scores)


def test_two_items_of_all_but_equal_score_may_change_places(tmp_path: Path) -> None:
    # Tea's milk and cream: 0.25 and 0.24995.
    near = contents(scores={**SCORES, ("item=tea", "cream"): 0.24995})
    basket = next(g for g in near.golden if g.token_ids == [PLACE["tea"]])
    honey, milk, cream, *rest = basket.items
    assert [honey, milk, cream] == [PLACE["honey"], PLACE["milk"], PLACE["cream"]]
    swapped = GoldenBasket(basket.token_ids, basket.token_weights, [honey, cream, milk, *rest], basket.scores)
    bundle = opened(tmp_path / "b", replace(near, golden=[swapped]))
    prove(bundle)
    bundle.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda g: replace_scores(g, 1e-3),
        first_two_swapped,
        lambda g: GoldenBasket(g.token_ids, [0.5], g.items, g.scores),
        lambda g: GoldenBasket(g.token_ids, g.token_weights, g.items, g.scores[:-1]),
        lambda g: GoldenBasket([999], g.token_weights, g.items, g.scores),
        lambda g: GoldenBasket(g.token_ids, [1.0, 1.0], g.items, g.scores),
    ],
)
def test_a_bundle_that_answers_otherwise_is_refused(tmp_path: Path, spoil: Callable[[GoldenBasket], GoldenBasket]) -> None:
    answers = list(WHOLE.golden)
    bread = next(place for place, g in enumerate(answers) if g.token_ids == [PLACE["bread"]])
    answers[bread] = spoil(answers[bread])
    bundle = opened(tmp_path / "b", contents(answers=answers))
    with pytest.raises(BundleError):
        prove(bundle)
    bundle.close()


def test_a_bundle_without_golden_baskets_is_not_trusted(tmp_path: Path) -> None:
    bundle = opened(tmp_path / "b", contents(answers=[]))
    with pytest.raises(BundleError, match="no golden baskets: nothing proves its model"):
        prove(bundle)
    bundle.close()


@pytest.mark.parametrize("model", [b"", b"not a model", WHOLE.model[:300], b"\x00" * 5000])
def test_garbage_in_place_of_the_model_is_refused(tmp_path: Path, model: bytes) -> None:
    bundle = opened(tmp_path / "b", contents(model=model, answers=WHOLE.golden))
    with pytest.raises(BundleError, match="the model cannot be loaded"):
        prove(bundle)
    bundle.close()


def test_a_model_that_lacks_an_answer_is_refused(tmp_path: Path) -> None:
    graph = onnx.load_from_string(WHOLE.model)
    del graph.graph.output[2]
    bundle = opened(tmp_path / "b", contents(model=graph.SerializeToString(), answers=WHOLE.golden))
    with pytest.raises(BundleError, match="the model cannot answer"):
        prove(bundle)
    bundle.close()


@pytest.mark.parametrize("token", [-1, 10**6, 10**30])
def test_a_golden_basket_of_unknown_tokens_proves_nothing(tmp_path: Path, token: int) -> None:
    first = WHOLE.golden[1]
    strange = GoldenBasket([token], [1.0], first.items, first.scores)
    bundle = opened(tmp_path / "b", contents(answers=[strange]))
    with pytest.raises(BundleError, match="golden basket 0 is not answered as it was"):
        prove(bundle)
    bundle.close()


def test_another_models_golden_baskets_prove_nothing(tmp_path: Path) -> None:
    other = contents(scores={**SCORES, ("item=bread", "butter"): 0.51})
    assert golden(other.model, other.vocabulary) != WHOLE.golden
    bundle = opened(tmp_path / "b", contents(model=other.model, answers=WHOLE.golden))
    with pytest.raises(BundleError, match=r"golden basket 1 is not answered as it was"):
        prove(bundle)
    bundle.close()
