"""Receipts without a card: weights of their own where they are other baskets, nothing where they are not."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from device.adviser import from_bundle
from device.bundle import Bundle
from device.catalogue import Item
from device.domain import Kind, Phase, Sku
from device.policy_settings import Policy, told
from device.score import Scoring
from device.scorer import ModelScorer, Question, prove
from device.tokens import NO_CARD, Tokens, context_tokens, encode
from device.trail import NOBODY as NOBODY_KNOWN
from device.trail import Known, decide
from model_export import knobs, packing
from model_export.compare import compare
from model_export.counting import Counting
from model_export.counts import count
from model_export.encoding import encode_all, vocabulary_of
from model_export.evaluate.commands import promote
from model_export.graph import graph
from model_export.history import NOBODY
from model_export.layout import layout_of
from model_export.memory import Asking, Remembered, remember
from model_export.packing import frame_of, packed
from model_export.pairing import Pairing
from model_export.propensity import answers
from model_export.quantise import Listed, Whole
from model_export.questions import ask
from model_export.ranking import beside, mixed
from model_export.refit import refit
from model_export.solve import Ridges, solve
from model_export.strangers import Own, asked_by, count_few, hindered, solve_own
from model_export.training import Extras, fit, make_bundle

MANY = 12
GOODS = ("bread", "butter", "jam", *(f"item {place}" for place in range(MANY)))
BASKET = (Sku("item 1"), Sku("item 2"), Sku("bread"))
EXTRAS = Extras([Item(sku, age_limit=0, reach="at_till") for sku in GOODS], {}, "RUB", "2026-03-02T03:00:00+00:00")


def visits(receipts: int = 3_000) -> list[dict]:
    """With a card bread goes with butter; without one, every third time, with jam."""
    chance, rows, at = random.Random(4), [], datetime(2026, 3, 2, 8)
    for number in range(receipts):
        at += timedelta(minutes=25)
        card = chance.random() > 0.33
        skus = [f"item {place}" for place in chance.sample(range(MANY), 2)]
        if chance.random() < 0.7:
            skus += ["bread", "butter" if card else "jam"]
        shopper = f"card {chance.randrange(40)}" if card else None
        told_of = {"receipt_id": f"r{number}", "at": at, "store": f"S{number % 3}", "customer": shopper}
        rows += [{**told_of, "line": line, "sku": sku} for line, sku in enumerate(dict.fromkeys(skus), 1)]
    return rows


@pytest.fixture(scope="module")
def history(shop_of, tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("shop")).history(visits())


@pytest.fixture(scope="module")
def made(history, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundles") / "here"
    return path, make_bundle(history, EXTRAS, path, 1)


def first(scorer: ModelScorer, *, no_card: bool, count: int = 1) -> list[tuple[str, float]]:
    bias = np.zeros(len(scorer.skus), np.float32)
    bias[[list(scorer.skus).index(sku) for sku in BASKET]] = -np.inf
    question = Question(BASKET, datetime(2026, 3, 2, 12), "S1", no_card=no_card)
    return [(one.sku, one.score) for one in scorer.rank(question, bias, count)]


def test_without_a_card_the_answer_is_theirs_and_with_one_it_is_what_it_was(history, made, monkeypatch):
    path, done = made
    assert done.model.without.own is not None
    assert done.model.vocabulary.names[-1] == NO_CARD
    assert done.manifest.notes["receipts without a card"].startswith("weight ")
    assert done.model.proof.faults == []
    bundle = Bundle.open(path)
    scorer = prove(bundle)
    bundle.close()
    assert first(scorer, no_card=True)[0][0] == "jam"
    assert first(scorer, no_card=False)[0][0] == "butter"
    monkeypatch.setattr(knobs, "hindered", lambda *_, **__: "not asked")
    plain = fit(history, 1)
    assert NO_CARD not in plain.vocabulary.ids
    before = ModelScorer(plain.graph, plain.vocabulary)
    assert first(scorer, no_card=False, count=12) == first(before, no_card=False, count=12)
    # A model that has not learnt them apart does not mind being told.
    assert first(before, no_card=True, count=12) == first(before, no_card=False, count=12)


def test_a_model_of_earlier_receipts_answers_them_as_the_whole_does(history, made):
    whole = made[1].model
    again = refit(history.part(0, 2_500), whole.choice, whole.packing, whole.without.own)
    assert again.vocabulary.names[-1] == NO_CARD
    scorer = ModelScorer(again.graph, again.vocabulary)
    assert [first(scorer, no_card=no_card)[0][0] for no_card in (True, False)] == ["jam", "butter"]
    # Where earlier receipts lack a kind of context, they are answered as all others are.
    of_fewer = replace(whole.without.own, scales=())
    plain = refit(history.part(0, 2_500), whole.choice, whole.packing, of_fewer)
    assert NO_CARD not in plain.vocabulary.ids
    assert first(ModelScorer(plain.graph, plain.vocabulary), no_card=True)[0][0] == "butter"


@pytest.mark.parametrize("days", [False, True], ids=["at once", "by day"])
def test_an_engine_trains_the_same_bundle(history, made, tmp_path, days):
    counting = Counting("duckdb", tmp_path / "days" if days else None)
    make_bundle(history, EXTRAS, tmp_path / "there", 1, counting=counting)
    assert (tmp_path / "there").read_bytes() == made[0].read_bytes()


def test_nothing_is_their_own_where_they_are_as_all_others(model):
    assert model.without.own is None
    assert model.vocabulary.names[-1] != NO_CARD
    assert str(model.without).startswith("answered as all others are: NDCG@10 ")


@pytest.mark.parametrize(
    ("card_first", "shopper", "expected"), [(True, False, "jam"), (True, True, "butter"), (False, False, "butter")]
)
def test_a_sale_of_nobody_known_has_no_card_where_cards_come_first(made, card_first, shopper, expected):
    adviser = from_bundle(made[0], "S1", Policy(card_first=card_first, needs=()))
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    known = Known(at, Phase.OPEN, Kind.SALE, False, shopper, BASKET, (), (), (), (), ())
    assert decide(adviser, known, "S1", UTC, NOBODY_KNOWN).shown[0].sku == expected
    adviser.close()


def test_baskets_in_a_file_are_answered_as_at_the_till(made):
    bundle = Bundle.open(made[0])

    def shown(*, card_first: bool) -> str:
        policy = Policy(card_first=card_first, needs=())
        asked = b'{"items": ["item 1", "item 2", "bread"], "at": "2026-03-02T12:00", "store": "S1"}'
        return Scoring(bundle, 1, policy, None).answer(asked).suggestions[0].sku

    assert shown(card_first=True) == "jam"
    assert shown(card_first=False) == "butter"
    bundle.close()
    # A receipt's policy is still known by the name it had before there was this key.
    assert "card_first" not in told(Policy())
    assert told(Policy(card_first=True))["card_first"] is True


def own_ranking(history, *, asking: Asking | None, own: Own):
    """All of it put together by hand: vocabulary, ranking, and questions of both kinds."""
    vocabulary = vocabulary_of(history)
    matrix = encode_all(history, vocabulary, 0.95)
    layout = layout_of(vocabulary)
    every = count(matrix, layout)
    words = type(vocabulary)([*vocabulary.names, NO_CARD], vocabulary.items)
    memory = remember(matrix, words)
    remembered = None if asking is None else Remembered(memory, asking)
    ranking = mixed(solve(every, layout, Ridges(30.0, 30.0, 30.0)), remembered)
    few = count_few(history, matrix, layout)
    theirs = solve_own(every, few, layout, own)
    return words, beside(ranking, theirs, words.ids[NO_CARD], asking and asked_by(own, asking)), every, few


@pytest.mark.parametrize("keep", [None, 5], ids=["whole rows", "the strongest of them"])
@pytest.mark.parametrize("share", [0.0, 0.4])
@pytest.mark.parametrize("asking", [None, Asking(0.5, 4.0, 0.6, 0.5)], ids=["no memory", "memory"])
def test_the_graphs_answer_both_kinds_as_the_trainer_does(history, asking, share, keep, monkeypatch):
    own = Own(5.0, 10.0, 30.0, (1.0, 0.5, 0.0), share if asking else 0.0, 0.0)
    words, ranking, _, _ = own_ranking(history, asking=asking, own=own)
    questions = ask(history, words, 0.95, range(2_600, 3_000), 400, 1)
    alone = questions.tokens[:, [words.ids[NO_CARD]]].toarray().ravel() != 0
    assert 50 < alone.sum() < 350
    assert (alone == ~questions.card).all()
    if keep:
        monkeypatch.setattr(packing, "OWN", keep)
        theirs = ranking.strangers.weights.table
        # What is not shipped counts for nothing.
        theirs[np.abs(theirs) < -np.sort(-np.abs(theirs), axis=1)[:, [keep - 1]]] = 0
    expected = ranking.scores(questions.tokens)
    floating = ModelScorer(
        graph([Whole(ranking.weights.table)], frame_of(ranking, words), [Whole(ranking.strangers.weights.table)]), words
    )
    _, parts, proof = packed(ranking, words, questions)
    assert proof.faults == []
    assert all(isinstance(part, Listed) for part in parts.own) == (keep is not None)
    int8 = ModelScorer(graph(parts.common, frame_of(ranking, words), parts.own), words)
    none = np.zeros(words.items, np.float32)
    for row in range(0, 400, 7):
        begin, end = questions.tokens.indptr[row : row + 2]
        tokens = Tokens(questions.tokens.indices[begin:end].astype(np.int64), questions.tokens.data[begin:end])
        for scorer, off in ((floating, 2e-6), (int8, 2e-3)):
            items, scores, contributions = scorer.run(tokens, none, words.items)
            np.testing.assert_allclose(scores, expected[row][items], atol=off)
            assert contributions.shape == (len(tokens.ids), words.items)
            # The intercept apart, a score is what its tokens earned.
            kind = ranking.strangers.weights.intercept if alone[row] else ranking.weights.intercept
            np.testing.assert_allclose(contributions.sum(axis=0), scores - kind[items], atol=1e-4)


def test_their_rows_are_the_regression_of_receipts_counted_more_often(history):
    """A weight of 2: as if each receipt without a card had been there three times; a kind with scale 0 says nothing."""
    own = Own(2.0, 10.0, 30.0, (1.0, 1.0, 0.0))
    _, ranking, every, _ = own_ranking(history, asking=None, own=own)
    vocabulary = vocabulary_of(history)
    layout, matrix = layout_of(vocabulary), encode_all(history, vocabulary, 0.95)
    thrice = np.repeat(np.arange(len(history)), np.where(history.shopper == NOBODY, 3, 1))
    expected = solve(count(matrix[thrice], layout), layout, Ridges(10.0, 30.0, 30.0))
    found = ranking.strangers.weights.table
    np.testing.assert_allclose(found[: layout.kinds[2].start], expected.table[: layout.kinds[2].start], atol=1e-5)
    assert not found[layout.kinds[2]].any()
    np.testing.assert_allclose(ranking.strangers.weights.intercept, expected.intercept, atol=1e-5)
    assert ranking.weights.table.tobytes() == solve(every, layout, Ridges(30.0, 30.0, 30.0)).table.tobytes()


def test_the_training_rows_say_it_as_the_register_does(history):
    vocabulary = vocabulary_of(history)
    paired = Pairing(np.array([1, 5]), vocabulary.items).widened(vocabulary)
    words = type(vocabulary)([*paired.names, NO_CARD], vocabulary.items)
    rows = np.arange(300, 340)
    matrix = encode_all(history, words, 0.95, rows)
    for row, receipt in enumerate(rows):
        skus = [history.skus[code] for code in history.receipt(receipt)]
        nobody = history.shopper[receipt] == NOBODY
        store = history.stores[history.store[receipt]]
        alone = encode(skus, context_tokens(history.local(receipt), store, no_card=nobody), {}, words)
        said = sorted(
            place for place in matrix[[row]].indices.tolist() if not words.names[place].startswith(("had=", "shopper=k"))
        )
        assert alone.ids.tolist() == said
        assert (words.ids[NO_CARD] in said) == nobody


@pytest.mark.parametrize(
    ("change", "why"), [("everybody", "nobody comes back"), ("nobody", "nobody comes back"), ("pairs", "pairs")]
)
def test_why_they_are_not_asked_about(history, shop, change, why):
    rows = visits(200)
    for row in rows:
        row["customer"] = {"everybody": "card 1", "nobody": None}.get(change, row["customer"])
    other = shop.history(rows)
    layout = layout_of(vocabulary_of(other))
    assert why in hindered(layout, other, pairs=change == "pairs")
    assert hindered(layout_of(vocabulary_of(history)), history, pairs=False) == ""


def test_the_gate_asks_as_the_shops_do(history, made, shop, tmp_path):
    """Only where a policy shows cards first does a register tell the model that there is none."""
    bundle = Bundle.open(made[0])
    asked = [
        compare({"candidate": bundle}, history, 200, 1, seen=True, card_first=first).ranks["candidate"] for first in (True, False)
    ]
    bundle.close()
    told, not_told = (np.mean(1 / ranks) for ranks in asked)
    assert told > 1.02 * not_told

    settings = tmp_path / "settings.toml"
    receipts = shop.write_lines(shop.folder, visits())
    words = ["--candidate", made[0], "--receipts", receipts, "--allow-seen", "--json", "--settings", settings]
    gains = []
    for card_first in ("true", "false"):
        lane = '[[lane]]\ntill = "7"\nsource = { kind = "udp", port = 9 }\n'
        settings.write_text(f'device = "a-1"\nstore = "S1"\n[policy]\ncard_first = {card_first}\n{lane}')
        done = CliRunner(catch_exceptions=False).invoke(promote, [str(word) for word in words])
        gains.append(json.loads(done.stdout)["whole"]["gain"])
    assert gains[0] > 1.02 * gains[1]


def test_what_is_bought_without_help_is_learnt_as_a_shop_without_the_policy_asks(history, made, monkeypatch):
    monkeypatch.setattr(knobs, "hindered", lambda *_, **__: "not asked")
    rows = range(2_500, 3_000)
    told, plain = (answers(model, history, rows, 1) for model in (made[1].model, fit(history, 1)))
    assert np.array_equal(told.scores, plain.scores)
