"""From receipts to a bundle that a register accepts, by the command a person types."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes.training_command import run

from device.bundle import Bundle
from device.domain import Sku
from device.errors import TrainingError
from device.scorer import ModelScorer, Question
from device.scorer import prove as register_proves
from device.tokens import Tokens
from model_export import choose as choosing
from model_export import packing, training
from model_export.choose import BEGIN, DOUBTS, VOTERS, Choice, validation_share
from model_export.commands import train
from model_export.counts import count
from model_export.encoding import encode_all
from model_export.fading import Fading
from model_export.layout import layout_of
from model_export.memory import Remembered, remember
from model_export.prove import Proof, golden
from model_export.questions import ask, gains, rank_by
from model_export.ranking import mixed
from model_export.solve import solve, solve_items
from model_export.training import Extras, make_bundle

SHARED = Path(__file__).parents[3] / "shared" / "data"

EXTRAS = Extras((), {}, "RUB", "2026-03-02T03:00:00+00:00")


def best(model, *skus: str, at: datetime | None = None, shares=None, k: int = 4) -> list:
    scorer = ModelScorer(model.graph, model.vocabulary)
    bias = np.zeros(model.vocabulary.items, np.float32)
    bias[[model.vocabulary.skus.index(sku) for sku in skus]] = -np.inf
    return scorer.rank(Question(tuple(map(Sku, skus)), at, None, shares or {}), bias, k)


def test_the_planted_companion_comes_first_and_is_the_reason(model):
    for first, second in (("bread", "butter"), ("butter", "bread")):
        answer = best(model, "item k", first)[0]
        assert answer.sku == second
        assert answer.because[0] == first


def test_no_token_at_all_is_answered_for_the_average_context(model, planted):
    scorer = ModelScorer(model.graph, model.vocabulary)

    def scores(*names: str):
        ids = np.array([model.vocabulary.ids[name] for name in names], np.int64)
        items, found, contributions = scorer.run(Tokens(ids, np.ones(len(ids), np.float32)), np.zeros(14, np.float32), 14)
        assert contributions.shape == (len(ids), 14)
        return found[np.argsort(items)]

    hours = np.bincount(planted.at.astype("datetime64[h]").astype(np.int64) % 24) / len(planted)
    average = sum(share * scores(f"hour={hour}") for hour, share in enumerate(hours))
    np.testing.assert_allclose(scores(), average, atol=2e-3)


def test_a_shoppers_history_brings_their_own_item_forward(model):
    def place(shares):
        return [answer.sku for answer in best(model, "item k", shares=shares)]

    assert place({Sku("item c"): 0.9})[0] == "item c"
    assert place({})[0] != "item c"


def test_what_was_chosen_is_not_worse_than_the_first_guess(planted, model):
    """Measured again, apart from the search."""
    split = len(planted) - int(len(planted) * validation_share(len(planted)))
    matrix = encode_all(planted, model.vocabulary, model.choice.fading.decay)[:split]
    layout = layout_of(model.vocabulary)
    counts = count(matrix, layout)
    questions = ask(planted, model.vocabulary, model.choice.fading.decay, range(split, len(planted)), 10_000, 1)

    def gain(ridge):
        alone = questions.knowing(layout.items)
        return gains(rank_by(solve_items(counts, layout, ridge).scores, alone), 10).mean()

    choice = model.choice
    assert choice.tried > 3
    assert gain(choice.ridges.item) >= gain(BEGIN.item)
    remembered = None if choice.asking is None else Remembered(remember(matrix, model.vocabulary), choice.asking)
    ranking = mixed(solve(counts, layout, choice.ridges), remembered)
    assert gains(rank_by(ranking.scores, questions), 10).mean() == pytest.approx(choice.gain)


def test_how_many_vote_and_how_boldly_is_chosen_and_asked_by_the_graph(planted, monkeypatch):
    """Nothing is to be remembered of this shop: it is made to, and then to leave the defaults for the best of the others."""
    monkeypatch.setattr(choosing, "MEMORY_WORTH", 0.0)
    usual = training.fit(planted, 1)
    monkeypatch.setattr(choosing, "LEAVING", 0.0)
    other = training.fit(planted, 1)
    defaults, asked = usual.choice.asking, other.choice.asking
    assert (defaults.doubt, defaults.neighbours) == (0.1, 100)
    assert (asked.doubt, asked.neighbours) != (0.1, 100)
    assert asked.doubt in DOUBTS
    assert asked.neighbours in VOTERS
    assert other.proof.same > 0.97
    # Shares apart, both graphs hold the same weights and receipts.
    assert [one.score for one in best(usual, "bread")] != [one.score for one in best(other, "bread")]


def test_too_few_receipts_take_the_defaults(shop):
    made = training.fit(shop.history(shop.sales(60)), 1)
    assert made.choice == Choice(
        BEGIN,
        None,
        0,
        0.0,
        Fading(stays=made.choice.fading.stays),
        0,
        "none, too few receipts",
        order="as scored, too few receipts",
    )
    assert made.choice.fading.stays


@pytest.mark.parametrize(("receipts", "share"), [(1, 0.5), (600, 0.5), (1_600, 0.25), (1_000_000, 1 / 9)])
def test_a_small_history_gives_more_to_validation(receipts, share):
    assert validation_share(receipts) == share


@pytest.mark.parametrize(
    "baskets", [[("a", "b", "c")] * 300, [("a",), ("b",)] * 50, [("a", "b")] * 5], ids=["identical", "single", "five"]
)
def test_odd_shops_get_a_model_too(shop, baskets):
    day = datetime(2026, 3, 2)
    rows = [{"receipt_id": str(n), "at": day + timedelta(hours=n), "sku": sku} for n, skus in enumerate(baskets) for sku in skus]
    made = training.fit(shop.history(rows), 1)
    assert made.proof.faults == []
    assert {answer.sku for answer in best(made, "a")} == {sku for skus in baskets for sku in skus} - {"a"}


def test_the_same_receipts_make_the_same_bytes(planted, tmp_path):
    first, second = (make_bundle(planted, EXTRAS, tmp_path / name, 1) for name in ("first", "second"))
    assert first.manifest == second.manifest
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert make_bundle(planted.part(0, 1400), EXTRAS, tmp_path / "third", 1).manifest.identity != first.manifest.identity


def test_a_register_accepts_the_bundle(planted, tmp_path):
    made = make_bundle(planted, EXTRAS, tmp_path / "b", 1)
    bundle = Bundle.open(tmp_path / "b")
    register_proves(bundle)
    assert len(bundle.golden) >= 16
    assert any(not golden.token_ids for golden in bundle.golden)
    assert bundle.manifest.receipts == len(planted)
    assert bundle.manifest.last_receipt == str(planted.at[-1].astype("datetime64[s]"))
    assert set(bundle.best_sellers) == {"", "S1", "S2"}
    counts = np.bincount(planted.item)
    assert bundle.best_sellers[""][0] == planted.skus[int(counts.argmax())]
    assert made.profiles == 5
    assert bundle.profile(planted.shoppers[0])
    bundle.close()


def test_a_model_that_fails_its_proof_is_not_written(planted, tmp_path, monkeypatch):
    """Bytes that blur everything: the proof must say so, whatever is tried."""
    honest = packing.quantise

    def blurred(kept, spikes):
        return [replace(part, values=(part.values // 64 * 64).astype(np.int8)) for part in honest(kept, spikes)]

    monkeypatch.setattr(packing, "quantise", blurred)
    with pytest.raises(TrainingError, match="did not pass its proof"):
        make_bundle(planted, EXTRAS, tmp_path / "b", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_proof_has_its_bounds():
    fair = Proof(1000, 0.2, 0.2, 0.199, 0.98)
    assert fair.faults == []
    assert len(replace(fair, int8=0.19).faults) == 1
    assert len(replace(fair, floating=0.19, same=0.96).faults) == 2
    assert replace(fair, questions=50, int8=0.18).faults == []


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "bread_basket").is_dir(), reason="../shared/data/bread_basket is not here")
def test_bread_basket_end_to_end(tmp_path):
    done = run(train, "--receipts", SHARED / "bread_basket", "--out", tmp_path / "b", "--shopper-key", tmp_path / "key")
    assert done.exit_code == 0
    bundle = Bundle.open(tmp_path / "b")
    register_proves(bundle)
    assert bundle.best_sellers[""][:2] == ["Coffee", "Bread"]
    # The first golden basket is empty: what sells most comes first.
    assert bundle.vocabulary.skus[bundle.golden[0].items[0]] == "Coffee"
    bundle.close()


def test_stores_that_only_the_latest_receipts_tell_spoil_nothing(shop):
    """Imported history has none, registers send theirs."""
    rows = [{**row, "store": row["store"] if int(row["receipt_id"][1:]) >= 1_150 else None} for row in shop.sales(1_200)]
    made = training.fit(shop.history(rows), 1)
    assert 0 < made.choice.gain <= 1
    assert "store=S1" in made.vocabulary.ids
    scorer = ModelScorer(made.graph, made.vocabulary)
    _, scores, _ = scorer.run(Tokens(np.array([0, 3], np.int64), np.ones(2, np.float32)), np.zeros(14, np.float32), 14)
    assert np.isfinite(scores).all()


def test_no_golden_basket_is_anybodys(planted, model):
    """They go to every store; a real one would tell what its shopper bought before."""
    told = layout_of(model.vocabulary).told
    past = encode_all(planted, model.vocabulary, model.choice.fading.decay)[:, told:]
    rows = zip(past.indptr, past.indptr[1:], strict=False)
    pasts = {tuple(zip(past.indices[begin:end], past.data[begin:end], strict=True)) for begin, end in rows}
    asked = golden(model.graph, model.vocabulary, 1)
    with_history = [one for one in asked if max(one.token_ids, default=0) >= told]
    assert len(with_history) > 5
    for one in with_history:
        cells = zip(one.token_ids, one.token_weights, strict=True)
        assert tuple((token - told, weight) for token, weight in cells if token >= told) not in pasts


def test_receipts_of_one_item_prove_something_too(shop, monkeypatch):
    rows = shop.sales(600)
    alone = [{**row, "receipt_id": f"late {n}", "at": row["at"] + timedelta(days=90)} for n, row in enumerate(rows[:700])]
    history = shop.history(rows + alone)
    assert training.fit(history, 1).proof.questions == 14
    honest = packing.quantise

    def emptied(kept, spikes):
        return [replace(part, values=np.zeros_like(part.values)) for part in honest(kept, spikes)]

    monkeypatch.setattr(packing, "quantise", emptied)
    with pytest.raises(TrainingError, match="did not pass its proof"):
        training.fit(history, 1)


def test_weights_that_are_no_numbers_are_not_written(planted, tmp_path, monkeypatch):
    honest = training.mixed

    def broken(weights, remembered):
        weights.intercept[:] = np.nan
        return honest(weights, remembered)

    monkeypatch.setattr(training, "mixed", broken)
    with pytest.raises(TrainingError, match="not a number"):
        make_bundle(planted, EXTRAS, tmp_path / "b", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_with_a_tail_is_learnt_from_its_head(planted, monkeypatch):
    monkeypatch.setattr("model_export.layout.MOST_HEAD", 9)
    made = training.fit(planted, 1)
    assert made.proof.faults == []
    layout = layout_of(made.vocabulary)
    assert (layout.head, layout.items) == (9, 14)
    assert [name for name in made.vocabulary.names if name.startswith("had=")] == [
        f"had={sku}" for sku in made.vocabulary.skus[:9]
    ]
    tail = made.vocabulary.skus[-1]
    assert len(best(made, tail)) == 4
    assert tail in {answer.sku for first in made.vocabulary.skus[:9] for answer in best(made, first, k=13)}
    answer = best(made, "bread")[0]
    assert answer.sku == "butter"
